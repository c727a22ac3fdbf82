//! `airoto render`: prompts and footage to mattes and shapes.

mod args;
mod channels;
mod check;
mod detect;
mod job;
mod masks;
mod nodes;
mod objects;
mod output;
mod summary;

use std::sync::Mutex;
use std::time::Instant;

pub use self::args::Args;
use self::job::Job;
use self::nodes::Nodes;
use self::summary::Summary;
use crate::usage::Peak;
use crate::{Failure, plugin, states, track};

/// Renders.
pub fn run(args: Args) -> Result<(), Failure> {
    let job = Job::new(&args)?;
    let plugin = plugin::open(args.plugin.bundle.as_deref())?;
    let nodes = Nodes::new(&args, &job, &plugin)?;
    let Job { footage, first, last, .. } = &job;
    let frames = args.order.frames(*first, *last);
    let files = Mutex::new(Vec::with_capacity(frames.len()));
    let bar = track::bar(frames.len(), args.json);
    let began = Instant::now();
    nodes.begin()?;
    let threads = args.threads.into();
    let tracked = track::frames(&nodes.main, footage, &frames, threads, &bar, &|frame, image| {
        let written = nodes.write(frame, &image)?;
        if let Ok(mut files) = files.lock() {
            files.extend(written.into_iter().map(|path| (frame, path)));
        }
        Ok(())
    });
    let ended = nodes.end();
    bar.finish_and_clear();
    let times = tracked?;
    ended?;
    let mut notes = track::notes(&nodes.main);
    // Of all frames or of none: files of an earlier render outlive one that fails.
    let shapes = job.shapes.write(&nodes.main, *last)?;
    notes.extend(shapes.notes);

    let seconds = began.elapsed().as_secs_f64();
    let mut files = files.into_inner().unwrap_or_default();
    files.sort();
    notes.extend(job.masks.iter().filter_map(|masks| masks.note()));
    notes.extend(job.detected.iter().flat_map(|detected| detected.notes.clone()));
    let (states, next_frame) = states::of(&nodes.main, *first, *last);
    let summary = Summary {
        frames: frames.len(),
        first: *first,
        last: *last,
        width: footage.size().0,
        height: footage.size().1,
        files: files.into_iter().map(|(_, path)| path).collect(),
        shapes: shapes.files,
        seconds,
        times,
        ms_per_frame: seconds * 1000.0 / frames.len() as f64,
        tracker: track::tracker_used(&nodes.tracker, &notes),
        view: job.view.clone(),
        notes,
        states,
        next_frame,
        peak_memory_bytes: Peak::now(),
    };
    summary.print(args.json, &args.output)
}
