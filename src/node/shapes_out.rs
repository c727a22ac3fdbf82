//! The side output: shapes of the frames that were rendered, as files.
//!
//! Outlines are collected for the whole process, by the files that they go to: some hosts make an instance, and a
//! sequence, of every single frame. They are small, so a long shot costs little.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::Settings;
use crate::raster::io::write_atomically;
use crate::shapes::{self, Animation, Builder, Footage, ShapeError, ShapeSettings};
use crate::worker::{Request, TrackedFrame};

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
}

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
    let fresh = || -> Result<Collection, ShapeError> {
        let footage = Footage {
            width: request.width,
            height: request.height,
            pixel_aspect,
            first: request.first,
            last: request.last,
            fps,
        };
        let builder = Builder::new(footage, ShapeSettings::default())?;
        let (request, took) = (request.clone(), Duration::ZERO);
        Ok(Collection { request, builder, span: (time, time), written: None, took, stale: false })
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
    for object in &tracked.objects {
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

/// Ends a sequence. After a whole one the files are written; after one of a single frame only when the last writing
/// is long past, since the host will send the next at once.
///
/// # Errors
/// A sentence that names the file.
pub fn end(settings: &Settings, whole: bool) -> Result<(), String> {
    let files = files(settings);
    let collection = COLLECTIONS.lock().get(&files).cloned();
    match collection {
        Some(collection) => {
            let mut collection = collection.lock();
            let due = collection
                .written
                .is_none_or(|at| at.elapsed() > (collection.took * 10).max(Duration::from_secs(2)));
            if collection.stale && (whole || due) { write(&mut collection, &files) } else { Ok(()) }
        }
        None => Ok(()),
    }
}

/// Writes what is not yet written: the plugin is being unloaded.
pub fn flush() {
    let all = std::mem::take(&mut *COLLECTIONS.lock());
    for (files, collection) in all {
        let mut collection = collection.lock();
        if collection.stale
            && let Err(reason) = write(&mut collection, &files)
        {
            log::error!("{reason}");
        }
    }
}

fn write(collection: &mut Collection, files: &Files) -> Result<(), String> {
    let start = Instant::now();
    let mut animation = collection.builder.clone().finish();
    (animation.first, animation.last) = collection.span;
    let save = |path: &Option<PathBuf>, kind: fn(&Animation, &mut Vec<u8>) -> Result<(), ShapeError>| {
        let Some(path) = path else { return Ok(()) };
        let mut text = Vec::new();
        kind(&animation, &mut text).map_err(|e| format!("shapes {}: {e}", path.display()))?;
        write_atomically(path, |out| Ok(out.write_all(&text)?)).map_err(|e| e.to_string())
    };
    let silhouette = save(&files.silhouette, |a, out| shapes::fxs::write(a, out));
    let nuke = save(&files.nuke, |a, out| shapes::nuke::write(a, out));
    collection.written = Some(Instant::now());
    collection.took = start.elapsed();
    collection.stale = false;
    silhouette.and(nuke)
}
