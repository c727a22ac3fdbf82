//! Working on a request by the engine, and answering it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use ipc_channel::ipc::IpcSender;
use serde::Serialize;

use super::messages::{FromWorker, Need, NoNeed, PackedFrame, Pixels};
use super::remote_frames::RemoteFrames;
use super::times::note_time;
use crate::engine::{Engine, graph_time};
use crate::job::{DetectRequest, Detections, FrameState, JobError, Note, Request};

/// A request that is about a frame, and whose answer is an `A`.
pub struct FrameWork<A> {
    /// Works on it.
    pub engine: Arc<Engine>,
    /// What is wanted.
    pub request: Box<Request>,
    /// In which frame.
    pub time: i64,
    /// The footage.
    pub frames: RemoteFrames<A>,
    /// Where the answer goes.
    pub reply: IpcSender<FromWorker<Need, A>>,
}

impl FrameWork<PackedFrame> {
    /// Tracks the frame.
    pub fn track(self) {
        let Self { engine, request, time, mut frames, reply } = self;
        let (began, graphs) = (Instant::now(), graph_time());
        let tracked = catch_panic(
            || engine.track(&request, time, &mut frames, &mut send_notes(&reply)),
            || format!("tracker {} panicked in frame {time}", request.tracker),
        );
        let packed =
            tracked.and_then(|f| PackedFrame::pack(&f).map_err(|e| JobError::Internal(e.to_string())));
        let (all, before) = (began.elapsed(), graph_time() - graphs);
        answer(&reply, packed);
        // The tracker learns from the frame while the host takes it, and fetches the next one.
        engine.settle(&request);
        note_time(time, all, graph_time() - graphs, before);
    }
}

impl FrameWork<Vec<FrameState>> {
    /// Looks up what is known of `asked`, the first and the last frame.
    pub fn look_up(self, asked: (i64, i64)) {
        let Self { engine, request, time, mut frames, reply } = self;
        let known = catch_panic(
            || engine.known(&request, time, asked, &mut frames),
            || "a survey of the track store panicked".to_owned(),
        );
        answer(&reply, known);
    }
}

/// Looks for what a text names.
pub fn detect(
    engine: &Engine,
    request: &DetectRequest,
    frame: Pixels,
    reply: &IpcSender<FromWorker<NoNeed, Detections>>,
) {
    let found = catch_panic(
        || {
            let frame = frame.frame().map_err(|e| JobError::Internal(format!("the plugin's frame: {e}")))?;
            engine.detect(request, &frame, &mut send_notes(reply))
        },
        || format!("model {} panicked", request.model),
    );
    answer(reply, found);
}

/// What `work` gives; an error with `sentence` where it panics.
fn catch_panic<T>(
    work: impl FnOnce() -> Result<T, JobError>,
    sentence: impl FnOnce() -> String,
) -> Result<T, JobError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(JobError::Internal(sentence())))
}

/// Sends notes to the plugin.
fn send_notes<N: Serialize, A: Serialize>(reply: &IpcSender<FromWorker<N, A>>) -> impl FnMut(Note) {
    |note| {
        let _ = reply.send(FromWorker::Note(note));
    }
}

/// Sends the answer. When the plugin is gone there is nobody to tell.
fn answer<N: Serialize, A: Serialize>(reply: &IpcSender<FromWorker<N, A>>, found: Result<A, JobError>) {
    let _ = reply.send(found.map_or_else(FromWorker::Failed, FromWorker::Done));
}
