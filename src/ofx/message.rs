//! Messages to the user, said once.

use std::collections::HashMap;

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::error::name;
use super::property::c_text;
use super::{Suites, sys};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Nothing can be rendered.
    Error,
    /// Something was worked around.
    Warning,
    /// Good to know.
    Note,
}

impl MessageKind {
    fn name(self) -> &'static std::ffi::CStr {
        name(match self {
            Self::Error => sys::kOfxMessageError,
            Self::Warning => sys::kOfxMessageWarning,
            Self::Note => sys::kOfxMessageMessage,
        })
    }
}

/// The message that each instance shows. Nuke's error console appends every call, so a message that already stands is
/// not sent again.
static SHOWN: Lazy<Mutex<HashMap<usize, (MessageKind, String)>>> = Lazy::new(Mutex::default);

/// Shows `text`: persistently with the second version of the suite, else as an error or a note of the first. A host
/// with neither finds it in the log.
pub(super) fn post(suites: &Suites, effect: sys::OfxImageEffectHandle, kind: MessageKind, text: &str) {
    let before = SHOWN.lock().insert(effect as usize, (kind, text.to_owned()));
    if before.is_some_and(|(_, shown)| shown == text) {
        return;
    }
    match kind {
        MessageKind::Error => log::error!("{text}"),
        MessageKind::Warning => log::warn!("{text}"),
        MessageKind::Note => log::info!("{text}"),
    }
    // Natron hands the list of arguments to a function that takes the arguments themselves, and shows a byte of that
    // list for a `%s`. A text that is itself the format is shown by every host.
    let words = c_text(&text.replace('%', "%%"));
    let id = c"org.airoto.message";
    if let Some(set) = suites.message2().and_then(|m| m.setPersistentMessage) {
        // SAFETY: an effect of the host, strings that end in a NUL, and a format that takes nothing.
        let status = unsafe { set(effect.cast(), kind.name().as_ptr(), id.as_ptr(), words.as_ptr()) };
        if status == sys::kOfxStatOK {
            return;
        }
    }
    // The first version may open a dialog: only for what stops the artist.
    if kind == MessageKind::Error
        && let Some(message) = suites.message1().and_then(|m| m.message)
    {
        // SAFETY: as above.
        unsafe { message(effect.cast(), kind.name().as_ptr(), id.as_ptr(), words.as_ptr()) };
    }
}

/// Takes the message of an instance away, if one of this kind is shown.
pub(super) fn clear(suites: &Suites, effect: sys::OfxImageEffectHandle, kind: MessageKind) {
    {
        let mut shown = SHOWN.lock();
        if shown.get(&(effect as usize)).is_none_or(|(k, _)| *k != kind) {
            return;
        }
        shown.remove(&(effect as usize));
    }
    if let Some(clear) = suites.message2().and_then(|m| m.clearPersistentMessage) {
        // SAFETY: an effect of the host.
        unsafe { clear(effect.cast()) };
    }
}

/// Forgets what an instance shows: it is gone, and its address may be used again.
pub(super) fn forget(effect: sys::OfxImageEffectHandle) {
    SHOWN.lock().remove(&(effect as usize));
}
