//! What is told of a frame that was rendered.

use crate::node::{Settings, shapes_out};
use crate::ofx::{Instance, MessageKind};

/// What the user may be told of a frame that was rendered.
#[derive(Default)]
pub struct Notes {
    lines: Vec<(MessageKind, String)>,
}

impl Notes {
    /// Adds a line, once.
    pub fn add(&mut self, kind: MessageKind, text: impl Into<String>) {
        let line = (kind, text.into());
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// What became of shapes that were written meanwhile.
    pub fn add_shapes(&mut self, settings: &Settings) {
        match settings.wants_shapes().then(|| shapes_out::news(settings)).flatten() {
            Some(Ok(lines)) => lines.into_iter().for_each(|line| self.add(MessageKind::Note, line)),
            Some(Err(reason)) => self.add(MessageKind::Warning, reason),
            None => {}
        }
    }

    /// One message stands at a time: the gravest kind, with all that was said.
    pub fn show(&self, instance: &Instance) {
        if self.lines.is_empty() {
            return;
        }
        let grave = self.lines.iter().any(|l| l.0 == MessageKind::Warning);
        let kind = if grave { MessageKind::Warning } else { MessageKind::Note };
        let text = self.lines.iter().map(|l| l.1.as_str()).collect::<Vec<_>>().join("\n");
        instance.show(kind, &text);
    }

    /// What is to be said where numbers were found that are not finite.
    pub fn add_input(&mut self, cleaned: bool) {
        if cleaned {
            self.add(
                MessageKind::Warning,
                "an input has pixels that are no finite numbers: infinity is read as 65504, the others as 0",
            );
        }
    }
}
