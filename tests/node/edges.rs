//! The edge of the matte: bands, refinement, neighbours, tools.

use std::sync::Arc;

use airoto::host::{
    ClipInfo, ClipSource, Components, Context, Depth, HostImage, HostProfile, ImageError, Instance,
    RenderCall, RowBytes,
};

use super::stage::*;

/// An instance that makes edges as `params` say.
fn with(binary: &airoto::host::Binary, params: &[(&str, i32)]) -> Instance {
    let instance = ready(binary, Scene::plain());
    instance.set_output(Components::Rgba, Depth::Float).expect("output");
    for (id, value) in params {
        instance.set_param(id, *value).expect("a parameter");
    }
    instance
}

fn rgba(instance: &Instance, time: i64) -> Vec<f32> {
    let image = instance.process(&RenderCall::new(time as f64));
    image.unwrap_or_else(|e| panic!("frame {time}: {e}; {:?}", instance.messages())).to_rgba()
}

const FAST: (&str, i32) = ("edgeQuality", 1);
const TRIMAP_VIEW: (&str, i32) = ("view", 4);

#[test]
fn the_band_is_shown_and_what_is_known_of_it_stays() {
    let binary = binary(HostProfile::airoto());
    let trimap = rgba(&with(&binary, &[FAST, TRIMAP_VIEW]), 4);
    let fast = alpha(&with(&binary, &[FAST]), 4);
    let counts = [0.0, 0.5, 1.0].map(|v| trimap.chunks_exact(4).filter(|p| p[0] == v).count());
    assert_eq!(counts.iter().sum::<usize>(), fast.len(), "three values and no other");
    assert!(counts.iter().all(|&n| n > 100), "{counts:?}");
    for (zone, alpha) in trimap.chunks_exact(4).zip(&fast) {
        assert!(zone[0] == 0.5 || zone[0] == *alpha, "{zone:?} and {alpha}");
    }
    assert!(overlap(&fast, 4) > 0.9, "{}", overlap(&fast, 4));
    assert_ne!(fast, alpha(&with(&binary, &[]), 4), "the tracker's edge is another");
}

#[test]
fn edges_are_the_same_in_any_order() {
    let binary = binary(HostProfile::airoto());
    let make = || {
        let instance = with(&binary, &[FAST, ("edgeMotionBlur", 1)]);
        instance.set_param("edgeStability", 1.0).expect("a parameter");
        instance
    };
    let forward = make();
    let found: Vec<Vec<f32>> = (0..=LAST).map(|t| alpha(&forward, t)).collect();
    let other = make();
    for t in [7, 0, 9, 3, 4, 1, 8, 2, 6, 5] {
        assert!(alpha(&other, t) == found[t as usize], "frame {t} depends on the order");
    }
    let unsteadied = with(&binary, &[FAST, ("edgeMotionBlur", 1)]);
    assert_ne!(alpha(&unsteadied, 5), found[5]);
}

/// How a trimap is painted.
#[derive(Clone, Copy, PartialEq)]
enum Paint {
    /// Alpha alone.
    Alpha,
    /// Grey, opaque.
    Grey,
    /// Alpha over white.
    White,
}

/// A trimap: the left third outside, the right third inside, the rest unknown.
struct Painted(Paint);

impl Painted {
    fn components(&self) -> Components {
        if self.0 == Paint::Alpha { Components::Alpha } else { Components::Rgba }
    }
}

impl ClipSource for Painted {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, LAST, self.components(), Depth::Byte)
    }

    fn image(&self, _: f64) -> Result<Option<HostImage>, ImageError> {
        let value = |i: u32| [0.0, 0.5, 1.0][(i % WIDTH * 3 / WIDTH) as usize];
        let pixel = |v: f32| match self.0 {
            Paint::Alpha => [v; 4],
            Paint::Grey => [v, v, v, 1.0],
            Paint::White => [1.0, 1.0, 1.0, v],
        };
        let rgba: Vec<f32> = (0..WIDTH * HEIGHT).flat_map(|i| pixel(value(i))).collect();
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, self.components(), Depth::Byte, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

#[test]
fn a_painted_trimap_is_taken_as_it_is() {
    let binary = binary(HostProfile::airoto());
    let instance = instance(&binary, Context::General);
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    set_up(&instance);
    instance.set_param("edgeQuality", 1).expect("a parameter");
    instance.set_param("maskUse", 3).expect("a parameter");
    let refused = instance.process(&RenderCall::new(4.0)).expect_err("no trimap").to_string();
    assert!(refused.contains("trimap") && refused.contains("frame 4"), "{refused}");
    let painted = [Paint::Alpha, Paint::Grey, Paint::White].map(|paint| {
        instance.connect("Mask", Some(Arc::new(Painted(paint)))).expect("connected");
        alpha(&instance, 4)
    });
    for (i, a) in painted[0].iter().enumerate() {
        match i as u32 % WIDTH * 3 / WIDTH {
            0 => assert_eq!(*a, 0.0),
            2 => assert_eq!(*a, 1.0),
            _ => {}
        }
    }
    assert!(painted[1] == painted[0], "grey that is opaque is read by its luminance");
    assert!(painted[2] == painted[0], "alpha that varies is read, whatever the colour");
}

#[test]
fn tools_work_on_the_matte() {
    let binary = binary(HostProfile::airoto());
    let area = |instance: &Instance| alpha(instance, 4).iter().sum::<f32>();
    let plain = area(&with(&binary, &[]));
    let set = |id: &str, value: f64| {
        let instance = with(&binary, &[]);
        instance.set_param(id, value).expect("a parameter");
        area(&instance)
    };
    assert!(set("edgeGrow", 2.0) > plain + 2.0 * 4.0 * 20.0);
    assert!(set("edgeGrow", -2.0) < plain - 2.0 * 4.0 * 16.0);
    // The square begins 26 pixels from the left and 22 from the top on frame 4.
    assert!((set("edgeCropLeft", 38.0) - plain / 2.0).abs() < plain * 0.1);
    assert!((set("edgeCropTop", 34.0) - plain / 2.0).abs() < plain * 0.1);
    assert_eq!(set("edgeGain", 1.0), plain);
}

#[test]
fn colours_are_cleaned_at_the_edge_alone() {
    let binary = binary(HostProfile::airoto());
    let instance = with(&binary, &[]);
    instance.set_param("edgeSoftness", 6.0).expect("a parameter");
    let plate = rgba(&instance, 4);
    instance.set_param("edgeColours", true).expect("a parameter");
    let clean = rgba(&instance, 4);
    let (mut changed, mut edge) = (0, 0);
    for (a, b) in plate.chunks_exact(4).zip(clean.chunks_exact(4)) {
        assert_eq!(a[3], b[3]);
        if a[3] > 0.0 && a[3] < 1.0 {
            edge += 1;
            changed += usize::from(a != b);
        } else {
            assert_eq!(a, b);
        }
    }
    assert!(edge > 100 && changed * 2 > edge, "{changed} of {edge}");
}

#[test]
fn a_host_with_one_frame_alone_is_told_what_it_misses() {
    let binary = binary(HostProfile { temporal: false, ..HostProfile::airoto() });
    let instance = with(&binary, &[FAST, ("edgeMotionBlur", 1)]);
    assert!(overlap(&alpha(&instance, 2), 2) > 0.9);
    let said = format!("{:?}", instance.messages());
    assert!(said.contains("Motion blur"), "{said}");
}
