//! A prompt of clicks and a box as the prompter graph is asked, one step after another.

use std::sync::Arc;

use super::hints::Hints;
use crate::job::prompts::{FramePrompt, PointPrompt};
use crate::models::runtime::Tensor;
use crate::raster::{Frame, Matte, PixelBox, resize};

/// The steps that were answered, and what the next one begins with.
pub(super) struct Asked {
    frame: Arc<Frame>,
    bounds: Option<PixelBox>,
    earlier: Option<Matte>,
    points: Vec<PointPrompt>,
    hints: Hints,
    before: Vec<f32>,
    rounds: Vec<Vec<Tensor>>,
}

impl Asked {
    /// A prompt of which nothing is answered, on a frame that the graphs see at `size`.
    pub fn new(
        frame: &Arc<Frame>,
        size: (usize, usize),
        prompt: &FramePrompt,
        earlier: Option<&Matte>,
    ) -> Self {
        let (width, height) = (size.0 / 2, size.1 / 2);
        let before = match earlier {
            Some(matte) => {
                let small = resize::matte(matte, width as u32, height as u32);
                small.data().iter().map(|v| v * 2.0 - 1.0).collect()
            }
            None => vec![0.0; width * height],
        };
        Self {
            frame: Arc::clone(frame),
            bounds: prompt.bounds,
            earlier: earlier.cloned(),
            points: Vec::new(),
            hints: Hints::new((frame.width(), frame.height()), size, prompt.bounds),
            before,
            rounds: Vec::new(),
        }
    }

    /// Whether `prompt` begins with what was answered.
    pub fn goes_on(&self, frame: &Arc<Frame>, prompt: &FramePrompt, earlier: Option<&Matte>) -> bool {
        Arc::ptr_eq(&self.frame, frame)
            && self.bounds == prompt.bounds
            && self.earlier.as_ref() == earlier
            && prompt.points.starts_with(&self.points)
    }

    /// The steps of `prompt` that are not answered yet: each the click that it adds, or none where it is the box.
    pub fn open(&self, prompt: &FramePrompt) -> Vec<Option<PointPrompt>> {
        let steps = prompt.steps();
        steps.iter().skip(self.rounds.len()).map(|step| step.points.last().copied()).collect()
    }

    /// Adds a step to the hints.
    pub fn hint(&mut self, click: Option<PointPrompt>) {
        if let Some(point) = click {
            self.hints.click(&point);
            self.points.push(point);
        }
    }

    /// The hints, as the graph takes them.
    pub fn hints(&self) -> &[f32] {
        self.hints.data()
    }

    /// The last answer, -1 to 1.
    pub fn before(&self) -> &[f32] {
        &self.before
    }

    /// Takes the graph's answer to a step.
    pub fn answered(&mut self, found: Vec<Tensor>) {
        if let Some(logits) = found.first() {
            self.before = logits.data.iter().map(|v| (v / 2.0).tanh()).collect();
        }
        self.rounds.push(found);
    }

    /// The answers to all steps.
    pub fn rounds(&self) -> &[Vec<Tensor>] {
        &self.rounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::prompts::Label;
    use crate::raster::PixelPoint;

    #[test]
    fn a_step_that_was_answered_is_not_open() {
        let frame = Arc::new(Frame::filled(64, 32, [90; 3]));
        let click = |x: f64| PointPrompt { at: PixelPoint { x, y: 9.0 }, label: Label::Positive };
        let prompt = |xs: &[f64]| FramePrompt {
            points: xs.iter().map(|x| click(*x)).collect(),
            ..FramePrompt::default()
        };
        let mut asked = Asked::new(&frame, (64, 32), &prompt(&[1.0, 2.0]), None);
        for step in asked.open(&prompt(&[1.0, 2.0])) {
            asked.hint(step);
            asked.answered(Vec::new());
        }
        assert_eq!(asked.open(&prompt(&[1.0, 2.0, 3.0])), [Some(click(3.0))]);
        let goes_on = |frame: &Arc<Frame>, xs: &[f64], earlier: Option<&Matte>| {
            asked.goes_on(frame, &prompt(xs), earlier)
        };
        assert!(goes_on(&frame, &[1.0, 2.0], None) && goes_on(&frame, &[1.0, 2.0, 3.0], None));
        // Another click, one less, another frame with the same pixels, other labels to be corrected.
        assert!(!goes_on(&frame, &[1.0, 4.0, 3.0], None) && !goes_on(&frame, &[1.0], None));
        assert!(!goes_on(&Arc::new(Frame::clone(&frame)), &[1.0, 2.0], None));
        assert!(!goes_on(&frame, &[1.0, 2.0], Some(&Matte::filled(64, 32, 0.0))));
        let mut boxed = prompt(&[1.0, 2.0]);
        boxed.bounds = Some(PixelBox { x0: 0.0, y0: 0.0, x1: 9.0, y1: 9.0 });
        assert!(!asked.goes_on(&frame, &boxed, None));
    }
}
