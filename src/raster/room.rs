//! Room for large pictures: whether this process can have so much memory, asked before it is taken.
//!
//! An allocation that fails ends the process, and where the system grants memory that it does not have, as
//! Linux does, the process is ended when it writes to it. In a host that would be the host.

/// From how many bytes on it is asked how much memory is left. A process that has so little left for less that this
/// matters is in trouble whatever we do, and a host that has filled the memory with its cache is not: it gives it up.
const LARGE: u64 = 1 << 30;

/// There is not so much memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it takes {}, {}", megabytes(*.needed), left(*.available))]
pub struct NoRoom {
    /// Bytes that are needed.
    pub needed: u64,
    /// Bytes that this process can still have, where that is known.
    pub available: Option<u64>,
}

fn left(available: Option<u64>) -> String {
    available
        .map_or_else(|| "which cannot be had".to_owned(), |bytes| format!("{} are left", megabytes(bytes)))
}

/// Bytes in words: `4295 MB`, a million bytes each.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// `count` zeros. Memory is taken where they are written to.
///
/// # Errors
/// [`NoRoom`] where there is not so much memory.
pub fn zeros<T: bytemuck::Zeroable>(count: usize) -> Result<Vec<T>, NoRoom> {
    let needed = (count as u64).saturating_mul(size_of::<T>() as u64);
    enough(needed)?;
    // No memory at all is no failure, whatever the allocator makes of it.
    if needed == 0 {
        return Ok(Vec::new());
    }
    bytemuck::try_zeroed_vec(count).map_err(|()| NoRoom { needed, available: None })
}

/// Whether this process can have `needed` bytes more. Small amounts are not looked into.
///
/// # Errors
/// [`NoRoom`] where it cannot.
pub fn enough(needed: u64) -> Result<(), NoRoom> {
    if needed < LARGE {
        return Ok(());
    }
    let available = available();
    match available {
        Some(left) if left < needed => Err(NoRoom { needed, available }),
        Some(_) => Ok(()),
        // The allocator says whether there is an end to it; nothing is written to what it gives.
        None => match usize::try_from(needed).map(|n| Vec::<u8>::new().try_reserve_exact(n)) {
            Ok(Ok(())) => Ok(()),
            _ => Err(NoRoom { needed, available }),
        },
    }
}

/// Bytes that this process can still have: what the machine has left, what its group of processes may still
/// take, and what its own limits leave; none where it is not known.
#[cfg(not(target_os = "linux"))]
fn available() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
use linux::available;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::read_to_string;
    use std::path::Path;

    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

    /// See above.
    pub fn available() -> Option<u64> {
        [machine(), group(), limits()].into_iter().flatten().min()
    }

    /// A line of kilobytes in a file of /proc, in bytes.
    fn line(text: &str, name: &str) -> Option<u64> {
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// What new programs could have without swapping, and the swap.
    fn machine() -> Option<u64> {
        let text = read_to_string("/proc/meminfo").ok()?;
        Some(line(&text, "MemAvailable")? + line(&text, "SwapFree").unwrap_or(0))
    }

    /// What the control group (version 2) and those above it leave, as containers and queues of farms set it.
    fn group() -> Option<u64> {
        let text = read_to_string("/proc/self/cgroup").ok()?;
        let own = text.lines().find_map(|l| l.strip_prefix("0::/"))?.to_owned();
        let number = |folder: &Path, name: &str| {
            read_to_string(folder.join(name)).ok().and_then(|t| t.trim().parse::<u64>().ok())
        };
        let root = Path::new("/sys/fs/cgroup");
        let left = |folder: &Path| {
            let most = number(folder, "memory.max")?;
            // What is only a copy of files is given up for it.
            let stat = read_to_string(folder.join("memory.stat")).unwrap_or_default();
            let cached =
                stat.lines().find_map(|l| l.strip_prefix("inactive_file ")?.trim().parse::<u64>().ok());
            let used = number(folder, "memory.current")?.saturating_sub(cached.unwrap_or(0));
            Some(most.saturating_sub(used))
        };
        let own = root.join(own);
        own.ancestors().take_while(|folder| folder.starts_with(root)).filter_map(left).min()
    }

    /// What the limits of this process leave: those of its addresses and of its data.
    fn limits() -> Option<u64> {
        let text = read_to_string("/proc/self/status").ok()?;
        let left = |limit: Resource, used: &str| {
            let (soft, _) = getrlimit(limit).ok()?;
            (soft != RLIM_INFINITY).then(|| soft.saturating_sub(line(&text, used).unwrap_or(0)))
        };
        let limits = [left(Resource::RLIMIT_AS, "VmSize"), left(Resource::RLIMIT_DATA, "VmData")];
        limits.into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_told_and_what_can_is_zero() {
        let error = zeros::<f32>(usize::MAX / 8).expect_err("half of all addresses");
        assert!(error.to_string().starts_with("it takes ") && error.to_string().contains(" MB, "), "{error}");
        assert!(enough(u64::MAX).is_err());
        assert_eq!(zeros::<f32>(3), Ok(vec![0.0; 3]));
        assert_eq!(zeros::<u8>(0), Ok(Vec::new()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells_what_it_has_left() {
        assert!(available().is_some_and(|bytes| bytes > 1 << 26), "{:?}", available());
    }
}
