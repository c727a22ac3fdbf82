//! A headless OpenFX host that loads any bundle.
//!
//! Every handle that a plugin gets is a number, never an address: it is looked up at each call, so
//! that a stale, foreign or invented handle is an error status and no more. What a plugin does
//! against the API is recorded and can be asked for.
//!
//! ```text
//! let binary = Binary::open(HostProfile::airoto(), Path::new("AIRoto.ofx.bundle"))?;   // Arc-like, Clone
//! let plugin = binary.plugin("org.airoto.AIRoto")?;                  // or binary.plugins() -> Vec<Plugin>
//! let descriptor = plugin.describe(Context::General)?;               // serde::Serialize
//! let project = Project::new(width, height, 24.0, first, last);
//! let instance = Instance::create(&plugin, Context::General, &project)?;
//! instance.set_param("view", "alpha")?;                              // impl Into<Value>; silent, as when a project is loaded
//! instance.edit_param("view", "alpha", time)?;                       // as a user does: InstanceChanged is sent
//! instance.connect("Source", Some(source))?;                         // Arc<dyn ClipSource>
//! instance.set_output(Components::Alpha, Depth::Float)?;             // where the plugin allows it
//! instance.begin_sequence(first, last, 1.0, false)?;                 // end_sequence the same
//! let image = instance.render(&RenderCall::new(time))?;              // HostImage; any number of threads
//! instance.messages();                                               // drained: HostMessage { kind, id, text, persistent }
//! instance.progress();                                               // Option<Progress { label, fraction }>
//! instance.set_abort(true); instance.push_button("name", time)?; instance.faults();
//! ```

mod error;
mod image;
mod kinds;
mod profile;
mod source;
mod status;
mod value;

pub use error::HostError;
pub use image::{HostImage, RowBytes};
pub use kinds::{
    Components, Context, Depth, Field, MessageKind, ParamKind, Premultiplication, RectD, ThreadSafety,
};
pub use profile::{HostProfile, ImageIds, MessageV2, Owner, SetParam};
pub use source::{ClipInfo, ClipSource};
pub use status::Status;
pub use value::Value;
