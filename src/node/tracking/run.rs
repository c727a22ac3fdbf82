//! Frame after frame, for as long as the artist lets it run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::status::{self, Mark, Marks};
use super::walk::{self, Walk};
use super::{TrackingState, Way, frame};
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::objects;
use crate::job::{EdgeSettings, FrameState, JobError, Note, Request, Run};
use crate::node::describe::SOURCE;
use crate::node::source::{Geometry, HostSource};
use crate::node::{Settings, render, runs, session};
use crate::ofx::{Clip, Instance, MessageKind, OfxError, ParamSet, Progress, RenderArgs};
use crate::params;
use crate::raster::RectI;
use crate::worker::{Client, ClientError};

/// How often the rate and the time left are shown. The bar goes and comes for it.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// Tracks; gives what there is to tell.
///
/// # Errors
/// A sentence when nothing can be tracked, or not all of it.
pub fn run(
    instance: &Instance,
    memory: &TrackingState,
    way: Way,
    time: f64,
) -> Result<(MessageKind, String), String> {
    let params = instance.params();
    let source = instance.clip(SOURCE).map_err(|e| e.to_string())?;
    let shot = Shot::new(instance, &params, &source, time)?;
    let mut once = status::keyed(&params);
    once.extend(memory.once.lock().iter());
    let (first, last) = shot.range;
    let now = frame(time);
    if shot.endless && !matches!(way, Way::Step(_)) {
        return Err(shot.unbounded());
    }
    let walk = Walk::new(way, now, (first, last), once.iter().copied());
    let Some(bounds) = walk.bounds() else {
        return Err(match way {
            Way::Update => {
                format!("none of the frames {first} to {last} was tracked before: track them first")
            }
            _ => {
                format!("there is no frame to be tracked from frame {now} on: the range is {first} to {last}")
            }
        });
    };
    if walk.len() > walk::MOST {
        return Err(format!(
            "the range {first} to {last} has {} frames to be tracked, expected at most {}: set Range to First to Last",
            walk.len(),
            walk::MOST
        ));
    }
    let (low, high) = surveyed(bounds, &once, (shot.request.first, shot.request.last));
    let known = shot.known(now, (low, high))?;
    let before =
        |f: i64| usize::try_from(f - low).ok().and_then(|i| known.get(i)).copied().unwrap_or_default();
    let tracked = shot.track(memory, &walk)?;
    let done: BTreeSet<i64> = walk.frames().take(tracked.count).collect();
    once.extend(&done);
    memory.once.lock().extend(&once);
    let marks = marks(low, &known, |f| once.contains(&f), |f| done.contains(&f));
    // What was tracked is there, whatever the host makes of it.
    if let Err(reason) = params.edit("Track", |params| status::show(params, &marks, &shot.keys)) {
        log::warn!("{reason}");
    }
    if let Some(reason) = tracked.failed {
        return Err(reason);
    }
    if let (Way::Step(_), Some(at)) = (way, done.first()) {
        instance.go_to(*at as f64);
    }
    let kept = done.iter().filter(|f| before(**f).tracked).count();
    let mut said = match (way, done.len() as u64 == walk.len()) {
        (Way::Update, true) => format!("{} computed anew, {kept} kept", count(done.len() - kept)),
        (_, true) => format!("tracked {}, {} a second", count(done.len()), rate(done.len(), tracked.took)),
        (_, false) => format!(
            "stopped after {} of {}, {} a second",
            done.len(),
            count(walk.len() as usize),
            rate(done.len(), tracked.took)
        ),
    };
    let kind = if tracked.warnings.is_empty() { MessageKind::Note } else { MessageKind::Warning };
    for warning in tracked.warnings {
        said = format!("{said}\n{warning}");
    }
    Ok((kind, said))
}

/// First and last frame of which is asked what is known: those that are tracked, and as many of those that were
/// once as can be surveyed with them; of the frames from `first` to `last`.
fn surveyed((from, to): (i64, i64), once: &BTreeSet<i64>, (first, last): (i64, i64)) -> (i64, i64) {
    let (from, to) = (from.max(first), to.min(last));
    let low = once.first().map_or(from, |&f| f.min(from)).max(first);
    let high = once.last().map_or(to, |&f| f.max(to)).min(last);
    let room = walk::MOST as i64 - 1;
    let low = low.max(to - room);
    (low, high.min(low + room))
}

