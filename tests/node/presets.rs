//! Presets: applied, saved and loaded by their buttons.

use airoto::host::{Context, HostProfile, Instance, Value};

use super::stage::*;

fn value(instance: &Instance, id: &str) -> Value {
    instance.param(id).expect(id)
}

#[test]
fn a_preset_sets_tracker_and_edge_and_nothing_of_the_shot() {
    let binary = binary(HostProfile::airoto());
    let instance = instance(&binary, Context::Filter);
    instance.push_button("presetApply", 0.0).expect("pressed");
    assert!(said(&instance).contains("choose a preset"), "{}", said(&instance));
    instance.set_param("prompts", prompts(2)).expect("prompts");
    instance.set_param("object", "square").expect("object");
    instance.set_param("inputColour", "srgb").expect("colour");
    instance.set_param("edgeGrow", 4.0).expect("grow");
    instance.set_param("preset", "hair").expect("preset");
    instance.push_button("presetApply", 0.0).expect("pressed");
    assert!(said(&instance).contains("preset \"Hair\": 4 settings"), "{}", said(&instance));
    let set = [("edgeQuality", Value::Int(1)), ("edgeHair", 3.0.into()), ("edgeStability", 0.5.into())];
    for (id, expected) in set.into_iter().chain([("edgeColours", true.into()), ("edgeGrow", 0.0.into())]) {
        assert_eq!(value(&instance, id), expected, "{id}");
    }
    // The next one leaves nothing of the last.
    instance.set_param("preset", "lowMemory").expect("preset");
    instance.push_button("presetApply", 0.0).expect("pressed");
    assert_eq!((value(&instance, "edgeQuality"), value(&instance, "tracker")), (0.into(), "flow".into()));
    assert_eq!((value(&instance, "object"), value(&instance, "inputColour")), ("square".into(), 1.into()));
    assert_eq!(value(&instance, "prompts"), prompts(2).into());
    assert_eq!(instance.faults(), Vec::<String>::new());
}

#[test]
fn a_saved_preset_makes_another_shot_look_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine");
    let binary = binary(HostProfile::airoto());
    let first = instance(&binary, Context::Filter);
    first.push_button("presetSave", 0.0).expect("pressed");
    assert!(said(&first).contains("Preset file is empty"), "{}", said(&first));
    first.set_param("presetFile", file.to_string_lossy().as_ref()).expect("path");
    for (id, value) in [("edgeQuality", Value::Int(1)), ("edgeSoftness", 2.5.into()), ("view", 2.into())] {
        first.set_param(id, value).expect(id);
    }
    first.set_param("viewColour", Value::Doubles(vec![0.0, 1.0, 0.25])).expect("colour");
    first.set_param("prompts", prompts(2)).expect("prompts");
    first.push_button("presetSave", 0.0).expect("pressed");
    let path = file.with_extension("json");
    let text = std::fs::read_to_string(&path).expect("written");
    assert!(text.contains("\"fast\"") && !text.contains("prompts") && !text.contains("square"), "{text}");

    let second = instance(&binary, Context::General);
    second.set_param("presetFile", file.to_string_lossy().as_ref()).expect("path");
    second.push_button("presetLoad", 0.0).expect("pressed");
    for id in ["edgeQuality", "edgeSoftness", "view", "viewColour", "tracker"] {
        assert_eq!(value(&second, id), value(&first, id), "{id}");
    }
    assert_eq!(value(&second, "prompts"), "".into());
    // What the file has beyond that is told and skipped.
    let more = text.replace("\"edgeQuality\"", "\"hairiness\": 3, \"prompts\": \"{}\", \"edgeQuality\"");
    std::fs::write(&path, more).expect("written");
    second.push_button("presetLoad", 0.0).expect("pressed");
    assert!(said(&second).contains("skipped: \"hairiness\", \"prompts\""), "{}", said(&second));
    assert_eq!(value(&second, "prompts"), "".into());
    // A file that is no preset is neither read nor written over.
    std::fs::write(&path, "{ not json").expect("written");
    for button in ["presetLoad", "presetSave"] {
        second.push_button(button, 0.0).expect("pressed");
        assert!(said(&second).contains("not JSON"), "{}", said(&second));
    }
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "{ not json");
    assert_eq!(second.faults(), Vec::<String>::new());
}
