//! Which frame of which request is asked for, and by whom.

use crate::job::prompts::Prompts;
use crate::job::{FrameSource, JobError, Note, Request};

/// One frame of a request.
#[derive(Clone, Copy)]
pub struct FrameRequest<'a> {
    /// What is wanted.
    pub request: &'a Request,
    /// Its prompts, checked.
    pub prompts: &'a Prompts,
    /// The frame.
    pub time: i64,
}

/// Who asks for it.
pub struct Caller<'a> {
    /// Gives frames, on the calling thread.
    pub source: &'a mut dyn FrameSource,
    /// Is told what a user has to know.
    pub notes: &'a mut dyn FnMut(Note),
}

impl Caller<'_> {
    /// The same caller for a while.
    pub fn reborrow(&mut self) -> Caller<'_> {
        Caller { source: &mut *self.source, notes: &mut *self.notes }
    }

    /// Goes on unless the render was stopped.
    ///
    /// # Errors
    /// [`JobError::Aborted`] when it was.
    pub fn check_aborted(&mut self) -> Result<(), JobError> {
        if self.source.aborted() { Err(JobError::Aborted) } else { Ok(()) }
    }

    /// Tells something that is not as it should be.
    pub fn warn(&mut self, text: impl Into<String>) {
        (self.notes)(Note::Warning(text.into()));
    }
}
