//! Edits of the prompts by buttons and by the pen, each as one step of the host's undo.

use serde_json::Value;

use super::tracking;
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::EditError;
use crate::job::prompts::edit::objects::{self, Span};
use crate::ofx::{Instance, OfxError, ParamSet};
use crate::params::{ACTIVE_OBJECT, OBJECT_NAME, PROMPTS};

/// Why an edit was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditFailure {
    /// The prompts do not allow it.
    #[error(transparent)]
    Prompts(#[from] EditError),
    /// The host does not take it.
    #[error(transparent)]
    Host(#[from] OfxError),
}

/// Edits the prompts of an instance.
pub struct PromptEditor<'a> {
    /// Whose prompts.
    pub instance: &'a Instance<'a>,
    /// Its parameters.
    pub params: ParamSet<'a>,
    /// Where the playhead is; none where the host does not say.
    pub time: Option<f64>,
}

impl PromptEditor<'_> {
    /// The place of the active object, from 0.
    pub fn active(&self) -> usize {
        index(&self.params, ACTIVE_OBJECT)
    }

    /// Takes prompts of the active object away.
    ///
    /// # Errors
    /// [`EditFailure`] when there is no such object, or the host refuses.
    pub fn clear(&self, label: &str, span: Span) -> Result<(), EditFailure> {
        let active = self.active();
        self.change_active(label, |document| objects::clear(document, active, span))
    }

    /// Edits the prompts where the same object stays active, as [`PromptEditor::change`] does.
    ///
    /// # Errors
    /// [`EditFailure`] when the prompts or the host refuse.
    pub fn change_active<R>(
        &self,
        label: &str,
        edit: impl FnOnce(&mut Value) -> Result<R, EditError>,
    ) -> Result<(), EditFailure> {
        let active = self.active();
        self.change(label, |document| edit(document).map(|_| active))
    }

    /// Edits the prompts as one step named `label`; `edit` gives the place of the object that is active then. What
    /// changes nothing is no step.
    ///
    /// # Errors
    /// [`EditFailure`] when the prompts or the host refuse.
    pub fn change(
        &self,
        label: &str,
        edit: impl FnOnce(&mut Value) -> Result<usize, EditError>,
    ) -> Result<(), EditFailure> {
        let params = &self.params;
        let before = params.text(PROMPTS).unwrap_or_default();
        let before = PromptText::read(&before);
        let untouched = before.document()?;
        let mut edited = untouched.clone();
        let active = edit(&mut edited)?;
        let name = objects::name(&edited, active).unwrap_or_default().to_owned();
        let number = i32::try_from(active + 1).unwrap_or(1);
        if edited == *untouched && params.int(ACTIVE_OBJECT) == Some(number) {
            return Ok(());
        }
        let edited = PromptText::write(edited);
        let set = |params: &ParamSet| {
            params.set_text(PROMPTS, edited.text())?;
            // A host in which these cannot be set has lost nothing but what it shows.
            if params.int(ACTIVE_OBJECT) != Some(number) {
                log_refusal(params.set_int(ACTIVE_OBJECT, number));
            }
            if params.text(OBJECT_NAME).as_deref() != Some(&name) {
                log_refusal(params.set_text(OBJECT_NAME, &name));
            }
            if let Some(time) = self.time {
                tracking::refresh(self.instance, &self.params, time);
            }
            Ok(())
        };
        Ok(params.edit(label, set)?)
    }
}

/// What a parameter that counts objects from 1 says, from 0.
pub fn index(params: &ParamSet, id: &str) -> usize {
    params.int(id).and_then(|n| usize::try_from(n).ok()).unwrap_or(1).saturating_sub(1)
}

/// Writes prompts that were edited, and shows which frames are stale then, as one step named `label`; `time` is where
/// the playhead is.
///
/// # Errors
/// [`OfxError`] when the host refuses.
pub fn write(instance: &Instance, time: f64, label: &str, document: Value) -> Result<(), OfxError> {
    let prompts = PromptText::write(document);
    instance.params().edit(label, |params| {
        params.set_text(PROMPTS, prompts.text())?;
        tracking::refresh(instance, params, time);
        Ok(())
    })
}

/// Logs that a host refuses what nothing is lost by.
pub fn log_refusal(outcome: Result<(), OfxError>) {
    if let Err(reason) = outcome {
        log::warn!("{reason}");
    }
}
