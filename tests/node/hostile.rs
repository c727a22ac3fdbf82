//! The node under hosts that lack things, hand out bad tables, ignore failures, and after panics of our own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostError, HostImage, HostProfile, ImageError,
    Instance, MessageV2, Project, RenderCall, RowBytes, Status,
};

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
const LAST: i64 = 5;
const PROMPT: &str = r#"{"objects":[{"name":"square","prompts":[{"frame":0,"box":[8,12,28,32]}]}]}"#;
/// For the tests that run themselves again with a panic planted.
const PLANT: &str = "AIROTO_TEST_PANIC";

/// A bright square that moves two pixels a frame over a dark ground.
struct Square;

fn inside(time: i64, x: i64, y: i64) -> bool {
    (8 + 2 * time..28 + 2 * time).contains(&x) && (12..32).contains(&y)
}

impl ClipSource for Square {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, LAST, Components::Rgba, Depth::Byte)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let time = time as i64;
        let mut rgba = Vec::new();
        for y in 0..i64::from(HEIGHT) {
            for x in 0..i64::from(WIDTH) {
                let grain = ((x * 7 + y * 13) % 5) as f32 * 0.02;
                let v = if inside(time, x, y) {
                    [0.9 - grain, 0.7, 0.1, 1.0]
                } else {
                    [0.1, 0.15 + grain, 0.3, 1.0]
                };
                rgba.extend(v);
            }
        }
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, Components::Rgba, Depth::Byte, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let name = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    test.parent().expect("it lies in a folder").join(name)
}

fn open(profile: HostProfile) -> Binary {
    Binary::open(profile, &library()).expect("the library is built with the tests")
}

fn create(binary: &Binary) -> Result<Instance, HostError> {
    let plugin = binary.plugin("org.airoto.AIRoto")?;
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, LAST);
    let instance = Instance::create(&plugin, Context::Filter, &project)?;
    instance.set_param("tracker", "flow")?;
    instance.set_param("workerMode", 1)?;
    instance.set_param("useStore", false)?;
    instance.set_param("inputColour", 1)?;
    instance.set_param("prompts", PROMPT)?;
    instance.connect("Source", Some(Arc::new(Square)))?;
    Ok(instance)
}

fn overlap(image: &HostImage, time: i64) -> f64 {
    let (mut both, mut either) = (0_usize, 0_usize);
    for (i, alpha) in (0_i64..).zip(image.to_alpha()) {
        let (found, real) = (alpha > 0.5, inside(time, i % i64::from(WIDTH), i / i64::from(WIDTH)));
        both += usize::from(found && real);
        either += usize::from(found || real);
    }
    both as f64 / either as f64
}

fn texts(instance: &Instance) -> Vec<String> {
    instance.messages().into_iter().map(|m| m.text).collect()
}

#[test]
fn each_required_suite_is_missed() {
    for suite in ["OfxPropertySuite", "OfxImageEffectSuite", "OfxParameterSuite"] {
        let profile = HostProfile { without_suites: vec![(suite, 0)], ..HostProfile::airoto() };
        let error = create(&open(profile)).err().expect("nothing works without it");
        let HostError::Action { action, status, .. } = &error else { panic!("{suite}: {error}") };
        assert_eq!((action.as_str(), status.0), ("Load", 4), "{suite}: kOfxStatErrMissingHostFeature");
    }
}

#[test]
fn optional_suites_are_not_missed() {
    let all = ["OfxMessageSuite", "OfxProgressSuite", "OfxMemorySuite", "OfxMultiThreadSuite"];
    let more = ["OfxTimeLineSuite", "OfxInteractSuite", "OfxDrawSuite", "OfxDialogSuite"];
    let without_suites = all.into_iter().chain(more).map(|s| (s, 0)).collect();
    let binary = open(HostProfile { without_suites, ..HostProfile::airoto() });
    let instance = create(&binary).expect("an instance");
    let image = instance.process(&RenderCall::new(2.0)).expect("rendered");
    assert!(overlap(&image, 2) > 0.85, "{}", overlap(&image, 2));
}

#[test]
fn an_error_is_told_through_every_message_suite_and_goes_when_it_is_mended() {
    let all = [
        MessageV2::Works,
        MessageV2::LosesArguments,
        MessageV2::Missing,
        MessageV2::NullEntries,
        MessageV2::BadPointers,
    ];
    for message_v2 in all {
        let binary = open(HostProfile { message_v2, ..HostProfile::airoto() });
        let instance = create(&binary).expect("an instance");
        instance.set_param("prompts", "{").expect("set");
        for _ in 0..2 {
            instance.process(&RenderCall::new(0.0)).expect_err("these are no prompts");
        }
        let said = texts(&instance);
        assert_eq!(said.len(), 1, "{message_v2:?}: once for two renders, {said:?}");
        assert!(said[0].contains("the prompts cannot be read"), "{message_v2:?}: {said:?}");
        instance.set_param("prompts", PROMPT).expect("set");
        instance.process(&RenderCall::new(0.0)).expect("mended");
        if let Some(stands) = instance.persistent_message() {
            assert!(!stands.text.contains("cannot be read"), "{message_v2:?}: {}", stands.text);
        }
        assert_eq!(instance.faults(), Vec::<String>::new(), "{message_v2:?}");
    }
}

