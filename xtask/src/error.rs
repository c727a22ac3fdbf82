//! What can stop a task, each said in one sentence.

use std::io;
use std::path::Path;

/// The result of a task.
pub type Result<T> = std::result::Result<T, Error>;

/// What stopped a task; the variants say who must act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person at the machine: something must be installed, connected or named differently.
    #[error("{0}")]
    Person(String),
    /// A program that ran and failed; its own words were shown or are in the sentence.
    #[error("{0}")]
    Program(String),
    /// The file system refused.
    #[error("{doing} failed: {source}")]
    Io {
        /// What was being done, with the path.
        doing: String,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    /// The person must act, as the sentence says.
    pub fn person(sentence: impl Into<String>) -> Self {
        Self::Person(sentence.into())
    }

    /// A program failed, as the sentence says.
    pub fn program(sentence: impl Into<String>) -> Self {
        Self::Program(sentence.into())
    }
}

/// Names the file in an error of the file system.
pub trait At<T> {
    /// `doing` is a gerund, such as "writing"; the path follows it.
    fn at(self, doing: &str, path: &Path) -> Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { doing: format!("{doing} {}", path.display()), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_file_system_names_the_path_and_the_reason() {
        let path = Path::new("no such folder/file");
        let error = std::fs::read(path).at("reading", path).expect_err("there is no such file");
        let sentence = error.to_string();
        assert!(sentence.starts_with("reading no such folder"), "{sentence}");
        assert!(sentence.contains("failed: "), "{sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
    }
}
