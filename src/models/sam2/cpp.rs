//! The public export of SAM 2.1 by sam2-onnx-cpp: four graphs. What the reference code does between
//! them is [`Parts`] of the pack.
//!
//! S, g, C and P are those of [`super::network`]; m, p and n count memories, pointers and points.
//!
//! | graph | takes | gives |
//! |---|---|---|
//! | image_encoder | input\[1,3,S,S\] | high_res_features1, high_res_features2, current_vision_feat\[1,P,g,g\] or \[g g,1,P\], vision_pos_embed\[g g,1,P\], and another |
//! | image_decoder | point_coords\[1,n,2\], point_labels\[1,n\], image_embed, high_res_feats_0, high_res_feats_1 | obj_ptr\[1,P\], pred_mask\[1,1,S/4,S/4\], mask_for_mem |
//! | memory_attention | current_vision_feat, current_vision_pos_embed, memory_0\[p,P\], memory_1\[m,C,g,g\], memory_pos_embed\[m g g + p P/C,1,C\]; some: obj_ptr_offsets\[p\], without places of pointers in memory_pos_embed | fused_feat\[1,P,g,g\] |
//! | memory_encoder | mask_for_mem\[1,1,S,S\], pix_feat | maskmem_features\[1,C,g,g\], maskmem_pos_enc\[g g,1,C\], and another |
//!
//! How near this comes to the reference:
//!
//! - The decoder gives the best of three masks of any prompt, with its pointer. That is what the
//!   reference takes of one click and of every frame that is propagated to. A box and several clicks
//!   have a mask of their own there, which these graphs cannot be asked for.
//! - Whether the object is seen is no output, but it is in the mask: where it is not, the graph has
//!   set every logit to [`ABSENT`] and given the pointer that stands for no object.
//! - The predicted overlap is no output. How little the mask changes when it is cut a little higher
//!   or lower stands in for it; it is the confidence, and chooses nothing.
//! - The decoder takes no mask. The pointer of a mask prompt is that of the mask's box, and clicks
//!   that correct a track are decoded without the mask that they correct.
//! - The memory encoder takes logits and does its own sigmoid, scale and offset. So it is fed the
//!   logits whose outcome is the mask that the reference encodes.

use super::choose::stability;
use super::constants::Constants;
use super::logits::{ABSENT, SURE};
use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use super::parts::{CELL, Parts, turned};
use super::ports::{Numbers, Whole, channels, expect, input, numbers, output, outputs, side as side_of};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::{self, Feed, Graph, Output, Placement, Tensor};

/// The graphs, in the order of [`Cpp`]'s fields.
const GRAPHS: [&str; 4] = ["image_encoder", "image_decoder", "memory_attention", "memory_encoder"];
/// Their inputs and the outputs that are used.
const PORTS: [(&[&str], &[&str]); 4] = [
    (&["input"], &["high_res_features1", "high_res_features2", "current_vision_feat", "vision_pos_embed"]),
    (
        &["point_coords", "point_labels", "image_embed", "high_res_feats_0", "high_res_feats_1"],
        &["obj_ptr", "pred_mask"],
    ),
    (
        &["current_vision_feat", "current_vision_pos_embed", "memory_0", "memory_1", "memory_pos_embed"],
        &["fused_feat"],
    ),
    (&["mask_for_mem", "pix_feat"], &["maskmem_features", "maskmem_pos_enc"]),
];
/// What memory attention takes beside those, if it places the pointers itself.
const OFFSETS: &str = "obj_ptr_offsets";
/// Distance from zero of the two cuts whose overlap stands for the predicted one, in logits: the
/// offset of the stability score of Segment Anything.
const CUT: f32 = 1.0;
/// Logits beyond this one are as sure as 32 bits can say.
const CERTAIN: f32 = 30.0;

