//! What the plugin and the worker process say to each other. Pixels go through shared memory.

use std::sync::Arc;

use ipc_channel::ipc::{IpcSender, IpcSharedMemory};
use serde::{Deserialize, Serialize};

use super::Stats;
use crate::job::{
    DetectRequest, Detections, EngineSettings, FrameState, JobError, ModelInfo, Note, ObjectMatte,
    Provenance, Request, Run, SourceError, Stamp, TrackedFrame,
};
use crate::raster::{Elsewhere, Frame, Matte, RectI, SizeError};

/// Changes whenever a message does.
const PROTOCOL: u32 = 6;

/// What both sides must agree on.
#[must_use]
pub fn version() -> String {
    format!("{} (protocol {PROTOCOL})", env!("CARGO_PKG_VERSION"))
}

/// From the plugin. The worker ends when the channel is closed, too.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// What it may use; before anything else.
    Configure(EngineSettings),
    /// A frame is wanted.
    Track {
        /// Of this request.
        id: u64,
        /// What is wanted.
        request: Box<Request>,
        /// Of which frame.
        time: i64,
        /// The render that it is wanted for.
        run: Run,
        /// The pixels of that frame, or why there are none.
        frame: Result<Pixels, SourceError>,
        /// What is said of it.
        provenance: Provenance,
        /// Where the answer goes.
        reply: IpcSender<FromWorker>,
    },
    /// What is known of frames is asked for; nothing is computed.
    Known {
        /// Of this request.
        id: u64,
        /// What would be wanted.
        request: Box<Request>,
        /// Of which frame there are pixels.
        time: i64,
        /// First and last frame that is asked about.
        frames: (i64, i64),
        /// The pixels, or why there are none.
        frame: Result<Pixels, SourceError>,
        /// What is said of that frame.
        provenance: Provenance,
        /// Where the answer goes.
        reply: IpcSender<FromWorker>,
    },
    /// What a text names is looked for in a frame.
    Detect {
        /// What is looked for.
        request: Box<DetectRequest>,
        /// The pixels of the frame.
        frame: Pixels,
        /// Where the answer goes.
        reply: IpcSender<FromWorker>,
    },
    /// The answer to [`FromWorker::NeedFrame`].
    Frame {
        /// Of the request.
        id: u64,
        /// The pixels, or why there are none.
        frame: Result<Pixels, SourceError>,
        /// What is said of the frame.
        provenance: Provenance,
    },
    /// The answer to [`FromWorker::NeedStamps`].
    Stamps {
        /// Of the request.
        id: u64,
        /// What tells of each frame whether it is as it was, or why that is not known.
        stamps: Result<Vec<Option<Stamp>>, SourceError>,
    },
    /// The answer to [`FromWorker::NeedMask`].
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
        reply: IpcSender<Stats>,
    },
}

/// From the worker, about one request.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The frame at this time is needed.
    NeedFrame(i64),
    /// The Mask input at this time is needed.
    NeedMask(i64),
    /// The stamps of the frames from the first to the last of these are needed.
    NeedStamps((i64, i64)),
    /// Something to tell the user.
    Note(Note),
    /// The frame that was wanted.
    Done(Answer),
    /// What is known of the frames that were asked about.
    States(Vec<FrameState>),
    /// What a text names, in the frame that was sent.
    Detections(Detections),
    /// Why there is none.
    Failed(JobError),
}

/// A frame in shared memory, three bytes a pixel, or what is not 0 of a matte, an `f32` of this machine a
/// pixel.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pixels {
    width: u32,
    height: u32,
    /// Left, top, right, bottom of what is in the memory.
    part: [i32; 4],
    data: IpcSharedMemory,
}

/// Shared memory as the bytes of a frame.
struct Bytes(IpcSharedMemory);

impl Elsewhere for Bytes {}

