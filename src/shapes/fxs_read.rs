//! Reading Silhouette shape files: ours, and those that others write in the same form.

use kurbo::Point;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::fxs::Space;
use super::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// Elements nest no deeper in any real file.
const MAX_DEPTH: usize = 64;
/// Frames over which an animated opacity is spelled out, at most.
const MAX_SPAN: i64 = 1_000_000;

/// Reads the text of an `.fxs` file.
///
/// Nested layers become one layer each, named by their path. Layer transforms, B-splines and
/// X-splines are refused, curved key interpolation is taken as linear.
///
/// # Errors
/// [`ShapeError::Malformed`] and [`ShapeError::Unsupported`], naming the thing found.
pub fn read(text: &str) -> Result<Animation, ShapeError> {
    let root = parse(text)?;
    if root.tag != "Silhouette" {
        return Err(bad(format!("the root element is <{}>, expected <Silhouette>", root.tag)));
    }
    let width = root.number("width")?.ok_or_else(|| bad("<Silhouette> has no width".into()))?;
    let height = root.number("height")?.ok_or_else(|| bad("<Silhouette> has no height".into()))?;
    let aspect = root.number("pixelAspect")?.unwrap_or(1.0);
    let first = root.number("sessionStartFrame")?.unwrap_or(0.0) as i64;
    let last = root.number("workRangeEnd")?.map_or(first, |v| (v as i64).max(first));
    let mut animation = Animation {
        width: width as u32,
        height: height as u32,
        pixel_aspect: aspect,
        first,
        last,
        fps: 24.0,
        layers: Vec::new(),
    };
    animation.check()?;
    let mut reading =
        Reading { space: Space::new(animation.width, animation.height, aspect), first, layers: vec![] };
    for child in &root.children {
        reading.object(child, "")?;
    }
    animation.layers = reading.layers;
    animation.check()?;
    Ok(animation)
}

fn bad(reason: String) -> ShapeError {
    ShapeError::Malformed(reason)
}

struct Reading {
    space: Space,
    first: i64,
    layers: Vec<Layer>,
}

impl Reading {
    fn object(&mut self, element: &Element, parent: &str) -> Result<(), ShapeError> {
        let label = element.attribute("label").unwrap_or("unnamed");
        match element.attribute("type").unwrap_or(&element.tag) {
            "Layer" => {
                let name = if parent.is_empty() { label.to_owned() } else { format!("{parent}/{label}") };
                self.layers.push(Layer { name: name.clone(), shapes: Vec::new() });
                let properties = element.child("Properties");
                for property in properties.iter().flat_map(|p| &p.children) {
                    let id = property.attribute("id").unwrap_or_default();
                    if id.starts_with("transform.") {
                        return Err(ShapeError::Unsupported(format!("a transform on layer {name:?}")));
                    }
                    if id == "objects" {
                        for child in &property.children {
                            self.object(child, &name)?;
                        }
                    }
                }
                Ok(())
            }
            "Shape" => {
                let shape = self.shape(element, label)?;
                let name = if parent.is_empty() { label } else { parent };
                match self.layers.iter_mut().find(|l| l.name == name) {
                    Some(layer) => layer.shapes.push(shape),
                    None => self.layers.push(Layer { name: name.to_owned(), shapes: vec![shape] }),
                }
                Ok(())
            }
            other => Err(ShapeError::Unsupported(format!("an object of type {other:?}"))),
        }
    }

