//! More points than anybody gives are answered or refused within a second.

use std::time::{Duration, Instant};

use airoto::job::prompts;

use super::stage::*;

/// A build that is not optimised takes longer.
const LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_secs(1) };

/// 10^5 points: `label` of the i-th, which is on frame `i % frames`.
fn points(frames: usize, label: impl Fn(usize) -> &'static str) -> String {
    let point = |i: usize| {
        let (x, y) = (i % 63, i / 63 % 47);
        format!(r#"{{"frame":{},"point":[{x}.5,{y}.25],"label":"{}"}}"#, i % frames, label(i))
    };
    let all: Vec<_> = (0..100_000).map(point).collect();
    format!(r#"{{"objects":[{{"name":"a","prompts":[{}]}}]}}"#, all.join(","))
}

#[test]
fn a_hundred_thousand_points_are_refused_at_once() {
    let kinds = [
        ("on one frame", points(1, |_| "positive")),
        ("on all frames", points(6, |i| if i % 2 == 0 { "positive" } else { "negative" })),
        ("the only positive one last", points(6, |i| if i == 99_999 { "positive" } else { "negative" })),
    ];
    for (what, prompts) in &kinds {
        let begun = Instant::now();
        let error = prompts::PromptText::read(prompts).prompts().expect_err(what).to_string();
        let took = begun.elapsed();
        assert_eq!(error, "there are 100000 prompts, expected at most 20000", "{what}");
        assert!(took < LIMIT, "{what}: {took:?}");
        println!("{what}: {took:?}");
    }
}

#[test]
fn the_command_line_refuses_them_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let prompts = folder.path().join("prompts.json");
    std::fs::write(&prompts, points(6, |_| "positive")).expect("written");
    let frames = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/demo/frames/%05d.jpg");
    let begun = Instant::now();
    let run = std::process::Command::new(airoto())
        .args(["render", "-i", frames, "-o", "a.%04d.png", "-p"])
        .arg(&prompts)
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let took = begun.elapsed();
    let told = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("there are 100000 prompts, expected at most 20000"), "{told}");
    assert!(took < LIMIT, "{took:?}");
    println!("{took:?}");
}

#[test]
fn as_many_prompts_as_may_be_are_read_quickly() {
    let frames = prompts::MAX_PROMPTS / prompts::MAX_POINTS;
    let text = points(frames, |i| if i < 19_990 { "negative" } else { "positive" });
    let mut fewer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    if let Some(list) = fewer["objects"][0]["prompts"].as_array_mut() {
        list.truncate(prompts::MAX_PROMPTS);
    }
    let text = fewer.to_string();
    let read = Instant::now();
    assert_eq!(prompts::parse(&text).expect("as many as may be").frames().len(), frames);
    assert!(read.elapsed() < LIMIT, "{:?}", read.elapsed());
}
