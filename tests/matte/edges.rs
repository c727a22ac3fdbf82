//! What is made of edges, measured on scenes whose alpha is known exactly: `airoto::qc::synth`. The
//! figures for more and larger scenes are those of `cargo xtask bench edges`.

use std::sync::Arc;

use airoto::job::Device;
use airoto::job::prompts::FramePrompt;
use airoto::matte::temporal::{self, Neighbour};
use airoto::matte::{Trimap, Widths, Zone, blur, fast, motion, trimap, upsample};
use airoto::models;
use airoto::qc::edges;
use airoto::qc::synth::{Scene, Settings, Shot};
use airoto::raster::{Flow, Frame, Matte, resize};

const SCENE: Settings = Settings {
    size: (288, 162),
    frames: 3,
    seed: 2,
    strands: 0,
    blur: 0.0,
    direction: 30.0,
    speed: 1.7,
    turn: 0.0,
    defocus: 0.0,
    noise: 1.0,
};

/// Frame, mask and alpha of the middle one of three frames, and the object's true motion through it.
fn middle(settings: Settings) -> (Frame, Matte, Matte, Flow) {
    let scene = Scene::new(settings);
    let shot = scene.shot(1);
    let through = motion::through(Some(&scene.flow(1, 2)), Some(&scene.flow(1, 0))).expect("of one size");
    (shot.frame(), shot.mask(), shot.alpha, through)
}

/// Mean absolute error in the unknown zone.
fn error(alpha: &Matte, truth: &Matte, trimap: &Trimap) -> f64 {
    edges::error(alpha, truth, |i| trimap.data()[i] == Zone::Unknown)
}

/// The trimap and the alpha that follow from frame and mask alone, with the object's motion.
fn refined(frame: &Frame, mask: &Matte, motion: Option<&Flow>) -> (Trimap, Matte) {
    let blur = blur::measure(frame, mask, motion, &blur::Settings::default()).expect("of one size");
    let map = trimap::make(frame, mask, Some(&blur.spread()), &Widths::default()).expect("of one size");
    let soft = blur::soften(mask, &blur).expect("of one size");
    let alpha = fast::refine(frame, &map, Some(&soft), &fast::Fast::default()).expect("of one size");
    (map, alpha)
}

/// How much of an alpha is neither 0 nor 1: for a ramp it goes with its length.
fn softness(alpha: &Matte) -> f32 {
    alpha.data().iter().map(|a| a * (1.0 - a)).sum()
}

#[test]
fn ramps_are_as_long_as_the_plates_blur() {
    for length in [0.0_f64, 4.0, 10.0, 20.0, 40.0] {
        let speed = (2.0 * length).max(6.0);
        let (frame, mask, truth, motion) =
            middle(Settings { blur: length, speed, size: (480, 270), ..SCENE });
        let soften = |motion: Option<&Flow>| {
            let blur = blur::measure(&frame, &mask, motion, &blur::Settings::default()).expect("of one size");
            (f64::from(blur.length()), blur::soften(&mask, &blur).expect("of one size"))
        };
        let (found, soft) = soften(Some(&motion));
        assert!((found - length).abs() <= 1.0_f64.max(0.15 * length), "{length}: {found}");
        if length > 0.0 {
            let ratio = softness(&soft) / softness(&truth);
            assert!((0.85..1.15).contains(&ratio), "{length}: {ratio}");
        } else {
            assert!(soft == mask, "a value changed");
        }
        // What is not known to move is not blurred.
        assert!(soften(None) == (0.0, mask.clone()), "{length}");
    }
}

/// A flow that has nothing to do with a picture.
fn wild(size: (u32, u32)) -> Flow {
    Flow::from_fn(size, (size.0 / 4, size.1 / 4), |x, y| {
        [18.0 * (0.03 * x).sin() * (0.05 * y).cos() + 5.0, 14.0 * (0.04 * x).cos() + 8.0 * (0.09 * y).sin()]
    })
}

