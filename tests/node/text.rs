//! The buttons that make a prompt of words.

use airoto::host::{HostProfile, Instance, Value};

use super::stage::*;

fn set(instance: &Instance, id: &str, value: impl Into<Value>) {
    instance.set_param(id, value).expect("a parameter");
}

#[test]
fn a_candidate_becomes_the_box_of_the_active_object() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    set(&instance, "prompts", "");
    instance.push_button("textApply", 2.0).expect("pressed");
    assert!(said(&instance).contains("there are no candidates yet"), "{}", said(&instance));
    let (left, top) = square(2);
    let listed = format!(
        "frame 2\n1  0.91  {left}.0 {top}.0 {}.0 {}.0  the square\n2  0.40  1.0 2.0 9.0 8.0  the square",
        left + 24,
        top + 24
    );
    set(&instance, "textFound", listed.as_str());
    let _ = instance.steps();
    instance.push_button("textApply", 5.0).expect("pressed");
    assert_eq!(instance.steps(), ["Use candidate"]);
    assert!(overlap(&alpha(&instance, 6), 6) > 0.9, "{}", text(&instance, "prompts"));
    let first = text(&instance, "prompts");
    set(&instance, "textChoice", 2);
    instance.push_button("textApply", 5.0).expect("pressed");
    assert!(text(&instance, "prompts").contains("[1.0,2.0,9.0,8.0]"), "{}", text(&instance, "prompts"));
    assert_eq!(instance.undo().expect("undone").as_deref(), Some("Use candidate"));
    assert_eq!(text(&instance, "prompts"), first);
    set(&instance, "textChoice", 3);
    instance.push_button("textApply", 5.0).expect("pressed");
    assert!(
        said(&instance).contains("the candidate is 3, expected 1 to 2 on frame 2"),
        "{}",
        said(&instance)
    );
    assert_eq!(text(&instance, "prompts"), first);
}

#[test]
fn what_is_missing_is_said() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.push_button("textFind", 2.0).expect("pressed");
    assert!(said(&instance).contains("there is no text to search for"), "{}", said(&instance));
    set(&instance, "textPhrase", "a square");
    set(&instance, "textModel", "there is no such model");
    instance.push_button("textFind", 2.0).expect("pressed");
    assert!(said(&instance).contains("there is no such model"), "{}", said(&instance));
    instance.push_button("textFind", 99.0).expect("pressed");
    assert!(said(&instance).contains("no image of Source at frame 99"), "{}", said(&instance));
}
