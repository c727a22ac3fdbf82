//! The happy path on a tiny clip with the flow tracker.

use crate::common::{Clip, matte, success};

#[test]
fn mattes_follow_the_object_and_carry_the_frame_numbers() {
    let clip = Clip::new(6);
    let text = success(&clip.render(&["-r", "1-4", "--json"]));
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON alone on standard output");
    assert_eq!((&summary["frames"], &summary["first"], &summary["last"]), (&4.into(), &1.into(), &4.into()));
    assert!(summary["ms_per_frame"].as_f64().is_some_and(|ms| ms > 0.0));
    assert_eq!(summary["tracker"], "flow");
    let names = ["alpha.0001.exr", "alpha.0002.exr", "alpha.0003.exr", "alpha.0004.exr"];
    assert_eq!(clip.files("out"), names);
    let files: Vec<_> = summary["files"].as_array().expect("a list").iter().collect();
    assert!(files.len() == 4 && files[0].as_str().is_some_and(|f| f.ends_with(names[0])), "{files:?}");
    for frame in 1..5 {
        let found = matte(&clip.path(&format!("out/alpha.{frame:04}.exr")));
        let truth = matte(&clip.path(&format!("masks/{frame:05}.png")));
        assert!(found.iou(&truth) > 0.85, "frame {frame}: {}", found.iou(&truth));
    }
    if cfg!(target_os = "linux") {
        assert!(summary["peak_memory_bytes"]["host"].as_u64().is_some_and(|b| b > 1 << 20), "{text}");
    }
}

#[test]
fn a_mask_prompt_comes_out_as_it_went_in() {
    let clip = Clip::new(2);
    success(&clip.render(&["-r", "0"]));
    let found = matte(&clip.path("out/alpha.0000.exr"));
    assert!(found.iou(&matte(&clip.path("masks/00000.png"))) > 0.99);
}

#[test]
fn any_order_and_any_threads_give_the_same_bytes() {
    let clip = Clip::new(6);
    success(&clip.render(&["--no-store"]));
    let read = |folder: &str, name: &str| std::fs::read(clip.path(folder).join(name)).expect("read");
    let names = clip.files("out");
    assert_eq!(names.len(), 6);
    for more in [["--order", "reverse"], ["--order", "shuffle:2"], ["--threads", "4"]] {
        std::fs::rename(clip.path("out"), clip.path("forward")).expect("renamed");
        success(&clip.render(&[&["--no-store"], &more[..]].concat()));
        assert_eq!(clip.files("out"), names, "{more:?}");
        for name in &names {
            assert!(read("out", name) == read("forward", name), "{name} differs with {more:?}");
        }
        std::fs::remove_dir_all(clip.path("forward")).expect("removed");
    }
}

#[test]
fn the_store_answers_a_second_render_with_the_same_bytes() {
    let clip = Clip::new(4);
    success(&clip.render(&["--no-store"]));
    let tracks = || clip.files("cache").into_iter().filter(|name| name.starts_with("tracks")).count();
    assert_eq!(tracks(), 0);
    let bytes = || std::fs::read(clip.path("out/alpha.0003.exr")).expect("read");
    let first = bytes();
    for _ in 0..2 {
        success(&clip.render(&[]));
        assert!(bytes() == first);
    }
    assert_eq!(tracks(), 1);
}

