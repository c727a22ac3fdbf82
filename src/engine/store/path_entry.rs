//! How the frames along a chain looked, as it is kept on disk: 64 bytes a frame, its digest and its stamp or zeros.

use crate::engine::digest::Digest;
use crate::job::Stamp;

/// How a frame on a chain looked when it was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotedFrame {
    /// Of its pixels.
    pub digest: Digest,
    /// What its source said of it, where that lasts.
    pub stamp: Option<Stamp>,
}

/// Bytes of a frame in a path.
const FRAME: usize = 64;

/// The frames of a path as they are kept.
pub fn write(frames: &[NotedFrame]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frames.len() * FRAME);
    for frame in frames {
        bytes.extend(frame.digest.0);
        bytes.extend(frame.stamp.map_or([0; 32], |stamp| stamp.0));
    }
    bytes
}

/// The frames that were kept as `bytes`; a rest of less than a frame is left out.
pub fn read(bytes: &[u8]) -> Vec<NotedFrame> {
    let frame = |frame: &[u8; FRAME]| {
        let (mut digest, mut stamp) = ([0; 32], [0; 32]);
        digest.copy_from_slice(&frame[..32]);
        stamp.copy_from_slice(&frame[32..]);
        NotedFrame { digest: Digest(digest), stamp: Some(Stamp(stamp)).filter(|s| s.0 != [0; 32]) }
    };
    bytes.as_chunks::<FRAME>().0.iter().map(frame).collect()
}
