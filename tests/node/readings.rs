//! How often the JSON of prompts is read for what an artist does: the plugin tells each reading in its log, which a
//! process of its own gives to be counted.

use std::process::Command;

use airoto::host::{HostProfile, Pen};

use super::stage::*;

/// Set in the process whose log is counted.
const COUNTED: &str = "AIROTO_TEST_READINGS";

/// What stands in the log between the steps.
fn mark(step: &str) {
    eprintln!("step {step}");
}

/// A click, the render after it, a motion of the pen, and a second click with its render.
fn work() {
    let binary = binary(HostProfile::airoto());
    let instance = empty(&binary);
    let overlay = instance.overlay().expect("described").expect("an overlay");
    mark("first");
    stroke(&overlay, 2, &[(30.0, 40.0)]);
    let _ = alpha(&instance, 2);
    mark("motion");
    overlay.pen(Pen::Motion, 2.0, 31.0, 20.0, 1.0).expect("told");
    overlay.pen(Pen::Motion, 2.0, 32.0, 21.0, 1.0).expect("told");
    mark("second");
    stroke(&overlay, 2, &[(34.0, 38.0)]);
    let _ = alpha(&instance, 2);
    mark("end");
}

#[test]
fn a_click_and_its_render_read_prompts_twice_at_the_most_and_a_motion_never() {
    if std::env::var_os(COUNTED).is_some() {
        work();
        return;
    }
    let name = "readings::a_click_and_its_render_read_prompts_twice_at_the_most_and_a_motion_never";
    let output = Command::new(std::env::current_exe().expect("the test has a path"))
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .env(COUNTED, "1")
        .env("AIROTO_LOG", "airoto=debug")
        .output()
        .expect("it runs");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let readings = |from: &str, to: &str| {
        let between =
            log.split(from).nth(1).and_then(|rest| rest.split(to).next()).expect("the step's marks");
        between.matches("bytes are read").count()
    };
    assert!(log.contains("bytes are read"), "readings are told: {log}");
    let [first, motion, second] =
        [("step first", "step motion"), ("step motion", "step second"), ("step second", "step end")]
            .map(|(from, to)| readings(from, to));
    println!("readings: {first} with the first click, {motion} with motions, {second} with the second click");
    assert!(first <= 2 && second <= 2, "{first} and {second}");
    assert_eq!(motion, 0);
}
