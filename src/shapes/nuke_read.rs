//! Reading the Roto and RotoPaint nodes of Nuke scripts: ours, and those that Nuke writes.

use kurbo::{Point, Vec2};

use super::animation::points_at;
use super::fxs_read::ramp;
use super::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// Braces nest no deeper in any real script.
const MAX_DEPTH: usize = 200;
/// Frames that a shape whose motion is curved is spelled out on, at most.
const MAX_BAKED: i64 = 100_000;
/// A slope counts as its chord's within this, in pixels a frame; 32-bit numbers are no finer.
const SLOPE_TOLERANCE: f64 = 2e-3;
/// Widths of a feather that differ by less, in pixels, are one.
const SAME_WIDTH: f64 = 1e-3;

/// Reads the text of an `.nk` file: every closed Bezier shape of its Roto and RotoPaint nodes.
///
/// Layers become one layer each, named by their path. Where points move along curves, they are
/// read at every frame. Strokes are skipped. A feather that differs from point to point is read as
/// its mean. Transforms other than the identity, B-splines and open outlines are refused.
///
/// # Errors
/// [`ShapeError::Malformed`] and [`ShapeError::Unsupported`], naming the thing found.
pub fn read(text: &str) -> Result<Animation, ShapeError> {
    let script = parse(text)?;
    let mut animation = Animation {
        width: 0,
        height: 0,
        pixel_aspect: 1.0,
        first: 0,
        last: 0,
        fps: 24.0,
        layers: Vec::new(),
    };
    let mut range = None;
    let mut shapes = Vec::new();
    for pair in script.windows(2) {
        let (Some(class), Node::List(knobs)) = (pair[0].word(), &pair[1]) else { continue };
        let knob = |name: &str| knobs.windows(2).find(|k| k[0].word() == Some(name)).map(|k| &k[1]);
        if let Some(format) = knob("format").and_then(Node::word)
            && animation.width == 0
        {
            let n: Vec<f64> = format.split_whitespace().map_while(|t| t.parse().ok()).collect();
            if n.len() < 2 {
                return Err(bad(format!(
                    "the format is {format:?}, expected a width and a height in pixels"
                )));
            }
            (animation.width, animation.height) = (n[0] as u32, n[1] as u32);
            animation.pixel_aspect = n.get(6).copied().unwrap_or(1.0);
        }
        if class == "Root" {
            let number = |name| knob(name).and_then(Node::number);
            animation.fps = number("fps").unwrap_or(24.0);
            if let (Some(a), Some(b)) = (number("first_frame"), number("last_frame")) {
                range = Some((a as i64, b as i64));
            }
        }
        if (class == "Roto" || class == "RotoPaint")
            && let Some(curves) = knob("curves")
        {
            shapes.push(curves);
        }
    }
    if shapes.is_empty() {
        return Err(bad("there is no Roto or RotoPaint node with curves".to_owned()));
    }
    if animation.width == 0 || animation.height == 0 {
        return Err(bad("the script names no format, so the size of the frame is unknown".to_owned()));
    }
    for curves in shapes {
        let mut reading = Reading { height: f64::from(animation.height), layers: Vec::new() };
        reading.curves(curves)?;
        animation.layers.append(&mut reading.layers);
    }
    let keys = || animation.layers.iter().flat_map(|l| &l.shapes).flat_map(|s| &s.keys).map(|k| k.frame);
    let (first, last) = range.unwrap_or((keys().min().unwrap_or(0), keys().max().unwrap_or(0)));
    (animation.first, animation.last) = (first, last.max(first));
    animation.check()?;
    Ok(animation)
}

fn bad(reason: String) -> ShapeError {
    ShapeError::Malformed(reason)
}

/// A word or a list of the script's language.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Word(String),
    List(Vec<Node>),
}

