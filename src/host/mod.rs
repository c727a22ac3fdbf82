//! A headless OpenFX host that loads any bundle.
//!
//! Every handle that a plugin gets is a number, never an address: it is looked up at each call, so
//! that a stale, foreign or invented handle is an error status and no more. What a plugin does
//! against the API is recorded and can be asked for.
//!
//! ```no_run
//! use airoto::host::{Binary, Components, Context, Depth, HostProfile, Instance, Project, RenderCall};
//!
//! # fn main() -> Result<(), airoto::host::HostError> {
//! let binary = Binary::open(HostProfile::airoto(), "AIRoto.ofx.bundle".as_ref())?;
//! let plugin = binary.plugin("org.airoto.AIRoto")?;
//! let project = Project::new(1920, 1080, 24.0, 0, 49);
//! let instance = Instance::create(&plugin, Context::General, &project)?;
//! instance.set_param("view", "alpha")?;
//! // instance.connect("Source", Some(source))?; with a ClipSource
//! instance.set_output(Components::Rgba, Depth::Float)?;
//! instance.begin_sequence(0, 49, 1.0, false)?;
//! let image = instance.render(&RenderCall::new(0.0))?;
//! instance.end_sequence(0, 49, 1.0, false)?;
//! for message in instance.messages() {
//!     println!("{}: {}", message.kind, message.text);
//! }
//! # drop(image);
//! # Ok(())
//! # }
//! ```

// The C API is made of addresses; see the crate's Cargo.toml for where else this is allowed.
#![allow(unsafe_code)]

mod action;
mod audit;
mod binary;
mod descriptor;
mod effect;
mod error;
mod guard;
mod handles;
mod image;
mod instance;
mod interact;
mod kinds;
mod memory;
mod overlay;
mod param;
mod plugin;
mod preferences;
mod profile;
mod property;
mod render;
mod schema;
mod source;
mod status;
mod suites;
mod undo;
mod value;

pub use audit::{Finding, Severity};
pub use binary::{Binary, architectures, find_bundles};
pub use descriptor::{ChoiceOption, ClipDescriptor, Descriptor, Flags, ParamDescriptor, Range};
pub use effect::{HostMessage, Progress};
pub use instance::{Instance, Project};
pub use interact::{Drawing, Shape};
pub use overlay::{Key, Overlay, Pen};
pub use plugin::Plugin;
pub use preferences::{ClipPreference, ClipPreferences};
pub use render::RenderCall;

pub use error::HostError;
pub use image::{HostImage, RowBytes};
pub use kinds::{
    Components, Context, Depth, Field, MessageKind, ParamKind, Premultiplication, RectD, ThreadSafety,
};
pub use profile::{ColourStyle, HostProfile, ImageIds, MessageV2, Owner, SetParam};
pub use source::{ClipInfo, ClipSource, FrameStamp};
pub use status::Status;
pub use value::Value;
