//! Reading Silhouette shape files: ours, and those that others write in the same form.

use std::collections::HashMap;

use kurbo::Point;

use super::space::Space;
use super::tree::{self, Six};
use crate::shapes::check::fault_of;
use crate::shapes::left_out::{self, Found, LeftOut, Tally, finished, whole};
use crate::shapes::limits;
use crate::shapes::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// The name of the root element.
const ROOT: &str = "Silhouette";

/// Reads the text of an `.fxs` file.
///
/// Nested layers become one layer each, named by their path. Layer transforms, B-splines and
/// X-splines are refused, curved key interpolation is taken as linear.
///
/// # Errors
/// [`ShapeError::Malformed`] and [`ShapeError::Unsupported`], naming the first thing that cannot be read.
pub fn read(text: &str) -> Result<Animation, ShapeError> {
    whole(read_noting(text))
}

/// Reads what can be read of the text of an `.fxs` file, and says what was left out: layers and shapes that
/// [`read`] fails for.
///
/// # Errors
/// As those of [`read`], where the text as a whole cannot be read, or nothing is left of its shapes.
pub fn read_noting(text: &str) -> Found {
    let mut tally = Tally::default();
    let root = tree::parse(text, |root: &Element, element: &Element| {
        if kind(element) != "Shape" || &*root.tag != ROOT {
            return Ok(None);
        }
        let read = Reading::of(root)?.shape(element, label(element));
        if let Ok(shape) = &read {
            tally.shape(shape)?;
        }
        Ok(Some(Made { label: label(element).to_owned(), shape: read }))
    })?;
    if &*root.tag != ROOT {
        return Err(bad(format!(
            "the root element is <{}>, expected <{ROOT}>",
            limits::beginning(&root.tag)
        )));
    }
    let reading = Reading::of(&root)?;
    let last = root.number("workRangeEnd")?.map_or(reading.first as f64, f64::trunc);
    let (first, last) = limits::range(reading.first as f64, last)?;
    let mut animation = Animation { last: last.max(first), ..reading.footage() };
    animation.check()?;
    let mut layers = Layers { tally, ..Layers::default() };
    for child in root.children {
        layers.object(child, "")?;
    }
    animation.layers = layers.layers;
    finished(animation, layers.left_out)
}

fn bad(reason: impl ToString) -> ShapeError {
    ShapeError::Malformed(reason.to_string())
}

type Element = tree::Element<Made>;

/// A shape that was read, or why it could not be.
#[derive(Debug)]
struct Made {
    label: String,
    shape: Result<Shape, ShapeError>,
}

fn label(element: &Element) -> &str {
    element.attribute("label").unwrap_or("unnamed")
}

/// What an object is.
fn kind(element: &Element) -> &str {
    element.attribute("type").unwrap_or(&element.tag)
}

/// The layers as they are found.
#[derive(Default)]
struct Layers {
    layers: Vec<Layer>,
    /// Where the first layer of a name stands.
    named: HashMap<String, usize>,
    tally: Tally,
    left_out: LeftOut,
}

impl Layers {
    /// Takes in an object that is in the layer called `parent`; in none where that is empty.
    fn object(&mut self, element: Element, parent: &str) -> Result<(), ShapeError> {
        if let Some(made) = element.made {
            return self.shape(*made, parent);
        }
        let label = label(&element);
        if kind(&element) != "Layer" {
            let what = format!("object {:?}", limits::beginning(label));
            let reason = ShapeError::Unsupported(format!("the type {:?}", limits::beginning(kind(&element))));
            self.left_out.add(parent, what, reason);
            return Ok(());
        }
        self.tally.layer()?;
        let name = if parent.is_empty() { label.to_owned() } else { format!("{parent}/{label}") };
        let properties = || element.children.iter().filter(|c| &*c.tag == "Properties").take(1);
        let mut ids = properties().flat_map(|p| &p.children).filter_map(|p| p.attribute("id"));
        let transformed = ids.any(|id| id.starts_with("transform."));
        if let Err(reason) = limits::name(&name) {
            self.left_out.add(parent, left_out::layer_called(&name), bad(reason));
            return Ok(());
        }
        if transformed {
            let reason = ShapeError::Unsupported("a transform".to_owned());
            self.left_out.add(&name, left_out::layer_called(&name), reason);
            return Ok(());
        }
        self.layer(&name);
        let properties = element.children.into_iter().filter(|c| &*c.tag == "Properties").take(1);
        for property in properties.flat_map(|p| p.children) {
            if property.attribute("id") == Some("objects") {
                for child in property.children {
                    self.object(child, &name)?;
                }
            }
        }
        Ok(())
    }

    fn shape(&mut self, made: Made, parent: &str) -> Result<(), ShapeError> {
        let name = if parent.is_empty() { &made.label } else { parent };
        match made.shape {
            Ok(shape) => {
                let at = match self.named.get(name) {
                    Some(&at) => at,
                    None => {
                        self.tally.layer()?;
                        self.layer(name)
                    }
                };
                self.layers[at].shapes.push(shape);
            }
            Err(reason) => self.left_out.add(name, left_out::shape_called(&made.label, name), reason),
        }
        Ok(())
    }

    /// Begins a layer; gives where it stands.
    fn layer(&mut self, name: &str) -> usize {
        let at = self.layers.len();
        self.layers.push(Layer { name: name.to_owned(), shapes: Vec::new() });
        self.named.entry(name.to_owned()).or_insert(at);
        at
    }
}

