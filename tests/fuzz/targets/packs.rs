//! Model packs: manifests, graphs in ONNX, and vocabularies.

use std::path::PathBuf;
use std::sync::Once;

use airoto::models::grounding_dino::Vocabulary;
use airoto::models::onnx;
use airoto::models::pack::{MANIFEST as MANIFEST_FILE, Pack};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::mutate::{json, wire};
use super::{Target, put, scratch, shipped};

#[path = "../../models/packs/onnx.rs"]
#[allow(dead_code, reason = "it is shared with the tests of packs")]
mod form;

pub const MANIFEST: Target = Target {
    name: "manifest",
    seeds: manifests,
    mutate: json::change,
    run: manifest,
    inputs: 2_500,
    accepted: 0.25,
};

pub const ONNX: Target =
    Target { name: "onnx", seeds: graphs, mutate: wire::change, run: graph, inputs: 4_000, accepted: 0.3 };

pub const TOKENIZER: Target = Target {
    name: "tokenizer",
    seeds: vocabularies,
    mutate: json::change,
    run: vocabulary,
    inputs: 2_500,
    accepted: 0.3,
};

/// Numbers of words that a pack's constants say.
const VOCABULARY: usize = 1000;

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The graph of the packs of the seeds.
fn small() -> Vec<u8> {
    form::graph(17, &[form::node("Identity", &["x"], &["y"])], &[], &["x"], &["y"])
}

fn manifests() -> Vec<Vec<u8>> {
    let listed = json!({"file": "encoder.onnx", "sha256": digest(&small()), "bytes": small().len()});
    let input = json!({"width": 384, "height": 256, "mean": [0.485, 0.456, 0.406],
                       "deviation": [0.229, 0.224, 0.225]});
    let pack = |family: &str, graphs: Value, constants: Value| {
        let manifest = json!({"format": 1, "name": format!("my {family}"), "family": family, "version": "1.2",
            "licence": "Apache-2.0", "input": input, "precision": "fp16 weights", "smaller": "tiny",
            "graphs": graphs, "files": {}, "constants": constants});
        manifest.to_string().into_bytes()
    };
    let one = json!({"encoder": listed});
    let text = json!({"file": "LICENCE", "sha256": digest(b"text"), "bytes": 4});
    let mut more: Value =
        serde_json::from_slice(&pack("grounding-dino", one.clone(), json!({"words": [1, 2]})))
            .unwrap_or_default();
    more["files"] = json!({"tokenizer": text});
    vec![
        pack("swift", one.clone(), json!({"long_side": 384, "memories": 5, "prompts": {"clicks": "both"}})),
        pack("sam2", one, Value::Null),
        more.to_string().into_bytes(),
        shipped("bundle/models/swift/model.json"),
    ]
}

/// The folder of a pack, with the files that do not change.
fn folder() -> PathBuf {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        put("encoder.onnx", &small());
        put("LICENCE", b"text");
    });
    scratch()
}

fn manifest(bytes: &[u8]) -> bool {
    let folder = folder();
    put(MANIFEST_FILE, bytes);
    let Ok(pack) = Pack::open(&folder).map_err(|e| e.to_string()) else { return false };
    let _ = pack.verify().map_err(|e| e.to_string());
    let _ = pack.constants::<Value>().map_err(|e| e.to_string());
    let _ = pack.expect_family(&["swift"]).map_err(|e| e.to_string());
    true
}

