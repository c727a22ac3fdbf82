//! The host and its suites.

use std::ffi::{CStr, c_int, c_void};

use super::error::{OfxError, name};
use super::library::is_code;
use super::sys;

/// The suites of a host: those that nothing works without, and those that may be missing.
///
/// The tables belong to the host, which keeps them from `setHost` to the unloading of the library.
#[derive(Debug, PartialEq)]
pub struct Suites {
    host: *mut sys::OfxHost,
    property: *const sys::OfxPropertySuiteV1,
    effect: *const sys::OfxImageEffectSuiteV1,
    param: *const sys::OfxParameterSuiteV1,
    message1: Option<*const sys::OfxMessageSuiteV1>,
    message2: Option<*const sys::OfxMessageSuiteV2>,
    interact: Option<*const sys::OfxInteractSuiteV1>,
    draw: Option<*const sys::OfxDrawSuiteV1>,
    progress1: Option<*const sys::OfxProgressSuiteV1>,
    progress2: Option<*const sys::OfxProgressSuiteV2>,
    timeline: Option<*const sys::OfxTimeLineSuiteV1>,
    stamp: Option<*const sys::OfxAirotoStampSuiteV1>,
}

// SAFETY: the tables are constant, and the API lets any thread call their functions during an action.
unsafe impl Send for Suites {}
// SAFETY: as above.
unsafe impl Sync for Suites {}

/// Required functions of a suite that a host may have left null.
macro_rules! has {
    ($table:expr, $($function:ident),+) => {
        // SAFETY: the table was fetched from the host and is not null.
        unsafe { true $(&& (*$table).$function.is_some())+ }
    };
}

