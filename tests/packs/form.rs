//! Packs of graphs that answer zero to everything.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::onnx::{Port, declared, integers, node};

/// A graph with what it takes and gives.
#[derive(Clone)]
pub struct Form {
    pub name: &'static str,
    pub inputs: Vec<Port<'static>>,
    pub outputs: Vec<Port<'static>>,
}

impl Form {
    /// A graph that gives zeros; 0 / 0 for the output called `odd`.
    pub fn graph(&self, odd: &str) -> Vec<u8> {
        let (mut nodes, mut constants) = (Vec::new(), Vec::new());
        for (name, _, axes) in &self.outputs {
            let (shape, zero) = (format!("{name}_shape"), format!("{name}_zero"));
            constants.push(integers(&shape, axes));
            nodes.push(node("ConstantOfShape", &[&shape], &[&zero]));
            nodes.push(match *name == odd {
                true => node("Div", &[&zero, &zero], &[name]),
                false => node("Identity", &[&zero], &[name]),
            });
        }
        declared(&nodes, &constants, &self.inputs, &self.outputs)
    }
}

/// A pack of `forms`, with values that are not numbers in the output called `odd`; `manifest` lacks the
/// graphs alone.
pub fn pack(forms: &[Form], odd: &str, mut manifest: serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut graphs = serde_json::Map::new();
    for form in forms {
        let (bytes, file) = (form.graph(odd), format!("{}.onnx", form.name));
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        graphs.insert(form.name.into(), json!({"file": file, "sha256": digest, "bytes": bytes.len()}));
        std::fs::write(folder.path().join(file), bytes).expect("written");
    }
    manifest["graphs"] = graphs.into();
    std::fs::write(folder.path().join("model.json"), manifest.to_string()).expect("written");
    folder
}

/// `forms` in which the port called `name` of `graph` has other axes.
pub fn with_axes(mut forms: Vec<Form>, graph: &str, name: &str, axes: &'static [i64]) -> Vec<Form> {
    let form = forms.iter_mut().find(|f| f.name == graph).expect("a graph");
    for port in form.inputs.iter_mut().chain(&mut form.outputs).filter(|p| p.0 == name) {
        port.2 = axes;
    }
    forms
}
