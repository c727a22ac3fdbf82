//! Reading the Roto and RotoPaint nodes of Nuke scripts: ours, and those that Nuke writes.

use kurbo::{Point, Vec2};

use super::curve::Curve;
use super::script::{List, Node, Script};
use crate::shapes::animation::points_at;
use crate::shapes::check::fault_of;
use crate::shapes::left_out::{self, Found, LeftOut, Tally, finished, whole};
use crate::shapes::limits;
use crate::shapes::{Animation, ControlPoint, FeatherKey, Layer, OpacityKey, PathKey, Shape, ShapeError};

/// Control points that are read of a shape beyond those that its text spells out: where points move along curves
/// they are needed on every frame, and where they have keys of their own on the frames of all. 500 points on 1000
/// frames.
const MOST_DERIVED: usize = 500_000;
/// The same of a file.
const MOST_DERIVED_OF_ALL: usize = 5_000_000;
/// Bytes of text that spell out a control point at a key, at least.
const LEAST_BYTES: usize = 16;
/// Widths of a feather that differ by less, in pixels, are one.
const SAME_WIDTH: f64 = 1e-3;

/// Reads the text of an `.nk` file: every closed Bezier shape of its Roto and RotoPaint nodes.
///
/// Layers become one layer each, named by their path. Where points move along curves, they are
/// read at every frame; of shapes with very many of them at fewer frames, with lines between these. Strokes are
/// skipped. A feather that differs from point to point is read as its mean. Transforms other than the identity,
/// B-splines and open outlines are refused.
///
/// # Errors
/// [`ShapeError::Malformed`] and [`ShapeError::Unsupported`], naming the first thing that cannot be read.
pub fn read(text: &str) -> Result<Animation, ShapeError> {
    whole(read_noting(text))
}

/// Reads what can be read of the text of an `.nk` file, and says what was left out: layers and shapes that [`read`]
/// fails for.
///
/// # Errors
/// As those of [`read`], where the text as a whole cannot be read, or nothing is left of its shapes.
pub fn read_noting(text: &str) -> Found {
    let script = Script::new(text)?;
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
    let mut before: Option<Node> = None;
    for node in script.list().nodes() {
        let class = before.replace(node.clone());
        let (Some(class), Some(knobs)) = (class.as_ref().and_then(Node::word), node.list()) else { continue };
        if animation.width == 0
            && let Some(format) = knobs.after("format").and_then(Node::into_word)
        {
            let n: Vec<f64> = format.split_whitespace().take(7).map_while(|t| t.parse().ok()).collect();
            let (Some(&width), Some(&height)) = (n.first(), n.get(1)) else {
                let format = limits::beginning(&format);
                return Err(bad(format!(
                    "the format is {format:?}, expected a width and a height in pixels"
                )));
            };
            animation.width = limits::side("width", width)?;
            animation.height = limits::side("height", height)?;
            animation.pixel_aspect = n.get(6).copied().unwrap_or(1.0);
        }
        if class == "Root" {
            let number = |name| knobs.after(name).and_then(|n| n.number());
            animation.fps = number("fps").unwrap_or(24.0);
            if let (Some(a), Some(b)) = (number("first_frame"), number("last_frame")) {
                range = Some(limits::range(a.trunc(), b.trunc())?);
            }
        }
        if class == "Roto" || class == "RotoPaint" {
            shapes.extend(knobs.after("curves"));
        }
    }
    if shapes.is_empty() {
        return Err(bad("there is no Roto or RotoPaint node with curves".to_owned()));
    }
    if animation.width == 0 || animation.height == 0 {
        return Err(bad("the script names no format, so the size of the frame is unknown".to_owned()));
    }
    let mut reading = Reading {
        height: f64::from(animation.height),
        layers: Vec::new(),
        tally: Tally::default(),
        left_out: LeftOut::default(),
        derived: MOST_DERIVED_OF_ALL,
    };
    for curves in shapes {
        reading.curves(&curves)?;
    }
    animation.layers = reading.layers;
    let keys = || animation.layers.iter().flat_map(|l| &l.shapes).flat_map(|s| &s.keys).map(|k| k.frame);
    let (first, last) = range.unwrap_or((keys().min().unwrap_or(0), keys().max().unwrap_or(0)));
    (animation.first, animation.last) = (first, last.max(first));
    finished(animation, reading.left_out)
}

fn bad(reason: impl ToString) -> ShapeError {
    ShapeError::Malformed(reason.to_string())
}

struct Reading {
    height: f64,
    /// Bottom first.
    layers: Vec<Layer>,
    tally: Tally,
    left_out: LeftOut,
    /// Control points that may be read still beyond those that are spelled out.
    derived: usize,
}

