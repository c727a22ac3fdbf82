//! Sequences of numbered files: patterns (`a.%04d.exr`, `a.####.exr`), folders, single files.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::IoError;
use super::error::plain_reason;

/// Extensions of the pictures that are read.
const PICTURES: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "exr", "dpx"];

/// A file name with a place for the number of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    before: String,
    /// Digits at least, filled up with zeros; `None` when the name has no number.
    digits: Option<usize>,
    after: String,
}

/// The frames of a sequence that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    pattern: Pattern,
    frames: BTreeSet<i64>,
}

/// What can be wrong with a sequence. Each message is complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// No file fits.
    #[error("no picture matches {0}")]
    Nothing(String),
    /// A folder or a single file that is not there.
    #[error("cannot read {0}: there is no such file or folder")]
    NotFound(String),
    /// A folder cannot be listed.
    #[error("cannot list {folder}: {reason}")]
    List {
        /// The folder.
        folder: String,
        /// What the system says.
        reason: String,
    },
    /// A folder with more than one sequence.
    #[error("{folder} holds several sequences, name one of them: {patterns}")]
    Several {
        /// The folder.
        folder: String,
        /// All patterns found.
        patterns: String,
    },
    /// A frame that is asked for has no file.
    #[error("frame {frame} is missing: there is no {}, the sequence has frames {first} to {last}", path.display())]
    Missing {
        /// Its number.
        frame: i64,
        /// The name that it would have.
        path: PathBuf,
        /// First frame that is there.
        first: i64,
        /// Last frame that is there.
        last: i64,
    },
    /// A range that cannot be read or is reversed.
    #[error("{0:?} is not a range of frames, expected FIRST-LAST, such as 0-49")]
    Range(String),
    /// A frame of another size.
    #[error("{} is {}x{} pixels, {} is {}x{}: all frames must have one size", path.display(), size.0, size.1, first.display(), first_size.0, first_size.1)]
    Size {
        /// The frame that differs.
        path: PathBuf,
        /// Its size.
        size: (u32, u32),
        /// The frame it was compared with.
        first: PathBuf,
        /// The size of that.
        first_size: (u32, u32),
    },
    /// A frame that cannot be read.
    #[error(transparent)]
    Picture(#[from] IoError),
}

impl Pattern {
    /// Reads a pattern; a name without `%d`, `%04d` or `####` stands for one file.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        // The number belongs to the file's name, which comes after the last separator.
        let name = text.rfind(['/', std::path::MAIN_SEPARATOR]).map_or(0, |i| i + 1);
        let (folder, name) = text.split_at(name);
        let found = printf(name).or_else(|| hashes(name));
        match found {
            Some((range, digits)) => Self {
                before: format!("{folder}{}", &name[..range.start]),
                digits: Some(digits),
                after: name[range.end..].to_owned(),
            },
            None => Self { before: text.to_owned(), digits: None, after: String::new() },
        }
    }

    /// The pattern of a numbered file's name, by the last number in it, and that number.
    fn of_file(path: &str) -> Option<(Self, i64)> {
        let stem = path.rfind(['/', std::path::MAIN_SEPARATOR]).map_or(0, |i| i + 1);
        let dot = path.rfind('.').filter(|&i| i > stem).unwrap_or(path.len());
        let end = path[stem..dot].rfind(|c: char| c.is_ascii_digit())? + stem + 1;
        let start = path[stem..end].rfind(|c: char| !c.is_ascii_digit()).map_or(stem, |i| i + stem + 1);
        // Non-ASCII letters end within a character: the number starts at the next digit.
        let start = start
            + path.get(start..end).map_or_else(
                || path.as_bytes()[start..end].iter().take_while(|b| !b.is_ascii_digit()).count(),
                |_| 0,
            );
        let digits = &path[start..end];
        let number = digits.parse().ok()?;
        // 0012 is filled up, 12 may or may not be; then its own width does no harm.
        let pattern = Self {
            before: path[..start].to_owned(),
            digits: Some(digits.len()),
            after: path[end..].to_owned(),
        };
        Some((pattern, number))
    }

    /// Whether names carry a number.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.digits.is_some()
    }

    /// The file of frame `frame`.
    #[must_use]
    pub fn path(&self, frame: i64) -> PathBuf {
        let Self { before, digits, after } = self;
        match digits {
            Some(digits) => PathBuf::from(format!("{before}{frame:0digits$}{after}")),
            None => PathBuf::from(before),
        }
    }

    /// The folder that the files lie in.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        match Path::new(&self.before).parent() {
            _ if self.before.ends_with(['/', std::path::MAIN_SEPARATOR]) => PathBuf::from(&self.before),
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The number in `name`, a file name without its folder, when it fits.
    fn number(&self, name: &str) -> Option<i64> {
        let start = self.before.rfind(['/', std::path::MAIN_SEPARATOR]).map_or(0, |i| i + 1);
        let middle = name.strip_prefix(&self.before[start..])?.strip_suffix(&self.after)?;
        let number: i64 = middle.parse().ok()?;
        // "7", "+7" or "0007" is not how a pattern of two digits writes 7.
        let digits = self.digits?;
        (format!("{number:0digits$}") == middle).then_some(number)
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.digits {
            Some(0 | 1) => write!(f, "{}%d{}", self.before, self.after),
            Some(digits) => write!(f, "{}%0{digits}d{}", self.before, self.after),
            None => f.write_str(&self.before),
        }
    }
}

