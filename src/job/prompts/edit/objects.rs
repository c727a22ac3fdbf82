//! Objects of the prompts: added, named, put in order, merged, shown and cleared. Places count from 0.

use serde_json::{Map, Value, json};

use super::{EditError, list, list_mut, no_object, object_mut, prompts_mut};
use crate::job::prompts::{MAX_OBJECTS, colour_of_place};

/// Which prompts of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Those on a frame.
    On(i64),
    /// Those after a frame.
    After(i64),
    /// All.
    All,
}

/// Something that is on or off with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is in no matte.
    Hidden,
    /// Only those that are solo are in any matte.
    Solo,
}

/// How many objects there are.
#[must_use]
pub fn count(document: &Value) -> usize {
    list(document).len()
}

/// The name of the object at `place`; none if there is no such object or it has no name.
#[must_use]
pub fn name(document: &Value, place: usize) -> Option<&str> {
    list(document).get(place)?.get("name")?.as_str()
}

/// Adds an object without prompts to the end, under the first name "Object 1", "Object 2" and so on that is free;
/// gives its place.
///
/// # Errors
/// [`EditError::Full`].
pub fn add(document: &mut Value) -> Result<usize, EditError> {
    let name = free_name(document, (1..).map(numbered));
    let object = json!({ "name": name, "colour": free_colour(document), "prompts": [] });
    insert(document, count(document), object)
}

/// The place of the object that clicks go to: `place`, or where there is none yet that of a new one at the end, which
/// is called by the number that it has and shown in the colour of its place.
///
/// # Errors
/// [`EditError::Full`].
pub fn at_or_new(document: &mut Value, place: usize) -> Result<usize, EditError> {
    let there = count(document);
    if place < there {
        return Ok(place);
    }
    let name = free_name(document, (there + 1..).map(numbered));
    insert(document, there, json!({ "name": name, "prompts": [] }))
}

/// Names an object.
///
/// # Errors
/// [`EditError::BadName`], [`EditError::SameName`] or [`EditError::NoObject`].
pub fn rename(document: &mut Value, place: usize, name: &str) -> Result<(), EditError> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(EditError::BadName(name.to_owned()));
    }
    if list(document).iter().enumerate().any(|(i, o)| i != place && o["name"] == name) {
        return Err(EditError::SameName(name.to_owned()));
    }
    object_mut(document, place)?.insert("name".to_owned(), name.into());
    Ok(())
}

/// Puts a copy of an object behind it, under a name and a colour of its own; gives its place.
///
/// # Errors
/// [`EditError::Full`] or [`EditError::NoObject`].
pub fn duplicate(document: &mut Value, place: usize) -> Result<usize, EditError> {
    let mut copy = object_mut(document, place)?.clone();
    let stem = copy.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let names = std::iter::once(format!("{stem} copy")).chain((2..).map(|i| format!("{stem} copy {i}")));
    let name = free_name(document, names);
    copy.insert("name".to_owned(), name.into());
    copy.insert("colour".to_owned(), free_colour(document));
    insert(document, place + 1, Value::Object(copy))
}

/// Gives the prompts of the object at `from` to the one at `into`, behind its own, and deletes the first; gives the
/// place of what is left of the two.
///
/// # Errors
/// [`EditError::NoObject`], [`EditError::Itself`], or [`EditError::Twice`] when both have a box, a mask or a drawing on
/// one frame.
pub fn merge(document: &mut Value, from: usize, into: usize) -> Result<usize, EditError> {
    if from == into {
        return Err(EditError::Itself(from + 1));
    }
    let given = prompts_mut(document, from)?.clone();
    let prompts = prompts_mut(document, into)?;
    let kinds = |p: &Value| (p.get("frame").and_then(Value::as_i64), once(p));
    for prompt in &given {
        if let (Some(frame), Some(what)) = kinds(prompt)
            && prompts.iter().any(|p| kinds(p) == (Some(frame), Some(what)))
        {
            return Err(EditError::Twice { what, frame });
        }
    }
    prompts.extend(given);
    list_mut(document)?.remove(from);
    Ok(if from < into { into - 1 } else { into })
}

/// What a prompt is of which there can be one on a frame.
fn once(prompt: &Value) -> Option<&'static str> {
    if prompt.get("box").is_some() {
        return Some("a box");
    }
    if prompt.get("drawing").is_some() {
        return Some("a drawing");
    }
    (prompt.get("mask").is_some() || prompt.get("shapes").is_some()).then_some("a mask")
}

/// Deletes an object with its prompts.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn delete(document: &mut Value, place: usize) -> Result<(), EditError> {
    object_mut(document, place)?;
    list_mut(document)?.remove(place);
    Ok(())
}

/// Moves an object by so many places, no further than to an end; gives its place.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn shift(document: &mut Value, place: usize, by: isize) -> Result<usize, EditError> {
    object_mut(document, place)?;
    let objects = list_mut(document)?;
    let to = place.saturating_add_signed(by).min(objects.len() - 1);
    let object = objects.remove(place);
    objects.insert(to, object);
    Ok(to)
}