    fn shape(&self, element: &Element, label: &str) -> Result<Shape, ShapeError> {
        let kind = element.attribute("shape_type").unwrap_or("Bezier");
        if kind != "Bezier" {
            return Err(ShapeError::Unsupported(format!("shape {label:?} of type {kind}")));
        }
        let mut shape = Shape {
            name: label.to_owned(),
            hole: false,
            opacity: Vec::new(),
            feather: Vec::new(),
            keys: Vec::new(),
        };
        let properties = element.child("Properties");
        for property in properties.iter().flat_map(|p| &p.children) {
            match property.attribute("id").unwrap_or_default() {
                "mode" => {
                    shape.hole = match property.child("Value").map(|v| v.text.trim()).unwrap_or("Add") {
                        "Add" | "Max" => false,
                        "Subtract" => true,
                        mode => {
                            return Err(ShapeError::Unsupported(format!("mode {mode} of shape {label:?}")));
                        }
                    }
                }
                "invert" if property.child("Value").is_some_and(|v| v.text.trim() == "true") => {
                    return Err(ShapeError::Unsupported(format!("the inverted shape {label:?}")));
                }
                "opacity" => shape.opacity = self.opacity(property, label)?,
                "feather" => shape.feather = self.feather(property, label)?,
                "path" => {
                    for key in property.children.iter().filter(|k| k.tag == "Key") {
                        let path = key
                            .child("Path")
                            .ok_or_else(|| bad(format!("a key of shape {label:?} has no path")))?;
                        if path.attribute("closed") == Some("False") {
                            return Err(ShapeError::Unsupported(format!("the open shape {label:?}")));
                        }
                        let points = path.children.iter().filter(|p| p.tag == "Point");
                        let points = points.map(|p| self.point(&p.text, label)).collect::<Result<_, _>>()?;
                        shape.keys.push(PathKey { frame: self.frame(key, label)?, points });
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn frame(&self, key: &Element, label: &str) -> Result<i64, ShapeError> {
        let frame =
            key.number("frame")?.ok_or_else(|| bad(format!("a key of shape {label:?} has no frame")))?;
        if frame.abs() > 1e9 {
            return Err(bad(format!("a key of shape {label:?} lies at frame {frame}")));
        }
        Ok(frame.round() as i64 + self.first)
    }

    fn opacity(&self, property: &Element, label: &str) -> Result<Vec<OpacityKey>, ShapeError> {
        let percent = |text: &str| {
            let v: f64 = text
                .trim()
                .parse()
                .map_err(|_| bad(format!("the opacity of shape {label:?} is {text:?}")))?;
            Ok::<f64, ShapeError>((v / 100.0).clamp(0.0, 1.0))
        };
        if let Some(value) = property.child("Value") {
            let value = percent(&value.text)?;
            return Ok(if value == 1.0 { vec![] } else { vec![OpacityKey { frame: self.first, value }] });
        }
        let mut keys: Vec<(OpacityKey, bool)> = Vec::new();
        for key in property.children.iter().filter(|k| k.tag == "Key") {
            let at = OpacityKey { frame: self.frame(key, label)?, value: percent(&key.text)? };
            keys.push((at, key.attribute("interp") == Some("hold")));
        }
        let mut held = Vec::new();
        for (i, &(key, hold)) in keys.iter().enumerate() {
            held.push(key);
            let Some(&(next, _)) = keys.get(i + 1) else { break };
            if !hold && next.value != key.value {
                held.extend(ramp(key, next)?);
            }
        }
        Ok(held)
    }

    fn feather(&self, property: &Element, label: &str) -> Result<Vec<FeatherKey>, ShapeError> {
        let pixels = |text: &str| {
            let width = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
            width.ok_or_else(|| bad(format!("the feather of shape {label:?} is {text:?}")))
        };
        if let Some(value) = property.child("Value") {
            let width = pixels(&value.text)?;
            return Ok(if width == 0.0 { vec![] } else { vec![FeatherKey { frame: self.first, width }] });
        }
        let mut keys: Vec<FeatherKey> = Vec::new();
        let mut held: Option<f64> = None;
        for key in property.children.iter().filter(|k| k.tag == "Key") {
            let at = FeatherKey { frame: self.frame(key, label)?, width: pixels(&key.text)? };
            if let Some(width) = held
                && keys.last().is_some_and(|k| k.frame < at.frame - 1)
            {
                keys.push(FeatherKey { frame: at.frame - 1, width });
            }
            held = (key.attribute("interp") == Some("hold")).then_some(at.width);
            keys.push(at);
        }
        Ok(keys)
    }

    fn point(&self, text: &str, label: &str) -> Result<ControlPoint, ShapeError> {
        let wrong =
            || bad(format!("a point of shape {label:?} is {:?}", text.chars().take(60).collect::<String>()));
        let numbers: Vec<f64> = text
            .split(['(', ')', ','])
            .map(str::trim)
            .filter(|t| !t.is_empty())
            .map(|t| t.parse::<f64>().ok().filter(|v| v.is_finite()))
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let &[ax, ay, ix, iy, ox, oy] = numbers.as_slice() else { return Err(wrong()) };
        let to = |x, y| self.space.to_pixel(Point::new(x, y));
        Ok(ControlPoint { at: to(ax, ay), into: to(ix, iy), out: to(ox, oy) })
    }
}

/// The frames between two keys of an opacity that changes evenly.
pub(super) fn ramp(a: OpacityKey, b: OpacityKey) -> Result<Vec<OpacityKey>, ShapeError> {
    let span = b.frame - a.frame;
    if span > MAX_SPAN {
        return Err(bad(format!("an opacity changes over {span} frames, expected {MAX_SPAN} at most")));
    }
    let value = |f: i64| a.value + (b.value - a.value) * (f - a.frame) as f64 / span as f64;
    Ok((a.frame + 1..b.frame).map(|frame| OpacityKey { frame, value: value(frame) }).collect())
}

#[derive(Debug, Default)]
struct Element {
    tag: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.0 == name).map(|a| a.1.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<f64>, ShapeError> {
        let Some(text) = self.attribute(name) else { return Ok(None) };
        let value = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        value.map(Some).ok_or_else(|| bad(format!("{name} of <{}> is {text:?}, expected a number", self.tag)))
    }

    fn child(&self, tag: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.tag == tag)
    }

    fn from_start(start: &BytesStart) -> Result<Self, ShapeError> {
        let mut element = Self { tag: start.name().as_ref().to_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| bad(format!("an attribute of <{}>: {e}", element.tag)))?;
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|e| bad(format!("an attribute of <{}>: {e}", element.tag)))?;
            element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        Ok(element)
    }
}

/// The tree of the only root element.
fn parse(text: &str) -> Result<Element, ShapeError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event =
            reader.read_event().map_err(|e| bad(format!("at byte {}: {e}", reader.error_position())))?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(bad(format!("elements nest deeper than {MAX_DEPTH}")));
                }
                open.push(Element::from_start(&start)?);
            }
            Event::Empty(start) => {
                let element = Element::from_start(&start)?;
                if let Some(top) = open.last_mut() {
                    top.children.push(element);
                }
            }
            Event::End(_) => {
                if let (Some(done), Some(top)) = (open.pop(), open.last_mut()) {
                    top.children.push(done);
                }
            }
            Event::Text(chunk) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&chunk);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop()) {
        (1, Some(mut document)) if document.children.len() == 1 => Ok(document.children.remove(0)),
        (1, Some(document)) => {
            Err(bad(format!("there are {} root elements, expected one", document.children.len())))
        }
        (_, element) => Err(bad(format!("<{}> is not closed", element.map(|e| e.tag).unwrap_or_default()))),
    }
}
