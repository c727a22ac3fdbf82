//! The five graphs that `models/export` writes; `airoto_export/graphs.py` says what each takes and
//! gives.

use super::contract;
use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::{self, Feed, Graph, Keep, Output, Placement};

/// The graphs, in the order of [`Native`]'s fields.
const GRAPHS: [&str; 5] =
    ["image_encoder", "memory_attention", "mask_decoder", "memory_encoder", "mask_downsample"];

/// Sessions of the five graphs.
pub(super) struct Native {
    sizes: Sizes,
    encoder: Graph,
    attention: Graph,
    decoder: Graph,
    memory: Graph,
    downsample: Graph,
    /// The mask input of a decoder that is given none.
    no_mask: Vec<f32>,
}

impl Native {
    /// Opens the graphs of `pack` and checks that they take and give what they should; `pointer` is
    /// the length of an object pointer.
    pub fn open(
        pack: &Pack,
        pointer: usize,
        device: Device,
        threads: usize,
    ) -> Result<(Self, Placement), ModelError> {
        let (graphs, placement) = runtime::open_graphs(pack, &GRAPHS, device, threads)?;
        let Ok([encoder, attention, decoder, memory, downsample]) = <[Graph; 5]>::try_from(graphs) else {
            return Err(ModelError::Internal("sam2: not all graphs were opened"));
        };
        let side = pack.manifest().input.width as usize;
        let sizes = contract::check([&encoder, &attention, &decoder, &memory, &downsample], side, pointer)
            .map_err(|reason| pack.refuse(reason))?;
        let no_mask = vec![0.0; sizes.quarter() * sizes.quarter()];
        Ok((Self { sizes, encoder, attention, decoder, memory, downsample, no_mask }, placement))
    }
}

/// The outputs of `graph` in an array.
fn outputs<const N: usize>(
    graph: &mut Graph,
    inputs: &[(&str, Feed)],
    wanted: [&str; N],
    keep: Keep,
) -> Result<[Output; N], ModelError> {
    let found = graph.run_for(inputs, &wanted, keep)?;
    found.try_into().map_err(|_| graph.failed("an output is missing".to_owned()))
}

/// A copy of the numbers of an output, which are to be `expected`.
fn numbers(graph: &Graph, name: &str, output: &Output, expected: usize) -> Result<Vec<f32>, ModelError> {
    let found = output.numbers().map_err(|reason| graph.failed(reason))?;
    if found.len() != expected {
        let reason = format!("output {name} has {} numbers, expected {expected}", found.len());
        return Err(graph.failed(reason));
    }
    Ok(found.to_vec())
}

impl Network for Native {
    fn sizes(&self) -> Sizes {
        self.sizes
    }

    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError> {
        let side = self.sizes.side;
        let names = ["high_res_feats_0", "high_res_feats_1", "pix_feat", "image_embed_init"];
        let inputs = [("image", Feed::F32(&[1, 3, side, side], image))];
        let [fine, middle, pixel, initial] = outputs(&mut self.encoder, &inputs, names, Keep::Device)?;
        Ok(Features { fine, middle, pixel, initial })
    }

    fn attend(&mut self, features: &Features, recall: &Recall) -> Result<Output, ModelError> {
        let (memories, pointers) = (recall.rows.len(), recall.distances.len());
        let inputs = [
            ("pix_feat", Feed::Output(&features.pixel)),
            ("mem_feats", Feed::F32(&[memories, self.sizes.tokens, self.sizes.channels], &recall.features)),
            ("mem_tpos", Feed::I64(&[memories], &recall.rows)),
            ("obj_ptrs", Feed::F32(&[pointers, self.sizes.pointer], &recall.pointers)),
            ("obj_ptr_tdiff", Feed::F32(&[pointers], &recall.distances)),
        ];
        let [image] = outputs(&mut self.attention, &inputs, ["image_embed"], Keep::Device)?;
        Ok(image)
    }

    fn decode(&mut self, features: &Features, image: Image, hints: Hints) -> Result<Decoded, ModelError> {
        let (quarter, points) = (self.sizes.quarter(), hints.points.len());
        let image = match image {
            Image::Initial => &features.initial,
            Image::Raw => &features.pixel,
            Image::Attended(image) => image,
        };
        let inputs = [
            ("image_embed", Feed::Output(image)),
            ("high_res_feats_0", Feed::Output(&features.fine)),
            ("high_res_feats_1", Feed::Output(&features.middle)),
            ("point_coords", Feed::F32(&[1, points, 2], hints.points.as_flattened())),
            ("point_labels", Feed::I64(&[1, points], hints.labels)),
            ("mask_input", Feed::F32(&[1, 1, quarter, quarter], hints.mask.unwrap_or(&self.no_mask))),
            ("has_mask_input", Feed::F32(&[1], &[f32::from(u8::from(hints.mask.is_some()))])),
        ];
        let names = ["masks", "iou", "obj_ptr", "object_score"];
        let [masks, iou, pointers, score] = outputs(&mut self.decoder, &inputs, names, Keep::Host)?;
        let count = contract::MASKS;
        let take = |name, output, expected| numbers(&self.decoder, name, output, expected);
        Ok(Decoded {
            masks: take("masks", &masks, count * quarter * quarter)?,
            iou: take("iou", &iou, count)?,
            pointers: take("obj_ptr", &pointers, count * self.sizes.pointer)?,
            score: take("object_score", &score, 1)?[0],
        })
    }

    fn memorise(&mut self, features: &Features, mask: &[f32], score: f32) -> Result<Vec<f32>, ModelError> {
        let side = self.sizes.side;
        let inputs = [
            ("pix_feat", Feed::Output(&features.pixel)),
            ("mask_for_mem", Feed::F32(&[1, 1, side, side], mask)),
            ("object_score", Feed::F32(&[1, 1], &[score])),
        ];
        let [memory] = outputs(&mut self.memory, &inputs, ["mem_feat"], Keep::Host)?;
        numbers(&self.memory, "mem_feat", &memory, self.sizes.memory())
    }

    fn downsample(&mut self, mask: &[f32]) -> Result<Vec<f32>, ModelError> {
        let (side, quarter) = (self.sizes.side, self.sizes.quarter());
        let inputs = [("mask", Feed::F32(&[1, 1, side, side], mask))];
        let [small] = outputs(&mut self.downsample, &inputs, ["mask_input"], Keep::Host)?;
        numbers(&self.downsample, "mask_input", &small, quarter * quarter)
    }
}
