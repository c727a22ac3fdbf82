//! Every view, through the C ABI.

use airoto::host::{Components, Depth, HostProfile, Instance, RenderCall, RowBytes, Value};

use super::stage::*;

/// The frame as R G B A, top row first, as floats.
fn frame(instance: &Instance, time: i64, scale: f64) -> Vec<[f32; 4]> {
    let call = RenderCall { scale: (scale, scale), ..RenderCall::new(time as f64) };
    let image =
        instance.process(&call).unwrap_or_else(|e| panic!("frame {time}: {e}; {:?}", instance.messages()));
    image.to_rgba().as_chunks::<4>().0.to_vec()
}

fn shown(instance: &Instance, view: &str, time: i64) -> Vec<[f32; 4]> {
    instance.set_param("view", view).expect("a view");
    frame(instance, time, 1.0)
}

/// An instance whose pictures leave as floats.
fn stage(binary: &airoto::host::Binary) -> Instance {
    let instance = ready(binary, Scene::plain());
    instance.set_param("inputColour", "srgb").expect("colour");
    instance.set_output(Components::Rgba, Depth::Float).expect("output");
    instance
}

fn close(a: [f32; 4], b: [f32; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
}

#[test]
fn the_object_lies_over_a_colour_or_a_checkerboard() {
    let binary = binary(HostProfile::airoto());
    let instance = stage(&binary);
    let plate = shown(&instance, "alpha", 4);
    instance.set_param("viewColour", Value::Doubles(vec![0.0, 0.5, 1.5])).expect("a colour");
    let (colour, checker) = (shown(&instance, "colour", 4), shown(&instance, "checker", 4));
    let mut greys = std::collections::BTreeSet::new();
    for (i, plate) in plate.iter().enumerate() {
        let [r, g, b, a] = *plate;
        let over = |under: f32, v: f32| under * (1.0 - a) + v * a;
        assert!(close(colour[i], [over(0.0, r), over(0.5, g), over(1.5, b), a]), "{:?}", colour[i]);
        if a == 0.0 {
            let [r, g, b, _] = checker[i];
            assert!(r == g && g == b);
            let square = (i % WIDTH as usize / 16 + i / WIDTH as usize / 16) % 2;
            greys.insert((square, r.to_bits()));
        } else if a == 1.0 {
            assert!(close(checker[i], *plate));
        }
    }
    assert_eq!(greys.len(), 2, "a grey for each kind of square of 16 pixels: {greys:?}");
    // Half the size has squares of half the size.
    let half = frame(&instance, 4, 0.5);
    let top: Vec<f32> = half[..8].iter().map(|p| p[0]).collect();
    assert!(top.iter().all(|v| *v == top[0]) && half[8][0] != top[0], "{top:?} {:?}", half[8]);
    assert_eq!(instance.faults(), Vec::<String>::new());
}

#[test]
fn a_plate_without_alpha_gets_the_matte_of_the_object() {
    for profile in [HostProfile::airoto(), HostProfile::natron(), HostProfile::nuke()] {
        let label = profile.label.clone();
        let binary = binary(profile);
        let instance = ready(&binary, Scene::new(Components::Rgb, Depth::Float, RowBytes::Tight));
        instance.set_param("inputColour", "srgb").expect("colour");
        let output = instance.process(&RenderCall::new(4.0)).expect("rendered");
        assert_eq!(output.components(), Components::Rgba, "{label}");
        let alpha: Vec<f32> = output.to_rgba().as_chunks::<4>().0.iter().map(|p| p[3]).collect();
        assert!(overlap(&alpha, 4) > 0.9, "{label}: {}", overlap(&alpha, 4));
        assert_eq!(instance.faults(), Vec::<String>::new(), "{label}");
    }
}

#[test]
fn the_source_is_the_plate_without_a_track() {
    let binary = binary(HostProfile::airoto());
    let scene = Scene::plain();
    let instance = ready(&binary, scene.clone());
    instance.set_output(Components::Rgba, Depth::Float).expect("output");
    // No such tracker is needed for it.
    instance.set_param("tracker", "there is none").expect("a tracker");
    let source = shown(&instance, "source", 7);
    assert_eq!(scene.fetched.load(std::sync::atomic::Ordering::SeqCst), 1, "one frame is read");
    assert!(source.iter().all(|p| p[3] == 1.0));
    instance.set_param("tracker", "flow").expect("a tracker");
    let alpha = shown(&instance, "alpha", 7);
    assert!(source.iter().zip(&alpha).all(|(s, a)| s[..3] == a[..3]));
}

/// The least and the most of the red share of red and green on the edge of the object, in the view of the confidence.
fn edge_colours(instance: &Instance, time: i64) -> (f32, f32) {
    let (plate, seen) = (shown(instance, "alpha", time), shown(instance, "confidence", time));
    let on = |x: i64, y: i64| on_square(time, x, y);
    let (mut least, mut most) = (1.0_f32, 0.0_f32);
    for (i, (plate, seen)) in plate.iter().zip(&seen).enumerate() {
        let (x, y) = (i as i64 % i64::from(WIDTH), i as i64 / i64::from(WIDTH));
        assert_eq!(plate[3], seen[3]);
        let around = || (-1..=1).flat_map(|v| (-1..=1).map(move |u| (x + u, y + v)));
        if around().any(|(x, y)| on(x, y)) && !around().all(|(x, y)| on(x, y)) {
            // Where the line covers the plate nothing blue is left.
            let share = seen[0] / (seen[0] + seen[1]);
            if seen[2] < 1e-3 && share.is_finite() {
                (least, most) = (least.min(share), most.max(share));
            }
        } else if !(-8..=8).any(|v| (-8..=8).any(|u| on(x + u, y + v))) {
            let darker = plate[..3].iter().zip(seen).all(|(plate, seen)| (seen - 0.3 * plate).abs() < 0.05);
            assert!(darker, "{x}, {y}: {seen:?} of {plate:?}");
        }
    }
    (least, most)
}

#[test]
fn confidence_is_the_colour_of_the_edge() {
    let binary = binary(HostProfile::airoto());
    let instance = stage(&binary);
    let clicked = edge_colours(&instance, 3);
    assert!(clicked.0 <= clicked.1, "there is an edge: {clicked:?}");
    // What was drawn is sure: green on all of its edge, and far from a frame that is not.
    let (left, top) = square(2);
    let (right, bottom) = (left + 24, top + 24);
    let drawn = format!(
        r#"{{"objects":[{{"name":"square","prompts":[{{"frame":2,"drawing":[{{"add":[[{left},{top}],[{right},{top}],[{right},{bottom}],[{left},{bottom}]]}}]}}]}}]}}"#
    );
    instance.set_param("prompts", drawn).expect("prompts");
    let drawn = edge_colours(&instance, 2);
    assert!(drawn.0 > 0.09 && drawn.1 < 0.12, "{drawn:?}");
}

#[test]
fn two_trackers_are_compared() {
    let binary = binary(HostProfile::airoto());
    let instance = stage(&binary);
    let said = || instance.persistent_message().map(|m| m.text).unwrap_or_default();
    let mine = shown(&instance, "alpha", 5);
    let same = shown(&instance, "difference", 5);
    assert!(said().contains("name one in Compare with"), "{}", said());
    assert!(same.iter().all(|p| p[0] == p[1] && p[1] == p[2]), "nothing differs from itself");
    // A tracker is compared with itself: nothing differs, and the wipe's sides are of one matte.
    instance.set_param("compareTracker", "flow").expect("a tracker");
    assert_eq!(shown(&instance, "difference", 5), same);
    for (wipe, column) in [(0.5, 47), (0.25, 23), (1.0, 95)] {
        instance.set_param("wipe", wipe).expect("a place");
        let wiped = shown(&instance, "wipe", 5);
        for (i, (mine, wiped)) in mine.iter().zip(&wiped).enumerate() {
            assert_eq!(mine[3], wiped[3]);
            assert_eq!(wiped[..3] == [1.0; 3], i % WIDTH as usize == column, "{i}");
        }
    }
    // Where ONNX Runtime is not there, this is the flow tracker as well.
    instance.set_param("tracker", "default").expect("a tracker");
    let other = shown(&instance, "alpha", 5);
    instance.set_param("tracker", "flow").expect("a tracker");
    instance.set_param("compareTracker", "default").expect("a tracker");
    let difference = shown(&instance, "difference", 5);
    for ((a, b), seen) in mine.iter().zip(&other).zip(&difference) {
        let (a, b) = (a[3], b[3]);
        let both = 0.35 * a.min(b);
        assert!(
            close(*seen, [both + (b - a).max(0.0), both + (a - b).max(0.0), both, a]),
            "{a} {b} {seen:?}"
        );
    }
    instance.set_param("compareTracker", "no such tracker").expect("a tracker");
    let refused = instance.process(&RenderCall::new(5.0)).expect_err("refused").to_string();
    assert!(
        refused.contains("no such tracker") || said().contains("no such tracker"),
        "{refused} {}",
        said()
    );
    assert_eq!(instance.faults(), Vec::<String>::new());
}
