//! The table of parameters: one row holds all that there is to a parameter.
//!
//! The host's panel (`node`), the options of the command line, presets and the pages of documentation are read
//! from the rows alone, so that a new parameter is a new row and the code that uses its value.

mod command;
mod group;
mod kind;
mod lookup;
mod param;
pub mod presets;
mod table;
mod values;

pub use command::{CommandOption, Section, Word};
pub use group::Group;
pub use kind::Kind;
pub use lookup::{find, option, table};
pub use param::{InPreset, Param};
pub use table::*;
pub use values::{Reader, Snapshot, Values};
