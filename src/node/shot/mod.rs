//! The request as a host's clip gives it: what is tracked, on which frames, in which pixels, and who answers.
//!
//! A host gives pictures in its own pixels (`plate`, `pixels`). What the model sees of them (`clip`, `frame_cache`)
//! is the full frame at full size (`geometry`) on the frames that the plate has (`range`, `sequence`, `runs`). `source`
//! hands them to the engine, which `client` reaches, for the `request`; `notes` collects what is to be told.

mod client;
mod clip;
mod frame_cache;
mod frames_needed;
mod geometry;
mod notes;
mod pixels;
mod plate;
mod range;
mod request;
pub mod runs;
mod sequence;
mod source;

pub use client::{WorkerMissing, bundle_of, client, release as release_clients};
pub use clip::SourceClip;
pub use frame_cache::release as release_frames;
pub use frames_needed::frames_needed;
pub use geometry::Geometry;
pub use notes::Notes;
pub use pixels::{PixelFormat, write_row};
pub use plate::{HostPlate, Lines};
pub use range::range_in_words;
pub use request::request;
pub use sequence::Sequence;
pub use source::HostSource;