#[test]
fn a_host_that_ignores_failures_shows_the_plate_without_alpha() {
    let binary = open(HostProfile { ignores_failures: true, ..HostProfile::airoto() });
    let instance = create(&binary).expect("an instance");
    instance.set_param("prompts", r#"{"objects":[],"more":1}"#).expect("set");
    let image = instance.process(&RenderCall::new(1.0)).expect("the buffer as it was left");
    let plate = Square.image(1.0).expect("a frame").expect("there is one");
    for (found, expected) in image.to_rgba().chunks_exact(4).zip(plate.to_rgba().chunks_exact(4)) {
        assert_eq!((&found[..3], found[3]), (&expected[..3], 0.0));
    }
}

/// MLT makes an instance of every frame, has no frame range, no other frame and negative rows.
#[test]
fn frames_one_by_one_each_with_its_own_instance() {
    let binary = open(HostProfile::mlt());
    for time in 0..=LAST {
        let instance = create(&binary).expect("an instance");
        let image = instance.process(&RenderCall::new(time as f64)).expect("rendered");
        assert!(
            overlap(&image, time) > 0.8,
            "frame {time}: {} {:?}",
            overlap(&image, time),
            texts(&instance)
        );
    }
}

/// Run by the test below in a process of its own, with a panic planted in one action.
#[test]
#[ignore = "run by another test"]
fn with_a_panic_planted() {
    let action = std::env::var(PLANT).expect("the other test names an action");
    let word = action.replace("OfxImageEffectAction", "").replace("OfxAction", "");
    let failed = |error: HostError| match error {
        HostError::Action { action, status, .. } => {
            assert_eq!((action, status), (word.clone(), Status::FAILED));
        }
        other => panic!("{word}: {other}"),
    };
    let binary = open(HostProfile::airoto());
    let instance = match create(&binary) {
        Ok(instance) => instance,
        Err(error) => return failed(error),
    };
    let begun = instance.begin_sequence(0, LAST, 1.0, false);
    let rendered = instance.process(&RenderCall::new(1.0)).map(drop);
    let ended = instance.end_sequence(0, LAST, 1.0, false);
    let purged = instance.purge_caches();
    let errors: Vec<_> = [begun, rendered, ended, purged].into_iter().filter_map(Result::err).collect();
    let silent = ["DestroyInstance", "Unload"].contains(&word.as_str());
    assert_eq!(errors.len(), usize::from(!silent), "{word}: {errors:?}");
    errors.into_iter().for_each(failed);
    drop(instance);
    let faults = binary.faults();
    assert_eq!(faults.iter().any(|f| f.contains("DestroyInstance")), word == "DestroyInstance", "{faults:?}");
}

#[test]
fn a_panic_in_any_action_is_a_failed_status() {
    let test = std::env::current_exe().expect("the test has a path");
    for action in [
        "OfxActionLoad",
        "OfxActionDescribe",
        "OfxImageEffectActionDescribeInContext",
        "OfxActionCreateInstance",
        "OfxImageEffectActionBeginSequenceRender",
        "OfxImageEffectActionGetClipPreferences",
        "OfxImageEffectActionRender",
        "OfxImageEffectActionEndSequenceRender",
        "OfxActionPurgeCaches",
        "OfxActionDestroyInstance",
        "OfxActionUnload",
    ] {
        let output = Command::new(&test)
            .args(["--exact", "--ignored", "with_a_panic_planted"])
            .env(PLANT, action)
            .output()
            .expect("the test runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{action}: {}\n{text}", String::from_utf8_lossy(&output.stdout));
    }
}

/// For the test that runs itself again with little memory.
const ROOM: &str = "AIROTO_TEST_ROOM";
/// Side of a plate that there is not enough memory for.
const VAST: u32 = 40_000;

/// A plate of which the host has a corner.
struct Vast;

impl ClipSource for Vast {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(VAST, VAST, 0, LAST, Components::Rgba, Depth::Byte)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        Square.image(time)
    }
}

#[test]
#[ignore = "run by another test"]
fn with_little_memory() {
    let mode: i32 = std::env::var(ROOM).ok().and_then(|mode| mode.parse().ok()).expect("a way of working");
    let binary = open(HostProfile::airoto());
    let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin");
    let project = Project::new(VAST, VAST, 24.0, 0, LAST);
    let instance = Instance::create(&plugin, Context::Filter, &project).expect("an instance");
    for (param, value) in [("tracker", "flow"), ("prompts", PROMPT)] {
        instance.set_param(param, value).expect("a param");
    }
    instance.set_param("workerMode", mode).expect("a param");
    instance.set_param("useStore", false).expect("a param");
    instance.connect("Source", Some(Arc::new(Vast))).expect("connected");
    let expected = "there is not enough memory for a plate of 40000x40000 pixels: it takes 22400 MB";
    // A proxy of 400 pixels, which is all that the host has memory for.
    let call = RenderCall { scale: (0.01, 0.01), ..RenderCall::new(1.0) };
    let error = instance.render(&call).expect_err("too large");
    let HostError::Action { status, .. } = &error else { panic!("{error}") };
    assert_eq!(*status, Status::MEMORY, "{error}");
    assert!(texts(&instance).iter().any(|t| t.contains(expected)), "{:?}", texts(&instance));
    // Buttons say the same, and the plugin goes on.
    instance.push_button("trackStepOn", 1.0).expect("pressed");
    let told = texts(&instance);
    assert!(told.last().is_some_and(|t| t.contains(expected)), "{told:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_plate_that_there_is_no_memory_for_has_a_sentence_and_leaves_the_host_alive() {
    let test = std::env::current_exe().expect("the test has a path");
    for mode in ["0", "1"] {
        // Two gigabytes of memory that can be written to.
        let output = Command::new("sh")
            .args(["-c", "ulimit -d 2000000 && exec \"$@\"", "sh"])
            .arg(&test)
            .args(["--exact", "--ignored", "with_little_memory"])
            .env(ROOM, mode)
            .output()
            .expect("the test runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{mode}: {}: {text}", output.status);
    }
}
