//! Packs of Grounding DINO: one whose graphs answer zero to everything, and what becomes of it when a
//! graph, a constant or the vocabulary is another.

use std::path::Path;

use airoto::job::{Device, Thresholds};
use airoto::models::pack::Pack;
use airoto::models::{self, installed};
use airoto::raster::Frame;
use serde_json::{Value, json};

use super::form::{self, Family, Form};
use super::hostile::change;
use super::onnx::{FLOAT, INTEGER, Port, SWITCH, declared, integers, node};
use super::{refused, runtime};

/// Graphs of 6 channels and 5 boxes. The trial's text has 8 words with its marks, its frame 64 x 48
/// pixels: levels of 8 x 6, 4 x 3, 2 x 2 and 1 x 1.
fn forms() -> Vec<Form> {
    let tokens: Port = ("tokens", INTEGER, &[1, -1]);
    let positions: Port = ("positions", INTEGER, &[1, -1]);
    let together: Port = ("together", SWITCH, &[1, -1, -1]);
    let level = |name: &'static str| -> Port { (name, FLOAT, &[1, 6, -1, -1]) };
    vec![
        Form {
            name: "text",
            inputs: vec![tokens, positions, together],
            outputs: vec![("text", FLOAT, &[1, 8, 6])],
        },
        Form {
            name: "image",
            inputs: vec![("pixels", FLOAT, &[1, 3, -1, -1])],
            outputs: vec![
                ("level_0", FLOAT, &[1, 6, 6, 8]),
                ("level_1", FLOAT, &[1, 6, 3, 4]),
                ("level_2", FLOAT, &[1, 6, 2, 2]),
                ("level_3", FLOAT, &[1, 6, 1, 1]),
            ],
        },
        Form {
            name: "detector",
            inputs: vec![
                level("level_0"),
                level("level_1"),
                level("level_2"),
                level("level_3"),
                ("text", FLOAT, &[1, -1, 6]),
                positions,
                together,
            ],
            outputs: vec![("logits", FLOAT, &[1, 5, 8]), ("boxes", FLOAT, &[1, 5, 4])],
        },
    ]
}

/// A tokenizer of seven words.
fn tokenizer() -> Value {
    let mark = |id: u32, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [mark(0, "[UNK]"), mark(1, "[CLS]"), mark(2, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "dog": 4, ".": 5, "person": 6}},
    })
}

/// Writes the pack's vocabulary, as its manifest lists it.
fn put_words(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join("tokenizer.json"), bytes).expect("written");
    change(folder, |m| m["files"] = json!({ "tokenizer": form::listed("tokenizer.json", bytes) }));
}

