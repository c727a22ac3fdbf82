//! The project's own small tracker: a memory of keys and values, flow as a prior, four graphs.
//!
//! `models/train` makes the graphs and says how they were trained; the order of steps here is that
//! of `unroll.py`. A frame is seen once at a long side of 384 pixels. An object is found from two
//! sources: what its remembered frames look like, wherever it now is, and where the flow carries
//! its last mask; the decoder weighs them and `matte::upsample` finds the edge at full size.

mod asked;
mod bank;
mod cues;
mod hints;
mod memory;
mod prompter;
mod prompts;
mod rounds;
mod saved;

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::flow::dis::{self, Flow};
use super::flow::plane::Plane;
use super::flow::{First, FlowTracker, Known};
use super::pack::Pack;
use super::runtime::{self, Feed, Graph, LaterGraphs, Placement, Tensor};
use super::{Embedding, IdleClick, Memory, Model, ModelError, Prediction, Tracker};
use crate::job::prompts::FramePrompt;
use crate::job::{Device, ModelInfo};
use crate::matte::upsample;
use crate::raster::{Frame, Matte, resize};
use bank::{Bank, Last};
use cues::Picture;
use prompter::{Answers, Prompter, Shown, Sight, View, size};
use prompts::{How, Prompts};
use saved::Fit;

/// The family's name in a manifest.
pub(super) const FAMILY: &str = "swift";
/// Part of the version: changes with what becomes of the outputs of the graphs.
const ANSWERS: u32 = 4;
/// Factor of log odds before they become a matte: as they are, trained at a quarter of the footage's size,
/// they leave a haze about the object. 3 is better than 1 by validation (mean J .904 and .900, F .946 and .938).
const CRISP: f32 = 3.0;
/// Chances up to this are none: a quarter of the last step of an 8-bit matte.
const LEAST: f32 = 1.0 / 1024.0;
/// Below this presence the object is taken to be hidden.
const PRESENT: f32 = 0.1;
/// Flows kept for the other objects of the same pair of frames.
const FLOWS: usize = 4;

/// The constants of `model.json`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Constants {
    /// The longer side of the picture that the graphs see, in pixels.
    long_side: u32,
    /// Both sides are multiples of this.
    multiple: u32,
    /// Most frames attended to as a whole.
    memories: usize,
    /// Of the frames that were not prompted, each one in this many is kept for a while.
    every: i64,
    /// Channels of a key.
    key_channels: usize,
    /// Channels of a value.
    value_channels: usize,
    /// What answers to clicks and boxes.
    prompts: Prompts,
    /// The longer side of the picture that the prompter's own encoder sees, in pixels; without one, the prompter has what
    /// the tracker has.
    prompter_side: Option<u32>,
}

/// The tracker.
pub struct SwiftTracker {
    info: ModelInfo,
    constants: Constants,
    encoder: Graph,
    memory: Graph,
    tracker: Graph,
    prompter: Prompter,
    colour: FlowTracker,
    flows: Vec<(Arc<Picture>, Arc<Picture>, Arc<Flow>)>,
    /// Clicks of the last prompt that changed nothing.
    told: Vec<IdleClick>,
}

/// A frame as the graphs see it.
struct EmbeddedFrame {
    picture: Arc<Picture>,
    f8: Arc<Tensor>,
    key: Arc<Tensor>,
    /// The frame itself, and all features of it.
    shown: Shown,
    /// The frame as `colour` sees it, once it is needed.
    colours: OnceLock<Embedding>,
}

impl SwiftTracker {
    /// Loads the graphs of `pack` but for those that answer to prompts, which are loaded when they are needed.
    ///
    /// # Errors
    /// [`ModelError`] when the pack is of another family or damaged, or ONNX Runtime is not there.
    pub fn open(pack: &Pack, device: Device, threads: usize) -> Result<Self, ModelError> {
        pack.expect_family(&[FAMILY])?;
        let constants: Constants = pack.constants()?;
        check_constants(&constants).map_err(|reason| pack.refuse(format!("constants: {reason}")))?;
        let names = ["encoder", "memory", "tracker"];
        let (graphs, placement) = runtime::open_graphs(pack, &names, device, threads)?;
        let mut graphs = graphs.into_iter();
        let mut next = || graphs.next().ok_or(ModelError::Internal("swift: not all graphs were opened"));
        let (encoder, memory, tracker) = (next()?, next()?, next()?);
        let multiple = constants.multiple;
        let own = constants.prompter_side.map(|long_side| Sight { long_side, multiple });
        let prompter = Prompter::new(pack, LaterGraphs::new(pack, &placement, threads), own)?;
        let Placement { device, note } = placement;
        let info = ModelInfo {
            name: pack.manifest().name.clone(),
            version: format!("{}-{ANSWERS}", pack.manifest().version),
            device: device.label().to_owned(),
            note,
        };
        let (colour, flows, told) = (FlowTracker::new(), Vec::new(), Vec::new());
        Ok(Self { info, constants, encoder, memory, tracker, prompter, colour, flows, told })
    }

