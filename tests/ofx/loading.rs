//! What hosts do around the plugin: they load and unload it again and again, and they fork.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostImage, HostProfile, ImageError, Instance,
    Project, RenderCall, RowBytes,
};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
const LAST: i64 = 9;
const PROMPT: &str = r#"{"objects":[{"name":"square","prompts":[{"frame":0,"box":[8,12,28,32]}]}]}"#;

/// A bright square that moves two pixels a frame over a dark ground.
struct Square;

impl ClipSource for Square {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, LAST, Components::Rgba, Depth::Byte)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let time = time as u32;
        let pixel = |x: u32, y: u32| {
            let grain = ((x * 7 + y * 13) % 5) as f32 * 0.02;
            let on = (8 + 2 * time..28 + 2 * time).contains(&x) && (12..32).contains(&y);
            if on { [0.9 - grain, 0.7, 0.1, 1.0] } else { [0.1, 0.15 + grain, 0.3, 1.0] }
        };
        let rgba: Vec<f32> = (0..WIDTH * HEIGHT).flat_map(|i| pixel(i % WIDTH, i / WIDTH)).collect();
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, Components::Rgba, Depth::Byte, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let deps = test.parent().expect("the test lies in a folder");
    let name = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let built = [deps.join(&name), deps.join("..").join(&name)];
    let newest =
        built.into_iter().filter_map(|p| Some((p.metadata().and_then(|m| m.modified()).ok()?, p))).max();
    newest.expect("the library is built with the tests").1
}

/// A host that closes what it has loaded.
fn open() -> Binary {
    let profile = HostProfile { closes_library: true, ..HostProfile::airoto() };
    Binary::open(profile, &library()).expect("the library is an OpenFX plugin")
}

fn instance(binary: &Binary, in_process: bool) -> Instance {
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin is there");
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, LAST);
    let instance = Instance::create(&plugin, Context::Filter, &project).expect("an instance");
    instance.connect("Source", Some(Arc::new(Square))).expect("connected");
    instance.set_param("prompts", PROMPT).expect("prompts");
    instance.set_param("tracker", "flow").expect("tracker");
    instance.set_param("workerMode", i32::from(in_process)).expect("mode");
    instance
}

fn render(instance: &Instance, frame: i64) {
    instance.render(&RenderCall::new(frame as f64)).unwrap_or_else(|e| panic!("frame {frame}: {e}"));
}

/// A file for shapes, so that the thread runs that writes them.
fn shapes() -> String {
    std::env::temp_dir().join("a.fxs").to_string_lossy().into_owned()
}

/// This test program once more, as one of the tests that are none by themselves.
fn role(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads", "1"]);
    command.env("AIROTO_TEST_ROLE", "1").env("AIROTO_CACHE", folder);
    command
}

fn said(command: &mut Command) -> String {
    let run = command.output().expect("it runs");
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{}: {told}", run.status);
    told
}

/// Threads, open files, and resident memory in kB of this process.
fn uses() -> [u64; 3] {
    let count = |folder: &str| std::fs::read_dir(folder).expect("Linux tells").count() as u64;
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("Linux tells");
    let resident = line.split_whitespace().next().and_then(|v| v.parse().ok()).expect("a number");
    [count("/proc/self/task"), count("/proc/self/fd"), resident]
}

/// Not a test by itself: a host that loads the plugin a hundred times, started by the test below.
#[test]
#[ignore = "started by a test"]
fn a_host_that_loads_again_and_again() {
    if std::env::var_os("AIROTO_TEST_ROLE").is_none() {
        return;
    }
    for round in 1..=100 {
        let binary = open();
        // A worker takes longer to start than all else together.
        let instance = instance(&binary, round % 5 != 0);
        instance.set_param("shapesSilhouette", shapes()).expect("a file");
        render(&instance, round % 4);
        drop((instance, binary));
        if round % 10 == 0 {
            println!("uses {:?}", uses());
        }
    }
}

#[test]
fn loading_and_unloading_a_hundred_times_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = said(role("a_host_that_loads_again_and_again", folder.path()).env("TMPDIR", folder.path()));
    let uses: Vec<Vec<u64>> = told
        .lines()
        .filter_map(|line| line.split_once("uses [")?.1.strip_suffix(']'))
        .map(|list| list.split(", ").map(|v| v.parse().expect("a number")).collect())
        .collect();
    println!("threads, files, kB: {uses:?}");
    let [Some(early), Some(late)] = [uses.get(1), uses.get(9)] else { panic!("{told}") };
    assert_eq!(early[..2], late[..2], "threads and open files: {uses:?}");
    assert!(late[2] <= early[2] + 2048, "memory in kB: {uses:?}");
}

/// Not a test by itself: a host that forks, started by the test below.
#[test]
#[ignore = "started by a test"]
fn a_host_that_forks() {
    if std::env::var_os("AIROTO_TEST_ROLE").is_none() {
        return;
    }
    let fork = || nix::sys::signal::raise(nix::sys::signal::Signal::SIGUSR1).expect("it is caught");
    let binary = open();
    // The last one brings ONNX Runtime and its threads into this process, where it is there.
    for (in_process, tracker) in [(true, "flow"), (false, "flow"), (true, "default")] {
        let instance = instance(&binary, in_process);
        instance.set_param("tracker", tracker).expect("tracker");
        instance.set_param("shapesSilhouette", shapes()).expect("a file");
        for frame in 0..3 {
            render(&instance, frame);
        }
        fork();
        render(&instance, 3);
        println!("rendered after a fork");
    }
}

#[test]
fn a_fork_of_a_host_ends_and_leaves_the_host_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let forks = folder.path().join("forks.so");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiled = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
        .arg(root.join("ofx-headers"))
        .arg(root.join("tests/data/forks.c"))
        .arg("-o")
        .arg(&forks)
        .arg("-ldl")
        .status();
    assert!(compiled.is_ok_and(|status| status.success()), "a C compiler is needed");
    let mut host = role("a_host_that_forks", folder.path());
    host.env("LD_PRELOAD", &forks).env("AIROTO_TEST_LIBRARY", library().canonicalize().expect("there"));
    let told = said(host.env("TMPDIR", folder.path()));
    assert_eq!(told.matches("the fork ended with 0\n").count(), 3, "{told}");
    assert_eq!(told.matches("rendered after a fork").count(), 3, "{told}");
}
