//! Several answers about one frame to one: signed distances, weighted by how far each is to be trusted.

use super::carried::Answer;

/// The mean of what `answers` say, by their trust and their share; 0 where nobody is trusted.
#[must_use]
pub fn fused(answers: &[(Answer, f32)]) -> f32 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (said, share) in answers {
        let counts = said.trust * share;
        sum += counts * said.distance;
        weight += counts;
    }
    if weight > 0.0 { sum / weight } else { 0.0 }
}
