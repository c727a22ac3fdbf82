//! The OpenFX 1.5 C API as `ofx-headers/` declares it: names, values and layouts are those of the
//! specification. Strings are byte arrays that end in a NUL.

#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unsafe_code,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    rustdoc::all
)]

include!(concat!(env!("OUT_DIR"), "/ofx_sys.rs"));
