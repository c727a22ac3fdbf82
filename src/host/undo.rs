//! Undo, as hosts keep it: what a plugin sets between the begin and the end of an edit is one step, what it sets
//! outside of one is a step each.

use super::effect::Effect;
use super::error::HostError;
use super::instance::Instance;
use super::param::{Held, Param};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What params held before they were set.
type Before = Vec<(Arc<Param>, Held)>;

/// The steps of an instance.
#[derive(Default)]
pub(super) struct History {
    open: Before,
    steps: Vec<(String, Before)>,
}

impl Effect {
    /// A plugin is about to set `param`.
    pub(super) fn about_to_set(&self, param: &Arc<Param>) {
        let mut history = self.history.lock();
        if !history.open.iter().any(|(p, _)| Arc::ptr_eq(p, param)) {
            history.open.push((Arc::clone(param), param.held()));
        }
        if self.edits.load(Ordering::Relaxed) == 0 {
            let before = std::mem::take(&mut history.open);
            history.steps.push((param.name.clone(), before));
        }
    }

    /// The outermost edit, called `name`, is over.
    pub(super) fn edit_is_over(&self, name: &str) {
        let mut history = self.history.lock();
        let before = std::mem::take(&mut history.open);
        if !before.is_empty() {
            history.steps.push((name.to_owned(), before));
        }
    }
}

impl Instance {
    /// Takes back the last step and tells the plugin of each param that it changed, as when a person sets it. Gives
    /// the name of the step; none where there is none left.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn undo(&self) -> Result<Option<String>, HostError> {
        let Some((name, before)) = self.effect.history.lock().steps.pop() else { return Ok(None) };
        let changed: Vec<String> = before.iter().map(|(param, _)| param.name.clone()).collect();
        for (param, held) in before.into_iter().rev() {
            param.restore(held);
        }
        for param in changed {
            self.tell_param(&param, self.time())?;
        }
        Ok(Some(name))
    }
}