/// Shows what is known of the frames from `first` to `last`, all of which were tracked or may have been.
pub fn refresh(
    instance: &Instance,
    params: &ParamSet,
    (first, last): (i64, i64),
    time: f64,
) -> Result<(), String> {
    let source = instance.clip(SOURCE).map_err(|e| e.to_string())?;
    let once = status::keyed(params);
    let all = super::memory(instance).once.lock().clone();
    let was = |f: i64| once.contains(&f) || all.contains(&f);
    let (marks, keys) = match Shot::new(instance, params, &source, time) {
        Ok(shot) => {
            let (low, high) = (first.max(shot.request.first), last.min(shot.request.last));
            let known = shot.known(frame(time), (low, high))?;
            (marks(low, &known, was, |_| false), shot.keys)
        }
        // Without prompts nothing is tracked.
        Err(_) => {
            let once = once.union(&all).filter(|f| (first..=last).contains(*f));
            (once.map(|f| (*f, Mark::Stale)).collect(), Vec::new())
        }
    };
    status::show(params, &marks, &keys).map_err(|e| e.to_string())
}

/// What is shown of the frames from `low` on.
fn marks(low: i64, known: &[FrameState], was: impl Fn(i64) -> bool, done: impl Fn(i64) -> bool) -> Marks {
    let mark = |(frame, state): (i64, &FrameState)| match state.tracked || done(frame) {
        true if state.pinned => Some((frame, Mark::Pinned)),
        true => Some((frame, Mark::Tracked)),
        false => was(frame).then_some((frame, Mark::Stale)),
    };
    (low..).zip(known).filter_map(mark).collect()
}

/// What is tracked: the plate and the prompts of an instance.
struct Shot<'a> {
    instance: &'a Instance<'a>,
    source: &'a Clip<'a>,
    settings: Settings,
    geometry: Geometry,
    request: Request,
    client: Arc<Client>,
    /// Frames with prompts.
    keys: Vec<i64>,
    /// First and last frame that the buttons track.
    range: (i64, i64),
    /// Whether nobody says where the range ends.
    endless: bool,
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

/// What became of a run.
struct Tracked {
    /// How many frames were tracked.
    count: usize,
    took: Duration,
    warnings: Vec<String>,
    /// Why it ended before its end, unless somebody stopped it.
    failed: Option<String>,
}

impl<'a> Shot<'a> {
    fn new(
        instance: &'a Instance<'a>,
        params: &ParamSet,
        source: &'a Clip<'a>,
        time: f64,
    ) -> Result<Self, String> {
        let mut settings = Settings::read(params);
        if settings.is_unprompted() {
            return Err("there is nothing to track: set prompts, or use the Mask input".to_owned());
        }
        if let Some(space) = source.colourspace() {
            // A space that is not known is told with the render.
            let _ = settings.take_colourspace(&space);
        }
        // Edges are made when a frame is rendered.
        settings.edge = EdgeSettings::default();
        settings.prompts = without_edges(settings.prompts);
        let now = frame(time);
        let whole = render::range(source, &settings, now);
        let args = RenderArgs { time, window: RectI::default(), scale: (1.0, 1.0) };
        let geometry = render::geometry(source, &settings, &args, whole).map_err(|e| e.to_string())?;
        let chosen =
            params::option(params::TRACK_RANGE, params.int(params::TRACK_RANGE).unwrap_or(-1)) == "range";
        let bound = |id| params.int(id).map(i64::from);
        let (range, endless) = match (bound(params::TRACK_FIRST), bound(params::TRACK_LAST)) {
            (Some(a), Some(b)) if chosen => ((a.min(b).max(whole.0), a.max(b).min(whole.1)), false),
            _ => (whole, source.frame_range().is_none()),
        };
        let request = session::request(&settings, geometry.size, whole).map_err(|e| e.to_string())?;
        let keys = request.prompts.frames();
        let client = session::client(&settings).map_err(|e| e.to_string())?;
        Ok(Self {
            instance,
            source,
            settings,
            geometry,
            request,
            client,
            keys,
            range,
            endless,
            run: runs::next(),
        })
    }

    /// Why a range cannot be tracked of which nobody says where it ends.
    fn unbounded(&self) -> String {
        match self.source.said_range() {
            None => "the host does not say how many frames Source has: set Range to First to Last".to_owned(),
            Some(range) => format!(
                "the host says that Source has frames {}, expected a range of at most {} frames: set Range to First to Last",
                render::range_in_words(range),
                walk::MOST
            ),
        }
    }

