//! Writing Nuke scripts with Roto nodes.

use std::fmt::Write as _;
use std::io::Write;

use kurbo::{Point, Vec2};

use crate::shapes::feather::offset;
use crate::shapes::text::{Names, identifier, short_decimal};
use crate::shapes::{Animation, ControlPoint, Layer, Shape, ShapeError, limits};

/// The version of the `curves` text, 1.2 as a 32-bit float.
const CURVES_VERSION: &str = "x3f99999a";

/// Writes `animation` as a Nuke script of Roto nodes.
///
/// # Errors
/// [`ShapeError::Input`] when the animation cannot be written, [`ShapeError::Io`] when `out` fails.
pub fn write(animation: &Animation, out: &mut dyn Write) -> Result<(), ShapeError> {
    animation.check()?;
    let (w, h) = (animation.width, animation.height);
    let format = format!("\"{w} {h} 0 0 {w} {h} {} ai_roto\"", short_decimal(animation.pixel_aspect, 6));
    let (first, last) = (animation.first, animation.last);
    write!(
        out,
        "version 13.2 v8\nRoot {{\n inputs 0\n frame {first}\n first_frame {first}\n last_frame {last}\n \
         lock_range true\n fps {}\n format {format}\n}}\n",
        short_decimal(animation.fps, 4)
    )?;
    let mut names = Names::default();
    let layers: Vec<(&Layer, String)> =
        animation.layers.iter().map(|l| (l, names.unique(&identifier(&l.name, "object")))).collect();
    let holes = layers.iter().any(|(l, _)| l.shapes.iter().any(|s| s.hole));
    let script = Script { animation, format };
    if layers.len() > 1 && holes {
        // Each Merge2 takes the two nodes on top of the script's stack: what is joined so far and
        // the next object.
        let mut nodes = Names::default();
        for (i, layer) in layers.iter().enumerate() {
            let name = nodes.unique(&format!("Roto_{}", layer.1));
            script.roto(out, &name, std::slice::from_ref(layer), i)?;
            if i > 0 {
                write!(
                    out,
                    "Merge2 {{\n inputs 2\n operation max\n name Merge_{i}\n xpos {}\n ypos {}\n}}\n",
                    i * 110,
                    i * 60 + 60
                )?;
            }
        }
    } else {
        script.roto(out, "Roto1", &layers, 0)?;
    }
    Ok(())
}

struct Script<'a> {
    animation: &'a Animation,
    format: String,
}

impl Script<'_> {
    fn roto(
        &self,
        out: &mut dyn Write,
        name: &str,
        layers: &[(&Layer, String)],
        place: usize,
    ) -> Result<(), ShapeError> {
        let a = self.animation;
        let (cx, cy) = (hex(f64::from(a.width) / 2.0), hex(f64::from(a.height) / 2.0));
        write!(
            out,
            "Roto {{\n inputs 0\n output alpha\n cliptype none\n curves {{{{{{v {CURVES_VERSION}}}\n"
        )?;
        write!(out, "  {{f 0}}\n  {{n\n   {{layer Root\n    {{f 2097152}}\n    {{t {cx} {cy}}}\n    {{a}}")?;
        let mut names = Names::default();
        for (_, layer_name) in layers {
            names.unique(layer_name);
        }
        // Nuke draws the first element on top, our layers start at the bottom.
        for (layer, layer_name) in layers.iter().rev() {
            write!(out, "\n    {{layer {layer_name}\n     {{f 512}}\n     {{t {cx} {cy}}}\n     {{a}}")?;
            let shape_names: Vec<String> =
                layer.shapes.iter().map(|s| names.unique(&identifier(&s.name, "shape"))).collect();
            for (shape, shape_name) in layer.shapes.iter().zip(&shape_names).rev() {
                write!(out, "\n{}", self.shape(shape, shape_name)?)?;
            }
            write!(out, "}}")?;
        }
        write!(
            out,
            "}}}}}}}}\n format {}\n lifetime_type \"all frames\"\n lifetime_start {}\n lifetime_end {}\n \
             name {name}\n selected true\n xpos {}\n ypos 0\n}}\n",
            self.format,
            a.first,
            a.last,
            place * 110
        )?;
        Ok(())
    }

    fn shape(&self, shape: &Shape, name: &str) -> Result<String, ShapeError> {
        let (cx, cy) =
            (hex(f64::from(self.animation.width) / 2.0), hex(f64::from(self.animation.height) / 2.0));
        let mut times: Vec<i64> = shape.keys.iter().map(|k| k.frame).collect();
        // The soft edge is drawn by points too, so it moves where they have keys.
        times.extend(shape.feather.iter().skip(1).map(|k| k.frame));
        times.sort_unstable();
        times.dedup();
        let placed = times.len().saturating_mul(shape.point_count());
        if placed > limits::MOST_PLACED {
            return Err(ShapeError::Input(format!(
                "shape {:?} needs {placed} control points in a Nuke script, which keys its soft edge with \
                 its path, expected at most {}",
                limits::beginning(&shape.name),
                limits::MOST_PLACED
            )));
        }
        let paths: Vec<Vec<ControlPoint>> = times.iter().map(|&t| self.path(shape.points_at(t))).collect();
        let mut text = format!("     {{curvegroup {name} 512 bezier\n      {{");
        let mut pivot = Vec2::ZERO;
        if shape.feather.is_empty() {
            outline(&mut text, &times, &paths, None);
            text.push_str("     idem}\n");
        } else {
            // Coverage falls outward from the outline to the feather's: the path lies between them.
            let edge = |sign: f64| -> Vec<Vec<ControlPoint>> {
                let half = |t: i64| sign * shape.feather_at(t) / 2.0;
                times.iter().zip(&paths).map(|(&t, p)| offset(p, half(t))).collect()
            };
            let (inner, outer) = (edge(-1.0), edge(1.0));
            outline(&mut text, &times, &inner, None);
            text.push_str("\n      ");
            outline(&mut text, &times, &outer, Some(&inner));
            text.push_str("}\n");
        }
        for point in &paths[0] {
            pivot += point.at.to_vec2() / paths[0].len() as f64;
        }
        let _ = write!(
            text,
            "      {{tx {} {} {}}}\n      {{a ",
            hex(times[0] as f64),
            hex(pivot.x),
            hex(pivot.y)
        );
        if shape.hole {
            text.push_str("r 0 g 0 b 0 a 0 ");
        }
        opacity(&mut text, shape);
        let _ = write!(text, "osw x41200000 osf 0 str 1 spx {cx} spy {cy} sb 1 tt x40800000}}}}");
        Ok(text)
    }

    /// Nuke's y points up.
    fn path(&self, mut points: Vec<ControlPoint>) -> Vec<ControlPoint> {
        let up = |p: Point| Point::new(p.x, f64::from(self.animation.height) - p.y);
        for p in &mut points {
            *p = ControlPoint { at: up(p.at), into: up(p.into), out: up(p.out) };
        }
        points
    }
}

