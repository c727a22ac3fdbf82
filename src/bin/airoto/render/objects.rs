//! Each object by itself, beside all objects together: files of its own, or a layer of the same files.

use std::collections::BTreeMap;
use std::path::Path;

use airoto::job::prompts::Prompts;

use crate::Failure;

/// Where the object's name stands in the pattern of the output.
const PLACE: &str = "{object}";
/// What stands there for all objects together.
const ALL: &str = "all";

/// Layers that Nuke takes for its own.
const RESERVED: [&str; 4] = ["rgba", "rgb", "alpha", "depth"];

/// The objects of `prompts` by name, each with the name of its layer: letters, digits and underscores, which is
/// what Nuke takes.
pub fn layers(prompts: &Prompts) -> Result<Vec<(String, String)>, Failure> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut layers = Vec::with_capacity(prompts.objects.len());
    for object in &prompts.objects {
        let name = layer_name(&object.name);
        let wrong =
            |what: String| Err(Failure::new(format!("object {:?} {what}: rename the object", object.name)));
        if RESERVED.contains(&name.to_lowercase().as_str()) {
            return wrong(format!("cannot be a layer named {name}, which is a reserved name"));
        }
        if name.len() > LONGEST_LAYER {
            return wrong(format!(
                "has a name of {} letters, expected at most {LONGEST_LAYER} for a layer",
                name.len()
            ));
        }
        if let Some(other) = taken.insert(name.to_lowercase(), &object.name) {
            return wrong(format!("and object {other:?} would be the same layer, named {name}"));
        }
        layers.push((object.name.clone(), name));
    }
    Ok(layers)
}

/// Longest name of a layer: with that of a channel in it, 255 bytes.
const LONGEST_LAYER: usize = 200;

fn layer_name(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.trim().chars().map(kept).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// The pattern of all objects together.
pub fn combined(text: &str) -> String {
    text.replace(PLACE, ALL)
}

/// The objects of `prompts` by name, each with the pattern of its files.
pub fn patterns(text: &str, prompts: &Prompts) -> Result<Vec<(String, String)>, Failure> {
    if !text.contains(PLACE) {
        return Err(Failure::new(format!(
            "the output {text} has no place for the object's name, which separate objects need: write it as {}",
            suggestion(text)
        )));
    }
    let mut taken = BTreeMap::from([(ALL.to_owned(), "the files of all objects together".to_owned())]);
    let mut patterns = Vec::with_capacity(prompts.objects.len());
    for object in &prompts.objects {
        let name = file_name(&object.name);
        if let Some(other) = taken.insert(name.to_lowercase(), format!("object {:?}", object.name)) {
            return Err(Failure::new(format!(
                "object {:?} and {other} would be written to the same files, named {name}: rename the object",
                object.name
            )));
        }
        patterns.push((object.name.clone(), text.replace(PLACE, &name)));
    }
    Ok(patterns)
}

/// A name as a part of a file's name, without what means something to a system or a pattern.
fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_ .".contains(c) { c } else { '_' };
    let name: String = name.trim().chars().map(kept).collect();
    if name.starts_with('.') { name.replacen('.', "_", 1) } else { name }
}

fn suggestion(text: &str) -> String {
    let path = Path::new(text);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{PLACE}.{name}")).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use airoto::job::prompts;

    fn named(names: &[&str]) -> Prompts {
        let objects: Vec<_> = names.iter().map(|n| serde_json::json!({ "name": n, "prompts": [] })).collect();
        prompts::parse(&serde_json::json!({ "objects": objects }).to_string()).expect("prompts")
    }

    #[test]
    fn each_object_has_files_of_its_own() {
        let found = patterns("out/{object}/a.%04d.exr", &named(&["dog", "man's hat/left", "..", "50%d"]));
        let found: Vec<String> = found.expect("patterns").into_iter().map(|p| p.1).collect();
        let expected = ["dog", "man_s hat_left", "_.", "50_d"].map(|n| format!("out/{n}/a.%04d.exr"));
        assert_eq!(found, expected);
        assert_eq!(combined("out/{object}.%04d.exr"), "out/all.%04d.exr");
    }

    #[test]
    fn layers_have_names_that_nuke_takes() {
        let found = layers(&named(&["dog", "man's hat/left", "2nd", "Ä"])).expect("layers");
        let found: Vec<&str> = found.iter().map(|l| l.1.as_str()).collect();
        assert_eq!(found, ["dog", "man_s_hat_left", "_2nd", "_"]);
        let refused = |names: &[&str]| layers(&named(names)).expect_err("refused").to_string();
        assert!(
            refused(&["a b", "A-B"])
                .contains("object \"A-B\" and object \"a b\" would be the same layer, named A_B")
        );
        assert!(refused(&["RGBA"]).contains("cannot be a layer named RGBA"));
        assert!(
            refused(&[&"n".repeat(201)]).contains("a name of 201 letters, expected at most 200 for a layer")
        );
    }

    #[test]
    fn names_that_would_write_over_each_other_are_refused() {
        for names in [&["a/b", "a:b"][..], &["Dog", "dog"], &["All"]] {
            let refused = patterns("{object}.%04d.exr", &named(names)).expect_err("the same files");
            assert!(refused.to_string().contains("the same files"), "{refused}");
        }
        let refused = patterns("out/a.%04d.exr", &named(&["dog"])).expect_err("no place").to_string();
        assert!(refused.ends_with("write it as out/{object}.a.%04d.exr"), "{refused}");
    }
}
