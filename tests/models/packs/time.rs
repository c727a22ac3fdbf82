//! Graphs that take minutes to load or to run: stopped, or ended with the process, after the time that they may take.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{hostile, runtime};

/// Runs `airoto`, where a graph may take a second to do what `variable` says.
fn airoto(variable: &str, arguments: &[&str]) -> (Output, Duration) {
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_airoto"));
    let output = command.env(variable, "1").args(arguments).output().expect("it runs");
    (output, begun.elapsed())
}

/// Says so in a sentence, and did not try it again and again.
fn assert_limited((output, took): &(Output, Duration), words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    assert!(!said.contains("panicked") && !said.contains("started again"), "{said}");
    assert_eq!(said.matches("it took longer than 1 s").count(), 1, "{said}");
    assert!(*took < Duration::from_secs(60), "{took:?}");
}

const LOADING: [&str; 3] =
    ["graph encoder of swift failed", "longer than 1 s to load", "AIROTO_LOAD_SECONDS"];
const RUNNING: [&str; 3] = ["graph encoder of swift failed", "longer than 1 s to run", "AIROTO_RUN_SECONDS"];

#[test]
fn a_program_that_loads_or_runs_them_ends() {
    if !runtime() {
        return;
    }
    let pack = hostile::pack(Some(&hostile::slow(true)));
    let ran = airoto("AIROTO_LOAD_SECONDS", &["models", "verify", &pack.path().to_string_lossy()]);
    assert_limited(&ran, &LOADING);
    let pack = hostile::pack(Some(&hostile::slow(false)));
    let ran = airoto("AIROTO_RUN_SECONDS", &["models", "verify", &pack.path().to_string_lossy()]);
    assert_limited(&ran, &RUNNING);
}

#[test]
fn a_worker_that_loads_or_runs_them_ends_or_goes_on_and_the_render_says_so() {
    if !runtime() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for frame in 0..3 {
        image::RgbImage::from_pixel(64, 48, image::Rgb([90, 20 * frame, 50]))
            .save(Path::new(&at(&format!("{frame}.png"))))
            .expect("saved");
    }
    let prompts = r#"{"objects":[{"name":"a","prompts":[{"frame":0,"box":[16,12,40,36]}]}]}"#;
    std::fs::write(at("prompts.json"), prompts).expect("written");
    for (on_load, variable, words) in
        [(true, "AIROTO_LOAD_SECONDS", LOADING), (false, "AIROTO_RUN_SECONDS", RUNNING)]
    {
        let pack = hostile::pack(Some(&hostile::slow(on_load)));
        let tracker = pack.path().to_string_lossy().into_owned();
        let (frames, prompts, out) = (at("%d.png"), at("prompts.json"), at("out.%d.png"));
        let ran =
            airoto(variable, &["render", "-i", &frames, "-p", &prompts, "-o", &out, "--tracker", &tracker]);
        assert_limited(&ran, &words);
    }
}
