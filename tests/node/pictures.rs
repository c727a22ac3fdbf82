//! Pixels in and out: depths, components, rows, windows, scales, views, order and threads.

use std::sync::Arc;

use airoto::host::{Components, Depth, HostProfile, ImageError, RenderCall, RowBytes};
use airoto::raster::RectI;

use super::stage::*;

const DEPTHS: [Depth; 4] = [Depth::Byte, Depth::Short, Depth::Half, Depth::Float];

#[test]
fn any_depth_components_and_rows() {
    let binary = binary(HostProfile::airoto());
    for depth in DEPTHS {
        for components in [Components::Rgba, Components::Rgb] {
            for rows in [RowBytes::Tight, RowBytes::NegativePadded(24)] {
                let instance = ready(&binary, Scene::new(components, depth, rows));
                // The scene is encoded for the screen, whatever its depth.
                instance.set_param("inputColour", 1).expect("colour");
                instance.set_output(Components::Rgba, depth).expect("output");
                let call = RenderCall { rows: Some(rows), ..RenderCall::new(4.0) };
                let image =
                    instance.process(&call).unwrap_or_else(|e| panic!("{depth:?} {components:?}: {e}"));
                let overlap = overlap(&image.to_alpha(), 4);
                assert!(overlap > 0.85, "{depth:?} {components:?} {rows:?}: overlap {overlap}");
                assert_eq!(instance.faults(), Vec::<String>::new());
            }
        }
    }
}

#[test]
fn an_alpha_output_is_the_matte() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    // The scene is encoded for the screen, whatever its depth.
    instance.set_param("inputColour", 1).expect("colour");
    let rgba = alpha(&instance, 4);
    instance.set_output(Components::Alpha, Depth::Float).expect("output");
    let matte = instance.process(&RenderCall::new(4.0)).expect("rendered");
    assert_eq!(matte.components(), Components::Alpha);
    for (a, b) in rgba.iter().zip(matte.to_alpha()) {
        assert!((a - b).abs() <= 0.5 / 255.0 + 1e-6);
    }
}

#[test]
fn a_window_is_a_piece_of_the_whole() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let whole = instance.process(&RenderCall::new(5.0)).expect("rendered");
    let window = RectI::new(20, 11, 61, 50);
    let call = RenderCall { window: Some(window), ..RenderCall::new(5.0) };
    let piece = instance.process(&call).expect("rendered");
    assert_eq!(piece.cropped(&window).to_rgba(), whole.cropped(&window).to_rgba());
}

#[test]
fn a_proxy_shows_the_same_object() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let call = RenderCall { scale: (0.5, 0.5), ..RenderCall::new(2.0) };
    let half = instance.process(&call).expect("rendered");
    assert_eq!((half.width(), half.height()), (WIDTH / 2, HEIGHT / 2));
    let (mut both, mut either) = (0, 0);
    for (i, a) in half.to_alpha().into_iter().enumerate() {
        let (x, y) = (2 * (i as u32 % half.width()) + 1, 2 * (i as u32 / half.width()) + 1);
        let (found, truth) = (a > 0.5, on_square(2, x.into(), y.into()));
        both += u32::from(found && truth);
        either += u32::from(found || truth);
    }
    assert!(f64::from(both) / f64::from(either) > 0.8, "{both} of {either}");
}

#[test]
fn views_show_what_they_say() {
    let binary = binary(HostProfile::airoto());
    let scene = Scene::plain();
    let view = |index: i32| {
        let instance = ready(&binary, scene.clone());
        instance.set_param("view", index).expect("view");
        instance.process(&RenderCall::new(2.0)).expect("rendered").to_rgba()
    };
    let (alpha, matte, premult, overlay) = (view(0), view(1), view(2), view(3));
    let plate = |i: usize| &alpha[i..i + 3];
    for i in (0..alpha.len()).step_by(4) {
        let a = alpha[i + 3];
        assert_eq!(matte[i..i + 4], [a; 4]);
        for c in 0..3 {
            assert!((premult[i + c] - plate(i)[c] * a).abs() < 0.01);
        }
        if a == 0.0 {
            assert!(overlay[i] <= plate(i)[0] * 0.6, "surroundings are darker");
        }
    }
}

