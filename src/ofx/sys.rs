//! The OpenFX 1.5 C API as `ofx-headers/` declares it: names, values and layouts are those of the
//! specification. Strings are byte arrays that end in a NUL. One suite of our own stands below them.

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

/// The suite by which a host tells whether a frame of a clip is as it was, without making an image of it. It is none
/// of the specification's: the host of this project has it, and any other may.
pub const kOfxAirotoStampSuite: &[u8; 20] = b"OrgAirotoStampSuite\0";

/// Version 1 of it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct OfxAirotoStampSuiteV1 {
    /// Writes 32 bytes which are the same as another time when the pixels of that frame are, in the same session and in
    /// any other. `kOfxStatFailed` where that cannot be told now, `kOfxStatErrUnsupported` where it never can of this
    /// clip.
    pub clipGetStamp: ::std::option::Option<
        unsafe extern "C" fn(clip: OfxImageClipHandle, time: OfxTime, stamp: *mut u8) -> OfxStatus,
    >,
}