/// Sessions of the four graphs.
pub(super) struct Cpp {
    sizes: Sizes,
    parts: Parts,
    encoder: Graph,
    decoder: Graph,
    attention: Graph,
    memory: Graph,
    /// The kind of number that labels are.
    labels: Whole,
    /// Whether the encoder gives the features of a frame with the channels last.
    turned: bool,
    /// Frames for a distance of one, where memory attention places the pointers itself.
    frames: Option<f32>,
    /// Factor and offset of the mask that is remembered.
    scale: (f32, f32),
    /// The encoding of the frame's places, g g x P; of no frame in particular.
    position: Vec<f32>,
    /// The encoding of a memory's places, g g x C; computed when it is first needed.
    memory_position: Vec<f32>,
}

impl Cpp {
    /// Opens the graphs of `pack`.
    pub fn open(
        pack: &Pack,
        parts: Parts,
        constants: &Constants,
        device: Device,
        threads: usize,
    ) -> Result<(Self, Placement), ModelError> {
        let pointer = constants.no_object_pointer.len();
        let (graphs, placement) = runtime::open_graphs(pack, &GRAPHS, device, threads)?;
        for (graph, (inputs, outputs)) in graphs.iter().zip(PORTS) {
            let more = input(graph, OFFSETS).map(|_| OFFSETS);
            let inputs: Vec<&str> = inputs.iter().copied().chain(more).collect();
            expect(graph, &inputs, outputs).map_err(|error| pack.refuse(error))?;
        }
        let Ok([encoder, decoder, attention, memory]) = <[Graph; 4]>::try_from(graphs) else {
            return Err(ModelError::Internal("sam2: not all graphs were opened"));
        };
        let side = pack.manifest().input.width as usize;
        let channels = channels(&memory, "maskmem_features").map_err(|error| pack.refuse(error))?;
        parts.check(channels, pointer, constants.memories).map_err(|error| pack.refuse(error))?;
        if let Some(points) = input(&decoder, "point_coords").and_then(|port| side_of(&port, 1)) {
            return Err(pack.refuse(format!(
                "graph {}: point_coords for {points} points, expected any number of them",
                decoder.name()
            )));
        }
        if constants.mask_scale == 0.0 {
            return Err(pack.refuse("mask_scale is 0, expected another value with these graphs"));
        }
        let opened = Self {
            sizes: Sizes { side, tokens: (side / 16).pow(2), channels, pointer },
            parts,
            labels: Whole::of(&decoder, "point_labels"),
            turned: output(&encoder, "current_vision_feat").is_some_and(|port| port.shape.len() == 3),
            frames: input(&attention, OFFSETS).map(|_| (constants.max_pointers - 1) as f32),
            scale: (constants.mask_scale, constants.mask_bias),
            encoder,
            decoder,
            attention,
            memory,
            position: Vec::new(),
            memory_position: Vec::new(),
        };
        Ok((opened, placement))
    }

    fn grid(&self) -> usize {
        self.sizes.side / 16
    }

    /// What the memory encoder gives for logits, C x g x g.
    fn encoded(&mut self, pixel: &Output, logits: &[f32]) -> Result<Vec<f32>, ModelError> {
        let Sizes { side, tokens, channels, .. } = self.sizes;
        let inputs =
            [("mask_for_mem", Feed::F32(&[1, 1, side, side], logits)), ("pix_feat", Feed::Output(pixel))];
        let names = ["maskmem_features", "maskmem_pos_enc"];
        let [found, place] = outputs(&mut self.memory, &inputs, names)?;
        if self.memory_position.is_empty() {
            self.memory_position = numbers(&self.memory, names[1], &place, tokens * channels)?.to_vec();
        }
        Ok(numbers(&self.memory, names[0], &found, channels * tokens)?.to_vec())
    }

    /// The points of a prompt: the box of the mask where a mask is all that there is.
    fn points(&self, hints: &Hints) -> (Vec<[f32; 2]>, Vec<i64>) {
        let alone = hints.labels.iter().all(|label| *label < 0);
        match hints.mask.filter(|_| alone).and_then(|mask| corners(mask, self.sizes.quarter())) {
            Some(corners) => (corners.to_vec(), vec![2, 3]),
            None => (hints.points.to_vec(), hints.labels.to_vec()),
        }
    }
}

