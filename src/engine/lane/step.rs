//! One step: all that is done towards the goals in one frame.

use std::collections::HashSet;

use super::action::{Action, ActionKind, Walk, beginning};
use super::error::StepError;
use super::goal::{Goal, StepInputs, Target};
use super::memories::KeptMemory;
use super::state::{SAVED_EVERY, TrackerState};
use crate::engine::chain::{Reach, Unknown, too_far};

/// Goals of which it is remembered that the disk was searched for them.
const SEARCHED: usize = 64;

impl TrackerState {
    /// Takes one step towards `goals`; gives the number of steps that were left before it.
    ///
    /// # Errors
    /// [`StepError`]: a frame that is lacking, or why it cannot be done.
    pub fn step(&mut self, goals: &[Goal], inputs: &StepInputs) -> Result<usize, StepError> {
        if let Some(late) = self.late.take() {
            return Err(late);
        }
        self.settle(&mut |digest, memory| inputs.supply.keep_memory(digest, memory))?;
        let actions = self.actions(goals, inputs)?;
        let left = actions.iter().map(Action::left).sum();
        // The one that is farthest behind, so that the others join it and share its embedding.
        let forward = actions.iter().filter(|a| !a.backward()).map(|a| a.time(inputs)).min();
        let backward = actions.iter().filter(|a| a.backward()).map(|a| a.time(inputs)).max();
        let Some(time) = forward.or(backward) else { return Ok(0) };
        let embedding = self.embedding(time, inputs)?;
        for action in actions {
            if action.time(inputs) == time {
                self.act(action, &embedding, inputs)?;
            }
        }
        Ok(left)
    }

    /// What is to be done next towards each goal that is not reached.
    fn actions(&mut self, goals: &[Goal], inputs: &StepInputs) -> Result<Vec<Action>, StepError> {
        let mut actions = Vec::with_capacity(goals.len());
        // Two goals may want the same step: objects of equal prompts, a correction and its track.
        let mut found = HashSet::new();
        for goal in goals {
            // Another thread may have computed it while this one waited.
            if goal.result(inputs).is_some_and(|result| inputs.supply.has_record(&result)) {
                continue;
            }
            let action = self.next(*goal, inputs)?;
            if found.insert(action.result(inputs)) {
                actions.push(action);
            }
        }
        Ok(actions)
    }

    /// What is to be done next towards `goal`.
    fn next(&mut self, mut goal: Goal, inputs: &StepInputs) -> Result<Action, StepError> {
        self.tracker()?;
        let object = goal.object;
        loop {
            let next = match goal.target {
                Target::Keyframe(keyframe) => next_to_keyframe(object, keyframe, inputs)?,
                Target::Chain(reach) => self.next_along(object, reach, inputs)?,
            };
            match next {
                Next::Act(kind) => return Ok(Action { object, kind }),
                Next::First(target) => goal.target = target,
            }
        }
    }

    /// What is to be done next along a chain.
    fn next_along(&mut self, object: usize, reach: Reach, inputs: &StepInputs) -> Result<Next, StepError> {
        let resolver = &inputs.resolvers[object];
        let plan = resolver.plan;
        let (keyframe, kind) = match self.nearest(object, &reach, inputs)? {
            Some(at) => {
                let walk = Walk { reach, at };
                match plan.passed(walk.time()) {
                    Some(keyframe) => (keyframe, ActionKind::Pass { keyframe, walk }),
                    None => return Ok(Next::Act(ActionKind::Propagate(walk))),
                }
            }
            None => {
                let remembered = plan.remembered(reach.chain.key);
                let mut known = |told: &usize| {
                    let id = beginning(&reach.chain, *told, remembered.len());
                    self.memories.nearest(&id, 1, &|_| None).is_some()
                };
                let told = (1..remembered.len()).rev().find(&mut known).unwrap_or(0);
                (remembered[told], ActionKind::Begin { reach, told })
            }
        };
        match resolver.key(keyframe) {
            Err(unknown) => first(unknown),
            Ok(key) if self.has_keyframe(&key) => Ok(Next::Act(kind)),
            Ok(_) => Ok(Next::First(Target::Keyframe(keyframe))),
        }
    }

    /// How far along the chain there is a memory to go on from; one that is on disk is fetched when it is nearer
    /// to the goal: the last of a session, whose frames the goal follows, or one that was saved on the way.
    fn nearest(
        &mut self,
        object: usize,
        reach: &Reach,
        inputs: &StepInputs,
    ) -> Result<Option<usize>, StepError> {
        let chain = &reach.chain;
        let result = |distance: usize| inputs.resolvers[object].result(chain, distance);
        let nearest = self.memories.nearest(&chain.id, reach.length, &result);
        let nearer = nearest.unwrap_or(0) + 1..reach.length;
        if nearer.is_empty() || self.searched.contains(&reach.wanted) {
            return Ok(nearest);
        }
        if self.searched.len() >= SEARCHED {
            self.searched.pop_front();
        }
        self.searched.push_back(reach.wanted);
        let behind = reach.length.saturating_sub(SAVED_EVERY);
        for at in nearer.rev().filter(|at| *at >= behind || at.is_multiple_of(SAVED_EVERY)) {
            let Some(of) = result(at) else { continue };
            let Some(saved) = inputs.supply.memory(&of) else { continue };
            if let Some(memory) = self.tracker()?.restore(&saved) {
                self.memories.put(chain.id, at, KeptMemory { of, memory, unsaved: false });
                return Ok(Some(at));
            }
        }
        Ok(nearest)
    }
}

/// The way towards a result.
enum Next {
    /// This is to be done.
    Act(ActionKind),
    /// Another result comes first.
    First(Target),
}

/// What is to be done next towards a keyframe: what its clicks correct comes first.
fn next_to_keyframe(object: usize, keyframe: usize, inputs: &StepInputs) -> Result<Next, StepError> {
    let resolver = &inputs.resolvers[object];
    let about = &resolver.plan.keyframes[keyframe];
    let segment = Next::Act(ActionKind::Segment { keyframe });
    let Some(earlier) = about.earlier else { return Ok(segment) };
    let reaches = match resolver.around(earlier, about.time) {
        Ok(reaches) => reaches,
        Err(unknown) => return first(unknown),
    };
    let lost = reaches.into_iter().find(|reach| inputs.supply.record(&reach.wanted).is_none());
    Ok(lost.map_or(segment, |reach| Next::First(Target::Chain(reach))))
}

/// What has to be known first.
fn first(unknown: Unknown) -> Result<Next, StepError> {
    match unknown {
        Unknown::Frame(time) => Err(StepError::Frame(time)),
        Unknown::Behind(reach) => Ok(Next::First(Target::Chain(reach))),
        Unknown::Far { time, from } => Err(too_far(time, from).into()),
    }
}
