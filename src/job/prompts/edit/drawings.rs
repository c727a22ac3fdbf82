//! Drawings: strokes that are added to them and taken away.

use serde_json::{Value, json};

use super::points::{Handle, tidy};
use super::{EditError, list, prompts_mut};
use crate::job::prompts::{Stroke, StrokePath};
use crate::raster::PixelPoint;

/// A stroke that can be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenStroke {
    /// Index of the object.
    pub object: usize,
    /// Index among its prompts.
    pub prompt: usize,
    /// The stroke.
    pub stroke: Stroke,
}

/// The strokes of all drawings on a frame, in their order.
#[must_use]
pub fn seen(document: &Value, frame: i64) -> Vec<SeenStroke> {
    let mut all = Vec::new();
    for (object, value) in list(document).iter().enumerate() {
        for (prompt, value) in value["prompts"].as_array().into_iter().flatten().enumerate() {
            if value["frame"].as_i64() != Some(frame) {
                continue;
            }
            let strokes = value["drawing"].as_array().into_iter().flatten().filter_map(read);
            all.extend(strokes.map(|stroke| SeenStroke { object, prompt, stroke }));
        }
    }
    all
}

/// Adds a stroke to the object's drawing on a frame, over those that are there; a new drawing stands at the end of the
/// object's prompts.
///
/// # Errors
/// [`EditError::NoObject`].
pub fn add(document: &mut Value, object: usize, frame: i64, stroke: &Stroke) -> Result<Handle, EditError> {
    let prompts = prompts_mut(document, object)?;
    let there = prompts.iter().position(|p| p["frame"] == frame && p["drawing"].is_array());
    let prompt = there.unwrap_or(prompts.len());
    if there.is_none() {
        prompts.push(json!({ "frame": frame, "drawing": [] }));
    }
    if let Some(strokes) = prompts[prompt]["drawing"].as_array_mut() {
        strokes.push(written(stroke));
    }
    Ok(Handle { object, prompt, corner: None })
}

/// Takes the last stroke of a drawing away, and the drawing with its last; says whether there was one.
pub fn take_last(document: &mut Value, handle: Handle) -> bool {
    let Ok(prompts) = prompts_mut(document, handle.object) else { return false };
    let Some(strokes) = prompts.get_mut(handle.prompt).and_then(|p| p.get_mut("drawing")?.as_array_mut())
    else {
        return false;
    };
    let taken = strokes.pop().is_some();
    if strokes.is_empty() {
        prompts.remove(handle.prompt);
    }
    taken
}

/// A stroke as the prompts have it.
fn written(stroke: &Stroke) -> Value {
    let key = if stroke.adds { "add" } else { "subtract" };
    let points: Vec<[f64; 2]> = stroke.points().iter().map(|p| [tidy(p.x), tidy(p.y)]).collect();
    match stroke.path {
        StrokePath::Area(_) => json!({ key: points }),
        StrokePath::Brush { radius, .. } => json!({ key: points, "radius": tidy(radius) }),
    }
}

/// A stroke of the prompts.
fn read(value: &Value) -> Option<Stroke> {
    let adds = value.get("add").is_some();
    let line = value.get(if adds { "add" } else { "subtract" })?.as_array()?;
    let point = |p: &Value| Some(PixelPoint { x: p.get(0)?.as_f64()?, y: p.get(1)?.as_f64()? });
    let points = line.iter().map(point).collect::<Option<Vec<_>>>()?;
    let path = match value.get("radius") {
        Some(radius) => StrokePath::Brush { points, radius: radius.as_f64()? },
        None => StrokePath::Area(points),
    };
    Some(Stroke { adds, path })
}

#[cfg(test)]
mod tests {
    use super::super::{open, text};
    use super::*;
    use crate::job::prompts;

    fn area(adds: bool) -> Stroke {
        let points = [(1.0, 2.0), (30.123_456, 2.0), (30.0, 20.0)].map(|(x, y)| PixelPoint { x, y });
        Stroke { adds, path: StrokePath::Area(points.to_vec()) }
    }

    #[test]
    fn strokes_are_what_the_engine_reads_and_go_one_by_one() {
        let before = r#"{"objects":[{"name":"dog","prompts":[{"frame":0,"mask":"m.png"}]}]}"#;
        let mut document = open(before).expect("prompts");
        let brush = StrokePath::Brush { points: vec![PixelPoint { x: 4.0, y: 5.0 }], radius: 2.5 };
        let brush = Stroke { adds: false, path: brush };
        let handle = add(&mut document, 0, 3, &area(true)).expect("added");
        assert_eq!(add(&mut document, 0, 3, &brush), Ok(handle), "one drawing on a frame");
        add(&mut document, 0, 4, &area(true)).expect("added");
        let parsed = prompts::parse(&text(&document)).expect("what the engine reads");
        let prompts::PromptKind::Drawing(strokes) = &parsed.objects[0].prompts[1].kind else {
            panic!("a drawing")
        };
        assert_eq!((strokes.len(), &strokes[1]), (2, &brush));
        assert_eq!(strokes[0].points()[1].x, 30.12);
        let found = seen(&document, 3);
        assert_eq!(found.iter().map(|s| s.stroke.clone()).collect::<Vec<_>>(), *strokes);
        assert!(seen(&document, 9).is_empty());
        assert!(take_last(&mut document, handle) && seen(&document, 3).len() == 1);
        let last = Handle { prompt: 2, ..handle };
        assert!(take_last(&mut document, last) && take_last(&mut document, handle));
        assert_eq!(text(&document), before);
        assert!(!take_last(&mut document, Handle { prompt: 0, ..handle }), "a mask is no drawing");
        assert!(add(&mut document, 9, 3, &brush).is_err());
    }

    #[test]
    fn what_is_no_stroke_is_not_seen() {
        let odd =
            r#"{"objects":[{"name":"a","prompts":[{"frame":1,"drawing":[{"add":[[1]]},{"add":3},{},5]}]}]}"#;
        assert!(seen(&open(odd).expect("named objects"), 1).is_empty());
    }
}
