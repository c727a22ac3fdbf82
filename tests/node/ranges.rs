//! Every button under every range of frames that a host may name: a sentence, soon, in little memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use airoto::host::{
    ClipInfo, ClipSource, Components, Depth, HostImage, HostProfile, ImageError, Instance, ParamKind,
    RowBytes,
};

use super::stage::*;

/// Footage without end: a picture at every time.
struct Endless(Arc<Scene>);

impl ClipSource for Endless {
    fn info(&self) -> ClipInfo {
        self.0.info()
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let time = time.rem_euclid(LAST as f64 + 1.0);
        if time.is_nan() {
            return HostImage::from_rgba(
                WIDTH,
                HEIGHT,
                &vec![0.0; (WIDTH * HEIGHT * 4) as usize],
                Components::Rgba,
                Depth::Byte,
                RowBytes::Tight,
            )
            .map(Some)
            .map_err(|e| ImageError(e.to_string()));
        }
        self.0.image(time)
    }
}

const RANGES: [(f64, f64); 12] = [
    (-2_147_483_647.0, 2_147_483_647.0),
    // kOfxFlagInfiniteMin and kOfxFlagInfiniteMax.
    (-2_147_483_648.0, 2_147_483_647.0),
    (0.0, 2_147_483_647.0),
    (f64::NEG_INFINITY, f64::INFINITY),
    (f64::NAN, f64::NAN),
    (0.0, f64::NAN),
    (9.0, 0.0),
    (2_147_483_647.0, -2_147_483_647.0),
    (-1e300, 1e300),
    (1e300, -1e300),
    (0.0, 1e9),
    (0.2, 0.7),
];

/// The buttons of the panel, as the plugin describes them: a new one is among them.
fn buttons(instance: &Instance) -> Vec<String> {
    let described = instance.plugin().describe(airoto::host::Context::Filter).expect("described");
    let buttons: Vec<String> = described
        .parameters
        .iter()
        .filter(|p| p.kind == ParamKind::PushButton)
        .map(|p| p.name.clone())
        .collect();
    assert!(buttons.len() >= 25, "{buttons:?}");
    buttons
}

/// Peak memory of this process in bytes; none where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb << 10)
}

/// A project in which every button has something to do.
fn project(instance: &Instance, bounds: Option<(i32, i32)>) {
    let set = |id: &str, value: i32| instance.set_param(id, value).expect("a parameter");
    instance.set_param("prompts", prompts(2)).expect("prompts");
    instance.set_param("textFound", "frame 2\n1  0.90  18.0 20.0 42.0 44.0  square").expect("found");
    instance.set_param("textAtCuts", true).expect("a switch");
    instance.set_param("textPhrase", "square").expect("words");
    for (range, first, last) in
        [("trackRange", "trackFirst", "trackLast"), ("shapesRange", "shapesFirst", "shapesLast")]
    {
        set(range, i32::from(bounds.is_some()));
        let (a, b) = bounds.unwrap_or((0, 9));
        set(first, a);
        set(last, b);
    }
}

#[test]
fn every_button_answers_under_every_range() {
    for range in RANGES {
        let binary = binary(HostProfile { frame_range: Some(range), ..HostProfile::airoto() });
        let instance = ready(&binary, Scene::plain());
        instance.connect("Source", Some(Arc::new(Endless(Scene::plain())))).expect("connected");
        let before = peak();
        // As far as the panel goes, which a host keeps to.
        for bounds in [None, Some((-1_000_000, 1_000_000)), Some((1_000_000, -1_000_000))] {
            for button in buttons(&instance) {
                for time in [2.0, 2_147_483_647.0] {
                    project(&instance, bounds);
                    let begun = Instant::now();
                    instance.push_button(&button, time).unwrap_or_else(|e| panic!("{button} {range:?}: {e}"));
                    let took = begun.elapsed();
                    assert!(took < Duration::from_secs(5), "{button} {range:?} at {time}: {took:?}");
                    let said = said(&instance);
                    assert!(!said.contains("panicked"), "{button} {range:?} at {time}: {said}");
                }
            }
        }
        assert!(instance.faults().is_empty(), "{range:?}: {:?}", instance.faults());
        if let (Some(before), Some(after)) = (before, peak()) {
            // The tests beside this one are small.
            assert!(after - before < 300 << 20, "{range:?}: {} MB more", (after - before) >> 20);
        }
    }
}

#[test]
fn what_a_range_is_and_what_is_expected_is_said() {
    for (range, expected) in [
        (
            (-2_147_483_647.0, 2_147_483_647.0),
            "frames -2147483647 to 2147483647, expected a range of at most 100000",
        ),
        ((-1e300, 1e300), "frames -1e300 to 1e300, expected a range of at most 100000 frames"),
        ((f64::NAN, 1.0), "frames NaN to 1, expected"),
        ((0.0, 1e9), "the range 0 to 1000000000 has 1000000001 frames to track, expected at most 100000"),
    ] {
        let binary = binary(HostProfile { frame_range: Some(range), ..HostProfile::airoto() });
        let instance = ready(&binary, Scene::plain());
        instance.push_button("trackBoth", 2.0).expect("told");
        let text = said(&instance);
        assert!(text.contains(expected) && text.contains("set Range to First to Last"), "{range:?}: {text}");
        // As it says.
        for (id, value) in [("trackRange", 1), ("trackFirst", 1), ("trackLast", 4)] {
            instance.set_param(id, value).expect("a parameter");
        }
        instance.push_button("trackBoth", 2.0).expect("pressed");
        assert!(said(&instance).starts_with("tracked 4 frames, "), "{range:?}: {}", said(&instance));
    }
}

#[test]
fn a_time_that_is_no_frame_is_told() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    for time in [f64::NAN, f64::INFINITY, 1e300, -1e300, 1e10] {
        instance.push_button("trackBoth", time).expect("told");
        let text = said(&instance);
        assert!(text.contains("does not say on which frame the button was pressed"), "{time}: {text}");
        let error = instance.render(&airoto::host::RenderCall::new(time)).expect_err("no frame").to_string();
        assert!(!error.contains("panicked"), "{time}: {error}");
    }
}
