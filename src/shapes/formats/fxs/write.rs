//! Writing Silhouette shape files.

use std::io::Write;

use kurbo::Point;
use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use uuid::Uuid;

use super::space::Space;
use crate::shapes::text::{Names, decimal, label, short_decimal};
use crate::shapes::{Animation, ControlPoint, Layer, Shape, ShapeError};

/// Six places are a thousandth of a pixel of a 1080-row frame.
const PLACES: usize = 6;

/// The names of our objects' identifiers start from this one (version 5 of RFC 9562).
const NAMESPACE: Uuid = Uuid::from_u128(0x6c3d_92a1_4f0e_5b7c_9d21_a18c_07e5_f302);

/// Colours of outlines, one after the other.
const OUTLINES: [[f64; 3]; 6] =
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.4, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]];

/// Writes `animation` as a Silhouette shape file.
///
/// # Errors
/// [`ShapeError::Input`] when the animation cannot be written, [`ShapeError::Io`] when `out` fails.
pub fn write(animation: &Animation, out: &mut dyn Write) -> Result<(), ShapeError> {
    animation.check()?;
    writeln!(out, "<!-- Silhouette Shape File -->")?;
    let mut file = File {
        xml: Writer::new(out),
        id: 0,
        names: Names::default(),
        space: Space::new(animation.width, animation.height, animation.pixel_aspect),
        start: animation.first,
    };
    file.open(
        "Silhouette",
        &[
            ("width", &animation.width.to_string()),
            ("height", &animation.height.to_string()),
            ("pixelAspect", &short_decimal(animation.pixel_aspect, 6)),
            ("workRangeStart", &animation.first.to_string()),
            ("workRangeEnd", &animation.last.to_string()),
            ("sessionStartFrame", &animation.first.to_string()),
        ],
    )?;
    for (i, layer) in animation.layers.iter().enumerate() {
        file.layer(layer, OUTLINES[i % OUTLINES.len()])?;
    }
    file.close("Silhouette")?;
    Ok(())
}

struct File<'a> {
    xml: Writer<&'a mut dyn Write>,
    id: usize,
    names: Names,
    space: Space,
    start: i64,
}

