//! The answers of the trackers and the carried drawing in one.

use super::carried::{Answer, Carried};
use super::certainty::Doubts;
use super::drawing::distances;
use super::fuse::Fused;
use super::picture::Picture;
use super::sharp::sharp;
use super::{confidence, second};
use crate::job::ConfidenceMap;
use crate::models::Prediction;
use crate::raster::{Matte, resize};

/// How far the answers of the trackers themselves are to be trusted: as far as a carried drawing whose doubt is 73
/// levels. Of .1, .03, .01 and .004 on made scenes and the masked video (EXPERIMENTS.md 8).
const OWN: f32 = 0.01;

/// A tracker's own answer on a grid: signed distances from its outline, trusted as far as trackers are.
pub struct Track(Vec<f32>);

impl Track {
    /// Of a matte of the frame, on a grid of so many columns and rows over it.
    #[must_use]
    pub fn new(matte: &Matte, grid: (u32, u32)) -> Self {
        Self(distances(&resize::matte(matte, grid.0, grid.1)).data)
    }

    /// What it says of pixel `i`, row by row.
    #[must_use]
    pub fn at(&self, i: usize) -> Answer {
        Answer { distance: self.0[i], trust: OWN }
    }
}

/// What is found in a frame.
pub(super) struct Answered {
    pub matte: Matte,
    /// For each pixel of the grid whether it is inside.
    pub inside: Vec<bool>,
    /// See [`confidence`].
    pub confidence: f32,
    /// See [`certainty`](super::certainty).
    pub map: Option<ConfidenceMap>,
}

impl Answered {
    /// Of the tracker's own answer, that of the second one, and the carried drawing, where there are any.
    pub fn new(
        own: &Prediction,
        other: Option<&Prediction>,
        carried: Option<&Carried>,
        picture: &Picture,
    ) -> Self {
        let (width, height) = picture.size();
        let Some(carried) = carried else {
            let small = resize::matte(&own.matte, width, height);
            let inside = small.data().iter().map(|v| *v >= 0.5).collect();
            let confidence = confidence::along(0.0, own.confidence);
            return Self { matte: own.matte.clone(), inside, confidence, map: None };
        };
        let on_grid = |found: &Prediction| distances(&resize::matte(&found.matte, width, height)).data;
        let mut plane = on_grid(own);
        let second = other.map(|other| (on_grid(other), other.confidence));
        let share = second.as_ref().map_or(0.0, |(second, _)| second::share(&plane, second, carried));
        let mut doubts = Doubts::new((width, height));
        for ((i, v), said) in plane.iter_mut().enumerate().zip(carried.pixels()) {
            let own = |distance: f32| Answer { distance, trust: OWN };
            let answers = [
                (own(*v), 1.0 - share),
                (said, 1.0),
                (own(second.as_ref().map_or(0.0, |(second, _)| second[i])), share),
            ];
            let answers = &answers[..if second.is_some() { 3 } else { 2 }];
            *v = answers
                .iter()
                .fold(Fused::default(), |all, (said, share)| all.with(*said, *share))
                .distance();
            doubts.add(i, *v, answers);
        }
        let inside: Vec<bool> = plane.iter().map(|d| *d > 0.0).collect();
        let overlap = confidence::overlap(inside.iter().copied().zip(carried.inside()));
        let own_of = second.map_or(own.confidence, |(_, c)| own.confidence * (1.0 - share) + c * share);
        let confidence = confidence::along(overlap, own_of);
        let size = (own.matte.width(), own.matte.height());
        let map = doubts.map(confidence);
        Self { matte: sharp(size, (width, height), &plane), inside, confidence, map }
    }
}