    /// The host's frames, of which the one at `time` is fetched already.
    fn frames(&self, time: i64) -> Result<HostSource<'_>, Ended> {
        let fetched = match HostSource::fetch(self.source, time as f64) {
            Ok(Some(fetched)) => fetched,
            Ok(None) if self.instance.aborted() => return Err(Ended::Stopped),
            Ok(None) => return Err(Ended::Failed(refused(&format!("no image of Source at frame {time}")))),
            Err(reason) => return Err(Ended::Failed(refused(&reason.to_string()))),
        };
        let read = HostSource::to_frame(self.source, &fetched, time, &self.geometry, &self.settings);
        Ok(HostSource::new(self.instance, self.source, self.geometry, &self.settings, (time, read)))
    }

    /// What is known of frames, without computing any.
    fn known(&self, time: i64, frames: (i64, i64)) -> Result<Vec<FrameState>, String> {
        let time = time.clamp(self.request.first, self.request.last);
        let known = self.frames(time).and_then(|mut source| {
            self.client.known(&self.request, time, frames, &mut source).map_err(Ended::from)
        });
        known.map_err(|ended| match ended {
            Ended::Stopped => "the host stopped it".to_owned(),
            Ended::Failed(reason) => reason,
        })
    }

    /// Tracks the frames of `walk` one after another.
    fn track(&self, memory: &TrackingState, walk: &Walk) -> Result<Tracked, String> {
        let label = match walk.bounds().unwrap_or_default() {
            (first, last) if first < last => format!("Tracking frames {first} to {last}"),
            (first, _) => format!("Tracking frame {first}"),
        };
        let all = walk.len() as f64;
        let mut progress = Progress::start(self.instance, &label);
        let (began, mut said) = (Instant::now(), Instant::now());
        let mut tracked = Tracked { count: 0, took: Duration::ZERO, warnings: Vec::new(), failed: None };
        for time in walk.frames() {
            let done = tracked.count;
            let part = |of_frame: f64| (done as f64 + of_frame) / all;
            match self.one(memory, time, &progress, &part, &mut tracked.warnings) {
                Ok(()) => tracked.count += 1,
                Err(Ended::Stopped) => break,
                Err(Ended::Failed(reason)) => {
                    tracked.failed = Some(reason);
                    break;
                }
            }
            if !progress.update(part(1.0)) || memory.stop.load(Ordering::Relaxed) {
                break;
            }
            if said.elapsed() > SAID_EVERY {
                said = Instant::now();
                let left =
                    began.elapsed().as_secs_f64() / tracked.count as f64 * (all - tracked.count as f64);
                progress.relabel(&format!(
                    "{label}: {} a second, {left:.0} s left",
                    rate(tracked.count, began.elapsed())
                ));
            }
        }
        tracked.took = began.elapsed();
        Ok(tracked)
    }

    fn one(
        &self,
        memory: &TrackingState,
        time: i64,
        progress: &Progress,
        part: &dyn Fn(f64) -> f64,
        warnings: &mut Vec<String>,
    ) -> Result<(), Ended> {
        let mut source = self.frames(time)?;
        source.stop = Some(&memory.stop);
        source.run = self.run;
        let mut notes = |note| match note {
            Note::Progress { done, total } => {
                if !progress.update(part(done as f64 / total.max(1) as f64)) {
                    memory.stop.store(true, Ordering::Relaxed);
                }
            }
            Note::Warning(text) if !warnings.contains(&text) => warnings.push(text),
            Note::Warning(_) | Note::Info(_) | Note::Trusted { .. } => {}
        };
        self.client.track(&self.request, time, &mut source, &mut notes)?;
        Ok(())
    }
}

/// Why a frame is not tracked.
enum Ended {
    /// The artist or the host wanted it.
    Stopped,
    /// Something to be told.
    Failed(String),
}

impl From<ClientError> for Ended {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Engine(JobError::Aborted) => Self::Stopped,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<OfxError> for Ended {
    fn from(error: OfxError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What is said where the host gives a button no pixels, as some do.
fn refused(reason: &str) -> String {
    format!("the host gives a button {reason}: render the range instead, which tracks it as well")
}

fn count(frames: usize) -> String {
    if frames == 1 { "1 frame".to_owned() } else { format!("{frames} frames") }
}

/// Frames a second, in as many digits as tell something.
fn rate(frames: usize, took: Duration) -> String {
    let rate = frames as f64 / took.as_secs_f64().max(1e-3);
    if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}
