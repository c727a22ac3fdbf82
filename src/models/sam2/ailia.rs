//! The public export of SAM 2 by ailia: six graphs, between which the reference code does sums that
//! are [`Parts`] of the pack.
//!
//! S, g, C and P are those of [`super::network`]; m and p count memories and pointers.
//!
//! | graph | takes | gives |
//! |---|---|---|
//! | image_encoder | input_image | backbone_fpn_0, backbone_fpn_1, backbone_fpn_2, vision_pos_enc_2, and others |
//! | prompt_encoder | coords, labels, masks\[1,S/4,S/4\], masks_enable | sparse_embeddings, dense_embeddings, dense_pe |
//! | mask_decoder | image_embeddings, image_pe, sparse_prompt_embeddings, dense_prompt_embeddings, high_res_features1, high_res_features2 | masks, iou_pred, sam_tokens_out, object_score_logits |
//! | memory_attention | curr\[g g,1,P\], memory_1\[m g g,1,C\], memory_2\[p P/C,1,C\], curr_pos, memory_pos_1, memory_pos_2; some: attention_mask_1 bool\[m g g,1\], attention_mask_2 bool\[p P/C,1\] | pix_feat\[g g,1,P\] |
//! | memory_encoder | pix_feat, masks\[1,1,S,S\] | vision_features\[1,C,g,g\], vision_pos_enc |
//! | mlp | x\[n,P\] | x_out |
//!
//! An attention mask is true where a token is one, false where it fills up a memory of fixed length:
//! graphs with masks may have been made for so many memories and no other number, see [`Room`].

use std::borrow::Cow;
use std::ops::Range;

use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use super::parts::{Parts, turned};
use super::ports::{Numbers, Whole, channels, expect, input, numbers, outputs, side};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::pack::Pack;
use crate::models::runtime::{self, Feed, Graph, Output, Placement, Tensor};

/// The graphs, in the order of [`Ailia`]'s fields.
const GRAPHS: [&str; 6] =
    ["image_encoder", "prompt_encoder", "mask_decoder", "memory_attention", "memory_encoder", "mlp"];
/// Their inputs and the outputs that are used.
const PORTS: [(&[&str], &[&str]); 6] = [
    (&["input_image"], &["backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2", "vision_pos_enc_2"]),
    (&["coords", "labels", "masks", "masks_enable"], &["sparse_embeddings", "dense_embeddings", "dense_pe"]),
    (
        &[
            "image_embeddings",
            "image_pe",
            "sparse_prompt_embeddings",
            "dense_prompt_embeddings",
            "high_res_features1",
            "high_res_features2",
        ],
        &["masks", "iou_pred", "sam_tokens_out", "object_score_logits"],
    ),
    (&["curr", "memory_1", "memory_2", "curr_pos", "memory_pos_1", "memory_pos_2"], &["pix_feat"]),
    (&["pix_feat", "masks"], &["vision_features", "vision_pos_enc"]),
    (&["x"], &["x_out"]),
];
/// What memory attention takes beside those, if it takes attention masks.
const ATTENTION_MASKS: [&str; 2] = ["attention_mask_1", "attention_mask_2"];
/// Masks that the decoder gives.
const MASKS: usize = 4;

/// Sessions of the six graphs.
pub(super) struct Ailia {
    sizes: Sizes,
    parts: Parts,
    encoder: Graph,
    prompts: Graph,
    decoder: Graph,
    attention: Graph,
    memory: Graph,
    pointers: Graph,
    /// The kinds of numbers that labels and the mask's switch are.
    whole: [Whole; 2],
    /// How memory attention wants its memories; none for one without masks.
    room: Option<Room>,
    /// The encoding of the frame's places, g g x P; of no frame in particular.
    position: Vec<f32>,
    /// The encoding of a memory's places, g g x C; computed when it is first needed.
    memory_position: Vec<f32>,
}

