//! Undo, as hosts keep it: what a plugin sets between the begin and the end of an edit is one step, what it sets
//! outside of one is a step each.

use crate::host::param::{Held, Param};
use std::sync::Arc;

/// What params held before they were set.
type Before = Vec<(Arc<Param>, Held)>;

/// The steps of an instance.
#[derive(Default)]
pub(in crate::host) struct History {
    open: Before,
    steps: Vec<(String, Before)>,
}

impl History {
    /// A plugin is about to set `param`, within an edit or outside of one.
    pub(in crate::host) fn about_to_set(&mut self, param: &Arc<Param>, within_edit: bool) {
        if !self.open.iter().any(|(p, _)| Arc::ptr_eq(p, param)) {
            self.open.push((Arc::clone(param), param.held()));
        }
        if !within_edit {
            let before = std::mem::take(&mut self.open);
            self.steps.push((param.name.clone(), before));
        }
    }

    /// The outermost edit, called `name`, is over.
    pub(in crate::host) fn edit_is_over(&mut self, name: &str) {
        let before = std::mem::take(&mut self.open);
        if !before.is_empty() {
            self.steps.push((name.to_owned(), before));
        }
    }

    /// Takes the last step: its name, and what its params held before it.
    pub(in crate::host) fn take_last(&mut self) -> Option<(String, Before)> {
        self.steps.pop()
    }
}
