//! The work of tracking: frame after frame, for as long as the artist lets it run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::error::TrackError;
use super::range::TrackRange;
use super::state::TrackingState;
use super::walk::Walk;
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::objects;
use crate::job::{EdgeSettings, FrameState, Note, Request, Run};
use crate::node::Settings;
use crate::node::shot::{self, Geometry, HostSource, Notes, SourceClip, runs};
use crate::ofx::{Clip, Instance, MessageKind, ParamSet, Progress, RenderArgs};
use crate::raster::RectI;
use crate::worker::Client;

/// How often the rate and the time left are shown. The bar goes and comes for it.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// What is tracked: the plate and the prompts of an instance.
pub struct TrackJob<'a> {
    instance: &'a Instance<'a>,
    clip: &'a Clip<'a>,
    settings: Settings,
    geometry: Geometry,
    client: Arc<Client>,
    /// What the engine is asked.
    pub request: Request,
    /// Frames with prompts.
    pub keys: Vec<i64>,
    /// First and last frame that the buttons track.
    pub range: (i64, i64),
    /// Whether nobody says where the range ends.
    pub endless: bool,
    /// While it goes on, the plate stays as it is.
    run: Run,
}

/// The prompts without the settings of edges: for those who want the tracks alone. What cannot be read stays.
fn without_edges(prompts: Arc<PromptText>) -> Arc<PromptText> {
    match prompts.document().ok().and_then(objects::without_edges) {
        Some(document) => PromptText::write(document),
        None => prompts,
    }
}

/// What became of the frames of a button.
pub struct Tracked {
    /// How many frames were tracked.
    pub count: usize,
    /// How long it took.
    pub took: Duration,
    /// Warnings of the engine.
    pub notes: Notes,
    /// Why it ended before its end, unless somebody stopped it.
    pub failed: Option<TrackError>,
}

/// What goes on while frames are tracked.
struct Running<'r> {
    state: &'r TrackingState,
    progress: Progress<'r>,
    notes: &'r Notes,
}

impl<'a> TrackJob<'a> {
    /// Reads what is tracked, with the playhead at `time`.
    ///
    /// # Errors
    /// [`TrackError`] when there is nothing to track, or nobody who does.
    pub fn new(
        instance: &'a Instance<'a>,
        params: &ParamSet,
        clip: &'a Clip<'a>,
        time: f64,
    ) -> Result<Self, TrackError> {
        let mut settings = Settings::read(params);
        if settings.is_unprompted() {
            return Err(TrackError::Unprompted);
        }
        if let Some(space) = clip.colourspace() {
            // A space that is not known is told with the render.
            let _ = settings.take_colourspace(&space);
        }
        // Edges are made when a frame is rendered.
        settings.edge = EdgeSettings::default();
        settings.prompts = without_edges(settings.prompts);
        let source = SourceClip { instance, clip, settings: &settings };
        let whole = source.range(time.round() as i64);
        let args = RenderArgs { time, window: RectI::default(), scale: (1.0, 1.0) };
        let geometry = source.geometry(&args, whole)?;
        let TrackRange { bounds: range, endless } = TrackRange::read(params, clip, whole);
        let request = shot::request(&settings, geometry.size, whole)?;
        let named = request.prompts.frames().into_iter().chain(request.mask.named().iter().copied());
        let keys = named.collect::<BTreeSet<i64>>().into_iter().collect();
        let client = shot::client(&settings)?;
        let run = runs::next();
        Ok(Self { instance, clip, settings, geometry, client, request, keys, range, endless, run })
    }

    /// Why a range cannot be tracked of which nobody says where it ends.
    pub fn unbounded(&self) -> TrackError {
        let range = self.clip.said_range();
        range.map_or(TrackError::NoRange, |range| TrackError::EndlessRange(shot::range_in_words(range)))
    }

    /// The host's frames, of which the one at `time` is fetched already.
    fn frames<'s>(&'s self, time: i64, notes: &'s Notes) -> Result<HostSource<'s>, TrackError> {
        let source = SourceClip { instance: self.instance, clip: self.clip, settings: &self.settings };
        let plate = match source.fetch(time as f64) {
            Ok(Some(plate)) => plate,
            Ok(None) if self.instance.aborted() => return Err(TrackError::Stopped),
            Ok(None) => return Err(TrackError::NoPixels(format!("no image of Source at frame {time}"))),
            Err(reason) => return Err(TrackError::NoPixels(reason.to_string())),
        };
        Ok(HostSource::new(source, self.geometry, notes).with_current(time, &plate))
    }

    /// How frames of the request stand, without computing any. The frame at `time` may be read for it.
    ///
    /// # Errors
    /// [`TrackError`] when the host gives no frame, or nobody answers.
    pub fn states(&self, time: i64, frames: (i64, i64)) -> Result<Vec<FrameState>, TrackError> {
        let time = time.clamp(self.request.first, self.request.last);
        // What is to be told of frames is told when they are rendered.
        let notes = Notes::default();
        let mut source = self.frames(time, &notes)?;
        Ok(self.client.known(&self.request, time, frames, &mut source)?)
    }

    /// Tracks the frames of `walk` one after another.
    pub fn track(&self, state: &TrackingState, walk: &Walk) -> Tracked {
        let label = match walk.bounds().unwrap_or_default() {
            (first, last) if first < last => format!("Tracking frames {first} to {last}"),
            (first, _) => format!("Tracking frame {first}"),
        };
        let all = walk.len() as f64;
        let notes = Notes::default();
        let mut running = Running { state, progress: Progress::start(self.instance, &label), notes: &notes };
        let (began, mut shown) = (Instant::now(), Instant::now());
        let (mut count, mut failed) = (0_usize, None);
        for time in walk.frames() {
            let part = |of_frame: f64| (count as f64 + of_frame) / all;
            match self.track_frame(time, &running, &part) {
                Ok(()) => {}
                Err(TrackError::Stopped) => break,
                Err(reason) => {
                    failed = Some(reason);
                    break;
                }
            }
            let goes_on = running.progress.update(part(1.0));
            count += 1;
            if !goes_on || state.stop.load(Ordering::Relaxed) {
                break;
            }
            if shown.elapsed() > SHOWN_EVERY {
                shown = Instant::now();
                let left = began.elapsed().as_secs_f64() / count as f64 * (all - count as f64);
                let rate = rate(count, began.elapsed());
                running.progress.relabel(&format!("{label}: {rate} a second, {left:.0} s left"));
            }
        }
        let took = began.elapsed();
        drop(running);
        Tracked { count, took, notes, failed }
    }

    /// Tracks one frame; `part` is how much of all is done with a part of it.
    fn track_frame(&self, time: i64, running: &Running, part: &dyn Fn(f64) -> f64) -> Result<(), TrackError> {
        let mut source = self.frames(time, running.notes)?;
        source.stop = Some(&running.state.stop);
        source.run = self.run;
        let mut note = |note| match note {
            Note::Progress { done, total } => {
                if !running.progress.update(part(done as f64 / total.max(1) as f64)) {
                    running.state.stop.store(true, Ordering::Relaxed);
                }
            }
            Note::Warning(text) => running.notes.add(MessageKind::Warning, text),
            Note::Info(_) | Note::Trusted { .. } => {}
        };
        self.client.track(&self.request, time, &mut source, &mut note)?;
        Ok(())
    }
}

/// Frames a second, in as many digits as tell something.
pub fn rate(frames: usize, took: Duration) -> String {
    let rate = frames as f64 / took.as_secs_f64().max(1e-3);
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}
