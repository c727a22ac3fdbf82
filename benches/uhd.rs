//! What a frame of 3840x2160 float pixels with an object of 600x800 costs beside the network, and how
//! large the worker gets: `cargo xtask bench uhd`.
//!
//! The plugin is driven through the C ABI with its worker process. What is told is the time from the
//! host's call to the finished picture, without that of the network's graphs, which the worker notes,
//! and without that in which the host makes images of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostImage, HostProfile, ImageError, Instance,
    Project, RenderCall, RowBytes,
};

/// Frames that are rendered, of which the first do not count.
const FRAMES: i64 = 10;
const WARM_UP: i64 = 4;

/// An ellipse of 600x800 pixels of one texture on another, on each frame 8 pixels further to the right.
struct Footage {
    size: (u32, u32),
    images: Vec<HostImage>,
}

/// How far a pixel lies inside of the ellipse on a frame, 0 to 1 over two pixels.
fn inside(size: (u32, u32), frame: i64, x: f32, y: f32) -> f32 {
    let (cx, cy) = (size.0 as f32 / 2.0 + 8.0 * frame as f32, size.1 as f32 / 2.0);
    let far = ((x - cx) / 300.0).hypot((y - cy) / 400.0);
    ((1.0 - far) * 150.0 + 0.5).clamp(0.0, 1.0)
}

impl Footage {
    fn new(size: (u32, u32), frames: i64) -> Arc<Self> {
        let wave = |x: f32, y: f32| {
            0.5 + 0.25 * (x * 0.21).sin() * (y * 0.17).cos() + 0.2 * (x * 0.013 + y * 0.02).sin()
        };
        let image = |frame: i64| {
            let mut rgba = Vec::with_capacity(size.0 as usize * size.1 as usize * 4);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
                    let a = inside(size, frame, x, y);
                    let (on, off) = (wave(x - 8.0 * frame as f32, y), wave(0.3 * x + 900.0, 0.4 * y));
                    let mix = |on: f32, off: f32| on * a + off * (1.0 - a);
                    rgba.extend([mix(0.9 * on, 0.1), mix(0.3 * on, 0.5 * off), mix(0.1, 0.8 * off), 1.0]);
                }
            }
            HostImage::from_rgba(size.0, size.1, &rgba, Components::Rgba, Depth::Float, RowBytes::Tight)
        };
        let images = (0..frames).map(|t| image(t).expect("a picture")).collect();
        Arc::new(Self { size, images })
    }
}

impl ClipSource for Footage {
    fn info(&self) -> ClipInfo {
        let last = self.images.len() as i64 - 1;
        ClipInfo::new(self.size.0, self.size.1, 0, last, Components::Rgba, Depth::Float)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        Ok(usize::try_from(time.round() as i64).ok().and_then(|t| self.images.get(t)).cloned())
    }
}

/// The plugin that was built with the program `airoto` beside it.
fn library() -> PathBuf {
    let own = std::env::current_exe().expect("the bench has a path");
    let folder = own.parent().and_then(Path::parent).expect("the bench lies in target/release/deps");
    folder.join(format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))
}

/// Most resident memory of the children of this process so far, in MB.
fn worker_memory() -> Option<u64> {
    let own = std::process::id().to_string();
    let list = std::process::Command::new("ps").args(["-o", "pid=", "--ppid", &own]).output().ok()?;
    let of = |pid: &str| -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find(|l| l.starts_with("VmHWM"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib >> 10)
    };
    String::from_utf8_lossy(&list.stdout).split_whitespace().filter_map(of).max()
}

/// The ellipse as a path of the prompts: a mask file. Each `case` has one of its own, a tenth of a pixel aside, so
/// that none finds the tracks of another.
fn prompts(folder: &Path, size: (u32, u32), case: usize) -> String {
    let data = (0..size.0 as usize * size.1 as usize).map(|i| {
        let (x, y) = (i % size.0 as usize, i / size.0 as usize);
        inside(size, 0, x as f32 + 0.5 + 0.1 * case as f32, y as f32 + 0.5)
    });
    let matte = airoto::raster::Matte::new(size.0, size.1, data.collect()).expect("a matte");
    let path = folder.join(format!("mask{case}.png"));
    airoto::io::write_matte(&path, &matte, &airoto::io::WriteOptions::default())
        .expect("a mask can be written");
    format!(r#"{{"objects":[{{"name":"object","prompts":[{{"frame":0,"mask":{path:?}}}]}}]}}"#)
}

struct Case {
    name: &'static str,
    params: &'static [(&'static str, i32)],
}

