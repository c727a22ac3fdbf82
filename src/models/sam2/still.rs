//! Public exports of SAM 2.1 and EdgeTAM for stills (onnx-community): two graphs without a memory.
//!
//! They find the object that clicks or a box describe, in the frame that was prompted. There is
//! nothing to remember it with, so no other frame is tracked.
//!
//! | graph | takes | gives |
//! |---|---|---|
//! | vision_encoder | pixel_values\[1,3,S,S\] | image_embeddings.0, image_embeddings.1, image_embeddings.2 |
//! | prompt_encoder_mask_decoder | the three, input_points\[1,1,n,2\], input_labels i64\[1,1,n\], input_boxes\[1,0,4\] | iou_scores, pred_masks, object_score_logits |

use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use super::ports::{expect, numbers, outputs};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::{self, Feed, Graph, Output, Placement, Tensor};

/// The graphs, in the order of [`Still`]'s fields.
const GRAPHS: [&str; 2] = ["vision_encoder", "prompt_encoder_mask_decoder"];
/// The features of a frame, fine to coarse.
const FEATURES: [&str; 3] = ["image_embeddings.0", "image_embeddings.1", "image_embeddings.2"];
const PROMPTS: [&str; 3] = ["input_points", "input_labels", "input_boxes"];
const FOUND: [&str; 3] = ["pred_masks", "iou_scores", "object_score_logits"];

/// Sessions of the two graphs.
pub(super) struct Still {
    pack: String,
    sizes: Sizes,
    encoder: Graph,
    decoder: Graph,
}

impl Still {
    /// Opens the graphs of `pack`; `pointer` is the length of the pointer that stands for none.
    pub fn open(
        pack: &Pack,
        pointer: usize,
        device: Device,
        threads: usize,
    ) -> Result<(Self, Placement), ModelError> {
        let (graphs, placement) = runtime::open_graphs(pack, &GRAPHS, device, threads)?;
        let Ok([encoder, decoder]) = <[Graph; 2]>::try_from(graphs) else {
            return Err(ModelError::Internal("sam2: not all graphs were opened"));
        };
        let takes: Vec<&str> = FEATURES.iter().chain(&PROMPTS).copied().collect();
        let sound = expect(&encoder, &["pixel_values"], &FEATURES);
        sound.and_then(|()| expect(&decoder, &takes, &FOUND)).map_err(|reason| pack.refuse(reason))?;
        let side = pack.manifest().input.width as usize;
        // A memory of one number, for the state machine has to ask for one to be refused.
        let sizes = Sizes { side, tokens: 1, channels: 1, pointer };
        Ok((Self { pack: pack.manifest().name.clone(), sizes, encoder, decoder }, placement))
    }

    fn no_memory<T>(&self) -> Result<T, ModelError> {
        Err(ModelError::Pack {
            pack: self.pack.clone(),
            reason: "it was exported for stills and has no memory: it finds the object in prompted frames \
                     and cannot propagate to others"
                .to_owned(),
        })
    }
}

impl Network for Still {
    fn sizes(&self) -> Sizes {
        self.sizes
    }

    fn propagates(&self) -> bool {
        false
    }

    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError> {
        let side = self.sizes.side;
        let inputs = [("pixel_values", Feed::F32(&[1, 3, side, side], image))];
        let [fine, middle, initial] = outputs(&mut self.encoder, &inputs, FEATURES)?;
        // What stands for "no memory" is in it already; nothing asks for the features without.
        let pixel = Output::Plain(Tensor { shape: vec![0], data: Vec::new() });
        Ok(Features { fine, middle, pixel, initial })
    }

    fn attend(&mut self, _: &Features, _: &Recall) -> Result<Output, ModelError> {
        self.no_memory()
    }

    fn decode(&mut self, features: &Features, _: Image, hints: Hints) -> Result<Decoded, ModelError> {
        // The point that is none, which the graph leaves out where it is given boxes, if only none.
        let places = [hints.points, &[[0.0; 2]]].concat();
        let labels = [hints.labels, &[-1]].concat();
        let (quarter, points) = (self.sizes.quarter(), places.len());
        let inputs = [
            (FEATURES[0], Feed::Output(&features.fine)),
            (FEATURES[1], Feed::Output(&features.middle)),
            (FEATURES[2], Feed::Output(&features.initial)),
            // A box goes as its two corners: the graph takes them for what their labels say.
            (PROMPTS[0], Feed::F32(&[1, 1, points, 2], places.as_flattened())),
            (PROMPTS[1], Feed::I64(&[1, 1, points], &labels)),
            (PROMPTS[2], Feed::F32(&[1, 0, 4], &[])),
        ];
        let [masks, iou, score] = outputs(&mut self.decoder, &inputs, FOUND)?;
        let iou = iou.numbers().map_err(|reason| self.decoder.failed(reason))?;
        let best = (0..iou.len()).max_by(|&a, &b| iou[a].total_cmp(&iou[b]).then(b.cmp(&a)));
        let best = best.ok_or_else(|| self.decoder.failed("it gave no mask".to_owned()))?;
        let area = quarter * quarter;
        let masks = numbers(&self.decoder, FOUND[0], &masks, iou.len() * area)?;
        Ok(Decoded {
            masks: masks[best * area..(best + 1) * area].to_vec(),
            iou: vec![iou[best]],
            pointers: vec![0.0; self.sizes.pointer],
            score: numbers(&self.decoder, FOUND[2], &score, 1)?[0],
        })
    }

    fn memorise(&mut self, _: &Features, _: &[f32], _: f32) -> Result<Vec<f32>, ModelError> {
        self.no_memory()
    }

    fn downsample(&mut self, _: &[f32]) -> Result<Vec<f32>, ModelError> {
        // A mask is its frame's matte; a pointer is made of it for other frames alone.
        Ok(vec![0.0; self.sizes.quarter() * self.sizes.quarter()])
    }
}
