//! Rendering frames of an instance, in any order, on any number of threads.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread::Thread;
use std::time::{Duration, Instant};

use airoto::host::{HostImage, Instance, MessageKind, RenderCall};
use airoto::models;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;
use crate::input::InputSequence;
use crate::plugin::explain;

/// Where the time of one frame went, in milliseconds.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FrameTime {
    /// The frame.
    pub frame: i64,
    /// From the host's call to the finished picture, reading and decoding of footage apart. On several
    /// threads what one reads is taken off the time of another that renders meanwhile.
    pub track_ms: f64,
    /// What it waited for the footage; decoding goes on while the frame before is tracked.
    pub decode_ms: f64,
    /// Encoding and writing.
    pub encode_ms: f64,
}

/// A frame that was rendered and is to be encoded.
struct Rendered {
    time: FrameTime,
    image: HostImage,
}

/// Renders `frames` in their order on `threads` threads and hands each to `done`, on a thread of as
/// many that do nothing else; on one thread the next frame is read meanwhile. The first failure stops
/// the rest.
pub fn frames(
    instance: &Instance,
    footage: &InputSequence,
    frames: &[i64],
    threads: usize,
    bar: &ProgressBar,
    done: &(dyn Fn(i64, HostImage) -> Result<(), Failure> + Sync),
) -> Result<Vec<FrameTime>, Failure> {
    let next = AtomicUsize::new(0);
    let finished = AtomicBool::new(false);
    let failed: Mutex<Option<Failure>> = Mutex::new(None);
    let times: Mutex<Vec<FrameTime>> = Mutex::new(Vec::with_capacity(frames.len()));
    let fail = |failure: Failure| {
        next.store(frames.len(), Ordering::Relaxed);
        if let Ok(mut failed) = failed.lock() {
            failed.get_or_insert(failure);
        }
    };
    let render = |frame: i64| -> Result<Rendered, Failure> {
        let (began, read) = (Instant::now(), footage.read_time());
        let image = instance.render(&RenderCall::new(frame as f64)).map_err(|e| explain(e, footage))?;
        let (all, decode) = (began.elapsed(), footage.read_time() - read);
        let [track_ms, decode_ms] = [all.saturating_sub(decode), decode].map(|t| t.as_secs_f64() * 1e3);
        Ok(Rendered { time: FrameTime { frame, track_ms, decode_ms, encode_ms: 0.0 }, image })
    };
    let encode = |Rendered { mut time, image }: Rendered| {
        let began = Instant::now();
        match done(time.frame, image) {
            Ok(()) => {
                time.encode_ms = began.elapsed().as_secs_f64() * 1e3;
                bar.inc(1);
                if let Ok(mut times) = times.lock() {
                    times.push(time);
                }
            }
            Err(failure) => fail(failure),
        }
    };
    let threads = threads.max(1);
    // A frame waits for each encoder at most, so that memory stays flat.
    let (sender, receiver) = mpsc::sync_channel::<Rendered>(threads);
    let receiver = Mutex::new(receiver);
    let encoded = || {
        loop {
            let rendered = receiver.lock().map(|receiver| receiver.recv());
            let Ok(Ok(rendered)) = rendered else { return };
            encode(rendered);
        }
    };
    let reading: OnceLock<Thread> = OnceLock::new();
    let work = |sender: mpsc::SyncSender<Rendered>| {
        while let Some(&frame) = frames.get(next.fetch_add(1, Ordering::Relaxed)) {
            reading.get().map(Thread::unpark);
            match render(frame) {
                // Encoders end after the last of the renderers.
                Ok(rendered) => drop(sender.send(rendered)),
                Err(failure) => fail(failure),
            }
        }
        reading.get().map(Thread::unpark);
    };
    std::thread::scope(|scope| {
        // The first frame of a reversed order needs all others: tell how far it is.
        let watcher = scope.spawn(|| watch(instance, bar, &finished));
        let reader = scope.spawn(|| {
            if threads == 1 {
                read_ahead(footage, frames, &next);
            }
        });
        let _ = reading.set(reader.thread().clone());
        let encoders: Vec<_> = (0..threads).map(|_| scope.spawn(encoded)).collect();
        let workers: Vec<_> = (1..threads)
            .map(|_| {
                let sender = sender.clone();
                scope.spawn(move || work(sender))
            })
            .collect();
        work(sender);
        for thread in workers.into_iter().chain(encoders) {
            // A panic of ours on a thread is one of the program.
            if let Err(panic) = thread.join() {
                finished.store(true, Ordering::Relaxed);
                std::panic::resume_unwind(panic);
            }
        }
        finished.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
    });
    match failed.into_inner() {
        Ok(Some(failure)) => Err(failure),
        _ => Ok(times.into_inner().unwrap_or_default()),
    }
}

/// Shows how far the frame is that is rendered, until all are `finished`.
fn watch(instance: &Instance, bar: &ProgressBar, finished: &AtomicBool) {
    while !finished.load(Ordering::Relaxed) {
        if let Some(progress) = instance.progress() {
            bar.set_message(format!("{} {:.0} %", progress.label, progress.fraction * 100.0));
        }
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// Reads each frame while the one before it is rendered; `next` is the number of frames begun.
fn read_ahead(footage: &InputSequence, frames: &[i64], next: &AtomicUsize) {
    for (i, &frame) in frames.iter().enumerate().skip(1) {
        loop {
            match next.load(Ordering::Relaxed) {
                begun if begun > i => break,
                begun if begun == i => {
                    footage.read_ahead(frame);
                    break;
                }
                // The renderer wakes it, the first time perhaps before it knows whom.
                _ => std::thread::park_timeout(Duration::from_millis(50)),
            }
        }
    }
}

/// A bar with rate and time left on standard error; nothing where that is no terminal, or `hidden`.
pub fn bar(count: usize, hidden: bool) -> ProgressBar {
    if hidden {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    let template = "{prefix}{wide_bar:.cyan} {pos}/{len} frames, {per_sec}, {eta} left {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// What the plugin had to say that is no error, each sentence once.
pub fn notes(instance: &Instance) -> Vec<String> {
    let mut seen = BTreeSet::new();
    instance
        .messages()
        .into_iter()
        .filter(|m| matches!(m.kind, MessageKind::Message | MessageKind::Warning))
        // A persistent message holds one line for each thing that there is to say.
        .flat_map(|m| m.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|text| !text.is_empty() && seen.insert(text.clone()))
        .collect()
}

/// The tracker that did it when `asked` was asked for: the default one may have fallen back to flow,
/// and says so.
pub fn tracker_used(asked: &str, notes: &[String]) -> String {
    match asked {
        "" | "default" if notes.iter().any(|n| n.contains("tracking by optical flow")) => models::FLOW,
        "" | "default" => return format!("{}{}", models::DEFAULT, models::WITH_FLOW),
        named => named,
    }
    .to_owned()
}
