//! What can go wrong between host and plugin, and the status that says so.

use std::ffi::{CStr, c_int};

use super::sys;

/// Why a call across the boundary has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfxError {
    /// A suite that nothing works without.
    #[error("the host lacks {name} version {version}, which this plugin needs")]
    MissingSuite {
        /// The suite's name in the API.
        name: String,
        /// The version that was asked for.
        version: i32,
    },
    /// The host answered a call with a failure.
    #[error("the host answered {call} of {subject} with status {status}")]
    Host {
        /// The function.
        call: &'static str,
        /// The property, clip or parameter.
        subject: String,
        /// Its answer.
        status: i32,
    },
    /// The host broke a promise of the API.
    #[error("the host gave {0}")]
    Broken(String),
    /// A handle that is null or that names nothing that lives.
    #[error("the host gave a bad handle: {0}")]
    BadHandle(&'static str),
    /// The plugin cannot do what it was asked for, and the user has been told why.
    #[error("{0}")]
    Failed(String),
    /// There is not enough memory.
    #[error("there is not enough memory for {0}")]
    Memory(String),
}

impl OfxError {
    /// The status that a host is answered with.
    #[must_use]
    pub fn status(&self) -> c_int {
        match self {
            Self::MissingSuite { .. } => sys::kOfxStatErrMissingHostFeature,
            Self::BadHandle(_) | Self::Host { status: sys::kOfxStatErrBadHandle, .. } => {
                sys::kOfxStatErrBadHandle
            }
            Self::Memory(_) => sys::kOfxStatErrMemory,
            Self::Host { .. } | Self::Broken(_) | Self::Failed(_) => sys::kOfxStatFailed,
        }
    }
}

/// Turns the answer of a host's function into a result.
pub(super) fn check(call: &'static str, subject: &CStr, status: c_int) -> Result<(), OfxError> {
    if status == sys::kOfxStatOK {
        Ok(())
    } else {
        Err(OfxError::Host { call, subject: subject.to_string_lossy().into_owned(), status })
    }
}

/// A name of the API as a C string. The constants of [`sys`] are byte arrays that end in a NUL.
#[must_use]
pub(super) fn name(bytes: &'static [u8]) -> &'static CStr {
    CStr::from_bytes_until_nul(bytes).unwrap_or_default()
}
