//! One frame: fetch, track, write.

use rayon::prelude::*;

use super::clean::Clean;
use super::describe::{MASK, OUTPUT, SOURCE};
use super::overlay::outline;
use super::pixels::write_row;
use super::plate::PlacedMatte;
use super::source::{Fetched, Geometry, HostSource};
use super::view::Look;
use super::{MaskUse, Settings, View, idmatte, session, shapes_out};
use crate::matte::edges;
use crate::ofx::{Clip, Components, Image, Instance, MessageKind, OfxError, RenderArgs};
use crate::raster::{Matte, RectI};
use crate::worker::{ClientError, EngineError, Note, TrackedFrame, prompts};

/// Renders one frame. What the user has to know is shown as a message of the instance.
///
/// # Errors
/// [`OfxError`] when the output is not filled.
pub fn render(instance: &Instance, settings: &Settings, args: &RenderArgs) -> Result<(), OfxError> {
    let mut notes = Notes::default();
    let settings = &with_colour(instance, settings, &mut notes);
    let result = fill(instance, settings, args, &mut notes);
    match &result {
        Ok(()) => {
            // What went wrong before is mended; a note or a warning stands until another comes.
            instance.clear(MessageKind::Error);
            notes.add_shapes(settings);
            notes.show(instance);
        }
        // A stopped render is no news.
        Err(Unfilled::Stopped) => {}
        Err(Unfilled::Failed(reason)) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    match result {
        Ok(()) => Ok(()),
        Err(Unfilled::Stopped) => Err(OfxError::Failed("the render was stopped".to_owned())),
        Err(Unfilled::Failed(reason)) => Err(reason),
    }
}

/// The settings with the encoding of the plate, where the host names its colour space.
fn with_colour(instance: &Instance, settings: &Settings, notes: &mut Notes) -> Settings {
    let mut settings = settings.clone();
    if let Some(space) = instance.clip(SOURCE).ok().and_then(|source| source.colourspace()) {
        let said = settings.take_colourspace(&space);
        said.into_iter().for_each(|said| notes.add(MessageKind::Note, said));
    }
    settings
}

/// Why an output was not filled.
enum Unfilled {
    /// The host wants no more of it.
    Stopped,
    /// Something to be told.
    Failed(OfxError),
}

impl From<OfxError> for Unfilled {
    fn from(error: OfxError) -> Self {
        Self::Failed(error)
    }
}

/// What the user may be told of a frame that was rendered.
#[derive(Default)]
struct Notes {
    lines: Vec<(MessageKind, String)>,
}

impl Notes {
    fn add(&mut self, kind: MessageKind, text: impl Into<String>) {
        let line = (kind, text.into());
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// What became of shapes that were written meanwhile.
    fn add_shapes(&mut self, settings: &Settings) {
        match settings.wants_shapes().then(|| shapes_out::news(settings)).flatten() {
            Some(Ok(lines)) => lines.into_iter().for_each(|line| self.add(MessageKind::Note, line)),
            Some(Err(reason)) => self.add(MessageKind::Warning, reason),
            None => {}
        }
    }

    /// One message stands at a time: the gravest kind, with all that was said.
    fn show(&self, instance: &Instance) {
        if self.lines.is_empty() {
            return;
        }
        let grave = self.lines.iter().any(|l| l.0 == MessageKind::Warning);
        let kind = if grave { MessageKind::Warning } else { MessageKind::Note };
        let text = self.lines.iter().map(|l| l.1.as_str()).collect::<Vec<_>>().join("\n");
        instance.show(kind, &text);
    }
}

fn fill(
    instance: &Instance,
    settings: &Settings,
    args: &RenderArgs,
    notes: &mut Notes,
) -> Result<(), Unfilled> {
    let source = instance.clip(SOURCE)?;
    let time = args.time.round() as i64;
    let fetched = match HostSource::fetch(&source, args.time)? {
        Some(fetched) => fetched,
        None if instance.aborted() => return Err(Unfilled::Stopped),
        None => {
            let reason = format!("the host gives no image of Source at frame {time}");
            return Err(OfxError::Failed(reason).into());
        }
    };
    let output = instance.clip(OUTPUT)?;
    let no_output = || OfxError::Broken(format!("no image of Output at frame {time}"));
    let mut image = output.image(args.time)?.ok_or_else(no_output)?;
    let unprompted = settings.is_unprompted();
    if unprompted || settings.view == View::Source && !settings.wants_shapes() {
        if unprompted {
            notes.add(MessageKind::Note, "nothing is cut out yet: set prompts, or use the Mask input");
        }
        let look = Look::new(settings, fetched.rows().bounds(), source.pixel_aspect(), args.scale);
        write(&mut image, &fetched, &look, args, None);
        notes_of_input(fetched.cleaned(), notes);
        return Ok(());
    }
    let render = Render { instance, settings, args, source: &source, fetched: &fetched, time };
    let mut cleaned = false;
    let cut = render.cut(&mut cleaned, notes);
    let frame = cut.as_ref().map_or(fetched.rows().bounds(), |cut| cut.matte.window());
    let look = Look::new(settings, frame, source.pixel_aspect(), args.scale);
    // Of a failed render too: some hosts show what is left in its buffer.
    write(&mut image, &fetched, &look, args, cut.as_ref().ok());
    notes_of_input(cleaned || fetched.cleaned(), notes);
    cut.map(|_| ())
}

/// What one render works on.
struct Render<'a> {
    instance: &'a Instance<'a>,
    settings: &'a Settings,
    args: &'a RenderArgs,
    source: &'a Clip<'a>,
    fetched: &'a Fetched<'a>,
    time: i64,
}

/// The object, what is cut out of it, and the colours that are shown in the place of the plate's.
struct Cut {
    matte: PlacedMatte,
    /// What a view shows beside the matte: the confidence, or another tracker's matte.
    other: Option<PlacedMatte>,
    garbage: Option<PlacedMatte>,
    colours: Colours,
}

/// The colours of the picture.
enum Colours {
    /// The plate's.
    Plate,
    /// The plate's without the background in them.
    Clean(Clean),
    /// Those of the unknown band.
    Trimap(PlacedMatte),
    /// Those of motion blur: to the right and down, in pixels of the full frame.
    Blur([PlacedMatte; 2]),
    /// Those of the objects.
    Flat([PlacedMatte; 3]),
}

impl Cut {
    /// Alphas of the row at `y` from `x0` on into `out`, and what is shown beside them into `others`; `spare` is
    /// as long.
    fn row(&self, x0: i32, y: i32, out: &mut [f32], others: &mut [f32], spare: &mut [f32]) {
        self.matte.row(x0, y, out);
        match &self.other {
            Some(other) => other.row(x0, y, others),
            // Compared with nothing, a matte is as it is.
            None => others.copy_from_slice(out),
        }
        if let Some(garbage) = &self.garbage {
            garbage.row(x0, y, spare);
            for (cut, (out, other)) in spare.iter().zip(out.iter_mut().zip(others)) {
                (*out, *other) = (*out * (1.0 - *cut), *other * (1.0 - *cut));
            }
        }
    }

    /// Puts its own colours into the row at `y` from `x0` on; `spare` is as long.
    fn colour(&self, x0: i32, y: i32, out: &mut [[f32; 4]], spare: &mut [f32]) {
        match &self.colours {
            Colours::Plate => {}
            Colours::Clean(clean) => clean.row(x0, y, out),
            Colours::Trimap(trimap) => {
                trimap.row(x0, y, spare);
                out.iter_mut().zip(spare).for_each(|(out, v)| *out = [*v, *v, *v, out[3]]);
            }
            Colours::Flat(channels) => {
                for (c, channel) in channels.iter().enumerate() {
                    channel.row(x0, y, spare);
                    out.iter_mut().zip(spare.iter()).for_each(|(out, v)| out[c] = *v);
                }
            }
            Colours::Blur([across, down]) => {
                across.row(x0, y, spare);
                out.iter_mut().zip(spare.iter()).for_each(|(out, v)| *out = [*v, 0.0, 0.0, out[3]]);
                down.row(x0, y, spare);
                // OpenFX has y upwards.
                out.iter_mut().zip(spare).for_each(|(out, v)| out[1] = -*v);
            }
        }
    }
}

impl Render<'_> {
    fn cut(&self, cleaned: &mut bool, notes: &mut Notes) -> Result<Cut, Unfilled> {
        let range = range(self.source, self.settings, self.time);
        let geometry = geometry(self.source, self.settings, self.args, range)?;
        let tracked = self.objects(&geometry, range, cleaned, notes)?;
        let size = geometry.size;
        let garbage = garbage(self.instance, self.settings, &geometry, self.args.time, (cleaned, notes))?;
        let place = |matte| PlacedMatte::new(matte, geometry.window);
        let shown = match self.settings.view {
            View::Trimap => Some(Colours::Trimap(place(combined_trimap(&tracked, size)))),
            View::BlurVectors => Some(Colours::Blur(combined_blur(&tracked, size).map(place))),
            View::IdMatte => {
                let prompts = prompts::parse(&self.settings.prompts).unwrap_or_default();
                let colours = idmatte::colours(&tracked, &prompts, &self.settings.tools, size);
                Some(Colours::Flat(colours.map(place)))
            }
            _ => None,
        };
        let combined = |tracked: TrackedFrame| {
            let matte = tracked.into_combined().unwrap_or_else(|| Matte::filled(size.0, size.1, 0.0));
            place(edges::apply(matte, &self.settings.tools))
        };
        let other = match &self.settings.compare {
            _ if self.settings.view == View::Confidence => Some(place(combined_confidence(&tracked, size))),
            Some(tracker) if self.settings.view.compares() => {
                // The other track is looked at and nothing else.
                let (silhouette, nuke, tracker) = (None, None, tracker.clone());
                let settings = &Settings { tracker, silhouette, nuke, ..self.settings.clone() };
                let other = Render { settings, ..*self }.objects(&geometry, range, cleaned, notes)?;
                Some(combined(other))
            }
            None if self.settings.view.compares() => {
                notes.add(MessageKind::Warning, "nothing is compared: name a tracker in Compare with");
                None
            }
            _ => None,
        };
        let matte = combined(tracked);
        let colours = match (shown, self.settings.view) {
            (Some(shown), _) => shown,
            (None, view) if self.settings.clean_colours && view.shows_colours() => {
                Colours::Clean(Clean::new(self.fetched, &matte, geometry.window))
            }
            _ => Colours::Plate,
        };
        Ok(Cut { matte, other, garbage, colours })
    }

    /// The objects that are wanted.
    fn objects(
        &self,
        geometry: &Geometry,
        range: (i64, i64),
        cleaned: &mut bool,
        notes: &mut Notes,
    ) -> Result<TrackedFrame, Unfilled> {
        let mut tracked = self.track(geometry, range, cleaned, notes)?;
        // Where nobody sits before the host nobody looks at outlines.
        if !self.instance.host().background {
            outline::keep(outline::Key::new(self.settings, geometry.size, self.time), &tracked);
        }
        if let Some(object) = &self.settings.object {
            let chosen = chosen(&tracked, object)?;
            tracked.objects = vec![tracked.objects.swap_remove(chosen)];
        }
        Ok(tracked)
    }
}

