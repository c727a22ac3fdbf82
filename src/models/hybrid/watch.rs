//! What is watched along a track: whether the shot goes on, and where the object is.

use std::sync::Arc;

use super::presence::Presence;
use super::shot::View;
use crate::job::{Happening, Noticed};

/// Share of the pixels that change their colour at a cut, at the least. Within the shots of films and videos that the
/// numbers here were found on it is above that in one step of 60; between two shots in all but one pair of 200.
const APART: f32 = 0.2;
/// Share of a picture that can be followed across a cut at the most: .007 in 99 of 100 pairs of shots, .4 at the
/// least in 95 of 100 steps within one, and below this where all of the picture moves far, as it did the step before.
const FOLLOWED: f32 = 0.1;
/// How many times as much as the steps before it a cut changes.
const TIMES: f32 = 3.0;
/// What steps change of which nothing is known, or in which only the light changed.
const USUAL: f32 = 0.1;
/// Share of a picture that is followed at least where only the light changed.
const LIGHT: f32 = 0.5;
/// Steps that are compared with.
const STEPS: usize = 3;
/// Frames in which nothing was to be seen, after which what was seen before tells nothing any more.
const BLIND: u64 = 12;

/// What is known of the frames up to the last.
#[derive(Clone, Default)]
pub(super) struct Watch {
    /// The last frame in which there was something to be seen, and its number.
    pub seen: Option<(i64, Arc<View>)>,
    /// How much the last steps changed, at most [`STEPS`].
    pub steps: Vec<f32>,
    /// Why the track ended.
    pub ended: Option<Noticed>,
    /// Where the object is.
    pub presence: Presence,
}

impl Watch {
    /// What is known where a track begins.
    pub fn new(time: i64, view: &Arc<View>, presence: Presence) -> Self {
        Self { seen: view.is_clear().then(|| (time, Arc::clone(view))), presence, ..Self::default() }
    }

    /// What there is to tell.
    pub fn noticed(&self) -> Option<Noticed> {
        self.ended.or(self.presence.lost)
    }

    /// What is known a frame later.
    pub fn step(&self, time: i64, view: &dyn Fn() -> Arc<View>) -> Self {
        if self.ended.is_some() {
            return self.clone();
        }
        let now = view();
        if !now.is_clear() {
            // A flash, or a fade to black: there is nothing to compare.
            return self.clone();
        }
        let mut next = Self { seen: Some((time, Arc::clone(&now))), ..self.clone() };
        let Some((before, seen)) = &self.seen else { return next };
        let mut apart = now.apart(seen);
        if apart > APART {
            let followed = now.followed(seen).unwrap_or(1.0);
            if followed < FOLLOWED && apart > TIMES * self.usual() && time.abs_diff(*before) <= BLIND {
                // The shot that begins later is the one that the cut begins.
                let ended = Noticed { what: Happening::Cut, time: time.max(*before) };
                return Self { ended: Some(ended), ..Self::default() };
            }
            if followed > LIGHT {
                apart = USUAL;
            }
        }
        if next.steps.len() >= STEPS {
            next.steps.remove(0);
        }
        next.steps.push(apart);
        next
    }

    /// What the last steps changed.
    fn usual(&self) -> f32 {
        let mut steps = self.steps.clone();
        steps.sort_by(f32::total_cmp);
        steps.get(steps.len() / 2).copied().unwrap_or(USUAL)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.seen.as_ref().map_or(0, |(_, view)| view.bytes()) + self.steps.len() * size_of::<f32>()
    }
}
