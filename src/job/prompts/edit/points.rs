//! Points and boxes: adding, moving and deleting them.

use serde_json::{Value, json};

use super::{EditError, list, prompts_mut};
use crate::raster::{PixelBox, PixelPoint};

/// A point that can be taken and moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    /// Index of the object.
    pub object: usize,
    /// Index among the prompts of the object.
    pub prompt: usize,
    /// None for a click; of a box which corner: 0 at the top left and on clockwise.
    pub corner: Option<usize>,
}

/// A prompt that can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Index of the object.
    pub object: usize,
    /// Index among its prompts.
    pub prompt: usize,
    /// Its frame.
    pub frame: i64,
    /// What it is.
    pub mark: Mark,
}

/// What is seen of a prompt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mark {
    /// A click, and whether it is on the object.
    Point(PixelPoint, bool),
    /// A box.
    Box(PixelBox),
}

/// The corners of a box, clockwise from the top left.
#[must_use]
pub fn corners(b: &PixelBox) -> [PixelPoint; 4] {
    let at = |x, y| PixelPoint { x, y };
    [at(b.x0, b.y0), at(b.x1, b.y0), at(b.x1, b.y1), at(b.x0, b.y1)]
}

/// All clicks and boxes, in their order.
#[must_use]
pub fn seen(document: &Value) -> Vec<Seen> {
    let mut all = Vec::new();
    for (object, value) in list(document).iter().enumerate() {
        for (prompt, value) in value["prompts"].as_array().into_iter().flatten().enumerate() {
            let (Some(frame), Some(mark)) = (value["frame"].as_i64(), mark(value)) else { continue };
            all.push(Seen { object, prompt, frame, mark });
        }
    }
    all
}

/// What a handle belongs to.
fn found(document: &Value, handle: Handle) -> Option<Mark> {
    mark(list(document).get(handle.object)?["prompts"].get(handle.prompt)?)
}

/// Where a handle is.
#[must_use]
pub fn place(document: &Value, handle: Handle) -> Option<PixelPoint> {
    match (found(document, handle)?, handle.corner) {
        (Mark::Point(at, _), None) => Some(at),
        (Mark::Box(b), Some(corner)) => corners(&b).get(corner).copied(),
        _ => None,
    }
}

/// Adds a click at the end of the object's prompts: it corrects what those before it give.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn add_point(
    document: &mut Value,
    object: usize,
    frame: i64,
    at: PixelPoint,
    positive: bool,
) -> Result<Handle, EditError> {
    let label = if positive { "positive" } else { "negative" };
    let prompts = prompts_mut(document, object)?;
    prompts.push(json!({ "frame": frame, "point": [tidy(at.x), tidy(at.y)], "label": label }));
    Ok(Handle { object, prompt: prompts.len() - 1, corner: None })
}

/// Draws the object's box on a frame, in the place of one that is there.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn set_box(document: &mut Value, object: usize, frame: i64, b: PixelBox) -> Result<Handle, EditError> {
    let prompts = prompts_mut(document, object)?;
    let there = prompts.iter().position(|p| p["frame"] == frame && p.get("box").is_some());
    let prompt = match there {
        Some(prompt) => {
            prompts[prompt]["box"] = written(&b);
            prompt
        }
        None => {
            // Clicks correct a box, so it stands before those of its frame.
            let first = prompts.iter().position(|p| p["frame"] == frame).unwrap_or(prompts.len());
            prompts.insert(first, json!({ "frame": frame, "box": written(&b) }));
            first
        }
    };
    Ok(Handle { object, prompt, corner: Some(2) })
}

/// Moves a click, or a corner of a box whose opposite corner stays. Gives the handle of what was moved: a corner
/// that passes another takes its place. None where the handle is of nothing.
pub fn move_to(document: &mut Value, handle: Handle, at: PixelPoint) -> Option<Handle> {
    let found = found(document, handle)?;
    let prompt = prompts_mut(document, handle.object).ok()?.get_mut(handle.prompt)?;
    match (found, handle.corner) {
        (Mark::Point(..), None) => {
            prompt["point"] = json!([tidy(at.x), tidy(at.y)]);
            Some(handle)
        }
        (Mark::Box(b), Some(corner)) => {
            let b = PixelBox::from_corners(corners(&b)[(corner + 2) % 4], at);
            prompt["box"] = written(&b);
            let moved = corners(&b).iter().position(|c| *c == at);
            Some(Handle { corner: Some(moved.unwrap_or(corner)), ..handle })
        }
        _ => None,
    }
}