/// Turns a switch of an object; gives whether it is on now.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn toggle(document: &mut Value, place: usize, switch: Switch) -> Result<bool, EditError> {
    let key = match switch {
        Switch::Hidden => "hidden",
        Switch::Solo => "solo",
    };
    let object = object_mut(document, place)?;
    let on = object.get(key) != Some(&Value::Bool(true));
    if on {
        put(object, key, true.into())
    } else {
        drop(object.shift_remove(key))
    }
    Ok(on)
}

/// Sets what an object has of its own under `key`, or takes it away.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn keep(document: &mut Value, place: usize, key: &str, own: Option<Value>) -> Result<(), EditError> {
    let object = object_mut(document, place)?;
    match own {
        Some(own) => put(object, key, own),
        None => drop(object.shift_remove(key)),
    }
    Ok(())
}

/// Takes prompts of an object away; gives how many.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn clear(document: &mut Value, place: usize, span: Span) -> Result<usize, EditError> {
    let prompts = prompts_mut(document, place)?;
    let before = prompts.len();
    prompts.retain(|prompt| match (span, prompt.get("frame").and_then(Value::as_i64)) {
        (Span::All, _) => false,
        (Span::On(frame), Some(at)) => at != frame,
        (Span::After(frame), Some(at)) => at <= frame,
        (_, None) => true,
    });
    Ok(before - prompts.len())
}

/// The document without the settings of edges; none where no object has any.
#[must_use]
pub fn without_edges(document: &Value) -> Option<Value> {
    if !list(document).iter().any(|object| object.get("edge").is_some()) {
        return None;
    }
    let mut bare = document.clone();
    for object in list_mut(&mut bare).into_iter().flatten().filter_map(Value::as_object_mut) {
        object.shift_remove("edge");
    }
    Some(bare)
}

fn numbered(i: usize) -> String {
    format!("Object {i}")
}

/// The first of `names` that no object has.
fn free_name(document: &Value, mut names: impl Iterator<Item = String>) -> Option<String> {
    names.find(|name| list(document).iter().all(|object| object["name"] != *name))
}

/// The first of the colours of places that no object has, of its own or by its place.
fn free_colour(document: &Value) -> Value {
    let worn: Vec<Value> = list(document)
        .iter()
        .enumerate()
        .map(|(place, object)| object.get("colour").cloned().unwrap_or_else(|| colour(place)))
        .collect();
    let free = (0..=MAX_OBJECTS).map(colour).find(|colour| !worn.contains(colour));
    free.unwrap_or_else(|| colour(worn.len()))
}

/// The colour of a place, to the thousandth.
fn colour(place: usize) -> Value {
    let written = |v: f32| (f64::from(v) * 1000.0).round() / 1000.0;
    json!(colour_of_place(place).map(written))
}

/// Puts a value under a key: where it was, else before the prompts, which may be many.
fn put(object: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some(there) = object.get_mut(key) {
        *there = value;
        return;
    }
    let prompts = object.keys().position(|k| k == "prompts").unwrap_or(object.len());
    object.shift_insert(prompts, key.to_owned(), value);
}

