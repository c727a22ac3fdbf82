//! What can be wrong with prompts.

use super::drawing::{DrawingError, MAX_DRAWN_POINTS};
use super::{MAX_OBJECTS, MAX_POINTS, MAX_PROMPTS};
use crate::job::{FrameListError, MOST_MASK_FRAMES};

/// What can be wrong with prompts. Each is the user's to mend.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PromptError {
    /// Not the JSON that is expected.
    #[error("the prompts cannot be read: {0}")]
    Json(String),
    /// Nothing to track.
    #[error("there are no prompts: at least one point, box, mask or file of shapes is needed")]
    Nothing,
    /// More than a node tracks.
    #[error("the prompts have {0} objects, expected at most {MAX_OBJECTS}")]
    TooManyObjects(usize),
    /// More than are read.
    #[error("there are {0} prompts, expected at most {MAX_PROMPTS}")]
    TooManyPrompts(usize),
    /// More than are answered.
    #[error(
        "object {object:?}, frame {frame}: there are {found} points, expected at most {MAX_POINTS} on one \
         frame"
    )]
    TooManyPoints {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// How many.
        found: usize,
    },
    /// A name that cannot be used for layers and messages.
    #[error(
        "object {position} has the name {name:?}, expected a visible character and no control characters"
    )]
    BadName {
        /// Counted from 1.
        position: usize,
        /// As given.
        name: String,
    },
    /// Two objects of one name.
    #[error("two objects have the name {0:?}, names must be unique")]
    SameName(String),
    /// A setting of an object that is out of its range.
    #[error("object {object:?}: {what} is {found}, expected {expected}")]
    Setting {
        /// Its name.
        object: String,
        /// Which one.
        what: &'static str,
        /// As given.
        found: String,
        /// In words.
        expected: &'static str,
    },
    /// Not exactly one of point, box, mask, shapes and drawing.
    #[error(
        "object {object:?}, frame {frame}: a prompt is one of point, box, mask, shapes or drawing, found {found}"
    )]
    NotOneKind {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// How many, in words.
        found: &'static str,
    },
    /// A label where there is no point.
    #[error("object {object:?}, frame {frame}: only a point has a label")]
    StrayLabel {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
    },
    /// A layer where there is no file of shapes.
    #[error("object {object:?}, frame {frame}: only shapes have a layer")]
    StrayLayer {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
    },
    /// Two boxes, two masks, or two drawings, on one frame.
    #[error("object {object:?}, frame {frame}: {what} is given twice")]
    Twice {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// "a box", "a mask" or "a drawing".
        what: &'static str,
    },
    /// Frames of the Mask input that cannot be told.
    #[error(transparent)]
    MaskFrames(#[from] FrameListError),
    /// More frames than the Mask input is looked at on.
    #[error(
        "the Mask input is to prompt on all frames that are not empty, of frames {first} to {last}, expected at \
         most {MOST_MASK_FRAMES} frames: list the frames instead"
    )]
    MaskRange {
        /// First frame of the footage.
        first: i64,
        /// Last frame of the footage.
        last: i64,
    },
    /// The Mask input prompts nowhere.
    #[error(
        "object {object:?}: the Mask input has nothing on frames {first} to {last}: draw the object on at least \
         one of them"
    )]
    MaskNowhere {
        /// The name of the object.
        object: String,
        /// First frame of the footage.
        first: i64,
        /// Last frame of the footage.
        last: i64,
    },
    /// More masks than are held.
    #[error(
        "the masks of the Mask input take {megabytes} MB of memory, expected at most {most}: list fewer frames"
    )]
    MasksTooLarge {
        /// What they take, compressed.
        megabytes: usize,
        /// What they may take.
        most: usize,
    },
    /// A frame that the footage does not have.
    #[error("object {object:?}: a prompt is on frame {frame}, the footage has frames {first} to {last}")]
    FrameOutside {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// First frame of the footage.
        first: i64,
        /// Last frame of the footage.
        last: i64,
    },
    /// A point or a corner that is not in the picture.
    #[error(
        "object {object:?}, frame {frame}: {what} at ({x}, {y}) is outside the picture of {width}x{height} pixels"
    )]
    Outside {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// "the point" or "a corner of the box".
        what: &'static str,
        /// In pixels from the left.
        x: f64,
        /// In pixels from the top.
        y: f64,
        /// Of the footage.
        width: u32,
        /// Of the footage.
        height: u32,
    },
    /// A box without area.
    #[error("object {object:?}, frame {frame}: the box has no area")]
    EmptyBox {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
    },
    /// A mask that cannot be read.
    #[error("object {object:?}, frame {frame}, mask: {reason}")]
    Mask {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// Which file and what is wrong with it.
        reason: String,
    },
    /// Shapes that cannot be read or drawn.
    #[error("object {object:?}, frame {frame}, shapes: {reason}")]
    Shapes {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// Which file and what is wrong with it.
        reason: String,
    },
    /// A drawing that cannot be drawn.
    #[error("object {object:?}, frame {frame}, drawing: {reason}")]
    Drawing {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// What is wrong with it.
        reason: DrawingError,
    },
    /// More than go to the worker with every frame.
    #[error("the drawings have {0} points in all, expected at most {MAX_DRAWN_POINTS}")]
    TooManyDrawnPoints(usize),
    /// A mask of another size than the footage.
    #[error(
        "object {object:?}, frame {frame}: mask {path} has {found_width}x{found_height} pixels, the footage has {width}x{height}"
    )]
    MaskSize {
        /// Its name.
        object: String,
        /// The frame.
        frame: i64,
        /// As looked for.
        path: String,
        /// Of the mask.
        found_width: u32,
        /// Of the mask.
        found_height: u32,
        /// Of the footage.
        width: u32,
        /// Of the footage.
        height: u32,
    },
    /// An object that is said to be nowhere.
    #[error("object {0:?} has only empty masks: mark the object on at least one frame")]
    OnlyEmpty(String),
    /// Clicks and strokes that only say where the object is not.
    #[error(
        "object {0:?} has only negative points and strokes that subtract: mark the object on at least one frame"
    )]
    OnlyNegative(String),
}