/// `frame` with its bytes in memory that a worker can be given without a copy; as it is where there is none
/// to be had.
#[must_use]
pub fn in_shared_memory(frame: Frame) -> Frame {
    let there = shared(frame.data()).ok();
    let moved =
        there.and_then(|data| Frame::shared(frame.width(), frame.height(), Arc::new(Bytes(data))).ok());
    moved.unwrap_or(frame)
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Shared memory cannot be had, or it is not what was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PixelsError {
    /// The system gives none.
    #[error("there is no shared memory for {0} bytes")]
    NoMemory(usize),
    /// The size does not fit.
    #[error(transparent)]
    Size(#[from] SizeError),
}

/// Shared memory with `bytes` in it. The transport panics when the system gives none.
fn shared(bytes: &[u8]) -> Result<IpcSharedMemory, PixelsError> {
    std::panic::catch_unwind(|| IpcSharedMemory::from_bytes(bytes))
        .map_err(|_| PixelsError::NoMemory(bytes.len()))
}

impl Pixels {
    /// Of a frame.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn of_frame(frame: &Frame) -> Result<Self, PixelsError> {
        let (width, height) = (frame.width(), frame.height());
        let RectI { x0, y0, x1, y1 } = RectI::of_size(width, height);
        let there = frame.elsewhere().and_then(|bytes| bytes.downcast_ref::<Bytes>());
        let data = match there {
            Some(Bytes(memory)) => memory.clone(),
            None => shared(frame.data())?,
        };
        Ok(Self { width, height, part: [x0, y0, x1, y1], data })
    }

    /// Of a matte.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn of_matte(matte: &Matte) -> Result<Self, PixelsError> {
        let RectI { x0, y0, x1, y1 } = matte.tight();
        let data = shared(bytemuck::cast_slice(&matte.cut(RectI::new(x0, y0, x1, y1))))?;
        Ok(Self { width: matte.width(), height: matte.height(), part: [x0, y0, x1, y1], data })
    }

    /// As a frame, whose bytes stay where they are.
    ///
    /// # Errors
    /// [`PixelsError::Size`] when it is none.
    pub fn frame(self) -> Result<Arc<Frame>, PixelsError> {
        Ok(Arc::new(Frame::shared(self.width, self.height, Arc::new(Bytes(self.data)))?))
    }

    /// As a matte.
    ///
    /// # Errors
    /// [`PixelsError::Size`] when it is none.
    pub fn matte(self) -> Result<Matte, PixelsError> {
        let [x0, y0, x1, y1] = self.part;
        // What is too short for the last value is found by the size.
        let whole = self.data.len() / 4 * 4;
        let data: Vec<f32> = bytemuck::pod_collect_to_vec(&self.data[..whole]);
        Ok(Matte::placed(self.width, self.height, RectI::new(x0, y0, x1, y1), &data)?)
    }
}

/// A tracked frame on its way.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    objects: Vec<Object>,
    tracker: [String; 3],
    note: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Object {
    name: String,
    matte: Pixels,
    confidence: f32,
    pinned: bool,
    present: bool,
    trimap: Option<Pixels>,
    blur: Option<[Pixels; 2]>,
}

impl Answer {
    /// Packs a frame.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn pack(frame: &TrackedFrame) -> Result<Self, PixelsError> {
        let object = |o: &ObjectMatte| {
            Ok(Object {
                name: o.name.clone(),
                matte: Pixels::of_matte(&o.matte)?,
                confidence: o.confidence,
                pinned: o.pinned,
                present: o.present,
                trimap: o.trimap.as_ref().map(Pixels::of_matte).transpose()?,
                blur: match &o.blur {
                    Some([x, y]) => Some([Pixels::of_matte(x)?, Pixels::of_matte(y)?]),
                    None => None,
                },
            })
        };
        let info = &frame.tracker;
        Ok(Self {
            objects: frame.objects.iter().map(object).collect::<Result<_, PixelsError>>()?,
            tracker: [info.name.clone(), info.version.clone(), info.device.clone()],
            note: info.note.clone(),
        })
    }

    /// Unpacks a frame.
    ///
    /// # Errors
    /// [`PixelsError::Size`] when a matte is not what was said.
    pub fn unpack(self) -> Result<TrackedFrame, PixelsError> {
        let object = |o: Object| {
            Ok(ObjectMatte {
                name: o.name,
                matte: o.matte.matte()?,
                confidence: o.confidence,
                pinned: o.pinned,
                present: o.present,
                trimap: o.trimap.map(Pixels::matte).transpose()?,
                blur: match o.blur {
                    Some([x, y]) => Some([x.matte()?, y.matte()?]),
                    None => None,
                },
            })
        };
        let [name, version, device] = self.tracker;
        Ok(TrackedFrame {
            objects: self.objects.into_iter().map(object).collect::<Result<_, PixelsError>>()?,
            tracker: ModelInfo { name, version, device, note: self.note },
        })
    }
}
