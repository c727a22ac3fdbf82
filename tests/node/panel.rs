//! What an artist does in the panel: objects, and tracking by buttons.

use airoto::host::{HostProfile, ImageError, Instance, RenderCall, Value};

use super::stage::*;

/// A prompts document of named boxes on frame 2, each with a margin about the square.
fn boxes(objects: &[(&str, i64)]) -> String {
    let object = |(name, margin): &(&str, i64)| {
        let (left, top) = square(2);
        let (left, top, side) = (left - margin, top - margin, 24 + 2 * margin);
        format!(
            r#"{{"name":"{name}","prompts":[{{"frame":2,"box":[{left},{top},{},{}]}}]}}"#,
            left + side,
            top + side
        )
    };
    let all: Vec<String> = objects.iter().map(object).collect();
    format!(r#"{{"objects":[{}]}}"#, all.join(","))
}

fn names(instance: &Instance) -> Vec<String> {
    let prompts = text(instance, "prompts");
    let read = airoto::job::prompts::parse(&prompts).expect("prompts that the engine reads");
    read.objects.into_iter().map(|o| o.name).collect()
}

/// Presses a button, which has to be one step of undo of that name.
fn press(instance: &Instance, button: &str, step: &str) {
    instance.push_button(button, 2.0).expect("pressed");
    assert_eq!(instance.steps(), [step], "{button}: {:?}", instance.persistent_message());
}

#[test]
fn every_edit_of_objects_is_one_step_in_every_imitated_host() {
    for (word, profile) in HostProfile::all() {
        let binary = binary(profile);
        let instance = ready(&binary, Scene::plain());
        instance.set_param("prompts", "").expect("set");
        press(&instance, "objectAdd", "Add object");
        press(&instance, "objectAdd", "Add object");
        assert_eq!(names(&instance), ["Object 1", "Object 2"], "{word}");
        assert_eq!(instance.param("activeObject").expect("there"), Value::Int(2), "{word}");
        assert_eq!(text(&instance, "objectName"), "Object 2", "{word}");
        instance.edit_param("objectName", "car", 2.0).expect("renamed");
        assert_eq!(instance.steps(), ["Rename object"], "{word}");
        press(&instance, "objectUp", "Move object up");
        assert_eq!(
            (names(&instance), text(&instance, "objectName")),
            (vec!["car".to_owned(), "Object 1".to_owned()], "car".to_owned())
        );
        press(&instance, "objectDuplicate", "Duplicate object");
        assert_eq!(names(&instance), ["car", "car copy", "Object 1"], "{word}");
        instance.set_param("mergeInto", 3).expect("set");
        press(&instance, "objectMerge", "Merge objects");
        assert_eq!(names(&instance), ["car", "Object 1"], "{word}");
        instance.edit_param("activeObject", 1, 2.0).expect("chosen");
        assert_eq!(text(&instance, "objectName"), "car", "{word}");
        press(&instance, "objectDown", "Move object down");
        press(&instance, "objectSolo", "Solo object");
        press(&instance, "objectHide", "Hide object");
        press(&instance, "objectKeepEdge", "Keep edge for object");
        press(&instance, "objectKeepTracker", "Keep tracker for object");
        press(&instance, "objectPanelEdge", "Use panel's edge");
        press(&instance, "objectDelete", "Delete object");
        assert_eq!(names(&instance), ["Object 1"], "{word}");
        assert_eq!(text(&instance, "objectName"), "Object 1", "{word}");
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("prompts", boxes(&[("a", 0), ("b", 3)])).expect("set");
    let before = text(&instance, "prompts");
    instance.edit_param("objectName", "b", 2.0).expect("told");
    assert!(said(&instance).contains("another object is called \"b\""), "{}", said(&instance));
    assert_eq!(text(&instance, "objectName"), "a", "the name that it has");
    instance.push_button("objectMerge", 2.0).expect("told");
    assert!(said(&instance).contains("cannot be merged into itself"), "{}", said(&instance));
    instance.set_param("mergeInto", 2).expect("set");
    instance.push_button("objectMerge", 2.0).expect("told");
    assert!(said(&instance).contains("both objects have a box on frame 2"), "{}", said(&instance));
    instance.set_param("activeObject", 9).expect("set");
    instance.push_button("objectDelete", 2.0).expect("told");
    assert!(said(&instance).contains("there is no object 9: the prompts have 2"), "{}", said(&instance));
    assert_eq!((text(&instance, "prompts"), instance.steps().len()), (before, 0));
    instance.set_param("prompts", "{").expect("set");
    instance.push_button("objectAdd", 2.0).expect("told");
    assert!(said(&instance).contains("the prompts cannot be edited"), "{}", said(&instance));
}

#[test]
fn hidden_objects_leave_the_result_and_undo_brings_the_same_matte_back() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("prompts", boxes(&[("a", 0), ("b", 3)])).expect("set");
    let (before, both) = (text(&instance, "prompts"), alpha(&instance, 4));
    instance.set_param("prompts", boxes(&[("b", 3)])).expect("set");
    let alone = alpha(&instance, 4);
    instance.set_param("prompts", before.clone()).expect("set");
    press(&instance, "objectHide", "Hide object");
    assert!(alpha(&instance, 4) == alone, "the other one alone, cut by nothing");
    instance.set_param("object", "a").expect("set");
    assert!(alpha(&instance, 4).iter().all(|a| *a == 0.0), "the hidden one");
    instance.set_param("object", "all").expect("set");
    press(&instance, "objectHide", "Hide object");
    instance.set_param("activeObject", 2).expect("set");
    press(&instance, "objectSolo", "Solo object");
    assert!(alpha(&instance, 4) == alone, "the solo one alone");
    // What undo does: the parameter has its value of before.
    instance.set_param("prompts", before).expect("set");
    assert!(alpha(&instance, 4) == both);
    // An object without prompts is in no frame, and one more changes no other.
    press(&instance, "objectAdd", "Add object");
    assert!(alpha(&instance, 4) == both);
    instance.set_param("object", "Object 1").expect("set");
    assert!(alpha(&instance, 4).iter().all(|a| *a == 0.0));
    instance.set_param("prompts", "").expect("set");
    instance.set_param("object", "all").expect("set");
    press(&instance, "objectAdd", "Add object");
    assert!(alpha(&instance, 4).iter().all(|a| *a == 0.0));
    assert!(said(&instance).contains("nothing is cut out yet"), "{}", said(&instance));
}

#[test]
fn prompts_are_cleared_on_the_frame_of_the_button() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let (one, two) = (r#"{"frame":1,"point":[20,30]}"#, r#"{"frame":2,"point":[30,30]}"#);
    let of = |prompts: &str| format!(r#"{{"objects":[{{"name":"a","prompts":[{prompts}]}}]}}"#);
    instance.set_param("prompts", of(&format!("{one},{two}"))).expect("set");
    press(&instance, "objectClearFrame", "Clear prompts on frame");
    assert_eq!(text(&instance, "prompts"), of(one));
    instance.push_button("objectClearFrame", 2.0).expect("pressed");
    assert!(instance.steps().is_empty(), "there was nothing to clear");
    press(&instance, "objectClear", "Clear prompts of object");
    assert_eq!(text(&instance, "prompts"), of(""));
}

#[test]
fn an_object_keeps_its_edge_and_its_tracker() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("prompts", boxes(&[("a", 0)])).expect("set");
    let plain = alpha(&instance, 4);
    for (param, value) in [("edgeQuality", 1), ("edgeMotionBlur", 0)] {
        instance.set_param(param, value).expect("set");
    }
    instance.set_param("edgeStability", 0.5).expect("set");
    let fast = alpha(&instance, 4);
    assert!(fast != plain, "there is something to keep");
    press(&instance, "objectKeepEdge", "Keep edge for object");
    instance.set_param("edgeQuality", 0).expect("set");
    instance.set_param("edgeStability", 0.0).expect("set");
    assert!(alpha(&instance, 4) == fast, "as it was when it was kept");
    press(&instance, "objectPanelEdge", "Use panel's edge");
    assert!(alpha(&instance, 4) == plain);
    press(&instance, "objectKeepTracker", "Keep tracker for object");
    instance.set_param("tracker", "no such tracker").expect("set");
    assert!(alpha(&instance, 4) == plain, "by the tracker that it has");
    press(&instance, "objectPanelTracker", "Use panel's tracker");
    let error = instance.process(&RenderCall::new(4.0)).expect_err("no such tracker").to_string();
    assert!(error.contains("no such tracker"), "{error}");
}

#[test]
fn the_id_matte_shows_each_object_in_its_colour() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let red = r#""name":"a","colour":[1,0,0]"#;
    instance.set_param("prompts", boxes(&[("a", 0)]).replace(r#""name":"a""#, red)).expect("set");
    instance.set_param("view", "idmatte").expect("set");
    let picture = instance.process(&RenderCall::new(4.0)).expect("rendered").to_rgba();
    let mut on = 0;
    for pixel in picture.chunks_exact(4) {
        let expected = if pixel[3] > 0.0 { [1.0, 0.0, 0.0] } else { [0.0; 3] };
        assert_eq!(pixel[..3], expected);
        on += usize::from(pixel[3] > 0.5);
    }
    assert!(on > 300, "{on} pixels of the object");
}

#[test]
fn a_reopened_project_shows_the_same_matte() {
    let saved = {
        let binary = binary(HostProfile::airoto());
        let instance = ready(&binary, Scene::plain());
        instance.set_param("prompts", boxes(&[("a", 0), ("b", 3)])).expect("set");
        press(&instance, "objectSolo", "Solo object");
        (instance.saved_params(), alpha(&instance, 5))
    };
    let binary = binary(HostProfile::airoto());
    let instance = instance(&binary, airoto::host::Context::Filter);
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    for (name, value) in saved.0 {
        instance.set_param(&name, value).expect("what was saved");
    }
    assert!(alpha(&instance, 5) == saved.1);
}

/// A scene that presses a button, or does something else, when a frame is fetched.
struct Watched<F: Fn(i64) + Send + Sync>(std::sync::Arc<Scene>, F);

impl<F: Fn(i64) + Send + Sync> airoto::host::ClipSource for Watched<F> {
    fn info(&self) -> airoto::host::ClipInfo {
        self.0.info()
    }

    fn image(&self, time: f64) -> Result<Option<airoto::host::HostImage>, ImageError> {
        self.1(time.round() as i64);
        self.0.image(time)
    }
}

#[test]
fn buttons_track_as_renders_do_in_every_imitated_host() {
    for (word, profile) in HostProfile::all() {
        let whole = alpha(&ready(&binary(profile.clone()), Scene::plain()), 6);
        let binary = binary(profile);
        let instance = ready(&binary, Scene::plain());
        instance.set_param("trackRange", 1).expect("set");
        instance.set_param("trackFirst", 1).expect("set");
        instance.set_param("trackLast", 7).expect("set");
        press(&instance, "trackForward", "Track");
        assert!(
            said(&instance).starts_with("tracked 6 frames, ") || word == "resolve",
            "{word}: {}",
            said(&instance)
        );
        let keys = vec![(2, 2), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1)];
        assert_eq!(shown(&instance), ("Tracked 2-7, keys 2".to_owned(), keys), "{word}");
        let bars = instance.ended_progress();
        assert_eq!((bars.len(), bars[0].label.as_str()), (1, "Tracking frames 2 to 7"), "{word}");
        assert!((bars[0].fraction - 1.0).abs() < 1e-9 && bars[0].updates >= 6, "{word}: {bars:?}");
        press(&instance, "trackStepBack", "Track");
        assert_eq!(shown(&instance).0, "Tracked 1-7, keys 2", "{word}");
        // MLT has no timeline to move.
        assert_eq!(instance.time(), if word == "mlt" { 2.0 } else { 1.0 }, "{word}");
        instance.push_button("trackStepOn", 7.0).expect("told");
        assert!(
            said(&instance).contains("the range is 1 to 7") || word == "resolve",
            "{word}: {}",
            said(&instance)
        );
        assert!(alpha(&instance, 6) == whole, "{word}: the matte of a render");
        assert!(instance.faults().is_empty(), "{word}: {:?}", instance.faults());
    }
}

#[test]
fn tracking_both_ways_takes_each_frame_once() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.push_button("trackBoth", 4.0).expect("pressed");
    assert!(said(&instance).starts_with("tracked 10 frames, "), "{}", said(&instance));
    assert_eq!(shown(&instance).0, "Tracked 0-9, keys 2");
    instance.push_button("trackBackward", 3.0).expect("pressed");
    assert!(said(&instance).starts_with("tracked 4 frames, "), "{}", said(&instance));
}