impl Node {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(w) => Some(w),
            Self::List(_) => None,
        }
    }

    fn list(&self) -> &[Node] {
        match self {
            Self::Word(_) => &[],
            Self::List(l) => l,
        }
    }

    /// A decimal number, or a 32-bit float as `x` and eight hexadecimal digits.
    fn number(&self) -> Option<f64> {
        let word = self.word()?;
        let hex = word.strip_prefix('x').filter(|h| h.len() == 8);
        let value = match hex.and_then(|h| u32::from_str_radix(h, 16).ok()) {
            Some(bits) => f64::from(f32::from_bits(bits)),
            None => word.parse().ok()?,
        };
        Some(value).filter(|v| v.is_finite())
    }

    /// The list among these elements that starts with the word `name`.
    fn named<'a>(list: &'a [Node], name: &str) -> Option<&'a [Node]> {
        list.iter().map(Node::list).find(|l| l.first().and_then(Node::word) == Some(name))
    }
}

/// Words and braces; a quoted word may hold anything.
fn parse(text: &str) -> Result<Vec<Node>, ShapeError> {
    let mut open: Vec<Vec<Node>> = vec![Vec::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let node = match c {
            '{' => {
                if open.len() > MAX_DEPTH {
                    return Err(bad(format!("braces nest deeper than {MAX_DEPTH}")));
                }
                open.push(Vec::new());
                continue;
            }
            '}' if open.len() > 1 => Node::List(open.pop().unwrap_or_default()),
            '}' => return Err(bad("a brace closes that was not opened".to_owned())),
            c if c.is_whitespace() => continue,
            '"' => {
                let mut word = String::new();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => word.extend(chars.next()),
                        Some(c) => word.push(c),
                        None => return Err(bad("a quotation is not closed".to_owned())),
                    }
                }
                Node::Word(word)
            }
            c => {
                let mut word = String::from(c);
                while let Some(&c) = chars.peek() {
                    if c.is_whitespace() || c == '{' || c == '}' {
                        break;
                    }
                    word.push(c);
                    chars.next();
                }
                Node::Word(word)
            }
        };
        if let Some(top) = open.last_mut() {
            top.push(node);
        }
    }
    match open.len() {
        1 => Ok(open.pop().unwrap_or_default()),
        n => Err(bad(format!("{} braces are not closed", n - 1))),
    }
}

struct Reading {
    height: f64,
    /// Bottom first.
    layers: Vec<Layer>,
}

impl Reading {
    fn curves(&mut self, curves: &Node) -> Result<(), ShapeError> {
        // {{{v x3f99999a} {f 0} {n {layer Root ...}}}}: one more pair of braces in a script than
        // in the text that Python gives.
        let mut list = curves.list();
        while let [Node::List(inner)] = list {
            list = inner;
        }
        let root = Node::named(list, "n").and_then(|n| Node::named(n, "layer"));
        let root = root.ok_or_else(|| bad("the curves have no root layer".to_owned()))?;
        self.layer(root, None)
    }

    fn layer(&mut self, list: &[Node], parent: Option<&str>) -> Result<(), ShapeError> {
        let own = list.get(1).and_then(Node::word).unwrap_or("unnamed");
        let name = match parent {
            None => "Root".to_owned(),
            Some("Root") => own.to_owned(),
            Some(parent) => format!("{parent}/{own}"),
        };
        identity(list, &name)?;
        let mut shapes = Vec::new();
        // The first element is the topmost, and we start at the bottom.
        for child in list.iter().rev().map(Node::list) {
            match child.first().and_then(Node::word) {
                Some("layer") => self.layer(child, Some(&name))?,
                Some("curvegroup") => shapes.extend(self.shape(child)?),
                _ => {}
            }
        }
        if !shapes.is_empty() || (parent.is_some() && name != "Root") {
            self.layers.push(Layer { name, shapes });
        }
        Ok(())
    }

