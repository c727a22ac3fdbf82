//! What ONNX Runtime says when a graph fails.

use crate::job::Device;
use crate::models::ModelError;

/// The error of a graph that failed on `device`.
pub fn failed(graph: &str, device: Device, error: &ort::Error) -> ModelError {
    let (graph, reason) = (graph.to_owned(), first_line(error));
    if is_out_of_memory(&reason) {
        return ModelError::OutOfMemory { graph, device: device.label().to_owned(), reason };
    }
    ModelError::Inference { graph, reason }
}

/// Whether this is how ONNX Runtime or one of its providers says that memory was too little. There
/// is no code for it.
fn is_out_of_memory(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    let words = ["out of memory", "bad_alloc", "failed to allocate memory", "smaller than requested bytes"];
    words.iter().any(|w| reason.contains(w))
}

/// What an error says. ONNX Runtime adds a stack of its own to some messages, and to others the
/// place in its source, which ends with the arguments of a function.
pub fn first_line(error: &ort::Error) -> String {
    without_source(error.to_string().lines().next().unwrap_or_default())
}

fn without_source(line: &str) -> String {
    const SOURCE: &str = "/onnxruntime_src/";
    let Some(start) = line.find(SOURCE) else { return line.to_owned() };
    match line[start..].find(") ") {
        Some(end) => format!("{}{}", &line[..start], &line[start + end + 2..]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_too_little_memory_are_known() {
        for said in [
            "BFCArena::AllocateRawInternal Available memory of 12 is smaller than requested bytes of 99",
            "CUDA failure 2: out of memory ; GPU=0",
            "Failed to allocate memory for requested buffer of size 1048576",
            "std::bad_alloc",
        ] {
            assert!(is_out_of_memory(said), "{said}");
        }
        assert!(!is_out_of_memory("Got invalid dimensions for input: image"));
    }

    #[test]
    fn the_place_in_the_runtimes_source_is_left_out() {
        let message = "Status Message: /onnxruntime_src/onnxruntime/core/a.cc:360 \
                    void* BFCArena::AllocateRawInternal(size_t, bool, Stream*) Failed to allocate memory";
        assert_eq!(without_source(message), "Status Message: Failed to allocate memory");
        assert_eq!(without_source("Load model failed (really) now"), "Load model failed (really) now");
    }
}
