//! Prompts with their masks loaded.

use std::sync::Arc;

use crate::engine::digest::Digest;
use crate::engine::store::{Damaged, Record};
use crate::job::prompts::{Label, PromptKind, Stroke, StrokePath};
use crate::raster::Matte;
use crate::shapes;

/// A mask prompt, compressed.
#[derive(Debug, Clone)]
pub struct MaskPrompt {
    /// Of its values.
    pub digest: Digest,
    /// Whether it says that the object is not there.
    pub empty: bool,
    bytes: Arc<[u8]>,
    size: (u32, u32),
}

impl MaskPrompt {
    /// Keeps `matte`.
    pub fn new(matte: Matte) -> Self {
        let digest = Digest::of_matte(&matte);
        let size = (matte.width(), matte.height());
        let empty = matte.is_empty();
        let bytes = Record::given(matte).encode().into();
        Self { digest, empty, bytes, size }
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// As it was given.
    pub fn matte(&self) -> Result<Matte, Damaged> {
        Record::decode(&self.bytes, self.size.0, self.size.1).map(|r| r.matte)
    }
}

/// One prompt of the object, its mask loaded.
#[derive(Debug, Clone)]
pub enum KeyPrompt {
    /// A point or a box.
    PointOrBox(PromptKind),
    /// A mask.
    Mask(MaskPrompt),
    /// Strokes over what all else gives.
    Drawing(Arc<[Stroke]>),
}

/// Draws strokes over the matte of their frame.
pub fn draw_strokes(strokes: &[Stroke], matte: &mut Matte) {
    for stroke in strokes {
        match &stroke.path {
            StrokePath::Area(points) => shapes::draw_area(points, stroke.adds, matte),
            StrokePath::Brush { points, radius } => shapes::draw_brush(points, *radius, stroke.adds, matte),
        }
    }
}

impl KeyPrompt {
    /// Whether it says by itself where the object is: neither a negative point nor an empty mask
    /// does, and no strokes that only subtract.
    pub fn is_positive(&self) -> bool {
        match self {
            Self::PointOrBox(PromptKind::Point(point)) => point.label == Label::Positive,
            Self::PointOrBox(_) => true,
            Self::Mask(mask) => !mask.empty,
            Self::Drawing(strokes) => strokes.iter().any(|stroke| stroke.adds),
        }
    }
}
