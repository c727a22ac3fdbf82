//! The alphas of ViTMatte against its reference implementation, on a small configuration with random
//! weights; and tiles against the whole.

use airoto::job::Device;
use airoto::matte::trimap::{Trimap, Zone};
use airoto::models::pack::Pack;
use airoto::models::vitmatte::{Settings, VitMatte};
use airoto::models::{self, MattingNetwork, runtime};
use airoto::raster::{Frame, Matte, RectI};

use crate::airoto;
use crate::fixture::{self, Alpha, Matting};
use crate::scene::{SCENES, Scene};

/// The largest difference of alpha from the reference.
const MOST_ERROR: f32 = 1e-3;
/// The largest difference of alpha between tiles and the whole.
const MOST_SEAM: f32 = 2e-3;

/// The small pack, and what the reference says of it.
struct Rig {
    folder: tempfile::TempDir,
    index: Matting,
    answers: Vec<Alpha>,
}

impl Rig {
    /// Nothing, with a word, where ONNX Runtime is not there.
    fn new() -> Option<Self> {
        if let Err(reason) = runtime::library() {
            println!("skipped: {reason}");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (index, answers) = fixture::open_matting(&folder.path().join("pack"));
        Some(Self { folder, index, answers })
    }

    fn pack(&self) -> Pack {
        Pack::open(&self.folder.path().join("pack")).expect("a sound pack")
    }

    fn open(&self, settings: Settings, threads: usize) -> VitMatte {
        VitMatte::open(&self.pack(), Device::Cpu, threads, settings).expect("the graphs load")
    }

    fn trimap(&self, scene: &Scene, time: u32) -> Trimap {
        let mask = scene.mask(time);
        let (width, height) = (i64::from(scene.width), i64::from(scene.height));
        let at = |x: i64, y: i64| {
            mask.get_pixel(x.clamp(0, width - 1) as u32, y.clamp(0, height - 1) as u32).0[0] > 0
        };
        let band = self.index.band;
        let zone = |i: i64| {
            let (x, y) = (i % width, i / width);
            let other = |dy| (-band..=band).any(|dx| at(x + dx, y + dy) != at(x, y));
            match (-band..=band).any(other) {
                true => Zone::Unknown,
                false if at(x, y) => Zone::Inside,
                false => Zone::Outside,
            }
        };
        Trimap::new(scene.width, scene.height, (0..width * height).map(zone).collect()).expect("its size")
    }
}

fn frame(scene: &Scene, time: u32) -> Frame {
    Frame::new(scene.width, scene.height, scene.frame(time).into_raw()).expect("its size")
}

fn scene(name: &str) -> &'static Scene {
    SCENES.iter().find(|s| s.name == name).expect("a scene of ours")
}