/// The frames that the plate has, `time` among them. A host that does not say (MLT) is taken to have them from the
/// first prompt, or 0, on.
pub fn range(source: &Clip, settings: &Settings, time: i64) -> (i64, i64) {
    let range = source.frame_range().unwrap_or_else(|| {
        let prompts = prompts::parse(&settings.prompts).map(|p| p.frames()).unwrap_or_default();
        let mask = match settings.mask {
            MaskUse::Prompt { frame } => frame,
            MaskUse::Off | MaskUse::Garbage | MaskUse::Trimap => 0,
        };
        let first = prompts.first().copied().unwrap_or(0).min(mask).min(0);
        let last = prompts.last().copied().unwrap_or(0).max(mask).max(MANY_FRAMES);
        (first, last)
    });
    (range.0.min(time), range.1.max(time))
}

/// More frames than any plate has whose host does not say how many it has.
const MANY_FRAMES: i64 = 1_000_000;

fn notes_of_input(cleaned: bool, notes: &mut Notes) {
    if cleaned {
        notes.add(
            MessageKind::Warning,
            "an input has pixels that are no finite numbers: infinity is read as 65504, the others as 0",
        );
    }
}

/// The full frame at full size, as a render at `time` has it.
///
/// # Errors
/// [`OfxError::Broken`] where there is no plate.
pub fn full_frame(source: &Clip, settings: &Settings, time: f64) -> Result<Geometry, OfxError> {
    let now = time.round() as i64;
    let range = source.frame_range().unwrap_or((now, now));
    let args = RenderArgs { time, window: RectI::default(), scale: (1.0, 1.0) };
    geometry(source, settings, &args, range)
}