const CASES: [Case; 3] = [
    Case { name: "as tracked", params: &[] },
    Case { name: "fast", params: &[("edgeQuality", 1)] },
    Case { name: "fast, clean colours", params: &[("edgeQuality", 1), ("edgeColours", 1)] },
];

fn main() {
    let tracker = std::env::var("AIROTO_BENCH_TRACKER").unwrap_or_else(|_| "default".to_owned());
    let large = std::env::var_os("AIROTO_BENCH_8K").is_some();
    let (size, frames) = if large { ((7680, 4320), 3) } else { ((3840, 2160), FRAMES) };
    let folder = tempfile::tempdir().expect("a folder");
    let times = PathBuf::from(
        std::env::var_os("AIROTO_TIMES").expect("AIROTO_TIMES, as `cargo xtask bench` sets it"),
    );
    let binary = Binary::open(HostProfile { watch_memory: false, ..HostProfile::airoto() }, &library())
        .expect("the plugin, built by `cargo xtask bench`");
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin");
    let footage = Footage::new(size, frames);
    println!("{}x{} float, object 600x800, tracker {tracker}; ms a frame", size.0, size.1);
    println!("{:<22} {:>8} {:>8} {:>8} {:>10}", "edge", "graphs", "rest", "of it", "worker");
    println!("{:<22} {:>8} {:>8} {:>8} {:>10}", "", "", "", "worker", "MB");
    for (number, case) in CASES.iter().enumerate() {
        let prompts = prompts(folder.path(), size, number);
        let project = Project::new(size.0, size.1, 24.0, 0, frames - 1);
        let instance = Instance::create(&plugin, Context::General, &project).expect("an instance");
        let source: Arc<dyn ClipSource> = footage.clone();
        instance.connect("Source", Some(source)).expect("connected");
        instance.set_param("prompts", prompts.as_str()).expect("a parameter");
        instance.set_param("tracker", tracker.as_str()).expect("a parameter");
        instance.set_param("useStore", false).expect("a parameter");
        for (id, value) in case.params {
            instance.set_param(id, *value).expect("a parameter");
        }
        instance.set_output(Components::Rgba, Depth::Float).expect("an output");
        let mut whole = HashMap::new();
        for t in 0..frames {
            let before = instance.plugin_time();
            let rendered = instance.process(&RenderCall::new(t as f64));
            rendered.unwrap_or_else(|e| panic!("frame {t}: {e}"));
            whole.insert(t, (instance.plugin_time() - before).as_secs_f64() * 1e3);
            // The tracker learns from a frame while a host takes it.
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        let text = std::fs::read_to_string(&times).unwrap_or_default();
        let (mut graphs, mut worker) = (HashMap::new(), HashMap::new());
        for line in text.lines() {
            let words: Vec<f64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
            if let [time, all, _, before] = words[..] {
                graphs.insert(time as i64, before / 1e3);
                worker.insert(time as i64, (all - before) / 1e3);
            }
        }
        let _ = std::fs::remove_file(&times);
        let counted: Vec<i64> = (WARM_UP.min(frames - 1)..frames).collect();
        let mean = |of: &HashMap<i64, f64>| {
            counted.iter().filter_map(|t| of.get(t)).sum::<f64>() / counted.len() as f64
        };
        let memory = worker_memory().map_or_else(|| "-".to_owned(), |mb| mb.to_string());
        println!(
            "{:<22} {:>8.1} {:>8.1} {:>8.1} {memory:>10}",
            case.name,
            mean(&graphs),
            mean(&whole) - mean(&graphs),
            mean(&worker)
        );
    }
}
