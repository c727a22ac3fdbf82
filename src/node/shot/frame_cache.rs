//! Frames that were read of late, so that one which is asked for again is not read again.
//!
//! Which footage a frame belongs to is known by the frame of the nearest prompt, and edges look at the
//! frames about one: each render asks for frames that an earlier one had. The host says by an image's
//! identifier whether it is the same picture (`kOfxImagePropUniqueIdentifier`); since not every host keeps
//! to that, some of its rows are compared as well. Where there is no identifier nothing is kept.

use std::sync::Arc;

use super::geometry::Geometry;
use super::notes::Notes;
use super::plate::HostPlate;
use crate::cache::Latest;
use crate::job::{Provenance, Stamp};
use crate::ofx::Image;
use crate::raster::{Encoding, Frame};

/// Bytes of frames that are kept: five of 3840x2160.
const LIMIT: usize = 128 << 20;
/// Most frames that are kept.
const MOST: usize = 16;
/// One row in so many is compared.
const STEP: usize = 64;

/// What a frame is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    identifier: String,
    time: i64,
    geometry: Geometry,
    encoding: Encoding,
    rows: blake3::Hash,
}

impl Key {
    /// Of a picture of the host; none where the host does not say which one it is.
    pub fn new(plate: &HostPlate, time: i64, geometry: Geometry, encoding: Encoding) -> Option<Self> {
        let image: &Image = plate.picture();
        let identifier = image.identifier()?;
        let mut hasher = blake3::Hasher::new();
        let (bounds, components, depth) = (image.bounds(), image.components(), image.depth());
        let form = format!("{bounds:?} {components:?} {depth:?}");
        hasher.update(form.as_bytes());
        for row in image.rows().iter().skip(STEP / 2).step_by(STEP) {
            hasher.update(row);
        }
        Some(Self { identifier, time, geometry, encoding, rows: hasher.finalize() })
    }
}

/// What a host says of an image that is seen with this geometry and encoding, which the clip's own form is part of.
pub fn provenance(plate: &HostPlate, form: &Form) -> Provenance {
    let image: &Image = plate.picture();
    Provenance {
        stamp: image.stamp().map(|stamp| form.stamp(&stamp)),
        name: image.identifier().map(|name| form.stamp(name.as_bytes())),
    }
}

/// How frames are made of the plate: another way makes other pixels of the same.
#[derive(Debug, Clone)]
pub struct Form(String);

impl Form {
    /// What `what` prints as.
    pub fn new(what: &dyn std::fmt::Debug) -> Self {
        Self(format!("{what:?}"))
    }

    /// What tells that a frame is as it was, of what the host says of the plate.
    pub fn stamp(&self, provenance: &[u8]) -> Stamp {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.0.len() as u64).to_le_bytes()).update(self.0.as_bytes()).update(provenance);
        Stamp(*hasher.finalize().as_bytes())
    }
}

/// A frame as it was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What the model sees.
    pub frame: Arc<Frame>,
    /// What is to be told of it, each time that it is used.
    pub notes: Arc<Notes>,
    /// What the host says of it.
    pub provenance: Provenance,
}

static FRAMES: Latest<Key, Reading> = Latest::new(LIMIT, MOST);

/// The frame of `key` if it was read of late, else what `read` makes of it; with what the host says of it now.
pub fn recent(key: Option<Key>, provenance: Provenance, read: impl FnOnce() -> Reading) -> Reading {
    let Some(key) = key else { return Reading { provenance, ..read() } };
    let reading = FRAMES.get(&key).unwrap_or_else(|| {
        let reading = read();
        FRAMES.put(key, reading.clone(), reading.frame.data().len());
        reading
    });
    Reading { provenance, ..reading }
}

/// Lets go of all: the plugin is being unloaded.
pub fn release() {
    FRAMES.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RectI;

    const PROVENANCE: Provenance = Provenance { stamp: None, name: None };

    fn key(name: &str, time: i64) -> Key {
        let geometry = Geometry { size: (4, 4), window: RectI::of_size(4, 4), pixel_aspect: 1.0 };
        let rows = blake3::hash(b"rows");
        Key { identifier: name.to_owned(), time, geometry, encoding: Encoding::Srgb, rows }
    }

    #[test]
    fn a_frame_is_read_once_and_the_oldest_goes() {
        release();
        let read = |v: u8| {
            let notes = Notes::default();
            notes.record_not_finite(v == 1);
            let frame = Arc::new(Frame::filled(4, 4, [v; 3]));
            Reading { frame, notes: Arc::new(notes), provenance: Provenance::default() }
        };
        assert!(recent(Some(key("a", 1)), PROVENANCE, || read(1)).notes.has_not_finite());
        assert!(recent(Some(key("a", 1)), PROVENANCE, || panic!("it was read")).notes.has_not_finite());
        // Another picture at the same time, and one that the host does not name.
        assert_eq!(recent(Some(key("b", 1)), PROVENANCE, || read(2)).frame.pixel(0, 0)[0], 2);
        assert_eq!(recent(None, PROVENANCE, || read(3)).frame.pixel(0, 0)[0], 3);
        for time in 2..20 {
            recent(Some(key("a", time)), PROVENANCE, || read(4));
        }
        assert_eq!(recent(Some(key("a", 1)), PROVENANCE, || read(5)).frame.pixel(0, 0)[0], 5);
        release();
    }
}
