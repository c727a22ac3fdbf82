//! Property sets: their values, and which properties every kind of object has.

mod builder;
pub(in crate::host) mod schema;
mod set;
mod value;

pub(in crate::host) use builder::Builder;
pub(in crate::host) use set::PropertySet;
pub(in crate::host) use value::{Kind, Text, text};
