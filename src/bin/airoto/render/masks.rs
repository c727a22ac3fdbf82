//! Masks of a sequence, each of which is a prompt on its frame: the host's Mask clip.

use airoto::host::{
    ClipInfo, ClipSource, Components, Depth, FrameStamp, HostImage, ImageError, Instance, RowBytes,
};
use airoto::io::{self, Sequence};
use airoto::job::MaskKeys;
use airoto::params;

use crate::input::InputSequence;
use crate::{Failure, stamp};

/// The masks of a sequence that lie on frames of the footage.
pub struct MaskSequence {
    sequence: Sequence,
    size: (u32, u32),
    frames: Vec<i64>,
    /// How many lie on none.
    beyond: usize,
}

impl MaskSequence {
    /// Finds the files of `text` on the frames of `footage`, and checks their sizes by their headers.
    pub fn open(text: &str, footage: &InputSequence) -> Result<Self, Failure> {
        let sequence = Sequence::find(text)?;
        let (first, last) = footage.range();
        let all = sequence.frames().count();
        let frames: Vec<i64> = sequence.frames().filter(|frame| (first..=last).contains(frame)).collect();
        if frames.is_empty() {
            let (from, to) = sequence.range();
            return Err(Failure::new(format!(
                "the masks {text} have frames {from} to {to}, none of which is a frame of the footage, {first} to {last}"
            )));
        }
        let size = footage.size();
        for &frame in &frames {
            let path = sequence.path(frame)?;
            let found = io::size(&path)?;
            if found != size {
                return Err(Failure::new(format!(
                    "the mask {} is {}x{} pixels, the footage is {}x{}",
                    path.display(),
                    found.0,
                    found.1,
                    size.0,
                    size.1
                )));
            }
        }
        Ok(Self { sequence, size, beyond: all - frames.len(), frames })
    }

    /// The frames that have one.
    pub fn keys(&self) -> MaskKeys {
        MaskKeys::Listed(self.frames.clone())
    }

    /// Says what is not used.
    pub fn note(&self) -> Option<String> {
        let (first, last) = self.sequence.range();
        (self.beyond > 0).then(|| {
            format!(
                "masks that are on no frame of the footage are not used: {} of those of frames {first} to {last}",
                self.beyond
            )
        })
    }

    /// Has the node prompt by the clip, which is connected to its Mask input.
    pub fn tell(&self, instance: &Instance) -> Result<(), Failure> {
        let frames: Vec<String> = self.frames.iter().map(i64::to_string).collect();
        instance.set_param(params::MASK_USE, "prompt")?;
        instance.set_param(params::MASK_KEYS, "listed")?;
        Ok(instance.set_param(params::MASK_FRAMES, frames.join(", ").as_str())?)
    }
}

impl ClipSource for MaskSequence {
    fn info(&self) -> ClipInfo {
        let (first, last) = self.sequence.range();
        ClipInfo::new(self.size.0, self.size.1, first, last, Components::Alpha, Depth::Float)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let failed = |e: String| ImageError(e);
        let Ok(path) = self.sequence.path(time.round() as i64) else { return Ok(None) };
        let matte = io::read_matte(&path).map_err(|e| failed(e.to_string()))?;
        let rgba: Vec<f32> = matte.data().iter().flat_map(|v| [*v; 4]).collect();
        let (width, height) = (matte.width(), matte.height());
        let image =
            HostImage::from_rgba(width, height, &rgba, Components::Alpha, Depth::Float, RowBytes::Tight);
        image.map(Some).map_err(|e| failed(e.to_string()))
    }

    fn stamp(&self, time: f64) -> FrameStamp {
        let frame = time.round() as i64;
        let path = self.sequence.path(frame);
        path.map_or(FrameStamp::NotNow, |path| stamp::of_file(&path, frame, "mask"))
    }
}
