//! Prompts from their JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::bounded::Bounded;
use super::drawing::{DrawingError, MAX_DRAWN_POINTS, MAX_STROKE_POINTS, MAX_STROKES, Stroke, StrokePath};
use super::{
    Label, MAX_OBJECTS, MAX_POINTS, MAX_PROMPTS, ObjectEdge, ObjectPrompts, PointPrompt, Prompt, PromptError,
    PromptKind, Prompts,
};
use crate::raster::{PixelBox, PixelPoint};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    objects: Vec<RawObject>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawObject {
    name: String,
    prompts: Bounded<RawPrompt, MAX_PROMPTS>,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    solo: bool,
    colour: Option<[f32; 3]>,
    edge: Option<ObjectEdge>,
    tracker: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrompt {
    frame: i64,
    point: Option<[f64; 2]>,
    label: Option<RawLabel>,
    r#box: Option<[f64; 4]>,
    mask: Option<PathBuf>,
    shapes: Option<PathBuf>,
    layer: Option<String>,
    drawing: Option<Bounded<RawStroke, MAX_STROKES>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStroke {
    add: Option<Bounded<[f64; 2], MAX_STROKE_POINTS>>,
    subtract: Option<Bounded<[f64; 2], MAX_STROKE_POINTS>>,
    radius: Option<f64>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RawLabel {
    Positive,
    Negative,
}

/// Reads the JSON and checks all that can be checked without the footage. Nothing but white space
/// is no objects.
///
/// # Errors
/// [`PromptError`] when it is not the form of [prompts](super), or names repeat.
pub fn parse(json: &str) -> Result<Prompts, PromptError> {
    if json.trim().is_empty() {
        return Ok(Prompts::default());
    }
    checked(serde_json::from_str(json).map_err(|e| PromptError::Json(e.to_string()))?)
}

/// As [`parse`], from a document that was read or made already.
///
/// # Errors
/// As those of [`parse`].
pub fn of_document(document: &Value) -> Result<Prompts, PromptError> {
    checked(RawFile::deserialize(document).map_err(|e| PromptError::Json(e.to_string()))?)
}

fn checked(raw: RawFile) -> Result<Prompts, PromptError> {
    if raw.objects.len() > MAX_OBJECTS {
        return Err(PromptError::TooManyObjects(raw.objects.len()));
    }
    let count: usize = raw.objects.iter().map(|o| o.prompts.count).sum();
    if count > MAX_PROMPTS {
        return Err(PromptError::TooManyPrompts(count));
    }
    let mut names = BTreeSet::new();
    let mut objects = Vec::with_capacity(raw.objects.len());
    for (i, object) in raw.objects.into_iter().enumerate() {
        if object.name.trim().is_empty() || object.name.chars().any(char::is_control) {
            return Err(PromptError::BadName { position: i + 1, name: object.name });
        }
        if !names.insert(object.name.clone()) {
            return Err(PromptError::SameName(object.name));
        }
        objects.push(self::object(object)?);
    }
    let prompts = Prompts { objects };
    let drawn = prompts.drawn_points();
    if drawn > MAX_DRAWN_POINTS {
        return Err(PromptError::TooManyDrawnPoints(drawn));
    }
    Ok(prompts)
}

/// The strokes of a drawing.
fn strokes(raw: Bounded<RawStroke, MAX_STROKES>) -> Result<Vec<Stroke>, DrawingError> {
    match raw.count {
        0 => return Err(DrawingError::Nothing),
        count if count > MAX_STROKES => return Err(DrawingError::TooManyStrokes(count)),
        _ => {}
    }
    let stroke = |(i, raw): (usize, RawStroke)| {
        let number = i + 1;
        let (adds, line) = match (raw.add, raw.subtract) {
            (Some(line), None) => (true, line),
            (None, Some(line)) => (false, line),
            (None, None) => return Err(DrawingError::NotOneKind { number, found: "none" }),
            (Some(_), Some(_)) => return Err(DrawingError::NotOneKind { number, found: "both" }),
        };
        if line.count > MAX_STROKE_POINTS {
            return Err(DrawingError::Points { number, found: line.count, least: 1 });
        }
        let points = line.listed.into_iter().map(|[x, y]| PixelPoint { x, y }).collect();
        let path = match raw.radius {
            Some(radius) => StrokePath::Brush { points, radius },
            None => StrokePath::Area(points),
        };
        let stroke = Stroke { adds, path };
        stroke.check(number).map(|()| stroke)
    };
    raw.listed.into_iter().enumerate().map(stroke).collect()
}

fn object(raw: RawObject) -> Result<ObjectPrompts, PromptError> {
    let name = raw.name;
    let listed = raw.prompts.listed;
    let mut prompts = Vec::with_capacity(listed.len());
    let [mut boxes, mut masks, mut drawings] = [(); 3].map(|()| BTreeSet::new());
    let mut points: BTreeMap<i64, usize> = BTreeMap::new();
    for prompt in listed {
        let frame = prompt.frame;
        let kind = match (prompt.point, prompt.r#box, prompt.mask, prompt.shapes, prompt.drawing) {
            (Some([x, y]), None, None, None, None) => {
                let label = match prompt.label {
                    Some(RawLabel::Negative) => Label::Negative,
                    Some(RawLabel::Positive) | None => Label::Positive,
                };
                PromptKind::Point(PointPrompt { at: PixelPoint { x, y }, label })
            }
            (None, Some([x0, y0, x1, y1]), None, None, None) => PromptKind::Box(PixelBox::from_corners(
                PixelPoint { x: x0, y: y0 },
                PixelPoint { x: x1, y: y1 },
            )),
            (None, None, Some(path), None, None) => PromptKind::Mask(path),
            (None, None, None, Some(path), None) => PromptKind::Shapes { path, layer: prompt.layer.clone() },
            (None, None, None, None, Some(drawn)) => match strokes(drawn) {
                Ok(strokes) => PromptKind::Drawing(strokes),
                Err(reason) => return Err(PromptError::Drawing { object: name, frame, reason }),
            },
            (None, None, None, None, None) => {
                return Err(PromptError::NotOneKind { object: name, frame, found: "none" });
            }
            _ => return Err(PromptError::NotOneKind { object: name, frame, found: "several" }),
        };
        if prompt.label.is_some() && !matches!(kind, PromptKind::Point(_)) {
            return Err(PromptError::StrayLabel { object: name, frame });
        }
        if prompt.layer.is_some() && !matches!(kind, PromptKind::Shapes { .. }) {
            return Err(PromptError::StrayLayer { object: name, frame });
        }
        let (fresh, what) = match kind {
            PromptKind::Point(_) => {
                *points.entry(frame).or_default() += 1;
                (true, "a point")
            }
            PromptKind::Box(_) => (boxes.insert(frame), "a box"),
            PromptKind::Mask(_) | PromptKind::Shapes { .. } => (masks.insert(frame), "a mask"),
            PromptKind::Drawing(_) => (drawings.insert(frame), "a drawing"),
        };
        if !fresh {
            return Err(PromptError::Twice { object: name, frame, what });
        }
        prompts.push(Prompt { frame, kind });
    }
    if let Some((&frame, &found)) = points.iter().find(|(_, count)| **count > MAX_POINTS) {
        return Err(PromptError::TooManyPoints { object: name, frame, found });
    }
    let setting =
        |what, found, expected| PromptError::Setting { object: name.clone(), what, found, expected };
    if let Some(colour) = raw.colour.filter(|c| c.iter().any(|v| !(0.0..=1.0).contains(v))) {
        return Err(setting("colour", format!("{colour:?}"), "red, green and blue of 0 to 1"));
    }
    if let Some((what, found, expected)) = raw.edge.as_ref().and_then(ObjectEdge::wrong) {
        return Err(setting(what, found.to_string(), expected));
    }
    if raw.tracker.as_ref().is_some_and(|t| t.trim().is_empty() || t.chars().any(char::is_control)) {
        return Err(setting(
            "tracker",
            format!("{:?}", raw.tracker.unwrap_or_default()),
            "the name of a tracker",
        ));
    }
    let (hidden, solo, colour, edge) = (raw.hidden, raw.solo, raw.colour, raw.edge);
    Ok(ObjectPrompts { name, prompts, hidden, solo, colour, edge, tracker: raw.tracker })
}
