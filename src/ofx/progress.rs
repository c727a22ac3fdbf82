//! The host's progress bar, and its timeline.

use super::property::c_text;
use super::{Instance, sys};

/// A progress bar, shown until it is dropped. In a host without one nothing is shown and nothing is cancelled.
pub struct Progress<'a> {
    instance: &'a Instance<'a>,
    open: bool,
}

impl<'a> Progress<'a> {
    /// Shows a bar.
    #[must_use]
    pub fn start(instance: &'a Instance<'a>, label: &str) -> Self {
        let mut progress = Self { instance, open: false };
        progress.open = progress.begin(label);
        progress
    }

    /// Shows another label. The API has no call for it, so the bar goes and comes again: not to be done often.
    pub fn relabel(&mut self, label: &str) {
        if self.open {
            self.end();
            self.open = self.begin(label);
        }
    }

    /// Shows how much is done, 0 to 1; false where the artist wants it to stop.
    #[must_use]
    pub fn update(&self, fraction: f64) -> bool {
        let (suites, effect) = (self.instance.suites, self.instance.handle);
        let one = || suites.progress1().and_then(|p| p.progressUpdate);
        let Some(update) = suites.progress2().map_or_else(one, |p| p.progressUpdate) else { return true };
        // SAFETY: the handle is of this action.
        !self.open || unsafe { update(effect.cast(), fraction.clamp(0.0, 1.0)) } != sys::kOfxStatReplyNo
    }

    fn begin(&self, label: &str) -> bool {
        let (suites, effect) = (self.instance.suites, self.instance.handle);
        let (label, id) = (c_text(label), c"org.airoto.progress");
        let status = if let Some(start) = suites.progress2().and_then(|p| p.progressStart) {
            // SAFETY: the handle is of this action, and the texts end in a NUL.
            unsafe { start(effect.cast(), label.as_ptr(), id.as_ptr()) }
        } else if let Some(start) = suites.progress1().and_then(|p| p.progressStart) {
            // SAFETY: as above.
            unsafe { start(effect.cast(), label.as_ptr()) }
        } else {
            return false;
        };
        matches!(status, sys::kOfxStatOK | sys::kOfxStatReplyDefault)
    }

    fn end(&mut self) {
        let (suites, effect) = (self.instance.suites, self.instance.handle);
        let one = || suites.progress1().and_then(|p| p.progressEnd);
        if let (true, Some(end)) = (self.open, suites.progress2().map_or_else(one, |p| p.progressEnd)) {
            // SAFETY: the handle is of this action.
            unsafe { end(effect.cast()) };
        }
        self.open = false;
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

impl Instance<'_> {
    /// Moves the playhead, where the host lets it be moved.
    pub fn go_to(&self, time: f64) {
        if let Some(go) = self.suites.timeline().and_then(|t| t.gotoTime) {
            // SAFETY: the handle is of this action.
            let status = unsafe { go(self.handle.cast(), time) };
            log::debug!("the host answered {status} when it was asked to go to frame {time}");
        }
    }
}
