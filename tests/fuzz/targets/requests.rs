//! Whole requests to the engine, over footage of a few pixels that ends after some frames: whatever is asked for,
//! nothing is allocated or walked before it is bounded.

use std::sync::Arc;

use airoto::engine::Engine;
use airoto::job::prompts::PromptText;
use airoto::job::{EdgeSettings, MaskKeys, Overlap};
use airoto::job::{EngineSettings, FrameSource, MotionBlur, Propagation, Quality, Request, SourceError};
use airoto::raster::{Frame, Matte};

use super::Target;
use super::mutate::json;

pub const TARGET: Target =
    Target { name: "requests", seeds, mutate: json::change, run, inputs: 150, accepted: 0.2 };

const SIZE: (u32, u32) = (24, 16);
/// Frames that are given out before the host wants to stop.
const FRAMES: u32 = 24;

fn seeds() -> Vec<Vec<u8>> {
    let prompts = |text: &str| PromptText::read(text).prompts_or_none();
    let request = Request {
        tracker: "flow".to_owned(),
        width: SIZE.0,
        height: SIZE.1,
        last: 4,
        store: false,
        ..Request::default()
    };
    let all = [
        Request {
            prompts: prompts(r#"{"objects":[{"name":"a","prompts":[{"frame":2,"box":[4,4,12,12]}]}]}"#),
            ..request.clone()
        },
        Request {
            prompts: prompts(
                r#"{"objects":[{"name":"a","colour":[1,0,0],"prompts":[{"frame":0,"point":[8,8],"label":"positive"},
                   {"frame":0,"point":[20,2],"label":"negative"},{"frame":4,"box":[3,3,11,12]}]},
                   {"name":"b","hidden":true,"prompts":[{"frame":3,"box":[14,2,20,9]}]}]}"#,
            ),
            overlap: Overlap::Layered,
            propagation: Propagation::Reference,
            edge: EdgeSettings {
                quality: Quality::Fast,
                inside: Some(2.0),
                outside: Some(3.0),
                motion_blur: MotionBlur::Soften,
                stability: 0.5,
                show_trimap: true,
                show_blur: true,
                ..EdgeSettings::default()
            },
            ..request.clone()
        },
        Request { mask: MaskKeys::On(2), first: -2, ..request.clone() },
        Request { mask: MaskKeys::Listed(vec![-1, 3]), first: -2, ..request.clone() },
        Request { mask: MaskKeys::NotEmpty, first: -2, ..request },
    ];
    all.iter().filter_map(|request| serde_json::to_vec(request).ok()).collect()
}

/// A square that moves to the right.
struct Footage(u32);

fn corner(time: i64) -> i64 {
    4 + time.rem_euclid(8)
}

impl FrameSource for Footage {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        self.0 += 1;
        let mut frame = Frame::filled(SIZE.0, SIZE.1, [20, 60, 90]);
        let left = corner(time);
        for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            let (x, y) = (i as i64 % i64::from(SIZE.0), i as i64 / i64::from(SIZE.0));
            if (left..left + 8).contains(&x) && (4..12).contains(&y) {
                pixel.copy_from_slice(&[200, (x * 9) as u8, (y * 17) as u8]);
            }
        }
        Ok(Arc::new(frame))
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        let left = corner(time) as usize;
        let inside = |i: usize| {
            let (x, y) = (i % SIZE.0 as usize, i / SIZE.0 as usize);
            f32::from(u8::from((left..left + 8).contains(&x) && (4..12).contains(&y)))
        };
        Ok(Matte::new(SIZE.0, SIZE.1, (0..(SIZE.0 * SIZE.1) as usize).map(inside).collect()).ok())
    }

    fn aborted(&mut self) -> bool {
        self.0 > FRAMES
    }
}

fn run(bytes: &[u8]) -> bool {
    let Ok(mut request) = serde_json::from_slice::<Request>(bytes) else { return false };
    // Models are loaded by their names, which takes longer than an input may; packs are a target of their own.
    request.tracker = "flow".to_owned();
    for object in &mut Arc::make_mut(&mut request.prompts).objects {
        object.tracker = object.tracker.take().map(|_| "flow".to_owned());
    }
    request.store = false;
    let engine =
        Engine::new(EngineSettings { cache: None, memory_limit: 1 << 16, disk_limit: 0, threads: 1 });
    let mut accepted = false;
    let middle = request.first.midpoint(request.last);
    for time in [request.first, request.last] {
        let tracked = engine.track(&request, time, &mut Footage(0), &mut |_| {});
        engine.settle(&request);
        accepted |= tracked.map_err(|e| e.to_string()).is_ok_and(|frame| frame.into_combined().is_some());
    }
    for frames in [(request.first, request.last), (i64::MIN, i64::MAX), (9, -9)] {
        let _ = engine.known(&request, middle, frames, &mut Footage(0)).map_err(|e| e.to_string());
    }
    accepted
}
