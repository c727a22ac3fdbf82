//! Packs of graphs that answer zero to everything.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::hostile::change;
use super::onnx::{Port, declared, integers, node};
use super::refused;

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
pub fn pack(forms: &[Form], odd: &str, mut manifest: Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut graphs = serde_json::Map::new();
    for form in forms {
        let (bytes, file) = (form.graph(odd), format!("{}.onnx", form.name));
        graphs.insert(form.name.into(), listed(&file, &bytes));
        std::fs::write(folder.path().join(file), bytes).expect("written");
    }
    manifest["graphs"] = graphs.into();
    std::fs::write(folder.path().join("model.json"), manifest.to_string()).expect("written");
    folder
}

/// A file as a manifest lists it.
pub fn listed(file: &str, bytes: &[u8]) -> Value {
    let digest: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    json!({"file": file, "sha256": digest, "bytes": bytes.len()})
}

/// Puts `graph` in the place of the one of a pack's that is called `name`.
pub fn replace(folder: &Path, name: &str, graph: &[u8]) {
    let file = format!("{name}.onnx");
    std::fs::write(folder.join(&file), graph).expect("written");
    change(folder, |m| m["graphs"][name] = listed(&file, graph));
}

/// A family of packs, each case of which is refused by one sentence.
pub struct Family {
    pub forms: fn() -> Vec<Form>,
    /// A pack of forms, with values that are not numbers in the output of this name.
    pub pack: fn(&[Form], &str) -> TempDir,
}

impl Family {
    /// Ports of other axes: the graph, the port, its axes, and what is said.
    pub fn refuses_axes(&self, cases: &[(&str, &str, &'static [i64], &str)]) {
        for (graph, name, axes, said) in cases {
            let other = (self.pack)(&with_axes((self.forms)(), graph, name, axes), "");
            refused(other.path(), &["zero", graph, name, said]);
        }
    }

    /// Outputs of values that are not numbers: the graph and its output.
    pub fn refuses_values(&self, cases: &[(&str, &str)]) {
        for (graph, output) in cases {
            refused((self.pack)(&(self.forms)(), output).path(), &[graph, output, "not finite"]);
        }
    }

    /// Other values of fields of the manifest, and what is said of each.
    pub fn refuses_fields(&self, cases: &[(&str, Value, &str)]) {
        for (field, value, said) in cases {
            let folder = (self.pack)(&(self.forms)(), "");
            change(folder.path(), |m| *m.pointer_mut(field).expect("a field") = value.clone());
            refused(folder.path(), &[said]);
        }
    }
}

/// `forms` in which the port called `name` of `graph` has other axes.
fn with_axes(mut forms: Vec<Form>, graph: &str, name: &str, axes: &'static [i64]) -> Vec<Form> {
    let form = forms.iter_mut().find(|f| f.name == graph).expect("a graph");
    for port in form.inputs.iter_mut().chain(&mut form.outputs).filter(|p| p.0 == name) {
        port.2 = axes;
    }
    forms
}
