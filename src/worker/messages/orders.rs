//! What the plugin says to the worker.

use ipc_channel::ipc::IpcSender;
use serde::{Deserialize, Serialize};

use super::{FromWorker, Need, NoNeed, PackedFrame, Pixels};
use crate::job::{
    DetectRequest, Detections, EngineSettings, FrameState, Provenance, Request, Run, SourceError, Stamp,
};
use crate::worker::Stats;

/// From the plugin. The worker ends when the channel is closed, too.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// What it may use; before anything else.
    Configure(EngineSettings),
    /// A tracked frame is wanted.
    Track {
        /// Which one, of what.
        job: FrameJob,
        /// Where the answer goes.
        #[serde(with = "super::reply")]
        reply: IpcSender<FromWorker<Need, PackedFrame>>,
    },
    /// What is known of frames is asked for; nothing is computed.
    Known {
        /// Of what, as it would be wanted.
        job: FrameJob,
        /// First and last frame that is asked about.
        frames: (i64, i64),
        /// Where the answer goes: a state for each of the frames.
        #[serde(with = "super::reply")]
        reply: IpcSender<FromWorker<Need, Vec<FrameState>>>,
    },
    /// What a text names is looked for in a frame.
    Detect {
        /// What is looked for.
        request: Box<DetectRequest>,
        /// The pixels of the frame.
        frame: Pixels,
        /// Where the answer goes.
        #[serde(with = "super::reply")]
        reply: IpcSender<FromWorker<NoNeed, Detections>>,
    },
    /// The answer to [`Need::Frame`].
    Frame {
        /// Of the request.
        id: u64,
        /// The frame.
        frame: SentFrame,
    },
    /// The answer to [`Need::Stamps`] and to [`Need::MaskStamps`].
    Stamps {
        /// Of the request.
        id: u64,
        /// What tells of each frame whether it is as it was, or why that is not known.
        stamps: Result<Vec<Option<Stamp>>, SourceError>,
    },
    /// The answer to [`Need::Mask`].
    Mask {
        /// Of the request.
        id: u64,
        /// The matte, or why there is none.
        mask: Result<Option<Pixels>, SourceError>,
    },
    /// Nobody waits for this request any more.
    Cancel {
        /// Of the request.
        id: u64,
    },
    /// The worker is to end. The channel may have copies, in a process that the host forked.
    End,
    /// What the worker uses of the machine is asked for; it answers as long as it is well.
    Stats {
        /// Where the answer goes.
        #[serde(with = "super::reply")]
        reply: IpcSender<Stats>,
    },
}

/// A request that is about a frame, and that frame.
#[derive(Debug, Serialize, Deserialize)]
pub struct FrameJob {
    /// Of this request; what the worker needs for it and is sent later has the same.
    pub id: u64,
    /// What is wanted.
    pub request: Box<Request>,
    /// In which frame.
    pub time: i64,
    /// The render that it is wanted for.
    pub run: Run,
    /// That frame.
    pub frame: SentFrame,
}

/// A frame as the plugin sends it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SentFrame {
    /// The pixels, or why there are none.
    pub pixels: Result<Pixels, SourceError>,
    /// What is said of them.
    pub provenance: Provenance,
}