/// The frame that a track lives in: the region of the plate on the frame of the first prompt.
///
/// # Errors
/// [`OfxError::Broken`] where there is no plate.
pub fn geometry(
    source: &Clip,
    settings: &Settings,
    args: &RenderArgs,
    range: (i64, i64),
) -> Result<Geometry, OfxError> {
    let first = match settings.mask {
        MaskUse::Prompt { frame } => Some(frame),
        MaskUse::Off | MaskUse::Garbage | MaskUse::Trimap => None,
    };
    // Prompts that cannot be read are the engine's to refuse.
    let prompted = prompts::parse(&settings.prompts).ok().and_then(|p| p.frames().first().copied());
    let anchor = prompted.or(first).unwrap_or(range.0).clamp(range.0, range.1);
    let region = source
        .region_of_definition(anchor as f64)
        .or_else(|| source.region_of_definition(args.time))
        .ok_or_else(|| OfxError::Broken("no region of definition of Source".to_owned()))?;
    Geometry::new(region, source.pixel_aspect(), args.scale)
}

impl Render<'_> {
    fn track(
        &self,
        geometry: &Geometry,
        range: (i64, i64),
        cleaned: &mut bool,
        notes: &mut Notes,
    ) -> Result<TrackedFrame, Unfilled> {
        let Self { instance, settings, source, fetched, time, .. } = *self;
        let request = session::request(settings, geometry.size, range);
        let client = session::client(settings)?;
        let read = HostSource::to_frame(fetched, time, geometry, settings);
        *cleaned |= read.cleaned;
        let mut frames = HostSource::new(instance, source, *geometry, settings, (time, read.frame));
        let tracked = client.track(&request, time, &mut frames, &mut |note| match note {
            Note::Info(text) => notes.add(MessageKind::Note, text),
            Note::Warning(text) => notes.add(MessageKind::Warning, text),
            Note::Progress { .. } => {}
        });
        *cleaned |= frames.cleaned;
        let tracked = tracked.map_err(|error| match error {
            ClientError::Engine(EngineError::Aborted) => Unfilled::Stopped,
            other => Unfilled::Failed(OfxError::Failed(other.to_string())),
        })?;
        if let Some(note) = &tracked.tracker.note {
            notes.add(MessageKind::Warning, note.clone());
        }
        if settings.wants_shapes() {
            let fps = source.frame_rate().unwrap_or(24.0);
            if let Err(reason) =
                shapes_out::add(settings, &request, geometry.pixel_aspect, fps, time, &tracked)
            {
                notes.add(MessageKind::Warning, reason);
            }
        }
        Ok(tracked)
    }
}

