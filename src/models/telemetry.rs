//! ONNX Runtime's usage data, which is not to be sent.
//!
//! Microsoft's builds from 1.31 on collect it: where nothing else is said they keep a queue and an
//! identity of the machine in the user's cache folder, a file in the temporary folder, and send to a
//! server. They read [`SWITCH`] when they make their environment. What `ort` can say
//! (`with_telemetry(false)`) they are told after that, and 1.31.1 goes on all the same: it was seen to
//! write its files and to look for its servers. So a library that knows the switch is used only where the
//! switch is set.
//!
//! A variable cannot be set soundly in a process in which other threads read the environment, as those
//! of a host do. The program `airoto` sets it before it has any thread, and a plugin sets it for the
//! worker that it starts; a host in whose own process models are to run has to be started with it.

use std::path::{Path, PathBuf};

/// The variable that keeps ONNX Runtime from collecting anything, and the value that it needs.
pub const SWITCH: (&str, &str) = ("ORT_DISABLE_TELEMETRY", "1");

/// A library would send something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} sends usage data unless {} is {} in the environment in which this program is started: set it there, \
     or run models in the worker process",
    library.display(),
    SWITCH.0,
    SWITCH.1
)]
pub(super) struct SendsUsageData {
    library: PathBuf,
}

/// Whether `library` may be loaded into this process.
///
/// # Errors
/// [`SendsUsageData`] where it would send something.
pub(super) fn refuse_to_send(library: &Path) -> Result<(), SendsUsageData> {
    let (name, value) = SWITCH;
    if std::env::var_os(name).is_some_and(|found| found == value) || !knows_the_switch(library) {
        return Ok(());
    }
    Err(SendsUsageData { library: library.to_owned() })
}

/// Whether a library has the name of the switch in it. One that cannot be read is taken to have it.
fn knows_the_switch(library: &Path) -> bool {
    let Ok(bytes) = std::fs::read(library) else { return true };
    let name = SWITCH.0.as_bytes();
    // Windows may keep it in two bytes a letter.
    let wide: Vec<u8> = name.iter().flat_map(|&letter| [letter, 0]).collect();
    let holds = |what: &[u8]| bytes.windows(what.len()).any(|found| found == what);
    holds(name) || holds(&wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_knows_the_switch_is_told_by_its_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let knows = |bytes: &[u8]| {
            let path = folder.path().join("libonnxruntime.so");
            std::fs::write(&path, bytes).expect("written");
            knows_the_switch(&path)
        };
        assert!(knows(b"\x7fELF ... \0ORT_DISABLE_TELEMETRY\0 ..."));
        assert!(knows(b"MZ O\0R\0T\0_\0D\0I\0S\0A\0B\0L\0E\0_\0T\0E\0L\0E\0M\0E\0T\0R\0Y\0"));
        assert!(!knows(b"\x7fELF ... \0ORT_DISABLE_THREADS\0 ..."));
        assert!(knows_the_switch(&folder.path().join("nowhere")));
    }
}
