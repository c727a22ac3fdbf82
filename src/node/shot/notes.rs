//! What the user is to be told of frames that were read, tracked and rendered.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::ofx::{Instance, MessageKind};

/// What the user is to be told, collected from all that is done for one frame, by several threads where need be.
#[derive(Debug, Default)]
pub struct Notes {
    lines: Mutex<Vec<(MessageKind, String)>>,
    not_finite: AtomicBool,
}

impl Notes {
    /// Adds a line, once.
    pub fn add(&self, kind: MessageKind, text: impl Into<String>) {
        let line = (kind, text.into());
        let mut lines = self.lines.lock();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }

    /// Numbers of an input were read; whether one of them was not `found` to be finite.
    pub fn record_not_finite(&self, found: bool) {
        if found {
            self.not_finite.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a number that was read so far was not finite.
    pub fn has_not_finite(&self) -> bool {
        self.not_finite.load(Ordering::Relaxed)
    }

    /// Adds all that `others` have.
    pub fn take_over(&self, others: &Self) {
        self.record_not_finite(others.has_not_finite());
        for (kind, text) in others.lines() {
            self.add(kind, text);
        }
    }

    /// Adds a line of the inputs, once all of them are read, where numbers were found in them that are not finite.
    pub fn add_inputs(&self) {
        if self.has_not_finite() {
            self.add(
                MessageKind::Warning,
                "an input has pixels that are not finite numbers: infinity is read as 65504, the others as 0",
            );
        }
    }

    /// The lines in the order in which they came.
    pub fn lines(&self) -> Vec<(MessageKind, String)> {
        self.lines.lock().clone()
    }

    /// All lines as one message of the gravest kind among them; none where there is nothing to be told.
    pub fn message(&self) -> Option<(MessageKind, String)> {
        let lines = self.lines();
        let grave = lines.iter().any(|(kind, _)| *kind == MessageKind::Warning);
        let kind = if grave { MessageKind::Warning } else { MessageKind::Note };
        let text = lines.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n");
        (!lines.is_empty()).then_some((kind, text))
    }

    /// Shows them. One message of an instance stands at a time.
    pub fn show(&self, instance: &Instance) {
        if let Some((kind, text)) = self.message() {
            instance.show(kind, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_has_every_line_once_and_the_gravest_kind() {
        let (notes, read) = (Notes::default(), Notes::default());
        assert_eq!(notes.message(), None);
        notes.add(MessageKind::Note, "a");
        notes.add(MessageKind::Note, "a");
        assert_eq!(notes.message(), Some((MessageKind::Note, "a".to_owned())));
        read.record_not_finite(false);
        notes.take_over(&read);
        notes.add_inputs();
        assert_eq!(notes.lines().len(), 1, "all numbers are finite");
        read.record_not_finite(true);
        read.add(MessageKind::Note, "b");
        notes.take_over(&read);
        notes.add_inputs();
        let (kind, text) = notes.message().expect("a message");
        assert_eq!(kind, MessageKind::Warning);
        assert!(text.starts_with("a\nb\nan input has pixels"), "{text}");
    }
}
