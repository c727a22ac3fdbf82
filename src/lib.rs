//! AI Roto: promptable rotoscoping as an OpenFX node.
//!
//! A host frame goes in at [`ofx`], is read by [`node`], tracked by [`engine`], softened by
//! [`matte`], and leaves as alpha through [`ofx`]; [`shapes`] and [`qc`] read the finished mattes.
//! [`params`] is the one table of parameters.
//! `docs/architecture.md` has the plan of the house; `tests/layers` keeps its arrows pointing
//! down.

pub mod cache;
pub mod engine;
pub mod host;
pub mod io;
pub mod job;
pub mod matte;
pub mod models;
pub mod node;
pub mod ofx;
pub mod params;
pub mod qc;
pub mod raster;
pub mod shapes;
pub mod worker;