/// The values of the unknown pixels; the others are exactly what the trimap says.
fn unknown(trimap: &Trimap, matte: &Matte) -> Vec<f32> {
    assert_eq!((matte.width(), matte.height()), (trimap.width(), trimap.height()));
    let mut found = Vec::new();
    for (&v, zone) in matte.data().iter().zip(trimap.data()) {
        match zone {
            Zone::Unknown => found.push(v),
            Zone::Inside => assert_eq!(v, 1.0),
            Zone::Outside => assert_eq!(v, 0.0),
        }
    }
    found
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn vitmatte_gives_what_its_reference_gives() {
    let Some(rig) = Rig::new() else { return };
    assert!(rig.answers.len() > SCENES.len() * 2, "whole frames and regions");
    for answer in &rig.answers {
        let scene = scene(&answer.scene);
        let trimap = rig.trimap(scene, answer.time);
        let mut matter = rig.open(Settings { margin: answer.margin, ..Settings::default() }, 1);
        let [x0, y0, x1, y1] = answer.region;
        assert_eq!(matter.seen(&trimap), [RectI::new(x0, y0, x1, y1)]);
        let found = matter.refine(&frame(scene, answer.time), &trimap).expect("refined");
        let error = apart(&unknown(&trimap, &found), &answer.alpha);
        println!("vitmatte {} {} margin {}: {error:.1e}", answer.scene, answer.time, answer.margin);
        assert!(error <= MOST_ERROR, "{} {}: alpha {error:.1e} apart", answer.scene, answer.time);
    }
}

#[test]
fn tiles_and_attention_by_rows_give_what_one_pass_gives() {
    let Some(rig) = Rig::new() else { return };
    let scene = scene("wide");
    let (frame, trimap) = (frame(scene, 0), rig.trimap(scene, 0));
    let refined = |settings: Settings, threads: usize| {
        let found = rig.open(settings, threads).refine(&frame, &trimap).expect("refined");
        unknown(&trimap, &found)
    };
    let whole = Settings { tile: 8192, attention_bytes: usize::MAX, ..Settings::default() };
    let expected = refined(whole, 1);
    for (tile, attention_bytes) in [(16, usize::MAX), (48, 0), (64, 40_000), (8192, 0)] {
        let error = apart(&refined(Settings { tile, attention_bytes, ..whole }, 2), &expected);
        println!("tiles of {tile} pixels, {attention_bytes} bytes of attention: {error:.1e}");
        assert!(error <= MOST_SEAM, "tiles of {tile} pixels: alpha {error:.1e} apart");
    }
    assert_eq!(refined(whole, 1), expected, "the same bytes again");
}

#[test]
fn parts_of_a_region_that_is_too_large_fade_into_one_another() {
    let Some(rig) = Rig::new() else { return };
    // Wider than two parts that share 128 pixels.
    let wide = |pixels: &dyn Fn(u32, u32) -> [u8; 3]| {
        let data = (0..512 * 96).flat_map(|i| pixels(i % 512, i / 512)).collect();
        Frame::new(512, 96, data).expect("its size")
    };
    let frame = wide(&|x, y| [(x * 7 % 200) as u8, (y * 2) as u8, ((x + y) % 251) as u8]);
    let trimap = Trimap::filled(512, 96, Zone::Unknown);
    let settings = Settings { most_tokens: 16 * 8, ..Settings::default() };
    let mut matter = rig.open(settings, 1);
    let seen = matter.seen(&trimap);
    assert!(seen.len() > 1 && seen.iter().all(|r| r.width() <= 320 && r.height() == 96), "{seen:?}");
    let found = matter.refine(&frame, &trimap).expect("refined");
    // Each part alone says what it says where nothing is shared.
    let alone = |place: RectI| {
        let (x0, columns) = (place.x0 as usize, place.width() as usize);
        let rows = frame.data().chunks_exact(3 * 512);
        let data = rows.flat_map(|row| row[3 * x0..3 * (x0 + columns)].to_vec()).collect();
        let part = Frame::new(place.width(), 96, data).expect("its size");
        let trimap = Trimap::filled(place.width(), 96, Zone::Unknown);
        rig.open(Settings::default(), 1).refine(&part, &trimap).expect("refined")
    };
    let mut weights = vec![0.0; 512];
    for (i, place) in seen.iter().enumerate() {
        let part = alone(*place);
        for x in 0..place.width() {
            let at = place.x0 as u32 + x;
            let shared = |other: &RectI| other.x0 <= at as i32 && (at as i32) < other.x1;
            if seen.iter().enumerate().any(|(j, other)| i != j && shared(other)) {
                continue;
            }
            weights[at as usize] = 1.0;
            for y in 0..96 {
                let error = (found.value(at, y) - part.value(x, y)).abs();
                assert!(error < 1e-4, "{error:.1e} at {at}, {y}");
            }
        }
    }
    assert!(weights.contains(&1.0) && weights.contains(&0.0));
    assert!(found.data().iter().all(|v| (0.0..=1.0).contains(v)));
}

#[test]
fn a_trimap_without_a_band_runs_no_graph_and_one_of_another_size_is_refused() {
    let Some(rig) = Rig::new() else { return };
    let mut matter = rig.open(Settings::default(), 1);
    let frame = Frame::filled(40, 30, [90; 3]);
    let begun = runtime::graph_time();
    let mut trimap = Trimap::filled(40, 30, Zone::Outside);
    trimap.data_mut()[77] = Zone::Inside;
    let found = matter.refine(&frame, &trimap).expect("refined");
    assert_eq!(runtime::graph_time(), begun);
    assert_eq!(found.data().iter().filter(|&&v| v == 1.0).count(), 1);
    assert_eq!(found.value(77 - 40, 1), 1.0);
    let refused = matter.refine(&frame, &Trimap::filled(30, 40, Zone::Unknown)).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "the trimap has 30x40 pixels, expected 40x30 pixels, the size of the frame"
    );
    for (width, height) in [(1, 1), (3, 200), (33, 1)] {
        let frame = Frame::filled(width, height, [9; 3]);
        let found = matter.refine(&frame, &Trimap::filled(width, height, Zone::Unknown)).expect("refined");
        assert!(found.data().iter().all(|v| v.is_finite()), "{width}x{height}");
    }
}

