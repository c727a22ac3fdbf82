//! What a person had is there still after a render that fails, and what changed is not taken for what it was.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Clip, refusal, success};

/// A file that begins as a picture and ends too early: its header is good.
fn tear(path: &Path) {
    let bytes = std::fs::read(path).expect("there");
    std::fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

/// Puts the pictures of other frames in the place of 3 to 6, in which the disc is far from where it was.
fn replace(clip: &Clip) {
    let frame = |f: u32| clip.path(&format!("frames/{f:05}.png"));
    let plain = image::RgbImage::from_pixel(96, 64, image::Rgb([40, 60, 100]));
    (3..=6).for_each(|f| plain.save(frame(f)).expect("saved"));
}

/// Long enough for a file's times to tell that it was not written since.
fn settle() {
    std::thread::sleep(Duration::from_millis(2200));
}

fn notes(text: &str) -> Vec<String> {
    let summary: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let notes = summary["notes"].as_array().expect("a list").iter();
    notes.map(|note| note.as_str().expect("a text").to_owned()).collect()
}

/// All files of the track store.
fn stored(clip: &Clip) -> Vec<PathBuf> {
    let list = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path());
    let cache = clip.path("cache");
    let tracks = list(&cache).filter(|p| p.to_string_lossy().contains("tracks")).collect::<Vec<_>>();
    tracks.iter().flat_map(|p| list(p)).collect::<Vec<_>>().iter().flat_map(|p| list(p)).collect()
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

#[test]
fn frames_that_were_replaced_between_two_renders_change_those_behind_them() {
    let clip = Clip::new(12);
    success(&clip.render(&[]));
    let matte = |folder: &str| std::fs::read(clip.path(folder).join("alpha.0011.exr")).expect("there");
    let old = matte("out");
    let alone = |folder: &str, more: &[&str]| {
        let pattern = format!("CLIP/{folder}/alpha.%04d.exr");
        success(&clip.render(&[&["-r", "11-11", "--json", "-o", &pattern], more].concat()))
    };
    replace(&clip);
    alone("right", &["--no-store"]);
    alone("found", &[]);
    assert!(matte("right") != old, "there is something to be seen");
    assert!(matte("found") == matte("right"), "the old matte, without a word");
}

#[test]
fn a_chunk_says_which_footage_it_trusted_and_trusts_no_file_that_changed() {
    let clip = Clip::new(12);
    settle();
    success(&clip.render(&[]));
    let alone = |more: &[&str]| notes(&success(&clip.render(&[&["-r", "11-11", "--json"], more].concat())));
    let trusted = alone(&[]);
    let said = "10 frames from 1 to 10 were not read and are taken as unchanged since they were tracked";
    assert!(trusted.len() == 1 && trusted[0].contains(said), "{trusted:?}");
    let digest = trusted[0].rsplit(' ').next().expect("a digest").to_owned();
    assert!(digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{trusted:?}");
    assert_eq!(alone(&[]), trusted, "the same footage has the same digest");
    assert!(alone(&["--no-store"]).is_empty(), "what was read is not trusted");
    let matte = || std::fs::read(clip.path("out/alpha.0011.exr")).expect("there");
    // As large as before and with the old time, as some copying tools leave it.
    let file = clip.path("frames/00004.png");
    let about = file.metadata().expect("there");
    let mut bytes = std::fs::read(clip.path("frames/00000.png")).expect("there");
    bytes.resize(about.len() as usize, 0);
    std::fs::write(&file, bytes).expect("written");
    let handle = std::fs::File::options().append(true).open(&file).expect("there");
    handle.set_modified(about.modified().expect("a time")).expect("set");
    settle();
    alone(&["--no-store"]);
    let right = matte();
    alone(&[]);
    assert!(matte() == right);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_in_the_store_is_not_opened() {
    let clip = Clip::new(4);
    success(&clip.render(&[]));
    let files = stored(&clip);
    assert!(files.len() > 4, "{files:?}");
    for file in &files {
        std::fs::remove_file(file).expect("removed");
        let made = Command::new("mkfifo").arg(file).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: there is no mkfifo");
            return;
        }
    }
    let path = |name: &str| clip.path(name).to_string_lossy().into_owned();
    let (frames, prompts, out) = (path("frames/%05d.png"), path("prompts.json"), path("again/a.%04d.exr"));
    let mut running = Command::new(env!("CARGO_BIN_EXE_airoto"))
        .args(["render", "--tracker", "flow", "-i", &frames, "-p", &prompts, "-o", &out])
        .env("AIROTO_CACHE", clip.path("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("airoto runs");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = running.try_wait().expect("a child") {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            running.kill().expect("a child");
            panic!("it waits for a named pipe");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success());
    for frame in 0..4 {
        let read = |folder: &str, name: String| std::fs::read(clip.path(folder).join(name)).expect("there");
        assert!(
            read("out", format!("alpha.{frame:04}.exr")) == read("again", format!("a.{frame:04}.exr")),
            "frame {frame}"
        );
    }
}

#[test]
fn a_file_of_the_store_in_anothers_place_is_found() {
    let clip = Clip::new(6);
    success(&clip.render(&[]));
    let of = |extension: &str| {
        let files = stored(&clip).into_iter();
        let mut files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == extension)).collect();
        files.sort();
        files
    };
    let mattes = of("matte");
    let contents: Vec<_> = mattes.iter().map(|f| std::fs::read(f).expect("there")).collect();
    for (file, content) in mattes.iter().zip(contents.iter().cycle().skip(1)) {
        std::fs::write(file, content).expect("written");
    }
    let said = notes(&success(&clip.render(&["--json", "-o", "CLIP/again/alpha.%04d.exr"])));
    assert!(said.iter().any(|n| n.contains("belonged to another matte")), "{said:?}");
    for name in clip.files("out") {
        let read = |folder: &str| std::fs::read(clip.path(folder).join(&name)).expect("there");
        assert!(read("out") == read("again"), "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_cache_is_told_once() {
    let clip = Clip::new(8);
    let cache = clip.path("cache");
    std::fs::create_dir(&cache).expect("a folder");
    let path = |name: &str| clip.path(name).to_string_lossy().into_owned();
    // A few kB are enough for some of the mattes, and full then.
    let script = r#"mount -t tmpfs -o size=16k tmpfs "$1" || exit 77; shift; exec "$@""#;
    let output = Command::new("unshare")
        .args(["-r", "-m", "sh", "-c", script, "sh", &path("cache"), env!("CARGO_BIN_EXE_airoto"), "render"])
        .args(["--tracker", "flow", "--json", "-i", &path("frames/%05d.png"), "-p", &path("prompts.json")])
        .args(["-o", &path("out/a.%04d.exr")])
        .env("AIROTO_CACHE", &cache)
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(77) && output.status.code() != Some(1) => output,
        other => {
            println!("skipped: no file system can be mounted here ({other:?})");
            return;
        }
    };
    let said = notes(&success(&output));
    let full = said.iter().filter(|note| note.contains("cannot be written to")).count();
    assert_eq!(full, 1, "{said:?}");
    assert_eq!(clip.files("out").len(), 8);
}
