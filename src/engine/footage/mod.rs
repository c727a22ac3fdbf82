//! What is believed of the footage: the digests of its frames, as they were last seen.
//!
//! A stored matte depends on every frame between its keyframe and itself, and a host is not asked
//! for all of them each time. So what was seen is believed, and checked:
//!
//! - Within one render (a *run*) no frame changes: what was seen or checked since it began is sure.
//! - Footage in files has *stamps*, which tell that a frame is as it was without its being read. A frame
//!   whose stamp is another, or was never noted, is not known, and is fetched.
//! - Where there are no stamps, as of a host's clips, some frames of a path are fetched and compared
//!   ([`spot_checks`]). A host that gives a picture another *name* than before, though it looks the
//!   same, says that something was changed: then nothing is known but what is fetched again.
//!
//! The frame that is rendered is always fetched and compared; if it contradicts, all that was
//! believed of that footage is forgotten, and what was forgotten is fetched again before anything is
//! built on it.
//!
//! The Mask input is believed and checked in the same way, apart from the plate ([`masks`]).
//!
//! Which footage a request speaks of is told by pixels, never by who asks: by the frame itself when
//! exactly one known footage has it there, else by the nearest keyframe as well.

mod beliefs;
mod footages;
mod frame_cache;
mod masks;
mod one_footage;
pub mod spot_checks;

pub use beliefs::{SeenFrame, SeenPixels};
pub use footages::{Footages, Identified, Sighting};
pub use frame_cache::FrameCache;
pub use masks::{MaskBeliefs, SeenMask};
pub use one_footage::{Age, Certainty, Footage};
