//! Every kind of bad input: one sentence that names the thing, exit code 2, and nothing half-written.

use airoto::shapes::Format;

use crate::common::{Clip, refusal, success};

/// Refused for a reason that holds each of `words`, with no file in out/.
fn refused(clip: &Clip, more: &[&str], words: &[&str]) {
    let sentence = refusal(&clip.render(more));
    for word in words {
        assert!(sentence.contains(word), "{word:?} is not in {sentence:?}");
    }
    assert_eq!(clip.files("out"), Vec::<String>::new(), "{sentence}");
}

#[test]
fn a_missing_frame() {
    let clip = Clip::new(5);
    std::fs::remove_file(clip.path("frames/00003.png")).expect("removed");
    refused(&clip, &[], &["frame 3 is missing", "00003.png", "frames 0 to 4"]);
    refused(&clip, &["-r", "0-9"], &["frame 3 is missing"]);
}

#[test]
fn a_range_beyond_the_footage() {
    let clip = Clip::new(3);
    refused(&clip, &["-r", "1-9"], &["frame 3 is missing", "00003.png", "frames 0 to 2"]);
    refused(&clip, &["-r", "9-1"], &["\"9-1\" is not a range"]);
}

#[test]
fn footage_that_is_not_there() {
    let clip = Clip::new(1);
    refused(&clip, &["-i", "CLIP/nowhere/%05d.png"], &["nowhere", "no such file"]);
    refused(&clip, &["-i", "CLIP/frames/%05d.tif"], &["no picture matches", "%05d.tif"]);
    std::fs::write(clip.path("a.gif"), b"GIF89a").expect("written");
    refused(&clip, &["-i", "CLIP/a.gif"], &["a.gif", "expected png, jpg, tif, exr or dpx"]);
}

#[test]
fn a_truncated_exr() {
    let clip = Clip::new(3);
    std::fs::create_dir(clip.path("exr")).expect("a folder");
    for frame in 0..3 {
        let picture = airoto::io::read(&clip.path(&format!("frames/{frame:05}.png"))).expect("read");
        let path = clip.path(&format!("exr/{frame:05}.exr"));
        airoto::io::write(&path, (96, 64), 4, &picture.rgba, &Default::default()).expect("written");
    }
    let cut = clip.path("exr/00002.exr");
    let whole = std::fs::read(&cut).expect("read");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("cut");
    let sentence = refusal(&clip.render(&["-i", "CLIP/exr/%05d.exr"]));
    assert!(sentence.contains("00002.exr is damaged or incomplete"), "{sentence}");
    // The frames before it may be there, but only whole, and no others.
    for name in clip.files("out") {
        assert!(["alpha.0000.exr", "alpha.0001.exr"].contains(&name.as_str()), "{name}");
        crate::common::matte(&clip.path("out").join(name));
    }
}

#[test]
fn frames_of_unequal_size() {
    let clip = Clip::new(3);
    image::RgbImage::new(97, 64).save(clip.path("frames/00002.png")).expect("saved");
    refused(&clip, &[], &["00002.png is 97x64 pixels", "00000.png is 96x64"]);
}

#[test]
fn prompts_that_cannot_be_read() {
    let clip = Clip::new(2);
    refused(&clip, &["-p", "CLIP/none.json"], &["cannot read the prompts", "none.json", "no such file"]);
    clip.prompts("{\"objects\":[\n  {\"name\":\"a\",}]}");
    refused(&clip, &[], &["prompts.json", "line 2 column"]);
    clip.prompts("");
    refused(&clip, &[], &["prompts.json"]);
}