#[test]
fn any_order_and_any_number_of_threads_give_the_same_bytes() {
    let binary = binary(HostProfile::airoto());
    let forward: Vec<Vec<f32>> = {
        let instance = ready(&binary, Scene::plain());
        (0..=LAST).map(|t| alpha(&instance, t)).collect()
    };
    let orders: [Vec<i64>; 2] = [(0..=LAST).rev().collect(), vec![7, 0, 9, 3, 1, 8, 2, 6, 4, 5]];
    for order in orders {
        let binary = super::stage::binary(HostProfile::airoto());
        let instance = ready(&binary, Scene::plain());
        for time in order {
            assert!(alpha(&instance, time) == forward[time as usize], "frame {time}");
        }
    }
    let binary = super::stage::binary(HostProfile::airoto());
    let instance = Arc::new(ready(&binary, Scene::plain()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (instance, forward) = (instance.clone(), &forward);
            scope.spawn(move || {
                for time in (0..=LAST).filter(|t| t % 4 == thread) {
                    assert!(alpha(&instance, time) == forward[time as usize], "frame {time}");
                }
            });
        }
    });
}

#[test]
fn another_instance_for_every_frame_goes_on_where_the_last_one_was() {
    let binary = binary(HostProfile::airoto());
    let forward: Vec<_> = {
        let instance = ready(&binary, Scene::plain());
        (0..=LAST).map(|t| alpha(&instance, t)).collect()
    };
    let scene = Scene::plain();
    for time in 0..=LAST {
        let instance = ready(&binary, scene.clone());
        assert!(alpha(&instance, time) == forward[time as usize], "frame {time}");
    }
    // Each frame is fetched for itself, and the prompted one to know the shot; the way between is remembered.
    let fetched = scene.fetched.load(std::sync::atomic::Ordering::SeqCst);
    assert!(fetched <= 3 * (LAST as u64 + 1), "{fetched} fetches");
}

#[test]
fn a_mask_input_prompts_or_cuts_away() {
    struct Mask;
    impl airoto::host::ClipSource for Mask {
        fn info(&self) -> airoto::host::ClipInfo {
            airoto::host::ClipInfo::new(WIDTH, HEIGHT, 0, LAST, Components::Alpha, Depth::Float)
        }
        fn image(&self, _: f64) -> Result<Option<airoto::host::HostImage>, ImageError> {
            // The square as it is on frame 0.
            let rgba: Vec<f32> = (0..WIDTH * HEIGHT)
                .flat_map(|i| [f32::from(u8::from(on_square(0, (i % WIDTH).into(), (i / WIDTH).into()))); 4])
                .collect();
            airoto::host::HostImage::from_rgba(
                WIDTH,
                HEIGHT,
                &rgba,
                Components::Alpha,
                Depth::Float,
                RowBytes::Tight,
            )
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
        }
    }
    let binary = binary(HostProfile::airoto());
    let prompted = ready(&binary, Scene::plain());
    prompted.connect("Mask", Some(Arc::new(Mask))).expect("connected");
    prompted.set_param("prompts", "").expect("prompts");
    prompted.set_param("maskUse", 1).expect("mask");
    prompted.set_param("maskFrame", 0).expect("frame");
    assert!(overlap(&alpha(&prompted, 0), 0) > 0.99, "a mask comes out as it went in");
    assert!(overlap(&alpha(&prompted, 5), 5) > 0.85);
    let cut = ready(&binary, Scene::plain());
    cut.connect("Mask", Some(Arc::new(Mask))).expect("connected");
    cut.set_param("maskUse", 2).expect("mask");
    let left = alpha(&cut, 0);
    assert!(left.iter().enumerate().all(|(i, &a)| {
        let i = i as u32;
        a == 0.0 || !on_square(0, (i % WIDTH).into(), (i / WIDTH).into())
    }));
}

#[test]
fn shapes_are_written_at_the_end_of_a_sequence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (fxs, nk) = (folder.path().join("a.fxs"), folder.path().join("a.nk"));
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("shapesSilhouette", fxs.to_string_lossy().into_owned()).expect("path");
    instance.set_param("shapesNuke", nk.to_string_lossy().into_owned()).expect("path");
    instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
    let mattes: Vec<_> = (0..=LAST).rev().map(|t| (t, alpha(&instance, t))).collect();
    instance.end_sequence(0, LAST, 1.0, false).expect("end");
    let text = std::fs::read_to_string(&fxs).expect("written");
    let shapes = airoto::shapes::fxs::read(&text).expect("readable");
    let nuke = airoto::shapes::nuke::read(&std::fs::read_to_string(&nk).expect("written")).expect("readable");
    assert_eq!((nuke.first, nuke.last), (0, LAST));
    for (time, alpha) in mattes {
        let drawn = airoto::shapes::draw(&shapes, "square", time);
        let matte = airoto::raster::Matte::new(WIDTH, HEIGHT, alpha).expect("a matte");
        assert!(drawn.iou(&matte) > 0.9, "frame {time}: {}", drawn.iou(&matte));
    }
}

