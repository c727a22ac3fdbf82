//! The library of ONNX Runtime: found, loaded once in a process, asked what it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::job::Device;
use crate::models::{ModelError, search_path, telemetry};

/// The library in use.
#[derive(Clone)]
pub struct Loaded {
    /// What sessions are made in.
    pub environment: ort::environment::Environment,
    /// Where it lies.
    pub path: PathBuf,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// The library, loaded at the first call that finds one.
///
/// # Errors
/// [`ModelError::Runtime`] with the reason for each that was found.
pub fn loaded() -> Result<Loaded, ModelError> {
    let mut slot = LOADED.lock();
    if let Some(loaded) = &*slot {
        return Ok(loaded.clone());
    }
    let mut reasons = Vec::new();
    for path in search_path::runtime_libraries() {
        if let Err(reason) = telemetry::refuse_to_send(&path) {
            reasons.push(reason.to_string());
            continue;
        }
        // A library of that name that is something else makes `ort` panic.
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let builder = ort::init_from(&path).map_err(|e| e.to_string())?;
            builder.with_name("airoto").with_telemetry(false).build().map_err(|e| e.to_string())
        }));
        match attempt {
            Ok(Ok(environment)) => {
                let loaded = Loaded { environment, path };
                *slot = Some(loaded.clone());
                return Ok(loaded);
            }
            Ok(Err(reason)) => reasons.push(reason),
            Err(_) => reasons.push(format!("{} is not ONNX Runtime 1.22 or newer", path.display())),
        }
    }
    if reasons.is_empty() {
        reasons.push("the library was not found; `airoto doctor` shows where it is expected".to_owned());
    }
    Err(ModelError::Runtime(reasons.join("; ")))
}

/// The path of the library in use.
///
/// # Errors
/// [`ModelError::Runtime`] when none can be loaded.
pub fn library() -> Result<PathBuf, ModelError> {
    loaded().map(|l| l.path)
}

/// What there is to say of the library in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Where it lies.
    pub path: PathBuf,
    /// Its version; none where its file does not say.
    pub version: Option<String>,
    /// The devices that it was built for, best first.
    pub devices: Vec<Device>,
}

/// The library in use.
///
/// # Errors
/// [`ModelError::Runtime`] when none can be loaded.
pub fn about() -> Result<About, ModelError> {
    let path = library()?;
    let devices = Device::BY_PREFERENCE.into_iter().filter(|d| d.is_built_in()).collect();
    Ok(About { version: version(&path), devices, path })
}

/// The version in a library's name, or that of its symbols, which are called "VERS_1.31.1" where
/// symbols have versions.
fn version(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    let name = real.file_name()?.to_string_lossy().into_owned();
    let numbers = |text: &str| {
        let text: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let text = text.trim_matches('.');
        (text.split('.').count() == 3).then(|| text.to_owned())
    };
    let named =
        name.char_indices().filter(|(_, c)| c.is_ascii_digit()).find_map(|(i, _)| numbers(&name[i..]));
    named.or_else(|| {
        const MARK: &[u8] = b"VERS_";
        let bytes = std::fs::read(&real).ok()?;
        let at = bytes.windows(MARK.len()).position(|w| w == MARK)? + MARK.len();
        numbers(&String::from_utf8_lossy(bytes.get(at..at + 20)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_the_name_or_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("written");
            version(&path)
        };
        assert_eq!(write("libonnxruntime.so.1.31.1", b"").as_deref(), Some("1.31.1"));
        assert_eq!(write("libonnxruntime.1.22.0.dylib", b"").as_deref(), Some("1.22.0"));
        let symbols = b"\0OrtGetApiBase\0VERS_1.31.1\0.symtab\0 and more";
        assert_eq!(write("libonnxruntime.so", symbols).as_deref(), Some("1.31.1"));
        assert_eq!(write("onnxruntime.dll", b"no words of it"), None);
    }
}
