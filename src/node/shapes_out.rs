//! The side output: shapes of the frames that were rendered, as files.
//!
//! Outlines are collected for the whole process, by the files that they go to: some hosts make an instance, and a
//! sequence, of every single frame. They are small, so a long shot costs little.
//!
//! Shapes are fitted and written by a thread of their own, one file after the other, so that no action of the host
//! waits for them. What became of it is told at the next action. Only two wait: the button, whose answer a person
//! wants, and the end of a sequence in a host that nobody sits before, since that one may end right after.
//!
//! A file is written when all frames of a sequence have come, and not when it failed or was stopped before. Where a
//! host makes a sequence of each frame nobody knows which is the last: then a file that has shapes of more frames is
//! left as it is until all of them have come, and what there is so far goes into a file beside it whose name says so.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::Settings;
use super::background::Background;
use super::shot::Sequence;
use crate::io::write_atomically;
use crate::job::{Request, TrackedFrame};
use crate::shapes::{self, Builder, Format, SequenceInfo, ShapeError};

/// The files that a collection goes to.
type Files = Vec<PathBuf>;

struct Collection {
    /// What the outlines belong to: another request starts anew.
    request: Request,
    builder: Builder,
    span: (i64, i64),
    written: Option<Instant>,
    took: Duration,
    stale: bool,
    /// Whether they are written as frames render.
    auto: bool,
    /// How its frames come.
    coming: Coming,
    /// Frames whose last render failed.
    failed: BTreeSet<i64>,
    /// The frames for which shapes are asked, where that is said.
    asked: Option<(i64, i64)>,
    /// Whether the files are this collection's already.
    ours: bool,
    /// What became of the last writing that nobody waited for, until it is told.
    news: Option<Written>,
}

/// How frames come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coming {
    /// One by one: nobody knows which is the last.
    Singly,
    /// In a sequence that has not ended.
    InSequence,
    /// In a sequence that ended before all of them came.
    CutShort,
}

/// Why files of shapes are not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapesError {
    /// The parameters name no file.
    #[error("no file for shapes is named: set one in the group Export shapes")]
    NoFile,
    /// Nothing was collected for these files.
    #[error("no frame that can have shapes has been rendered: render the range first")]
    NoFrames,
    /// The footage or the settings make no shapes, as the shapes say.
    #[error("shapes are not written: {0}")]
    NoShapes(String),
    /// The thread that fits them ended.
    #[error("shapes are not written: fitting them failed")]
    NotFitted,
    /// A file's format cannot hold the shapes.
    #[error("shapes {}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What its format does not have.
        reason: String,
    },
    /// A file cannot be written, as the system says.
    #[error("{0}")]
    Write(String),
}

impl From<ShapeError> for ShapesError {
    fn from(reason: ShapeError) -> Self {
        Self::NoShapes(reason.to_string())
    }
}

/// What a person may want to know of files that were written, or why they were not.
pub type Written = Result<Vec<String>, ShapesError>;

/// Where shapes are fitted and written.
static WRITER: Background = Background::new();
static COLLECTIONS: Lazy<Mutex<HashMap<Files, Arc<Mutex<Collection>>>>> = Lazy::new(Mutex::default);
/// Sequences of several frames that have begun and not ended.
static SEQUENCES: Lazy<Mutex<HashMap<Files, Sequence>>> = Lazy::new(Mutex::default);

/// Adds one rendered frame.
///
/// # Errors
/// [`ShapesError::NoShapes`] when the footage cannot have shapes.
pub fn add(
    settings: &Settings,
    request: &Request,
    pixel_aspect: f64,
    fps: f64,
    time: i64,
    tracked: &TrackedFrame,
) -> Result<(), ShapesError> {
    if settings.shapes_range.is_some_and(|(first, last)| !(first..=last).contains(&time)) {
        return Ok(());
    }
    let fresh = || -> Result<Collection, ShapeError> {
        let footage = SequenceInfo {
            width: request.width,
            height: request.height,
            pixel_aspect,
            first: request.first,
            last: request.last,
            fps,
        };
        let builder = Builder::new(footage, settings.shapes)?;
        let (request, took) = (request.clone(), Duration::ZERO);
        let in_sequence = SEQUENCES.lock().contains_key(&settings.shapes_files);
        Ok(Collection {
            request,
            builder,
            span: (time, time),
            written: None,
            took,
            stale: false,
            auto: settings.shapes_auto,
            coming: if in_sequence { Coming::InSequence } else { Coming::Singly },
            failed: BTreeSet::new(),
            asked: settings.shapes_range,
            ours: false,
            news: None,
        })
    };
    let collection = {
        let mut all = COLLECTIONS.lock();
        match all.entry(settings.shapes_files.clone()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.get().clone(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Arc::new(Mutex::new(fresh()?))).clone()
            }
        }
    };
    let mut collection = collection.lock();
    if collection.request != *request {
        *collection = fresh()?;
        if let Some(sequence) = SEQUENCES.lock().get_mut(&settings.shapes_files) {
            sequence.restart();
        }
    }
    collection.builder.refit(settings.shapes)?;
    collection.auto = settings.shapes_auto;
    collection.asked = settings.shapes_range;
    let parsed = &request.prompts;
    // An object that is out of the result is no layer.
    let in_it =
        |name: &str| parsed.objects.iter().position(|o| o.name == name).is_none_or(|i| parsed.shows(i));
    for object in tracked.objects.iter().filter(|o| in_it(&o.name)) {
        collection.builder.add(&object.name, time, &object.matte)?;
    }
    collection.span = (collection.span.0.min(time), collection.span.1.max(time));
    collection.stale = true;
    collection.failed.remove(&time);
    drop(collection);
    if let Some(sequence) = SEQUENCES.lock().get_mut(&settings.shapes_files) {
        sequence.add(time);
    }
    Ok(())
}