/// A `cc` block: the points of `paths`, one path a time. Handles are relative to their point, and
/// points are relative to those of `base`, if it is given.
fn outline(
    text: &mut String,
    times: &[i64],
    paths: &[Vec<ControlPoint>],
    base: Option<&[Vec<ControlPoint>]>,
) {
    text.push_str("{cc\n        {f 8192}\n        {px ");
    match times {
        [only] => text.push_str(&hex(*only as f64)),
        many => {
            let list: Vec<String> = many.iter().map(|&t| hex(t as f64)).collect();
            let _ = write!(text, "{{{}}}", list.join(" "));
        }
    }
    for i in 0..paths[0].len() {
        let origin = |key: usize| base.map_or(Vec2::ZERO, |b| b[key][i].at.to_vec2());
        let entries: [Vec<Vec2>; 3] = [
            paths.iter().map(|p| p[i].into - p[i].at).collect(),
            paths.iter().enumerate().map(|(k, p)| p[i].at.to_vec2() - origin(k)).collect(),
            paths.iter().map(|p| p[i].out - p[i].at).collect(),
        ];
        for entry in &entries {
            text.push_str("\n         {");
            for (j, axis) in [|v: &Vec2| v.x, |v: &Vec2| v.y].iter().enumerate() {
                if j > 0 {
                    text.push(' ');
                }
                let values: Vec<f32> = entry.iter().map(|v| axis(v) as f32).collect();
                coordinate(text, times, &values);
            }
            text.push('}');
        }
    }
    text.push_str("}}");
}

/// One coordinate over the keys of a `px` block.
fn coordinate(text: &mut String, times: &[i64], values: &[f32]) {
    if let [only] = values {
        text.push_str(&hex32(*only));
        return;
    }
    if values.iter().all(|v| *v == values[0]) {
        let _ = write!(text, "{{{{{} -}}}}", hex32(values[0]));
        return;
    }
    let slope = |i: usize| (values[i + 1] - values[i]) / (times[i + 1] - times[i]) as f32;
    text.push('{');
    for (i, v) in values.iter().enumerate() {
        let left = if i > 0 { slope(i - 1) } else { 0.0 };
        let right = if i + 1 < values.len() { slope(i) } else { 0.0 };
        let space = if i > 0 { " " } else { "" };
        if left == 0.0 && right == 0.0 {
            let _ = write!(text, "{space}{{{} -}}", hex32(*v));
        } else {
            let _ = write!(text, "{space}{{{} {} 1 {} 1}}", hex32(*v), hex32(left), hex32(right));
        }
    }
    text.push('}');
}

/// The opacity: where it is held, as keys one frame apart, so that it jumps.
fn opacity(text: &mut String, shape: &Shape) {
    match shape.opacity.as_slice() {
        [] => {}
        [only] if only.value == 1.0 => {}
        [only] => {
            let _ = write!(text, "opc {} ", hex(only.value));
        }
        keys => {
            text.push_str("opc {");
            let mut left = 0.0;
            for (i, key) in keys.iter().enumerate() {
                let (before, earlier) = (key.frame - 1, i.checked_sub(1).and_then(|i| keys.get(i)));
                if let Some(earlier) = earlier.filter(|k| !k.linear && k.frame < before) {
                    let _ = write!(text, "{{{} {} -}} ", hex(before as f64), hex(earlier.value));
                }
                let next = keys.get(i + 1).filter(|_| key.linear);
                let right = next.map_or(0.0, |n| (n.value - key.value) / (n.frame - key.frame) as f64);
                let (time, value) = (hex(key.frame as f64), hex(key.value));
                let _ = match left == 0.0 && right == 0.0 {
                    true => write!(text, "{{{time} {value} -}}"),
                    false => write!(text, "{{{time} {value} {} 1 {} 1}}", hex(left), hex(right)),
                };
                text.push_str(if i + 1 < keys.len() { " " } else { "} " });
                left = right;
            }
        }
    }
}

/// A 32-bit float as Nuke prints it: 0 and 1 plain, others as eight hexadecimal digits.
fn hex32(v: f32) -> String {
    if v == 0.0 {
        "0".to_owned()
    } else if v == 1.0 {
        "1".to_owned()
    } else {
        format!("x{:08x}", v.to_bits())
    }
}

fn hex(v: f64) -> String {
    hex32(v as f32)
}