/// Whether softening by any of some motions changes anything.
fn changes(frame: &Frame, mask: &Matte) -> bool {
    let size = (frame.width(), frame.height());
    let fast = [[30.0, 0.0], [9.0, 9.0]].map(|v| Flow::uniform(size, v));
    fast.iter().chain([&wild(size)]).any(|motion| {
        let blur = blur::measure(frame, mask, Some(motion), &blur::Settings::default()).expect("of one size");
        blur::soften(mask, &blur).expect("of one size") != *mask
    })
}

/// Photographs that are given motions that they do not have.
const PHOTOGRAPHS: usize = 10;

#[test]
fn a_sharp_frame_stays_as_it_is_whatever_the_motion() {
    for seed in 1..3 {
        let (frame, mask, ..) = middle(Settings { seed, speed: 24.0, ..SCENE });
        assert!(!changes(&frame, &mask), "scene {seed}");
    }
    let photos = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/train/coco_ccby");
    if !photos.is_dir() {
        println!("photographs skipped: {} is not there", photos.display());
        return;
    }
    let mut masks: Vec<_> = std::fs::read_dir(photos.join("masks"))
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    masks.sort();
    let mut softened = Vec::new();
    for path in masks.iter().take(PHOTOGRAPHS) {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let open = |path: &std::path::Path| image::open(path).expect("a picture");
        let rgb = open(&photos.join("images").join(name).with_extension("jpg")).to_rgb8();
        let (w, h) = rgb.dimensions();
        let frame = Frame::new(w, h, rgb.into_raw()).expect("a frame");
        let mask = open(path).to_luma8().iter().map(|&v| f32::from(u8::from(v == 1))).collect();
        if changes(&frame, &Matte::new(w, h, mask).expect("a matte")) {
            softened.push(name.to_owned());
        }
    }
    // Some photographs are blurred in parts.
    assert!(softened.len() <= PHOTOGRAPHS / 10, "{softened:?}");
}

#[test]
fn the_error_in_the_band_is_half_of_the_masks() {
    let cases = [
        ("strands", Settings { strands: 60, size: (400, 225), ..SCENE }),
        ("motion blur", Settings { blur: 12.0, speed: 24.0, ..SCENE }),
        ("defocus", Settings { defocus: 10.0, ..SCENE }),
    ];
    for (name, settings) in cases {
        let (frame, mask, truth, motion) = middle(settings);
        let (map, alpha) = refined(&frame, &mask, Some(&motion));
        let (before, after) = (error(&mask, &truth, &map), error(&alpha, &truth, &map));
        assert!(after <= 0.5 * before, "{name}: {after} of {before}");
    }
}

#[test]
fn chatter_goes_and_truth_stays() {
    // By whole pixels, so that the measure itself blends nothing.
    let motion = Settings { direction: 0.0, speed: 2.0, ..SCENE };
    let scene = Scene::new(Settings { noise: 5.0, frames: 7, size: (200, 120), ..motion });
    let shots: Vec<Shot> = (0..7).map(|i| scene.shot(i)).collect();
    let maps: Vec<Trimap> = shots
        .iter()
        .map(|s| trimap::make(&s.frame(), &s.mask(), None, &Widths::default()).expect("of one size"))
        .collect();
    let found: Vec<Matte> = shots
        .iter()
        .zip(&maps)
        .map(|(s, m)| {
            fast::refine(&s.frame(), m, Some(&s.mask()), &fast::Fast::default()).expect("of one size")
        })
        .collect();
    let steady = |t: usize| {
        let flows: Vec<(usize, Flow)> =
            [t - 1, t + 1].into_iter().map(|n| (n, scene.flow(t as u32, n as u32))).collect();
        let neighbours: Vec<Neighbour> =
            flows.iter().map(|(n, flow)| Neighbour { alpha: &found[*n], flow, distance: 1 }).collect();
        temporal::steady(&found[t], &maps[t], &neighbours, &temporal::Settings::default())
            .expect("of one size")
    };
    let steadied: Vec<Matte> = (1..6).map(steady).collect();
    let of = |mattes: &[Matte], first: usize| {
        let (mut flicker, mut wrong) = (0.0, 0.0);
        for t in 2..5 {
            let at = |t: usize| &mattes[t - first];
            flicker += edges::flicker(
                [at(t - 1), at(t), at(t + 1)],
                [&scene.flow(t as u32, t as u32 - 1), &scene.flow(t as u32, t as u32 + 1)],
                |i| maps[t].data()[i] == Zone::Unknown,
            );
            wrong += error(at(t), &shots[t].alpha, &maps[t]);
        }
        (flicker, wrong)
    };
    let (before, after) = (of(&found, 0), of(&steadied, 1));
    assert!(after.0 <= before.0 / 3.0, "flicker {} of {}", after.0, before.0);
    assert!(after.1 <= before.1, "error {} of {}", after.1, before.1);
}