fn graphs() -> Vec<Vec<u8>> {
    let nodes = |count: usize| -> Vec<Vec<u8>> {
        let name = |i: usize| if i == 0 { "x".to_owned() } else { format!("v{i}") };
        let node = |i: usize| {
            let last = if i + 1 == count { "y".to_owned() } else { name(i + 1) };
            form::node(["Relu", "Concat", "Add", "MatMul"][i % 4], &[&name(i), &name(i)], &[&last])
        };
        (0..count).map(node).collect()
    };
    let shape = [("x", form::FLOAT, &[1, 3, -1][..]), ("m", form::SWITCH, &[])];
    let ends = [("y", form::FLOAT, &[1, -1][..])];
    // Functions of the file's own, each of which calls the next one twice, and a branch.
    let field = |number: u64, content: &[u8]| {
        [vec![(number << 3 | 2) as u8], vec![content.len() as u8], content.to_vec()].concat()
    };
    let function = |name: &str, calls: &str| {
        let node = form::node_of("own", calls, &["x"], &["y"]);
        let parts = [
            field(1, name.as_bytes()),
            field(4, b"x"),
            field(5, b"y"),
            field(7, &node),
            field(7, &node),
            field(10, b"own"),
        ]
        .concat();
        [vec![0xca, 0x01, parts.len() as u8], parts].concat()
    };
    let called = form::graph(18, &[form::node_of("own", "F0", &["x"], &["y"])], &[], &["x"], &["y"]);
    let branch = [field(1, &form::node("Identity", &["x"], &["z"])), field(12, &field(1, b"z"))].concat();
    let attribute = [field(1, b"then_branch"), field(6, &branch), vec![0xa0, 0x01, 5]].concat();
    let conditional = [form::node("If", &["m"], &["y"]), field(5, &attribute)].concat();
    vec![
        small(),
        form::declared(&nodes(6), &[form::integers("c", &[1, 2, 3, 4])], &shape, &ends),
        form::graph(13, &nodes(3), &[form::integers("big", &[7; 40])], &["x"], &["y"]),
        [called, function("F0", "F1"), function("F1", "F2")].concat(),
        form::declared(&[conditional], &[], &shape, &ends),
        shipped("bundle/models/swift/memory.onnx"),
    ]
}

fn graph(bytes: &[u8]) -> bool {
    match onnx::inspect(bytes) {
        Ok(summary) => {
            summary.inputs.iter().chain(&summary.outputs).for_each(|port| drop(port.to_string()));
            true
        }
        Err(_) => false,
    }
}

fn vocabularies() -> Vec<Vec<u8>> {
    let mark = |id: u32, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": true,
               "normalized": false, "special": true})
    };
    let words = ["[UNK]", "[CLS]", "[SEP]", "dog", "##s", ".", "cat", "犬", "a", "##b", "##c", "?", "é"];
    let vocabulary: Value = words
        .iter()
        .zip(0..)
        .map(|(w, i)| ((*w).to_owned(), json!(i)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let tokenizer = |processor: Value, strip: Value| {
        json!({"version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [mark(0, "[UNK]"), mark(1, "[CLS]"), mark(2, "[SEP]")],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                           "strip_accents": strip, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": processor,
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                      "max_input_chars_per_word": 100, "vocab": vocabulary}})
    };
    let bert = json!({"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]});
    let token = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    let special = |name: &str, id: u32| json!({"id": name, "ids": [id], "tokens": [name]});
    let template = json!({"type": "TemplateProcessing", "single": [token("[CLS]"), text, token("[SEP]")],
        "pair": [token("[CLS]"), text, token("[SEP]")],
        "special_tokens": {"[CLS]": special("[CLS]", 1), "[SEP]": special("[SEP]", 2)}});
    [tokenizer(bert, Value::Null), tokenizer(template, json!(true))]
        .map(|t| t.to_string().into_bytes())
        .to_vec()
}

fn vocabulary(bytes: &[u8]) -> bool {
    let folder = folder();
    put("words.json", bytes);
    let listed =
        |file: &str, bytes: &[u8]| json!({"file": file, "sha256": digest(bytes), "bytes": bytes.len()});
    let manifest = json!({"format": 1, "name": "d", "family": "grounding-dino", "version": "1", "licence": "MIT",
        "input": {"width": 64, "height": 64, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
        "graphs": {"encoder": listed("encoder.onnx", &small())},
        "files": {"tokenizer": listed("words.json", bytes)}});
    put(MANIFEST_FILE, manifest.to_string().as_bytes());
    let Ok(pack) = Pack::open(&folder) else { return false };
    let Ok(words) = Vocabulary::open(&pack, VOCABULARY).map_err(|e| e.to_string()) else { return false };
    for text in ["a dog. two cats?", "", "犬 é [SEP] \u{a66e}", &"abc".repeat(200)] {
        if let Ok(tokens) = words.encode(text) {
            let _ = words.decode(&tokens);
        }
    }
    true
}
