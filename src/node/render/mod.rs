//! One frame: fetch, track, write.

mod certainty;
mod cutout;
mod decontaminate;
mod idmatte;
mod look;
mod placed;
mod write;

use self::cutout::{Colours, Cutout};
use self::decontaminate::Decontaminated;
use self::look::Look;
use self::placed::PlacedMatte;
use self::write::{Picture, write};
use super::describe::{MASK, OUTPUT, SOURCE};
use super::overlay::outline;
use super::shot::{self, Geometry, HostPlate, HostSource, Notes, SourceClip, runs};
use super::{MaskUse, Settings, View, shapes_out};
use crate::job::{JobError, Note, TrackedFrame};
use crate::matte::edges;
use crate::ofx::{Instance, MessageKind, OfxError, RenderArgs};
use crate::params;
use crate::raster::Matte;
use crate::worker::ClientError;

/// Renders one frame. What the user has to know is shown as a message of the instance.
///
/// # Errors
/// [`OfxError`] when the output is not filled.
pub fn render(instance: &Instance, settings: &Settings, args: &RenderArgs) -> Result<(), OfxError> {
    let notes = Notes::default();
    let settings = &with_colour(instance, settings, &notes);
    let result = fill(instance, settings, args, &notes);
    match &result {
        Ok(()) => {
            // What went wrong before is mended; a note or a warning stands until another comes.
            instance.clear(MessageKind::Error);
            add_shapes(settings, &notes);
            notes.show(instance);
        }
        // A stopped render is no news.
        Err(Unfilled::Stopped) => {}
        Err(Unfilled::Failed(reason)) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    if result.is_err() && settings.wants_shapes() {
        shapes_out::failed(settings, args.time.round() as i64);
    }
    match result {
        Ok(()) => Ok(()),
        Err(Unfilled::Stopped) => Err(OfxError::Failed("the render was stopped".to_owned())),
        Err(Unfilled::Failed(reason)) => Err(reason),
    }
}

/// The settings with the encoding of the plate, where the host names its colour space.
fn with_colour(instance: &Instance, settings: &Settings, notes: &Notes) -> Settings {
    let mut settings = settings.clone();
    if let Some(space) = instance.clip(SOURCE).ok().and_then(|source| source.colourspace()) {
        let unknown = settings.take_colourspace(&space);
        unknown.into_iter().for_each(|text| notes.add(MessageKind::Note, text));
    }
    settings
}

/// What became of shapes that were written meanwhile.
fn add_shapes(settings: &Settings, notes: &Notes) {
    match settings.wants_shapes().then(|| shapes_out::news(settings)).flatten() {
        Some(Ok(lines)) => lines.into_iter().for_each(|line| notes.add(MessageKind::Note, line)),
        Some(Err(reason)) => notes.add(MessageKind::Warning, reason.to_string()),
        None => {}
    }
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

fn fill(instance: &Instance, settings: &Settings, args: &RenderArgs, notes: &Notes) -> Result<(), Unfilled> {
    let clip = instance.clip(SOURCE)?;
    let source = SourceClip { instance, clip: &clip, settings };
    let time = args.time.round() as i64;
    let plate = match source.fetch(args.time)? {
        Some(plate) => plate,
        None if instance.aborted() => return Err(Unfilled::Stopped),
        None => {
            let reason = format!("the host gives no image of Source at frame {time}");
            return Err(OfxError::Failed(reason).into());
        }
    };
    let output = instance.clip(OUTPUT)?;
    let no_output = || OfxError::Broken(format!("no image of Output at frame {time}"));
    let mut image = output.image(args.time)?.ok_or_else(no_output)?;
    let look = |frame| Look::new(settings, frame, clip.pixel_aspect(), args.scale);
    let unprompted = settings.is_unprompted();
    if unprompted || settings.view == View::Source && !settings.wants_shapes() {
        if unprompted {
            notes.add(MessageKind::Note, "nothing is cut out yet: set prompts, or use the Mask input");
        }
        let look = look(plate.picture().bounds());
        write(&mut image, args.window, &Picture { plate: plate.lines(notes), cutout: None, look });
        notes.add_inputs();
        return Ok(());
    }
    let cutout = Render { source, args, plate: &plate, time, notes }.cutout();
    let look = look(cutout.as_ref().map_or(plate.picture().bounds(), |cutout| cutout.matte.window()));
    // Of a failed render too: some hosts show what is left in its buffer.
    write(
        &mut image,
        args.window,
        &Picture { plate: plate.lines(notes), cutout: cutout.as_ref().ok(), look },
    );
    notes.add_inputs();
    cutout.map(|_| ())
}

/// What one render works on.
struct Render<'a> {
    source: SourceClip<'a>,
    args: &'a RenderArgs,
    /// The picture of the frame that is rendered.
    plate: &'a HostPlate<'a>,
    time: i64,
    notes: &'a Notes,
}

impl Render<'_> {
    fn cutout(&self) -> Result<Cutout, Unfilled> {
        let SourceClip { settings, .. } = self.source;
        let range = self.source.range(self.time);
        let geometry = self.source.geometry(self.args, range)?;
        let tracked = self.objects(&geometry, range)?;
        let size = geometry.size;
        let garbage = self.garbage(&geometry)?;
        let place = |matte| PlacedMatte::new(matte, geometry.window);
        let shown = match settings.view {
            View::Trimap => Some(Colours::Trimap(place(cutout::trimap(&tracked, size)))),
            View::Confidence => {
                Some(Colours::Confidence(certainty::marks(&tracked, &settings.tools, size).map(place)))
            }
            View::BlurVectors => Some(Colours::Blur(cutout::blur(&tracked, size).map(place))),
            View::IdMatte => {
                let prompts = settings.prompts.prompts_or_none();
                let colours = idmatte::colours(&tracked, &prompts, &settings.tools, size);
                Some(Colours::Flat(colours.map(place)))
            }
            _ => None,
        };
        let combined = |tracked: TrackedFrame| {
            let matte = tracked.into_combined().unwrap_or_else(|| Matte::filled(size.0, size.1, 0.0));
            place(edges::apply(matte, &settings.tools))
        };
        let other = match &settings.compare {
            Some(tracker) if settings.view.compares() => {
                // The other track is looked at and nothing else.
                let (shapes_files, tracker) = (Vec::new(), tracker.clone());
                let settings = &Settings { tracker, shapes_files, ..settings.clone() };
                let source = SourceClip { settings, ..self.source };
                let other = Render { source, ..*self }.objects(&geometry, range)?;
                Some(combined(other))
            }
            None if settings.view.compares() => {
                self.notes.add(
                    MessageKind::Warning,
                    "there is no tracker to compare with: name one in Compare with",
                );
                None
            }
            _ => None,
        };
        let matte = combined(tracked);
        let colours = match (shown, settings.view) {
            (Some(shown), _) => shown,
            (None, view) if view.shows_colours() && settings.value().is_on(params::EDGE_COLOURS) => {
                Colours::Decontaminated(Decontaminated::new(&self.plate.lines(self.notes), &matte))
            }
            _ => Colours::Plate,
        };
        Ok(Cutout { matte, other, garbage, colours })
    }

    /// The objects that are wanted.
    fn objects(&self, geometry: &Geometry, range: (i64, i64)) -> Result<TrackedFrame, Unfilled> {
        let SourceClip { instance, settings, .. } = self.source;
        let mut tracked = self.track(geometry, range)?;
        // Where nobody sits before the host nobody looks at outlines.
        if !instance.host().background {
            outline::keep(outline::Key::new(settings, geometry.size, self.time), &tracked);
        }
        if let Some(object) = &settings.object {
            let chosen = chosen(&tracked, object)?;
            tracked.objects = vec![tracked.objects.swap_remove(chosen)];
        }
        Ok(tracked)
    }

    /// All objects, tracked.
    fn track(&self, geometry: &Geometry, range: (i64, i64)) -> Result<TrackedFrame, Unfilled> {
        let Self { source, notes, time, .. } = *self;
        let SourceClip { instance, settings, clip } = source;
        let request = shot::request(settings, geometry.size, range)
            .map_err(|e| Unfilled::Failed(OfxError::Failed(e.to_string())))?;
        let client = shot::client(settings).map_err(OfxError::from)?;
        let mut frames = HostSource::new(source, *geometry, notes).with_current(time, self.plate);
        frames.run = runs::current(instance);
        let tracked = client.track(&request, time, &mut frames, &mut |note| self.note(note));
        let tracked = tracked.map_err(|error| match error {
            ClientError::Engine(JobError::Aborted) => Unfilled::Stopped,
            other => Unfilled::Failed(OfxError::Failed(other.to_string())),
        })?;
        if let Some(note) = &tracked.tracker.note {
            notes.add(MessageKind::Warning, note.clone());
        }
        if settings.wants_shapes() {
            let fps = clip.frame_rate().unwrap_or(24.0);
            if let Err(reason) =
                shapes_out::add(settings, &request, geometry.pixel_aspect, fps, time, &tracked)
            {
                shapes_out::failed(settings, time);
                notes.add(MessageKind::Warning, reason.to_string());
            }
        }
        Ok(tracked)
    }

    /// What the engine tells of a frame.
    fn note(&self, note: Note) {
        match note {
            Note::Info(text) => self.notes.add(MessageKind::Note, text),
            Note::Warning(text) => self.notes.add(MessageKind::Warning, text),
            // An artist who looks at frames has no use for it; who looks after a farm has.
            Note::Trusted { first, last, frames, compared, digest }
                if self.source.instance.host().background =>
            {
                let how = match compared {
                    None => "by their stamps".to_owned(),
                    Some(compared) => format!("because {compared} compared frames are unchanged"),
                };
                self.notes.add(
                    MessageKind::Note,
                    format!(
                        "{frames} frames from {first} to {last} were not read and are taken as unchanged \
                         since they were tracked, {how}: footage {digest}"
                    ),
                );
            }
            Note::Trusted { .. } | Note::Progress { .. } => {}
        }
    }

    /// The Mask input as a garbage matte; none where it is not used or not connected.
    fn garbage(&self, geometry: &Geometry) -> Result<Option<PlacedMatte>, OfxError> {
        let SourceClip { instance, settings, .. } = self.source;
        if settings.mask != MaskUse::Garbage {
            return Ok(None);
        }
        let mask = match instance.clip(MASK) {
            Ok(clip) => HostPlate::fetch(&clip, self.args.time)?,
            Err(_) => None,
        };
        if mask.is_none() {
            self.notes.add(
                MessageKind::Warning,
                "the host gives no image of the Mask input, which is used as a garbage matte",
            );
        }
        let place = |mask: HostPlate| PlacedMatte::new(mask.to_matte(geometry, self.notes), geometry.window);
        Ok(mask.map(place))
    }
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
