//! What a file of shapes holds.

use kurbo::{BezPath, Point};

use super::ShapeError;
use super::text::identifier;

/// One point of a closed Bezier path, its handles in absolute coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlPoint {
    /// Where the path passes, in pixels, origin top left.
    pub at: Point,
    /// The handle toward the previous point.
    pub into: Point,
    /// The handle toward the next point.
    pub out: Point,
}

impl ControlPoint {
    /// A corner whose handles lie on the point.
    #[must_use]
    pub fn corner(at: Point) -> Self {
        Self { at, into: at, out: at }
    }

    /// The point `t` of the way to `other`, handles too.
    #[must_use]
    pub fn lerp(&self, other: &Self, t: f64) -> Self {
        Self {
            at: self.at.lerp(other.at, t),
            into: self.into.lerp(other.into, t),
            out: self.out.lerp(other.out, t),
        }
    }

    /// Whether all its numbers are finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.at.is_finite() && self.into.is_finite() && self.out.is_finite()
    }
}

/// The path of a shape at one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct PathKey {
    /// Frame number of the footage.
    pub frame: i64,
    /// As many points, in the same order, as every other key of the shape has.
    pub points: Vec<ControlPoint>,
}

/// The opacity from one frame on, until the next key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpacityKey {
    /// Frame number of the footage.
    pub frame: i64,
    /// 0 invisible to 1.
    pub value: f64,
    /// Whether it changes in a line to that of the next key; it is held until then otherwise.
    pub linear: bool,
}

impl OpacityKey {
    /// A value that is held until the next key.
    #[must_use]
    pub fn held(frame: i64, value: f64) -> Self {
        Self { frame, value, linear: false }
    }

    /// A value from which the opacity changes in a line to that of the `next` key. Held where that says the same.
    pub(super) fn towards(frame: i64, value: f64, next: Option<(i64, f64)>) -> Self {
        let between = |(at, v): (i64, f64)| v != value && at.saturating_sub(1) > frame;
        Self { frame, value, linear: next.is_some_and(between) }
    }
}

/// How soft the edge is at one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatherKey {
    /// Frame number of the footage.
    pub frame: i64,
    /// The pixels over which the coverage falls from 1 to 0, half of them on either side of the path;
    /// 0 is a hard edge.
    pub width: f64,
}

/// One closed Bezier path over time. Between keys points and handles move linearly; before the
/// first key and after the last they rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What the artist sees; unique within an animation that this crate builds.
    pub name: String,
    /// Whether it cuts what lies below it in its layer.
    pub hole: bool,
    /// Before the first key its value holds, as that of the last does after it, and no keys mean 1.
    pub opacity: Vec<OpacityKey>,
    /// Changes linearly from key to key and rests outside; no keys are a hard edge.
    pub feather: Vec<FeatherKey>,
    /// In order of frames, at least one.
    pub keys: Vec<PathKey>,
}

impl Shape {
    /// How many control points every key has.
    #[must_use]
    pub fn point_count(&self) -> usize {
        self.keys.first().map_or(0, |k| k.points.len())
    }

    /// The opacity at `frame`, 0 to 1.
    #[must_use]
    pub fn opacity_at(&self, frame: i64) -> f64 {
        let next = self.opacity.partition_point(|k| k.frame <= frame);
        match (self.opacity.get(next.saturating_sub(1)), self.opacity.get(next)) {
            (Some(a), Some(b)) if a.linear && next > 0 => {
                a.value
                    + (b.value - a.value) * (frame as f64 - a.frame as f64)
                        / (b.frame as f64 - a.frame as f64)
            }
            (Some(k), _) => k.value,
            (None, _) => 1.0,
        }
    }

    /// The first and the last frame from `first` to `last` on which it is visible; none if it is never visible.
    #[must_use]
    pub fn life(&self, first: i64, last: i64) -> Option<(i64, i64)> {
        if first > last {
            return None;
        }
        // Between two keys the opacity is held or changes in a line, so it is 0 either all the way, or nowhere
        // but at an end.
        let ends = self.opacity.iter().flat_map(|k| {
            let near = [k.frame.saturating_sub(1), k.frame, k.frame.saturating_add(1)];
            near.into_iter().filter(|f| (first..=last).contains(f))
        });
        let seen = |&f: &i64| self.opacity_at(f) > 0.0;
        let (mut life, mut frames) = (None, vec![first, last]);
        frames.extend(ends);
        for f in frames.into_iter().filter(seen) {
            let (a, b) = life.unwrap_or((f, f));
            life = Some((f.min(a), f.max(b)));
        }
        life
    }