#[test]
fn hair_that_is_solved_in_pieces_has_the_alpha_of_the_whole() {
    let still = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips/lemur");
    if !still.is_dir() {
        println!("skipped: {} is not there", still.display());
        return;
    }
    let open = |name: &str| image::open(still.join(name)).expect("a picture");
    let rgb = open("lemur.png").to_rgb8();
    let (w, h) = rgb.dimensions();
    let frame = Frame::new(w, h, rgb.into_raw()).expect("a frame");
    let map = Trimap::from_bytes(w, h, open("lemur_trimap.png").to_luma8().as_raw()).expect("a trimap");
    let mask = open("lemur_alpha.png").to_luma8().iter().map(|&v| f32::from(u8::from(v > 127))).collect();
    let mask = resize::matte(&Matte::new(w, h, mask).expect("a matte"), w / 8, h / 8);
    let soft = resize::matte(&mask, w, h);
    for soft in [Some(&soft), None] {
        let exact = fast::Fast { tolerance: 1e-4, ..fast::Fast::default() };
        let whole = fast::refine(&frame, &map, soft, &exact).expect("of one size");
        let most = fast::Fast { most: map.unknown() / 5, ..fast::Fast::default() };
        let pieces = fast::refine(&frame, &map, soft, &most).expect("of one size");
        let apart = whole.data().iter().zip(pieces.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart > 0.0 && apart < 1.0 / 1024.0, "{apart}");
    }
}

/// Pixels from .1 to .9 across the edge at each place of it where it is about straight, the narrowest first.
fn widths(alpha: &Matte) -> Vec<f32> {
    const AROUND: i32 = 4;
    let (w, h) = (alpha.width() as i32, alpha.height() as i32);
    let at = |x: i32, y: i32| alpha.value(x.clamp(0, w - 1) as u32, y.clamp(0, h - 1) as u32);
    let between = |x: f32, y: f32| {
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let row = |y: i32| at(x.floor() as i32, y) * (1.0 - fx) + at(x.floor() as i32 + 1, y) * fx;
        row(y.floor() as i32) * (1.0 - fy) + row(y.floor() as i32 + 1) * fy
    };
    let mut found = Vec::new();
    for (x, y) in (AROUND..h - AROUND).flat_map(|y| (AROUND..w - AROUND).map(move |x| (x, y))) {
        let inside = |x: i32, y: i32| at(x, y) > 0.5;
        if inside(x, y) == inside(x + 1, y) && inside(x, y) == inside(x, y + 1) {
            continue;
        }
        let (mut u, mut v) = (0.0_f32, 0.0_f32);
        for (dx, dy) in (-AROUND..=AROUND).flat_map(|dy| (-AROUND..=AROUND).map(move |dx| (dx, dy))) {
            let side = if inside(x + dx, y + dy) { 1.0 } else { -1.0 };
            (u, v) = (u + side * dx as f32, v + side * dy as f32);
        }
        // A straight edge gives 180.
        let length = u.hypot(v);
        if length < 120.0 {
            continue;
        }
        let walk = |sign: f32, over: &dyn Fn(f32) -> bool| {
            let place = |i: i32| i as f32 * 0.1;
            let value = |s: f32| between(x as f32 + sign * s * u / length, y as f32 + sign * s * v / length);
            place((-20..400).find(|i| over(value(place(*i)))).unwrap_or(400))
        };
        found.push((walk(1.0, &|v| v >= 0.9) + walk(-1.0, &|v| v <= 0.1)).max(0.0));
    }
    found.sort_by(f32::total_cmp);
    found
}

