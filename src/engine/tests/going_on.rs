//! A later session goes on from what the trackers remembered last, and gives the bytes that the first would have.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::rig::{Counts, bytes, files};
use crate::engine::Engine;
use crate::job::prompts::FramePrompt;
use crate::job::{EngineSettings, FrameSource, Provenance, Request, SourceError, Stamp};
use crate::models::flow::FlowTracker;
use crate::models::{Embedding, IdleClick, Memory, Model, ModelError, Prediction, Tracker};
use crate::raster::{Frame, Matte};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 40;

/// The flow tracker, whose calls are counted.
struct Counted(FlowTracker, Arc<Counts>);

impl Model for Counted {
    fn info(&self) -> crate::job::ModelInfo {
        self.0.info()
    }
}

impl Tracker for Counted {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        self.1.embed.fetch_add(1, Ordering::Relaxed);
        self.0.embed(frame)
    }
    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        self.1.segment.fetch_add(1, Ordering::Relaxed);
        self.0.segment(embedding, prompt, earlier)
    }
    fn idle_clicks(&mut self) -> Vec<IdleClick> {
        self.0.idle_clicks()
    }
    fn memory(&self, frames: Option<usize>) -> Box<dyn Memory> {
        self.0.memory(frames)
    }
    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        self.0.restore(saved)
    }
    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        self.0.remember(memory, time, embedding, found, prompted)
    }
    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        self.1.propagate.fetch_add(1, Ordering::Relaxed);
        self.0.propagate(memory, time, embedding)
    }
}

/// A textured square that moves a pixel a frame over a texture.
struct Square;

impl FrameSource for Square {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        let noise = |x: i64, y: i64| ((x * 7919 + y * 104_729) % 61) as u8;
        let pixel = |i: u32| {
            let (x, y) = (i64::from(i % WIDTH), i64::from(i / WIDTH));
            match (4 + time..20 + time).contains(&x) && (10..28).contains(&y) {
                true => [150 + noise(x - time, y), 60, 50],
                false => [30, 90 + noise(x, y), 100],
            }
        };
        let data = (0..WIDTH * HEIGHT).flat_map(pixel).collect();
        Ok(Arc::new(Frame::new(WIDTH, HEIGHT, data).expect("the size")))
    }
    fn mask(&mut self, _: i64) -> Result<Option<Matte>, SourceError> {
        Ok(None)
    }
    fn aborted(&mut self) -> bool {
        false
    }
    fn provenance(&mut self, time: i64) -> Provenance {
        Provenance { stamp: Some(Stamp(*blake3::hash(&time.to_le_bytes()).as_bytes())), name: None }
    }
    fn stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        Ok((first..=last).map(|time| self.provenance(time).stamp).collect())
    }
}

fn session(cache: Option<&Path>) -> (Engine, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let settings = EngineSettings { cache: cache.map(Path::to_owned), ..EngineSettings::default() };
    let of_tracker = Arc::clone(&counts);
    let open = move |_: &str, _: &str, _: usize| {
        Ok(Box::new(Counted(FlowTracker::new(), Arc::clone(&of_tracker))) as Box<dyn Tracker>)
    };
    (Engine::with_trackers(settings, open), counts)
}

fn request(store: bool) -> Request {
    let prompts = r#"{"objects":[{"name":"square","prompts":[{"frame":0,"box":[4,10,20,28]}]}]}"#;
    Request {
        prompts: super::rig::parsed(prompts),
        tracker: "flow".into(),
        width: WIDTH,
        height: HEIGHT,
        last: 40,
        store,
        ..Request::default()
    }
}

/// The frames in that order, as bytes that tell any difference.
fn render(engine: &Engine, request: &Request, frames: impl IntoIterator<Item = i64>) -> Vec<Vec<u8>> {
    let one = |time| {
        let found = engine.track(request, time, &mut Square, &mut |_| {}).expect("tracked");
        engine.settle(request);
        bytes(&found)
    };
    frames.into_iter().map(one).collect()
}

fn memories(folder: &Path) -> usize {
    files(folder).iter().filter(|f| f.extension().is_some_and(|e| e == "memory")).count()
}

#[test]
fn the_frame_after_the_last_of_a_session_costs_the_next_one_a_single_step() {
    let whole = render(&session(None).0, &request(false), 0..=19);
    for last in [3_i64, 17] {
        let folder = tempfile::tempdir().expect("a folder");
        render(&session(Some(folder.path())).0, &request(true), 0..=last);
        let (later, counts) = session(Some(folder.path()));
        assert_eq!(render(&later, &request(true), [last + 1, last + 2]), whole[last as usize + 1..][..2]);
        let count = |of: &std::sync::atomic::AtomicU64| of.load(Ordering::Relaxed);
        assert_eq!(
            (count(&counts.propagate), count(&counts.embed), count(&counts.segment)),
            (2, 2, 0),
            "{last}"
        );
    }
}

#[test]
fn a_session_that_was_killed_costs_the_next_one_the_steps_from_the_nearest_memory() {
    let whole = render(&session(None).0, &request(false), 0..=19);
    let folder = tempfile::tempdir().expect("a folder");
    let (killed, _) = session(Some(folder.path()));
    render(&killed, &request(true), 0..=18);
    killed.flush();
    assert_eq!(memories(folder.path()), 1, "that of frame 16");
    let (later, counts) = session(Some(folder.path()));
    assert_eq!(render(&later, &request(true), [19]), whole[19..20]);
    assert_eq!(counts.propagate.load(Ordering::Relaxed), 3);
    std::mem::forget(killed);
}

#[test]
fn what_is_not_to_be_stored_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    render(&session(Some(folder.path())).0, &request(false), 0..=17);
    assert_eq!(memories(folder.path()), 0);
}

#[test]
fn a_click_that_changes_nothing_says_why() {
    let prompts = r#"{"objects":[{"name":"square","prompts":[
        {"frame":0,"box":[4,10,20,28]},{"frame":0,"point":[12,19]},{"frame":0,"point":[50,5],"label":"negative"}]}]}"#;
    let request = Request { prompts: super::rig::parsed(prompts), ..request(false) };
    let mut notes = Vec::new();
    let (engine, _) = session(None);
    engine.track(&request, 0, &mut Square, &mut |note| notes.push(note)).expect("tracked");
    let info = |text: &str| crate::job::Note::Info(text.to_owned());
    let expected = [
        info("object square: click 1 on frame 0 is inside the object already: it changes nothing"),
        info("object square: click 2 on frame 0 is outside the object already: it changes nothing"),
    ];
    assert!(expected.iter().all(|note| notes.contains(note)), "{notes:?}");
}
