//! Several answers about one frame to one: signed distances, weighted by how far each is to be trusted.

use super::carried::Answer;

/// A weighted mean of signed distances.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fused {
    sum: f32,
    weight: f32,
}

impl Fused {
    /// Adds an answer that counts `share`.
    #[must_use]
    pub fn with(self, said: Answer, share: f32) -> Self {
        let weight = said.trust * share;
        Self { sum: self.sum + weight * said.distance, weight: self.weight + weight }
    }

    /// The distance; 0 without an answer.
    #[must_use]
    pub fn distance(self) -> f32 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }
}