    /// What the prompter graph finds after the last of its rounds, each of which may change what its click is on
    /// and nothing else.
    fn keep_to_clicks(
        &mut self,
        seen: &EmbeddedFrame,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let Answers { graph, size, rounds } = self.prompter.answer(&seen.shown, prompt, earlier)?;
        let (width, height) = (size.0 / 2, size.1 / 2);
        let mut state = earlier.map(|matte| {
            let small = resize::matte(matte, width as u32, height as u32);
            small.data().iter().map(|v| rounds::logit(*v)).collect::<Vec<f32>>()
        });
        for (step, found) in prompt.steps().iter().zip(rounds) {
            let answer = &check(graph, size, found)?.0.data;
            state = Some(match (state, step.points.last()) {
                (Some(before), Some(point)) => {
                    let frame = (seen.shown.frame.width(), seen.shown.frame.height());
                    let at = rounds::cell(point, frame, (width, height));
                    rounds::changed(before, answer, width, (at, point.label))
                }
                _ => answer.clone(),
            });
        }
        let mut last = rounds.last().cloned().unwrap_or_default();
        if let (Some(logits), Some(state)) = (last.first_mut(), state) {
            logits.data = state;
        }
        seen.finish(graph, (size, &last), true)
    }

    /// A frame as `colour` sees it.
    fn colours(&mut self, seen: &EmbeddedFrame) -> Result<Embedding, ModelError> {
        if let Some(known) = seen.colours.get() {
            return Ok(Arc::clone(known));
        }
        let colours = self.colour.embed(&seen.shown.frame)?;
        Ok(Arc::clone(seen.colours.get_or_init(|| colours)))
    }

    /// Where each pixel of `now` was in `before`.
    fn flow(&mut self, now: &Arc<Picture>, before: &Arc<Picture>) -> Arc<Flow> {
        let known = self.flows.iter().find(|(n, b, _)| Arc::ptr_eq(n, now) && Arc::ptr_eq(b, before));
        if let Some((_, _, flow)) = known {
            return flow.clone();
        }
        let flow = Arc::new(dis::flow(&now.levels, &before.levels));
        if self.flows.len() >= FLOWS {
            self.flows.remove(0);
        }
        self.flows.push((now.clone(), before.clone(), flow.clone()));
        flow
    }
}

/// A small memory, for tests.
pub(super) fn sample(frames: i64) -> impl Memory {
    saved::sample_of(frames - 1, 4)
}

/// Whether these bytes are taken for a memory like that of [`sample`].
pub(super) fn restores(saved: &[u8]) -> bool {
    saved::decode(saved, saved::SAMPLE).is_some()
}

/// That the constants of a manifest can be worked with.
fn check_constants(c: &Constants) -> Result<(), String> {
    if c.multiple < 16 || !c.multiple.is_multiple_of(16) || c.multiple > 256 {
        return Err(format!("multiple {}, expected 16, 32 .. 256 pixels", c.multiple));
    }
    for (name, side) in [("long_side", Some(c.long_side)), ("prompter_side", c.prompter_side)] {
        let fits = |side: &u32| (4 * c.multiple..=4096).contains(side) && side.is_multiple_of(c.multiple);
        if let Some(side) = side.filter(|side| !fits(side)) {
            return Err(format!("{name} {side}, expected a multiple of {} up to 4096", c.multiple));
        }
    }
    if !(1..=64).contains(&c.memories) || !(1..=1000).contains(&c.every) {
        return Err("memories must be 1 to 64, every 1 to 1000".to_owned());
    }
    if !(1..=1024).contains(&c.key_channels) || !(1..=1024).contains(&c.value_channels) {
        return Err("key_channels and value_channels must be 1 to 1024".to_owned());
    }
    Ok(())
}

fn seen(embedding: &Embedding) -> Result<&EmbeddedFrame, ModelError> {
    embedding.downcast_ref().ok_or(ModelError::Internal("swift: the embedding belongs to another tracker"))
}