/// A frame could not be rendered, or its render was stopped: files that need it are not written.
pub fn failed(settings: &Settings, time: i64) {
    if settings.shapes_range.is_some_and(|(first, last)| !(first..=last).contains(&time)) {
        return;
    }
    let files = settings.shapes_files.clone();
    if let Some(sequence) = SEQUENCES.lock().get_mut(&files) {
        sequence.remove(time);
    }
    let collection = COLLECTIONS.lock().get(&files).cloned();
    if let Some(collection) = collection {
        collection.lock().failed.insert(time);
    }
}

/// Starts a sequence of several frames: what was collected for its files before is forgotten.
pub fn begin(settings: &Settings, sequence: Sequence) {
    let files = settings.shapes_files.clone();
    COLLECTIONS.lock().remove(&files);
    SEQUENCES.lock().insert(files, sequence);
}

/// Ends a sequence. After one of several frames the files are to be written when all of them have come; after one of
/// a single frame only when the last writing is long past, since the host will send the next at once. Nothing is
/// written where only the button writes.
///
/// Where `wait` is set, what became of it; else that is kept for [`news`]. Who looks at frames, so that they come to be
/// `looked_at`, is not told that others did not come.
pub fn end(settings: &Settings, several: bool, wait: bool, looked_at: bool) -> Option<Written> {
    let files = settings.shapes_files.clone();
    let sequence = if several { SEQUENCES.lock().remove(&files) } else { None };
    let collection = COLLECTIONS.lock().get(&files).cloned()?;
    let waits = {
        let mut collection = collection.lock();
        let past = (collection.took * 10).max(Duration::from_secs(2));
        let due = collection.written.is_none_or(|at| at.elapsed() > past);
        if several && let Some(cut) = collection.end(sequence.as_ref(), settings.shapes_range) {
            // Why a frame failed has been told, and stands.
            let told = settings.shapes_auto && collection.failed.is_empty() && !looked_at;
            return told.then_some(Ok(vec![cut]));
        }
        let ready = collection.coming == Coming::Singly && collection.failed.is_empty();
        if !(settings.shapes_auto && collection.stale && ready && (several || due)) {
            return None;
        }
        // One that is rendered meanwhile makes it stale again.
        collection.stale = false;
        // The first of many single frames may be the only one.
        wait && (several || collection.written.is_none())
    };
    let written = order(&collection, files, !waits, several);
    if waits { written.recv().ok() } else { None }
}

impl Collection {
    /// Ends a sequence; gives what is to be said where not all of its frames have come.
    fn end(&mut self, sequence: Option<&Sequence>, asked: Option<(i64, i64)>) -> Option<String> {
        let progress = sequence.and_then(|s| s.progress(asked));
        if let Some((came, expected)) = progress.filter(|(came, expected)| came < expected) {
            self.coming = Coming::CutShort;
            return Some(format!(
                "shapes are not written: {came} of {expected} frames were rendered; Write shapes now writes \
                 these frames"
            ));
        }
        self.coming = Coming::Singly;
        None
    }
}

/// What became of a writing for these files, if it has not been told yet.
pub fn news(settings: &Settings) -> Option<Written> {
    let collection = COLLECTIONS.lock().get(&settings.shapes_files).cloned()?;
    // One that is being added to has news later.
    collection.try_lock().and_then(|mut c| c.news.take())
}

