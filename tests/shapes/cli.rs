//! `airoto shapes` on files that it wrote itself.

use std::path::Path;
use std::process::{Command, Output};

use airoto::raster::Matte;
use airoto::shapes::{Builder, Format, SequenceInfo, ShapeSettings, fxs};

fn airoto(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_airoto")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn says(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn files_are_listed_drawn_converted_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let footage = SequenceInfo { width: 96, height: 64, pixel_aspect: 1.0, first: 3, last: 6, fps: 24.0 };
    let mut builder = Builder::new(footage, ShapeSettings::default()).expect("good settings");
    for frame in 3..=6 {
        let mut matte = Matte::filled(96, 64, 0.0);
        for (i, v) in matte.data_mut().iter_mut().enumerate() {
            let (x, y) = ((i % 96) as f64 - 40.0 - frame as f64, (i / 96) as f64 - 30.0);
            *v = if x.hypot(y) < 20.0 { 1.0 } else { 0.0 };
        }
        builder.add("ball", frame, &matte).expect("a frame");
    }
    let mut bytes = Vec::new();
    fxs::write(&builder.finish(), &mut bytes).expect("written");
    std::fs::write(folder.path().join("a.fxs"), bytes).expect("written");
    let run = |arguments: &[&str]| airoto(folder.path(), arguments);

    assert!(says(&run(&["shapes", "info", "a.fxs"])).contains("frames 3 to 6"));
    says(&run(&["shapes", "convert", "a.fxs", "b.nk"]));
    says(&run(&["shapes", "convert", "b.nk", "c.json"]));
    let info: serde_json::Value =
        serde_json::from_str(&says(&run(&["shapes", "info", "c.json", "--json"]))).expect("JSON");
    assert_eq!(info["layers"][0]["name"], "ball");
    assert_eq!(info["layers"][0]["shapes"][0]["life"], serde_json::json!([3, 6]));
    says(&run(&["shapes", "draw", "b.nk", "-o", "m.%02d.png"]));
    says(&run(&["shapes", "draw", "b.nk", "-r", "4", "-o", "look.svg"]));
    assert!(folder.path().join("m.06.png").is_file() && folder.path().join("look.svg").is_file());
    for other in ["c.json", "m.%02d.png"] {
        let text = says(&run(&["shapes", "diff", "a.fxs", other, "--json"]));
        let scores: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(scores["frames"], 4);
        assert!(scores["worst_iou"].as_f64().expect("a number") > 0.999, "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("bad.fxs"), "<Silhouette width='8'").expect("written");
    std::fs::write(at("old.nk"), "the old one").expect("written");
    std::fs::create_dir(at("folder.nk")).expect("a folder");
    let good = r#"{"kind":"airoto shapes","width":8,"height":8,"pixel_aspect":1,"first":1,"last":1,
        "fps":24,"layers":[]}"#;
    std::fs::write(at("good.json"), good).expect("written");
    for (from, to) in [
        ("bad.fxs", "old.nk"),
        ("good.json", "/proc/airoto/a.nk"),
        ("good.json", "old.nk/a.fxs"),
        ("good.json", "folder.nk"),
    ] {
        let output = airoto(folder.path(), &["shapes", "convert", from, to]);
        assert_eq!(output.status.code(), Some(2), "{from} to {to}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    }
    assert_eq!(std::fs::read_to_string(at("old.nk")).expect("still there"), "the old one");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("listed").collect();
    assert_eq!(left.len(), 4, "nothing half written stays: {left:?}");
    says(&airoto(folder.path(), &["shapes", "convert", "good.json", "old.nk"]));
    assert!(std::fs::read_to_string(at("old.nk")).expect("there").starts_with("version"));
}

#[test]
fn what_is_wrong_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.fxs"), "<Silhouette").expect("written");
    let formats = format!("expected {}", Format::extensions());
    for (arguments, part) in [
        (&["shapes", "info", "none.fxs"][..], "none.fxs"),
        (&["shapes", "info", "bad.fxs"][..], "bad.fxs"),
        (&["shapes", "info", "x.txt"][..], formats.as_str()),
    ] {
        let output = airoto(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(part) && message.trim_end().lines().count() == 1, "{message}");
    }
}

/// A trunk with two arms that swing, as numbered masks in `folder`.
fn masks(folder: &Path, frames: u32) {
    for frame in 0..frames {
        let swing = 0.2 * (f64::from(frame) * 0.5).sin();
        let mask = image::GrayImage::from_fn(160, 120, |x, y| {
            let (x, y) = (f64::from(x) - 79.5, f64::from(y) - 59.5);
            let arm = |side: f64| {
                let (ax, ay) = (side * swing.cos(), swing.sin());
                (x * ax + y * ay) > 0.0 && (x * ax + y * ay) < 66.0 && (x * ay - y * ax).abs() < 7.0
            };
            let inside = x.hypot(y) < 30.0 || arm(1.0) || arm(-1.0);
            image::Luma([if inside { 255 } else { 0 }])
        });
        mask.save(folder.join(format!("m.{frame:03}.png"))).expect("saved");
    }
}

#[test]
fn mattes_are_traced_whole_or_in_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    masks(folder.path(), 8);
    let run = |arguments: &[&str]| airoto(folder.path(), arguments);
    let names = |file: &str| -> Vec<String> {
        let info: serde_json::Value =
            serde_json::from_str(&says(&run(&["shapes", "info", file, "--json"]))).expect("JSON");
        let shapes = info["layers"][0]["shapes"].as_array().expect("shapes").clone();
        shapes.iter().map(|s| s["name"].as_str().expect("a name").to_owned()).collect()
    };
    let trace = ["shapes", "trace", "m.%03d.png"];
    says(&run(&[&trace[..], &["whole.fxs", "--object", "doll", "--keys", "4"]].concat()));
    assert_eq!(names("whole.fxs"), ["doll_shape1"]);
    says(&run(&[&trace[..], &["parts.fxs", "parts.nk", "--object", "doll", "--parts"]].concat()));
    for file in ["parts.fxs", "parts.nk"] {
        assert_eq!(names(file), ["doll_part1", "doll_part2", "doll_part3"]);
        let text = says(&run(&["shapes", "diff", file, "m.%03d.png", "--json"]));
        let scores: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(scores["worst_iou"].as_f64().expect("a number") > 0.96, "{text}");
    }
    let short = run(&[&trace[..], &["short.fxs", "-r", "2-4", "--parts", "--points", "12"]].concat());
    assert!(says(&short).is_empty());
    let formats = format!("expected {}", Format::extensions());
    for (more, part) in [
        (&["x.txt"][..], formats.as_str()),
        (&["a.fxs", "--keys", "0"][..], "a number of frames above 0"),
        (&["a.fxs", "--tolerance", "-1"][..], "'-1'"),
        (&["a.fxs", "--tolerance", "0"][..], "tolerance is 0"),
        (&["a.fxs", "-r", "5-9"][..], "m.008.png"),
    ] {
        let output = run(&[&trace[..], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(part), "{more:?}: {message}");
    }
    assert!(!folder.path().join("a.fxs").exists());
}