impl Ailia {
    /// Opens the graphs of `pack`; `pointer` is the length of an object pointer, `memories` that of
    /// the temporal table.
    pub fn open(
        pack: &Pack,
        parts: Parts,
        (pointer, memories): (usize, usize),
        device: Device,
        threads: usize,
    ) -> Result<(Self, Placement), ModelError> {
        let (graphs, placement) = runtime::open_graphs(pack, &GRAPHS, device, threads)?;
        for (graph, (inputs, outputs)) in graphs.iter().zip(PORTS) {
            let masks = ATTENTION_MASKS.iter().filter(|mask| input(graph, mask).is_some());
            let inputs: Vec<&str> = inputs.iter().chain(masks).copied().collect();
            expect(graph, &inputs, outputs).map_err(|reason| pack.refuse(reason))?;
        }
        let Ok([encoder, prompts, decoder, attention, memory, pointers]) = <[Graph; 6]>::try_from(graphs)
        else {
            return Err(ModelError::Internal("sam2: not all graphs were opened"));
        };
        let side = pack.manifest().input.width as usize;
        let grid = side / 16;
        let channels = channels(&memory, "vision_features").map_err(|reason| pack.refuse(reason))?;
        parts.check(channels, pointer, memories).map_err(|reason| pack.refuse(reason))?;
        let sizes = Sizes { side, tokens: grid * grid, channels, pointer };
        let whole = ["labels", "masks_enable"].map(|name| Whole::of(&prompts, name));
        let room = Room::of(&attention, sizes).map_err(|reason| pack.refuse(reason))?;
        let (position, memory_position) = (Vec::new(), Vec::new());
        let opened = Self {
            sizes,
            parts,
            encoder,
            prompts,
            decoder,
            attention,
            memory,
            pointers,
            whole,
            room,
            position,
            memory_position,
        };
        Ok((opened, placement))
    }

    fn grid(&self) -> usize {
        self.sizes.side / 16
    }

    /// Features of the memory encoder, C x g x g, and the encoding of its places.
    fn encoded(&mut self, pixel: &Output, mask: &[f32]) -> Result<[Output; 2], ModelError> {
        let side = self.sizes.side;
        let inputs = [("pix_feat", Feed::Output(pixel)), ("masks", Feed::F32(&[1, 1, side, side], mask))];
        outputs(&mut self.memory, &inputs, ["vision_features", "vision_pos_enc"])
    }

    /// Where the tokens of a memory lie: the same for every memory, so that any tells.
    fn place_memories(&mut self, pixel: &Output) -> Result<(), ModelError> {
        if self.memory_position.is_empty() {
            let nothing = vec![0.0; self.sizes.side * self.sizes.side];
            let [_, place] = self.encoded(pixel, &nothing)?;
            let (channels, tokens) = (self.sizes.channels, self.sizes.tokens);
            let place = numbers(&self.memory, "vision_pos_enc", &place, channels * tokens)?;
            self.memory_position = turned(place, channels, tokens);
        }
        Ok(())
    }
}

/// How a memory attention with masks wants its memories: as many as there are, or always so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Room {
    /// Memories; none for any number.
    memories: Option<usize>,
    /// Pointers; none for any number.
    pointers: Option<usize>,
}

impl Room {
    /// That of a graph; none where it takes no masks.
    fn of(attention: &Graph, sizes: Sizes) -> Result<Option<Self>, String> {
        let refuse = |what: String| Err(format!("graph {}: {what}", attention.name()));
        let masks = ATTENTION_MASKS.map(|name| input(attention, name));
        let lengths =
            ["memory_1", "memory_2"].map(|name| input(attention, name).and_then(|port| side(&port, 0)));
        let [Some(first), Some(second)] = masks else {
            return match lengths {
                _ if masks.iter().any(Option::is_some) => {
                    refuse("one attention mask, expected none or two".to_owned())
                }
                [None, None] => Ok(None),
                _ => refuse(
                    "a fixed number of memories, expected attention masks for missing memories".to_owned(),
                ),
            };
        };
        if let Some(odd) = [first, second].iter().find(|port| port.kind != "bool") {
            return refuse(format!("input {} is {}, expected bool", odd.name, odd.kind));
        }
        let units = [sizes.tokens, sizes.pointer / sizes.channels];
        for ((length, unit), name) in lengths.into_iter().zip(units).zip(["memory_1", "memory_2"]) {
            if let Some(length) = length.filter(|v| *v == 0 || !v.is_multiple_of(unit)) {
                return refuse(format!("input {name} of {length} tokens, expected a multiple of {unit}"));
            }
        }
        let [memories, pointers] = [0, 1].map(|i| lengths[i].map(|length| length / units[i]));
        Ok(Some(Self { memories, pointers }))
    }

    /// The memories that find room, of those with these rows of the temporal table: prompted ones,
    /// which have the last row of all, come first. The farthest of the others give way before them.
    fn kept(&self, rows: &[i64]) -> [Range<usize>; 2] {
        let count = rows.len();
        let Some(most) = self.memories.filter(|most| count > *most) else { return [0..count, count..count] };
        let last = rows.first().copied().unwrap_or_default();
        let prompted = rows.iter().take_while(|row| **row == last).count();
        // The nearest is kept in any case, if there is one.
        let recent = (count - prompted).min(most.saturating_sub(prompted).max(1));
        [0..prompted.min(most - recent), count - recent..count]
    }
}

