//! What a tracker does in a frame, and what is kept of it.

use std::sync::Arc;

use super::action::{Action, ActionKind, Walk, beginning};
use super::error::StepError;
use super::goal::StepInputs;
use super::memories::KeptMemory;
use super::prediction::{KeptPrediction, checked_record};
use super::state::{Pending, Taken, TrackerState, internal};
use crate::engine::chain::{Reach, Resolver, composed};
use crate::engine::digest::Digest;
use crate::engine::plan::draw_strokes;
use crate::engine::store::Record;
use crate::job::Propagation;
use crate::job::prompts::FramePrompt;
use crate::models::{Embedding, IdleClick, Memory};
use crate::raster::Matte;

impl TrackerState {
    /// Does what is to be done in the frame of `embedding`.
    pub(super) fn act(
        &mut self,
        action: Action,
        embedding: &Embedding,
        inputs: &StepInputs,
    ) -> Result<(), StepError> {
        let resolver = &inputs.resolvers[action.object];
        match action.kind {
            ActionKind::Segment { keyframe } => self.segment(resolver, keyframe, embedding, inputs),
            ActionKind::Begin { reach, told } => self.begin(resolver, (&reach, told), embedding),
            ActionKind::Pass { keyframe, walk } => self.pass(resolver, (keyframe, walk), embedding, inputs),
            ActionKind::Propagate(walk) => self.propagate(resolver, walk, embedding, inputs),
        }
    }

    /// Finds the object in a keyframe from its prompts.
    fn segment(
        &mut self,
        resolver: &Resolver,
        keyframe: usize,
        embedding: &Embedding,
        inputs: &StepInputs,
    ) -> Result<(), StepError> {
        let about = &resolver.plan.keyframes[keyframe];
        let key = resolver.key(keyframe).map_err(|_| internal("a keyframe lost its digest"))?;
        let earlier = match about.earlier {
            None => None,
            Some(around) => match composed(resolver, around, about.time) {
                // Beyond a cut, and where the object was lost, there is nothing to correct: the prompt says all.
                Some(record) if record.is_lost() && about.says_all() => None,
                Some(record) => Some(Arc::unwrap_or_clone(record).matte),
                // Lost since it was looked for: the next step computes it.
                None => return Ok(()),
            },
        };
        let mut prompt = about.whole_prompt().map_err(|_| internal("a mask prompt is damaged"))?;
        let mut earlier = earlier;
        if let Some(strokes) = &about.drawing {
            let mut matte = self.under_drawing(resolver, &mut prompt, earlier.take(), embedding)?;
            draw_strokes(strokes, &mut matte);
            // What was drawn is the matte, as that of a mask is.
            prompt = FramePrompt { mask: Some(matte), ..FramePrompt::default() };
        }
        let tracker = self.tracker()?;
        let mut found = tracker.segment(embedding, &prompt, earlier.as_ref())?;
        for IdleClick { number, reason } in tracker.idle_clicks() {
            let (name, time) = (&resolver.plan.name, about.time);
            inputs.supply.tell(format!("object {name}: click {number} on frame {time} {reason}"));
        }
        if let Some(mask) = prompt.mask {
            found.present = if about.drawing.is_some() { !mask.is_empty() } else { !about.absent() };
            found.matte = mask;
        }
        let record = checked_record(&mut found, &self.name, about.time, resolver.size())?;
        let kept = KeptPrediction::new(&record, found.state);
        inputs.supply.keep_record(key, record);
        self.keep_keyframe(key, kept);
        Ok(())
    }

    /// The matte that is drawn over: a mask, what clicks and a box give, the track, or nothing.
    fn under_drawing(
        &mut self,
        resolver: &Resolver,
        prompt: &mut FramePrompt,
        earlier: Option<Matte>,
        embedding: &Embedding,
    ) -> Result<Matte, StepError> {
        let (width, height) = resolver.size();
        let empty = || Matte::filled(width, height, 0.0);
        if let Some(mask) = prompt.mask.take() {
            return Ok(mask);
        }
        if prompt.points.is_empty() && prompt.bounds.is_none() {
            return Ok(earlier.unwrap_or_else(empty));
        }
        let found = self.tracker()?.segment(embedding, prompt, earlier.as_ref())?;
        Ok(if found.present { found.matte } else { empty() })
    }

