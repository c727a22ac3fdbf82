//! The OpenFX C API made safe.
