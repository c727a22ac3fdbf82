//! The text of prompts and what it says, read once for all who ask.
//!
//! A click, the drawing after it and the render after that all start from the text of one parameter. The texts
//! that came last are kept with what was read from them, so that each is read once.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use serde_json::Value;

use super::edit::{self, EditError};
use super::parse::{of_document, parse};
use super::{PromptError, Prompts};

/// Texts that are kept: before and after an edit, of two nodes that are shown by turns.
const MOST: usize = 4;
/// Bytes of text that are kept at the most, but for the last text: what is read takes some ten times as much.
const MOST_BYTES: usize = 4 << 20;

static KEPT: Mutex<VecDeque<Arc<PromptText>>> = Mutex::new(VecDeque::new());

/// A text of prompts with what it says.
pub struct PromptText {
    text: String,
    prompts: Result<Arc<Prompts>, PromptError>,
    /// For edits, read when the first is made.
    document: OnceLock<Result<Value, EditError>>,
}

impl std::fmt::Debug for PromptText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PromptText").field(&self.text).finish()
    }
}

impl Eq for PromptText {}

impl PartialEq for PromptText {
    /// By their texts.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PromptText {
    /// What `text` says; from what is kept where it came lately.
    #[must_use]
    pub fn read(text: &str) -> Arc<Self> {
        if let Some(known) = kept(text) {
            return known;
        }
        count(text);
        let prompts = parse(text).map(Arc::new);
        keep(Self { text: text.to_owned(), prompts, document: OnceLock::new() })
    }

    /// The text of an edited document, with what it says. Nothing is read for it.
    #[must_use]
    pub fn write(document: Value) -> Arc<Self> {
        let text = edit::text(&document);
        let prompts = of_document(&document).map(Arc::new);
        keep(Self { text, prompts, document: OnceLock::from(Ok(document)) })
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    ///
    /// # Errors
    /// [`PromptError`] where it is not the form of prompts.
    pub fn prompts(&self) -> Result<&Arc<Prompts>, &PromptError> {
        self.prompts.as_ref()
    }

    /// What it says; nothing where it is not the form of prompts.
    #[must_use]
    pub fn prompts_or_none(&self) -> Arc<Prompts> {
        self.prompts.as_ref().map(Arc::clone).unwrap_or_default()
    }

    /// The document that is edited: what is not known to us is in it, too.
    ///
    /// # Errors
    /// [`EditError::Unreadable`] when it is not a list of named objects with their prompts.
    pub fn document(&self) -> Result<&Value, EditError> {
        let read = || {
            count(&self.text);
            edit::open(&self.text)
        };
        self.document.get_or_init(read).as_ref().map_err(EditError::clone)
    }
}

/// Reading is what costs: the log tells each one, and the test of clicks counts them.
fn count(text: &str) {
    log::debug!("prompts of {} bytes are read", text.len());
}

fn kept(text: &str) -> Option<Arc<PromptText>> {
    let mut kept = KEPT.lock();
    let found = kept.iter().position(|k| k.text == text)?;
    let found = kept.remove(found)?;
    kept.push_back(Arc::clone(&found));
    Some(found)
}

fn keep(read: PromptText) -> Arc<PromptText> {
    let read = Arc::new(read);
    let mut kept = KEPT.lock();
    kept.retain(|k| k.text != read.text);
    kept.push_back(Arc::clone(&read));
    let bytes = |kept: &VecDeque<Arc<PromptText>>| kept.iter().map(|k| k.text.len()).sum::<usize>();
    while kept.len() > MOST || kept.len() > 1 && bytes(&kept) > MOST_BYTES {
        kept.pop_front();
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_text_says_the_same_when_it_is_read_anew() {
        let text = r#"{"objects":[{"name":"a","prompts":[{"frame":3,"point":[1.25,2]},{"frame":4,"box":[9,8,1,2]}]}]}"#;
        let document = edit::open(text).expect("readable");
        let written = PromptText::write(document);
        assert_eq!(written.text(), text);
        assert_eq!(written.prompts().map(|p| (**p).clone()), Ok(parse(text).expect("readable")));
        assert_eq!(written.document().cloned(), edit::open(text));
    }

    #[test]
    fn what_an_edit_keeps_and_prompts_do_not_have_is_refused_as_when_it_is_read() {
        let text = r#"{"version":2,"objects":[]}"#;
        let written = PromptText::write(edit::open(text).expect("readable"));
        let sentence = written.prompts().expect_err("refused").to_string();
        assert!(sentence.starts_with("the prompts cannot be read: unknown field `version`"), "{sentence}");
    }

    #[test]
    fn few_texts_are_kept_and_no_more_than_the_last_of_large_ones() {
        let large = |c: char| format!("{{\"{}\"", String::from_iter(std::iter::repeat_n(c, MOST_BYTES)));
        let (a, b) = (PromptText::read(&large('a')), PromptText::read(&large('b')));
        assert!(a.prompts().is_err() && b.prompts().is_err());
        let texts = KEPT.lock().iter().filter(|k| k.text.len() > MOST_BYTES).count();
        assert!(texts <= 1, "{texts} large texts are kept");
    }
}