/// A pack of `forms`, with values that are not numbers in the output called `odd`.
fn pack(forms: &[Form], odd: &str) -> tempfile::TempDir {
    let manifest = json!({
        "format": 1, "name": "zero", "family": "grounding-dino", "version": "1", "licence": "MIT",
        "input": {"width": 64, "height": 64, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
        "constants": {"shortest": 48, "longest": 64, "multiple": 4, "channels": 6, "queries": 5, "words": 16,
                      "vocabulary": 7, "ends": [1, 2, 5]}
    });
    let folder = form::pack(forms, odd, manifest);
    put_words(folder.path(), tokenizer().to_string().as_bytes());
    folder
}

const FAMILY: Family = Family { forms, pack };

#[test]
fn graphs_of_the_expected_form_are_taken_and_others_are_refused() {
    if !runtime() {
        return;
    }
    let sound = pack(&forms(), "");
    let trial = Pack::open(sound.path()).and_then(|pack| models::smoke_test(&pack, Device::Cpu, 1));
    assert_eq!(trial.expect("a sound pack").does, Some("finds objects by text"));
    FAMILY.refuses_axes(&[
        ("image", "pixels", &[1, 3, 64, 64], "[1, 3, 64, 64], expected float32 [1, 3, varies, varies]"),
        ("image", "level_2", &[1, 5, 2, 2], "[1, 5, 2, 2], expected float32 [1, 6, any, any]"),
        ("text", "tokens", &[1, 8], "[1, 8], expected int64 [1, varies]"),
        ("detector", "boxes", &[1, 5, 2], "[1, 5, 2], expected float32 [1, 5, 4]"),
        // What only shows when they run.
        ("detector", "logits", &[1, 5, 7], "output logits has 35 numbers, expected 40"),
    ]);
    let mut other = forms();
    other[0].inputs[2] = ("together", FLOAT, &[1, -1, -1]);
    refused(pack(&other, "").path(), &["graph text", "input together is float32", "expected bool"]);
    refused(pack(&forms()[..2], "").path(), &["graph detector is not listed"]);
    FAMILY.refuses_values(&[("text", "text"), ("image", "level_3"), ("detector", "logits")]);
}

#[test]
fn constants_out_of_range_are_refused() {
    FAMILY.refuses_fields(&[
        ("/constants/shortest", json!(65), "shortest 65, expected at most 64, the longest"),
        ("/constants/longest", json!(100_000), "longest 100000, expected 16 to 8192"),
        ("/constants/multiple", json!(0), "multiple 0, expected 1 to 64"),
        ("/constants/queries", json!(1_u64 << 40), "queries 1099511627776, expected 1 to 65536"),
        ("/constants/words", json!(1), "words 1, expected 4 to 4096"),
        ("/constants/ends", json!([]), "ends 0, expected 1 to 64"),
        ("/constants/channels", json!("many"), "constants"),
    ]);
}

#[test]
fn vocabularies_that_are_none_or_reach_out_are_refused() {
    let listed = |change_it: &dyn Fn(&mut Value), said: &[&str]| {
        let folder = pack(&forms(), "");
        change(folder.path(), change_it);
        refused(folder.path(), said);
    };
    listed(&|m| m["files"]["tokenizer"]["file"] = "../tokenizer.json".into(), &["not the name of a file"]);
    listed(
        &|m| m["files"]["tokenizer"]["file"] = "Text.onnx".into(),
        &["file tokenizer", "is also the file of graph text"],
    );
    listed(&|m| m["files"]["tokenizer"]["file"] = "model.json".into(), &["not the name of a file"]);
    listed(&|m| m["files"]["tokenizer"]["bytes"] = (1_u64 << 40).into(), &["expected 1 to 67108864 bytes"]);
    listed(&|m| m["files"]["tokenizer"]["bytes"] = 7.into(), &["file tokenizer", "expected 7 bytes"]);
    listed(
        &|m| m["files"]["tokenizer"]["sha256"] = "0".repeat(64).into(),
        &["file tokenizer", "has SHA-256"],
    );
    if !runtime() {
        return;
    }
    listed(&|m| m["files"] = json!({}), &["file tokenizer is not listed in model.json"]);
    let words = |bytes: &[u8], said: &[&str]| {
        let folder = pack(&forms(), "");
        put_words(folder.path(), bytes);
        refused(folder.path(), &[&["file tokenizer"], said].concat());
    };
    let changed = |place: &str, value: Value| {
        let mut told = tokenizer();
        *told.pointer_mut(place).expect("a place") = value;
        told.to_string().into_bytes()
    };
    words(b"\x80\x04\x95code", &["is not JSON"]);
    words(&b"[".repeat(1 << 20), &["is not JSON"]);
    words(&changed("/model/vocab/dog", json!(7)), &["a word of number 7, expected numbers below 7"]);
    words(&changed("/model/type", json!("Unigram")), &["model type \"Unigram\", expected WordPiece"]);
    words(&changed("/model/vocab", json!({})), &[]);
    words(&changed("/padding", json!({"strategy": {"Fixed": 1_u64 << 60}})), &["has padding, expected none"]);
    let patterns = json!({"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated"});
    words(&changed("/pre_tokenizer", patterns), &["pre_tokenizer type \"Split\", expected BertPreTokenizer"]);
}

#[test]
fn a_pack_is_copied_with_its_vocabulary() {
    let (folder, home) = (pack(&forms(), ""), tempfile::tempdir().expect("a folder"));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_airoto"))
        .args(["models", "add"])
        .arg(folder.path())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env_remove("AIROTO_MODELS")
        .output()
        .expect("airoto runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut waiting = vec![home.path().to_owned()];
    let mut found = None;
    while let Some(place) = waiting.pop() {
        if place.join("model.json").is_file() {
            found = Some(place);
            continue;
        }
        let inside = std::fs::read_dir(&place).into_iter().flatten().flatten().map(|e| e.path());
        waiting.extend(inside.filter(|p| p.is_dir()));
    }
    let copy = Pack::open(&found.expect("the copy")).expect("a sound manifest");
    copy.verify().expect("whole");
    assert_eq!(copy.file("tokenizer").expect("there"), tokenizer().to_string().into_bytes());
}

#[test]
fn boxes_of_zero_are_told_as_they_are() {
    if !runtime() {
        return;
    }
    let folder = pack(&forms(), "");
    let pack = installed::find(&folder.path().to_string_lossy()).expect("a pack");
    let mut detector = models::open_detector_found(&pack, Device::Cpu, 1).expect("a detector");
    let frame = Frame::filled(64, 48, [7; 3]);
    let found = detector.detect(&frame, "A person. a dog", Thresholds::default()).expect("found");
    assert_eq!(found.len(), 5);
    assert_eq!((found[4].bounds, found[4].score), ([0.0; 4], 0.5));
    assert_eq!(found[4].phrase, "a person. a dog.");
    // Another number of words than the graph answers to.
    let refused = detector.detect(&frame, "a dog", Thresholds::default()).expect_err("refused");
    assert!(refused.to_string().contains("output logits has 40 numbers, expected 25"), "{refused}");
}

/// The detector, which asks for more memory than any machine has.
fn greedy(form: &Form) -> Vec<u8> {
    let mut nodes = vec![
        node("Shape", &["positions"], &["size"]),
        node("Mul", &["size", "much"], &["wanted"]),
        node("ConstantOfShape", &["wanted"], &["huge"]),
        node("ReduceSum", &["huge"], &["sum"]),
    ];
    let mut constants = vec![integers("much", &[1 << 20, 1 << 20])];
    for (name, _, axes) in &form.outputs {
        let (shape, zero) = (format!("{name}_shape"), format!("{name}_zero"));
        constants.push(integers(&shape, axes));
        nodes.push(node("ConstantOfShape", &[&shape], &[&zero]));
        nodes.push(node("Add", &[&zero, "sum"], &[name]));
    }
    declared(&nodes, &constants, &form.inputs, &form.outputs)
}

#[test]
fn a_smaller_input_is_gone_on_with_where_memory_is_short() {
    if !runtime() {
        return;
    }
    let (shelf, forms) = (tempfile::tempdir().expect("a folder"), forms());
    for name in ["greedy", "less"] {
        let made = pack(&forms, "");
        change(made.path(), |m| m["name"] = name.into());
        if name == "greedy" {
            form::replace(made.path(), "detector", &greedy(&forms[2]));
            change(made.path(), |m| m["smaller"] = "less".into());
        }
        std::fs::rename(made.keep(), shelf.path().join(name)).expect("moved");
    }
    image::RgbImage::new(64, 48).save(shelf.path().join("frame.png")).expect("saved");
    let airoto = |device: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_airoto"))
            .current_dir(shelf.path())
            .args([
                "detect",
                "frame.png",
                "--text",
                "a person. a dog.",
                "--model",
                "greedy",
                "--device",
                device,
            ])
            .env("AIROTO_MODELS", shelf.path())
            .env_remove("AIROTO_BUNDLE")
            .output()
            .expect("airoto runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    };
    let (good, said) = airoto("auto");
    assert!(good && said.contains("5 found by less on CPU"), "{said}");
    assert!(said.contains("too little memory for greedy: finding boxes with less on the CPU"), "{said}");
    // On the processor there is nothing to go on with.
    let (good, said) = airoto("cpu");
    assert!(!good && said.contains("graph detector of greedy has too little memory on CPU"), "{said}");
}