    fn shape(&self, list: &[Node]) -> Result<Option<Shape>, ShapeError> {
        let name = list.get(1).and_then(Node::word).unwrap_or("unnamed").to_owned();
        let flags = list.get(2).and_then(Node::number).unwrap_or(0.0) as i64;
        let kind = list.get(3).and_then(Node::word).unwrap_or("bezier");
        if kind != "bezier" {
            return Err(ShapeError::Unsupported(format!("shape {name:?} of type {kind}")));
        }
        // Bit 20 of the flags marks an open spline.
        if flags >> 20 & 1 == 1 {
            return Err(ShapeError::Unsupported(format!("the open shape {name:?}")));
        }
        identity(list, &name)?;
        let outline = list.iter().skip(4).find_map(|block| Node::named(block.list(), "cc"));
        let outline = outline.ok_or_else(|| bad(format!("shape {name:?} has no outline")))?;
        let attributes = Node::named(list, "a").unwrap_or_default();
        let attribute =
            |key: &str| attributes.windows(2).skip(1).find(|a| a[0].word() == Some(key)).map(|a| &a[1]);
        if let Some(mode) = attribute("bm").and_then(Node::number)
            && mode != 0.0
        {
            return Err(ShapeError::Unsupported(format!("blend mode {mode} of shape {name:?}")));
        }
        if attribute("inv").and_then(Node::number) == Some(1.0) {
            return Err(ShapeError::Unsupported(format!("the inverted shape {name:?}")));
        }
        if attribute("vis").and_then(Node::number) == Some(0.0) {
            return Ok(None);
        }
        let hole = attribute("a").and_then(Node::number) == Some(0.0);
        let opacity = attribute("opc").map_or(Ok(Vec::new()), |o| opacity(o, &name))?;
        let mut keys = self.keys(outline, &name)?;
        let second = list.iter().skip(4).flat_map(|b| b.list()).map(Node::list);
        let second = second.filter(|b| b.first().and_then(Node::word) == Some("cc")).nth(1);
        let feather = match (second, attribute("fo").and_then(Node::number)) {
            (Some(edge), on) if on != Some(0.0) => self.feather(edge, &mut keys, &name)?,
            _ => Vec::new(),
        };
        Ok(Some(Shape { hole, opacity, feather, keys, name }))
    }

    /// The soft edge between the outline and that of the feather, whose points are relative to those
    /// of the outline. The path comes to lie in the middle; a width that differs from point to point
    /// is their mean.
    fn feather(
        &self,
        edge: &[Node],
        keys: &mut Vec<PathKey>,
        name: &str,
    ) -> Result<Vec<FeatherKey>, ShapeError> {
        let edge = self.keys(edge, name)?;
        let n = keys.first().map_or(0, |k| k.points.len());
        if edge.iter().any(|k| k.points.len() != n) {
            return Err(bad(format!("the feather of shape {name:?} has another number of points than it")));
        }
        let both = |frame: i64| {
            let at = |keys: &[PathKey]| points_at(keys, frame);
            at(keys).into_iter().zip(at(&edge)).collect::<Vec<_>>()
        };
        let mut frames: Vec<i64> = keys.iter().chain(&edge).map(|k| k.frame).collect();
        frames.sort_unstable();
        frames.dedup();
        let (mut paths, mut widths) = (Vec::new(), Vec::new());
        for frame in frames {
            let (mut points, mut width) = (Vec::new(), 0.0);
            for (p, e) in both(frame) {
                // Offsets came through as points of a picture whose y points down.
                let off = Vec2::new(e.at.x, e.at.y - self.height);
                let at = p.at + off / 2.0;
                let handle = |a: Vec2, b: Vec2| at + (a + b) / 2.0;
                points.push(ControlPoint {
                    at,
                    into: handle(p.into - p.at, e.into - e.at),
                    out: handle(p.out - p.at, e.out - e.at),
                });
                width += off.hypot() / n as f64;
            }
            paths.push(PathKey { frame, points });
            widths.push(FeatherKey { frame, width });
        }
        *keys = paths;
        let first = widths.first().map_or(0.0, |k| k.width);
        if widths.iter().all(|k| (k.width - first).abs() < SAME_WIDTH) {
            widths.truncate(1);
        }
        Ok(if first < SAME_WIDTH && widths.len() < 2 { Vec::new() } else { widths })
    }

