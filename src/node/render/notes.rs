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

    /// What is to be said where frames of an earlier session are taken to be what they were.
    pub fn add_trusted(
        &mut self,
        (first, last): (i64, i64),
        (frames, compared): (u64, Option<u64>),
        digest: &str,
    ) {
        let how = match compared {
            None => "by their stamps".to_owned(),
            Some(compared) => format!("since {compared} that were compared are"),
        };
        self.add(
            MessageKind::Note,
            format!(
                "{frames} frames from {first} to {last} were not read, and are taken to be what they were when they were \
                 tracked, {how}: footage {digest}"
            ),
        );
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
    pub fn add_input(&mut self, sanitised: bool) {
        if sanitised {
            self.add(
                MessageKind::Warning,
                "an input has pixels that are no finite numbers: infinity is read as 65504, the others as 0",
            );
        }
    }
}
