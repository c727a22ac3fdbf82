//! Why shapes could not be made, written or read.

/// Why shapes could not be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum ShapeError {
    /// The mattes or the settings do not make shapes.
    #[error("{0}")]
    Input(String),
    /// A file of shapes does not say what it should.
    #[error("the shapes cannot be read: {0}")]
    Malformed(String),
    /// A file of shapes uses what this version does not know.
    #[error("the shapes use {0}, which this version does not read")]
    Unsupported(String),
    /// The bytes could not be written or read.
    #[error("the shapes cannot be written: {0}")]
    Io(#[from] std::io::Error),
}
