//! A tracker and what it holds: embeddings, keyframes, memories along chains.

use std::collections::VecDeque;
use std::sync::Arc;

use super::error::StepError;
use super::goal::StepInputs;
use super::memories::{ChainMemories, KeptMemory};
use super::prediction::KeptPrediction;
use crate::engine::chain::Resolver;
use crate::engine::digest::Digest;
use crate::engine::store::Record;
use crate::job::JobError;
use crate::models::{Embedding, Memory, Prediction, Tracker};

/// Embeddings kept: one for each direction, the keyframe's, and one for another thread. At 1024
/// pixels they have 17 MB each.
const EMBEDDINGS: usize = 4;
/// Keyframes kept, compressed: those of 16 objects between two keyframes, twice.
const KEYFRAMES: usize = 64;
/// A memory in so many is saved on disk while a session runs, and the last one when it ends. So many frames a
/// session that was killed costs the next one at most.
pub(super) const SAVED_EVERY: usize = 16;

/// A tracker at work.
pub struct TrackerState {
    /// Its name, for messages.
    pub(super) name: String,
    tracker: Result<Box<dyn Tracker>, JobError>,
    embeddings: VecDeque<(Digest, Embedding)>,
    keyframes: VecDeque<(Digest, KeptPrediction)>,
    pub(super) memories: ChainMemories,
    /// Results for which the disk was searched.
    pub(super) searched: VecDeque<Digest>,
    /// Frames that were answered before the tracker learned from them.
    pending: Vec<Pending>,
    /// What went wrong with one of them.
    pub(super) late: Option<StepError>,
}

/// A step of a walk that was taken.
#[derive(Clone, Copy)]
pub struct Taken {
    /// The chain.
    pub chain: Digest,
    /// Steps along the chain, this one included.
    pub distance: usize,
    /// By what its result is known.
    pub result: Digest,
    /// Whether later sessions may go on from it.
    pub lasting: bool,
}

/// A step of a walk that was taken but for what the next step needs of it.
pub struct Pending {
    /// The step.
    pub step: Taken,
    /// The frame.
    pub time: i64,
    /// The frame as the tracker sees it.
    pub embedding: Embedding,
    /// What it found there.
    pub found: Prediction,
    /// What it remembers of the frames before.
    pub memory: Box<dyn Memory>,
}

impl TrackerState {
    /// A tracker that has seen nothing yet, or why there is none.
    pub fn new(name: String, tracker: Result<Box<dyn Tracker>, JobError>) -> Self {
        Self {
            name,
            tracker,
            embeddings: VecDeque::new(),
            keyframes: VecDeque::new(),
            memories: ChainMemories::default(),
            searched: VecDeque::new(),
            pending: Vec::new(),
            late: None,
        }
    }

    /// Drops the tracker and all that it holds on its device.
    pub fn let_go(&mut self) {
        self.tracker = Err(JobError::Internal("the tracker was released".into()));
        self.embeddings.clear();
        self.keyframes.clear();
        self.memories = ChainMemories::default();
        self.pending.clear();
    }

    /// Drops the embeddings of all frames.
    pub fn forget_embeddings(&mut self) {
        self.embeddings.clear();
    }

    /// Bytes of the memories.
    pub fn memory_bytes(&self) -> usize {
        self.memories.bytes()
    }

    /// Whether there are frames from which the tracker has not learned yet.
    pub fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    /// Learns from the frames that were answered; `save` is given what belongs on disk.
    pub fn settle(&mut self, save: &mut dyn FnMut(Digest, &dyn Memory)) -> Result<(), StepError> {
        for Pending { step, time, embedding, found, mut memory } in std::mem::take(&mut self.pending) {
            self.tracker()?.remember(memory.as_mut(), time, &embedding, &found, false)?;
            self.keep_memory(step, memory, save);
        }
        Ok(())
    }

    /// The tracker.
    pub(super) fn tracker(&mut self) -> Result<&mut Box<dyn Tracker>, StepError> {
        self.tracker.as_mut().map_err(|e| StepError::Failed(e.clone()))
    }

    /// Whether a keyframe is kept, by what it is known by.
    pub(super) fn has_keyframe(&self, key: &Digest) -> bool {
        self.keyframes.iter().any(|(k, _)| k == key)
    }

    /// Keeps what the tracker gave in a keyframe.
    pub(super) fn keep_keyframe(&mut self, key: Digest, kept: KeptPrediction) {
        while self.keyframes.len() >= KEYFRAMES {
            self.keyframes.pop_front();
        }
        self.keyframes.retain(|(k, _)| *k != key);
        self.keyframes.push_back((key, kept));
    }

    /// What the tracker gave in a keyframe.
    pub(super) fn keyframe(
        &self,
        resolver: &Resolver,
        keyframe: usize,
    ) -> Result<(Prediction, Record), StepError> {
        let key = resolver.key(keyframe).map_err(|_| internal("a keyframe lost its digest"))?;
        let kept = self.keyframes.iter().find(|(k, _)| *k == key).map(|(_, kept)| kept);
        let kept = kept.ok_or_else(|| internal("a keyframe was dropped too early"))?;
        kept.unpack(resolver.size()).map_err(|_| internal("a keyframe is damaged"))
    }

    /// The frame at `time` as the tracker sees it.
    pub(super) fn embedding(&mut self, time: i64, inputs: &StepInputs) -> Result<Embedding, StepError> {
        let digest = inputs.supply.frame_digest(time).ok_or(StepError::Frame(time))?;
        if let Some(i) = self.embeddings.iter().position(|(d, _)| *d == digest) {
            let found = self.embeddings.remove(i).ok_or(StepError::Frame(time))?;
            let embedding = Arc::clone(&found.1);
            self.embeddings.push_back(found);
            return Ok(embedding);
        }
        let frame = inputs.supply.frame(time).ok_or(StepError::Frame(time))?;
        // Room first: an embedding may be large.
        while self.embeddings.len() >= EMBEDDINGS {
            self.embeddings.pop_front();
        }
        let embedding = self.tracker()?.embed(&frame)?;
        self.embeddings.push_back((digest, Arc::clone(&embedding)));
        Ok(embedding)
    }

    /// Has the tracker learn later from a frame that is answered now.
    pub(super) fn learn_later(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    /// Keeps the memory of a walk after a step.
    pub(super) fn keep_memory(
        &mut self,
        step: Taken,
        memory: Box<dyn Memory>,
        save: &mut dyn FnMut(Digest, &dyn Memory),
    ) {
        let saved = step.lasting && step.distance.is_multiple_of(SAVED_EVERY);
        if saved {
            save(step.result, memory.as_ref());
        }
        let kept = KeptMemory { of: step.result, memory, unsaved: step.lasting && !saved };
        self.memories.put(step.chain, step.distance, kept);
    }
}

/// Something that cannot be.
pub(super) fn internal(what: &str) -> StepError {
    StepError::Failed(JobError::Internal(what.into()))
}
