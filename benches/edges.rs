//! What is made of edges, on scenes whose alpha is known exactly: `cargo xtask bench edges`, or
//! `cargo bench --bench edges`. Nothing but frames and masks cut at one half is used, flow included.
//!
//! First table: an object with strands, blurred by 0 to 40 pixels of motion, and out of focus, 480x270.
//!
//! - length: of the blur, the truth and as measured with the flow between frames, with the true motion
//!   and without any;
//! - ramp: how much of the alpha is neither 0 nor 1 (the sum of a (1 - a)), over that of the truth: of
//!   the mask as it is softened, and of the refined alpha;
//! - error: mean absolute error in the unknown zone of the mask, the softened mask and the refined
//!   alpha, and the last over the first;
//! - ms: for measuring, trimap and refinement together.
//!
//! Second table: noise of 5 levels of 255 in each frame. Flicker is the mean absolute second difference
//! of the refined alpha in the unknown zone along the true motion, chatter the same of its difference
//! from the truth: where things move by parts of pixels, flicker has a floor, as sharp edges are sampled
//! anew in each frame.

use std::time::Instant;

use airoto::matte::temporal::{self, Neighbour};
use airoto::matte::{Trimap, Widths, Zone, blur, fast, motion, trimap};
use airoto::models::flow;
use airoto::qc::edges;
use airoto::qc::synth::{Scene, Settings, Shot};
use airoto::raster::{Flow, Frame, Matte};

fn main() {
    spatial();
    temporal();
}

fn spatial() {
    println!(
        "{:<12}{:>7}{:>7}{:>7}{:>7}{:>8}{:>8}{:>8}{:>8}{:>8}{:>7}{:>7}",
        "scene",
        "length",
        "flow",
        "true",
        "none",
        "ramp",
        "refined",
        "mask",
        "soft",
        "refined",
        "ratio",
        "ms"
    );
    for seed in 1..=2 {
        let usual =
            Settings { seed, frames: 3, noise: 1.0, direction: 30.0 * seed as f64, ..Settings::default() };
        row("strands", Settings { strands: 60, ..usual });
        row("defocus 6", Settings { defocus: 6.0, ..usual });
        row("defocus 14", Settings { defocus: 14.0, ..usual });
        for blur in [0.0, 2.0, 4.0, 8.0, 14.0, 22.0, 30.0, 40.0] {
            row("motion", Settings { blur, speed: (2.0 * blur).max(4.0), turn: 0.0, ..usual });
        }
    }
}

/// One scene's line of the first table.
fn row(name: &str, settings: Settings) {
    let scene = Scene::new(settings);
    let shots: Vec<Shot> = (0..3).map(|i| scene.shot(i)).collect();
    let frames: Vec<Frame> = shots.iter().map(Shot::frame).collect();
    let (frame, mask, truth) = (&frames[1], shots[1].mask(), &shots[1].alpha);
    let found =
        motion::through(Some(&flow::between(frame, &frames[2])), Some(&flow::between(frame, &frames[0])));
    let exact = motion::through(Some(&scene.flow(1, 2)), Some(&scene.flow(1, 0)));
    let length = |given: Option<&Flow>| measure(frame, &mask, given).length();
    let lengths = [length(exact.as_ref()), length(None)];
    let began = Instant::now();
    let object = found.map(|f| motion::of_object(&f, &mask));
    let blur = measure(frame, &mask, object.as_ref());
    let map = trimap::make(frame, &mask, Some(&blur.spread()), &Widths::default()).expect("one size");
    let soft = blur::soften(&mask, &blur).expect("one size");
    let alpha = fast::refine(frame, &map, Some(&soft), &fast::Fast::default()).expect("one size");
    let time = began.elapsed().as_secs_f64() * 1e3;
    let ramp = |matte: &Matte| matte.data().iter().map(|a| f64::from(a * (1.0 - a))).sum::<f64>();
    let error = |matte: &Matte| edges::error(matte, truth, |i| map.data()[i] == Zone::Unknown);
    println!(
        "{name:<12}{:>7.1}{:>7.1}{:>7.1}{:>7.1}{:>8.2}{:>8.2}{:>8.3}{:>8.3}{:>8.3}{:>7.2}{:>7.0}",
        settings.blur,
        blur.length(),
        lengths[0],
        lengths[1],
        ramp(&soft) / ramp(truth),
        ramp(&alpha) / ramp(truth),
        error(&mask),
        error(&soft),
        error(&alpha),
        error(&alpha) / error(&mask),
        time
    );
}

