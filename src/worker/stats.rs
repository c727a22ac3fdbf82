//! What a worker uses of the machine.

use serde::{Deserialize, Serialize};

/// What a worker uses of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Its process id.
    pub pid: u32,
    /// Resident memory now, bytes; 0 where the platform does not tell.
    pub resident: u64,
    /// The most that it ever was, bytes; 0 where the platform does not tell.
    pub peak_resident: u64,
}

/// Of the process that asks.
#[must_use]
pub fn of_this_process() -> Stats {
    // Linux tells; elsewhere there is no such file.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| -> u64 {
        let line = status.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    Stats {
        pid: std::process::id(),
        resident: kilobytes("VmRSS:") * 1024,
        peak_resident: kilobytes("VmHWM:") * 1024,
    }
}
