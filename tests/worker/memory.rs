//! Flat memory: the host and the worker are as large at frame 2,000 as they were at frame 200.
//!
//! With the flow tracker, and with a small pack of the SAM 2 family, whose memories are larger. One
//! test, so that nothing else happens in this process while it is measured. The footage is tiny, which
//! is the hard case: whatever is kept for each frame shows against little else.

#![cfg(target_os = "linux")]

#[path = "../parity/fixture.rs"]
#[allow(dead_code, reason = "the answers are for the tests of parity")]
mod fixture;

use std::path::PathBuf;
use std::sync::Arc;

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostImage, HostProfile, ImageError, Instance,
    Project, RenderCall, RowBytes,
};

const WIDTH: u32 = 48;
const HEIGHT: u32 = 32;
const FRAMES: i64 = 2000;
/// Side of a square.
const SIDE: i64 = 10;
/// How much a process may grow from frame 200 to frame 2,000.
const ALLOWED: f64 = 1.02;

/// Four textured squares that sway over a textured ground. No two frames are alike.
struct Scene;

fn corner(object: i64, time: i64) -> (i64, i64) {
    let sway = [0, 1, 2, 3, 4, 3, 2, 1][time.rem_euclid(8) as usize];
    (5 + (object % 2) * 24 + sway, 2 + (object / 2) * 16 + sway / 2)
}

impl ClipSource for Scene {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, FRAMES - 1, Components::Rgb, Depth::Byte)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let time = time.round() as i64;
        let mut rgba = Vec::with_capacity((WIDTH * HEIGHT * 4) as usize);
        for y in 0..i64::from(HEIGHT) {
            for x in 0..i64::from(WIDTH) {
                let on = (0..4).find(|&o| {
                    let (left, top) = corner(o, time);
                    (left..left + SIDE).contains(&x) && (top..top + SIDE).contains(&y)
                });
                let wave = |u: i64, v: i64| 0.2 * ((u * 7 + v * 13) % 11) as f32 / 10.0;
                let mut rgb = match on {
                    Some(o) => {
                        let (left, top) = corner(o, time);
                        let shade = 0.15 * o as f32;
                        [0.75 - shade, 0.2 + wave(x - left, y - top), 0.1 + shade]
                    }
                    None => [0.1, 0.25 + wave(x, y), 0.6],
                };
                if y == 0 && x < 11 {
                    rgb = [((time >> x) & 1) as f32; 3];
                }
                rgba.extend(rgb);
                rgba.push(1.0);
            }
        }
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, Components::Rgb, Depth::Byte, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

/// Boxes around the first `objects` squares on `frame`.
fn prompts(objects: i64, frames: &[i64]) -> String {
    let object = |o: i64| {
        let on = |&frame: &i64| {
            let (left, top) = corner(o, frame);
            serde_json::json!({ "frame": frame, "box": [left, top, left + SIDE, top + SIDE] })
        };
        let prompts: Vec<_> = frames.iter().map(on).collect();
        serde_json::json!({ "name": format!("square {o}"), "prompts": prompts })
    };
    serde_json::json!({ "objects": (0..objects).map(object).collect::<Vec<_>>() }).to_string()
}

fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let deps = test.parent().expect("the test lies in a folder");
    let name = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = [deps.join(&name), deps.join("..").join(&name)];
    let newest =
        built.into_iter().filter_map(|p| Some((p.metadata().and_then(|m| m.modified()).ok()?, p))).max();
    newest.expect("the library is built with the tests").1
}

/// Resident memory of a process, kB.
fn resident(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("Linux tells");
    line.split_whitespace().next().and_then(|v| v.parse().ok()).expect("a number")
}

/// The worker: the child of this process, of whichever of its threads.
fn worker() -> String {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux tells").flatten();
    let children = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children"));
    let all: String = tasks.filter_map(|task| children(task).ok()).collect();
    all.split_whitespace().next().expect("a worker runs").to_owned()
}