fn measure(frame: &Frame, mask: &Matte, motion: Option<&Flow>) -> blur::Blur {
    blur::measure(frame, mask, motion, &blur::Settings::default()).expect("one size")
}

fn temporal() {
    println!(
        "\n{:<14}{:<12}{:>9}{:>9}{:>7}{:>9}{:>9}{:>7}{:>9}{:>9}",
        "scene", "frames", "flicker", "after", "ratio", "chatter", "after", "ratio", "error", "after"
    );
    let noisy = Settings { frames: 9, noise: 5.0, size: (320, 180), ..Settings::default() };
    let whole = Settings { speed: 2.0, direction: 0.0, turn: 0.0, ..noisy };
    let scenes = [
        ("plain", whole),
        ("strands", Settings { strands: 60, ..whole }),
        ("defocus", Settings { defocus: 8.0, ..whole }),
        ("turning", noisy),
        ("turning soft", Settings { defocus: 8.0, ..noisy }),
        ("fast", Settings { blur: 8.0, speed: 16.0, turn: 0.0, ..noisy }),
    ];
    for (name, settings) in scenes {
        let scene = Scene::new(settings);
        let shots: Vec<Shot> = (0..settings.frames).map(|i| scene.shot(i)).collect();
        let frames: Vec<Frame> = shots.iter().map(Shot::frame).collect();
        let maps: Vec<Trimap> = shots
            .iter()
            .zip(&frames)
            .map(|(s, f)| {
                let blur = measure(f, &s.mask(), None);
                trimap::make(f, &s.mask(), Some(&blur.spread()), &Widths::default()).expect("one size")
            })
            .collect();
        let found: Vec<Matte> = (0..frames.len())
            .map(|i| fast::refine(&frames[i], &maps[i], Some(&shots[i].mask()), &fast::Fast::default()))
            .map(|alpha| alpha.expect("one size"))
            .collect();
        for (label, reach, exact) in
            [("1, true", 1, true), ("2, true", 2, true), ("1, flow", 1, false), ("2, flow", 2, false)]
        {
            let steadied: Vec<Matte> = (0..frames.len())
                .map(|t| {
                    let others =
                        (t.saturating_sub(reach)..=t + reach).filter(|&o| o != t && o < frames.len());
                    let flows: Vec<(usize, Flow)> = others
                        .map(|o| {
                            let found_flow =
                                || motion::of_object(&flow::between(&frames[t], &frames[o]), &found[t]);
                            (o, if exact { scene.flow(t as u32, o as u32) } else { found_flow() })
                        })
                        .collect();
                    let neighbours: Vec<Neighbour> = flows
                        .iter()
                        .map(|(o, flow)| Neighbour {
                            alpha: &found[*o],
                            flow,
                            distance: o.abs_diff(t) as u32,
                        })
                        .collect();
                    temporal::steady(&found[t], &maps[t], &neighbours, &temporal::Settings::default())
                        .expect("one size")
                })
                .collect();
            let (before, after) =
                (figures(&scene, &shots, &maps, &found), figures(&scene, &shots, &maps, &steadied));
            println!(
                "{name:<14}{label:<12}{:>9.4}{:>9.4}{:>7.2}{:>9.4}{:>9.4}{:>7.2}{:>9.4}{:>9.4}",
                before[0],
                after[0],
                after[0] / before[0],
                before[1],
                after[1],
                after[1] / before[1],
                before[2],
                after[2]
            );
        }
    }
}

/// Flicker, chatter and error, the mean of all frames that have two on either side.
fn figures(scene: &Scene, shots: &[Shot], maps: &[Trimap], alphas: &[Matte]) -> [f64; 3] {
    let wrong: Vec<Matte> = alphas
        .iter()
        .zip(shots)
        .map(|(alpha, shot)| {
            let mut off = alpha.clone();
            off.data_mut().iter_mut().zip(shot.alpha.data()).for_each(|(a, t)| *a -= t);
            off
        })
        .collect();
    let inner = 2..alphas.len() - 2;
    let count = inner.len() as f64;
    let mut sums = [0.0; 3];
    for t in inner {
        let within = |i: usize| maps[t].data()[i] == Zone::Unknown;
        let (back, on) = (scene.flow(t as u32, t as u32 - 1), scene.flow(t as u32, t as u32 + 1));
        sums[0] += edges::flicker([&alphas[t - 1], &alphas[t], &alphas[t + 1]], [&back, &on], within);
        sums[1] += edges::flicker([&wrong[t - 1], &wrong[t], &wrong[t + 1]], [&back, &on], within);
        sums[2] += edges::error(&alphas[t], &shots[t].alpha, within);
    }
    sums.map(|s| s / count)
}