impl Suites {
    /// Fetches what the host has.
    ///
    /// # Errors
    /// [`OfxError::MissingSuite`] for a required suite that is missing or has no functions.
    ///
    /// # Safety
    /// `host` is null or the host's table, which stays until the library is unloaded.
    pub(super) unsafe fn fetch(host: *mut sys::OfxHost) -> Result<Self, OfxError> {
        if host.is_null() {
            return Err(OfxError::Broken("no host".to_owned()));
        }
        // SAFETY: by the contract of this function.
        let Some(fetch) = (unsafe { (*host).fetchSuite }) else {
            return Err(OfxError::Broken("a host without fetchSuite".to_owned()));
        };
        let get = |suite: &'static [u8], version: c_int| -> Option<*const c_void> {
            // SAFETY: the host's own function with the host's own property set, and a name that ends in a NUL.
            let table = unsafe { fetch((*host).host, name(suite).as_ptr(), version) };
            (!table.is_null()).then_some(table)
        };
        let need = |suite: &'static [u8]| {
            get(suite, 1).ok_or_else(|| OfxError::MissingSuite {
                name: name(suite).to_string_lossy().into_owned(),
                version: 1,
            })
        };
        let mut suites = Self {
            host,
            property: need(sys::kOfxPropertySuite)?.cast(),
            effect: need(sys::kOfxImageEffectSuite)?.cast(),
            param: need(sys::kOfxParameterSuite)?.cast(),
            message1: get(sys::kOfxMessageSuite, 1).map(<*const c_void>::cast),
            message2: get(sys::kOfxMessageSuite, 2).map(<*const c_void>::cast),
            interact: get(sys::kOfxInteractSuite, 1).map(<*const c_void>::cast),
            draw: get(sys::kOfxDrawSuite, 1).map(<*const c_void>::cast),
            progress1: get(sys::kOfxProgressSuite, 1).map(<*const c_void>::cast),
            progress2: get(sys::kOfxProgressSuite, 2).map(<*const c_void>::cast),
            timeline: get(sys::kOfxTimeLineSuite, 1).map(<*const c_void>::cast),
            stamp: get(sys::kOfxAirotoStampSuite, 1).map(<*const c_void>::cast),
        };
        suites.message1 = suites.message1.filter(|&m| {
            // SAFETY: the host gave the table for this name and version.
            unsafe { (*m).message }.is_some_and(|f| is_code(f as *const c_void))
        });
        // Resolve 14 advertises the second version with pointers that lead nowhere.
        suites.message2 = suites.message2.filter(|&m| {
            // SAFETY: as above.
            let table = unsafe { &*m };
            table.setPersistentMessage.is_some_and(|f| is_code(f as *const c_void))
                && table.clearPersistentMessage.is_some_and(|f| is_code(f as *const c_void))
        });
        // Some hosts have these tables with nothing behind them.
        suites.progress1 = suites.progress1.filter(|&p| has!(p, progressStart, progressUpdate, progressEnd));
        suites.progress2 = suites.progress2.filter(|&p| has!(p, progressStart, progressUpdate, progressEnd));
        let whole = [
            (
                sys::kOfxPropertySuite as &'static [u8],
                has!(
                    suites.property,
                    propSetString,
                    propSetInt,
                    propGetString,
                    propGetInt,
                    propGetDouble,
                    propGetPointer
                ),
            ),
            (
                sys::kOfxImageEffectSuite,
                has!(
                    suites.effect,
                    getPropertySet,
                    getParamSet,
                    clipDefine,
                    clipGetHandle,
                    clipGetImage,
                    clipReleaseImage,
                    clipGetRegionOfDefinition
                ),
            ),
            (sys::kOfxParameterSuite, has!(suites.param, paramDefine, paramGetHandle, paramGetValue)),
        ];
        for (suite, whole) in whole {
            if !whole {
                let name = name(suite).to_string_lossy().into_owned();
                return Err(OfxError::Broken(format!("{name} with functions missing")));
            }
        }
        Ok(suites)
    }

    pub(super) fn property(&self) -> &sys::OfxPropertySuiteV1 {
        // SAFETY: fetched from the host, not null, constant until unloading.
        unsafe { &*self.property }
    }

    pub(super) fn effect(&self) -> &sys::OfxImageEffectSuiteV1 {
        // SAFETY: as in `property`.
        unsafe { &*self.effect }
    }

    pub(super) fn param(&self) -> &sys::OfxParameterSuiteV1 {
        // SAFETY: as in `property`.
        unsafe { &*self.param }
    }

    /// The first version of the message suite.
    pub(super) fn message1(&self) -> Option<&sys::OfxMessageSuiteV1> {
        // SAFETY: as in `property`.
        self.message1.map(|m| unsafe { &*m })
    }

    /// The second version of the message suite, with persistent messages, where its functions can be called.
    pub(super) fn message2(&self) -> Option<&sys::OfxMessageSuiteV2> {
        // SAFETY: as in `property`.
        self.message2.map(|m| unsafe { &*m })
    }

    /// The interact suite.
    pub(super) fn interact(&self) -> Option<&sys::OfxInteractSuiteV1> {
        // SAFETY: as in `property`.
        self.interact.map(|i| unsafe { &*i })
    }

    /// The draw suite.
    pub(super) fn draw(&self) -> Option<&sys::OfxDrawSuiteV1> {
        // SAFETY: as in `property`.
        self.draw.map(|d| unsafe { &*d })
    }

    /// The first version of the progress suite.
    pub(super) fn progress1(&self) -> Option<&sys::OfxProgressSuiteV1> {
        // SAFETY: as in `property`.
        self.progress1.map(|p| unsafe { &*p })
    }

    /// The second version of the progress suite.
    pub(super) fn progress2(&self) -> Option<&sys::OfxProgressSuiteV2> {
        // SAFETY: as in `property`.
        self.progress2.map(|p| unsafe { &*p })
    }

    /// The timeline suite.
    pub(super) fn timeline(&self) -> Option<&sys::OfxTimeLineSuiteV1> {
        // SAFETY: as in `property`.
        self.timeline.map(|t| unsafe { &*t })
    }

    /// The suite of frames that are as they were.
    pub(super) fn stamp(&self) -> Option<&sys::OfxAirotoStampSuiteV1> {
        // SAFETY: as in `property`.
        self.stamp.map(|s| unsafe { &*s })
    }

    /// The host's table.
    pub(super) fn host(&self) -> *mut sys::OfxHost {
        self.host
    }
}

/// A text of the host's as a string; empty for a null pointer.
///
/// # Safety
/// `text` is null or ends in a NUL.
pub(super) unsafe fn from_c(text: *const std::ffi::c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by the contract of this function.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