/// The corners, in pixels of S, of what is above zero in a mask of `side` x `side` at S/4.
fn corners(mask: &[f32], side: usize) -> Option<[[f32; 2]; 2]> {
    let inside = || mask.iter().enumerate().filter(|(_, v)| **v > 0.0).map(|(i, _)| (i % side, i / side));
    let (left, right) = (inside().map(|at| at.0).min()?, inside().map(|at| at.0).max()?);
    let (top, bottom) = (inside().map(|at| at.1).min()?, inside().map(|at| at.1).max()?);
    let corner = |x: usize, y: usize| [(x * CELL) as f32, (y * CELL) as f32];
    Some([corner(left, top), corner(right + 1, bottom + 1)])
}

/// The logits that sigmoid, scale and offset make a remembered mask of.
fn before_sigmoid(mask: &[f32], (scale, bias): (f32, f32)) -> Vec<f32> {
    let logit = |v: &f32| {
        let share = ((v - bias) / scale).clamp(0.0, 1.0);
        (share / (1.0 - share)).ln().clamp(-CERTAIN, CERTAIN)
    };
    mask.iter().map(logit).collect()
}

impl Network for Cpp {
    fn sizes(&self) -> Sizes {
        self.sizes
    }

    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError> {
        let (grid, Sizes { side, tokens, pointer, .. }) = (self.grid(), self.sizes);
        let names = ["high_res_features1", "high_res_features2", "current_vision_feat", "vision_pos_embed"];
        let inputs = [("input", Feed::F32(&[1, 3, side, side], image))];
        let [fine, middle, found, place] = outputs(&mut self.encoder, &inputs, names)?;
        // What stands for "no memory" is in it; it is in another output of some exports and not of others.
        let found = numbers(&self.encoder, names[2], &found, pointer * tokens)?;
        let initial = if self.turned { turned(found, tokens, pointer) } else { found.to_vec() };
        let planes = initial.chunks_exact(tokens).zip(&self.parts.no_memory);
        let pixel = planes.flat_map(|(plane, add)| plane.iter().map(move |v| v - add)).collect();
        let shape = || vec![1, pointer, grid, grid];
        if self.position.is_empty() {
            self.position = numbers(&self.encoder, names[3], &place, tokens * pointer)?.to_vec();
        }
        let pixel = Output::Plain(Tensor { shape: shape(), data: pixel });
        let initial = Output::Plain(Tensor { shape: shape(), data: initial });
        Ok(Features { fine, middle, pixel, initial })
    }

    fn attend(&mut self, features: &Features, recall: &Recall) -> Result<Output, ModelError> {
        if self.memory_position.is_empty() {
            // The same for every memory, so that any tells.
            self.encoded(&features.pixel, &vec![0.0; self.sizes.side * self.sizes.side])?;
        }
        let (grid, Sizes { tokens, channels, pointer, .. }) = (self.grid(), self.sizes);
        let (memories, pointers) = (recall.rows.len(), recall.distances.len());
        let mut places = self.parts.memory_positions(&self.memory_position, channels, &recall.rows);
        let offsets: Vec<f32> = match self.frames {
            Some(frames) => recall.distances.iter().map(|v| v * frames).collect(),
            None => {
                places.extend(self.parts.pointer_positions(&recall.distances, channels, pointer));
                Vec::new()
            }
        };
        let (frame, all) = ([tokens, 1, pointer], [places.len() / channels, 1, channels]);
        let (count, loose, spatial) = ([pointers], [pointers, pointer], [memories, channels, grid, grid]);
        let mut inputs = vec![
            // What stands for "no memory" is taken off again inside.
            ("current_vision_feat", Feed::Output(&features.initial)),
            ("current_vision_pos_embed", Feed::F32(&frame, &self.position)),
            ("memory_0", Feed::F32(&loose, &recall.pointers)),
            ("memory_1", Feed::F32(&spatial, &recall.features)),
            ("memory_pos_embed", Feed::F32(&all, &places)),
        ];
        if self.frames.is_some() {
            inputs.push((OFFSETS, Feed::F32(&count, &offsets)));
        }
        let [found] = outputs(&mut self.attention, &inputs, ["fused_feat"])?;
        numbers(&self.attention, "fused_feat", &found, pointer * tokens)?;
        Ok(found)
    }