fn insert(document: &mut Value, place: usize, object: Value) -> Result<usize, EditError> {
    let objects = list_mut(document)?;
    if objects.len() >= MAX_OBJECTS {
        return Err(EditError::Full);
    }
    if place > objects.len() {
        return Err(no_object(place, objects.len()));
    }
    objects.insert(place, object);
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::super::{open, text};
    use super::*;
    use crate::job::prompts;

    const TWO: &str = r#"{"version":2,"objects":[{"name":"dog","note":"brown","prompts":[{"frame":4,"by":"me","box":[1,2,9,8]},{"frame":9,"point":[3,3]}]},{"prompts":[{"frame":4,"point":[5,5]}],"name":"cat"}]}"#;

    fn edited(edit: impl FnOnce(&mut Value)) -> String {
        let mut document = open(TWO).expect("readable");
        edit(&mut document);
        text(&document)
    }

    fn names(document: &Value) -> Vec<&str> {
        (0..count(document)).filter_map(|i| name(document, i)).collect()
    }

    #[test]
    fn what_is_not_known_stays_where_it_is() {
        assert_eq!(edited(|_| {}), TWO);
        let renamed = edited(|d| rename(d, 0, " hound ").expect("renamed"));
        assert_eq!(renamed, TWO.replace("dog", "hound"));
        let hidden = edited(|d| assert_eq!(toggle(d, 0, Switch::Hidden), Ok(true)));
        assert_eq!(hidden, TWO.replace(r#""brown","#, r#""brown","hidden":true,"#));
        let twice = edited(|d| {
            assert_eq!(toggle(d, 1, Switch::Solo), Ok(true));
            assert_eq!(toggle(d, 1, Switch::Solo), Ok(false));
        });
        assert_eq!(twice, TWO);
        let cleared = edited(|d| assert_eq!(clear(d, 0, Span::After(4)), Ok(1)));
        assert_eq!(cleared, TWO.replace(r#",{"frame":9,"point":[3,3]}"#, ""));
    }

    #[test]
    fn objects_are_added_under_names_and_colours_of_their_own_up_to_sixteen() {
        let mut document = open("  ").expect("empty");
        assert_eq!(text(&document), "");
        for i in 0..MAX_OBJECTS {
            assert_eq!(add(&mut document), Ok(i));
        }
        assert_eq!(names(&document)[..2], ["Object 1", "Object 2"]);
        assert_eq!(
            (add(&mut document), duplicate(&mut document, 0)),
            (Err(EditError::Full), Err(EditError::Full))
        );
        delete(&mut document, 1).expect("deleted");
        let gone = document["objects"][0]["colour"].clone();
        assert_eq!(add(&mut document), Ok(15));
        assert_eq!(name(&document, 15), Some("Object 2"), "the first name that is free");
        assert_ne!(document["objects"][15]["colour"], gone);
        let parsed = prompts::parse(&text(&document)).expect("what the engine reads");
        let mut colours: Vec<_> = (0..16).map(|i| parsed.colour(i).map(|v| (v * 1000.0) as i32)).collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), 16);
    }

    #[test]
    fn clicks_make_an_object_where_there_is_none_yet() {
        let mut document = open(TWO).expect("readable");
        assert_eq!((at_or_new(&mut document, 1), count(&document)), (Ok(1), 2));
        assert_eq!(at_or_new(&mut document, 9), Ok(2));
        assert_eq!(document["objects"][2], json!({ "name": "Object 3", "prompts": [] }));
        let mut document = open(r#"{"objects":[{"name":"Object 2","prompts":[]}]}"#).expect("readable");
        assert_eq!((at_or_new(&mut document, 1), name(&document, 1)), (Ok(1), Some("Object 3")));
        while count(&document) < MAX_OBJECTS {
            add(&mut document).expect("room");
        }
        assert_eq!(at_or_new(&mut document, MAX_OBJECTS), Err(EditError::Full));
    }

    #[test]
    fn a_copy_has_all_but_name_and_colour() {
        let mut document = open(TWO).expect("readable");
        assert_eq!((duplicate(&mut document, 0), duplicate(&mut document, 0)), (Ok(1), Ok(1)));
        assert_eq!(names(&document), ["dog", "dog copy 2", "dog copy", "cat"]);
        assert_eq!(document["objects"][1]["prompts"], document["objects"][0]["prompts"]);
        assert_eq!(document["objects"][1]["note"], "brown");
    }

    #[test]
    fn merging_moves_prompts_to_the_end_and_order_counts() {
        let mut document = open(TWO).expect("readable");
        assert_eq!(merge(&mut document, 0, 1), Ok(0));
        assert_eq!(names(&document), ["cat"]);
        let frames: Vec<_> = document["objects"][0]["prompts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| p["frame"].clone())
            .collect();
        assert_eq!(frames, [4, 4, 9]);
        let mut document = open(TWO).expect("readable");
        assert_eq!(merge(&mut document, 1, 0), Ok(0));
        assert_eq!(merge(&mut document, 0, 0), Err(EditError::Itself(1)));
        let mut document = open(TWO).expect("readable");
        duplicate(&mut document, 0).expect("copied");
        assert_eq!(merge(&mut document, 1, 0), Err(EditError::Twice { what: "a box", frame: 4 }));
        assert_eq!(count(&document), 3, "what fails changes nothing");
        assert_eq!(shift(&mut document, 0, 5), Ok(2));
        assert_eq!(names(&document), ["dog copy", "cat", "dog"]);
        assert_eq!(shift(&mut document, 2, -1), Ok(1));
        assert_eq!(shift(&mut document, 0, -1), Ok(0));
    }

    #[test]
    fn what_cannot_be_done_is_told() {
        let mut document = open(TWO).expect("readable");
        let said = |e: Result<(), EditError>| e.expect_err("refused").to_string();
        assert!(said(rename(&mut document, 0, "cat")).contains("another object is called \"cat\""));
        assert!(said(rename(&mut document, 0, "\t")).contains("cannot be called"));
        assert!(said(delete(&mut document, 2)).contains("there is no object 3: the prompts have 2"));
        assert!(said(open("[]").map(drop)).contains("there is no list of objects"));
        assert!(
            said(open(r#"{"objects":[{"name":"a"}]}"#).map(drop)).contains("object 1 has no name or no list")
        );
        assert!(said(open("{").map(drop)).contains("the prompts cannot be edited: EOF"));
        assert_eq!(clear(&mut document, 1, Span::On(5)), Ok(0));
        assert_eq!(clear(&mut document, 1, Span::On(4)), Ok(1));
        assert_eq!(clear(&mut document, 0, Span::All), Ok(2));
        assert!(
            prompts::parse(&text(&open(r#"{"objects":[{"name":"a","prompts":[]}]}"#).expect("readable")))
                .is_ok()
        );
    }
}
