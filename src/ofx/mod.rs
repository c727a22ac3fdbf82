//! The OpenFX C API made safe.

pub mod sys;