/// Has `collection` written on the thread; `keep` its outcome for [`news`]. Where it is `whole`, whatever is in the
/// files goes.
fn order(collection: &Arc<Mutex<Collection>>, files: Files, keep: bool, whole: bool) -> Receiver<Written> {
    let (sender, receiver) = channel();
    let collection = collection.clone();
    WRITER.later(move || {
        let written = write(&collection, &files, whole);
        if let Err(reason) = &written {
            log::error!("{reason}");
        }
        if keep && written != Ok(Vec::new()) {
            collection.lock().news = Some(written.clone());
        }
        // Nobody listens where nobody waits.
        let _ = sender.send(written);
    });
    receiver
}

/// Writes the shapes of what has been rendered so far, because a person asks for it. Says what was written.
///
/// # Errors
/// [`ShapesError`] that says what is missing, or names the file.
pub fn write_now(settings: &Settings) -> Result<String, ShapesError> {
    if !settings.wants_shapes() {
        return Err(ShapesError::NoFile);
    }
    let files = settings.shapes_files.clone();
    let collection = COLLECTIONS.lock().get(&files).cloned();
    let collection = collection.ok_or(ShapesError::NoFrames)?;
    let frames = {
        let mut collection = collection.lock();
        collection.builder.refit(settings.shapes)?;
        collection.builder.frames()
    };
    let written = order(&collection, files.clone(), false, true).recv();
    let notes = written.map_err(|_| ShapesError::NotFitted)??;
    let names: Vec<String> = files.iter().map(|p| p.display().to_string()).collect();
    let mut lines = vec![format!("shapes of {frames} frames are written to {}", names.join(" and "))];
    lines.extend(notes);
    Ok(lines.join("\n"))
}

/// Writes what is not yet written, and waits for it: the plugin is being unloaded. Frames of a sequence that did not
/// come to its end stay unwritten.
pub fn flush() {
    let all = std::mem::take(&mut *COLLECTIONS.lock());
    SEQUENCES.lock().clear();
    for (files, collection) in all {
        let due = {
            let c = collection.lock();
            c.stale && c.auto && c.coming == Coming::Singly && c.failed.is_empty()
        };
        if due {
            drop(order(&collection, files, false, false));
        }
    }
    WRITER.finish();
}

/// Fits and writes, and gives what is to be told of it. Frames may be added meanwhile: no render waits for it.
fn write(collection: &Mutex<Collection>, files: &[PathBuf], whole: bool) -> Written {
    let start = Instant::now();
    let (builder, span, whole) = {
        let mut collection = collection.lock();
        collection.stale = false;
        let whole = whole || collection.ours || collection.asked == Some(collection.span);
        (collection.builder.clone(), collection.span, whole)
    };
    let (mut animation, mut notes) = builder.finish_noting();
    (animation.first, animation.last) = span;
    // What one of the formats cannot hold leaves all files as they are.
    let mut texts = Vec::new();
    for path in files {
        let mut text = Vec::new();
        Format::of(path)?
            .write(&animation, &mut text)
            .map_err(|e| ShapesError::Format { path: path.clone(), reason: e.to_string() })?;
        texts.push((path, text));
    }
    let fuller: Vec<&Path> =
        texts.iter().map(|(path, _)| path.as_path()).filter(|p| !whole && has_more(p, span)).collect();
    let apart = !fuller.is_empty();
    let mut result = Ok(());
    for (path, text) in &texts {
        let to = if apart { partial(path) } else { path.to_path_buf() };
        let saved = write_atomically(&to, |out| Ok(out.write_all(text)?))
            .map_err(|e| ShapesError::Write(e.to_string()));
        if saved.is_ok() && !apart {
            // It is in the file itself now; where there was none there is nothing to be removed.
            let _ = std::fs::remove_file(partial(path));
        }
        result = result.and(saved);
    }
    for path in fuller {
        notes.push(format!(
            "{} has shapes of more frames and is kept: the shapes of the frames rendered so far are in {}",
            path.display(),
            partial(path).display()
        ));
    }
    let mut collection = collection.lock();
    collection.written = Some(Instant::now());
    collection.took = start.elapsed();
    collection.ours |= result.is_ok() && !apart;
    result.map(|()| notes)
}

/// Whether there is a file that has shapes of frames before or after those of `span`.
fn has_more(path: &Path, span: (i64, i64)) -> bool {
    // What is no file, and what is no file of shapes, has none.
    let there = path.is_file().then(|| shapes::read_file(path).ok()).flatten();
    there.is_some_and(|there| there.first < span.0 || there.last > span.1)
}

/// The file of shapes of which some frames are missing: `a.partial.fxs` for `a.fxs`.
fn partial(path: &Path) -> PathBuf {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_extension(format!("partial.{extension}"))
}
