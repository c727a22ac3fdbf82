//! A track of the SAM 2 family is a function of its inputs: the same bytes in any order, on any number
//! of threads, from a cold and from a warm store, from two programs at a time; and a correction
//! changes its span alone.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::fixture;
use crate::scene::SCENES;

const FRAMES: u32 = 12;

/// A clip of twelve frames, a pack and prompts for two objects.
struct TestSequence {
    folder: tempfile::TempDir,
}

impl TestSequence {
    fn new(family: &str) -> Self {
        let clip = Self { folder: tempfile::tempdir().expect("a folder") };
        fixture::open(family, &clip.path("pack"));
        std::fs::create_dir(clip.path("frames")).expect("a folder");
        for time in 0..FRAMES {
            SCENES[1].frame(time).save(clip.path(&format!("frames/{time:05}.png"))).expect("saved");
        }
        clip.prompt("prompts.json", &[]);
        clip
    }

    /// Writes prompts: two for the first object, `more` for it, and one for another.
    fn prompt(&self, name: &str, more: &[serde_json::Value]) {
        let mut first = vec![
            serde_json::json!({"frame": 2, "point": [126, 52]}),
            serde_json::json!({"frame": 9, "box": [60, 36, 116, 88]}),
        ];
        first.extend_from_slice(more);
        let second = serde_json::json!({"frame": 4, "box": [10, 10, 60, 70]});
        let objects = serde_json::json!({"objects": [
            {"name": "first", "prompts": first}, {"name": "second", "prompts": [second]}
        ]});
        std::fs::write(self.path(name), objects.to_string()).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn begin(&self, folder: &str, more: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_airoto"))
            .current_dir(self.folder.path())
            .args(["render", "-i", "frames/%05d.png", "--tracker", "pack", "--depth", "float"])
            .args(["--device", "cpu", "-o", &format!("{folder}/%05d.exr")])
            .args(more)
            .args(if more.contains(&"-p") { &[][..] } else { &["-p", "prompts.json"] })
            .env("AIROTO_CACHE", self.path("cache"))
            .env_remove("AIROTO_BUNDLE")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("airoto runs")
    }

    /// The files of all frames; none, with a word, where ONNX Runtime is not there.
    fn end(&self, folder: &str, running: Child) -> Option<Vec<Vec<u8>>> {
        let output = running.wait_with_output().expect("airoto ends");
        let error = String::from_utf8_lossy(&output.stderr);
        if error.contains("ONNX Runtime cannot be used") {
            println!("skipped: {}", error.trim());
            return None;
        }
        assert!(output.status.success(), "{}: {error}", output.status);
        let read = |time| std::fs::read(self.path(folder).join(format!("{time:05}.exr"))).expect("written");
        Some((0..FRAMES).map(read).collect())
    }

    fn render(&self, folder: &str, more: &[&str]) -> Option<Vec<Vec<u8>>> {
        self.end(folder, self.begin(folder, more))
    }
}

/// Arguments of the command line.
fn with<'a>(propagation: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["--propagation", propagation][..], more].concat()
}

fn any_way(family: &str, propagation: &str, shuffles: u32) {
    let clip = TestSequence::new(family);
    let Some(expected) = clip.render("forward", &with(propagation, &["--no-store"])) else { return };
    let distinct: std::collections::BTreeSet<_> = expected.iter().collect();
    assert_eq!(distinct.len(), expected.len(), "every frame is another");
    let same = |way: &str, more: &[&str]| {
        assert!(
            clip.render("found", &with(propagation, more)).as_ref() == Some(&expected),
            "{family} {propagation} {way}"
        );
    };
    same("reverse", &["--no-store", "--order", "reverse"]);
    for seed in 1..=shuffles {
        let order = format!("shuffle:{seed}");
        same(&order, &["--no-store", "--order", &order]);
    }
    for threads in ["2", "8"] {
        same(threads, &["--no-store", "--threads", threads]);
    }
    // Two programs on one clip, and a store that both fill.
    let together = [("one", "forward"), ("other", "shuffle:3")]
        .map(|(folder, order)| (folder, clip.begin(folder, &with(propagation, &["--order", order]))));
    for (folder, running) in together {
        assert!(clip.end(folder, running).as_ref() == Some(&expected), "{folder} of two, cold store");
    }
    same("warm store", &["--order", "reverse"]);
    assert!(Path::new(&clip.path("cache")).is_dir(), "the store is where it was asked for");
}

#[test]
fn sam2_gives_the_same_bytes_any_way() {
    any_way("sam2", "spans", 10);
}

#[test]
fn sam2_by_reference_gives_the_same_bytes_any_way() {
    any_way("sam2", "reference", 2);
}

#[test]
fn edgetam_gives_the_same_bytes_any_way() {
    any_way("edgetam", "spans", 2);
}

#[test]
fn a_correction_changes_its_span_and_nothing_else() {
    let clip = TestSequence::new("edgetam");
    let Some(before) = clip.render("before", &[]) else { return };
    clip.prompt(
        "corrected.json",
        &[
            serde_json::json!({"frame": 5, "point": [100, 56]}),
            serde_json::json!({"frame": 5, "point": [20, 20], "label": "negative"}),
        ],
    );
    let after = clip.render("after", &["-p", "corrected.json"]).expect("rendered");
    for time in 0..FRAMES as usize {
        assert_eq!(before[time] != after[time], (3..9).contains(&time), "frame {time}");
    }
}
