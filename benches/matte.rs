//! Fast matting beside pymatting on the still with a true alpha of `../shared/clips`, and what a frame of
//! 3840x2160 with an object of 600x800 costs.
//!
//! `cargo xtask bench matte`, which has pymatting's mattes made first and names their folder in the
//! environment. Both take two threads.

use std::path::Path;
use std::time::Instant;

use airoto::matte::fast::{self, Fast};
use airoto::matte::foreground::{self, Output};
use airoto::matte::{Trimap, Widths, Zone, trimap};
use airoto::qc::{MattingErrors, matting_errors};
use airoto::raster::{Frame, Matte};

/// Runs of which the fastest counts.
const RUNS: usize = 3;

fn main() {
    let still = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips/lemur");
    if !still.is_dir() {
        println!("skipped: {} is not there", still.display());
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    pool.install(|| {
        against_reference(&still);
        large();
    });
}

/// The smallest of the seconds that a few runs take, and what the last gives.
fn timed<T>(work: impl Fn() -> T) -> (f64, T) {
    let run = || {
        let start = Instant::now();
        let out = work();
        (start.elapsed().as_secs_f64(), out)
    };
    (1..RUNS).fold(run(), |(best, _), _| {
        let (seconds, out) = run();
        (best.min(seconds), out)
    })
}

fn against_reference(still: &Path) {
    let open = |name: &str| image::open(still.join(name)).expect("a picture");
    let rgb = open("lemur.png").to_rgb8();
    let (w, h) = rgb.dimensions();
    let frame = Frame::new(w, h, rgb.into_raw()).expect("a frame");
    let trimap = Trimap::from_bytes(w, h, open("lemur_trimap.png").to_luma8().as_raw()).expect("a trimap");
    let truth = open("lemur_alpha.png").to_luma8().iter().map(|&v| f32::from(v) / 255.0).collect();
    let truth = Matte::new(w, h, truth).expect("a matte");
    let band: Vec<bool> = trimap.data().iter().map(|z| *z == Zone::Unknown).collect();
    println!("{w}x{h}, {} unknown pixels, two threads", trimap.unknown());
    println!(
        "{:12} {:>9} {:>10} {:>9} {:>12} {:>8}",
        "", "SAD", "MSE", "gradient", "connectivity", "seconds"
    );
    let row = |name: &str, e: &MattingErrors, seconds: f64| {
        println!(
            "{name:12} {:9.2} {:10.3e} {:9.3} {:12.2} {seconds:8.3}",
            e.sad, e.mse, e.gradient, e.connectivity
        );
    };
    let (seconds, found) = timed(|| fast::refine(&frame, &trimap, None, &Fast::default()).expect("a matte"));
    let own = matting_errors(&found, &truth, &band);
    row("Fast", &own, seconds);
    let Some(folder) = std::env::var_os("AIROTO_MATTES").map(std::path::PathBuf::from) else { return };
    let grey: Vec<u8> = found.data().iter().map(|v| (v * 255.0).round() as u8).collect();
    let saved = image::save_buffer(folder.join("fast.png"), &grey, w, h, image::ColorType::L8);
    saved.expect("the folder can be written to");
    let times = std::fs::read_to_string(folder.join("seconds.txt")).expect("times of the reference");
    for line in times.lines() {
        let Some((name, time)) = line.split_once(' ') else { continue };
        let bytes = std::fs::read(folder.join(format!("{name}.f32"))).expect("a matte of the reference");
        let values = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let matte = Matte::new(w, h, values).expect("a matte of the same size");
        let time: f64 = time.parse().expect("seconds");
        let errors = matting_errors(&matte, &truth, &band);
        row(name, &errors, time);
        println!(
            "             Fast / {name}: SAD {:.3}, MSE {:.3}, gradient {:.3}, connectivity {:.3}, time {:.3}",
            own.sad / errors.sad,
            own.mse / errors.mse,
            own.gradient / errors.gradient,
            own.connectivity / errors.connectivity,
            seconds / time
        );
    }
}

/// Strands around a body of 600x800 pixels on smooth ground, with a tracker's mask of an eighth of the size.
fn large() {
    let (w, h) = (3840_usize, 2160_usize);
    let middle = (1900.0_f32, 1100.0_f32);
    let mut frame = Frame::filled(w as u32, h as u32, [60, 90, 50]);
    let mut soft = Matte::filled(w as u32, h as u32, 0.0);
    let mut random = fastrand::Rng::with_seed(11);
    for y in 0..h {
        for x in 0..w {
            let (dx, dy) = ((x as f32 - middle.0) / 300.0, (y as f32 - middle.1) / 400.0);
            let r = dx.hypot(dy);
            let turn = dy.atan2(dx);
            let strand = 1.0 - 0.06 * (0.5 + 0.5 * (turn * 311.0 + 3.0 * r).sin()) * (1.0 + turn.sin());
            let alpha = ((strand - r) * 120.0 + 0.5).clamp(0.0, 1.0);
            let i = y * w + x;
            for (c, front) in [210.0, 190.0, 160.0 + 40.0 * dy].into_iter().enumerate() {
                let back = f32::from(frame.data()[3 * i + c]) + 20.0 * (x as f32 / 300.0).sin();
                let noise = random.f32() * 4.0 - 2.0;
                frame.data_mut()[3 * i + c] = (alpha * front + (1.0 - alpha) * back + noise) as u8;
            }
            soft.data_mut()[i] = ((0.97 - r) * 30.0 + 0.5).clamp(0.0, 1.0);
        }
    }
    let (marking, trimap) =
        timed(|| trimap::make(&frame, &soft, None, &Widths::default()).expect("one size"));
    let (solving, alpha) =
        timed(|| fast::refine(&frame, &trimap, Some(&soft), &Fast::default()).expect("one size"));
    let mut rgb: Vec<f32> = frame.data().iter().map(|&v| f32::from(v) / 255.0).collect();
    let start = Instant::now();
    foreground::decontaminate(&mut rgb, &alpha, Output::Straight).expect("one size");
    let colours = start.elapsed().as_secs_f64();
    println!("{w}x{h}, {} unknown pixels, two threads, ms", trimap.unknown());
    println!("trimap {:.1}, Fast {:.1}, foreground {:.1}", 1e3 * marking, 1e3 * solving, 1e3 * colours);
}