#[test]
fn unknown_fields() {
    let clip = Clip::new(2);
    clip.prompts(r#"{"objects":[{"name":"a","prompts":[{"frame":0,"point":[5,5],"lable":"positive"}]}]}"#);
    refused(&clip, &[], &["prompts.json", "lable"]);
}

#[test]
fn a_prompt_outside_the_frame() {
    let clip = Clip::new(2);
    clip.prompts(
        r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"point":[420,26],"label":"positive"}]}]}"#,
    );
    refused(&clip, &[], &["\"dog\"", "420", "96x64"]);
    clip.prompts(
        r#"{"objects":[{"name":"dog","prompts":[{"frame":7,"point":[42,26],"label":"positive"}]}]}"#,
    );
    refused(&clip, &[], &["\"dog\"", "frame 7", "frames 0 to 1"]);
}

#[test]
fn two_objects_of_one_name() {
    let clip = Clip::new(2);
    let object = r#"{"name":"cat","prompts":[{"frame":0,"point":[42,26],"label":"positive"}]}"#;
    clip.prompts(&format!("{{\"objects\":[{object},{object}]}}"));
    refused(&clip, &[], &["\"cat\"", "unique"]);
}

#[test]
fn a_mask_that_is_not_there_or_empty() {
    let clip = Clip::new(2);
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/none.png"}]}]}"#);
    refused(&clip, &[], &["none.png"]);
    image::GrayImage::new(96, 64).save(clip.path("masks/empty.png")).expect("saved");
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/empty.png"}]}]}"#);
    refused(&clip, &[], &["\"disc\"", "empty"]);
    image::GrayImage::from_pixel(40, 30, image::Luma([255]))
        .save(clip.path("masks/small.png"))
        .expect("saved");
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"mask":"masks/small.png"}]}]}"#);
    refused(&clip, &[], &["small.png", "40x30", "96x64"]);
}

#[test]
fn no_permission_to_write() {
    let clip = Clip::new(2);
    // A file where a folder is needed stops every user, also one whom permissions do not.
    std::fs::write(clip.path("file"), b"").expect("written");
    let sentence = refusal(&clip.render(&["-o", "CLIP/file/alpha.%04d.exr"]));
    assert!(sentence.contains("cannot write to the folder") && sentence.contains("file"), "{sentence}");
    let sentence = refusal(&clip.render(&["--shapes", "CLIP/file/out.fxs"]));
    assert!(sentence.contains("cannot write to the folder") && sentence.contains("file"), "{sentence}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let closed = clip.path("closed");
        std::fs::create_dir(&closed).expect("a folder");
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).expect("closed");
        if std::fs::write(closed.join("probe"), b"").is_ok() {
            eprintln!("skipped in part: this user may write everywhere");
            return;
        }
        let sentence = refusal(&clip.render(&["-o", "CLIP/closed/alpha.%04d.exr"]));
        assert!(sentence.contains("closed: permission denied"), "{sentence}");
    }
}

#[test]
fn outputs_that_cannot_be() {
    let clip = Clip::new(2);
    refused(&clip, &["-o", "CLIP/out/alpha.exr"], &["no place for the frame number", "alpha.%04d.exr"]);
    refused(&clip, &["-o", "CLIP/out/alpha.%04d.gif"], &["\"gif\", expected exr"]);
    let formats = format!("expected {}", Format::extensions());
    refused(&clip, &["--shapes", "CLIP/out/shapes.svg"], &["shapes.svg", &formats]);
    refused(&clip, &["-o", "CLIP/frames/%05d.png"], &["00000.png would overwrite the footage"]);
    assert_eq!(clip.files("frames"), ["00000.png", "00001.png"]);
}

#[test]
fn a_tracker_that_is_not_there() {
    let clip = Clip::new(2);
    refused(&clip, &["--tracker", "CLIP/no-model"], &["no-model"]);
    std::fs::create_dir(clip.path("pack")).expect("a folder");
    std::fs::write(clip.path("pack/model.json"), b"{ not json").expect("written");
    refused(&clip, &["--tracker", "CLIP/pack"], &["pack"]);
}

/// The model that ships, whose graphs need ONNX Runtime.
fn shipped_pack() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("bundle/models/swift")
}

