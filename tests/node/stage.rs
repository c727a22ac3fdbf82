//! What the tests of the node share: the built library, a host, a moving square.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostImage, HostProfile, ImageError, Instance,
    Overlay, Pen, Project, RenderCall, RowBytes, Value,
};

pub const WIDTH: u32 = 96;
pub const HEIGHT: u32 = 64;
pub const LAST: i64 = 9;
/// Side of the square.
const SIDE: i64 = 24;

/// The newest build of the plugin's library beside the tests.
pub fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let deps = test.parent().expect("the test lies in a folder");
    let name = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    [deps.join(&name), deps.join("..").join(&name)]
        .into_iter()
        .filter_map(|p| Some((p.metadata().and_then(|m| m.modified()).ok()?, p)))
        .max()
        .map(|found| found.1)
        .expect("the library is built with the tests")
}

/// The square's left and top edge at `time`, in pixels.
pub fn square(time: i64) -> (i64, i64) {
    (10 + 4 * time, 18 + time)
}

/// Whether a pixel (top row first) lies on the square.
pub fn on_square(time: i64, x: i64, y: i64) -> bool {
    let (left, top) = square(time);
    (left..left + SIDE).contains(&x) && (top..top + SIDE).contains(&y)
}

/// A textured red square over a textured blue ground.
pub struct Scene {
    pub components: Components,
    pub depth: Depth,
    pub rows: RowBytes,
    /// Added to every pixel, to make the plate another one.
    pub grade: f32,
    pub fetched: AtomicU64,
}

impl Scene {
    pub fn new(components: Components, depth: Depth, rows: RowBytes) -> Arc<Self> {
        Arc::new(Self { components, depth, rows, grade: 0.0, fetched: AtomicU64::new(0) })
    }

    pub fn plain() -> Arc<Self> {
        Self::new(Components::Rgba, Depth::Byte, RowBytes::Tight)
    }

    fn rgba(&self, time: i64) -> Vec<f32> {
        let (left, top) = square(time);
        let mut out = Vec::new();
        for y in 0..i64::from(HEIGHT) {
            for x in 0..i64::from(WIDTH) {
                let on = on_square(time, x, y);
                let (u, v) = if on { (x - left, y - top) } else { (x, y) };
                let wave = 0.15 * ((u * 7 + v * 13) % 11) as f32 / 10.0;
                let rgb = if on { [0.8, 0.2 + wave, 0.1] } else { [0.1, 0.25 + wave, 0.6] };
                out.extend(rgb.map(|c| c + self.grade));
                out.push(1.0);
            }
        }
        out
    }
}

impl ClipSource for Scene {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, LAST, self.components, self.depth)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let time = time.round() as i64;
        if !(0..=LAST).contains(&time) {
            return Ok(None);
        }
        HostImage::from_rgba(WIDTH, HEIGHT, &self.rgba(time), self.components, self.depth, self.rows)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

/// A box prompt around the square on `frame`.
pub fn prompts(frame: i64) -> String {
    let (left, top) = square(frame);
    format!(
        r#"{{"objects":[{{"name":"square","prompts":[{{"frame":{frame},"box":[{left},{top},{},{}]}}]}}]}}"#,
        left + SIDE,
        top + SIDE
    )
}

/// A host with a copy of the library of its own: a plugin serves one host, and tests run side by side.
pub fn binary(profile: HostProfile) -> Binary {
    Binary::open_copy(profile, &library()).expect("the library is an OpenFX plugin")
}

pub fn instance(binary: &Binary, context: Context) -> Instance {
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin is there");
    Instance::create(&plugin, context, &Project::new(WIDTH, HEIGHT, 24.0, 0, LAST)).expect("an instance")
}

/// An instance that tracks the square with the flow tracker, in this process and without a store.
pub fn ready(binary: &Binary, scene: Arc<Scene>) -> Instance {
    let instance = instance(binary, Context::Filter);
    instance.connect("Source", Some(scene)).expect("connected");
    set_up(&instance);
    instance
}

pub fn set_up(instance: &Instance) {
    instance.set_param("prompts", prompts(2)).expect("prompts");
    instance.set_param("tracker", "flow").expect("tracker");
    instance.set_param("useStore", false).expect("store");
    instance.set_param("workerMode", 1).expect("mode");
}

/// An instance without prompts that is ready for them.
pub fn empty(binary: &Binary) -> Instance {
    let instance = ready(binary, Scene::plain());
    instance.set_param("prompts", "").expect("prompts");
    instance
}

/// What a parameter of text holds.
pub fn text(instance: &Instance, param: &str) -> String {
    match instance.param(param).expect("there") {
        Value::Text(text) => text,
        other => panic!("{param} is {other}"),
    }
}

/// What the status line and the keys of the parameter say.
pub fn shown(instance: &Instance) -> (String, Vec<(i64, i32)>) {
    let key = |(time, value): (f64, Value)| match value {
        Value::Int(value) => (time as i64, value),
        other => panic!("a key of {other}"),
    };
    let keys = instance.keys("trackState").expect("there").into_iter().map(key).collect();
    (text(instance, "trackStatus"), keys)
}

/// The message that stands.
pub fn said(instance: &Instance) -> String {
    instance.persistent_message().map(|m| m.text).unwrap_or_default()
}

/// A pen goes down, over some places, and up; in pixels of the picture, top row first.
pub fn stroke(overlay: &Overlay, time: i64, places: &[(f64, f64)]) {
    let time = time as f64;
    let up = |y: f64| f64::from(HEIGHT) - y;
    let (first, last) = (places[0], places[places.len() - 1]);
    assert!(overlay.pen(Pen::Down, time, first.0, up(first.1), 1.0).expect("taken"));
    for (x, y) in &places[1..] {
        assert!(overlay.pen(Pen::Motion, time, *x, up(*y), 1.0).expect("taken"));
    }
    assert!(overlay.pen(Pen::Up, time, last.0, up(last.1), 0.0).expect("taken"));
}

/// The alpha of a rendered frame, top row first.
pub fn alpha(instance: &Instance, time: i64) -> Vec<f32> {
    let image = instance.process(&RenderCall::new(time as f64));
    image.unwrap_or_else(|e| panic!("frame {time}: {e}; {:?}", instance.messages())).to_alpha()
}

/// Overlap of an alpha with the square.
pub fn overlap(alpha: &[f32], time: i64) -> f64 {
    let (mut both, mut either) = (0_u32, 0_u32);
    for (i, &a) in alpha.iter().enumerate() {
        let (x, y) = ((i as u32 % WIDTH).into(), (i as u32 / WIDTH).into());
        let (found, truth) = (a > 0.5, on_square(time, x, y));
        both += u32::from(found && truth);
        either += u32::from(found || truth);
    }
    f64::from(both) / f64::from(either)
}
