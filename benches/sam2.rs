//! What a frame of a SAM 2-family pack costs beside its graphs.
//!
//! `cargo bench --bench sam2 -- PACK FRAMES [THREADS]`: a folder with a pack and one with pictures. One object is followed
//! from a click in the middle of the first frame; the first ten frames, in which the memory fills, do not count.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use airoto::job::Device;
use airoto::job::prompts::{FramePrompt, Label, PointPrompt};
use airoto::models::runtime::graph_time;
use airoto::models::{self, ModelError};
use airoto::raster::{Frame, PixelPoint};

const WARM_UP: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let (Some(pack), Some(folder)) = (given.first(), given.get(1)) else {
        println!("skipped: expected a pack and a folder of frames");
        return Ok(());
    };
    let threads = given.get(2).map_or(Ok(2), |t| t.parse())?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let mut frames = Vec::new();
    for path in paths.iter().take(40) {
        let image = image::open(path)?.to_rgb8();
        frames.push(Arc::new(Frame::new(image.width(), image.height(), image.into_raw())?));
    }
    measure(pack, threads, &frames)?;
    Ok(())
}

/// Name, time and time in graphs of one kind of step.
struct Step(&'static str, Duration, Duration);

impl Step {
    fn take<T>(&mut self, counts: bool, work: impl FnOnce() -> T) -> T {
        let (start, graphs) = (Instant::now(), graph_time());
        let done = work();
        if counts {
            self.1 += start.elapsed();
            self.2 += graph_time() - graphs;
        }
        done
    }
}

fn measure(pack: &str, threads: usize, frames: &[Arc<Frame>]) -> Result<(), ModelError> {
    let mut tracker = models::open(pack, Device::Cpu, threads)?;
    let [mut embed, mut propagate, mut remember] =
        ["embed", "propagate", "remember"].map(|name| Step(name, Duration::ZERO, Duration::ZERO));
    let mut memory = tracker.memory(None);
    for (time, frame) in frames.iter().enumerate() {
        let counts = time >= WARM_UP;
        let embedding = embed.take(counts, || tracker.embed(frame))?;
        let middle = PixelPoint { x: f64::from(frame.width()) / 2.0, y: f64::from(frame.height()) / 2.0 };
        let click = FramePrompt {
            points: vec![PointPrompt { at: middle, label: Label::Positive }],
            ..FramePrompt::default()
        };
        let found = match time {
            0 => tracker.segment(&embedding, &click, None)?,
            _ => propagate.take(counts, || tracker.propagate(memory.as_ref(), time as i64, &embedding))?,
        };
        remember
            .take(counts, || tracker.remember(memory.as_mut(), time as i64, &embedding, &found, time == 0))?;
    }
    let count = frames.len().saturating_sub(WARM_UP).max(1) as f64;
    println!("{:10} {:>9} {:>9} {:>9}  ms a frame", "", "all", "graphs", "around");
    let mut sums = [0.0; 2];
    for Step(name, all, graphs) in [embed, propagate, remember] {
        let (all, graphs) = (all.as_secs_f64() * 1e3 / count, graphs.as_secs_f64() * 1e3 / count);
        println!("{name:10} {all:9.2} {graphs:9.2} {:9.2}", all - graphs);
        sums = [sums[0] + all, sums[1] + graphs];
    }
    let [all, graphs] = sums;
    println!("{:10} {all:9.2} {graphs:9.2} {:9.2}, {:.3} of the graphs", "sum", all - graphs, all / graphs);
    Ok(())
}