#[test]
fn a_correction_makes_its_span_stale_and_an_update_computes_that_alone() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.push_button("trackUpdate", 2.0).expect("told");
    assert!(said(&instance).contains("was tracked before: track them first"), "{}", said(&instance));
    let of = |frames: &[i64]| {
        let prompt = |&frame: &i64| {
            let (left, top) = square(frame);
            format!(r#"{{"frame":{frame},"box":[{left},{top},{},{}]}}"#, left + 24, top + 24)
        };
        let all: Vec<String> = frames.iter().map(prompt).collect();
        format!(r#"{{"objects":[{{"name":"square","prompts":[{}]}}]}}"#, all.join(","))
    };
    instance.set_param("prompts", of(&[0, 5])).expect("set");
    instance.push_button("trackForward", 0.0).expect("pressed");
    assert_eq!(shown(&instance).0, "Tracked 0-9, keys 0, 5");
    let before: Vec<_> = (0..=LAST).map(|t| alpha(&instance, t)).collect();
    instance.edit_param("prompts", of(&[0, 5, 8]), 8.0).expect("corrected");
    instance.push_button("trackUpdate", 8.0).expect("pressed");
    assert_eq!(said(&instance), "4 frames tracked again, 6 kept");
    assert_eq!(shown(&instance).0, "Tracked 0-9, keys 0, 5, 8");
    for (time, before) in before.iter().enumerate().take(6) {
        assert!(alpha(&instance, time as i64) == *before, "frame {time} is out of the span");
    }
    assert_eq!(instance.steps().last().map(String::as_str), Some("Track"));
    press_at(&instance, "trackClear", 5.0, "Clear prompts from here");
    assert_eq!(text(&instance, "prompts"), of(&[0, 5]));
    assert_eq!(shown(&instance).0, "Tracked 0-9, keys 0, 5", "what was tracked before is there still");
    // What a button of ours changes is shown in the same step.
    press_at(&instance, "objectClearFrame", 5.0, "Clear prompts on frame");
    let (line, keys) = shown(&instance);
    assert_eq!(line, "Tracked 0, 1-4, stale 5-9, keys 0".replace("0, 1-4", "0-4"));
    let values: Vec<i32> = keys.iter().map(|k| k.1).collect();
    assert_eq!(values, [2, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
}

fn press_at(instance: &Instance, button: &str, time: f64, step: &str) {
    instance.push_button(button, time).expect("pressed");
    assert_eq!(instance.steps(), [step], "{button}: {}", said(instance));
}

#[test]
fn tracking_stops_by_the_bar_the_button_and_the_host() {
    let binary = binary(HostProfile::airoto());
    let instance = std::sync::Arc::new(ready(&binary, Scene::plain()));
    instance.cancel_progress_after(3);
    instance.push_button("trackForward", 2.0).expect("pressed");
    // The bar moves within a frame too, where several are computed for it.
    let told = said(&instance);
    let of = (2..=3).find(|n| told.starts_with(&format!("stopped after {n} of 8 frames, ")));
    let last = of.unwrap_or_else(|| panic!("{told}")) + 1;
    assert_eq!(shown(&instance).0, format!("Tracked 2-{last}, keys 2"));
    instance.cancel_progress_after(0);
    // Another thread presses Stop while the frame after next is fetched.
    let other = std::sync::Arc::downgrade(&instance);
    let stop = move |time: i64| {
        if let (6, Some(instance)) = (time, other.upgrade()) {
            let press = move || instance.push_button("trackStop", 6.0).expect("pressed");
            std::thread::spawn(press).join().expect("no panic");
        }
    };
    instance.connect("Source", Some(std::sync::Arc::new(Watched(Scene::plain(), stop)))).expect("connected");
    instance.push_button("trackForward", 5.0).expect("pressed");
    assert!(said(&instance).starts_with("stopped after 1 of 5 frames, "), "{}", said(&instance));
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    instance.set_abort(true);
    instance.push_button("trackForward", 2.0).expect("pressed");
    instance.set_abort(false);
    assert!(instance.progress().is_none(), "no bar is left");
    assert!(instance.faults().is_empty(), "{:?}", instance.faults());
}

#[test]
fn a_host_that_gives_buttons_no_pixels_is_told_the_remedy() {
    struct Closed(std::sync::Arc<Scene>);
    impl airoto::host::ClipSource for Closed {
        fn info(&self) -> airoto::host::ClipInfo {
            self.0.info()
        }
        fn image(&self, _: f64) -> Result<Option<airoto::host::HostImage>, ImageError> {
            Ok(None)
        }
    }
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.connect("Source", Some(std::sync::Arc::new(Closed(Scene::plain())))).expect("connected");
    instance.push_button("trackForward", 2.0).expect("told");
    assert!(said(&instance).contains("render the range instead"), "{}", said(&instance));
    instance.set_param("prompts", "").expect("set");
    instance.push_button("trackForward", 2.0).expect("told");
    assert!(said(&instance).contains("there is nothing to track"), "{}", said(&instance));
}
