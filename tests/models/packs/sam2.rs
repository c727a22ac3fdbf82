//! Packs of the SAM 2 family: one whose graphs answer zero to everything, and what becomes of it
//! when one of them is another.

use std::sync::Arc;

use airoto::job::Device;
use airoto::job::prompts::FramePrompt;
use airoto::models;
use airoto::models::pack::Pack;
use airoto::raster::{Frame, Matte};
use serde_json::json;

use super::form::{self, Family, Form};
use super::onnx::{FLOAT, INTEGER, Port};
use super::{refused, runtime};

/// The five graphs for an input of 64 pixels: two channels, memories of 3 x 5, pointers of 4.
fn forms() -> Vec<Form> {
    let fine: Port = ("high_res_feats_0", FLOAT, &[1, 6, 16, 16]);
    let middle: Port = ("high_res_feats_1", FLOAT, &[1, 7, 8, 8]);
    let pixel: Port = ("pix_feat", FLOAT, &[1, 2, 4, 4]);
    let image: Port = ("image_embed", FLOAT, &[1, 2, 4, 4]);
    let small: Port = ("mask_input", FLOAT, &[1, 1, 16, 16]);
    let score: Port = ("object_score", FLOAT, &[1, 1]);
    vec![
        Form {
            name: "image_encoder",
            inputs: vec![("image", FLOAT, &[1, 3, 64, 64])],
            outputs: vec![fine, middle, pixel, ("image_embed_init", FLOAT, &[1, 2, 4, 4])],
        },
        Form {
            name: "memory_attention",
            inputs: vec![
                pixel,
                ("mem_feats", FLOAT, &[-1, 3, 5]),
                ("mem_tpos", INTEGER, &[-1]),
                ("obj_ptrs", FLOAT, &[-1, 4]),
                ("obj_ptr_tdiff", FLOAT, &[-1]),
            ],
            outputs: vec![image],
        },
        Form {
            name: "mask_decoder",
            inputs: vec![
                image,
                fine,
                middle,
                ("point_coords", FLOAT, &[1, -1, 2]),
                ("point_labels", INTEGER, &[1, -1]),
                small,
                ("has_mask_input", FLOAT, &[1]),
            ],
            outputs: vec![
                ("masks", FLOAT, &[1, 4, 16, 16]),
                ("iou", FLOAT, &[1, 4]),
                ("obj_ptr", FLOAT, &[1, 4, 4]),
                score,
            ],
        },
        Form {
            name: "memory_encoder",
            inputs: vec![pixel, ("mask_for_mem", FLOAT, &[1, 1, 64, 64]), score],
            outputs: vec![("mem_feat", FLOAT, &[1, 3, 5])],
        },
        Form {
            name: "mask_downsample",
            inputs: vec![("mask", FLOAT, &[1, 1, 64, 64])],
            outputs: vec![small],
        },
    ]
}

/// A pack of `forms`, with values that are not numbers in the output called `odd`.
fn pack(forms: &[Form], odd: &str) -> tempfile::TempDir {
    let manifest = json!({
        "format": 1, "name": "zero", "family": "sam2", "version": "1", "licence": "MIT",
        "input": {"width": 64, "height": 64, "mean": [0, 0, 0], "deviation": [1, 1, 1]},
        "constants": {
            "no_object_pointer": [1, 2, 3, 4], "multimask_min_points": 0, "multimask_max_points": 1,
            "multimask_for_tracking": true, "stability": true, "stability_delta": 0.05,
            "stability_threshold": 0.98, "memories": 7, "max_conditioning": -1, "max_pointers": 16,
            "mask_scale": 20, "mask_bias": -10, "memory_precision": "bf16"
        }
    });
    form::pack(forms, odd, manifest)
}

const FAMILY: Family = Family { forms, pack };