    /// Puts the next keyframe into the memory that a walk begins with, which was told of so many.
    fn begin(
        &mut self,
        resolver: &Resolver,
        (reach, told): (&Reach, usize),
        embedding: &Embedding,
    ) -> Result<(), StepError> {
        let remembered = resolver.plan.remembered(reach.chain.key);
        let before = beginning(&reach.chain, told, remembered.len());
        let begun = if told == 0 { None } else { self.memories.take(&before, 0) };
        let (told, mut memory) = match begun {
            Some(memory) => (told, memory),
            None => {
                let reference = resolver.plan.propagation == Propagation::Reference;
                (0, self.tracker()?.memory(reference.then_some(resolver.frames())))
            }
        };
        let keyframe = remembered[told];
        let time = resolver.plan.keyframes[keyframe].time;
        let (found, _) = self.keyframe(resolver, keyframe)?;
        self.tracker()?.remember(memory.as_mut(), time, embedding, &found, true)?;
        let after = beginning(&reach.chain, told + 1, remembered.len());
        self.memories.put(after, 0, KeptMemory { of: after, memory, unsaved: false });
        Ok(())
    }

    /// Puts the keyframe that a walk comes by into its memory.
    fn pass(
        &mut self,
        resolver: &Resolver,
        (keyframe, walk): (usize, Walk),
        embedding: &Embedding,
        inputs: &StepInputs,
    ) -> Result<(), StepError> {
        let mut memory = self.take_memory(walk)?;
        let (found, record) = self.keyframe(resolver, keyframe)?;
        self.tracker()?.remember(memory.as_mut(), walk.time(), embedding, &found, true)?;
        let result = result_of(resolver, walk)?;
        inputs.supply.keep_record(result, record);
        let step = taken(walk, result, inputs);
        self.keep_memory(step, memory, &mut |digest, memory| inputs.supply.keep_memory(digest, memory));
        Ok(())
    }

    /// Finds the object in the next frame of a walk.
    fn propagate(
        &mut self,
        resolver: &Resolver,
        walk: Walk,
        embedding: &Embedding,
        inputs: &StepInputs,
    ) -> Result<(), StepError> {
        let time = walk.time();
        let memory = self.take_memory(walk)?;
        let tracker = self.tracker()?;
        let mut found = tracker.propagate(memory.as_ref(), time, embedding)?;
        let noticed = tracker.noticed();
        let record = checked_record(&mut found, &self.name, time, resolver.size())?;
        let record = Record { noticed, ..record };
        let result = result_of(resolver, walk)?;
        inputs.supply.keep_record(result, record);
        // The frame is answered before the tracker learns from it.
        let (step, embedding) = (taken(walk, result, inputs), Arc::clone(embedding));
        self.learn_later(Pending { step, time, embedding, found, memory });
        Ok(())
    }

    /// The memory that a walk goes on from.
    fn take_memory(&mut self, walk: Walk) -> Result<Box<dyn Memory>, StepError> {
        let memory = self.memories.take(&walk.reach.chain.id, walk.at);
        memory.ok_or_else(|| internal("a memory was dropped too early"))
    }
}

/// The next step of a walk, which gave `result`.
fn taken(walk: Walk, result: Digest, inputs: &StepInputs) -> Taken {
    Taken { chain: walk.reach.chain.id, distance: walk.at + 1, result, lasting: inputs.supply.lasts() }
}

/// By what the result of the next step of a walk is known.
fn result_of(resolver: &Resolver, walk: Walk) -> Result<Digest, StepError> {
    resolver.result(&walk.reach.chain, walk.at + 1).ok_or(StepError::Frame(walk.time()))
}
