//! From masks to mattes: what happens at the edge.

pub mod guided;