/// A `cc` block: times of its keys, if all its points have them in common, and three entries for each point.
struct Outline<'a> {
    times: Option<Vec<f64>>,
    entries: Vec<Node<'a>>,
    /// Of its text.
    bytes: usize,
}

impl Reading {
    fn curves(&mut self, curves: &Node) -> Result<(), ShapeError> {
        // {{{v x3f99999a} {f 0} {n {layer Root ...}}}}: one more pair of braces in a script than
        // in the text that Python gives.
        let mut list = curves.list();
        while let Some(inner) = list.and_then(List::only_list) {
            list = Some(inner);
        }
        let root = list.and_then(|l| l.named("n")).and_then(|n| n.named("layer"));
        let root = root.ok_or_else(|| bad("the curves have no root layer".to_owned()))?;
        self.layer(root, None)
    }

    fn layer(&mut self, list: List, parent: Option<&str>) -> Result<(), ShapeError> {
        let own = list.nodes().nth(1).and_then(Node::into_word).unwrap_or("unnamed".into());
        let name = match parent {
            None => "Root".to_owned(),
            Some("Root") => own.into_owned(),
            Some(parent) => format!("{parent}/{own}"),
        };
        if let Err(reason) = limits::name(&name).map_err(bad).and_then(|()| identity(list)) {
            let name: String = limits::beginning(&name);
            self.left_out.add(&name, left_out::layer_called(&name), reason);
            return Ok(());
        }
        let mut shapes = Vec::new();
        // The first element is the topmost, and we start at the bottom.
        let children: Vec<List> = list.nodes().filter_map(|n| n.list()).collect();
        for child in children.into_iter().rev() {
            match child.head().as_deref() {
                Some("layer") => self.layer(child, Some(&name))?,
                Some("curvegroup") => {
                    let called = child.nodes().nth(1).and_then(Node::into_word).unwrap_or("unnamed".into());
                    match self.shape(child, &called, &name) {
                        Ok(None) => {}
                        Ok(Some(shape)) => {
                            self.tally.shape(&shape)?;
                            shapes.push(shape);
                        }
                        Err(reason) => {
                            self.left_out.add(&name, left_out::shape_called(&called, &name), reason);
                        }
                    }
                }
                _ => {}
            }
        }
        if !shapes.is_empty() || (parent.is_some() && name != "Root") {
            self.tally.layer()?;
            self.layers.push(Layer { name, shapes });
        }
        Ok(())
    }

    /// A shape; none where it is hidden.
    fn shape(&mut self, list: List, name: &str, layer: &str) -> Result<Option<Shape>, ShapeError> {
        limits::name(name).map_err(bad)?;
        let words: Vec<Node> = list.nodes().take(4).collect();
        let flags = words.get(2).and_then(Node::number).unwrap_or(0.0) as i64;
        let kind = words.get(3).and_then(Node::word).unwrap_or("bezier");
        if kind != "bezier" {
            return Err(ShapeError::Unsupported(format!("the type {:?}", limits::beginning(kind))));
        }
        // Bit 20 of the flags marks an open spline.
        if flags >> 20 & 1 == 1 {
            return Err(ShapeError::Unsupported("an open path".to_owned()));
        }
        identity(list)?;
        let blocks = || list.nodes().skip(4).filter_map(|block| block.list());
        let outline = blocks().find_map(|block| block.named("cc"));
        let outline = outline.ok_or_else(|| bad("it has no outline".to_owned()))?;
        let attributes: Vec<Node> = list.named("a").map(|a| a.nodes().collect()).unwrap_or_default();
        let attribute =
            |key: &str| attributes.windows(2).skip(1).find(|a| a[0].word() == Some(key)).map(|a| &a[1]);
        if let Some(mode) = attribute("bm").and_then(Node::number)
            && mode != 0.0
        {
            return Err(ShapeError::Unsupported(format!("the blend mode {mode}")));
        }
        if attribute("inv").and_then(Node::number) == Some(1.0) {
            return Err(ShapeError::Unsupported("the inversion".to_owned()));
        }
        if attribute("vis").and_then(Node::number) == Some(0.0) {
            return Ok(None);
        }
        let hole = attribute("a").and_then(Node::number) == Some(0.0);
        let opacity = attribute("opc").map_or(Ok(Vec::new()), opacity)?;
        let called = left_out::shape_called(name, layer);
        let mut keys = self.keys(&Outline::new(outline)?, &called).map_err(bad)?;
        let second = blocks().flat_map(List::nodes).filter_map(|b| b.list());
        let second = second.filter(|b| b.head().as_deref() == Some("cc")).nth(1);
        let feather = match (second, attribute("fo").and_then(Node::number)) {
            (Some(edge), on) if on != Some(0.0) => {
                let edge = self.keys(&Outline::new(edge)?, &called).map_err(bad)?;
                self.feather(&edge, &mut keys)?
            }
            _ => Vec::new(),
        };
        let shape = Shape { hole, opacity, feather, keys, name: name.to_owned() };
        fault_of(&shape).map_or(Ok(Some(shape)), |fault| Err(bad(fault)))
    }

