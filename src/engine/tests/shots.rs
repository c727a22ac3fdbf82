//! The engine with the flow tracker on footage of two shots: a track ends where the shot cuts.

use std::path::Path;
use std::sync::Arc;

use super::rig::{bytes, object, objects, parsed};
use crate::engine::Engine;
use crate::job::{EngineSettings, FrameSource, Note, Provenance, Request, SourceError, Stamp, TrackedFrame};
use crate::raster::{Frame, Matte};

const WIDTH: u32 = 128;
const HEIGHT: u32 = 72;
const LAST: i64 = 15;
/// The first frame of the other shot.
const CUT: i64 = 9;

/// A red square that moves over hills; the other shot has a blue one and other hills.
struct TwoShots;

fn left(time: i64) -> f32 {
    (if time < CUT { 20 + 2 * time } else { 70 - 2 * (time - CUT) }) as f32
}

impl FrameSource for TwoShots {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        let other = time >= CUT;
        let pixel = |i: u32| {
            let (x, y) = ((i % WIDTH) as f32, (i / WIDTH) as f32);
            let inside = (left(time)..left(time) + 30.0).contains(&x) && (20.0..50.0).contains(&y);
            let (u, v) = if inside { (x - left(time) + 200.0, y) } else { (x, y) };
            let (u, v) = if other { (0.6 * u - 0.8 * v, 0.8 * u + 0.6 * v) } else { (u, v) };
            let hills = 30.0 * (0.31 * u).sin() * (0.27 * v).cos() + 25.0 * (0.53 * u + 0.21 * v).sin();
            let base = match (inside, other) {
                (true, false) => [190.0, 60.0, 60.0],
                (true, true) => [60.0, 60.0, 190.0],
                (false, false) => [70.0, 110.0, 80.0],
                (false, true) => [150.0, 150.0, 60.0],
            };
            base.map(|v: f32| (v + hills) as u8)
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

/// The square, drawn.
fn drawn(frame: i64) -> String {
    let (x0, x1) = (left(frame), left(frame) + 30.0);
    format!(r#"{{"frame":{frame},"drawing":[{{"add":[[{x0},20],[{x1},20],[{x1},50],[{x0},50]]}}]}}"#)
}

fn clicked(frame: i64) -> String {
    format!(r#"{{"frame":{frame},"point":[{},35]}}"#, left(frame) + 15.0)
}

fn request(prompts: &[String]) -> Request {
    Request {
        prompts: parsed(&objects(&[object("dog", prompts)])),
        tracker: "flow".into(),
        width: WIDTH,
        height: HEIGHT,
        first: 0,
        last: LAST,
        ..Request::default()
    }
}

fn engine(cache: Option<&Path>) -> Engine {
    let cache = cache.map(Path::to_owned);
    Engine::new(EngineSettings { cache, memory_limit: 1 << 24, disk_limit: 1 << 30, threads: 1 })
}

/// The frame at `time`, and the warnings.
fn track(engine: &Engine, request: &Request, time: i64) -> (TrackedFrame, Vec<String>) {
    let mut warnings = Vec::new();
    let mut note = |note| warnings.extend(if let Note::Warning(text) = note { Some(text) } else { None });
    let found = engine.track(request, time, &mut TwoShots, &mut note).expect("tracked");
    (found, warnings)
}

/// Frames as bytes, asked for in this order.
fn render(prompts: &[String], order: impl IntoIterator<Item = i64>) -> Vec<Vec<u8>> {
    let (engine, request) = (engine(None), Request { store: false, ..request(prompts) });
    let mut frames: Vec<(i64, Vec<u8>)> =
        order.into_iter().map(|time| (time, bytes(&track(&engine, &request, time).0))).collect();
    frames.sort();
    frames.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn a_track_ends_at_a_cut_and_the_artist_is_told_also_by_a_later_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let request = request(&[drawn(2)]);
    let mut before = Vec::new();
    for session in 0..2 {
        let engine = engine(Some(folder.path()));
        for time in 0..=LAST {
            let (found, warnings) = track(&engine, &request, time);
            let dog = &found.objects[0];
            assert_eq!((dog.present, dog.matte.is_empty()), (time < CUT, time >= CUT), "frame {time}");
            let told: &[&str] = match time < CUT {
                true => &[],
                false => &["object dog: the shot cuts at frame 9: prompt the object there to go on"],
            };
            assert_eq!(warnings, told, "frame {time} in session {session}");
            before.push(bytes(&found));
        }
        engine.flush();
    }
    let (one, other) = before.split_at(before.len() / 2);
    assert!(one == other);
}

#[test]
fn what_is_drawn_beyond_a_cut_tells_nothing_of_this_side() {
    let (early, late) = (drawn(2), drawn(13));
    let one = render(std::slice::from_ref(&early), 0..=LAST);
    let other = render(std::slice::from_ref(&late), 0..=LAST);
    let both = render(&[early, late], 0..=LAST);
    assert!(both[..CUT as usize] == one[..CUT as usize]);
    assert!(both[CUT as usize..] == other[CUT as usize..]);
    assert!(both == render(&[drawn(2), drawn(13)], (0..=LAST).rev()), "in any order");
    let (engine, request) = (engine(None), request(&[drawn(13)]));
    let told = "object dog: the shot cuts at frame 9: prompt the object before the cut to go on";
    assert_eq!(track(&engine, &request, 4).1, [told]);
}

#[test]
fn a_click_beyond_a_cut_corrects_nothing() {
    let alone = render(&[clicked(12)], CUT..=LAST);
    assert!(render(&[drawn(2), clicked(12)], CUT..=LAST) == alone);
}