/// Renders all frames in an order and gives the growth of host and worker from the 200th on; none, with
/// a word, where ONNX Runtime is wanted and not there.
fn growth(tracker: &str, what: &str, objects: i64, keys: &[i64], order: &[i64]) -> Option<[f64; 2]> {
    let began = std::time::Instant::now();
    let binary = Binary::open(HostProfile::airoto(), &library()).expect("the library is an OpenFX plugin");
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin is there");
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, FRAMES - 1);
    let instance = Instance::create(&plugin, Context::Filter, &project).expect("an instance");
    instance.connect("Source", Some(Arc::new(Scene))).expect("connected");
    instance.set_param("prompts", prompts(objects, keys)).expect("prompts");
    instance.set_param("tracker", tracker).expect("tracker");
    instance.set_param("useStore", false).expect("store");
    let mut at = Vec::new();
    for (count, frame) in (1..).zip(order) {
        if let Err(e) = instance.render(&RenderCall::new(*frame as f64)) {
            let reason = e.to_string();
            assert!(tracker != "flow" && reason.contains("ONNX Runtime cannot be used"), "{what}: {reason}");
            println!("skipped {what}: {reason}");
            return None;
        }
        if count % 200 == 0 {
            at.push([resident("self"), resident(&worker())]);
        }
    }
    let line = |i: usize| at.iter().map(|v| v[i].to_string()).collect::<Vec<_>>().join(" ");
    println!("{what}: host {} kB, worker {} kB, {:.1} s", line(0), line(1), began.elapsed().as_secs_f64());
    let last = at[at.len() - 1];
    Some([0, 1].map(|i| last[i] as f64 / at[0][i] as f64))
}

/// Renders 1,500 frames, each with prompts that were not there before, by the trackers that ship; gives the sizes of
/// host and worker in kB after every 300.
fn sizes_over_new_prompts(tracker: &str) -> Vec<[u64; 2]> {
    let binary = Binary::open(HostProfile::airoto(), &library()).expect("the library is an OpenFX plugin");
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin is there");
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, FRAMES - 1);
    let instance = Instance::create(&plugin, Context::Filter, &project).expect("an instance");
    instance.connect("Source", Some(Arc::new(Scene))).expect("connected");
    instance.set_param("tracker", tracker).expect("tracker");
    instance.set_param("useStore", false).expect("store");
    let mut random = fastrand::Rng::with_seed(5);
    let mut at = Vec::new();
    for frame in 0..1500 {
        let (left, top) = corner(0, frame);
        let corners = [left, top, left + SIDE, top + SIDE].map(|v| v as f64 + random.f64());
        let prompt = serde_json::json!({ "frame": frame, "box": corners });
        let prompts = serde_json::json!({ "objects": [{ "name": "square", "prompts": [prompt] }] });
        instance.set_param("prompts", prompts.to_string()).expect("prompts");
        instance.render(&RenderCall::new(frame as f64)).expect("rendered");
        if (frame + 1) % 300 == 0 {
            at.push([resident("self"), resident(&worker())]);
        }
    }
    at
}

/// By itself, for some minutes: `cargo test --test memory new_prompts -- --ignored --nocapture`.
#[test]
#[ignore = "minutes long"]
fn host_and_worker_stay_as_large_over_1500_frames_of_new_prompts() {
    for tracker in ["flow", "default"] {
        let at = sizes_over_new_prompts(tracker);
        println!("{tracker}: host and worker in kB after every 300 frames: {at:?}");
        for (i, who) in ["host", "worker"].into_iter().enumerate() {
            let growth = at[at.len() - 1][i] as f64 / at[0][i] as f64;
            assert!(growth <= 1.01, "{tracker}: the {who} grew to {growth:.4} of what it was: {at:?}");
        }
    }
}

#[test]
fn host_and_worker_stay_as_large_as_they_are() {
    let forward: Vec<i64> = (0..FRAMES).collect();
    let reverse: Vec<i64> = forward.iter().rev().copied().collect();
    let mut shuffled = forward.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut shuffled);
    let folder = tempfile::tempdir().expect("a folder");
    let pack = folder.path().join("sam2");
    fixture::open("sam2", &pack);
    let pack = pack.to_str().expect("a path in UTF-8");
    for (tracker, what, objects, keys, order) in [
        ("flow", "one object", 1, &[0], &forward),
        ("flow", "four objects", 4, &[0], &forward),
        ("flow", "reversed", 1, &[0], &reverse),
        ("flow", "shuffled", 1, &[1000], &shuffled),
        (pack, "one object of the SAM 2 family", 1, &[0], &forward),
        (pack, "four objects of the SAM 2 family", 4, &[0], &forward),
    ] {
        let Some([host, worker]) = growth(tracker, what, objects, keys, order) else { continue };
        assert!(host <= ALLOWED, "{what}: the host grew to {host:.3} of what it was at frame 200");
        assert!(worker <= ALLOWED, "{what}: the worker grew to {worker:.3} of what it was at frame 200");
    }
}
