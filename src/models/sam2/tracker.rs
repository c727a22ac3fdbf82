//! The state machine around the graphs.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::bank::{Bank, Entry, Feature, Limits};
use super::choose::{Choice, best, choose};
use super::constants::Constants;
use super::hints::hints_of;
use super::logits::{ABSENT, SURE, logits_of};
use super::memory::{bank, bank_mut};
use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use super::open::{FAMILIES, open_network, remark};
use super::pixels;
use super::saved::{self, Fit};
use crate::job::prompts::FramePrompt;
use crate::job::{Device, ModelInfo};
use crate::models::normalise::Normal;
use crate::models::pack::{Input, Pack};
use crate::models::runtime::Placement;
use crate::models::{Embedding, Memory, Model, ModelError, Prediction, Tracker};
use crate::raster::{Frame, Matte, resize};

/// Sides of inputs that are taken, in pixels; those of the public models are 512 and 1024.
const SIDES: std::ops::RangeInclusive<u32> = 64..=2048;

/// The tracker.
pub struct Sam2Tracker {
    info: ModelInfo,
    smaller: Option<String>,
    constants: Constants,
    sizes: Sizes,
    network: Box<dyn Network>,
    normal: Normal,
    // Inputs of the graphs, kept for their room.
    image: Vec<f32>,
    mask: Vec<f32>,
    recall: Recall,
}

/// A frame as the network sees it.
struct EmbeddedFrame {
    width: u32,
    height: u32,
    features: Features,
}

/// What [`Sam2Tracker::remember`] wants back of a frame.
struct ObjectState {
    /// Logits at a quarter of the input's side.
    logits: Vec<f32>,
    /// Whether the matte was given as a prompt, and is remembered as it is.
    given: bool,
    pointer: Arc<[f32]>,
    score: f32,
}

impl Sam2Tracker {
    /// Loads the graphs of `pack`.
    ///
    /// # Errors
    /// [`ModelError`] when the pack is of another family, damaged or not of the expected form, or
    /// ONNX Runtime is not there.
    pub fn open(pack: &Pack, device: Device, threads: usize) -> Result<Self, ModelError> {
        pack.expect_family(&FAMILIES)?;
        let constants: Constants = pack.constants()?;
        constants.check().map_err(|reason| pack.refuse(format!("constants: {reason}")))?;
        let Input { width, height, .. } = pack.manifest().input;
        if width != height || !width.is_multiple_of(16) || !SIDES.contains(&width) {
            let (least, most) = SIDES.into_inner();
            return Err(pack.refuse(format!(
                "input of {width} x {height} pixels, expected a square of {least} to {most} pixels, a multiple of 16"
            )));
        }
        let (network, Placement { device, note }) = open_network(pack, &constants, device, threads)?;
        let remarks = [note, remark(pack)];
        let note = remarks.into_iter().flatten().reduce(|a, b| format!("{a}; {b}"));
        let info = ModelInfo {
            name: pack.manifest().name.clone(),
            version: pack.marked_version(),
            device: device.label().to_owned(),
            note,
        };
        let smaller = pack.manifest().smaller.clone();
        Ok(Self { smaller, ..Self::new(info, constants, &pack.manifest().input, network) })
    }

    fn new(info: ModelInfo, constants: Constants, input: &Input, network: Box<dyn Network>) -> Self {
        let normal = Normal::new(input);
        let (image, mask, recall) = (Vec::new(), Vec::new(), Recall::default());
        Self { info, smaller: None, constants, sizes: network.sizes(), network, normal, image, mask, recall }
    }

    /// The object that a mask of the frame gives: the mask itself, with a pointer from the decoder.
    fn mask_prediction(&mut self, seen: &EmbeddedFrame, mask: &Matte) -> Result<Prediction, ModelError> {
        let present = pixels::cut(mask, self.sizes.side, &mut self.mask);
        let small = self.network.downsample(&self.mask)?;
        let hints = Hints { points: &[[0.0; 2]], labels: &[-1], mask: Some(&small) };
        let decoded = self.network.decode(&seen.features, Image::Raw, hints)?;
        // The decoder may not see what it is shown; what it says of that counts for the pointer alone.
        let seen_too = present && decoded.score > 0.0;
        let pointer = if seen_too { self.pointer(&decoded, best(&decoded.iou)) } else { self.no_pointer() };
        let (side, quarter) = (self.sizes.side as u32, self.sizes.quarter() as u32);
        let whole = Matte::new(side, side, self.mask.clone());
        let whole = whole.map_err(|_| ModelError::Internal("sam2: a mask lost its size"))?;
        let small = resize::matte(&whole, quarter, quarter).into_data();
        let logits = small.into_iter().map(|v| v * 2.0 * SURE - SURE).collect();
        let score = if present { SURE } else { -SURE };
        let state = ObjectState { logits, given: true, pointer, score };
        let state = Some(Arc::new(state) as _);
        Ok(Prediction { present, state, ..Prediction::new(mask.clone(), 1.0) })
    }

