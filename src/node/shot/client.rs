//! The connection to the engine, one for the whole process: hosts make and drop instances as they like, some of them
//! a new one for every frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::Lazy;
use parking_lot::Mutex;

use crate::node::Settings;
use crate::ofx::{OfxError, library_path};
use crate::worker::{Client, Mode, set_bundle};

#[derive(Default)]
struct Clients {
    process: Option<Arc<Client>>,
    here: Option<Arc<Client>>,
}

static CLIENTS: Lazy<Mutex<Clients>> = Lazy::new(Mutex::default);

/// The program's name on this platform.
const PROGRAM: &str = if cfg!(windows) { "airoto.exe" } else { "airoto" };

/// Why there is nobody to start as a worker. It is for whoever installed the plugin to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkerMissing {
    /// The variable names no file.
    #[error("the worker that AIROTO_WORKER names, {}, does not exist", .0.display())]
    Named(PathBuf),
    /// The bundle is not whole.
    #[error(
        "the worker program {PROGRAM} is not beside {place}: install the whole bundle, or set AIROTO_WORKER"
    )]
    Beside {
        /// The folder of our library.
        place: String,
    },
}

impl From<WorkerMissing> for OfxError {
    fn from(reason: WorkerMissing) -> Self {
        Self::Failed(reason.to_string())
    }
}

/// Who answers requests with these settings; one for this process, made at the first call. Nothing is started before
/// its first request.
///
/// # Errors
/// [`WorkerMissing`] when there is no program to start as a worker.
pub fn client(settings: &Settings) -> Result<Arc<Client>, WorkerMissing> {
    let library = library_path();
    let library = library.as_deref();
    let mut clients = CLIENTS.lock();
    if settings.in_process {
        // A host's own place does not tell where the models of our bundle are.
        if let Some(bundle) = library.and_then(bundle_of) {
            set_bundle(bundle);
        }
        return Ok(clients.here.get_or_insert_with(|| Arc::new(Client::new(Mode::InProcess))).clone());
    }
    if let Some(client) = &clients.process {
        return Ok(client.clone());
    }
    let client = Arc::new(Client::new(Mode::Process { executable: worker(library)? }));
    clients.process = Some(client.clone());
    Ok(client)
}

/// Lets go of the workers: the plugin is being unloaded.
pub fn release() {
    *CLIENTS.lock() = Clients::default();
}

/// The bundle that a library lies in, at `Contents/<platform>`.
pub fn bundle_of(library: &Path) -> Option<&Path> {
    let contents = library.parent()?.parent()?;
    (contents.file_name()? == "Contents").then(|| contents.parent())?
}

/// The worker's program: the one that `AIROTO_WORKER` names, else the one beside our library, else the one in the
/// search path.
fn worker(library: Option<&Path>) -> Result<PathBuf, WorkerMissing> {
    if let Some(named) = std::env::var_os("AIROTO_WORKER").filter(|v| !v.is_empty()) {
        let named = PathBuf::from(named);
        return if named.is_file() { Ok(named) } else { Err(WorkerMissing::Named(named)) };
    }
    let folder = library.and_then(Path::parent);
    // Built by cargo, the library of a test lies in `deps`, one below the program.
    let near = folder.into_iter().flat_map(|f| [f.join(PROGRAM), f.join("..").join(PROGRAM)]);
    let searched = std::env::var_os("PATH").unwrap_or_default();
    let far = std::env::split_paths(&searched).map(|f| f.join(PROGRAM)).collect::<Vec<_>>();
    near.chain(far).find(|p| p.is_file()).ok_or_else(|| WorkerMissing::Beside {
        place: folder.map_or_else(|| "the plugin".to_owned(), |f| f.display().to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_known_by_its_contents() {
        let library = Path::new("/a/AIRoto.ofx.bundle/Contents/Linux-x86-64/AIRoto.ofx");
        assert_eq!(bundle_of(library), Some(Path::new("/a/AIRoto.ofx.bundle")));
        assert_eq!(bundle_of(Path::new("/a/target/debug/libairoto.so")), None);
    }
}
