//! What an input may take of the machine.

use std::time::Duration;

/// Processor time that an input may take.
pub const LONGEST: Duration = Duration::from_secs(1);
/// Memory that the process may have, bytes.
pub const MOST_MEMORY: u64 = 1_000_000_000;

/// Processor time of this process, all threads.
pub fn processor_time() -> Duration {
    #[cfg(unix)]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike as _;
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            let all = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
            return Duration::from_micros(u64::try_from(all).unwrap_or(0));
        }
    }
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed()
}

/// The most memory that this process had, bytes; 0 where that is not known.
pub fn peak() -> u64 {
    #[cfg(unix)]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        // Kilobytes, but on macOS bytes.
        let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            return u64::try_from(usage.max_rss()).unwrap_or(0) * unit;
        }
    }
    0
}
