//! Of footage without stamps some frames are fetched to find out whether it is what it was.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::reader::FootageReader;
use crate::engine::digest::Recipe;
use crate::engine::footage::spot_checks;
use crate::job::{JobError, Note, Run, SourceError};

/// Digits of a digest of footage that a person reads.
const DIGITS: usize = 16;

impl FootageReader<'_> {
    /// Fetches some of the frames between the two of `path` of which it is not sure that they are what they were;
    /// gives whether they are.
    pub fn spot_check(&mut self, path: (i64, i64)) -> Result<bool, JobError> {
        let Some(footage) = self.footage.clone() else { return Ok(true) };
        if self.seen.frames.len() > 2 {
            self.shared.footages.judge(&footage);
        }
        if footage.stampless.load(Ordering::Relaxed) && !self.alone {
            let doubts = footage.doubts(path, self.since);
            let required = spot_checks::required(&doubts, footage.compared.load(Ordering::Relaxed));
            let affordable = spot_checks::affordable(&doubts, self.shared.footages.now());
            let count = required.len();
            for (i, time) in required.into_iter().chain(affordable).enumerate() {
                if self.seen.frames.contains_key(&time) {
                    continue;
                }
                if i >= count && !self.shared.budget.lock().affords() {
                    break;
                }
                if !self.check_frame(time)? {
                    break;
                }
                if self.footage.as_ref().is_none_or(|now| !Arc::ptr_eq(now, &footage)) {
                    return Ok(false);
                }
            }
        }
        self.shared.budget.lock().earn(self.began.elapsed().saturating_sub(self.spent));
        Ok(true)
    }

    /// Fetches a frame that nobody asked for; gives whether there is one.
    fn check_frame(&mut self, time: i64) -> Result<bool, JobError> {
        let began = Instant::now();
        let there = match self.caller.source.frame(time) {
            Ok(frame) => {
                self.take_frame(time, frame)?;
                true
            }
            Err(SourceError::Aborted) => return Err(JobError::Aborted),
            // What is not to be had is not missed: the matte is there.
            Err(SourceError::OnlyCurrent | SourceError::Failed(_)) => false,
        };
        let took = began.elapsed();
        self.spent += took;
        self.shared.budget.lock().spend(took);
        Ok(there)
    }

    /// Says once in each run which frames of a path are taken to be what an earlier session saw.
    pub fn tell_trusted(&mut self, path: (i64, i64)) {
        let Some(footage) = &self.footage else { return };
        let Run { id, frames } = self.caller.source.run();
        let mut unseen = footage.unseen(path);
        // Those that are rendered are still to be read.
        unseen.retain(|(time, _)| frames.is_none_or(|(first, last)| !(first..=last).contains(time)));
        let (Some((first, _)), Some((last, _))) = (unseen.first(), unseen.last()) else { return };
        let run = if id == 0 { 0 } else { self.since };
        if !footage.told.lock().insert(run) {
            return;
        }
        let of_all = Recipe::new("trusted footage");
        let digest = unseen.iter().fold(of_all, |recipe, (time, pixels)| recipe.number(*time).digest(pixels));
        let stampless = footage.stampless.load(Ordering::Relaxed);
        (self.caller.notes)(Note::Trusted {
            first: *first,
            last: *last,
            frames: unseen.len() as u64,
            compared: stampless.then(|| footage.compared.load(Ordering::Relaxed) as u64),
            digest: digest.done().hex()[..DIGITS].to_owned(),
        });
    }
}
