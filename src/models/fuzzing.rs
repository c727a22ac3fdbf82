//! What the memories of trackers are restored from, opened to `tests/fuzz` by way of the engine's `fuzzing`:
//! anybody may have written it. No part of the interface.

use std::sync::Arc;

use super::flow::FlowTracker;
use super::saved::{seal, unseal};
use super::{Memory, Prediction, Tracker, flow, swift};
use crate::raster::{Frame, Matte};

/// The families whose memories are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The flow tracker.
    Flow,
    /// Swift.
    Swift,
}

/// What a small memory is saved as after so many frames, without the digest at its end.
#[must_use]
pub fn memory(family: Family, frames: i64) -> Vec<u8> {
    let saved = match family {
        Family::Flow => flow_memory(frames).and_then(|memory| memory.save()),
        Family::Swift => swift::sample(frames).save(),
    };
    saved.as_deref().and_then(unseal).map(<[u8]>::to_vec).unwrap_or_default()
}

fn flow_memory(frames: i64) -> Option<Box<dyn Memory>> {
    let mut tracker = FlowTracker::new();
    let mut memory = tracker.memory(None);
    for time in 0..frames {
        let mut frame = Frame::filled(24, 16, [0; 3]);
        frame.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i as i64 * 37 + time * 11) as u8);
        let embedding = tracker.embed(&Arc::new(frame)).ok()?;
        let mut matte = Matte::filled(24, 16, 0.0);
        (5..11).for_each(|y| matte.data_mut()[y * 24 + 6..y * 24 + 14].fill(0.75));
        let found = Prediction::new(matte, 1.0);
        tracker.remember(memory.as_mut(), time, &embedding, &found, time % 3 == 0).ok()?;
    }
    Some(memory)
}

/// Whether a tracker of the family goes on from what was saved, whose digest is made right.
#[must_use]
pub fn restores(family: Family, body: &[u8]) -> bool {
    let saved = seal(body.to_vec());
    match family {
        Family::Flow => flow::restores(&saved),
        Family::Swift => swift::restores(&saved),
    }
}
