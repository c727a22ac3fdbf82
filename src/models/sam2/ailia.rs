//! The public export of SAM 2 by ailia: six graphs, between which the reference code does sums that
//! are [`Parts`] of the pack.
//!
//! S, g, C and P are those of [`super::network`]; m and p count memories and pointers.
//!
//! | graph | takes | gives |
//! |---|---|---|
//! | image_encoder | input_image | backbone_fpn_0, backbone_fpn_1, backbone_fpn_2, vision_pos_enc_2, and others |
//! | prompt_encoder | coords, labels, masks[1,S/4,S/4], masks_enable | sparse_embeddings, dense_embeddings, dense_pe |
//! | mask_decoder | image_embeddings, image_pe, sparse_prompt_embeddings, dense_prompt_embeddings, high_res_features1, high_res_features2 | masks, iou_pred, sam_tokens_out, object_score_logits |
//! | memory_attention | curr[g g,1,P], memory_1[m g g,1,C], memory_2[p P/C,1,C], curr_pos, memory_pos_1, memory_pos_2 | pix_feat[g g,1,P] |
//! | memory_encoder | pix_feat, masks[1,1,S,S] | vision_features[1,C,g,g], vision_pos_enc |
//! | mlp | x[n,P] | x_out |

use super::network::{Decoded, Features, Hints, Image, Network, Recall, Sizes};
use super::parts::{Parts, turned};
use crate::models::pack::Pack;
use crate::models::runtime::{self, Feed, Graph, Keep, Output, Placement, Tensor};
use crate::models::{Device, ModelError};

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
    /// The encoding of the frame's places, g g x P; of no frame in particular.
    position: Vec<f32>,
    /// The encoding of a memory's places, g g x C; computed when it is first needed.
    memory_position: Vec<f32>,
}

/// How an export declares whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    I32,
    I64,
    F32,
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
            expect(graph, inputs, outputs).map_err(|reason| pack.refuse(reason))?;
        }
        let Ok([encoder, prompts, decoder, attention, memory, pointers]) = <[Graph; 6]>::try_from(graphs)
        else {
            return Err(ModelError::Internal("sam2: not all graphs were opened"));
        };
        let side = pack.manifest().input.width as usize;
        let grid = side / 16;
        let channels = memory.outputs().iter().find(|p| p.name == "vision_features").and_then(|p| {
            let found = p.shape.get(1).and_then(|v| usize::try_from(*v).ok());
            found.filter(|v| (1..=4096).contains(v))
        });
        let channels = channels.ok_or_else(|| {
            pack.refuse(format!("graph {}: vision_features of unknown channels", memory.name()))
        })?;
        parts.check(channels, pointer, memories).map_err(|reason| pack.refuse(reason))?;
        let sizes = Sizes { side, tokens: grid * grid, channels, pointer };
        let whole = [whole(&prompts, "labels"), whole(&prompts, "masks_enable")];
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

/// That a graph takes these inputs and no other, and gives these outputs.
pub(super) fn expect(graph: &Graph, inputs: &[&str], outputs: &[&str]) -> Result<(), String> {
    let given = graph.inputs();
    if let Some(other) = given.iter().find(|p| !inputs.contains(&p.name.as_str())) {
        return Err(format!("graph {}: input {} is not known", graph.name(), other.name));
    }
    for (what, ports, wanted) in [("input", given, inputs), ("output", graph.outputs(), outputs)] {
        if let Some(missing) = wanted.iter().find(|name| !ports.iter().any(|p| p.name == **name)) {
            return Err(format!("graph {}: {what} {missing} is missing", graph.name()));
        }
    }
    Ok(())
}

fn whole(graph: &Graph, input: &str) -> Whole {
    match graph.inputs().iter().find(|p| p.name == input).map(|p| p.kind.as_str()) {
        Some("int64") => Whole::I64,
        Some("float32") => Whole::F32,
        _ => Whole::I32,
    }
}

/// The outputs of a graph in an array, where the processor can read them.
pub(super) fn outputs<const N: usize>(
    graph: &mut Graph,
    inputs: &[(&str, Feed)],
    wanted: [&str; N],
) -> Result<[Output; N], ModelError> {
    let found = graph.run_for(inputs, &wanted, Keep::Host)?;
    found.try_into().map_err(|_| graph.failed("an output is missing".to_owned()))
}

/// The numbers of an output, which are to be `expected`.
pub(super) fn numbers<'a>(
    graph: &Graph,
    name: &str,
    output: &'a Output,
    expected: usize,
) -> Result<&'a [f32], ModelError> {
    let found = output.numbers().map_err(|reason| graph.failed(reason))?;
    if found.len() == expected {
        return Ok(found);
    }
    Err(graph.failed(format!("output {name} has {} numbers, expected {expected}", found.len())))
}

/// Whole numbers in every form that an export may declare.
struct Numbers {
    i64s: Vec<i64>,
    i32s: Vec<i32>,
    f32s: Vec<f32>,
}

impl Numbers {
    fn new(values: &[i64]) -> Self {
        // Labels are -1 to 3.
        let i32s: Vec<i32> = values.iter().map(|v| *v as i32).collect();
        Self { i64s: values.to_vec(), f32s: i32s.iter().map(|v| *v as f32).collect(), i32s }
    }

    fn feed<'a>(&'a self, as_whole: Whole, shape: &'a [usize]) -> Feed<'a> {
        match as_whole {
            Whole::I32 => Feed::I32(shape, &self.i32s),
            Whole::I64 => Feed::I64(shape, &self.i64s),
            Whole::F32 => Feed::F32(shape, &self.f32s),
        }
    }
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
        let (memories, pointers) = (recall.rows.len(), recall.distances.len());
        let pixel = numbers(&self.encoder, "backbone_fpn_2", &features.pixel, pointer * tokens)?;
        let current = turned(pixel, pointer, tokens);
        let places = self.parts.memory_positions(&self.memory_position, channels, &recall.rows);
        let times = self.parts.pointer_positions(&recall.distances, channels, pointer);
        let (frame, spatial, loose) =
            ([tokens, 1, pointer], [memories * tokens, 1, channels], [pointers * cut, 1, channels]);
        let inputs = [
            ("curr", Feed::F32(&frame, &current)),
            ("memory_1", Feed::F32(&spatial, &recall.features)),
            ("memory_2", Feed::F32(&loose, &recall.pointers)),
            ("curr_pos", Feed::F32(&frame, &self.position)),
            ("memory_pos_1", Feed::F32(&spatial, &places)),
            ("memory_pos_2", Feed::F32(&loose, &times)),
        ];
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
