//! Packs of ViTMatte: one whose graphs answer zero to everything, and what becomes of it when one of
//! them is another.

use airoto::job::Device;
use airoto::matte::trimap::{Trimap, Zone};
use airoto::models::pack::Pack;
use airoto::models::vitmatte::{Settings, VitMatte};
use airoto::models::{self, MattingNetwork as _, ModelError};
use airoto::raster::Frame;
use serde_json::json;

use super::form::{self, Family, Form};
use super::onnx::{FLOAT, INTEGER, Port, declared, integers, node};
use super::{refused, runtime};

/// The graphs of a backbone of two parts with 6 channels in 2 heads. The trial's region of 64 x 64
/// pixels is what they answer to: 4 x 4 tokens.
fn forms() -> Vec<Form> {
    let before: Port = ("before", FLOAT, &[-1, -1, 6]);
    let found: Port = ("found", FLOAT, &[-1, -1, 6]);
    let pixels: Port = ("pixels", FLOAT, &[1, 4, -1, -1]);
    let rows: Port = ("rows", INTEGER, &[-1]);
    vec![
        Form {
            name: "part_0",
            inputs: vec![pixels],
            outputs: vec![
                ("state", FLOAT, &[4, 4, 6]),
                ("q", FLOAT, &[4, 4, 2, 3]),
                ("k", FLOAT, &[2, 3, 16]),
                ("v", FLOAT, &[2, 16, 3]),
                ("down", FLOAT, &[4, 4, 3]),
                ("across", FLOAT, &[4, 4, 3]),
            ],
        },
        Form {
            name: "part_1",
            inputs: vec![before, found],
            outputs: vec![("features", FLOAT, &[1, 6, 4, 4])],
        },
        Form {
            name: "attend",
            inputs: vec![
                ("q", FLOAT, &[-1, -1, 2, 3]),
                ("k", FLOAT, &[2, 3, -1]),
                ("v", FLOAT, &[2, -1, 3]),
                ("down", FLOAT, &[-1, -1, 3]),
                ("across", FLOAT, &[-1, -1, 3]),
                rows,
            ],
            outputs: vec![("found", FLOAT, &[4, 4, 6])],
        },
        Form {
            name: "decoder",
            inputs: vec![("features", FLOAT, &[1, 6, -1, -1]), pixels, rows, ("columns", INTEGER, &[-1])],
            outputs: vec![("alpha", FLOAT, &[1, 1, 64, 64])],
        },
    ]
}