/// A list of fixed length: pieces of what there is, then zeros.
struct Padding {
    /// Of these the pieces are made.
    kept: [Range<usize>; 2],
    /// Numbers of one.
    unit: usize,
    /// How many there are in all.
    most: usize,
}

/// The list in a fixed length, where one is asked for.
fn padded<'a>(list: &'a [f32], padding: Option<&Padding>) -> Cow<'a, [f32]> {
    let Some(Padding { kept, unit, most }) = padding else { return list.into() };
    let mut out = Vec::with_capacity(unit * most);
    kept.iter().for_each(|piece| out.extend_from_slice(&list[piece.start * unit..piece.end * unit]));
    out.resize(unit * most, 0.0);
    out.into()
}

impl Network for Ailia {
    fn sizes(&self) -> Sizes {
        self.sizes
    }

    fn encode(&mut self, image: &[f32]) -> Result<Features, ModelError> {
        let (side, grid, pointer) = (self.sizes.side, self.grid(), self.sizes.pointer);
        let names = ["backbone_fpn_0", "backbone_fpn_1", "backbone_fpn_2", "vision_pos_enc_2"];
        let inputs = [("input_image", Feed::F32(&[1, 3, side, side], image))];
        let [fine, middle, pixel, place] = outputs(&mut self.encoder, &inputs, names)?;
        let count = pointer * grid * grid;
        let data = numbers(&self.encoder, names[2], &pixel, count)?;
        let planes = data.chunks_exact(grid * grid).zip(&self.parts.no_memory);
        let initial = planes.flat_map(|(plane, add)| plane.iter().map(move |v| v + add)).collect();
        let initial = Output::Plain(Tensor { shape: vec![1, pointer, grid, grid], data: initial });
        if self.position.is_empty() {
            let place = numbers(&self.encoder, names[3], &place, count)?;
            self.position = turned(place, pointer, grid * grid);
        }
        Ok(Features { fine, middle, pixel, initial })
    }

    fn attend(&mut self, features: &Features, recall: &Recall) -> Result<Output, ModelError> {
        self.place_memories(&features.pixel)?;
        let Sizes { tokens, channels, pointer, .. } = self.sizes;
        let (grid, cut) = (self.grid(), pointer / channels);
        let pointers = recall.distances.len();
        let pixel = numbers(&self.encoder, "backbone_fpn_2", &features.pixel, pointer * tokens)?;
        let current = turned(pixel, pointer, tokens);
        let places = self.parts.memory_positions(&self.memory_position, channels, &recall.rows);
        let times = self.parts.pointer_positions(&recall.distances, channels, pointer);
        let room = self.room.unwrap_or_default();
        let (kept, pointed) = (room.kept(&recall.rows), pointers.min(room.pointers.unwrap_or(pointers)));
        let held = kept.iter().map(ExactSizeIterator::len).sum::<usize>();
        let of_memories = room.memories.map(|most| Padding { kept, unit: tokens * channels, most });
        let kept = [0..pointed, pointed..pointed];
        let of_pointers = room.pointers.map(|most| Padding { kept, unit: pointer, most });
        let features = padded(&recall.features, of_memories.as_ref());
        let places = padded(&places, of_memories.as_ref());
        let loose = padded(&recall.pointers, of_pointers.as_ref());
        let times = padded(&times, of_pointers.as_ref());
        let truths = |first: usize, all: usize| (0..all).map(|i| i < first).collect::<Vec<bool>>();
        let masks =
            [truths(held * tokens, features.len() / channels), truths(pointed * cut, loose.len() / channels)];
        let (frame, spatial, rest) = (
            [tokens, 1, pointer],
            [features.len() / channels, 1, channels],
            [loose.len() / channels, 1, channels],
        );
        let mut inputs = vec![
            ("curr", Feed::F32(&frame, &current)),
            ("memory_1", Feed::F32(&spatial, &features)),
            ("memory_2", Feed::F32(&rest, &loose)),
            ("curr_pos", Feed::F32(&frame, &self.position)),
            ("memory_pos_1", Feed::F32(&spatial, &places)),
            ("memory_pos_2", Feed::F32(&rest, &times)),
        ];
        if self.room.is_some() {
            inputs.push((ATTENTION_MASKS[0], Feed::Bool(&spatial[..2], &masks[0])));
            inputs.push((ATTENTION_MASKS[1], Feed::Bool(&rest[..2], &masks[1])));
        }
        let [found] = outputs(&mut self.attention, &inputs, ["pix_feat"])?;
        let found = numbers(&self.attention, "pix_feat", &found, tokens * pointer)?;
        let data = turned(found, tokens, pointer);
        Ok(Output::Plain(Tensor { shape: vec![1, pointer, grid, grid], data }))
    }

