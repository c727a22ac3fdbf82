//! Prompts, objects, the propagation plan, memory checkpoints and the track store.

mod error;
pub mod prompts;
mod request;

pub use error::EngineError;
pub use request::{FrameSource, Note, ObjectMatte, Request, SourceError, TrackedFrame};

use std::path::PathBuf;

/// What an engine may use of the machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EngineSettings {
    /// Where the track store is; none for no store on disk.
    pub cache: Option<PathBuf>,
    /// Compressed mattes kept in memory, bytes.
    pub memory_limit: usize,
    /// Size of the track store on disk, bytes.
    pub disk_limit: u64,
    /// Threads of inference; 0 for the runtime's choice.
    pub threads: usize,
}

impl Default for EngineSettings {
    /// The platform's cache folder, or the one that `AIROTO_CACHE` names.
    fn default() -> Self {
        let named = std::env::var_os("AIROTO_CACHE").filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = named.or_else(|| {
            directories::ProjectDirs::from("org", "airoto", "airoto").map(|d| d.cache_dir().to_path_buf())
        });
        Self { cache, memory_limit: 256 << 20, disk_limit: 20 << 30, threads: 0 }
    }
}

/// Tracks objects through footage; shared by all threads.
#[derive(Debug)]
pub struct Engine {
    settings: EngineSettings,
}

impl Engine {
    /// An engine that has done nothing yet.
    #[must_use]
    pub fn new(settings: EngineSettings) -> Self {
        Self { settings }
    }

    /// All objects of `request` in the frame at `time`.
    ///
    /// # Errors
    /// [`EngineError`] by who must act.
    pub fn track(
        &self,
        request: &Request,
        time: i64,
        source: &mut dyn FrameSource,
        notes: &mut dyn FnMut(Note),
    ) -> Result<TrackedFrame, EngineError> {
        let _ = (request, source, notes, &self.settings);
        Err(EngineError::Internal(format!("frame {time}: the engine is being built")))
    }
}