    fn keys(&self, outline: &[Node], name: &str) -> Result<Vec<PathKey>, ShapeError> {
        let (times, entries) = match (Node::named(outline, "px"), Node::named(outline, "p")) {
            (Some(px), _) if px.len() > 1 => {
                let times = match &px[1] {
                    Node::List(l) => l.iter().map(Node::number).collect::<Option<Vec<_>>>(),
                    word => word.number().map(|t| vec![t]),
                };
                let times =
                    times.ok_or_else(|| bad(format!("shape {name:?} has a key time that is no number")))?;
                (Some(times), &px[2..])
            }
            (_, Some(p)) => (None, &p[1..]),
            _ => return Err(bad(format!("shape {name:?} has no points"))),
        };
        if entries.len() % 3 != 0 {
            let n = entries.len();
            return Err(bad(format!("shape {name:?} has {n} point entries, expected three a point")));
        }
        let mut curves = Vec::with_capacity(entries.len() * 2);
        for entry in entries {
            let mut list = entry.list();
            // Attributes of a single point.
            if let Some(Node::List(first)) = list.first()
                && first.first().and_then(Node::word) == Some("a")
            {
                list = &list[1..];
            }
            for axis in 0..2 {
                let curve =
                    list.get(axis).map_or(Ok(Curve::constant(0.0)), |c| Curve::new(c, times.as_deref()));
                curves.push(curve.map_err(|e| bad(format!("shape {name:?}: {e}")))?);
            }
        }
        let frames = key_frames(&curves, times.as_deref(), name)?;
        let mut keys = Vec::with_capacity(frames.len());
        for frame in frames {
            let at = |i: usize| Vec2::new(curves[i * 2].at(frame as f64), curves[i * 2 + 1].at(frame as f64));
            let points = (0..entries.len() / 3)
                .map(|k| {
                    let centre = at(k * 3 + 1);
                    let down = |v: Vec2| Point::new(v.x, self.height - v.y);
                    ControlPoint {
                        at: down(centre),
                        into: down(centre + at(k * 3)),
                        out: down(centre + at(k * 3 + 2)),
                    }
                })
                .collect();
            keys.push(PathKey { frame, points });
        }
        Ok(keys)
    }
}

/// Refuses a transform that does something; a pivot alone does not.
fn identity(list: &[Node], name: &str) -> Result<(), ShapeError> {
    let plain = match (Node::named(list, "t"), Node::named(list, "tx")) {
        // pivot x y z, translate x y z, rotate x y z, scale x y z, ...
        (Some(t), _) => t.iter().skip(4).enumerate().all(|(i, v)| {
            let value =
                v.number().or_else(|| v.list().first().and_then(|k| k.list().last()).and_then(Node::number));
            value == Some(if (6..9).contains(&i) { 1.0 } else { 0.0 })
        }),
        (None, Some(tx)) => tx.len() <= 4,
        (None, None) => true,
    };
    if plain { Ok(()) } else { Err(ShapeError::Unsupported(format!("a transform on {name:?}"))) }
}

fn opacity(node: &Node, name: &str) -> Result<Vec<OpacityKey>, ShapeError> {
    let curve = Curve::new(node, None).map_err(|e| bad(format!("the opacity of shape {name:?}: {e}")))?;
    let key = |k: &CurveKey| OpacityKey { frame: k.time.round() as i64, value: k.value.clamp(0.0, 1.0) };
    match curve.0.as_slice() {
        [] => Ok(Vec::new()),
        [only] if only.value == 1.0 => Ok(Vec::new()),
        keys => {
            let mut held: Vec<OpacityKey> = Vec::new();
            for (i, k) in keys.iter().map(key).enumerate() {
                // Keys that say nothing new are the writer's, for programs that interpolate.
                if i + 1 == keys.len() || i == 0 || held.last().is_none_or(|h| h.value != k.value) {
                    held.push(k);
                }
                if let Some(next) = keys.get(i + 1).map(key)
                    && next.value != k.value
                {
                    held.extend(ramp(k, next)?);
                }
            }
            held.dedup_by(|b, a| a.frame == b.frame || a.value == b.value);
            Ok(held)
        }
    }
}

