//! Reads the footage of one request: fetches what is lacking from the caller, and compares it with what is believed.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::asked::{Caller, FrameRequest};
use super::missing::Missing;
use super::read_masks::ReadMasks;
use crate::engine::digest::Digest;
use crate::engine::footage::{Footage, Identified, SeenFrame, SeenPixels, Sighting};
use crate::engine::shared::SharedParts;
use crate::job::{JobError, Note, SourceError};
use crate::raster::Frame;

/// Frames that a request holds beside the one it renders.
const HELD_FRAMES: usize = 4;
/// How often the footage may change under one request.
const MOST_CONTRADICTIONS: u32 = 8;
/// Frames whose stamps are asked for at once.
const STAMPS: i64 = 1024;

/// The footage of one request, as far as it was read.
pub struct FootageReader<'a> {
    pub(super) shared: &'a SharedParts,
    pub(super) asked: FrameRequest<'a>,
    pub(super) caller: Caller<'a>,
    /// The nearest keyframe.
    anchor: i64,
    /// What was fetched for this request, so what is sure.
    pub(super) seen: SeenPixels,
    pub(super) footage: Option<Arc<Footage>>,
    current: Option<Arc<Frame>>,
    held: VecDeque<(i64, Arc<Frame>)>,
    /// The Mask input, as far as it was read.
    pub(super) masks: ReadMasks,
    /// The host gives no frame but the one that it renders.
    pub(super) alone: bool,
    /// From when on what was seen is sure.
    pub(super) since: u64,
    contradictions: u32,
    /// When it began, and how long frames took that nobody but itself asked for.
    pub(super) began: Instant,
    pub(super) spent: Duration,
}

impl<'a> FootageReader<'a> {
    /// Nothing is read yet.
    pub fn new(shared: &'a SharedParts, asked: FrameRequest<'a>, caller: Caller<'a>) -> Self {
        let FrameRequest { request, prompts, time } = asked;
        let keys = prompts.frames().into_iter().chain(request.mask.named().iter().copied());
        // Where masks say which frames are keyframes the same frame tells it for all.
        let other = if request.mask.prompts() { request.first } else { time };
        let anchor = keys.min_by_key(|k| (k.abs_diff(time), *k)).unwrap_or(other);
        let since = shared.footages.begin(caller.source.run().id);
        Self {
            shared,
            asked,
            caller,
            anchor,
            seen: SeenPixels::default(),
            footage: None,
            current: None,
            held: VecDeque::new(),
            masks: ReadMasks::default(),
            alone: false,
            since,
            contradictions: 0,
            began: Instant::now(),
            spent: Duration::ZERO,
        }
    }

    /// From when on what was seen is sure, counted in requests.
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Whether the host gives no frame but the one that it renders.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// The pixels of a frame of `footage`, where they are at hand.
    pub fn at_hand(&self, footage: &Footage, time: i64) -> Option<Arc<Frame>> {
        let held = || self.held.iter().find(|(t, _)| *t == time).map(|(_, f)| Arc::clone(f));
        let current = self.current.as_ref().filter(|_| time == self.asked.time).map(Arc::clone);
        current.or_else(held).or_else(|| self.shared.frames.get(&footage.frame(time)?))
    }

    /// Fetches the frame at `time` and compares it with what was believed.
    ///
    /// # Errors
    /// [`JobError`] by who must act: a frame that is not to be had, has another size or never stays the same.
    pub fn fetch(&mut self, time: i64) -> Result<(), JobError> {
        let frame = self.caller.source.frame(time).map_err(|e| match e {
            SourceError::OnlyCurrent => JobError::Host(format!(
                "frame {time} is needed to track frame {}, but the host gives only the frame that it \
                 renders: render in order from frame {time}",
                self.asked.time
            )),
            other => other.into(),
        })?;
        self.take_frame(time, frame)
    }