#[test]
fn the_pack_is_listed_verified_and_told_from_a_tracker() {
    let Some(rig) = Rig::new() else { return };
    let folder = rig.folder.path();
    for (arguments, said) in [
        (&["models", "list"][..], "vitmatte, version 1, fp32"),
        (&["models", "list"], "refines mattes"),
        (&["models", "info", "vitmatte-tiny"], "up to 8192 x 8192 pixels"),
        (&["models", "verify", "vitmatte-tiny"], "refines mattes"),
    ] {
        let (good, found) = airoto(folder, arguments);
        assert!(good && found.contains(said), "{arguments:?}: {found}");
    }
    let tracker = models::open(&folder.join("pack").to_string_lossy(), Device::Cpu, 1).err();
    let tracker = tracker.expect("no tracker").to_string();
    assert!(tracker.contains("refines the edges of mattes and does not track"), "{tracker}");
    let matter = models::open_matting_network(&folder.join("pack").to_string_lossy(), Device::Cpu, 1);
    assert_eq!(matter.expect("a matter").info().name, "vitmatte-tiny");
}

#[test]
fn the_command_line_refines_a_frame() {
    let Some(rig) = Rig::new() else { return };
    let (folder, scene) = (rig.folder.path(), scene("square"));
    let trimap = rig.trimap(scene, 0);
    scene.frame(0).save(folder.join("frame.png")).expect("saved");
    let grey = image::GrayImage::from_raw(scene.width, scene.height, trimap.to_bytes());
    grey.expect("its size").save(folder.join("trimap.png")).expect("saved");
    let arguments =
        ["matte", "-i", "frame.png", "-t", "trimap.png", "-m", "vitmatte-tiny", "-o", "alpha.exr"];
    let (good, said) = airoto(folder, &[&arguments[..], &["--device", "cpu", "--json"]].concat());
    assert!(good, "{said}");
    let told: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(told["regions"], serde_json::json!([[0, 0, 128, 128]]));
    let expected = rig.answers.iter().find(|a| a.scene == "square" && a.time == 0).expect("an answer");
    let found = airoto::io::read_matte(&folder.join("alpha.exr")).expect("a matte");
    assert!(apart(&unknown(&trimap, &found), &expected.alpha) <= MOST_ERROR);
}

#[test]
fn what_nobody_waits_for_ends_between_graphs() {
    let Some(rig) = Rig::new() else { return };
    let mut matter = rig.open(Settings::default(), 1);
    let (frame, trimap) = (Frame::filled(96, 80, [90; 3]), Trimap::filled(96, 80, Zone::Unknown));
    let whole = matter.refine(&frame, &trimap).expect("refined");
    let mut asked = 0;
    matter
        .refine_until(&frame, &trimap, &mut || {
            asked += 1;
            false
        })
        .expect("refined");
    assert!(asked >= 3, "asked {asked} times");
    for patience in [0, asked - 1] {
        let mut left = patience;
        let stopped = matter.refine_until(&frame, &trimap, &mut || {
            left -= 1;
            left < 0
        });
        assert!(matches!(stopped, Err(airoto::models::ModelError::Stopped)), "{patience}");
    }
    assert_eq!(matter.refine(&frame, &trimap).expect("refined"), whole, "a stop leaves nothing behind");
}
