//! What an engine may use of the machine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Compressed mattes kept in memory, bytes. Those on disk come back in less than a millisecond, so a
/// few are enough, and the memory of a long clip is that of a short one.
const MEMORY_LIMIT: usize = 2 << 20;

/// What an engine may use of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// Where the track store is; none for no store on disk.
    pub cache: Option<PathBuf>,
    /// Compressed mattes kept in memory, bytes.
    pub memory_limit: usize,
    /// Size of the track store on disk, bytes.
    pub disk_limit: u64,
    /// Threads of inference; 0 for as many as there are processors, up to eight.
    pub threads: usize,
}

impl Default for EngineSettings {
    /// The platform's cache folder, or the one that `AIROTO_CACHE` names, and the number of threads that
    /// `AIROTO_THREADS` gives.
    fn default() -> Self {
        let threads = std::env::var("AIROTO_THREADS").ok().and_then(|v| v.trim().parse().ok()).unwrap_or(0);
        let named = std::env::var_os("AIROTO_CACHE").filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = named.or_else(|| {
            directories::ProjectDirs::from("org", "airoto", "airoto").map(|d| d.cache_dir().to_path_buf())
        });
        Self { cache, memory_limit: MEMORY_LIMIT, disk_limit: 20 << 30, threads }
    }
}
