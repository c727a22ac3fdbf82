//! Reads the Mask input of one request, where it is a prompt: on which frames, and what its masks are.
//!
//! Every frame on which it may be a prompt is looked at once, and its digest is remembered. From then on:
//!
//! - Where masks have stamps, these tell whether a mask is what it was.
//! - In a run each mask is looked at once, and so is each time that of the frame that is rendered.
//! - Between runs the masks are looked at on which the frame depends: those on the way to the nearest keyframes, and of
//!   the others as many as time allows, those first that were seen longest ago.
//!
//! A mask that is another than it was tells that the input was edited: then all are looked at.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::missing::Missing;
use super::read_masks::{MaskFrames, StampedPart};
use super::reader::FootageReader;
use crate::engine::digest::Recipe;
use crate::engine::footage::{Footage, SeenMask};
use crate::engine::plan::{MaskInput, MaskPrompt};
use crate::job::{JobError, MaskKeys, Note, Propagation, SourceError};
use crate::raster::Matte;

/// Masks between which stamps are asked for again, so that one that changes while it is read is noticed.
const STAMPED: usize = 64;
/// Most masks that are looked at for one request though it does not depend on them.
const MOST_LOOKED_AT: usize = 16;

impl FootageReader<'_> {
    /// The frames on which the Mask input is a prompt; none where it is not asked for.
    ///
    /// # Errors
    /// [`Missing`] where masks, or their stamps, are to be fetched for it.
    pub fn mask_keys(&mut self, footage: &Footage) -> Result<Option<Arc<MaskFrames>>, Missing> {
        let request = self.asked.request;
        if !request.mask.prompts() || self.masks.keys.is_some() {
            return Ok(self.masks.keys.clone());
        }
        if self.masks.beliefs.is_none() {
            self.masks.beliefs = Some(footage.masks.identify(&self.masks.seen));
        }
        let frames: Vec<i64> = request.mask.looked_at((request.first, request.last)).collect();
        let stampless = footage.masks.stampless.load(Ordering::Relaxed);
        self.look(&frames, stampless)?;
        if stampless && self.caller.source.run().id == 0 && !self.masks.alone {
            self.look_on_the_way(&frames)?;
            self.look_further(&frames)?;
        }
        let wanted = |mask: &SeenMask| !mask.empty || request.mask != MaskKeys::NotEmpty;
        let known = frames.iter().filter_map(|&time| Some((time, self.masks.mask(time)?)));
        let found: Vec<_> =
            known.filter(|(_, mask)| wanted(mask)).map(|(time, mask)| (time, mask.digest)).collect();
        if found.is_empty() && self.masks.alone && self.asked.prompts.frames().is_empty() {
            let first = frames.first().copied().unwrap_or(request.first);
            return Err(JobError::Host(format!(
                "the Mask input, used as a prompt, has nothing on frame {}, and the host gives only the frame that it \
                 renders: render in order from a frame with a mask, from frame {first} on",
                self.asked.time
            ))
            .into());
        }
        let recipe = Recipe::new("mask input");
        let digest =
            found.iter().fold(recipe, |recipe, (time, mask)| recipe.number(*time).digest(mask)).done();
        let keys = Arc::new(MaskFrames { digest, frames: found });
        self.masks.keys = Some(Arc::clone(&keys));
        Ok(Some(keys))
    }

    /// Looks at all of `frames` whose masks are not known, or have to be compared.
    fn look(&self, frames: &[i64], stampless: bool) -> Result<(), Missing> {
        let (now, in_run) = (self.asked.time, self.caller.source.run().id != 0);
        let mut lacking = Vec::new();
        for &time in frames {
            let due = match self.masks.mask(time) {
                None => true,
                Some(mask) if mask.at >= self.since => false,
                Some(_) if !stampless && !self.masks.alone => {
                    return Err(Missing::MaskStamps((time, frames.last().copied().unwrap_or(time))));
                }
                Some(_) => in_run || time == now,
            };
            if due && !self.masks.seen.contains_key(&time) && (time == now || !self.masks.alone) {
                lacking.push(time);
            }
        }
        if lacking.is_empty() { Ok(()) } else { Err(Missing::Masks(lacking)) }
    }

    /// Looks at the masks on which the frame depends: up to the nearest that is a prompt, on both sides.
    fn look_on_the_way(&self, frames: &[i64]) -> Result<(), Missing> {
        let listed = self.asked.request.mask != MaskKeys::NotEmpty;
        let wall = |mask: &SeenMask| listed || !mask.empty;
        let on_key = frames.binary_search(&self.asked.time).ok().and(self.masks.mask(self.asked.time));
        let all = self.asked.request.propagation == Propagation::Reference;
        if !all && on_key.is_some_and(|mask| wall(&mask)) {
            return Ok(());
        }
        let (before, after) = frames.split_at(frames.partition_point(|&time| time < self.asked.time));
        let sides: [Box<dyn Iterator<Item = &i64>>; 2] =
            [Box::new(before.iter().rev()), Box::new(after.iter())];
        for side in sides {
            for &time in side {
                let Some(mask) = self.masks.mask(time) else { continue };
                if mask.at < self.since && !self.masks.seen.contains_key(&time) {
                    return Err(Missing::Masks(vec![time]));
                }
                if wall(&mask) && !all {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Looks at the other masks as far as time allows.
    fn look_further(&mut self, frames: &[i64]) -> Result<(), Missing> {
        if self.masks.looked_at >= MOST_LOOKED_AT || !self.shared.budget.lock().affords() {
            return Ok(());
        }
        let doubt = |&time: &i64| Some((self.masks.mask(time)?.at, time));
        let old = frames.iter().filter_map(doubt).filter(|(at, _)| *at < self.since).min();
        let Some((_, time)) = old else { return Ok(()) };
        self.masks.looked_at += 1;
        Err(Missing::Masks(vec![time]))
    }

    /// Fetches the masks on `frames`, until one is another than was believed.
    ///
    /// # Errors
    /// [`JobError`] by who must act: no picture where one is needed, another size, or the render was stopped.
    pub fn fetch_masks(&mut self, frames: &[i64]) -> Result<(), JobError> {
        self.masks.keys = None;
        let all = frames.len() as u64;
        for (i, part) in frames.chunks(STAMPED).enumerate() {
            let (Some(&first), Some(&last)) = (part.first(), part.last()) else { break };
            let before = self.caller.source.mask_stamps((first, last))?;
            let (fetched, failed) = self.fetch_part(part, ((i * STAMPED) as u64, all));
            // What came before the render was stopped need not come again.
            let after = self.caller.source.mask_stamps((first, last));
            let after = if failed.is_some() { after.unwrap_or_default() } else { after? };
            let edited = self.take_masks(&fetched, &StampedPart { first, before, after });
            match failed {
                Some(error) => return Err(error),
                None if edited || fetched.len() < part.len() => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    /// Fetches the masks on the frames of `part`, of all that are fetched after so many; of fewer where one cannot be had.
    fn fetch_part(
        &mut self,
        part: &[i64],
        (before, all): (u64, u64),
    ) -> (Vec<(i64, MaskPrompt)>, Option<JobError>) {
        let mut fetched = Vec::with_capacity(part.len());
        for &time in part {
            let began = Instant::now();
            match self.caller.check_aborted().and_then(|()| self.fetch_mask(time)) {
                Ok(Some(mask)) => fetched.push((time, mask)),
                Ok(None) => break,
                Err(error) => return (fetched, Some(error)),
            }
            if self.masks.looked_at > 0 {
                self.spent += began.elapsed();
                self.shared.budget.lock().spend(began.elapsed());
            }
            if all > 2 {
                let done = before + fetched.len() as u64;
                (self.caller.notes)(Note::Progress { done, total: all });
            }
        }
        (fetched, None)
    }

    /// Takes masks that were fetched; says whether one is another than was believed.
    fn take_masks(&mut self, fetched: &[(i64, MaskPrompt)], stamps: &StampedPart) -> bool {
        let Some(footage) = self.footage.clone() else { return true };
        footage.masks.stampless.store(stamps.before.is_empty(), Ordering::Relaxed);
        let (at, mut edited) = (self.shared.footages.now(), false);
        for (time, mask) in fetched {
            let stamp = stamps.of(*time);
            let seen = SeenMask { digest: mask.digest, empty: mask.empty, stamp, at };
            edited |= self.masks.mask(*time).is_some_and(|believed| believed.digest != seen.digest);
            self.masks.seen.insert(*time, seen);
            self.masks.prompts.insert(*time, mask.clone());
            self.shared.masks.put(mask.digest, mask.clone(), mask.bytes());
            if let Some(beliefs) = self.masks.beliefs.as_ref().filter(|_| !edited) {
                beliefs.add(*time, seen);
            }
        }
        if edited {
            self.masks.beliefs = Some(footage.masks.identify(&self.masks.seen));
        }
        edited
    }

    /// Fetches the mask on a frame; none where the host gives that of the frame alone that it renders.
    fn fetch_mask(&mut self, time: i64) -> Result<Option<MaskPrompt>, JobError> {
        let (width, height) = (self.asked.request.width, self.asked.request.height);
        let found = match self.caller.source.mask(time) {
            Err(SourceError::OnlyCurrent) => {
                self.masks.alone = true;
                let text = "the host gives only the frame that it renders: the Mask input prompts on the frames that \
                            are rendered, render them in order";
                (self.caller.notes)(Note::Info(text.into()));
                return Ok(None);
            }
            other => other?,
        };
        let matte = match found {
            Some(matte) => matte,
            None if self.asked.request.mask == MaskKeys::NotEmpty => Matte::filled(width, height, 0.0),
            None => {
                return Err(JobError::User(format!(
                    "the Mask input, used as a prompt on frame {time}, has no picture there"
                )));
            }
        };
        if (matte.width(), matte.height()) != (width, height) {
            return Err(JobError::Host(format!(
                "the Mask input has {}x{} pixels on frame {time}, the footage has {width}x{height}",
                matte.width(),
                matte.height(),
            )));
        }
        Ok(Some(MaskPrompt::new(matte)))
    }

    /// Asks for the stamps of the masks from the first to the last of `frames`, and compares them with those that they
    /// had when they were seen.
    ///
    /// # Errors
    /// [`JobError::Aborted`].
    pub fn check_mask_stamps(&mut self, (first, last): (i64, i64)) -> Result<(), JobError> {
        /// Masks whose stamps are asked for at once.
        const STAMPS: i64 = 1024;
        let (Some(footage), Some(beliefs)) = (self.footage.clone(), self.masks.beliefs.clone()) else {
            return Ok(());
        };
        let last = last.min(first + STAMPS - 1);
        let at = self.shared.footages.now();
        let mut stamps = self.caller.source.mask_stamps((first, last))?;
        if stamps.is_empty() {
            footage.masks.stampless.store(true, Ordering::Relaxed);
            return Ok(());
        }
        // What is not told is not known.
        stamps.resize(usize::try_from(last - first).unwrap_or(0) + 1, None);
        beliefs.check(first, &stamps, (self.since, at));
        Ok(())
    }

    /// The masks of `keys`.
    ///
    /// # Errors
    /// [`Missing::Masks`] of those that are not kept any more.
    pub fn mask_input(&self, keys: &MaskFrames) -> Result<MaskInput, Missing> {
        let (mut prompts, mut lacking) = (Vec::with_capacity(keys.frames.len()), Vec::new());
        for (time, digest) in &keys.frames {
            let held = self.masks.prompts.get(time).filter(|mask| mask.digest == *digest).cloned();
            match held.or_else(|| self.shared.masks.get(digest)) {
                Some(mask) => prompts.push((*time, mask)),
                None => lacking.push(*time),
            }
        }
        match lacking.is_empty() {
            true => Ok(MaskInput { digest: keys.digest, prompts }),
            false => Err(Missing::Masks(lacking)),
        }
    }
}
