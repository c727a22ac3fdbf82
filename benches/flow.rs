//! How well and how fast the flow tracker follows the sequences of `../shared/clips`, from the true
//! mask of their first frame.
//!
//! `cargo bench --bench flow [-- NAME...]`. The first and the last frame do not count (DAVIS).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use airoto::job::prompts::FramePrompt;
use airoto::models::flow::FlowTracker;
use airoto::models::{ModelError, Tracker};
use airoto::raster::{Frame, Matte, PixelBox};

/// What was measured of one sequence.
struct Score {
    overlap: Vec<f64>,
    boxed: f64,
    seconds: f64,
}

fn main() {
    let clips = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/clips");
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let Ok(folders) = std::fs::read_dir(&clips) else {
        println!("skipped: {} is not there", clips.display());
        return;
    };
    let mut folders: Vec<PathBuf> =
        folders.filter_map(|f| Some(f.ok()?.path())).filter(|f| f.join("masks").is_dir()).collect();
    folders.sort();
    println!("{:16} {:>6} {:>6} {:>6} {:>6} {:>7}", "sequence", "frames", "J", "J10", "box", "fps");
    let mut means = [0.0; 4];
    let mut count = 0.0;
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.is_empty() && !wanted.contains(&name) {
            continue;
        }
        let score = measure(&folder).expect("the sequence is tracked");
        let n = score.overlap.len();
        let inner = &score.overlap[1..n - 1];
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let row = [mean(inner), mean(&inner[..10]), score.boxed, (n - 1) as f64 / score.seconds];
        println!("{name:16} {n:6} {:6.3} {:6.3} {:6.3} {:7.2}", row[0], row[1], row[2], row[3]);
        if std::env::var_os("FLOW_TRACE").is_some() {
            let line: Vec<String> =
                score.overlap.iter().step_by(3).map(|j| format!("{:2.0}", 100.0 * j)).collect();
            println!("    every third frame, percent: {}", line.join(" "));
        }
        means.iter_mut().zip(row).for_each(|(m, v)| *m += v);
        count += 1.0;
    }
    let [j, j10, boxed, fps] = means.map(|m| m / f64::max(count, 1.0));
    println!("{:16} {:6} {j:6.3} {j10:6.3} {boxed:6.3} {fps:7.2}", "mean", "");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(folder).expect("a folder of pictures");
    let mut files: Vec<PathBuf> = list.filter_map(|f| Some(f.ok()?.path())).collect();
    files.sort();
    files
}

fn frame(path: &Path) -> Arc<Frame> {
    let picture = image::open(path).expect("a picture").into_rgb8();
    Arc::new(Frame::new(picture.width(), picture.height(), picture.into_raw()).expect("its size"))
}

fn mask(path: &Path) -> Matte {
    let picture = image::open(path).expect("a picture").into_luma8();
    let data = picture.pixels().map(|p| f32::from(u8::from(p.0[0] > 127))).collect();
    Matte::new(picture.width(), picture.height(), data).expect("its size")
}

/// The bounds of a mask as a box prompt.
fn bounds(mask: &Matte) -> PixelBox {
    let mut b = PixelBox { x0: f64::from(mask.width()), y0: f64::from(mask.height()), x1: 0.0, y1: 0.0 };
    for y in 0..mask.height() {
        for x in 0..mask.width() {
            if mask.value(x, y) > 0.5 {
                b.x0 = b.x0.min(f64::from(x));
                b.x1 = b.x1.max(f64::from(x + 1));
                b.y0 = b.y0.min(f64::from(y));
                b.y1 = b.y1.max(f64::from(y + 1));
            }
        }
    }
    b
}

fn measure(folder: &Path) -> Result<Score, ModelError> {
    let frames = files(&folder.join("frames"));
    let masks = files(&folder.join("masks"));
    let mut tracker = FlowTracker::new();
    let first = mask(&masks[0]);
    let embedding = tracker.embed(&frame(&frames[0]))?;
    let prompt = FramePrompt { bounds: Some(bounds(&first)), ..FramePrompt::default() };
    let boxed = tracker.segment(&embedding, &prompt, None)?.matte.iou(&first);
    let prompt = FramePrompt { mask: Some(first), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None)?;
    let mut memory = tracker.memory(None);
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true)?;
    let mut score = Score { overlap: vec![1.0], boxed, seconds: 0.0 };
    for (time, (path, truth)) in (1_i64..).zip(frames[1..].iter().zip(&masks[1..])) {
        let frame = frame(path);
        let start = Instant::now();
        let embedding = tracker.embed(&frame)?;
        let found = tracker.propagate(memory.as_ref(), time, &embedding)?;
        tracker.remember(memory.as_mut(), time, &embedding, &found, false)?;
        score.seconds += start.elapsed().as_secs_f64();
        score.overlap.push(found.matte.iou(&mask(truth)));
    }
    Ok(score)
}