/// What all shapes are read by.
struct Reading {
    width: u32,
    height: u32,
    aspect: f64,
    first: i64,
}

impl Reading {
    /// By what the root element says of the footage.
    fn of(root: &Element) -> Result<Self, ShapeError> {
        let side = |name: &str| -> Result<u32, ShapeError> {
            let missing = || bad(format!("<{}> has no {name}", root.tag));
            limits::side(name, root.number(name)?.ok_or_else(missing)?)
        };
        let aspect = root.number("pixelAspect")?.unwrap_or(1.0);
        let first = root.number("sessionStartFrame")?.unwrap_or(0.0).trunc();
        let (first, _) = limits::range(first, first)?;
        Ok(Self { width: side("width")?, height: side("height")?, aspect, first })
    }

    /// An animation without shapes, of one frame.
    fn footage(&self) -> Animation {
        Animation {
            width: self.width,
            height: self.height,
            pixel_aspect: self.aspect,
            first: self.first,
            last: self.first,
            fps: 24.0,
            layers: Vec::new(),
        }
    }

    fn shape(&self, element: &Element, label: &str) -> Result<Shape, ShapeError> {
        limits::name(label).map_err(bad)?;
        let kind = element.attribute("shape_type").unwrap_or("Bezier");
        if kind != "Bezier" {
            return Err(ShapeError::Unsupported(format!("the type {:?}", limits::beginning(kind))));
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
                            let mode = limits::beginning(mode);
                            return Err(ShapeError::Unsupported(format!("the mode {mode:?}")));
                        }
                    }
                }
                "invert" if property.child("Value").is_some_and(|v| v.text.trim() == "true") => {
                    return Err(ShapeError::Unsupported("the inversion".to_owned()));
                }
                "opacity" => shape.opacity = self.opacity(property)?,
                "feather" => shape.feather = self.feather(property)?,
                "path" => {
                    for key in property.children.iter().filter(|k| &*k.tag == "Key") {
                        shape.keys.push(self.path(key)?);
                    }
                }
                _ => {}
            }
        }
        match fault_of(&shape) {
            Some(fault) => Err(bad(fault)),
            None => Ok(shape),
        }
    }

    fn path(&self, key: &Element) -> Result<PathKey, ShapeError> {
        let path = key.child("Path").ok_or_else(|| bad("it has a key without a path".to_owned()))?;
        if path.attribute("closed") == Some("False") {
            return Err(ShapeError::Unsupported("an open path".to_owned()));
        }
        if let Some(text) = &path.odd_point {
            return Err(bad(format!("it has a point {text:?}, expected six numbers")));
        }
        let space = Space::new(self.width, self.height, self.aspect);
        let points = path.points.iter().map(|&[ax, ay, ix, iy, ox, oy]: &Six| {
            let to = |x, y| space.to_pixel(Point::new(x, y));
            limits::placed(ControlPoint { at: to(ax, ay), into: to(ix, iy), out: to(ox, oy) })
        });
        let points = points.collect::<Result<_, _>>().map_err(bad)?;
        Ok(PathKey { frame: self.frame(key)?, points })
    }

    fn frame(&self, key: &Element) -> Result<i64, ShapeError> {
        let frame = key.number("frame")?.ok_or_else(|| bad("it has a key without a frame".to_owned()))?;
        limits::frame(frame.round() + self.first as f64)
            .map_err(|found| bad(format!("it has a key at {found}")))
    }

    fn opacity(&self, property: &Element) -> Result<Vec<OpacityKey>, ShapeError> {
        let percent = |text: &str| {
            let value = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
            let value = value.ok_or_else(|| bad(format!("its opacity is {:?}", limits::beginning(text))))?;
            Ok::<f64, ShapeError>((value / 100.0).clamp(0.0, 1.0))
        };
        if let Some(value) = property.child("Value") {
            let value = percent(&value.text)?;
            return Ok(if value == 1.0 { vec![] } else { vec![OpacityKey::held(self.first, value)] });
        }
        let mut keys: Vec<(i64, f64, bool)> = Vec::new();
        for key in property.children.iter().filter(|k| &*k.tag == "Key") {
            let hold = key.attribute("interp") == Some("hold");
            keys.push((self.frame(key)?, percent(&key.text)?, hold));
        }
        let key = |(i, &(frame, value, hold)): (usize, &(i64, f64, bool))| {
            let next = keys.get(i + 1).filter(|_| !hold).map(|&(frame, value, _)| (frame, value));
            OpacityKey::towards(frame, value, next)
        };
        Ok(keys.iter().enumerate().map(key).collect())
    }

    fn feather(&self, property: &Element) -> Result<Vec<FeatherKey>, ShapeError> {
        let pixels = |text: &str| {
            let width = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
            width.ok_or_else(|| bad(format!("its feather is {:?}", limits::beginning(text))))
        };
        if let Some(value) = property.child("Value") {
            let width = pixels(&value.text)?;
            return Ok(if width == 0.0 { vec![] } else { vec![FeatherKey { frame: self.first, width }] });
        }
        let mut keys: Vec<FeatherKey> = Vec::new();
        let mut held: Option<f64> = None;
        for key in property.children.iter().filter(|k| &*k.tag == "Key") {
            let at = FeatherKey { frame: self.frame(key)?, width: pixels(&key.text)? };
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
}