    /// The width of the soft edge at `frame`, in pixels.
    #[must_use]
    pub fn feather_at(&self, frame: i64) -> f64 {
        let next = self.feather.partition_point(|k| k.frame <= frame);
        match (next.checked_sub(1).and_then(|i| self.feather.get(i)), self.feather.get(next)) {
            (Some(a), Some(b)) => {
                a.width
                    + (b.width - a.width) * (frame as f64 - a.frame as f64)
                        / (b.frame as f64 - a.frame as f64)
            }
            (Some(k), None) | (None, Some(k)) => k.width,
            (None, None) => 0.0,
        }
    }

    /// The control points at `frame`.
    #[must_use]
    pub fn points_at(&self, frame: i64) -> Vec<ControlPoint> {
        points_at(&self.keys, frame)
    }

    /// The closed path at `frame`; empty when the shape has no point.
    #[must_use]
    pub fn path_at(&self, frame: i64) -> BezPath {
        path_of(&self.points_at(frame))
    }

    /// Keeps the shape visible from `first` to `last` only, within an animation that runs from
    /// `start` to `end`.
    pub fn set_lifetime(&mut self, first: i64, last: i64, start: i64, end: i64) {
        self.opacity.clear();
        if first > start {
            self.opacity.push(OpacityKey::held(first - 1, 0.0));
        }
        if first > start || last < end {
            self.opacity.push(OpacityKey::held(first, 1.0));
        }
        if last < end {
            self.opacity.push(OpacityKey::held(last + 1, 0.0));
        }
    }
}

/// The control points at `frame` of a path that has `keys`.
pub(super) fn points_at(keys: &[PathKey], frame: i64) -> Vec<ControlPoint> {
    let next = keys.partition_point(|k| k.frame <= frame);
    match (next.checked_sub(1).and_then(|i| keys.get(i)), keys.get(next)) {
        (Some(a), Some(b)) => {
            // As numbers that cannot overflow; below 2^53 they are exact.
            let t = (frame as f64 - a.frame as f64) / (b.frame as f64 - a.frame as f64);
            a.points.iter().zip(&b.points).map(|(p, q)| p.lerp(q, t)).collect()
        }
        (Some(k), None) | (None, Some(k)) => k.points.clone(),
        (None, None) => Vec::new(),
    }
}

/// The closed path through `points`.
pub(super) fn path_of(points: &[ControlPoint]) -> BezPath {
    let mut path = BezPath::new();
    let (Some(first), Some(_)) = (points.first(), points.get(1)) else { return path };
    path.move_to(first.at);
    for (a, b) in points.iter().zip(points.iter().skip(1).chain(points.first())) {
        path.curve_to(a.out, b.into, b.at);
    }
    path.close_path();
    path
}

/// The shapes of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The object's name, as the artist gave it.
    pub name: String,
    /// Bottom first: a hole comes after what it cuts.
    pub shapes: Vec<Shape>,
}

/// Animated shapes and the footage that they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Animation {
    /// Columns of the footage.
    pub width: u32,
    /// Rows of the footage.
    pub height: u32,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    /// First frame of the footage.
    pub first: i64,
    /// Last frame of the footage, the first one at least.
    pub last: i64,
    /// Frames a second.
    pub fps: f64,
    /// One an object, bottom first.
    pub layers: Vec<Layer>,
}

/// Layers that a message names, at most.
const MOST_NAMES: usize = 12;

impl Animation {
    /// The layer of the object called `name`.
    #[must_use]
    pub fn layer(&self, name: &str) -> Option<&Layer> {
        self.layers.iter().find(|l| l.name == name)
    }

    /// The name of the layer to take for `object`: `wanted`, if one is; else the one that is called as
    /// the object, if need be as Nuke spells it; else the only one that has shapes.
    ///
    /// # Errors
    /// [`ShapeError::Input`] naming the layers that there are.
    pub fn choose(&self, wanted: Option<&str>, object: &str) -> Result<&str, ShapeError> {
        let named = |name: &str| {
            let spelled = identifier(name, "object");
            self.layer(name).or_else(|| self.layer(&spelled)).map(|l| l.name.as_str())
        };
        let mut filled = self.layers.iter().filter(|l| !l.shapes.is_empty()).map(|l| l.name.as_str());
        let found = match wanted {
            Some(name) => named(name),
            None => named(object).or_else(|| filled.next().filter(|_| filled.next().is_none())),
        };
        found.ok_or_else(|| {
            let name = wanted.unwrap_or(object);
            let names: Vec<&str> = self.layers.iter().take(MOST_NAMES).map(|l| l.name.as_str()).collect();
            let more = if self.layers.len() > MOST_NAMES { " and others" } else { "" };
            ShapeError::Input(format!("there is no layer {name:?}, only {names:?}{more}"))
        })
    }
}
