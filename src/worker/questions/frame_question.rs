//! A question about a frame: the request, and what is sent for it of the plugin's footage.

use crate::job::{FrameSource, Request, Run, SourceError};
use crate::raster::Matte;
use crate::worker::messages::{FrameJob, Need, Pixels, PixelsError, SentFrame, ToWorker};

/// The request and the footage that it is about. Frames are taken on the thread that asks.
pub struct FrameQuestion<'a> {
    /// What is wanted.
    pub request: &'a Request,
    /// In which frame.
    pub time: i64,
    /// The footage.
    pub source: &'a mut dyn FrameSource,
}

impl FrameQuestion<'_> {
    /// The request under the number `id`, for `run`. Its frame is always needed: what the tracker sees is known by
    /// its pixels.
    pub fn job(&mut self, id: u64, run: Run) -> FrameJob {
        let frame = self.frame(self.time);
        FrameJob { id, request: Box::new(self.request.clone()), time: self.time, run, frame }
    }

    /// What the worker needs for the request of the number `id`.
    pub fn supply(&mut self, id: u64, need: Need) -> ToWorker {
        match need {
            Need::Frame(time) => ToWorker::Frame { id, frame: self.frame(time) },
            Need::Mask(time) => {
                let pack = |matte: &Matte| Pixels::of_matte(matte).map_err(failed);
                let mask = self.source.mask(time).and_then(|matte| matte.as_ref().map(pack).transpose());
                ToWorker::Mask { id, mask }
            }
            Need::Stamps(frames) => ToWorker::Stamps { id, stamps: self.source.stamps(frames) },
            Need::MaskStamps(frames) => ToWorker::Stamps { id, stamps: self.source.mask_stamps(frames) },
        }
    }

    fn frame(&mut self, time: i64) -> SentFrame {
        let pixels = self.source.frame(time).and_then(|frame| Pixels::of_frame(&frame).map_err(failed));
        SentFrame { pixels, provenance: self.source.provenance(time) }
    }
}

fn failed(error: PixelsError) -> SourceError {
    SourceError::Failed(error.to_string())
}
