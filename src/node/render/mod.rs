//! One frame: fetch, track, write.

mod cut;
mod frame;
mod notes;
mod write;

use self::cut::{Colours, Cut};
pub use self::frame::{full_frame, geometry, range, range_in_words};
use self::notes::Notes;
use super::decontaminate::Decontaminated;
use super::describe::{MASK, OUTPUT, SOURCE};
use super::overlay::outline;
use super::plate::PlacedMatte;
use super::source::{Fetched, Geometry, HostSource};
use super::view::Look;
use super::{MaskUse, Settings, View, idmatte, runs, session, shapes_out};
use crate::job::{JobError, Note, TrackedFrame};
use crate::matte::edges;
use crate::ofx::{Clip, Instance, MessageKind, OfxError, RenderArgs};
use crate::params;
use crate::raster::Matte;
use crate::worker::ClientError;

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
        write::write(&mut image, &fetched, &look, args, None);
        notes.add_input(fetched.sanitised());
        return Ok(());
    }
    let render = Render { instance, settings, args, source: &source, fetched: &fetched, time };
    let mut sanitised = false;
    let cut = render.cut(&mut sanitised, notes);
    let frame = cut.as_ref().map_or(fetched.rows().bounds(), |cut| cut.matte.window());
    let look = Look::new(settings, frame, source.pixel_aspect(), args.scale);
    // Of a failed render too: some hosts show what is left in its buffer.
    write::write(&mut image, &fetched, &look, args, cut.as_ref().ok());
    notes.add_input(sanitised || fetched.sanitised());
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

impl Render<'_> {
    fn cut(&self, sanitised: &mut bool, notes: &mut Notes) -> Result<Cut, Unfilled> {
        let range = range(self.source, self.settings, self.time);
        let geometry = geometry(self.source, self.settings, self.args, range)?;
        let tracked = self.objects(&geometry, range, sanitised, notes)?;
        let size = geometry.size;
        let garbage = garbage(self.instance, self.settings, &geometry, self.args.time, (sanitised, notes))?;
        let place = |matte| PlacedMatte::new(matte, geometry.window);
        let shown = match self.settings.view {
            View::Trimap => Some(Colours::Trimap(place(cut::trimap(&tracked, size)))),
            View::BlurVectors => Some(Colours::Blur(cut::blur(&tracked, size).map(place))),
            View::IdMatte => {
                let prompts = self.settings.prompts.prompts_or_none();
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
            _ if self.settings.view == View::Confidence => Some(place(cut::confidence(&tracked, size))),
            Some(tracker) if self.settings.view.compares() => {
                // The other track is looked at and nothing else.
                let (shapes_files, tracker) = (Vec::new(), tracker.clone());
                let settings = &Settings { tracker, shapes_files, ..self.settings.clone() };
                let other = Render { settings, ..*self }.objects(&geometry, range, sanitised, notes)?;
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
            (None, view) if view.shows_colours() && self.settings.value().is_on(params::EDGE_COLOURS) => {
                Colours::Decontaminated(Decontaminated::new(self.fetched, &matte, geometry.window))
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
        sanitised: &mut bool,
        notes: &mut Notes,
    ) -> Result<TrackedFrame, Unfilled> {
        let mut tracked = self.track(geometry, range, sanitised, notes)?;
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

    /// All objects, tracked.
    fn track(
        &self,
        geometry: &Geometry,
        range: (i64, i64),
        sanitised: &mut bool,
        notes: &mut Notes,
    ) -> Result<TrackedFrame, Unfilled> {
        let Self { instance, settings, source, fetched, time, .. } = *self;
        let request = session::request(settings, geometry.size, range)
            .map_err(|e| Unfilled::Failed(OfxError::Failed(e.to_string())))?;
        let client = session::client(settings)?;
        let read = HostSource::to_frame(source, fetched, time, geometry, settings);
        *sanitised |= read.sanitised;
        let mut frames = HostSource::new(instance, source, *geometry, settings, (time, read));
        frames.run = runs::current(instance);
        let tracked = client.track(&request, time, &mut frames, &mut |note| match note {
            Note::Info(text) => notes.add(MessageKind::Note, text),
            Note::Warning(text) => notes.add(MessageKind::Warning, text),
            // An artist who looks at frames has no use for it; who looks after a farm has.
            Note::Trusted { first, last, frames, compared, digest } if instance.host().background => {
                notes.add_trusted((first, last), (frames, compared), &digest);
            }
            Note::Trusted { .. } | Note::Progress { .. } => {}
        });
        *sanitised |= frames.sanitised;
        let tracked = tracked.map_err(|error| match error {
            ClientError::Engine(JobError::Aborted) => Unfilled::Stopped,
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
                shapes_out::failed(settings, time);
                notes.add(MessageKind::Warning, reason);
            }
        }
        Ok(tracked)
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

/// The Mask input as a garbage matte; none where it is not used or not connected.
fn garbage(
    instance: &Instance,
    settings: &Settings,
    geometry: &Geometry,
    time: f64,
    (sanitised, notes): (&mut bool, &mut Notes),
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
        *sanitised |= f.sanitised();
        PlacedMatte::new(matte, geometry.window)
    }))
}
