//! The side output: shapes of the frames that were rendered, as files.
//!
//! Outlines are collected for the whole process, by the files that they go to: some hosts make an instance, and a
//! sequence, of every single frame. They are small, so a long shot costs little.
//!
//! Shapes are fitted and written by a thread of their own, one file after the other, so that no action of the host
//! waits for them. What became of it is told at the next action. Only two wait: the button, whose answer a person
//! wants, and the end of a whole sequence in a host that nobody sits before, since that one may end right after.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::Settings;
use super::background::Background;
use crate::job::{Request, TrackedFrame};
use crate::raster::io::write_atomically;
use crate::shapes::{self, Animation, Builder, Footage, ShapeError};

/// The files that a collection goes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Files {
    silhouette: Option<PathBuf>,
    nuke: Option<PathBuf>,
}

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
    /// What became of the last writing that nobody waited for, until it is told.
    news: Option<Written>,
}

/// What a person may want to know of files that were written, or why they were not.
pub type Written = Result<Vec<String>, String>;

/// Where shapes are fitted and written.
static WRITER: Background = Background::new();
static COLLECTIONS: Lazy<Mutex<HashMap<Files, Arc<Mutex<Collection>>>>> = Lazy::new(Mutex::default);

fn files(settings: &Settings) -> Files {
    Files { silhouette: settings.silhouette.clone(), nuke: settings.nuke.clone() }
}

/// Adds one rendered frame.
///
/// # Errors
/// A sentence when the footage cannot have shapes.
pub fn add(
    settings: &Settings,
    request: &Request,
    pixel_aspect: f64,
    fps: f64,
    time: i64,
    tracked: &TrackedFrame,
) -> Result<(), String> {
    if settings.shapes_range.is_some_and(|(first, last)| !(first..=last).contains(&time)) {
        return Ok(());
    }
    let fresh = || -> Result<Collection, ShapeError> {
        let footage = Footage {
            width: request.width,
            height: request.height,
            pixel_aspect,
            first: request.first,
            last: request.last,
            fps,
        };
        let builder = Builder::new(footage, settings.shapes)?;
        let (request, took) = (request.clone(), Duration::ZERO);
        let auto = settings.shapes_auto;
        let (written, news, stale) = (None, None, false);
        Ok(Collection { request, builder, span: (time, time), written, took, stale, auto, news })
    };
    let said = |e: ShapeError| format!("shapes are not written: {e}");
    let collection = {
        let mut all = COLLECTIONS.lock();
        match all.entry(files(settings)) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.get().clone(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Arc::new(Mutex::new(fresh().map_err(said)?))).clone()
            }
        }
    };
    let mut collection = collection.lock();
    if collection.request != *request {
        *collection = fresh().map_err(said)?;
    }
    collection.builder.refit(settings.shapes).map_err(said)?;
    collection.auto = settings.shapes_auto;
    let parsed = &request.prompts;
    // An object that is out of the result is no layer.
    let in_it =
        |name: &str| parsed.objects.iter().position(|o| o.name == name).is_none_or(|i| parsed.shows(i));
    for object in tracked.objects.iter().filter(|o| in_it(&o.name)) {
        collection.builder.add(&object.name, time, &object.matte).map_err(said)?;
    }
    collection.span = (collection.span.0.min(time), collection.span.1.max(time));
    collection.stale = true;
    Ok(())
}

/// Starts a sequence of several frames: what was collected for its files before is forgotten.
pub fn begin(settings: &Settings) {
    COLLECTIONS.lock().remove(&files(settings));
}