/// Takes the prompt of a handle away; says whether there was one.
pub fn delete(document: &mut Value, handle: Handle) -> bool {
    let Ok(prompts) = prompts_mut(document, handle.object) else { return false };
    let there = handle.prompt < prompts.len();
    if there {
        prompts.remove(handle.prompt);
    }
    there
}

/// A box as the prompts have it.
fn written(b: &PixelBox) -> Value {
    json!([tidy(b.x0), tidy(b.y0), tidy(b.x1), tidy(b.y1)])
}

/// Hundredths of a pixel are as fine as anybody points.
pub(super) fn tidy(v: f64) -> f64 {
    (v * 100.0).round() / 100.0
}

fn mark(prompt: &Value) -> Option<Mark> {
    let numbers =
        |key: &str| -> Option<Vec<f64>> { prompt.get(key)?.as_array()?.iter().map(Value::as_f64).collect() };
    if let Some(at) = numbers("point") {
        let [x, y] = at[..] else { return None };
        return Some(Mark::Point(PixelPoint { x, y }, prompt["label"] != "negative"));
    }
    let [x0, y0, x1, y1] = numbers("box")?[..] else { return None };
    let (a, b) = (PixelPoint { x: x0, y: y0 }, PixelPoint { x: x1, y: y1 });
    Some(Mark::Box(PixelBox::from_corners(a, b)))
}

#[cfg(test)]
mod tests {
    use super::super::objects::at_or_new;
    use super::super::{open, text};
    use super::*;
    use crate::job::prompts;

    fn at(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    fn empty() -> Value {
        open("").expect("nothing")
    }

    #[test]
    fn clicks_and_boxes_are_what_the_engine_reads() {
        let document = &mut empty();
        let object = at_or_new(document, 0).expect("room");
        add_point(document, object, 3, at(10.123_456, 20.0), true).expect("added");
        add_point(document, object, 3, at(12.0, 22.0), false).expect("added");
        set_box(document, object, 3, PixelBox { x0: 1.0, y0: 2.0, x1: 30.0, y1: 40.0 }).expect("drawn");
        let second = at_or_new(document, 5).expect("room");
        assert_eq!(second, 1);
        add_point(document, second, 7, at(5.0, 5.0), true).expect("added");
        let parsed = prompts::parse(&text(document)).expect("what the engine reads");
        assert_eq!(parsed.frames(), [3, 7]);
        let kinds: Vec<_> = parsed.objects[0].prompts.iter().map(|p| &p.kind).collect();
        assert!(
            matches!(kinds[0], prompts::PromptKind::Box(_)),
            "a box stands before the clicks that correct it"
        );
        assert_eq!(seen(document).len(), 4);
        let Mark::Point(first, true) = seen(document)[1].mark else { panic!("a click") };
        assert_eq!(first, at(10.12, 20.0));
    }

    #[test]
    fn a_second_box_takes_the_place_of_the_first() {
        let document = &mut empty();
        at_or_new(document, 0).expect("room");
        let first = PixelBox { x0: 1.0, y0: 1.0, x1: 9.0, y1: 9.0 };
        let handle = set_box(document, 0, 1, first).expect("drawn");
        set_box(document, 0, 1, PixelBox { x0: 2.0, y0: 2.0, x1: 8.0, y1: 8.0 }).expect("drawn");
        assert_eq!(seen(document).len(), 1);
        // The corner at the bottom right goes over to the other side of the top left one.
        let moved = move_to(document, handle, at(0.0, 1.0)).expect("moved");
        assert_eq!((moved.corner, place(document, moved)), (Some(0), Some(at(0.0, 1.0))));
        assert!(delete(document, moved) && !delete(document, moved) && seen(document).is_empty());
    }

    #[test]
    fn what_is_not_known_stays() {
        let before = r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"mask":"m.png"}]}]}"#;
        let mut document = open(before).expect("prompts");
        assert!(seen(&document).is_empty());
        let handle = add_point(&mut document, 0, 0, at(1.0, 2.0), true).expect("added");
        assert!(delete(&mut document, handle));
        assert_eq!(text(&document), before);
    }

    #[test]
    fn handles_of_nothing_do_nothing() {
        let document = &mut empty();
        at_or_new(document, 0).expect("room");
        for wild in [(99, 0), (0, 99)] {
            let handle = Handle { object: wild.0, prompt: wild.1, corner: None };
            assert!(place(document, handle).is_none() && move_to(document, handle, at(0.0, 0.0)).is_none());
            assert!(!delete(document, handle));
        }
        let refused = Err(EditError::NoObject { place: 2, count: "one".to_owned() });
        assert_eq!(add_point(document, 1, 0, at(0.0, 0.0), true), refused);
    }
}
