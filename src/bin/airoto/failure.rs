//! Why a sub-command stopped.

use std::error::Error;
use std::fmt;

/// One sentence for the person at the keyboard. Any error becomes one by `?`, its sources after it.
#[derive(Debug)]
pub struct Failure {
    message: String,
}

impl Failure {
    /// A failure that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            let text = inner.to_string();
            // Some libraries repeat their source in their own message.
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            source = inner.source();
        }
        // One sentence, also where a library writes paragraphs.
        Self { message: message.split_whitespace().collect::<Vec<_>>().join(" ") }
    }
}
