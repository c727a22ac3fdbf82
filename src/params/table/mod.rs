//! The rows, a file for each group.

mod advanced;
mod detect;
mod edge;
mod objects;
mod output;
mod presets;
mod prompts;
mod shapes;
mod tracking;

use super::Param;

pub use advanced::*;
pub use detect::*;
pub use edge::*;
pub use objects::*;
pub use output::*;
pub use presets::*;
pub use prompts::*;
pub use shapes::*;
pub use tracking::*;

/// The rows of all groups, in the panel's order.
pub(super) const GROUPS: [&[Param]; 9] = [
    prompts::ROWS,
    objects::ROWS,
    detect::ROWS,
    tracking::ROWS,
    edge::ROWS,
    output::ROWS,
    shapes::ROWS,
    presets::ROWS,
    advanced::ROWS,
];
