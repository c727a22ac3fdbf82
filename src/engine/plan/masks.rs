//! Masks of prompts: read from pictures, drawn from files of shapes.

use std::path::{Path, PathBuf};

use super::key_prompt::MaskPrompt;
use crate::io::{self, Budget};
use crate::job::Request;
use crate::job::prompts::PromptError;
use crate::shapes;

/// The prompt that a mask is for.
pub struct MaskPlace<'a> {
    /// The name of its object.
    pub object: &'a str,
    /// Its frame.
    pub frame: i64,
    /// Whose prompt it is.
    pub request: &'a Request,
}

impl MaskPlace<'_> {
    /// The path of its file; a relative one starts from the folder of the prompts.
    ///
    /// # Errors
    /// [`PromptError::Mask`] where there is no such folder.
    pub fn path(&self, path: &Path) -> Result<PathBuf, PromptError> {
        match self.request.base.as_deref() {
            _ if path.is_absolute() => Ok(path.to_owned()),
            Some(base) => Ok(base.join(path)),
            None => Err(PromptError::Mask {
                object: self.object.to_owned(),
                frame: self.frame,
                reason: format!("{} is a relative path, and the prompts have no folder", path.display()),
            }),
        }
    }

    /// The mask that a picture gives, at the size of the footage.
    ///
    /// # Errors
    /// [`PromptError`] of a picture that cannot be read or has another size.
    pub fn read(&self, path: &Path) -> Result<MaskPrompt, PromptError> {
        let Self { object, frame, .. } = *self;
        let fail =
            |e: io::IoError| PromptError::Mask { object: object.to_owned(), frame, reason: e.to_string() };
        // It is as large as the footage, or it is not read: nothing is decoded to find that out.
        let any = Budget { pixels: u64::MAX, ..Budget::of_process() };
        let found = io::size_within(path, &any).map_err(fail)?;
        self.fits(path, found)?;
        let matte = io::read_matte_within(path, &any).map_err(fail)?;
        // It may have been exchanged meanwhile.
        self.fits(path, (matte.width(), matte.height()))?;
        Ok(MaskPrompt::new(matte))
    }

    /// The mask that a file of shapes draws on the prompt's frame: that of `layer`, or where none is named
    /// that of the object's name or the only one.
    ///
    /// # Errors
    /// [`PromptError`] of a file that cannot be read whole, has no such layer or frame, or another size.
    pub fn draw(&self, path: &Path, layer: Option<&str>) -> Result<MaskPrompt, PromptError> {
        let Self { object, frame, .. } = *self;
        let fail = |reason: String| PromptError::Shapes { object: object.to_owned(), frame, reason };
        let (animation, left_out) = shapes::read_file_noting(path).map_err(|e| fail(e.to_string()))?;
        let told = |reason: String| fail(format!("{}: {reason}", path.display()));
        let named = layer.is_some() || animation.choose(Some(object), object).is_ok();
        let layer = animation.choose(layer, object).map_err(|e| told(e.to_string()))?;
        // A mask that lacks a shape is another one, and so is that of a layer which is the only one of what is left.
        if let Some(reason) = left_out.of_layer(layer).or(left_out.first().filter(|_| !named)) {
            return Err(told(reason.to_owned()));
        }
        for sentence in left_out.sentences() {
            log::info!("{}: {sentence}", path.display());
        }
        let (first, last) = (animation.first, animation.last);
        if !(first..=last).contains(&frame) {
            return Err(fail(format!("{} has frames {first} to {last}, not this one", path.display())));
        }
        self.fits(path, (animation.width, animation.height))?;
        shapes::check_drawing(&animation, Some(layer), frame).map_err(|e| told(e.to_string()))?;
        Ok(MaskPrompt::new(shapes::draw(&animation, layer, frame)))
    }

    /// Whether a mask is as large as the footage.
    fn fits(&self, path: &Path, (found_width, found_height): (u32, u32)) -> Result<(), PromptError> {
        let Self { object, frame, request } = *self;
        let (width, height) = (request.width, request.height);
        if (found_width, found_height) == (width, height) {
            return Ok(());
        }
        let (object, path) = (object.to_owned(), path.display().to_string());
        Err(PromptError::MaskSize { object, frame, path, found_width, found_height, width, height })
    }
}
