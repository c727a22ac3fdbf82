//! Peak memory of this process and of its worker, where the platform tells: Linux does.

use std::path::{Path, PathBuf};

/// Bytes that were resident at the most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Peak {
    /// This process, which hosts the plugin; none where it is not known.
    pub host: Option<u64>,
    /// Its children, which are the workers; none where there is none or it is not known.
    pub worker: Option<u64>,
}

impl Peak {
    /// Since the start of each process, or since [`reset`].
    pub fn now() -> Self {
        let own = Path::new("/proc/self");
        let workers: Vec<u64> = children().iter().filter_map(|p| high_water(p)).collect();
        Self { host: high_water(own), worker: (!workers.is_empty()).then(|| workers.iter().sum()) }
    }

    /// Of both together.
    pub fn total(self) -> Option<u64> {
        self.host.map(|host| host + self.worker.unwrap_or(0))
    }
}

/// Forgets earlier peaks, so that the next clip's is its own.
pub fn reset() {
    for process in children().into_iter().chain([PathBuf::from("/proc/self")]) {
        // 5 resets the high water mark of resident memory. Elsewhere than on Linux there is no such
        // file, and no peak to be reset.
        let _ = std::fs::write(process.join("clear_refs"), "5");
    }
}

/// Folders in /proc of the processes that this one started.
fn children() -> Vec<PathBuf> {
    let own = std::process::id().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
            // The name, in brackets, may hold anything; state and parent come after it.
            let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            after_name.split_whitespace().nth(1) == Some(&own)
        })
        .collect()
}

fn high_water(process: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_child_counts() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("a child");
        let peak = Peak::now();
        child.kill().and_then(|()| child.wait().map(|_| ())).expect("ended");
        assert!(peak.host.is_some_and(|b| b > 1 << 20), "{peak:?}");
        assert!(peak.worker.is_some_and(|b| b > 0), "{peak:?}");
    }
}
