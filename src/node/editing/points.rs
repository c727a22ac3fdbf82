//! Points and boxes: adding, moving and deleting them.

use serde_json::{Map, Value, json};

use crate::raster::{PixelBox, PixelPoint};
use crate::worker::prompts;

/// The prompts as a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Value);

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

impl Document {
    /// Reads what the parameter holds; nothing but white space is no objects.
    ///
    /// # Errors
    /// A sentence when it is none that the engine reads: it is the artist's, and is not written over.
    pub fn parse(text: &str) -> Result<Self, String> {
        prompts::parse(text).map_err(|e| e.to_string())?;
        if text.trim().is_empty() {
            return Ok(Self(json!({ "objects": [] })));
        }
        serde_json::from_str(text).map(Self).map_err(|e| format!("the prompts cannot be read: {e}"))
    }

    /// What the parameter is to hold.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    fn objects(&self) -> &[Value] {
        self.0["objects"].as_array().map_or(&[], Vec::as_slice)
    }

    /// How many objects there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.objects().len()
    }

    /// The prompts of an object, to be changed.
    fn prompts_mut(&mut self, object: usize) -> Option<&mut Vec<Value>> {
        self.0.get_mut("objects")?.get_mut(object)?.get_mut("prompts")?.as_array_mut()
    }

    /// The object of that index; where there is none yet, a new one at the end. Gives its index, none where
    /// there are as many as a node tracks.
    pub fn object_or_new(&mut self, index: usize) -> Option<usize> {
        if index < self.count() {
            return Some(index);
        }
        if self.count() >= prompts::MAX_OBJECTS {
            return None;
        }
        let names: Vec<&str> = self.objects().iter().filter_map(|o| o["name"].as_str()).collect();
        let name =
            (self.count() + 1..).map(|n| format!("Object {n}")).find(|n| !names.contains(&n.as_str()))?;
        self.0.get_mut("objects")?.as_array_mut()?.push(json!({ "name": name, "prompts": [] }));
        Some(self.count() - 1)
    }

    /// All clicks and boxes, in their order.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        let mut all = Vec::new();
        for (object, value) in self.objects().iter().enumerate() {
            for (prompt, value) in value["prompts"].as_array().into_iter().flatten().enumerate() {
                let (Some(frame), Some(mark)) = (value["frame"].as_i64(), mark(value)) else { continue };
                all.push(Seen { object, prompt, frame, mark });
            }
        }
        all
    }

    /// Where a handle is.
    #[must_use]
    pub fn place(&self, handle: Handle) -> Option<PixelPoint> {
        match (mark(self.objects().get(handle.object)?["prompts"].get(handle.prompt)?)?, handle.corner) {
            (Mark::Point(at, _), None) => Some(at),
            (Mark::Box(b), Some(corner)) => corners(&b).get(corner).copied(),
            _ => None,
        }
    }

    /// Adds a click at the end of the object's prompts: it corrects what those before it give.
    pub fn add_point(&mut self, object: usize, frame: i64, at: PixelPoint, positive: bool) -> Option<Handle> {
        let label = if positive { "positive" } else { "negative" };
        let prompts = self.prompts_mut(object)?;
        prompts.push(json!({ "frame": frame, "point": [tidy(at.x), tidy(at.y)], "label": label }));
        Some(Handle { object, prompt: prompts.len() - 1, corner: None })
    }

    /// Draws the object's box on a frame, in the place of one that is there.
    pub fn set_box(&mut self, object: usize, frame: i64, b: PixelBox) -> Option<Handle> {
        let corners = json!([tidy(b.x0), tidy(b.y0), tidy(b.x1), tidy(b.y1)]);
        let prompts = self.prompts_mut(object)?;
        let there = prompts.iter().position(|p| p["frame"] == frame && p.get("box").is_some());
        let prompt = match there {
            Some(prompt) => {
                prompts[prompt]["box"] = corners;
                prompt
            }
            None => {
                // Clicks correct a box, so it stands before those of its frame.
                let first = prompts.iter().position(|p| p["frame"] == frame).unwrap_or(prompts.len());
                prompts.insert(first, json!({ "frame": frame, "box": corners }));
                first
            }
        };
        Some(Handle { object, prompt, corner: Some(2) })
    }

    /// Moves a click, or a corner of a box whose opposite corner stays. Gives the handle of what was moved: a corner
    /// that passes another takes its place.
    pub fn move_to(&mut self, handle: Handle, at: PixelPoint) -> Option<Handle> {
        let found = mark(self.objects().get(handle.object)?["prompts"].get(handle.prompt)?)?;
        let prompt = self.prompts_mut(handle.object)?.get_mut(handle.prompt)?;
        match (found, handle.corner) {
            (Mark::Point(..), None) => {
                prompt["point"] = json!([tidy(at.x), tidy(at.y)]);
                Some(handle)
            }
            (Mark::Box(b), Some(corner)) => {
                let opposite = corners(&b)[(corner + 2) % 4];
                let b = PixelBox::from_corners(opposite, at);
                prompt["box"] = json!([tidy(b.x0), tidy(b.y0), tidy(b.x1), tidy(b.y1)]);
                let moved = corners(&b).iter().position(|c| *c == at);
                Some(Handle { corner: Some(moved.unwrap_or(corner)), ..handle })
            }
            _ => None,
        }
    }

    /// Takes the prompt of a handle away; says whether there was one.
    pub fn delete(&mut self, handle: Handle) -> bool {
        let Some(prompts) = self.prompts_mut(handle.object) else { return false };
        let there = handle.prompt < prompts.len();
        if there {
            prompts.remove(handle.prompt);
        }
        there
    }

    /// A member of an object, where it has it.
    #[must_use]
    pub fn member(&self, object: usize, key: &str) -> Option<&Value> {
        self.objects().get(object).and_then(Value::as_object).and_then(|o: &Map<String, Value>| o.get(key))
    }
}

