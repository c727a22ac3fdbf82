//! ONNX Runtime's library, out of its wheel.

use super::Python;
use super::record::Record;
use super::wheel::{self, Wanted};
use crate::error::{Error, Result};
use crate::paths;
use crate::platform::Platform;
use std::path::PathBuf;

/// The tool's folder in `target/tools`.
pub const NAME: &str = "onnxruntime";

/// The series that is built and measured against; `ort` asks for an API of at least 1.22.
const SERIES: &str = "1.31.";

/// Returns the library, fetched unless it is there and whole.
pub fn bring(python: &Python) -> Result<PathBuf> {
    let folder = paths::tools().join(NAME);
    let library = folder.join(Platform::HERE.onnxruntime());
    match Record::check(&folder) {
        Some(Ok(record)) if record.version.starts_with(SERIES) && library.is_file() => {
            eprintln!("✓ ONNX Runtime {} is here", record.version);
            return Ok(library);
        }
        Some(Ok(record)) => {
            eprintln!("· ONNX Runtime {} is here, {SERIES}* is needed", record.version);
        }
        Some(Err(complaint)) => eprintln!("· ONNX Runtime is fetched again: {complaint}"),
        None => {}
    }
    let requirement = format!("onnxruntime=={SERIES}*");
    let wanted = Wanted {
        requirement: &requirement,
        files: &[
            (Platform::HERE.onnxruntime_in_wheel(), Platform::HERE.onnxruntime()),
            ("onnxruntime/LICENSE", "LICENSE"),
            ("onnxruntime/ThirdPartyNotices.txt", "ThirdPartyNotices.txt"),
        ],
    };
    wheel::bring(python, &wanted, &folder)?;
    python.loads(&library, "OrtGetApiBase").map_err(|words| {
        Error::program(format!("ONNX Runtime was fetched but does not load here: {words}"))
    })?;
    Ok(library)
}
