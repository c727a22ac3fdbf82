//! The OpenFX C API made safe.
//!
//! All unsafe code of the plugin is here. The rules of the boundary:
//!
//! - every function that a host calls is one call of [`guard`](self::guard::guard): it catches panics, logs, and
//!   answers with a status;
//! - what is borrowed from the host ([`PropertySet`], [`Clip`], [`Image`], [`Instance`]) lives for one action, is
//!   not `Send`, and gives back on `Drop` what has to be given back;
//! - a missing optional suite switches a feature off, a missing required one is
//!   [`OfxError::MissingSuite`], which becomes `kOfxStatErrMissingHostFeature`.

#![allow(unsafe_code)]

mod args;
mod canvas;
mod clip;
mod context;
mod current;
mod describe;
mod entry;
mod error;
mod forked;
mod gl;
pub mod guard;
mod host_info;
mod image;
mod instance;
mod interact;
mod library;
mod message;
mod param;
mod progress;
mod property;
mod reply;
mod suites;
pub mod sys;

pub use args::{RenderArgs, SequenceArgs};
pub use canvas::{Canvas, Shape};
pub use clip::Clip;
pub use context::Context;
pub use current::set_host;
pub use describe::{ClipPreferences, Description, Descriptor};
pub use entry::{Effect, FramesNeeded, Identity, PluginInfo, main_entry};
pub use error::OfxError;
pub use host_info::HostInfo;
pub use image::{Components, Depth, Image};
pub use instance::Instance;
pub use interact::{Key, Overlay, OverlayArgs, OverlayEntry, Pen, overlay_entry};
pub use library::library_path;
pub use message::MessageKind;
pub use param::{ParamDescriptor, ParamSet, ParamType, TextMode};
pub use progress::Progress;
pub use property::PropertySet;
pub use reply::Reply;
pub use suites::Suites;
