//! Shapes in a host that a person sits before: no action waits for them.

use std::path::Path;
use std::time::{Duration, Instant};

use airoto::host::{Binary, HostProfile, Instance};

use super::stage::{LAST, Scene, alpha, binary, ready, said};

/// A host with a person before it.
fn attended() -> HostProfile {
    HostProfile { background: false, ..HostProfile::airoto() }
}

fn render_all(instance: &Instance) {
    instance.begin_sequence(0, LAST, 1.0, true).expect("begin");
    for time in 0..=LAST {
        alpha(instance, time);
    }
    instance.end_sequence(0, LAST, 1.0, true).expect("end");
}

/// Waits until `done`, which takes a thread of the plugin some milliseconds.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn frames(path: &Path) -> (i64, i64) {
    let text = std::fs::read_to_string(path).expect("written");
    let shapes = airoto::shapes::nuke::read(&text).expect("readable");
    (shapes.first, shapes.last)
}

/// An instance that writes its shapes to `nk`.
fn writing(binary: &Binary, nk: &Path) -> Instance {
    let instance = ready(binary, Scene::plain());
    instance.set_param("shapesNuke", nk.to_string_lossy().into_owned()).expect("path");
    instance
}

#[test]
fn files_come_after_the_sequence_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let nk = folder.path().join("a.nk");
    let binary = binary(attended());
    let instance = writing(&binary, &nk);
    render_all(&instance);
    until("the file", || nk.is_file());
    assert_eq!(frames(&nk), (0, LAST));
    assert_eq!(said(&instance), "");
}

#[test]
fn unloading_waits_for_what_is_still_being_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let nk = folder.path().join("a.nk");
    {
        let binary = binary(attended());
        let instance = writing(&binary, &nk);
        render_all(&instance);
    }
    assert_eq!(frames(&nk), (0, LAST));
}

#[test]
fn what_went_wrong_is_told_at_a_later_action_and_fails_none() {
    let binary = binary(attended());
    let instance = writing(&binary, Path::new("/proc/airoto/later.nk"));
    render_all(&instance);
    // Each render is good, and one of them has the news.
    until("the message", || {
        alpha(&instance, 3);
        said(&instance).contains("/proc/airoto")
    });
    instance.set_param("shapesNuke", "").expect("path");
    alpha(&instance, 3);
}

#[test]
fn the_button_waits_for_its_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let nk = folder.path().join("a.nk");
    let binary = binary(attended());
    let instance = writing(&binary, &nk);
    instance.set_param("shapesParts", true).expect("switch");
    render_all(&instance);
    instance.push_button("shapesWrite", 0.0).expect("pressed");
    assert_eq!(frames(&nk), (0, LAST));
    let said = said(&instance);
    assert!(said.contains("shapes of 10 frames are written to") && said.contains("no thin joint"), "{said}");
}
