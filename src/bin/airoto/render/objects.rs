//! Each object by itself, beside all objects together: files of its own, or a layer of the same files.

use std::collections::BTreeMap;
use std::path::Path;

use airoto::host::{Instance, RenderCall};
use airoto::io::Channel;
use airoto::job::prompts::Prompts;

use super::output::Output;
use crate::Failure;
use crate::input::InputSequence;
use crate::plugin;

/// Where the object's name stands in the pattern of the output.
const PLACE: &str = "{object}";
/// What stands there for all objects together.
const ALL: &str = "all";

/// An object with an instance of the node that gives its matte alone: the tracks are shared.
pub struct Separate {
    /// The node.
    pub instance: Instance,
    /// Its files.
    pub output: Output,
    /// Its motion blur, where that is written.
    pub vectors: Option<Vectors>,
}

impl Separate {
    /// Renders the object in a frame and writes it.
    pub fn write(
        &self,
        frame: i64,
        tracker: &str,
        footage: &InputSequence,
    ) -> Result<std::path::PathBuf, Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let image = image.map_err(|e| plugin::explain(e, footage))?;
        let vectors = self.vectors.as_ref().map(|v| v.channels(frame, footage)).transpose()?;
        let channels = vectors.into_iter().flatten().collect();
        self.output.write(frame, &image, tracker, channels, &[])
    }
}

/// The length of motion blur as two channels.
pub struct Vectors {
    /// What their names begin with: nothing, or that of a layer and a dot.
    pub prefix: String,
    /// A node that gives them.
    pub instance: Instance,
}

impl Vectors {
    /// How far the object moves while the shutter is open, in pixels to the right and up.
    pub fn channels(&self, frame: i64, footage: &InputSequence) -> Result<[Channel<'static>; 2], Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let rgba = image.map_err(|e| plugin::explain(e, footage))?.to_rgba();
        let plane = |c: usize| rgba.iter().skip(c).step_by(4).copied().collect::<Vec<f32>>();
        let channel = |c, axis| Channel::new(format!("{}blur.{axis}", self.prefix), plane(c));
        Ok([channel(0, "x"), channel(1, "y")])
    }
}

/// An object as a layer of the files of all objects.
pub struct ObjectChannel {
    /// The object.
    pub name: String,
    /// The name of its layer.
    pub channel: String,
    /// A node that gives its matte.
    pub instance: Instance,
}

impl ObjectChannel {
    /// The object's alpha in a frame.
    pub fn channel(&self, frame: i64, footage: &InputSequence) -> Result<Channel<'static>, Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let alpha = image.map_err(|e| plugin::explain(e, footage))?.to_alpha();
        Ok(Channel::new(format!("{}.alpha", self.channel), alpha))
    }
}

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
            return wrong(format!("cannot be a layer named {name}, which has a meaning of its own"));
        }
        if name.len() > LONGEST_LAYER {
            return wrong(format!(
                "has a name of {} letters, a layer has at most {LONGEST_LAYER}",
                name.len()
            ));
        }
        if let Some(other) = taken.insert(name.to_lowercase(), &object.name) {
            return wrong(format!("and object {other:?} would be one layer, named {name}"));
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
                .contains("object \"A-B\" and object \"a b\" would be one layer, named A_B")
        );
        assert!(refused(&["RGBA"]).contains("cannot be a layer named RGBA"));
        assert!(refused(&[&"n".repeat(201)]).contains("a name of 201 letters, a layer has at most 200"));
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