/// The unknown bands of all objects: what is unknown of one is unknown.
fn combined_trimap(tracked: &TrackedFrame, size: (u32, u32)) -> Matte {
    let mut all = Matte::filled(size.0, size.1, 0.0);
    for trimap in tracked.objects.iter().filter_map(|o| o.trimap.as_ref()) {
        let part = trimap.support();
        for (sum, &v) in all.rows_mut(part).flatten().zip(trimap.rows(part).flatten()) {
            let unknown = |v: f32| v > 0.0 && v < 1.0;
            *sum = if unknown(*sum) || !unknown(v) && *sum > v { *sum } else { v };
        }
    }
    all
}

/// At each pixel the blur of the object that has most of it.
fn combined_blur(tracked: &TrackedFrame, size: (u32, u32)) -> [Matte; 2] {
    let mut all = [(); 2].map(|()| Matte::filled(size.0, size.1, 0.0));
    let mut most = Matte::filled(size.0, size.1, 0.0);
    for object in &tracked.objects {
        let Some(blur) = &object.blur else { continue };
        let part = object.matte.support();
        let [across, down] = &mut all;
        let blur = blur[0].rows(part).flatten().zip(blur[1].rows(part).flatten());
        let out = across.rows_mut(part).flatten().zip(down.rows_mut(part).flatten());
        let alphas = most.rows_mut(part).flatten().zip(object.matte.rows(part).flatten());
        for ((most, alpha), ((x, y), blur)) in alphas.zip(out.zip(blur)) {
            if *alpha > *most {
                (*most, *x, *y) = (*alpha, *blur.0, *blur.1);
            }
        }
    }
    all
}