    fn decode(&mut self, features: &Features, image: Image, hints: Hints) -> Result<Decoded, ModelError> {
        let (quarter, pointer) = (self.sizes.quarter(), self.sizes.pointer);
        let image = match image {
            Image::Initial => &features.initial,
            Image::Raw => &features.pixel,
            Image::Attended(image) => image,
        };
        let (points, labels) = self.points(&hints);
        let (count, labels) = (points.len(), Numbers::new(&labels));
        let row = [1, count];
        let inputs = [
            ("point_coords", Feed::F32(&[1, count, 2], points.as_flattened())),
            ("point_labels", labels.feed(self.labels, &row)),
            ("image_embed", Feed::Output(image)),
            ("high_res_feats_0", Feed::Output(&features.fine)),
            ("high_res_feats_1", Feed::Output(&features.middle)),
        ];
        let names = ["obj_ptr", "pred_mask"];
        let [pointers, mask] = outputs(&mut self.decoder, &inputs, names)?;
        let mask = numbers(&self.decoder, names[1], &mask, quarter * quarter)?;
        let seen = mask.iter().any(|v| *v > ABSENT);
        Ok(Decoded {
            masks: mask.to_vec(),
            iou: vec![if seen { stability(mask, CUT) } else { 0.0 }],
            pointers: numbers(&self.decoder, names[0], &pointers, pointer)?.to_vec(),
            score: if seen { SURE } else { -SURE },
        })
    }

    fn memorise(&mut self, features: &Features, mask: &[f32], score: f32) -> Result<Vec<f32>, ModelError> {
        let logits = before_sigmoid(mask, self.scale);
        let mut memory = self.encoded(&features.pixel, &logits)?;
        // Older exports take every frame for one in which the object is hidden, newer ones none.
        let add = f32::from(u8::from(score <= 0.0)) - f32::from(u8::from(self.parts.always_occluded));
        if add != 0.0 {
            for (plane, occluded) in memory.chunks_exact_mut(self.sizes.tokens).zip(&self.parts.occluded) {
                plane.iter_mut().for_each(|v| *v += add * occluded);
            }
        }
        Ok(memory)
    }

    /// No graph takes it: it says where the mask is, for [`Self::decode`] to put a box around.
    fn downsample(&mut self, mask: &[f32]) -> Result<Vec<f32>, ModelError> {
        let (side, quarter) = (self.sizes.side, self.sizes.quarter());
        let cell = |i: usize| {
            let start = CELL * (i / quarter * side + i % quarter);
            let rows = (0..CELL).map(|y| &mask[start + y * side..start + y * side + CELL]);
            if rows.flatten().any(|v| *v > 0.5) { SURE } else { -SURE }
        };
        Ok((0..quarter * quarter).map(cell).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_goes_around_all_that_is_inside() {
        let mut mask = vec![-1.0; 8 * 8];
        assert_eq!(corners(&mask, 8), None);
        mask[2 * 8 + 5] = 1.0;
        mask[6 * 8 + 1] = 1.0;
        assert_eq!(corners(&mask, 8), Some([[4.0, 8.0], [24.0, 28.0]]));
    }

    #[test]
    fn what_the_encoder_makes_of_the_logits_is_the_mask() {
        let mask = [-10.0_f32, -9.5, 0.0, 3.0, 9.999, 10.0];
        let made = |logit: &f32| 20.0 / (1.0 + (-logit).exp()) - 10.0;
        let found: Vec<f32> = before_sigmoid(&mask, (20.0, -10.0)).iter().map(made).collect();
        for (a, b) in found.iter().zip(mask) {
            assert!((a - b).abs() < 1e-4, "{a}, expected {b}");
        }
    }
}