    fn decode(&mut self, features: &Features, image: Image, hints: Hints) -> Result<Decoded, ModelError> {
        let (quarter, points, pointer) = (self.sizes.quarter(), hints.points.len(), self.sizes.pointer);
        let image = match image {
            Image::Initial => &features.initial,
            Image::Raw => &features.pixel,
            Image::Attended(image) => image,
        };
        let none;
        let mask = match hints.mask {
            Some(mask) => mask,
            None => {
                none = vec![0.0; quarter * quarter];
                &none
            }
        };
        let (labels, enable) = (Numbers::new(hints.labels), Numbers::new(&[i64::from(hints.mask.is_some())]));
        let [of_labels, of_enable] = self.whole;
        let row = [1, points];
        let inputs = [
            ("coords", Feed::F32(&[1, points, 2], hints.points.as_flattened())),
            ("labels", labels.feed(of_labels, &row)),
            ("masks", Feed::F32(&[1, quarter, quarter], mask)),
            ("masks_enable", enable.feed(of_enable, &[1])),
        ];
        let names = ["sparse_embeddings", "dense_embeddings", "dense_pe"];
        let [sparse, dense, place] = outputs(&mut self.prompts, &inputs, names)?;
        let inputs = [
            ("image_embeddings", Feed::Output(image)),
            ("image_pe", Feed::Output(&place)),
            ("sparse_prompt_embeddings", Feed::Output(&sparse)),
            ("dense_prompt_embeddings", Feed::Output(&dense)),
            ("high_res_features1", Feed::Output(&features.fine)),
            ("high_res_features2", Feed::Output(&features.middle)),
        ];
        let names = ["masks", "iou_pred", "sam_tokens_out", "object_score_logits"];
        let [masks, iou, tokens, score] = outputs(&mut self.decoder, &inputs, names)?;
        let tokens = numbers(&self.decoder, names[2], &tokens, MASKS * pointer)?;
        let inputs = [("x", Feed::F32(&[MASKS, pointer], tokens))];
        let [pointers] = outputs(&mut self.pointers, &inputs, ["x_out"])?;
        let take = |name, output, expected| numbers(&self.decoder, name, output, expected);
        Ok(Decoded {
            masks: take(names[0], &masks, MASKS * quarter * quarter)?.to_vec(),
            iou: take(names[1], &iou, MASKS)?.to_vec(),
            pointers: numbers(&self.pointers, "x_out", &pointers, MASKS * pointer)?.to_vec(),
            score: take(names[3], &score, 1)?[0],
        })
    }

    fn memorise(&mut self, features: &Features, mask: &[f32], score: f32) -> Result<Vec<f32>, ModelError> {
        let Sizes { tokens, channels, .. } = self.sizes;
        let [found, place] = self.encoded(&features.pixel, mask)?;
        let found = numbers(&self.memory, "vision_features", &found, channels * tokens)?;
        let mut memory = turned(found, channels, tokens);
        if self.memory_position.is_empty() {
            let place = numbers(&self.memory, "vision_pos_enc", &place, channels * tokens)?;
            self.memory_position = turned(place, channels, tokens);
        }
        if score <= 0.0 && !self.parts.occluded.is_empty() {
            for token in memory.chunks_exact_mut(channels) {
                token.iter_mut().zip(&self.parts.occluded).for_each(|(v, add)| *v += add);
            }
        }
        Ok(memory)
    }

    fn downsample(&mut self, mask: &[f32]) -> Result<Vec<f32>, ModelError> {
        Ok(self.parts.downsample(mask, self.sizes.side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_without_room_give_way_from_far_to_near() {
        let room = |most| Room { memories: Some(most), pointers: None };
        let recent = [6, 6, 5, 4, 3];
        assert_eq!(Room::default().kept(&recent), [0..5, 5..5]);
        assert_eq!(room(5).kept(&recent), [0..5, 5..5]);
        assert_eq!(room(4).kept(&recent), [0..2, 3..5]);
        assert_eq!(room(2).kept(&recent), [0..1, 4..5]);
        assert_eq!(room(1).kept(&recent), [0..0, 4..5]);
        assert_eq!(room(2).kept(&[6, 6, 6]), [0..2, 3..3]);
    }

    #[test]
    fn a_list_is_filled_up_with_zeros() {
        let list = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5];
        let padding = |most| Padding { kept: [0..1, 2..3], unit: 2, most };
        assert_eq!(padded(&list, Some(&padding(3)))[..], [1.0, 1.5, 3.0, 3.5, 0.0, 0.0]);
        assert_eq!(padded(&list, None)[..], list);
    }
}
