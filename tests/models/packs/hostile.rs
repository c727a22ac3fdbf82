//! Packs made to do harm, out of the one that ships.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::onnx::{elsewhere, graph, integers, node, node_of};

/// The outputs of the graph that is replaced.
const OUTPUTS: [&str; 4] = ["f2", "f4", "f8", "key"];

/// The pack of the bundle.
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift")
}

/// A copy of the bundle's pack; `encoder` takes the place of that graph, and the manifest agrees.
pub fn pack(encoder: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(shipped()).expect("the pack").flatten() {
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
    }
    if let Some(bytes) = encoder {
        std::fs::write(folder.path().join("encoder.onnx"), bytes).expect("written");
        let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        change(folder.path(), |manifest| {
            manifest["graphs"]["encoder"]["sha256"] = digest.into();
            manifest["graphs"]["encoder"]["bytes"] = bytes.len().into();
        });
    }
    folder
}

/// Changes a manifest.
pub fn change(folder: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let path = folder.join("model.json");
    let text = std::fs::read_to_string(&path).expect("read");
    let mut manifest = serde_json::from_str(&text).expect("JSON");
    change(&mut manifest);
    std::fs::write(path, manifest.to_string()).expect("written");
}

/// A graph with the encoder's inputs and outputs, each of which is `found`.
pub fn encoder(opset: u64, mut nodes: Vec<Vec<u8>>, constants: &[Vec<u8>], found: &str) -> Vec<u8> {
    nodes.extend(OUTPUTS.iter().map(|name| node("Identity", &[found], &[name])));
    graph(opset, &nodes, constants, &["image"], &OUTPUTS)
}

/// 0 / 0 for every pixel.
pub fn not_a_number() -> Vec<u8> {
    let nodes = vec![node("Sub", &["image", "image"], &["zero"]), node("Div", &["zero", "zero"], &["nan"])];
    encoder(18, nodes, &[], "nan")
}

/// What comes in goes out.
pub fn other_shapes() -> Vec<u8> {
    encoder(18, Vec::new(), &[], "image")
}

/// Operators of a version that is not there yet.
pub fn future_opset() -> Vec<u8> {
    encoder(99, Vec::new(), &[], "image")
}

/// Operators of somebody's own.
pub fn custom_operator() -> Vec<u8> {
    encoder(18, vec![node_of("evil.corp", "Execute", &["image"], &["x"])], &[], "x")
}

/// An operator that ONNX does not have.
pub fn unknown_operator() -> Vec<u8> {
    encoder(18, vec![node("Execute", &["image"], &["x"])], &[], "x")
}

/// 70 terabytes when the graph is optimised. How many is a product, which an estimate does not look into.
pub fn huge_constant() -> Vec<u8> {
    let nodes = vec![
        node("Mul", &["count", "count"], &["square"]),
        node("ConstantOfShape", &["square"], &["many"]),
        node("ReduceMax", &["many"], &["most"]),
        node("Add", &["image", "most"], &["x"]),
    ];
    encoder(18, nodes, &[integers("count", &[1 << 22])], "x")
}

/// 70 terabytes when it runs.
pub fn huge_result() -> Vec<u8> {
    let nodes = vec![
        node("Mul", &["sides", "sides"], &["shape"]),
        node("ReduceMax", &["image"], &["one"]),
        node("Expand", &["one", "shape"], &["x"]),
    ];
    encoder(18, nodes, &[integers("sides", &[1 << 7, 1 << 7, 1 << 8, 1])], "x")
}

/// A product of a row of matrices that takes minutes, when the graph is loaded or when it runs.
pub fn slow(on_load: bool) -> Vec<u8> {
    let mut nodes = vec![node("ConstantOfShape", &["shape"], &["zero"])];
    match on_load {
        true => nodes.push(node("Identity", &["zero"], &["m0"])),
        false => {
            nodes.push(node("ReduceMax", &["image"], &["one"]));
            nodes.push(node("Add", &["zero", "one"], &["m0"]));
        }
    }
    let name = |i: usize| format!("m{i}");
    for i in 0..SLOW {
        nodes.push(node("MatMul", &[&name(i), "zero"], &[&name(i + 1)]));
    }
    nodes.push(node("ReduceMax", &[&name(SLOW)], &["last"]));
    nodes.push(node("Add", &["image", "last"], &["x"]));
    encoder(18, nodes, &[integers("shape", &[1024, 1024])], "x")
}

/// Products of matrices of 1024x1024: two thousand million sums each.
const SLOW: usize = 2000;

/// Numbers in a file that is none of the pack's.
pub fn outside(location: &str) -> Vec<u8> {
    let nodes = vec![node("Add", &["image", "weight"], &["x"])];
    encoder(18, nodes, &[elsewhere("weight", location)], "x")
}

/// A tensor that claims more than it holds.
pub fn lying_tensor() -> Vec<u8> {
    let mut tensor = integers("weight", &[1]);
    // One more axis, of 2^40.
    tensor.extend([8, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
    encoder(18, vec![node("Add", &["image", "weight"], &["x"])], &[tensor], "x")
}