/// `%d` or `%04d`: where it is and how many digits it asks for.
fn printf(name: &str) -> Option<(std::ops::Range<usize>, usize)> {
    name.match_indices('%').find_map(|(start, _)| {
        let rest = &name[start + 1..];
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let digits = if end == 0 { 1 } else { rest[..end].parse().ok()? };
        // Names of more than 64 digits are no file names.
        (rest[end..].starts_with('d') && digits <= 64).then_some((start..start + end + 2, digits))
    })
}

/// The last run of `#`.
fn hashes(name: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let end = name.rfind('#')? + 1;
    let start = name[..end].trim_end_matches('#').len();
    (end - start <= 64).then_some((start..end, end - start))
}

impl Sequence {
    /// Finds the sequence that `input` names: a pattern, a folder that holds one, or a single file.
    ///
    /// A single file is the frame of the last number in its name, or frame 0.
    ///
    /// # Errors
    /// [`SequenceError`] when there is none, or a folder holds several.
    pub fn find(input: &str) -> Result<Self, SequenceError> {
        let pattern = Pattern::parse(input);
        if pattern.is_numbered() {
            let names = list(&pattern.folder())?;
            let frames: BTreeSet<i64> = names.iter().filter_map(|n| pattern.number(n)).collect();
            if frames.is_empty() {
                return Err(SequenceError::Nothing(input.to_owned()));
            }
            return Ok(Self { pattern, frames });
        }
        let path = Path::new(input);
        if path.is_dir() {
            return Self::in_folder(input);
        }
        match super::open(path) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(SequenceError::NotFound(input.to_owned()));
            }
            Err(e) => return Err(IoError::read(path, &e).into()),
        }
        let frame = Pattern::of_file(input).map_or(0, |(_, number)| number);
        Ok(Self { pattern, frames: BTreeSet::from([frame]) })
    }

    fn in_folder(folder: &str) -> Result<Self, SequenceError> {
        let mut found: Vec<Self> = Vec::new();
        for name in list(Path::new(folder))? {
            let extension = Path::new(&name).extension().and_then(|e| e.to_str()).unwrap_or_default();
            if !PICTURES.contains(&extension.to_ascii_lowercase().as_str()) || name.starts_with('.') {
                continue;
            }
            let path = Path::new(folder).join(&name).to_string_lossy().into_owned();
            let Some((pattern, number)) = Pattern::of_file(&path) else { continue };
            // Numbers that are not filled up grow a digit on the way: a.9.png, a.10.png.
            let same =
                |s: &&mut Self| (&s.pattern.before, &s.pattern.after) == (&pattern.before, &pattern.after);
            match found.iter_mut().find(same) {
                Some(sequence) => {
                    sequence.frames.insert(number);
                    sequence.pattern.digits = sequence.pattern.digits.min(pattern.digits);
                }
                None => found.push(Self { pattern, frames: BTreeSet::from([number]) }),
            }
        }
        match found.len() {
            0 => Err(SequenceError::Nothing(folder.to_owned())),
            1 => Ok(found.swap_remove(0)),
            _ => {
                let patterns: Vec<_> = found.iter().map(|s| s.pattern.to_string()).collect();
                Err(SequenceError::Several { folder: folder.to_owned(), patterns: patterns.join(", ") })
            }
        }
    }

    /// First and last frame that are there.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let first = self.frames.first().copied().unwrap_or_default();
        (first, self.frames.last().copied().unwrap_or(first))
    }

    /// The frames that are there, in order.
    pub fn frames(&self) -> impl Iterator<Item = i64> + '_ {
        self.frames.iter().copied()
    }

    /// How its files are named.
    #[must_use]
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The file of `frame`.
    ///
    /// # Errors
    /// [`SequenceError::Missing`] when it is not there.
    pub fn path(&self, frame: i64) -> Result<PathBuf, SequenceError> {
        let path = self.pattern.path(frame);
        if self.frames.contains(&frame) {
            return Ok(path);
        }
        let (first, last) = self.range();
        Err(SequenceError::Missing { frame, path, first, last })
    }

    /// Checks that all frames of `range` are there and of one size, which it returns, reading no more
    /// than their headers.
    ///
    /// # Errors
    /// [`SequenceError`] that names the first frame that is missing, unreadable or of another size.
    pub fn check(&self, range: RangeInclusive<i64>) -> Result<(u32, u32), SequenceError> {
        let first = self.path(*range.start())?;
        let paths = range.map(|frame| self.path(frame)).collect::<Result<Vec<_>, _>>()?;
        let first_size = super::size(&first)?;
        for path in paths {
            let size = super::size(&path)?;
            if size != first_size {
                return Err(SequenceError::Size { path, size, first, first_size });
            }
        }
        Ok(first_size)
    }
}

/// Reads `FIRST-LAST` or a single frame; both may be negative.
///
/// # Errors
/// [`SequenceError::Range`].
pub fn parse_range(text: &str) -> Result<(i64, i64), SequenceError> {
    let wrong = || SequenceError::Range(text.to_owned());
    // The dash after the first character is the one between the numbers.
    let dash = text.char_indices().skip(1).find(|&(_, c)| c == '-').map(|(i, _)| i);
    let (first, last) = dash.map_or((text, text), |i| (&text[..i], &text[i + 1..]));
    let first: i64 = first.trim().parse().map_err(|_| wrong())?;
    let last: i64 = last.trim().parse().map_err(|_| wrong())?;
    // OpenFX counts frames in 32 bits.
    let fits = |v: i64| i32::try_from(v).is_ok();
    if first > last || !fits(first) || !fits(last) {
        return Err(wrong());
    }
    Ok((first, last))
}

fn list(folder: &Path) -> Result<Vec<String>, SequenceError> {
    let failed = |e: std::io::Error| SequenceError::List {
        folder: folder.display().to_string(),
        reason: plain_reason(&e),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