/// The value that this share of all are below.
fn share(sorted: &[f32], share: f32) -> f32 {
    sorted[((sorted.len() - 1) as f32 * share) as usize]
}

/// That all of an alpha that is a few pixels away from the edge of `mask` is exactly that.
fn solid(frame: &Frame, mask: &Matte, alpha: &Matte) {
    let widths = Widths { inside: Some(8.0), outside: Some(8.0), hair: 0.0, ..Widths::default() };
    let map = trimap::make(frame, mask, None, &widths).expect("of one size");
    for (zone, a) in map.data().iter().zip(alpha.data()) {
        match zone {
            Zone::Inside => assert_eq!(*a, 1.0),
            Zone::Outside => assert_eq!(*a, 0.0),
            Zone::Unknown => {}
        }
    }
}

#[test]
fn labels_of_half_the_size_get_an_edge_as_sharp_as_the_pictures() {
    let all = |alpha: &Matte, truth: &Matte| edges::error(alpha, truth, |_| true);
    let half = |alpha: &Matte| {
        let mut small = resize::matte(alpha, 240, 135);
        small.data_mut().iter_mut().for_each(|v| *v = f32::from(u8::from(*v > 0.5)));
        small
    };
    let (frame, mask, truth, _) = middle(Settings { size: (480, 270), ..SCENE });
    let small = half(&truth);
    let before = resize::matte(&small, 480, 270);
    let after = upsample::refine(&frame, &small);
    let (old, new) = (all(&before, &truth), all(&after, &truth));
    assert!(new <= 0.5 * old, "error {new} of {old}");
    let (old, new) = (widths(&before), widths(&after));
    let (median, most) = (share(&new, 0.5), share(&new, 0.95));
    assert!(median <= 2.0 && most <= 3.0, "{median} and {most} pixels of {} before", share(&old, 0.5));
    assert!(share(&old, 0.5) > median);
    solid(&frame, &mask, &after);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        assert!(pool.install(|| upsample::refine(&frame, &small)) == after, "{threads} threads");
    }
    // Where the picture is soft the edge is, too.
    let (frame, _, truth, _) = middle(Settings { defocus: 10.0, size: (480, 270), ..SCENE });
    let soft = upsample::refine(&frame, &half(&truth));
    assert!(share(&widths(&soft), 0.5) > 2.0 * median, "{}", share(&widths(&soft), 0.5));
}

#[test]
fn a_tracked_edge_is_sharp_one_frame_after_a_perfect_mask() {
    let scene = Scene::new(Settings { size: (480, 270), speed: 4.0, ..SCENE });
    let shots = [scene.shot(0), scene.shot(1)];
    let mut tracker = models::open("flow", Device::Cpu, 1).expect("needs nothing");
    let frame = Arc::new(shots[0].frame());
    let first = tracker.embed(&frame).expect("embedded");
    let prompt = FramePrompt { mask: Some(shots[0].mask()), ..FramePrompt::default() };
    let given = tracker.segment(&first, &prompt, None).expect("segmented");
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &first, &given, true).expect("remembered");
    let frame = Arc::new(shots[1].frame());
    let second = tracker.embed(&frame).expect("embedded");
    let found = tracker.propagate(memory.as_ref(), 1, &second).expect("tracked");
    assert!(found.matte.iou(&shots[1].mask()) > 0.97, "{}", found.matte.iou(&shots[1].mask()));
    let widths = widths(&found.matte);
    let (median, most) = (share(&widths, 0.5), share(&widths, 0.95));
    assert!(median <= 2.0 && most <= 3.0, "{median} and {most} pixels");
    solid(&frame, &shots[1].mask(), &found.matte);
}
