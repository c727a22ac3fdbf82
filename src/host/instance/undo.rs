//! Taking back what a plugin has set.

use super::Instance;
use crate::host::error::HostError;

impl Instance {
    /// Takes back the last step and tells the plugin of each param that it changed, as when a person sets it. Gives
    /// the name of the step; none where there is none left.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn undo(&self) -> Result<Option<String>, HostError> {
        let Some((name, before)) = self.effect.history.lock().take_last() else { return Ok(None) };
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
