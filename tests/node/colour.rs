//! Footage in every encoding: what the node reads it as, and that the matte is the same.

use std::path::Path;
use std::sync::Arc;

use airoto::host::{
    ClipInfo, ClipSource, ColourStyle, Components, Context, Depth, HostImage, HostProfile, ImageError,
    Instance, Project, RenderCall, RowBytes,
};
use airoto::job::Device;
use airoto::models::{self, ModelError};
use airoto::raster::{Encoding, Matte, transfer};

use super::stage::binary;

const WIDTH: u32 = 240;
const HEIGHT: u32 = 136;
const LAST: i64 = 4;
const RADIUS: f64 = 30.0;

/// Where the middle of the disc is.
fn centre(time: i64) -> (f64, f64) {
    (70.0 + 6.0 * time as f64, 64.0 + 2.0 * time as f64)
}

/// A textured disc over a texture, both dark, in 8 bits of sRGB.
fn codes(time: i64) -> Vec<[u8; 3]> {
    let (cx, cy) = centre(time);
    let wave = |x: f64, y: f64| 9.0 * ((x * 0.9).sin() + (y * 0.7).cos());
    let pixel = |i: u32| {
        let (x, y) = (f64::from(i % WIDTH) + 0.5, f64::from(i / WIDTH) + 0.5);
        let inside = (x - cx).hypot(y - cy) < RADIUS;
        let (base, v) = if inside {
            ([62.0, 44.0, 36.0], wave(x - cx, y - cy))
        } else {
            ([30.0, 38.0, 46.0], wave(x, y * 1.3))
        };
        base.map(|c: f64| (c + v).clamp(0.0, 255.0) as u8)
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

fn truth(time: i64) -> Matte {
    let (cx, cy) = centre(time);
    let inside = |i: u32| (f64::from(i % WIDTH) + 0.5 - cx).hypot(f64::from(i / WIDTH) + 0.5 - cy) < RADIUS;
    let data = (0..WIDTH * HEIGHT).map(|i| f32::from(u8::from(inside(i)))).collect();
    Matte::new(WIDTH, HEIGHT, data).expect("a matte")
}

/// The number that stands for `light` in an encoding, found by halving.
fn signal(encoding: Encoding, light: f32) -> f32 {
    let (mut low, mut high) = (-0.2_f32, 1.2_f32);
    for _ in 0..60 {
        let middle = f32::midpoint(low, high);
        if encoding.to_linear(middle) < light { low = middle } else { high = middle }
    }
    high
}

/// The scene in an encoding.
struct Footage {
    depth: Depth,
    /// Of every code of sRGB.
    signals: Vec<f32>,
    colourspace: Option<&'static str>,
    /// Numbers put into the picture at these pixels.
    spoilt: Vec<(usize, f32)>,
}

impl Footage {
    fn new(encoding: Encoding, depth: Depth) -> Self {
        let of = |code: u8| match encoding {
            Encoding::Srgb => f32::from(code) / 255.0,
            other => signal(other, transfer::srgb_to_linear(f32::from(code) / 255.0)),
        };
        Self { depth, signals: (0..=255).map(of).collect(), colourspace: None, spoilt: Vec::new() }
    }

    fn named(self, space: &'static str) -> Self {
        Self { colourspace: Some(space), ..self }
    }
}

impl ClipSource for Footage {
    fn info(&self) -> ClipInfo {
        let info = ClipInfo::new(WIDTH, HEIGHT, 0, LAST, Components::Rgba, self.depth);
        ClipInfo { colourspace: self.colourspace.map(str::to_owned), ..info }
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let pixel = |p: [u8; 3]| {
            let [r, g, b] = p.map(|c| self.signals[usize::from(c)]);
            [r, g, b, 1.0]
        };
        let mut rgba: Vec<f32> = codes(time.round() as i64).into_iter().flat_map(pixel).collect();
        self.spoilt.iter().for_each(|&(i, v)| rgba[4 * i..4 * i + 3].fill(v));
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, Components::Rgba, self.depth, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

/// An instance of a library of its own, so that no track of other footage is there.
fn instance(profile: HostProfile, tracker: &str, footage: Footage) -> Instance {
    let binary = binary(profile);
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin is there");
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, LAST);
    let instance = Instance::create(&plugin, Context::Filter, &project).expect("an instance");
    instance.connect("Source", Some(Arc::new(footage))).expect("connected");
    let (cx, cy) = centre(0);
    let edges = [cx - RADIUS, cy - RADIUS, cx + RADIUS, cy + RADIUS];
    let prompts = serde_json::json!({"objects": [{"name": "disc", "prompts": [{"frame": 0, "box": edges}]}]});
    for (param, value) in [("prompts", prompts.to_string()), ("tracker", tracker.to_owned())] {
        instance.set_param(param, value).expect(param);
    }
    instance.set_param("device", "cpu").expect("device");
    instance.set_param("useStore", false).expect("store");
    instance.set_param("workerMode", "inProcess").expect("mode");
    instance
}

fn coloured(profile: HostProfile, tracker: &str, footage: Footage, colour: &str) -> Instance {
    let instance = instance(profile, tracker, footage);
    instance.set_param("inputColour", colour).expect("colour");
    instance
}

fn mattes(instance: &Instance) -> Vec<Matte> {
    let matte = |time: i64| {
        let image = instance.process(&RenderCall::new(time as f64));
        let alpha =
            image.unwrap_or_else(|e| panic!("frame {time}: {e}; {:?}", instance.messages())).to_alpha();
        assert!(alpha.iter().all(|a| (0.0..=1.0).contains(a)), "frame {time}");
        Matte::new(WIDTH, HEIGHT, alpha).expect("a matte")
    };
    let found = (0..=LAST).map(matte).collect();
    assert_eq!(instance.faults(), Vec::<String>::new());
    found
}

/// The least overlap of a frame.
fn least(a: &[Matte], b: &[Matte]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.iou(b)).fold(1.0, f64::min)
}

#[test]
fn the_same_light_gives_the_same_matte_in_every_encoding() {
    let render = |encoding: Encoding, depth: Depth, colour: &str| {
        mattes(&coloured(HostProfile::airoto(), "flow", Footage::new(encoding, depth), colour))
    };
    let shown = render(Encoding::Srgb, Depth::Byte, "srgb");
    let truth: Vec<Matte> = (0..=LAST).map(truth).collect();
    assert!(least(&shown, &truth) > 0.85, "{}", least(&shown, &truth));
    for encoding in Encoding::ALL {
        let found = render(encoding, Depth::Float, encoding.id());
        let overlap = least(&found, &shown);
        println!("{encoding:?}: IoU {overlap:.4} with that of 8 bits of sRGB");
        assert!(overlap >= 0.995, "{encoding:?}: {overlap}");
    }
    let wrong = least(&render(Encoding::Linear, Depth::Float, "srgb"), &shown);
    assert!(wrong < 0.995, "footage that is read as what it is not: {wrong}");
}

#[test]
fn swift_sees_linear_footage_as_it_sees_that_of_8_bits() {
    let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift");
    let pack = pack.to_string_lossy();
    match models::open(&pack, Device::Cpu, 1) {
        Err(ModelError::Runtime(reason)) => return println!("skipped, ONNX Runtime is not there: {reason}"),
        other => drop(other.expect("the pack of the bundle")),
    }
    let render = |encoding: Encoding, depth: Depth| {
        mattes(&instance(HostProfile::airoto(), &pack, Footage::new(encoding, depth)))
    };
    // Auto: floats are linear, whole numbers are sRGB.
    let (linear, shown) = (render(Encoding::Linear, Depth::Float), render(Encoding::Srgb, Depth::Byte));
    let overlap = least(&linear, &shown);
    println!("IoU {overlap:.4}");
    assert!(overlap >= 0.995, "{overlap}");
    let truth: Vec<Matte> = (0..=LAST).map(truth).collect();
    assert!(least(&shown, &truth) > 0.85, "{}", least(&shown, &truth));
}

#[test]
fn auto_reads_the_colour_space_that_the_host_names() {
    let log = || Footage::new(Encoding::LogC3, Depth::Float);
    let named = || log().named("arri_logc3_ei800");
    let managed = instance(HostProfile::airoto(), "flow", named());
    let before = HostProfile { colour: None, ..HostProfile::airoto() };
    let chosen = mattes(&coloured(before.clone(), "flow", log(), "logc3"));
    assert!(mattes(&managed) == chosen, "the host's word counts as the artist's");
    let linear = mattes(&coloured(before.clone(), "flow", log(), "linear"));
    assert!(linear != chosen);
    // A host that manages no colour is not heard, nor one whom the artist contradicts.
    assert!(mattes(&instance(before, "flow", named())) == linear);
    let silent = HostProfile { colour: Some(ColourStyle::None), ..HostProfile::airoto() };
    assert!(mattes(&instance(silent, "flow", named())) == linear);
    assert!(mattes(&coloured(HostProfile::airoto(), "flow", named(), "linear")) == linear);
}

#[test]
fn a_colour_space_that_is_not_known_is_said() {
    let instance = instance(
        HostProfile::airoto(),
        "flow",
        Footage::new(Encoding::Linear, Depth::Float).named("show_lut"),
    );
    mattes(&instance);
    let said: Vec<String> = instance.messages().into_iter().map(|m| m.text).collect();
    assert!(said.iter().any(|s| s.contains("colour space \"show_lut\", which is unknown")), "{said:?}");
}

#[test]
fn the_output_has_the_colour_space_of_the_plate() {
    let footage = Footage::new(Encoding::Linear, Depth::Float).named("ACEScg");
    let instance = instance(HostProfile::airoto(), "flow", footage);
    let space = |instance: &Instance| {
        let preferences = instance.clip_preferences().expect("preferences");
        preferences.clips.into_iter().map(|c| (c.name, c.colourspace)).collect::<Vec<_>>()
    };
    let pair = |name: &str, space: &str| (name.to_owned(), space.to_owned());
    assert_eq!(space(&instance), [pair("Source", "ACEScg"), pair("Mask", ""), pair("Output", "ACEScg")]);
    instance.edit_param("view", "matte", 0.0).expect("edited");
    assert_eq!(space(&instance)[2], pair("Output", "ofx_raw"), "a matte is no colour");
    assert_eq!(instance.faults(), Vec::<String>::new());
}

#[test]
fn numbers_beyond_black_and_white_do_no_harm() {
    let spots = [40.0, 1e30, f32::INFINITY, -0.5, -1e30, f32::NEG_INFINITY, f32::NAN];
    for encoding in [Encoding::Linear, Encoding::LogC4, Encoding::Pq] {
        let mut footage = Footage::new(encoding, Depth::Float);
        for (n, v) in spots.into_iter().enumerate() {
            // Squares of 6 pixels side by side, near the lower edge.
            let corner = |x: usize, y: usize| (0..36).map(move |i| (y + i / 6) * WIDTH as usize + x + i % 6);
            footage.spoilt.extend(corner(4 + 9 * n, 120).map(|i| (i, v)));
        }
        let found = mattes(&coloured(HostProfile::airoto(), "flow", footage, encoding.id()));
        let truth: Vec<Matte> = (0..=LAST).map(truth).collect();
        let overlap = least(&found, &truth);
        assert!(overlap > 0.85, "{encoding:?}: {overlap}");
    }
}
