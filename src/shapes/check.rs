//! Whether an animation can be drawn and written.

use super::feather::WIDEST;
use super::left_out::shape_called;
use super::limits::{ASPECTS, FRAMES, LONGEST_SIDE, MOST_KEYS, MOST_PIXELS, MOST_POINTS, placed, short};
use super::{Animation, Shape, ShapeError};

impl Animation {
    /// Says what makes the animation impossible to draw and to write, if anything does: see [`limits`](super::limits).
    ///
    /// # Errors
    /// [`ShapeError::Input`] naming the first thing found wrong.
    pub fn check(&self) -> Result<(), ShapeError> {
        if let Some(fault) = fault_of_footage(self) {
            return Err(ShapeError::Input(fault));
        }
        for (layer, shape) in self.layers.iter().flat_map(|l| l.shapes.iter().map(move |s| (l, s))) {
            if let Some(fault) = fault_of(shape) {
                let at = shape_called(&shape.name, &layer.name);
                return Err(ShapeError::Input(format!("{at}: {fault}")));
            }
        }
        Ok(())
    }
}

/// What makes `animation` impossible apart from its shapes, if anything does.
pub(super) fn fault_of_footage(animation: &Animation) -> Option<String> {
    let (w, h) = (animation.width, animation.height);
    if w == 0 || h == 0 || w > LONGEST_SIDE || h > LONGEST_SIDE {
        return Some(format!("shapes need a frame of 1 to {LONGEST_SIDE} pixels a side, found {w}x{h}"));
    }
    if u64::from(w) * u64::from(h) > MOST_PIXELS {
        return Some(format!("shapes need a frame of {MOST_PIXELS} pixels at most, found {w}x{h}"));
    }
    if !(ASPECTS.0..=ASPECTS.1).contains(&animation.pixel_aspect) {
        return Some(format!(
            "the pixel aspect is {} to {}, found {}",
            ASPECTS.0, ASPECTS.1, animation.pixel_aspect
        ));
    }
    if !(animation.fps.is_finite() && animation.fps > 0.0) {
        return Some(format!("the frame rate is above zero frames a second, found {}", animation.fps));
    }
    if animation.last < animation.first {
        return Some(format!(
            "the frames end at {} before they begin at {}",
            animation.last, animation.first
        ));
    }
    let far = [animation.first, animation.last].into_iter().find(|f| !FRAMES.contains(f));
    far.map(|f| format!("the footage has frame {f}, expected {} to {}", FRAMES.start(), FRAMES.end()))
}

/// What makes `shape` impossible to draw and to write, if anything does.
pub(super) fn fault_of(shape: &Shape) -> Option<String> {
    let n = shape.point_count();
    if n < 2 {
        return Some(format!("it has {n} control points, expected two or more"));
    }
    if n > MOST_POINTS {
        return Some(format!("it has {n} control points, expected {MOST_POINTS} at most"));
    }
    for (what, count) in [
        ("keys", shape.keys.len()),
        ("keys of its opacity", shape.opacity.len()),
        ("keys of its feather", shape.feather.len()),
    ] {
        if count > MOST_KEYS {
            return Some(format!("it has {count} {what}, expected {MOST_KEYS} at most"));
        }
    }
    if let Some(k) = shape.keys.iter().find(|k| k.points.len() != n) {
        return Some(format!("it has {} points at frame {}, expected {n}", k.points.len(), k.frame));
    }
    for key in &shape.keys {
        if let Some(Err(found)) = key.points.iter().map(|&p| placed(p)).find(Result::is_err) {
            return Some(format!("at frame {} {found}", key.frame));
        }
    }
    let frames = [
        &mut shape.keys.iter().map(|k| k.frame) as &mut dyn Iterator<Item = i64>,
        &mut shape.opacity.iter().map(|k| k.frame),
        &mut shape.feather.iter().map(|k| k.frame),
    ];
    for frames in frames {
        let mut before = None;
        for frame in frames {
            if !FRAMES.contains(&frame) {
                let (first, last) = (FRAMES.start(), FRAMES.end());
                return Some(format!("it has a key at frame {frame}, expected {first} to {last}"));
            }
            if before.is_some_and(|b| b >= frame) {
                return Some(format!(
                    "its key at frame {frame} is not after the key that precedes it in the list"
                ));
            }
            before = Some(frame);
        }
    }
    if let Some(k) = shape.opacity.iter().find(|k| !(0.0..=1.0).contains(&k.value)) {
        return Some(format!("it has an opacity of {} at frame {}, expected 0 to 1", k.value, k.frame));
    }
    let wide = shape.feather.iter().find(|k| !(0.0..=WIDEST).contains(&k.width));
    wide.map(|k| format!("it has a feather of {} pixels, expected 0 to {WIDEST}", short(k.width)))
}