    /// The object that the decoder found, from `points` points.
    fn decoded_prediction(
        &self,
        seen: &EmbeddedFrame,
        decoded: &Decoded,
        points: usize,
        prompted: bool,
    ) -> Prediction {
        let score = decoded.score;
        let area = self.sizes.quarter() * self.sizes.quarter();
        if score <= 0.0 {
            let (logits, pointer) = (vec![ABSENT; area], self.no_pointer());
            let state = Some(Arc::new(ObjectState { logits, given: false, pointer, score }) as _);
            let nothing = Matte::filled(seen.width, seen.height, 0.0);
            return Prediction { state, ..Prediction::new(nothing, 0.0) };
        }
        let Choice { mask, pointer } =
            choose(&self.constants, &decoded.masks, &decoded.iou, points, prompted);
        let logits = decoded.masks[mask * area..(mask + 1) * area].to_vec();
        let matte = pixels::matte(&logits, self.sizes.quarter(), seen.width, seen.height);
        // The mask may be wrong, and so may the presence.
        let confidence = decoded.iou[mask].clamp(0.0, 1.0) / (1.0 + (-score).exp());
        let pointer = self.pointer(decoded, pointer);
        let state = Some(Arc::new(ObjectState { logits, given: false, pointer, score }) as _);
        Prediction { present: true, state, ..Prediction::new(matte, confidence) }
    }

    fn pointer(&self, decoded: &Decoded, index: usize) -> Arc<[f32]> {
        let length = self.sizes.pointer;
        Arc::from(&decoded.pointers[index * length..(index + 1) * length])
    }

    fn no_pointer(&self) -> Arc<[f32]> {
        Arc::from(self.constants.no_object_pointer.as_slice())
    }
}

fn embedded_frame(embedding: &Embedding) -> Result<&EmbeddedFrame, ModelError> {
    embedding.downcast_ref().ok_or(ModelError::Internal("sam2: the embedding belongs to another tracker"))
}

fn object_state(found: &Prediction) -> Result<&ObjectState, ModelError> {
    let state = found.state.as_ref().and_then(|s| s.downcast_ref());
    state.ok_or(ModelError::Internal("sam2: the prediction belongs to another tracker"))
}

/// The logits of a prediction of this family, for comparison with the reference: square, at a quarter
/// of the input's side.
#[must_use]
pub fn logits(prediction: &Prediction) -> Option<&[f32]> {
    object_state(prediction).ok().map(|found| found.logits.as_slice())
}

impl Model for Sam2Tracker {
    fn info(&self) -> ModelInfo {
        self.info.clone()
    }

    fn smaller(&self) -> Option<String> {
        self.smaller.clone()
    }
}

impl Tracker for Sam2Tracker {
    fn propagates(&self) -> bool {
        self.network.propagates()
    }

    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        let side = self.sizes.side;
        self.normal.planes(frame, (side as u32, side as u32), (side, side), &mut self.image);
        let features = self.network.encode(&self.image)?;
        Ok(Arc::new(EmbeddedFrame { width: frame.width(), height: frame.height(), features }))
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let seen = embedded_frame(embedding)?;
        if let Some(mask) = &prompt.mask {
            return self.mask_prediction(seen, mask);
        }
        let (points, labels) = hints_of(prompt, (seen.width, seen.height), self.sizes.side);
        if points.is_empty() {
            return Err(ModelError::Prompt(
                "a prompt without clicks, box or mask, expected one of them".to_owned(),
            ));
        }
        let earlier = earlier.map(|matte| logits_of(matte, self.sizes.quarter()));
        let hints = Hints { points: &points, labels: &labels, mask: earlier.as_deref() };
        let decoded = self.network.decode(&seen.features, Image::Initial, hints)?;
        Ok(self.decoded_prediction(seen, &decoded, points.len(), true))
    }

    fn memory(&self, frames: Option<usize>) -> Box<dyn Memory> {
        Box::new(Bank::new(Limits::new(&self.constants, frames)))
    }

    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        let fit = Fit {
            memory: self.sizes.memory(),
            pointer: self.sizes.pointer,
            precision: self.constants.memory_precision,
            limits: Limits::new(&self.constants, None),
        };
        Some(Box::new(saved::decode(saved, &fit)?))
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        let (seen, bank, found, matte) =
            (embedded_frame(embedding)?, bank_mut(memory)?, object_state(found)?, &found.matte);
        let Constants { mask_scale: scale, mask_bias: bias, memory_precision, .. } = self.constants;
        if found.given {
            pixels::cut(matte, self.sizes.side, &mut self.mask);
            self.mask.iter_mut().for_each(|v| *v = *v * scale + bias);
        } else {
            let side = self.sizes.quarter();
            pixels::remembered(&found.logits, side, prompted, (scale, bias), &mut self.mask);
        }
        let feature = self.network.memorise(&seen.features, &self.mask, found.score)?;
        let feature = Some(Arc::new(Feature::new(feature, memory_precision)));
        let entry = Entry { time, feature, pointer: found.pointer.clone() };
        if prompted {
            bank.remember_prompted(entry);
        } else {
            bank.remember_recent(entry);
        }
        Ok(())
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        let (seen, bank) = (embedded_frame(embedding)?, bank(memory)?);
        if bank.is_empty() {
            return Err(ModelError::Internal("sam2: the memory is empty"));
        }
        bank.recall(time, &mut self.recall);
        let image = self.network.attend(&seen.features, &self.recall)?;
        let hints = Hints { points: &[[0.0; 2]], labels: &[-1], mask: None };
        let decoded = self.network.decode(&seen.features, Image::Attended(&image), hints)?;
        Ok(self.decoded_prediction(seen, &decoded, 0, false))
    }
}