#[test]
fn graphs_of_the_expected_form_are_taken_and_others_are_refused_before_they_run() {
    if !runtime() {
        return;
    }
    let sound = pack(&forms(), "");
    let trial = Pack::open(sound.path()).and_then(|pack| models::smoke_test(&pack, Device::Cpu, 1));
    // 15 numbers of 16 bits, 4 of 32.
    assert_eq!(trial.expect("a sound pack").bytes, Some(30 + 16));
    FAMILY.refuses_axes(&[
        ("memory_attention", "mem_feats", &[-1, 9, 5], "[varies, 9, 5], expected float32 [varies, 3, 5]"),
        ("memory_attention", "mem_feats", &[3, 3, 5], "[3, 3, 5], expected float32 [varies, 3, 5]"),
        ("mask_decoder", "obj_ptr", &[1, 4, 9], "[1, 4, 9], expected float32 [1, 4, 4]"),
        ("mask_decoder", "masks", &[1, 3, 16, 16], "[1, 3, 16, 16], expected float32 [1, 4, 16, 16]"),
        ("image_encoder", "image", &[1, 3, 32, 32], "[1, 3, 32, 32], expected float32 [1, 3, 64, 64]"),
        ("mask_downsample", "mask", &[1, 1, 64], "[1, 1, 64], expected float32 [1, 1, 64, 64]"),
    ]);
    let mut renamed = forms();
    renamed[2].inputs[3].0 = "points";
    refused(pack(&renamed, "").path(), &["graph mask_decoder", "expected point_coords among them"]);
    renamed = forms();
    renamed[4].inputs.push(("more", FLOAT, &[1]));
    refused(pack(&renamed, "").path(), &["graph mask_downsample", "input more is unknown"]);
    refused(pack(&forms()[..4], "").path(), &["graph mask_downsample is not listed"]);
}

#[test]
fn values_that_are_not_numbers_are_refused_with_the_graph_that_gave_them() {
    if !runtime() {
        return;
    }
    FAMILY.refuses_values(&[
        ("image_encoder", "high_res_feats_1"),
        ("memory_attention", "image_embed"),
        ("mask_decoder", "iou"),
        ("memory_encoder", "mem_feat"),
        ("mask_downsample", "mask_input"),
    ]);
}

#[test]
fn constants_and_inputs_out_of_range_are_refused() {
    FAMILY.refuses_fields(&[
        ("/constants/memories", json!(0), "memories 0, expected 1 to 64"),
        ("/constants/max_pointers", json!(1), "max_pointers 1, expected 2 to 1024"),
        ("/constants/no_object_pointer", json!([]), "no_object_pointer of 0 numbers"),
        ("/constants/memory_precision", json!("f8"), "constants"),
        ("/input/width", json!(72), "input of 72 x 64 pixels"),
    ]);
}

#[test]
fn frames_of_any_size_are_taken() {
    let folder = pack(&forms(), "");
    if !runtime() {
        return;
    }
    let tracker = models::open(&folder.path().to_string_lossy(), Device::Cpu, 1);
    let mut tracker = tracker.expect("a sound pack");
    for (width, height) in [(1, 1), (3, 900), (2000, 7)] {
        let embedding = tracker.embed(&Arc::new(Frame::filled(width, height, [9, 9, 9]))).expect("embedded");
        let prompt = FramePrompt { mask: Some(Matte::filled(width, height, 1.0)), ..FramePrompt::default() };
        let found = tracker.segment(&embedding, &prompt, None).expect("segmented");
        for frames in [None, Some(2)] {
            let mut memory = tracker.memory(frames);
            assert!(tracker.propagate(memory.as_ref(), 0, &embedding).is_err(), "an empty memory");
            tracker.remember(memory.as_mut(), 0, &embedding, &found, true).expect("remembered");
            let next = tracker.propagate(memory.as_ref(), 1, &embedding).expect("propagated");
            // A score of zero: the tracker by itself does not see the object, and the drawing is carried on.
            let (size, held) = ((next.matte.width(), next.matte.height()), frames.is_none());
            assert_eq!((size, next.present), ((width, height), held));
        }
    }
}
