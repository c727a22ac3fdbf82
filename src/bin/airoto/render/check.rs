//! What can be found wrong before anything is computed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airoto::host::{Instance, MessageKind};
use airoto::io::{self, Sequence};
use airoto::job::MaskKeys;
use airoto::job::prompts::{Limits, Prompts};
use airoto::params::{SHAPES_AUTO, SHAPES_FILES, SHAPES_WRITE};
use airoto::shapes::Format;

use super::output::Output;
use crate::Failure;
use crate::input::InputSequence;

/// A prompts file.
pub struct PromptsFile {
    path: PathBuf,
    /// The JSON.
    pub text: String,
    /// The same, understood.
    pub parsed: Prompts,
    /// The folder that mask paths are relative to.
    pub base: PathBuf,
}

/// No prompts are longer, in bytes: a million of them are shorter.
const LONGEST_PROMPTS: u64 = 64_000_000;

/// Reads the prompts.
pub fn prompts(path: &Path) -> Result<PromptsFile, Failure> {
    let unreadable = |e: std::io::Error| {
        Failure::new(format!("cannot read the prompts {}: {}", path.display(), plain(&e)))
    };
    let text = io::read_text(path, LONGEST_PROMPTS).map_err(unreadable)?;
    let whole = path.canonicalize().map_err(unreadable)?;
    prompts_of(path, text, whole.parent().unwrap_or(Path::new("/")))
}

/// The prompts in `text`, called `path` where something is wrong with them.
pub fn prompts_of(path: impl AsRef<Path>, text: String, base: &Path) -> Result<PromptsFile, Failure> {
    let path = path.as_ref().to_owned();
    let parsed =
        airoto::job::prompts::parse(&text).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    Ok(PromptsFile { path, text, parsed, base: base.to_owned() })
}

/// The frames that a render cannot do without: those asked for, those with prompts, and all between.
pub fn needed(
    input: &str,
    asked: Option<(i64, i64)>,
    prompted: impl IntoIterator<Item = i64>,
) -> Result<(i64, i64), Failure> {
    if io::is_movie(Path::new(input)) {
        // All frames are there, or none: the movie itself says which.
        return Ok(asked.unwrap_or((0, 0)));
    }
    let sequence = Sequence::find(input)?;
    let (first, last) = sequence.range();
    let asked = asked.unwrap_or((first, last));
    // Prompts beyond the footage have a sentence of their own.
    let prompted = prompted.into_iter().filter(|f| (first..=last).contains(f));
    Ok(prompted.fold(asked, |(a, b), frame| (a.min(frame), b.max(frame))))
}

/// Checks the prompts against the footage; `masks` are prompts too.
pub fn fits(prompts: &PromptsFile, footage: &InputSequence, masks: &MaskKeys) -> Result<(), Failure> {
    let ((width, height), (first, last)) = (footage.size(), footage.range());
    let limits = Limits { width, height, first, last };
    prompts.parsed.check(&limits, masks).map_err(|e| Failure::new(format!("{}: {e}", prompts.path.display())))
}

/// Makes the folder of the output, tries whether it can be written, and keeps the footage from being
/// written over.
pub fn writable(output: &Output, footage: &InputSequence, first: i64, last: i64) -> Result<(), Failure> {
    if first != last && !output.is_numbered() {
        return Err(Failure::new(format!(
            "the output {0} has no place for the frame number, which {1} frames need: write it as {2}",
            output.name(),
            last - first + 1,
            output.suggestion()
        )));
    }
    folder(&output.folder())?;
    let same = |frame: i64| {
        let input = footage.path(frame)?.canonicalize().ok()?;
        let output = output.path(frame);
        (output.canonicalize().ok()? == input).then_some(output)
    };
    match (first..=last).find_map(same) {
        Some(path) => Err(Failure::new(format!("{} would overwrite the footage", path.display()))),
        None => Ok(()),
    }
}

/// Trimaps in the size of `footage`, for all of its frames that there are trimaps for; a single picture is that of
/// all frames.
pub fn trimap(text: &str, footage: &InputSequence) -> Result<Arc<InputSequence>, Failure> {
    let expected = footage.size();
    let fits = |found: (u32, u32)| match found == expected {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "the trimaps {text} are {}x{} pixels, the footage is {}x{}",
            found.0, found.1, expected.0, expected.1
        ))),
    };
    Ok(Arc::new(InputSequence::open_fitting(text, None, None, fits)?.held(footage.range())))
}

/// Makes a folder and tries whether a file can be made in it.
fn folder(path: &Path) -> Result<(), Failure> {
    let refuse = |e: std::io::Error| {
        Failure::new(format!("cannot write to the folder {}: {}", path.display(), plain(&e)))
    };
    std::fs::create_dir_all(path).map_err(refuse)?;
    tempfile::Builder::new()
        .prefix(&io::PARTS.prefix())
        .suffix(io::PARTS.end)
        .tempfile_in(path)
        .map_err(refuse)?;
    Ok(())
}

/// What the system says, without its error number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Files for shapes.
pub struct Shapes(Vec<PathBuf>);

impl Shapes {
    /// Checks their formats and tries their folders.
    pub fn new(paths: &[PathBuf]) -> Result<Self, Failure> {
        if paths.len() > SHAPES_FILES.len() {
            let (found, most) = (paths.len(), SHAPES_FILES.len());
            return Err(Failure::new(format!("--shapes is given {found} times, expected {most} at most")));
        }
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            Format::of(path)?;
            // The plugin's folder is the host's, which need not be ours.
            let whole = std::path::absolute(path)?;
            if files.contains(&whole) {
                return Err(Failure::new(format!("--shapes names {} twice", path.display())));
            }
            folder(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
            files.push(whole);
        }
        Ok(Self(files))
    }

    /// Sets the parameters of the node. Nothing is written as frames render: all of them have to come first.
    pub fn tell(&self, instance: &Instance) -> Result<(), Failure> {
        for (param, path) in SHAPES_FILES.iter().zip(&self.0) {
            instance.set_param(param, path.to_string_lossy().as_ref())?;
        }
        Ok(instance.set_param(SHAPES_AUTO, false)?)
    }

    /// Has the shapes of all frames written, the last of which is `last`; gives the files.
    pub fn write(&self, instance: &Instance, last: i64) -> Result<Written, Failure> {
        let files = self.0.clone();
        if files.is_empty() {
            return Ok(Written::default());
        }
        instance.push_button(SHAPES_WRITE, last as f64)?;
        match instance.persistent_message() {
            Some(said) if said.kind == MessageKind::Error => Err(Failure::new(said.text)),
            // What was written where comes first.
            said => {
                let notes = said.map(|m| m.text.lines().skip(1).map(str::to_owned).collect());
                Ok(Written { files, notes: notes.unwrap_or_default() })
            }
        }
    }
}

/// Shapes that were written.
#[derive(Default)]
pub struct Written {
    /// Their files.
    pub files: Vec<PathBuf>,
    /// What there is to tell.
    pub notes: Vec<String>,
}