impl EmbeddedFrame {
    /// Columns and rows of the picture that the graphs see.
    fn size(&self) -> (usize, usize) {
        (self.picture.small.width() as usize, self.picture.small.height() as usize)
    }

    /// Logits at stride 2 and scores to a matte of the frame.
    fn finish(
        &self,
        graph: &Graph,
        (size, found): ((usize, usize), &[Tensor]),
        prompted: bool,
    ) -> Result<Prediction, ModelError> {
        let (w, h) = size;
        let (logits, [presence, overlap]) = check(graph, size, found)?;
        let hidden = !prompted && presence < PRESENT;
        // What is surely not the object is 0, so that the matte ends somewhere.
        let chance = |v: &f32| Some(1.0 / (1.0 + (-v * CRISP).exp())).filter(|c| *c > LEAST).unwrap_or(0.0);
        let chance = logits.data.iter().map(chance).collect();
        let matte = match Matte::new((w / 2) as u32, (h / 2) as u32, chance) {
            Ok(small) if !hidden && !small.is_empty() => upsample::refine(&self.shown.frame, &small),
            _ => Matte::filled(self.shown.frame.width(), self.shown.frame.height(), 0.0),
        };
        let confidence = if matte.is_empty() { 0.0 } else { overlap.clamp(0.0, 1.0) };
        Ok(Prediction::new(matte, confidence))
    }
}

/// That outputs are logits at stride 2 of a picture of `size` and two scores; gives both.
fn check<'t>(
    graph: &Graph,
    (w, h): (usize, usize),
    found: &'t [Tensor],
) -> Result<(&'t Tensor, [f32; 2]), ModelError> {
    let [logits, scores] = found else {
        return Err(ModelError::Internal("swift: an output is missing"));
    };
    match (scores.data.as_slice(), logits.data.len() == (w / 2) * (h / 2)) {
        (&[presence, overlap], true) => Ok((logits, [presence, overlap])),
        _ => Err(graph.failed(format!("outputs of {:?} and {:?}", logits.shape, scores.shape))),
    }
}

impl Model for SwiftTracker {
    fn info(&self) -> ModelInfo {
        self.info.clone()
    }
}

impl Tracker for SwiftTracker {
    fn embed(&mut self, frame: &Arc<Frame>) -> Result<Embedding, ModelError> {
        let Constants { long_side, multiple, .. } = self.constants;
        let (width, height) = size(long_side, multiple, (frame.width(), frame.height()));
        let picture = Picture::new(resize::frame(frame, width, height));
        let shape = [1, 3, height as usize, width as usize];
        let image = cues::planes(&picture.small);
        let names = ["f2", "f4", "f8", "key"];
        let found = self.encoder.run(&[("image", Feed::F32(&shape, &image))], &names)?;
        let found = found.into_iter().map(Arc::new).collect::<Vec<_>>();
        let [_, _, f8, key] = &found[..] else {
            return Err(ModelError::Internal("swift: an output is missing"));
        };
        let (f8, key) = (Arc::clone(f8), Arc::clone(key));
        let expected = [1, self.constants.key_channels, height as usize / 8, width as usize / 8];
        if key.shape != expected {
            return Err(self.encoder.failed(format!("key of shape {:?}, expected {expected:?}", key.shape)));
        }
        let view = View::new((width as usize, height as usize), names.into_iter().zip(found).collect());
        let (picture, shown) = (Arc::new(picture), Shown::new(frame, view));
        Ok(Arc::new(EmbeddedFrame { picture, f8, key, shown, colours: OnceLock::new() }))
    }

