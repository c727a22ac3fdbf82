//! The answers of the trackers and the carried drawing in one.

use super::carried::Carried;
use super::certainty::Doubts;
use super::drawn::drawn;
use super::fuse::fused;
use super::picture::Picture;
use super::track::Track;
use super::{confidence, second};
use crate::job::ConfidenceMap;
use crate::models::Prediction;
use crate::raster::{Matte, resize};

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
        let grid = (width, height);
        let first = Track::new(&own.matte, grid);
        let second = other.map(|other| (Track::new(&other.matte, grid), other.confidence));
        let share = second
            .as_ref()
            .map_or(0.0, |(second, _)| second::share(first.distances(), second.distances(), carried));
        let mut doubts = Doubts::new(grid);
        let plane: Vec<f32> = carried
            .pixels()
            .enumerate()
            .map(|(i, said)| {
                let own = (first.at(i), 1.0 - share);
                let other = second.as_ref().map_or(own, |(second, _)| (second.at(i), share));
                let answers = [own, (said, 1.0), other];
                let answers = &answers[..if second.is_some() { 3 } else { 2 }];
                let distance = fused(answers);
                doubts.add(i, distance, answers);
                distance
            })
            .collect();
        let inside: Vec<bool> = plane.iter().map(|d| *d > 0.0).collect();
        let overlap = confidence::overlap(inside.iter().copied().zip(carried.inside()));
        let own_of =
            second.as_ref().map_or(own.confidence, |(_, c)| own.confidence * (1.0 - share) + c * share);
        let confidence = confidence::along(overlap, own_of);
        let size = (own.matte.width(), own.matte.height());
        let map = doubts.map(confidence);
        let softness = |i: usize| {
            let own = first.softness(i);
            second.as_ref().map_or(own, |(second, _)| own + share * (second.softness(i) - own))
        };
        Self { matte: drawn(size, grid, &plane, softness), inside, confidence, map }
    }
}
