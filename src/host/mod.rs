//! A headless OpenFX host that loads any bundle.
//!
//! Every handle that a plugin gets is a number, never an address: it is looked up at each call, so
//! that a stale, foreign or invented handle is an error status and no more. What a plugin does
//! against the API is recorded and can be asked for.
//!
//! Layers, each of which imports those above it only:
//!
//! | layer | what |
//! |---|---|
//! | `status`, `kinds`, `value`, `error`, `image`, `profile`, `source`, `project`, `audit` | plain data: what hosts and plugins speak of |
//! | `memory`, `property` | handles, the door for calls, memory that a plugin gets; property sets |
//! | `param`, `clip` | what an effect has |
//! | `effect` | effects, the host that they share, what they hold, post and draw |
//! | `action` | sending actions; agreeing on clip preferences |
//! | `suites` | what a plugin can call |
//! | `plugin` | bundles, libraries, plugins |
//! | `instance` | instances: params, clips, renders, overlays, undo |
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
mod clip;
mod effect;
mod environment;
mod error;
mod exit;
mod image;
mod image_builder;
mod instance;
mod kinds;
mod memory;
mod param;
mod plugin;
mod profile;
mod project;
mod property;
mod source;
mod status;
mod suites;
mod value;

pub use audit::{Finding, Severity};
pub use clip::{ClipPreference, ClipPreferences};
pub use effect::{ChoiceOption, ClipDescriptor, Descriptor, Flags, ParamDescriptor, Range};
pub use effect::{Drawing, HostMessage, Progress, Shape};
pub use environment::set_while_alone;
pub use error::HostError;
pub use exit::exit_at_once;
pub use image::{HostImage, RowBytes};
pub use image_builder::ImageBuilder;
pub use instance::{Instance, Key, Overlay, Pen, RenderCall};
pub use kinds::{
    Components, Context, Depth, Field, MessageKind, ParamKind, Premultiplication, RectD, ThreadSafety,
};
pub use plugin::{Binary, Plugin, architectures, find_bundles};
pub use profile::{ColourStyle, HostProfile, ImageIds, MessageV2, Owner, SetParam};
pub use project::Project;
pub use source::{ClipInfo, ClipSource, FrameStamp, ImageError};
pub use status::Status;
pub use value::Value;