impl File<'_> {
    fn event(&mut self, event: Event) -> Result<(), ShapeError> {
        Ok(self.xml.write_event(event)?)
    }

    fn line(&mut self) -> Result<(), ShapeError> {
        Ok(self.xml.get_mut().write_all(b"\n")?)
    }

    fn start(&mut self, tag: &str, attributes: &[(&str, &str)]) -> Result<(), ShapeError> {
        let start = BytesStart::new(tag).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start))
    }

    fn end(&mut self, tag: &str) -> Result<(), ShapeError> {
        self.event(Event::End(BytesEnd::new(tag)))
    }

    fn open(&mut self, tag: &str, attributes: &[(&str, &str)]) -> Result<(), ShapeError> {
        self.start(tag, attributes)?;
        self.line()
    }

    fn close(&mut self, tag: &str) -> Result<(), ShapeError> {
        self.end(tag)?;
        self.line()
    }

    fn element(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) -> Result<(), ShapeError> {
        self.start(tag, attributes)?;
        self.event(Event::Text(BytesText::new(text)))?;
        self.end(tag)
    }

    fn constant(&mut self, id: &str, value: &str) -> Result<(), ShapeError> {
        self.start("Property", &[("id", id), ("constant", "True")])?;
        self.element("Value", &[], value)?;
        self.close("Property")
    }

    /// The next number and the identifier of an object, which depends on its unique name only.
    fn identity(&mut self, kind: &str, name: &str) -> (String, String) {
        self.id += 1;
        let unique = self.names.unique(&format!("{kind}/{name}"));
        let uuid = Uuid::new_v5(&NAMESPACE, unique.as_bytes()).hyphenated().to_string().to_uppercase();
        (self.id.to_string(), uuid)
    }

    fn layer(&mut self, layer: &Layer, outline: [f64; 3]) -> Result<(), ShapeError> {
        let name = label(&layer.name, "object");
        let (id, uuid) = self.identity("layer", &name);
        self.open(
            "Layer",
            &[("type", "Layer"), ("id", &id), ("label", &name), ("expanded", "True"), ("uuid", &uuid)],
        )?;
        self.open("Properties", &[])?;
        self.constant("color", &triple([1.0; 3]))?;
        self.constant("invert", "false")?;
        self.constant("mode", "Add")?;
        self.open("Property", &[("id", "objects"), ("constant", "True"), ("expanded", "True")])?;
        for shape in &layer.shapes {
            self.shape(shape, outline)?;
        }
        self.close("Property")?;
        self.close("Properties")?;
        self.close("Layer")
    }

    fn shape(&mut self, shape: &Shape, outline: [f64; 3]) -> Result<(), ShapeError> {
        let name = label(&shape.name, "shape");
        let (id, uuid) = self.identity("shape", &name);
        self.open(
            "Object",
            &[
                ("type", "Shape"),
                ("id", &id),
                ("label", &name),
                ("expanded", "True"),
                ("uuid", &uuid),
                ("shape_type", "Bezier"),
                ("hidden", "False"),
                ("locked", "False"),
            ],
        )?;
        self.open("Properties", &[])?;
        self.opacity(shape)?;
        self.feather(shape)?;
        self.constant("motionBlur", "true")?;
        self.constant("outlineColor", &triple(outline))?;
        self.constant("mode", if shape.hole { "Subtract" } else { "Add" })?;
        self.constant("invert", "false")?;
        self.open("Property", &[("id", "path")])?;
        for key in &shape.keys {
            let frame = (key.frame - self.start).to_string();
            self.start("Key", &[("frame", &frame), ("interp", "linear")])?;
            self.open("Path", &[("closed", "True"), ("type", "Bezier")])?;
            for point in &key.points {
                let text = self.point(point);
                self.element("Point", &[], &text)?;
                self.line()?;
            }
            self.end("Path")?;
            self.close("Key")?;
        }
        self.close("Property")?;
        self.close("Properties")?;
        self.close("Object")
    }

    fn opacity(&mut self, shape: &Shape) -> Result<(), ShapeError> {
        let percent = |v: f64| short_decimal(v * 100.0, 4);
        match shape.opacity.as_slice() {
            [] => self.constant("opacity", "100"),
            [only] => self.constant("opacity", &percent(only.value)),
            keys => {
                self.start("Property", &[("id", "opacity")])?;
                for key in keys {
                    let frame = (key.frame - self.start).to_string();
                    let interp = if key.linear { "linear" } else { "hold" };
                    self.element("Key", &[("frame", &frame), ("interp", interp)], &percent(key.value))?;
                }
                self.close("Property")
            }
        }
    }

    /// In pixels of the footage; no public document gives the unit. Hard edges say nothing.
    fn feather(&mut self, shape: &Shape) -> Result<(), ShapeError> {
        let pixels = |v: f64| short_decimal(v, 4);
        match shape.feather.as_slice() {
            [] => Ok(()),
            [only] => self.constant("feather", &pixels(only.width)),
            keys => {
                self.start("Property", &[("id", "feather")])?;
                for key in keys {
                    let frame = (key.frame - self.start).to_string();
                    self.element("Key", &[("frame", &frame), ("interp", "linear")], &pixels(key.width))?;
                }
                self.close("Property")
            }
        }
    }

    /// Anchor, handle toward the previous point, handle toward the next one.
    fn point(&self, point: &ControlPoint) -> String {
        let pair = |p: Point| {
            let p = self.space.to_shape(p);
            format!("({},{})", decimal(p.x, PLACES), decimal(p.y, PLACES))
        };
        format!("{},{},{}", pair(point.at), pair(point.into), pair(point.out))
    }
}

fn triple([r, g, b]: [f64; 3]) -> String {
    format!("({r:.6},{g:.6},{b:.6})")
}