    /// The soft edge between the outline and that of the feather, whose points are relative to those
    /// of the outline. The path comes to lie in the middle; a width that differs from point to point
    /// is their mean.
    fn feather(&self, edge: &[PathKey], keys: &mut Vec<PathKey>) -> Result<Vec<FeatherKey>, ShapeError> {
        let n = keys.first().map_or(0, |k| k.points.len());
        if edge.iter().any(|k| k.points.len() != n) {
            return Err(bad("its feather and its path have different numbers of points".to_owned()));
        }
        let both = |frame: i64| {
            let at = |keys: &[PathKey]| points_at(keys, frame);
            at(keys).into_iter().zip(at(edge)).collect::<Vec<_>>()
        };
        let mut frames: Vec<i64> = keys.iter().chain(edge).map(|k| k.frame).collect();
        frames.sort_unstable();
        frames.dedup();
        let (mut paths, mut widths) = (Vec::new(), Vec::new());
        for frame in frames {
            let (mut points, mut width) = (Vec::with_capacity(n), 0.0);
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

    /// The keys of an outline of the shape that is `called` so. It is gone through twice, so that no more is held than
    /// what comes of it.
    fn keys(&mut self, outline: &Outline, called: &str) -> Result<Vec<PathKey>, String> {
        let points = outline.entries.len() / 3;
        if !outline.entries.len().is_multiple_of(3) {
            return Err(format!("it has {} point entries, expected three a point", outline.entries.len()));
        }
        let spelled = outline.bytes / LEAST_BYTES;
        let allowed = spelled + self.derived.min(MOST_DERIVED);
        let (written, linear) = outline.key_frames(allowed)?;
        let frames = choose(&written, linear, allowed / points.max(1));
        let all = match linear {
            true => written.len() as i64,
            false => written.last().zip(written.first()).map_or(0, |(last, first)| last - first + 1),
        };
        if all > frames.len() as i64 {
            self.left_out.note(format!(
                "{called} moves on {all} frames, more than can be read for {points} points: it is read on \
                 {} of them, with straight lines between",
                frames.len()
            ));
        }
        self.derived = self.derived.saturating_sub((frames.len() * points).saturating_sub(spelled));
        let key = |&frame: &i64| PathKey { frame, points: Vec::with_capacity(points) };
        let mut keys: Vec<PathKey> = frames.iter().map(key).collect();
        let mut most = usize::MAX;
        for point in outline.entries.chunks_exact(3) {
            let mut curves = Vec::with_capacity(6);
            for entry in point {
                curves.extend(outline.curves(entry, &mut most)?);
            }
            for key in &mut keys {
                let at = |i: usize| {
                    let number = |i: usize| curves.get(i).map_or(0.0, |c: &Curve| c.at(key.frame as f64));
                    Vec2::new(number(i * 2), number(i * 2 + 1))
                };
                let (into, centre, out) = (at(0), at(1), at(2));
                let down = |v: Vec2| Point::new(v.x, self.height - v.y);
                let point =
                    ControlPoint { at: down(centre), into: down(centre + into), out: down(centre + out) };
                let placed = limits::placed(point).map_err(|found| format!("at frame {} {found}", key.frame));
                key.points.push(placed?);
            }
        }
        Ok(keys)
    }
}

impl<'a> Outline<'a> {
    fn new(outline: List<'a>) -> Result<Self, ShapeError> {
        let px = outline.named("px").filter(|px| px.nodes().nth(1).is_some());
        let (times, entries) = match (px, outline.named("p")) {
            (Some(px), _) => {
                let mut nodes = px.nodes().skip(1);
                let times = match nodes.next() {
                    Some(Node::List(list)) => list.nodes().map(|n| n.number()).collect::<Option<Vec<_>>>(),
                    word => word.and_then(|w| w.number()).map(|t| vec![t]),
                };
                let times = times.ok_or_else(|| bad("it has a key time that is not a number".to_owned()))?;
                (Some(times), nodes.collect::<Vec<_>>())
            }
            (_, Some(p)) => (None, p.nodes().skip(1).collect()),
            _ => return Err(bad("it has no points".to_owned())),
        };
        Ok(Self { times, entries, bytes: outline.bytes() })
    }

    /// The curves of x and y of an entry.
    fn curves(&self, entry: &Node, most: &mut usize) -> Result<[Curve; 2], String> {
        let mut axes = entry.list().into_iter().flat_map(List::nodes).peekable();
        // Attributes of a single point.
        if axes.peek().and_then(|n| n.list()).is_some_and(|l| l.head().as_deref() == Some("a")) {
            axes.next();
        }
        let mut curve = || {
            let rests = Ok(Curve::constant(0.0));
            axes.next().map_or(rests, |node| {
                Curve::new(&node, self.times.as_deref(), most).map_err(|e| e.to_string())
            })
        };
        Ok([curve()?, curve()?])
    }

    /// The frames that are written, in order, and whether all goes in lines between them.
    fn key_frames(&self, allowed: usize) -> Result<(Vec<i64>, bool), String> {
        let number = |time: &f64| limits::frame(*time).map_err(|found| format!("it has a key at {found}"));
        let mut frames: Vec<i64> = self.times.iter().flatten().map(number).collect::<Result<_, _>>()?;
        let mut most = allowed.saturating_mul(6);
        let mut linear = true;
        for entry in &self.entries {
            for curve in self.curves(entry, &mut most)? {
                // Keys of one curve that another lacks are harmless only where that one is a straight line.
                linear &= curve.is_linear();
                if self.times.is_none() {
                    let times: Vec<i64> =
                        curve.0.iter().map(|k| number(&k.time)).collect::<Result<_, _>>()?;
                    frames.extend(times);
                }
            }
        }
        if frames.is_empty() {
            frames.push(0);
        }
        frames.sort_unstable();
        frames.dedup();
        Ok((frames, linear))
    }
}

/// The frames at which a shape gets keys, `most` of them: the written ones, or all from the first to the last where
/// its motion is curved. Of too many, some of the written ones and others between them, as even as these allow.
fn choose(written: &[i64], linear: bool, most: usize) -> Vec<i64> {
    let (Some(&first), Some(&last)) = (written.first(), written.last()) else { return Vec::new() };
    let most = most.max(2);
    let all = if linear { written.len() } else { usize::try_from(last - first + 1).unwrap_or(usize::MAX) };
    if all <= most {
        return if linear { written.to_vec() } else { (first..=last).collect() };
    }
    let half = (most / 2).max(2);
    let some = |i: usize| written[i * (written.len() - 1) / (half - 1)];
    let kept: Vec<i64> = if written.len() <= half { written.to_vec() } else { (0..half).map(some).collect() };
    if linear {
        return kept;
    }
    // The first and the last are among those that are kept.
    let step = (last - first) / (most - kept.len()).max(1) as i64 + 1;
    let mut frames = vec![first];
    for pair in kept.windows(2) {
        frames.extend((pair[0]..pair[1]).step_by(step as usize).skip(1));
        frames.push(pair[1]);
    }
    frames
}

/// Refuses a transform that does something; a pivot alone does not.
fn identity(list: List) -> Result<(), ShapeError> {
    let plain = match (list.named("t"), list.named("tx")) {
        // pivot x y z, translate x y z, rotate x y z, scale x y z, ...
        (Some(t), _) => t.nodes().skip(4).enumerate().all(|(i, v)| {
            let last = || v.list()?.nodes().next()?.list()?.nodes().last();
            let value = v.number().or_else(|| last()?.number());
            value == Some(if (6..9).contains(&i) { 1.0 } else { 0.0 })
        }),
        (None, Some(tx)) => tx.nodes().count() <= 4,
        (None, None) => true,
    };
    if plain { Ok(()) } else { Err(ShapeError::Unsupported("a transform".to_owned())) }
}

fn opacity(node: &Node) -> Result<Vec<OpacityKey>, ShapeError> {
    let bad = |e: &dyn std::fmt::Display| bad(format!("its opacity: {e}"));
    let mut most = limits::MOST_KEYS;
    let curve = Curve::new(node, None, &mut most).map_err(|e| bad(&e))?;
    let keys = match curve.0.as_slice() {
        [] => return Ok(Vec::new()),
        [only] if only.value == 1.0 => return Ok(Vec::new()),
        keys => keys.iter().map(|k| Ok((limits::frame(k.time)?, k.value.clamp(0.0, 1.0)))),
    };
    let keys: Vec<(i64, f64)> = keys.collect::<Result<_, limits::Beyond>>().map_err(|e| bad(&e))?;
    let mut held: Vec<OpacityKey> = Vec::new();
    for (i, &(frame, value)) in keys.iter().enumerate() {
        let next = keys.get(i + 1).copied();
        let key = OpacityKey::towards(frame, value, next);
        match held.last() {
            // Times between frames may round to one. Of two the first counts, and what goes on from the second.
            Some(before) if before.frame >= frame => {
                held.extend(next.filter(|_| key.linear).map(|(at, v)| {
                    let value = value + (v - value) / (at - frame) as f64;
                    OpacityKey::towards(frame + 1, value, next)
                }))
            }
            // Keys that say nothing new are the writer's, for programs that interpolate.
            Some(before) if before.value == value && !before.linear && !key.linear => {}
            _ => held.push(key),
        }
    }
    Ok(held)
}