/// At each pixel the confidence in the object that has most of it; in the surest where there is none, as a matte
/// that is grown has it.
fn combined_confidence(tracked: &TrackedFrame, size: (u32, u32)) -> Matte {
    let surest = tracked.objects.iter().map(|o| o.confidence).fold(0.0, f32::max);
    let mut all = Matte::filled(size.0, size.1, surest);
    let mut most = Matte::filled(size.0, size.1, 0.0);
    for object in &tracked.objects {
        let part = object.matte.support();
        let alphas = most.rows_mut(part).flatten().zip(object.matte.rows(part).flatten());
        for (sure, (most, alpha)) in all.rows_mut(part).flatten().zip(alphas) {
            if *alpha > *most {
                (*most, *sure) = (*alpha, object.confidence);
            }
        }
    }
    all
}

/// The index of the object of this name, or of this number from 1 where none has it as its name.
fn chosen(tracked: &TrackedFrame, object: &str) -> Result<usize, OfxError> {
    let named = tracked.objects.iter().position(|o| o.name == object);
    let count = tracked.objects.len();
    let numbered = || object.parse::<usize>().ok()?.checked_sub(1).filter(|index| *index < count);
    named.or_else(numbered).ok_or_else(|| {
        let names: Vec<String> = tracked.objects.iter().map(|o| format!("{:?}", o.name)).collect();
        OfxError::Failed(format!("there is no object {object:?}, the prompts have {}", names.join(", ")))
    })
}

/// The Mask input as a garbage matte; none where it is not used or not connected.
fn garbage(
    instance: &Instance,
    settings: &Settings,
    geometry: &Geometry,
    time: f64,
    (cleaned, notes): (&mut bool, &mut Notes),
) -> Result<Option<PlacedMatte>, OfxError> {
    if settings.mask != MaskUse::Garbage {
        return Ok(None);
    }
    let fetched = match instance.clip(MASK) {
        Ok(clip) => HostSource::fetch(&clip, time)?,
        Err(_) => None,
    };
    if fetched.is_none() {
        notes.add(
            MessageKind::Warning,
            "the Mask input is to be a garbage matte, but the host gives no image of it",
        );
    }
    Ok(fetched.map(|f| {
        let matte = HostSource::to_matte(&f, geometry);
        *cleaned |= f.cleaned();
        PlacedMatte::new(matte, geometry.window)
    }))
}

/// Fills the render window; where nothing is cut out, alpha is 0.
fn write(image: &mut Image, plate: &Fetched, look: &Look, args: &RenderArgs, cut: Option<&Cut>) {
    let (components, depth, bounds) = (image.components(), image.depth(), image.bounds());
    let window = args.window.intersect(&bounds);
    let width = window.width() as usize;
    let bytes = components.count() * depth.bytes();
    let start = (window.x0 - bounds.x0) as usize * bytes;
    // An alpha alone has nothing of the plate in it, unless it is the plate's.
    let coloured = components != Components::Alpha || look.keeps_plate_alpha();
    let plate = plate.lines();
    let row = || vec![0.0; width];
    let room = || Room { alphas: row(), others: row(), spare: row(), ..Room::default() };
    image.rows_mut(window.y0, window.y1).into_par_iter().for_each_init(room, |room, (y, row)| {
        let Room { alphas, others, spare, line, spare_line } = room;
        line.resize(width, [0.0; 4]);
        if let Some(cut) = cut {
            cut.row(window.x0, y, alphas, others, spare);
        }
        if coloured {
            plate.columns(window.x0, y, line, spare_line);
            if let Some(cut) = cut {
                cut.colour(window.x0, y, line, spare);
            }
            look.row((window.x0, y), line, alphas, others);
        } else {
            let mattes = alphas.iter().zip(others.iter());
            for (x, (pixel, (alpha, other))) in (window.x0..).zip(line.iter_mut().zip(mattes)) {
                pixel[3] = look.alpha(x, *alpha, *other);
            }
        }
        write_row(line, components, depth, &mut row[start..start + width * bytes]);
    });
}

/// Room for one row.
#[derive(Default)]
struct Room {
    alphas: Vec<f32>,
    others: Vec<f32>,
    spare: Vec<f32>,
    line: Vec<[f32; 4]>,
    spare_line: Vec<[f32; 4]>,
}