/// The frames at which a shape needs keys: the written ones, or all where its motion is curved.
fn key_frames(curves: &[Curve], times: Option<&[f64]>, name: &str) -> Result<Vec<i64>, ShapeError> {
    let mut frames: Vec<i64> = match times {
        Some(times) => times.iter().map(|t| t.round() as i64).collect(),
        None => curves.iter().flat_map(|c| c.0.iter().map(|k| k.time.round() as i64)).collect(),
    };
    if frames.is_empty() {
        frames.push(0);
    }
    frames.sort_unstable();
    frames.dedup();
    // Keys of one curve that another lacks are harmless only where that one is a straight line.
    if curves.iter().all(Curve::is_linear) {
        return Ok(frames);
    }
    let (first, last) = (frames[0], frames[frames.len() - 1]);
    if last - first > MAX_BAKED {
        return Err(ShapeError::Unsupported(format!(
            "curved motion over {} frames in {name:?}",
            last - first
        )));
    }
    Ok((first..=last).collect())
}

#[derive(Debug, Clone, Copy)]
struct CurveKey {
    time: f64,
    value: f64,
    /// Slopes before and after, a frame.
    slopes: (f64, f64),
}

/// A number over time: cubic pieces between keys, at rest outside.
#[derive(Debug, Clone)]
struct Curve(Vec<CurveKey>);

impl Curve {
    fn constant(value: f64) -> Self {
        Self(vec![CurveKey { time: 0.0, value, slopes: (0.0, 0.0) }])
    }

    /// A number, or keys; with `times` the keys follow them, else each begins with its own.
    fn new(node: &Node, times: Option<&[f64]>) -> Result<Self, String> {
        if let Some(value) = node.number() {
            return Ok(Self::constant(value));
        }
        let mut list = node.list();
        // A curve as a knob writes it has one more pair of braces.
        while let [Node::List(inner)] = list
            && inner.first().is_some_and(|n| n.word().is_none())
        {
            list = inner;
        }
        let mut keys = Vec::new();
        for key in list {
            let (count, body) = match key.list() {
                [Node::Word(x), n, Node::List(body)] if x == "x" => {
                    (n.number().unwrap_or(1.0) as usize, &body[..])
                }
                body => (1, body),
            };
            let skip = usize::from(times.is_none());
            let wrong = || "a key is no list of numbers".to_owned();
            let value = body.get(skip).and_then(Node::number).ok_or_else(wrong)?;
            let rest = &body[skip + 1..];
            let slope = |i: usize| rest.get(i).and_then(Node::number).unwrap_or(0.0);
            let slopes = if rest.len() >= 4 { (slope(0), slope(2)) } else { (slope(0), slope(0)) };
            for _ in 0..count.min(times.map_or(1, <[f64]>::len)) {
                let time = match times {
                    None => body[0].number().ok_or_else(wrong)?,
                    Some(times) => times.get(keys.len()).copied().unwrap_or(0.0),
                };
                keys.push(CurveKey { time, value, slopes });
            }
        }
        match (keys.len(), times.map_or(0, <[f64]>::len)) {
            (0, _) => Err("a curve has no keys".to_owned()),
            (1, _) => Ok(Self::constant(keys[0].value)),
            (n, wanted) if times.is_some() && n != wanted => Err(format!("{n} keys, expected {wanted}")),
            _ if keys.windows(2).any(|k| k[0].time >= k[1].time) => Err("keys are not in order".to_owned()),
            _ => Ok(Self(keys)),
        }
    }

    fn at(&self, time: f64) -> f64 {
        let next = self.0.partition_point(|k| k.time <= time);
        match (next.checked_sub(1).and_then(|i| self.0.get(i)), self.0.get(next)) {
            (Some(a), Some(b)) => {
                let span = b.time - a.time;
                let t = (time - a.time) / span;
                let (t2, t3) = (t * t, t * t * t);
                (2.0 * t3 - 3.0 * t2 + 1.0) * a.value
                    + (t3 - 2.0 * t2 + t) * span * a.slopes.1
                    + (3.0 * t2 - 2.0 * t3) * b.value
                    + (t3 - t2) * span * b.slopes.0
            }
            (Some(k), None) | (None, Some(k)) => k.value,
            (None, None) => 0.0,
        }
    }

    fn is_linear(&self) -> bool {
        self.0.windows(2).all(|k| {
            let chord = (k[1].value - k[0].value) / (k[1].time - k[0].time);
            let near = |slope: f64| (slope - chord).abs() <= SLOPE_TOLERANCE;
            k[1].time - k[0].time <= 1.0 || (near(k[0].slopes.1) && near(k[1].slopes.0))
        })
    }
}