/// A pack of `forms`, with values that are not numbers in the output called `odd`.
fn pack(forms: &[Form], odd: &str) -> tempfile::TempDir {
    let manifest = json!({
        "format": 1, "name": "zero", "family": "vitmatte", "version": "1", "licence": "MIT",
        "input": {"width": 8192, "height": 8192, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
        "constants": {"parts": 2, "channels": 6, "heads": 2, "patch": 16, "halo": 2}
    });
    form::pack(forms, odd, manifest)
}

const FAMILY: Family = Family { forms, pack };

#[test]
fn graphs_of_the_expected_form_are_taken_and_others_are_refused() {
    if !runtime() {
        return;
    }
    let sound = pack(&forms(), "");
    let trial = Pack::open(sound.path()).and_then(|pack| models::smoke_test(&pack, Device::Cpu, 1));
    assert_eq!(trial.expect("a sound pack").bytes, None);
    FAMILY.refuses_axes(&[
        ("part_0", "pixels", &[1, 4, 64, 64], "[1, 4, 64, 64], expected float32 [1, 4, varies, varies]"),
        ("part_0", "k", &[2, 4, 16], "[2, 4, 16], expected float32 [2, 3, "),
        ("part_1", "found", &[-1, -1, 7], "[varies, varies, 7], expected float32 [varies, varies, 6]"),
        ("part_1", "features", &[1, 4, 4], "[1, 4, 4], expected float32 [1, 6, "),
        ("decoder", "columns", &[5], "[5], expected int64 [varies]"),
        // What only shows when they run.
        ("attend", "found", &[4, 3, 6], "output found has 72 numbers, expected 96"),
        ("decoder", "alpha", &[1, 1, 64, 32], "output alpha has 2048 numbers, expected 4096"),
    ]);
    let mut renamed = forms();
    renamed[1].inputs[0].0 = "state";
    refused(pack(&renamed, "").path(), &["graph part_1", "expected before among them"]);
    refused(pack(&forms()[..3], "").path(), &["graph decoder is not listed"]);
}

#[test]
fn values_that_are_not_numbers_are_refused_with_the_graph_that_gave_them() {
    if !runtime() {
        return;
    }
    FAMILY.refuses_values(&[
        ("part_0", "down"),
        ("part_1", "features"),
        ("attend", "found"),
        ("decoder", "alpha"),
    ]);
}

#[test]
fn constants_out_of_range_are_refused() {
    FAMILY.refuses_fields(&[
        ("/constants/parts", json!(0), "parts 0, expected 1 to 32"),
        ("/constants/heads", json!(4), "6 channels for 4 heads, expected a multiple"),
        ("/constants/patch", json!(14), "patch 14 pixels, expected 16"),
        ("/constants/halo", json!(1000), "halo 1000, expected 1 to 16"),
        ("/constants/channels", json!("many"), "constants"),
    ]);
}

/// A graph that gives one for each of `rows` (and of `columns`, where it takes them), and asks for more
/// memory than any machine has where there are more of the last than `most`.
fn greedy(form: &Form, most: i64) -> Vec<u8> {
    let (last, _, _) = form.inputs[form.inputs.len() - 1];
    let (output, _, axes) = form.outputs[0];
    let mut nodes = vec![
        node("Shape", &["rows"], &["tall"]),
        node("Shape", &[last], &["wide"]),
        node("Mul", &["tall", "by_row"], &["of_rows"]),
        node("Mul", &["wide", "by_column"], &["of_columns"]),
        node("Add", &["of_rows", "of_columns"], &["varying"]),
        node("Add", &["varying", "fixed"], &["shape"]),
        node("ConstantOfShape", &["shape"], &["zeros"]),
        node("Sub", &["wide", "most"], &["beyond"]),
        node("Max", &["beyond", "none"], &["excess"]),
        node("Mul", &["excess", "much"], &["wanted"]),
        node("ConstantOfShape", &["wanted"], &["huge"]),
        node("ReduceSum", &["huge"], &["sum"]),
        node("Add", &["zeros", "sum"], &["answer"]),
    ];
    nodes.push(node("Cos", &["answer"], &[output]));
    let (by_row, by_column, fixed): (&[i64], &[i64], &[i64]) = match axes.len() {
        3 => (&[1, 0, 0], &[0, 0, 0], &[0, 4, 6]),
        _ => (&[0, 0, 16, 0], &[0, 0, 0, 16], &[1, 1, 0, 0]),
    };
    let constants = [
        integers("by_row", by_row),
        integers("by_column", by_column),
        integers("fixed", fixed),
        integers("most", &[most]),
        integers("none", &[0]),
        integers("much", &[1 << 40]),
    ];
    declared(&nodes, &constants, &form.inputs, &form.outputs)
}

/// What a pack gives for a frame of 64 x 64 unknown pixels whose attention (rows) and decoder (columns)
/// find memory for so many tokens and no more.
fn refined(rows: i64, columns: i64) -> Result<Vec<f32>, ModelError> {
    let forms = forms();
    let folder = pack(&forms, "");
    form::replace(folder.path(), "attend", &greedy(&forms[2], rows));
    form::replace(folder.path(), "decoder", &greedy(&forms[3], columns));
    let pack = Pack::open(folder.path()).expect("a sound manifest");
    let mut matter = VitMatte::open(&pack, Device::Cpu, 1, Settings::default())?;
    let frame = Frame::filled(64, 64, [7; 3]);
    Ok(matter.refine(&frame, &Trimap::filled(64, 64, Zone::Unknown))?.into_data())
}

#[test]
fn less_is_asked_for_at_a_time_where_memory_is_short() {
    if !runtime() {
        return;
    }
    for (rows, columns) in [(4, 4), (3, 4), (2, 4), (1, 4)] {
        assert_eq!(refined(rows, columns).expect("refined"), [1.0; 64 * 64], "{rows} {columns}");
    }
    // Not even the smallest will do.
    for (rows, columns, graph) in [(0, 4, "attend"), (4, 1, "decoder")] {
        let refused = refined(rows, columns).expect_err("too little memory");
        assert!(matches!(refused, ModelError::OutOfMemory { .. }), "{refused}");
        assert!(refused.to_string().starts_with(&format!("graph {graph} of zero")), "{refused}");
    }
}
