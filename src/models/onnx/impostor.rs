//! Files that are often taken for a graph, told by their first bytes.

use std::fmt;

/// The way from a checkpoint to a pack.
const EXPORTING: &str = ": `cargo xtask export-model` makes a pack from a checkpoint";

/// A file that is often taken for a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impostor {
    /// A program of Python, which makes objects when it is run.
    Pickle,
    /// A checkpoint of PyTorch: a pickle and weights in a zip archive.
    TorchArchive,
    /// Another zip archive.
    Archive,
    /// Weights without code.
    Safetensors,
    /// A file that is not written yet, or damaged.
    Zeros,
    /// What stands in a repository for a large file.
    GitLfs,
    /// A graph that only ONNX Runtime writes.
    OrtFormat,
}

impl Impostor {
    /// Whether it may hold the weights of a model that can be exported.
    pub fn is_checkpoint(self) -> bool {
        matches!(self, Self::Pickle | Self::TorchArchive | Self::Safetensors)
    }

    /// The way from it to a pack, for the end of a sentence; nothing where there is none.
    pub fn way(self) -> &'static str {
        if self.is_checkpoint() { EXPORTING } else { "" }
    }
}

impl fmt::Display for Impostor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pickle => "a Python pickle, which may carry code",
            Self::TorchArchive => {
                "a PyTorch checkpoint (a zip archive with a Python pickle in it, which may carry code)"
            }
            Self::Archive => "a zip archive",
            Self::Safetensors => "a safetensors file",
            Self::Zeros => "a file that begins with zeros",
            Self::GitLfs => "a Git LFS pointer to a file elsewhere",
            Self::OrtFormat => "a graph in ONNX Runtime's own format",
        })
    }
}

/// What a file is, by its first bytes, if it is none that is wanted.
pub fn impostor(bytes: &[u8]) -> Option<Impostor> {
    match bytes {
        [0x80, 2..=5, ..] => Some(Impostor::Pickle),
        [b'c', rest @ ..] if names_a_global(rest) => Some(Impostor::Pickle),
        [b'P', b'K', 3, 4, ..] if first_member(bytes).is_some_and(|name| name.ends_with(b"data.pkl")) => {
            Some(Impostor::TorchArchive)
        }
        [b'P', b'K', 3, 4, ..] => Some(Impostor::Archive),
        [0, ..] => Some(Impostor::Zeros),
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', ..] => Some(Impostor::GitLfs),
        [_, _, _, _, b'O', b'R', b'T', b'M', ..] => Some(Impostor::OrtFormat),
        [_, _, _, _, _, _, _, _, b'{', b'"', ..] => Some(Impostor::Safetensors),
        _ => None,
    }
}

/// Whether a pickle in text goes on so that began with `c`: two names on lines of their own, and what
/// is done with them.
fn names_a_global(rest: &[u8]) -> bool {
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let is_name = |line: &[u8]| {
        !line.is_empty() && line.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.'))
    };
    let names = lines.by_ref().take(2).filter(|line| is_name(line)).count();
    names == 2 && lines.next().is_some_and(|rest| !rest.is_empty())
}

/// The name of the first file in a zip archive.
fn first_member(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes([*bytes.get(26)?, *bytes.get(27)?]);
    bytes.get(30..30 + usize::from(length))
}
