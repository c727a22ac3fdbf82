//! ONNX Runtime, loaded when the first model is opened, and its sessions.
//!
//! The library is no part of this program: it is looked for at run time (see [`super::search_path`]) and
//! everything but neural models works without it. A failed search is repeated at the next request.

mod failure;
mod graph;
mod library;
mod open;
mod tensor;
mod time;

pub(super) use graph::Graph;
pub use library::{About, about, library};
pub(super) use open::{LaterGraphs, Placement, open_graphs};
pub(super) use tensor::{Feed, Keep, Output, Port, Tensor};
pub use time::graph_time;
