//! The prompt of one object in one frame.

use serde::{Deserialize, Serialize};

use crate::raster::{Matte, PixelBox, PixelPoint};

/// Whether a point lies on the object or off it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Label {
    /// On the object.
    Positive,
    /// On something else.
    Negative,
}

/// A click.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PointPrompt {
    /// Where, in pixels of the frame.
    pub at: PixelPoint,
    /// On the object or off it.
    pub label: Label,
}

/// All prompts for one object in one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FramePrompt {
    /// Clicks, in the order in which they were given.
    pub points: Vec<PointPrompt>,
    /// A box around the object.
    pub bounds: Option<PixelBox>,
    /// The matte of the object, at the size of the frame. It is taken as it is: an empty one says
    /// that the object is not in the frame.
    pub mask: Option<Matte>,
}

impl FramePrompt {
    /// The same, its first positive click before all others: without a box there is nothing to take away from
    /// before it.
    #[must_use]
    pub fn positive_first(&self) -> Self {
        let mut prompt = self.clone();
        if self.bounds.is_none()
            && let Some(first) = prompt.points.iter().position(|p| p.label == Label::Positive)
        {
            prompt.points[..=first].rotate_right(1);
        }
        prompt
    }

    /// What is said one thing at a time, clicks and box: first the box alone or the first click, then
    /// with one click more each. Of a mask nothing.
    #[must_use]
    pub fn steps(&self) -> Vec<Self> {
        let first = usize::from(self.bounds.is_none());
        (first..=self.points.len())
            .map(|n| Self { points: self.points[..n].to_vec(), bounds: self.bounds, mask: None })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_with_the_box_or_the_first_click() {
        let click = |x: f64, label| PointPrompt { at: PixelPoint { x, y: 0.0 }, label };
        let points = vec![click(1.0, Label::Positive), click(2.0, Label::Negative)];
        let clicks = FramePrompt { points: points.clone(), ..FramePrompt::default() };
        let of = |prompt: &FramePrompt| prompt.steps().iter().map(|s| s.points.len()).collect::<Vec<_>>();
        assert_eq!(of(&clicks), [1, 2]);
        let bounds = Some(PixelBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 });
        assert_eq!(of(&FramePrompt { bounds, ..clicks.clone() }), [0, 1, 2]);
        assert_eq!(clicks.steps().last(), Some(&clicks));
        assert!(of(&FramePrompt::default()).is_empty());
    }

    #[test]
    fn the_first_positive_click_comes_first() {
        let click = |x: f64, label| PointPrompt { at: PixelPoint { x, y: 0.0 }, label };
        let points =
            [(1.0, Label::Negative), (2.0, Label::Negative), (3.0, Label::Positive), (4.0, Label::Negative)];
        let clicks =
            FramePrompt { points: points.map(|(x, l)| click(x, l)).to_vec(), ..FramePrompt::default() };
        let order = |p: &FramePrompt| p.positive_first().points.iter().map(|p| p.at.x).collect::<Vec<_>>();
        assert_eq!(order(&clicks), [3.0, 1.0, 2.0, 4.0]);
        let bounds = Some(PixelBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 });
        assert_eq!(order(&FramePrompt { bounds, ..clicks }), [1.0, 2.0, 3.0, 4.0]);
        assert!(order(&FramePrompt::default()).is_empty());
    }
}