    fn segment(
        &mut self,
        embedding: &Embedding,
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Result<Prediction, ModelError> {
        let seen = seen(embedding)?;
        if let Some(mask) = &prompt.mask {
            return Ok(Prediction::new(mask.clone(), 1.0));
        }
        if prompt.points.is_empty() && prompt.bounds.is_none() {
            return Err(ModelError::Prompt(
                "a prompt without clicks, box or mask, expected one of them".to_owned(),
            ));
        }
        let how = self.constants.prompts.of(prompt);
        let one_step = prompt.points.len() + usize::from(prompt.bounds.is_some()) == 1;
        if how == How::Colour && (earlier.is_some() || one_step) {
            let same = self.colours(seen)?;
            let found = self.colour.segment(&same, prompt, earlier)?;
            self.told = self.colour.idle_clicks();
            return Ok(found);
        }
        let ordered = if earlier.is_none() { prompt.positive_first() } else { prompt.clone() };
        let first = match how {
            How::Graph => return self.keep_to_clicks(seen, &ordered, earlier),
            How::Colour => First::Colours,
            How::Both => First::Believed,
        };
        let Answers { graph, size, rounds } = self.prompter.answer(&seen.shown, &ordered, earlier)?;
        let belief =
            |logits: &Tensor| Plane { width: size.0 / 2, height: size.1 / 2, data: logits.data.clone() };
        let odds: Vec<Plane> = rounds.iter().filter_map(|r| r.first()).map(belief).collect();
        let [_, overlap] = check(graph, size, rounds.last().map_or(&[][..], Vec::as_slice))?.1;
        let overlap = overlap.clamp(0.0, 1.0);
        let known = match earlier {
            Some(matte) => Known::Corrected(matte, &odds),
            None => Known::Believed(&odds, first),
        };
        let same = self.colours(seen)?;
        let found = self.colour.segment_believing(&same, &ordered, &known, overlap)?;
        self.told = self.colour.idle_of(prompt);
        Ok(found)
    }

    fn idle_clicks(&mut self) -> Vec<IdleClick> {
        std::mem::take(&mut self.told)
    }

    fn memory(&self, _frames: Option<usize>) -> Box<dyn Memory> {
        Box::new(Bank::default())
    }

    fn restore(&self, saved: &[u8]) -> Option<Box<dyn Memory>> {
        let Constants { memories, key_channels, value_channels, .. } = self.constants;
        let fit = Fit { recent: memories, key: key_channels, value: value_channels };
        Some(Box::new(saved::decode(saved, fit)?))
    }

    fn remember(
        &mut self,
        memory: &mut dyn Memory,
        time: i64,
        embedding: &Embedding,
        found: &Prediction,
        prompted: bool,
    ) -> Result<(), ModelError> {
        let seen = seen(embedding)?;
        let bank = memory::of_mut(memory)?;
        let (w, h) = seen.size();
        let mask = resize::matte(&found.matte, w as u32, h as u32);
        let shape = [1, 1, h, w];
        let inputs = [("f8", seen.f8.feed()), ("mask", Feed::F32(&shape, mask.data()))];
        let value = self.memory.run(&inputs, &["value"])?.pop();
        let value = value.ok_or(ModelError::Internal("swift: an output is missing"))?;
        let expected = self.constants.value_channels * (w / 8) * (h / 8);
        if value.data.len() != expected {
            let reason = format!("value of {} numbers, expected {expected}", value.data.len());
            return Err(self.memory.failed(reason));
        }
        let last = Last {
            picture: seen.picture.clone(),
            mask: Arc::new(mask),
            key: seen.key.clone(),
            value: Arc::new(value),
        };
        bank.add(time, last, prompted, self.constants.every, self.constants.memories);
        Ok(())
    }

    fn propagate(
        &mut self,
        memory: &dyn Memory,
        time: i64,
        embedding: &Embedding,
    ) -> Result<Prediction, ModelError> {
        let seen = seen(embedding)?;
        let bank = memory::of(memory)?;
        let last = bank.last().ok_or(ModelError::Internal("swift: the memory is empty"))?;
        let (w, h) = seen.size();
        if seen.key.shape != last.key.shape {
            return Err(ModelError::Internal("swift: the memory belongs to frames of another size"));
        }
        let flow = self.flow(&seen.picture, &last.picture);
        let cues = cues::cues(&seen.picture, &last.picture, &last.mask, &flow);
        let (keys, values, count) = bank.gather(time, self.constants.memories);
        let grid = [h / 8, w / 8];
        let of = |count: usize, channels: usize| [count, channels, grid[0], grid[1]];
        let (long_keys, long_values) =
            (of(count, self.constants.key_channels), of(count, self.constants.value_channels));
        let (half, eighth) = ([1, 1, h / 2, w / 2], of(1, 2));
        let mut inputs = seen.shown.tracker.feeds();
        inputs.extend([
            ("keys", Feed::F32(&long_keys, &keys)),
            ("values", Feed::F32(&long_values, &values)),
            ("last_key", last.key.feed()),
            ("last_value", last.value.feed()),
            ("prior", Feed::F32(&half, &cues.prior)),
            ("distance", Feed::F32(&half, &cues.distance)),
            ("flow", Feed::F32(&eighth, &cues.flow)),
        ]);
        let found = self.tracker.run(&inputs, &["logits", "scores"])?;
        seen.finish(&self.tracker, (seen.size(), &found), false)
    }
}