/// Hundredths of a pixel are as fine as anybody points.
fn tidy(v: f64) -> f64 {
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
    use super::*;

    fn at(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    #[test]
    fn clicks_and_boxes_are_what_the_engine_reads() {
        let mut document = Document::parse("").expect("nothing");
        let object = document.object_or_new(0).expect("room");
        document.add_point(object, 3, at(10.123_456, 20.0), true);
        document.add_point(object, 3, at(12.0, 22.0), false);
        document.set_box(object, 3, PixelBox { x0: 1.0, y0: 2.0, x1: 30.0, y1: 40.0 });
        let second = document.object_or_new(5).expect("room");
        assert_eq!(second, 1);
        document.add_point(second, 7, at(5.0, 5.0), true);
        let parsed = prompts::parse(&document.text()).expect("what the engine reads");
        assert_eq!(parsed.frames(), [3, 7]);
        assert_eq!(
            parsed.objects.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(),
            ["Object 1", "Object 2"]
        );
        let kinds: Vec<_> = parsed.objects[0].prompts.iter().map(|p| &p.kind).collect();
        assert!(
            matches!(kinds[0], prompts::PromptKind::Box(_)),
            "a box stands before the clicks that correct it"
        );
        assert_eq!(document.seen().len(), 4);
        let Mark::Point(first, true) = document.seen()[1].mark else { panic!("a click") };
        assert_eq!(first, at(10.12, 20.0));
    }

    #[test]
    fn a_second_box_takes_the_place_of_the_first() {
        let mut document = Document::parse("").expect("nothing");
        document.object_or_new(0);
        let handle = document.set_box(0, 1, PixelBox { x0: 1.0, y0: 1.0, x1: 9.0, y1: 9.0 }).expect("drawn");
        document.set_box(0, 1, PixelBox { x0: 2.0, y0: 2.0, x1: 8.0, y1: 8.0 });
        assert_eq!(document.seen().len(), 1);
        // The corner at the bottom right goes over to the other side of the top left one.
        let moved = document.move_to(handle, at(0.0, 1.0)).expect("moved");
        assert_eq!((moved.corner, document.place(moved)), (Some(0), Some(at(0.0, 1.0))));
        assert!(document.delete(moved) && !document.delete(moved) && document.seen().is_empty());
    }

    #[test]
    fn what_is_not_known_stays() {
        let text = r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"mask":"m.png"}]}]}"#;
        let mut document = Document::parse(text).expect("prompts");
        assert!(document.seen().is_empty());
        let handle = document.add_point(0, 0, at(1.0, 2.0), true).expect("added");
        assert!(document.delete(handle));
        assert_eq!(Document::parse(text), Ok(document));
        assert!(Document::parse("{\"objects\":3}").is_err() && Document::parse("no JSON").is_err());
    }

    #[test]
    fn there_are_no_more_objects_than_a_node_tracks() {
        let mut document = Document::parse("").expect("nothing");
        for n in 0..prompts::MAX_OBJECTS {
            assert_eq!(document.object_or_new(n), Some(n));
        }
        assert_eq!(document.object_or_new(prompts::MAX_OBJECTS), None);
        for wild in [(99, 0), (0, 99)] {
            let handle = Handle { object: wild.0, prompt: wild.1, corner: None };
            assert!(document.place(handle).is_none() && document.move_to(handle, at(0.0, 0.0)).is_none());
            assert!(!document.delete(handle));
        }
    }
}
