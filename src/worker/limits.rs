//! What this process may take of the machine when a model asks for more than there is, and what becomes of it when a
//! model takes longer than it may.

use crate::engine::on_overdue;

/// Says what ends this process when a graph takes longer than it may and does not stop: `end` is given a sentence. For
/// a program that runs models itself.
pub fn bound_time(end: impl Fn(&str) + Send + Sync + 'static) {
    on_overdue(move |_, sentence| end(sentence));
}

/// Keeps a model that asks for too much from taking the host with it: a request for more memory than
/// the machine has fails, and where the system still has to end a process, it ends this one.
///
/// Only Linux grants memory that it does not have; elsewhere there is nothing to do.
pub fn bound_memory() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        if let (Some(all), Ok((soft, hard))) = (physical_memory(), getrlimit(Resource::RLIMIT_DATA)) {
            // Private memory that can be written to. What a driver reserves and does not touch is not
            // counted, so that this is none of CUDA's business. A limit that is refused is not there.
            let _ = setrlimit(Resource::RLIMIT_DATA, all.min(soft).min(hard), hard);
        }
        // 0 is the usual; 1000 is ended first. Without the file there is no such choice.
        let _ = std::fs::write("/proc/self/oom_score_adj", "500");
    }
}

/// Bytes of the machine's memory.
#[cfg(target_os = "linux")]
fn physical_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_memory() {
        assert!(physical_memory().is_some_and(|bytes| bytes > 1 << 28), "{:?}", physical_memory());
    }
}
