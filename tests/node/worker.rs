//! The worker process behind the node.

use std::process::Command;

use std::sync::Mutex;

use airoto::host::{Binary, HostProfile, RenderCall};

use super::stage::*;

/// One test at a time has the library in its place, where it finds the worker's program beside it.
static IN_PLACE: Mutex<()> = Mutex::new(());

fn in_place() -> Binary {
    Binary::open(HostProfile::airoto(), &library()).expect("the library is an OpenFX plugin")
}

/// Process ids of the workers that are children of this process.
fn workers() -> Vec<i32> {
    let own = std::process::id().to_string();
    let list = Command::new("ps").args(["-o", "pid=,args=", "--ppid", &own]).output().expect("ps runs");
    String::from_utf8_lossy(&list.stdout)
        .lines()
        .filter(|line| line.contains("airoto") && line.contains("worker") && !line.contains("defunct"))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_worker_is_started_again_and_the_next_frame_is_right() {
    let _alone = IN_PLACE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let binary = in_place();
    let instance = ready(&binary, Scene::plain());
    let here: Vec<_> = (0..=LAST).map(|t| alpha(&instance, t)).collect();
    instance.set_param("workerMode", 0).expect("mode");
    assert_eq!(workers(), Vec::<i32>::new(), "no worker before the first render");
    assert!(alpha(&instance, 3) == here[3], "a worker gives the same bytes as this process");
    let first = workers();
    assert_eq!(first.len(), 1, "one worker");
    let kill = Command::new("kill").args(["-9", &first[0].to_string()]).status().expect("kill runs");
    assert!(kill.success());
    assert!(alpha(&instance, 7) == here[7], "the frame after the kill is right");
    let second = workers();
    assert!(second.len() == 1 && second != first, "{second:?} after {first:?}");
    let said: Vec<_> = instance.messages().into_iter().map(|m| m.text).collect();
    let shown = instance.persistent_message().map(|m| m.text).unwrap_or_default();
    assert!(said.iter().chain([&shown]).any(|t| t.contains("worker")), "{said:?} {shown:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_worker_killed_in_the_middle_of_a_render_is_replaced() {
    let _alone = IN_PLACE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let binary = in_place();
    let scene = std::sync::Arc::new(Scene {
        grade: 0.05,
        components: airoto::host::Components::Rgba,
        depth: airoto::host::Depth::Byte,
        rows: airoto::host::RowBytes::Tight,
        fetched: 0.into(),
    });
    let instance = ready(&binary, scene.clone());
    let right = alpha(&instance, 9);
    instance.set_param("workerMode", 0).expect("mode");
    scene.fetched.store(0, std::sync::atomic::Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Once the way has begun there are frames on it still to come.
            for _ in 0..2000 {
                if scene.fetched.load(std::sync::atomic::Ordering::SeqCst) >= 3 {
                    for pid in workers() {
                        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
                    }
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
        let image = instance.process(&RenderCall::new(9.0)).expect("rendered in spite of the kill");
        assert!(image.to_alpha() == right);
    });
}