/// Ends a sequence. After a whole one the files are to be written; after one of a single frame only when the last
/// writing is long past, since the host will send the next at once. Nothing is written where only the button writes.
///
/// Where `wait` is set, what became of it; else that is kept for [`news`].
pub fn end(settings: &Settings, whole: bool, wait: bool) -> Option<Written> {
    let files = files(settings);
    let collection = COLLECTIONS.lock().get(&files).cloned()?;
    {
        let mut collection = collection.lock();
        let past = (collection.took * 10).max(Duration::from_secs(2));
        let due = collection.written.is_none_or(|at| at.elapsed() > past);
        if !(settings.shapes_auto && collection.stale && (whole || due)) {
            return None;
        }
        // One that is rendered meanwhile makes it stale again.
        collection.stale = false;
    }
    let written = order(&collection, files, !wait);
    if wait { written.recv().ok() } else { None }
}

/// What became of a writing for these files, if it has not been told yet.
pub fn news(settings: &Settings) -> Option<Written> {
    let collection = COLLECTIONS.lock().get(&files(settings)).cloned()?;
    // One that is being added to has news later.
    collection.try_lock().and_then(|mut c| c.news.take())
}

/// Has `collection` written on the thread; `keep` its outcome for [`news`].
fn order(collection: &Arc<Mutex<Collection>>, files: Files, keep: bool) -> Receiver<Written> {
    let (sender, receiver) = channel();
    let collection = collection.clone();
    WRITER.later(move || {
        let written = write(&collection, &files);
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
/// A sentence that says what is missing, or names the file.
pub fn write_now(settings: &Settings) -> Result<String, String> {
    if !settings.wants_shapes() {
        return Err("no file for shapes is named: set Silhouette file or Nuke file".to_owned());
    }
    let files = files(settings);
    let collection = COLLECTIONS.lock().get(&files).cloned();
    let nothing =
        || "no frame has been rendered yet that could have shapes: render the range first".to_owned();
    let collection = collection.ok_or_else(nothing)?;
    let frames = {
        let mut collection = collection.lock();
        let fitted = collection.builder.refit(settings.shapes);
        fitted.map_err(|e| format!("shapes are not written: {e}"))?;
        collection.builder.frames()
    };
    let stopped = || "shapes are not written: fitting them failed".to_owned();
    let notes = order(&collection, files.clone(), false).recv().map_err(|_| stopped())??;
    let names: Vec<String> =
        [&files.silhouette, &files.nuke].into_iter().flatten().map(|p| p.display().to_string()).collect();
    let mut said = vec![format!("shapes of {frames} frames are in {}", names.join(" and "))];
    said.extend(notes);
    Ok(said.join("\n"))
}

/// Writes what is not yet written, and waits for it: the plugin is being unloaded.
pub fn flush() {
    let all = std::mem::take(&mut *COLLECTIONS.lock());
    for (files, collection) in all {
        let due = {
            let collection = collection.lock();
            collection.stale && collection.auto
        };
        if due {
            drop(order(&collection, files, false));
        }
    }
    WRITER.finish();
}

/// Fits and writes, and gives what is to be told of it. Frames may be added meanwhile: no render waits for it.
fn write(collection: &Mutex<Collection>, files: &Files) -> Written {
    let start = Instant::now();
    let (builder, span) = {
        let mut collection = collection.lock();
        collection.stale = false;
        (collection.builder.clone(), collection.span)
    };
    let (mut animation, notes) = builder.finish_noting();
    (animation.first, animation.last) = span;
    let save = |path: &Option<PathBuf>, kind: fn(&Animation, &mut Vec<u8>) -> Result<(), ShapeError>| {
        let Some(path) = path else { return Ok(()) };
        let mut text = Vec::new();
        kind(&animation, &mut text).map_err(|e| format!("shapes {}: {e}", path.display()))?;
        write_atomically(path, |out| Ok(out.write_all(&text)?)).map_err(|e| e.to_string())
    };
    let silhouette = save(&files.silhouette, |a, out| shapes::fxs::write(a, out));
    let nuke = save(&files.nuke, |a, out| shapes::nuke::write(a, out));
    let mut collection = collection.lock();
    collection.written = Some(Instant::now());
    collection.took = start.elapsed();
    silhouette.and(nuke).map(|()| notes)
}