#[test]
fn views_and_formats() {
    let clip = Clip::new(2);
    let cases = [
        ("", "png", 1),
        ("", "tif", 1),
        ("alpha", "png", 4),
        ("straight", "tif", 4),
        ("matte", "png", 3),
        ("overlay", "jpg", 3),
        ("premult", "exr", 4),
    ];
    for (view, extension, channels) in cases {
        let pattern = format!("CLIP/view{view}/a.%02d.{extension}");
        // Without a view it is the alpha alone.
        let options = if view.is_empty() { vec![] } else { vec!["--view", view] };
        success(&clip.render(&[&["-o", &pattern][..], &options].concat()));
        let path = clip.path(&format!("view{view}/a.01.{extension}"));
        let picture = airoto::io::read(&path).expect("a picture");
        assert_eq!((picture.width, picture.height), (96, 64));
        assert_eq!(picture.has_alpha, channels == 4, "{view}");
        // The corner is background, (36, 33) is well within the disc of frame 1.
        let at = |x: usize, y: usize| &picture.rgba[(y * 96 + x) * 4..][..4];
        match view {
            "overlay" => assert!(at(36, 33) != at(1, 1)),
            "alpha" | "straight" => assert!(at(36, 33)[3] > 0.3 && at(1, 1)[3] < 0.05 && at(1, 1)[0] > 0.05),
            _ => {
                assert!(at(36, 33)[0] > 0.3 && at(1, 1)[0] < 0.05, "{view}: {:?} {:?}", at(36, 33), at(1, 1))
            }
        }
    }
}

#[test]
fn options_of_several_numbers_are_taken() {
    let clip = Clip::new(2);
    let said =
        ["--crop", "36,0,0,1", "--view", "colour", "--view-colour", "0, 1, 0", "-o", "CLIP/cut/a.%02d.png"];
    success(&clip.render(&said));
    let picture = airoto::io::read(&clip.path("cut/a.01.png")).expect("a picture");
    // The disc of frame 1 reaches from 24 to 48; what lies left of 36 is cut off.
    let at = |x: usize| &picture.rgba[(33 * 96 + x) * 4..][..3];
    assert_eq!((at(30), at(1)), (&[0.0, 1.0, 0.0][..], &[0.0, 1.0, 0.0][..]));
    assert!(at(42)[1] < 0.9, "{:?}", at(42));
    for (option, text, reason) in [
        ("--crop", "1,2,3", "expected 4 numbers, found 3"),
        ("--crop", "1,2,3,-4", "expected a number from 0 to 65536"),
        ("--view-colour", "1,2,3,4", "expected 3 numbers, found 4"),
    ] {
        let refused = clip.render(&[&format!("{option}={text}")]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && said.contains(reason), "{option} {text}: {said}");
    }
}

#[test]
fn shapes_are_written_beside_the_mattes() {
    let clip = Clip::new(4);
    success(&clip.render(&["--shapes", "CLIP/shapes/out.fxs", "--shapes", "CLIP/shapes/out.nk"]));
    assert_eq!(clip.files("shapes"), ["out.fxs", "out.nk"]);
    let fxs = std::fs::read_to_string(clip.path("shapes/out.fxs")).expect("text");
    let nuke = std::fs::read_to_string(clip.path("shapes/out.nk")).expect("text");
    assert!(fxs.contains("<Silhouette") || fxs.contains("<Layer"), "{fxs:.200}");
    assert!(nuke.contains("Roto"), "{nuke:.200}");
}

#[test]
fn parts_are_asked_for_and_what_has_none_is_said_once() {
    let clip = Clip::new(4);
    let output = clip.render(&["--shapes", "CLIP/shapes/out.fxs", "--parts"]);
    success(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("no thin joint").count(), 1, "{said}");
    let without = clip.render(&["--parts"]);
    assert_eq!(without.status.code(), Some(2), "there is nothing to split without --shapes");
}

