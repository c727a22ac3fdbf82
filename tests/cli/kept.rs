//! What a person had is there still after a render that fails.

use std::path::Path;

use crate::common::{Clip, refusal, success};

/// A file that begins as a picture and ends too early: its header is good.
fn tear(path: &Path) {
    let bytes = std::fs::read(path).expect("there");
    std::fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

#[test]
fn one_frame_has_its_shapes() {
    let clip = Clip::new(7);
    let text =
        success(&clip.render(&["-r", "5-5", "--shapes", "CLIP/a.fxs", "--shapes", "CLIP/a.nk", "--json"]));
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(summary["shapes"].as_array().map(Vec::len), Some(2), "{text}");
    for name in ["a.fxs", "a.nk"] {
        let shapes = airoto::shapes::read_file(&clip.path(name)).expect("readable");
        assert_eq!((shapes.first, shapes.last), (5, 5), "{name}");
        assert_eq!(shapes.layers.len(), 1, "{name}");
    }
    // One picture and nothing else.
    clip.prompts(r#"{"objects":[{"name":"disc","prompts":[{"frame":3,"box":[20,16,54,46]}]}]}"#);
    let picture = clip.path("frames/00003.png").to_string_lossy().into_owned();
    std::fs::create_dir(clip.path("alone")).expect("a folder");
    std::fs::copy(&picture, clip.path("alone/00003.png")).expect("copied");
    success(&clip.render(&["-i", "CLIP/alone/00003.png", "-o", "CLIP/alone.png", "--shapes", "CLIP/b.fxs"]));
    assert!(clip.path("b.fxs").is_file());
}

#[test]
fn a_render_that_fails_leaves_the_shapes_of_the_one_before() {
    let clip = Clip::new(7);
    let shapes = ["--no-store", "--shapes", "CLIP/a.fxs", "--shapes", "CLIP/a.nk"];
    success(&clip.render(&shapes));
    let read = || ["a.fxs", "a.nk"].map(|name| std::fs::read(clip.path(name)).expect("there"));
    let before = read();
    tear(&clip.path("frames/00005.png"));
    refusal(&clip.render(&shapes));
    assert!(read() == before, "with those of the frames before");
    refusal(&clip.render(&[&shapes[..], &["-r", "5-5"]].concat()));
    assert!(read() == before);
    // One that cannot write its mattes, though all frames were tracked.
    std::fs::create_dir_all(clip.path("full/alpha.0004.exr/in")).expect("a folder in the way");
    for range in ["0-4", "4-4"] {
        let output = clip.render(&[&shapes[..], &["-r", range, "-o", "CLIP/full/alpha.%04d.exr"]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(read() == before, "{range}");
    }
    // And one that does not fail has its own.
    success(&clip.render(&[&shapes[..], &["-r", "0-4"]].concat()));
    assert!(read() != before);
}

#[test]
fn shapes_that_cannot_be_written_are_an_error() {
    let clip = Clip::new(3);
    success(&clip.render(&["--shapes", "CLIP/a.fxs"]));
    std::fs::remove_file(clip.path("a.fxs")).expect("removed");
    std::fs::create_dir_all(clip.path("a.fxs/in")).expect("a folder in the way");
    let said = refusal(&clip.render(&["--shapes", "CLIP/a.fxs"]));
    assert!(said.contains("a.fxs"), "{said}");
}