#[test]
fn a_corrupt_model_pack() {
    let clip = Clip::new(2);
    let pack = clip.path("pack");
    std::fs::create_dir(&pack).expect("a folder");
    let mut graphs = 0;
    for entry in std::fs::read_dir(shipped_pack()).expect("the pack").flatten() {
        let mut bytes = std::fs::read(entry.path()).expect("read");
        if entry.path().extension().is_some_and(|e| e == "onnx") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            graphs += 1;
        }
        std::fs::write(pack.join(entry.file_name()), bytes).expect("written");
    }
    assert!(graphs > 0, "the pack has no graphs to damage");
    // Without ONNX Runtime that is what is said first, and no graph is looked at.
    let there = airoto::models::runtime::library().is_ok();
    let words: &[&str] = if there { &["pack", ".onnx"] } else { &["ONNX Runtime"] };
    refused(&clip, &["--tracker", "CLIP/pack"], words);
    if !there {
        eprintln!("skipped in part: there is no ONNX Runtime on this machine");
    }
}

#[test]
fn a_pack_made_to_do_harm() {
    if airoto::models::runtime::library().is_err() {
        eprintln!("skipped: there is no ONNX Runtime on this machine");
        return;
    }
    let cases: [(Vec<u8>, &[&str]); 4] = [
        (crate::hostile::not_a_number(), &["encoder of swift", "not finite"]),
        (crate::hostile::huge_constant(), &["encoder of swift", "allocate memory"]),
        (crate::hostile::huge_result(), &["encoder of swift", "too little memory"]),
        (crate::hostile::outside("../masks/00000.png"), &["graph encoder", "in another file"]),
    ];
    for (encoder, words) in cases {
        let (clip, pack) = (Clip::new(2), crate::hostile::pack(Some(&encoder)));
        // A mask would be the matte of its own frame without any model.
        clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"box":[20,16,48,44]}]}]}"#);
        refused(&clip, &["--tracker", &pack.path().to_string_lossy()], words);
    }
}

#[test]
fn no_onnx_runtime() {
    let clip = Clip::new(2);
    let pack = shipped_pack().to_string_lossy().into_owned();
    let nowhere = [("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so")];
    let sentence = refusal(&clip.render_with(&["--tracker", &pack], &nowhere));
    assert!(sentence.contains("ONNX Runtime") && sentence.contains("/nowhere/"), "{sentence}");
    // The default tracker does without, and says so where that is not what it would have been.
    let text = success(&clip.render_with(&["--tracker", "default", "--json"], &nowhere));
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(summary["tracker"], "flow");
    if airoto::models::DEFAULT != airoto::models::FLOW {
        assert!(summary["notes"].to_string().contains("optical flow"), "{text}");
    }
    assert_eq!(clip.files("out").len(), 2);
}

#[test]
fn a_plugin_that_is_not_there() {
    let clip = Clip::new(1);
    refused(&clip, &["--bundle", "CLIP/No.ofx.bundle"], &["--bundle", "No.ofx.bundle"]);
    std::fs::write(clip.path("not-a-library.so"), b"text").expect("written");
    refused(&clip, &["--bundle", "CLIP/not-a-library.so"], &["not-a-library.so"]);
}

#[test]
fn clips_that_cannot_be_scored() {
    let clip = Clip::new(2);
    let path = |name: &str| clip.path(name).to_string_lossy().into_owned();
    let sentence = refusal(&clip.airoto(&["eval", "--clips", &path("nowhere")]));
    assert!(sentence.contains("nowhere"), "{sentence}");
    let sentence = refusal(&clip.airoto(&["eval", "--clips", &path("frames")]));
    assert!(sentence.contains("holds frames/ and masks/"), "{sentence}");
    image::GrayImage::new(9, 9).save(clip.path("masks/00001.png")).expect("saved");
    let sentence = refusal(&clip.airoto(&["eval", "--clips", &path(""), "--tracker", "flow"]));
    assert!(sentence.contains("00001.png is 9x9"), "{sentence}");
}