#[test]
fn eval_scores_a_clip_and_writes_json() {
    let clip = Clip::new(6);
    let folder = clip.path("").to_string_lossy().into_owned();
    let json = clip.path("scores.json").to_string_lossy().into_owned();
    // From frame 4 on what is true is elsewhere.
    for frame in 4..6 {
        std::fs::copy(clip.path("masks/00000.png"), clip.path(&format!("masks/{frame:05}.png")))
            .expect("copied");
    }
    // How a frame stands is known where its file is told by its stamp, two seconds after it was written.
    std::thread::sleep(std::time::Duration::from_millis(2200));
    let text = success(&clip.airoto(&["eval", "--clips", &folder, "--tracker", "flow", "--json", &json]));
    assert!(text.lines().next().is_some_and(|l| l.contains("J10")), "{text}");
    assert!(text.lines().last().is_some_and(|l| l.starts_with("mean")), "{text}");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("JSON");
    let row = &report["clips"][0];
    assert_eq!(row["frames"], 6);
    assert!(row["j_of_frames"][3].as_f64().is_some_and(|j| j > 0.85), "{row}");
    assert!(row["j_of_frames"][4].as_f64().is_some_and(|j| j < 0.85), "{row}");
    assert!(row["j_frame_0"].as_f64().is_some_and(|j| j > 0.99), "{row}");
    assert_eq!(report["mean"]["j"], row["j"]);
    let sure = &row["sure_frames"];
    assert_eq!(
        (&sure["tracked"], &sure["sure"], &sure["below_85"]),
        (&5.into(), &5.into(), &2.into()),
        "{row}"
    );
    assert!(sure["share_below_85"] == 0.4 && report["sure_frames"] == *sure, "{report}");
    assert_eq!(
        (&row["states"][0]["state"], &row["states"][5]["state"]),
        (&"prompted".into(), &"sure".into())
    );
    assert!(text.lines().last().is_some_and(|l| l.ends_with("5     2 40 %")), "{text}");
}

#[test]
fn eval_clicks_and_boxes() {
    let clip = Clip::new(4);
    let folder = clip.path("").to_string_lossy().into_owned();
    for prompt in ["box", "points:2"] {
        let more = ["eval", "--clips", &folder, "--tracker", "flow", "--prompt", prompt, "--keys", "3"];
        let text = success(&clip.airoto(&more));
        let mean: f64 = text
            .lines()
            .last()
            .and_then(|l| l.split_whitespace().nth(1))
            .and_then(|v| v.parse().ok())
            .expect("a mean");
        assert!(mean > 0.6, "{prompt}: {text}");
    }
}

#[test]
fn doctor_finds_the_plugin() {
    let clip = Clip::new(1);
    let text = success(&clip.airoto(&["doctor", "--json"]));
    let findings: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let level = |name: &str| {
        let all = findings.as_array().expect("a list");
        all.iter().find(|f| f["name"] == name).map(|f| f["level"].clone())
    };
    assert_eq!(level("plugin"), Some("ok".into()), "{text}");
    assert_eq!(level("cache folder"), Some("ok".into()), "{text}");
    let broken = clip.airoto(&["doctor", "--bundle", "/nowhere/No.ofx.bundle"]);
    assert_eq!(broken.status.code(), Some(2));
}

#[test]
fn the_version_is_told() {
    let clip = Clip::new(1);
    let text = success(&clip.airoto(&["--version"]));
    assert_eq!(text.trim(), concat!("airoto ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn each_object_has_files_of_its_own_beside_those_of_all() {
    let clip = Clip::new(3);
    clip.prompts(
        r#"{"objects":[{"name":"disc","prompts":[{"frame":0,"box":[20,16,48,44]}]},
            {"name":"sky/left","prompts":[{"frame":0,"box":[2,2,18,60]}]}]}"#,
    );
    let pattern = "CLIP/out/{object}.%02d.exr";
    let text =
        success(&clip.render(&["-o", pattern, "--objects", "separate", "--overlap", "layered", "--json"]));
    let names = ["all", "disc", "sky_left"].map(|object| [0, 1, 2].map(|i| format!("{object}.{i:02}.exr")));
    assert_eq!(clip.files("out"), names.concat());
    let summary: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(summary["files"].as_array().map(Vec::len), Some(9));
    for [all, disc, sky] in [0, 1, 2].map(|i| [0, 1, 2].map(|o: usize| clip.path("out").join(&names[o][i]))) {
        let (all, disc, sky) = (matte(&all), matte(&disc), matte(&sky));
        let parts = disc.data().iter().zip(sky.data());
        assert!(all.data().iter().zip(parts).all(|(a, (d, s))| (a - (d + s)).abs() < 2e-3));
        assert!(disc.data().iter().any(|v| *v > 0.9));
    }
    // Without the word, all of them alone.
    success(&clip.render(&["-o", "CLIP/one/{object}.%02d.exr"]));
    assert_eq!(clip.files("one"), names[0]);
}