    /// Fetches the nearest keyframe, which is at `time`; a host may give no other frame than the one that it
    /// renders.
    ///
    /// # Errors
    /// As of [`Self::fetch`].
    pub fn fetch_anchor(&mut self, time: i64) -> Result<(), JobError> {
        match self.caller.source.frame(time) {
            Ok(frame) => self.take_frame(time, frame),
            Err(SourceError::OnlyCurrent) => {
                self.alone = true;
                let text = "the host gives only the frame that it renders: frames are tracked as they are \
                            rendered, render them in order";
                (self.caller.notes)(Note::Info(text.into()));
                Ok(())
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Takes a frame that was fetched, and compares it with what was believed.
    pub(super) fn take_frame(&mut self, time: i64, frame: Arc<Frame>) -> Result<(), JobError> {
        if (frame.width(), frame.height()) != (self.asked.request.width, self.asked.request.height) {
            return Err(JobError::Host(format!(
                "frame {time} has {}x{} pixels, the footage has {}x{}",
                frame.width(),
                frame.height(),
                self.asked.request.width,
                self.asked.request.height
            )));
        }
        let digest = Digest::of_frame(&frame);
        self.shared.frames.put(digest, &frame);
        if time == self.asked.time {
            self.current = Some(Arc::clone(&frame));
        } else {
            self.held.retain(|(t, _)| *t != time);
            self.held.push_back((time, frame));
            if self.held.len() > HELD_FRAMES {
                self.held.pop_front();
            }
        }
        let seen = SeenFrame {
            digest,
            provenance: self.caller.source.provenance(time),
            at: self.shared.footages.now(),
        };
        let before = self.seen.frames.insert(time, seen).map(|before| before.digest);
        let believed = self.footage.as_ref().and_then(|f| f.frame(time)).or(before);
        let now = SeenPixels { frames: HashMap::from([(time, seen)]) };
        self.compare(believed, digest, &now, &format!("frame {time}"))
    }

    /// Asks for the stamps of the frames from `time` on towards the one that is rendered, and compares them with
    /// those that frames had when they were seen.
    ///
    /// # Errors
    /// [`JobError::Aborted`].
    pub fn check_stamps(&mut self, time: i64) -> Result<(), JobError> {
        let Some(footage) = self.footage.clone() else { return Ok(()) };
        let (first, last) = match time <= self.asked.time {
            true => (time, self.asked.time.min(time + STAMPS - 1)),
            false => (self.asked.time.max(time - STAMPS + 1), time),
        };
        let at = self.shared.footages.now();
        let mut stamps = self.caller.source.stamps((first, last))?;
        if stamps.is_empty() {
            footage.stampless.store(true, Ordering::Relaxed);
            return Ok(());
        }
        // What is not told is not known.
        stamps.resize(usize::try_from(last - first).unwrap_or(0) + 1, None);
        footage.check(first, &stamps, (self.since, at));
        Ok(())
    }

    /// Believes what was seen `now`; forgets the footage when it was another before.
    fn compare(
        &mut self,
        believed: Option<Digest>,
        digest: Digest,
        now: &SeenPixels,
        what: &str,
    ) -> Result<(), JobError> {
        let Some(footage) = &self.footage else { return Ok(()) };
        if believed.is_none_or(|b| b == digest) {
            self.footage = Some(self.shared.footages.seen(footage, now, &self.seen));
            return Ok(());
        }
        self.contradictions += 1;
        if self.contradictions > MOST_CONTRADICTIONS {
            return Err(JobError::Host(format!(
                "{what} is a different picture each time it is read: freeze the changing input before this \
                 node"
            )));
        }
        self.footage = Some(self.shared.footages.contradicted(footage, &self.seen));
        Ok(())
    }

    /// Which footage this is.
    ///
    /// # Errors
    /// [`Missing::Anchor`] where the nearest keyframe has to tell it.
    pub fn identified(&mut self) -> Result<Arc<Footage>, Missing> {
        if let Some(footage) = &self.footage {
            return Ok(Arc::clone(footage));
        }
        let sighting = Sighting {
            size: (self.asked.request.width, self.asked.request.height),
            seen: &self.seen,
            time: self.asked.time,
            anchor: self.anchor,
            alone: self.alone,
        };
        match self.shared.footages.identify(sighting) {
            Identified::Yes(footage) => {
                let footage = self.shared.footages.seen(&footage, &self.seen, &self.seen);
                self.footage = Some(Arc::clone(&footage));
                Ok(footage)
            }
            Identified::NeedsAnchor => Err(Missing::Anchor(self.anchor)),
        }
    }
}