#[test]
fn the_button_writes_shapes_as_the_panel_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let fxs = folder.path().join("a.fxs");
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let said = || instance.persistent_message().map(|m| m.text).unwrap_or_default();
    instance.push_button("shapesWrite", 0.0).expect("pressed");
    assert!(said().contains("no file for shapes is named"), "{}", said());
    instance.set_param("shapesSilhouette", fxs.to_string_lossy().into_owned()).expect("path");
    instance.set_param("shapesAsRendered", false).expect("switch");
    instance.set_param("shapesRange", 1).expect("choice");
    instance.set_param("shapesFirst", 1).expect("first");
    instance.set_param("shapesLast", 3).expect("last");
    instance.set_param("shapesKeys", 1).expect("choice");
    instance.push_button("shapesWrite", 0.0).expect("pressed");
    assert!(said().contains("render the range first"), "{}", said());
    instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
    for time in 0..=LAST {
        alpha(&instance, time);
    }
    instance.end_sequence(0, LAST, 1.0, false).expect("end");
    assert!(!fxs.exists(), "only the button writes");
    instance.push_button("shapesWrite", 0.0).expect("pressed");
    assert!(said().contains("shapes of 3 frames are written to"), "{}", said());
    let shapes = airoto::shapes::fxs::read(&std::fs::read_to_string(&fxs).expect("written")).expect("read");
    assert_eq!((shapes.first, shapes.last), (1, 3));
    let frames: Vec<i64> = shapes.layers[0].shapes[0].keys.iter().map(|k| k.frame).collect();
    assert_eq!(frames, [1, 2, 3], "a key on every frame");
}

#[test]
fn shapes_that_cannot_be_written_do_not_fail_the_render() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("shapesNuke", "/proc/airoto/a.nk").expect("path");
    instance.begin_sequence(0, 2, 1.0, false).expect("begin");
    for time in 0..=2 {
        alpha(&instance, time);
    }
    instance.end_sequence(0, 2, 1.0, false).expect("end");
    let message = instance.persistent_message().expect("a message");
    assert!(message.text.contains("/proc/airoto"), "{}", message.text);
}

/// The scene with numbers in it that are none, on and off the square.
struct Spoilt(Arc<Scene>);

impl airoto::host::ClipSource for Spoilt {
    fn info(&self) -> airoto::host::ClipInfo {
        self.0.info()
    }

    fn image(&self, time: f64) -> Result<Option<airoto::host::HostImage>, ImageError> {
        let Some(image) = self.0.image(time)? else { return Ok(None) };
        let mut rgba = image.to_rgba();
        for (i, bad) in [(7, f32::NAN), (4 * 900 + 1, f32::INFINITY), (4 * 3000 + 2, f32::NEG_INFINITY)] {
            rgba[i] = bad;
        }
        let (components, depth) = (Components::Rgba, Depth::Float);
        airoto::host::HostImage::from_rgba(WIDTH, HEIGHT, &rgba, components, depth, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

#[test]
fn numbers_that_are_none_are_cleaned_and_said_once() {
    let binary = binary(HostProfile::airoto());
    for _ in 0..2 {
        let scene = Scene::new(Components::Rgba, Depth::Float, RowBytes::Tight);
        let instance = ready(&binary, scene.clone());
        instance.set_param("inputColour", 1).expect("colour");
        instance.connect("Source", Some(Arc::new(Spoilt(scene)))).expect("connected");
        instance.set_output(Components::Rgba, Depth::Float).expect("output");
        for time in 2..6 {
            let image = instance.process(&RenderCall::new(time as f64)).expect("rendered");
            let rgba = image.to_rgba();
            assert!(rgba.iter().all(|v| v.is_finite()), "frame {time}");
            assert_eq!((rgba[4 * 900 + 1], rgba[4 * 3000 + 2]), (65_504.0, 0.0));
            let overlap = overlap(&image.to_alpha(), time);
            assert!(overlap > 0.85, "frame {time}: overlap {overlap}");
        }
        let said: Vec<String> = instance.messages().into_iter().map(|m| m.text).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("not finite numbers"), "{said:?}");
    }
}
