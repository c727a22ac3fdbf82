//! Prompts against the footage that they are for.

use super::{Label, MASK_OBJECT, Prompt, PromptError, PromptKind, Prompts, check_work};
use crate::job::{MOST_MASK_FRAMES, MaskKeys};
use crate::raster::PixelPoint;

/// What prompts are checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Width of the footage in pixels.
    pub width: u32,
    /// Height of the footage in pixels.
    pub height: u32,
    /// First frame.
    pub first: i64,
    /// Last frame.
    pub last: i64,
}

impl Prompts {
    /// Checks the prompts against the footage. `mask` says on which frames a mask clip prompts the first object as
    /// well.
    ///
    /// # Errors
    /// [`PromptError`] naming the object, the frame, what was found and what was expected.
    pub fn check(&self, limits: &Limits, mask: &MaskKeys) -> Result<(), PromptError> {
        if !self.says_anything() && !mask.prompts() {
            return Err(PromptError::Nothing);
        }
        let name = self.objects.first().map_or(MASK_OBJECT, |o| &o.name);
        for &frame in mask.named() {
            limits.check_frame(name, frame)?;
        }
        let (first, last) = (limits.first, limits.last);
        if *mask == MaskKeys::NotEmpty && last.abs_diff(first) >= MOST_MASK_FRAMES as u64 {
            return Err(PromptError::MaskRange { first, last });
        }
        for (i, object) in self.objects.iter().enumerate() {
            let from_clip = i == 0 && mask.prompts();
            for prompt in &object.prompts {
                limits.check(&object.name, prompt)?;
                if from_clip && prompt.kind.is_mask() && mask.named().binary_search(&prompt.frame).is_ok() {
                    let (object, what) = (object.name.clone(), "a mask");
                    return Err(PromptError::Twice { object, frame: prompt.frame, what });
                }
            }
            let negative = |p: &Prompt| match &p.kind {
                PromptKind::Point(point) => point.label == Label::Negative,
                PromptKind::Drawing(strokes) => strokes.iter().all(|stroke| !stroke.adds),
                PromptKind::Box(_) | PromptKind::Mask(_) | PromptKind::Shapes { .. } => false,
            };
            let nothing = object.prompts.is_empty();
            if !from_clip && !nothing && object.prompts.iter().all(negative) {
                return Err(PromptError::OnlyNegative(object.name.clone()));
            }
        }
        Ok(())
    }
}

impl Limits {
    fn check_frame(&self, object: &str, frame: i64) -> Result<(), PromptError> {
        if (self.first..=self.last).contains(&frame) {
            return Ok(());
        }
        let object = object.to_owned();
        Err(PromptError::FrameOutside { object, frame, first: self.first, last: self.last })
    }

    fn check(&self, object: &str, prompt: &Prompt) -> Result<(), PromptError> {
        let frame = prompt.frame;
        self.check_frame(object, frame)?;
        match &prompt.kind {
            PromptKind::Point(point) => self.check_point(object, frame, "the point", point.at),
            PromptKind::Box(b) => {
                let what = "a corner of the box";
                self.check_point(object, frame, what, PixelPoint { x: b.x0, y: b.y0 })?;
                self.check_point(object, frame, what, PixelPoint { x: b.x1, y: b.y1 })?;
                if b.x0 >= b.x1 || b.y0 >= b.y1 {
                    return Err(PromptError::EmptyBox { object: object.to_owned(), frame });
                }
                Ok(())
            }
            PromptKind::Drawing(strokes) => check_work(strokes, (self.width, self.height))
                .map_err(|reason| PromptError::Drawing { object: object.to_owned(), frame, reason }),
            PromptKind::Mask(_) | PromptKind::Shapes { .. } => Ok(()),
        }
    }

    fn check_point(
        &self,
        object: &str,
        frame: i64,
        what: &'static str,
        at: PixelPoint,
    ) -> Result<(), PromptError> {
        let inside =
            (0.0..=f64::from(self.width)).contains(&at.x) && (0.0..=f64::from(self.height)).contains(&at.y);
        if inside {
            return Ok(());
        }
        Err(PromptError::Outside {
            object: object.to_owned(),
            frame,
            what,
            x: at.x,
            y: at.y,
            width: self.width,
            height: self.height,
        })
    }
}
