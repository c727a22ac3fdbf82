//! Integer rectangles.

/// A rectangle of whole pixels, half open: `x0 <= x < x1`. Whether y points up or down is the
/// owner's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct RectI {
    /// First column.
    pub x0: i32,
    /// First row.
    pub y0: i32,
    /// One past the last column.
    pub x1: i32,
    /// One past the last row.
    pub y1: i32,
}

impl RectI {
    /// A rectangle from its edges.
    #[must_use]
    pub const fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// The pixels of a picture, from 0 on.
    #[must_use]
    pub fn of_size(width: u32, height: u32) -> Self {
        let side = |v: u32| i32::try_from(v).unwrap_or(i32::MAX);
        Self::new(0, 0, side(width), side(height))
    }

    /// Columns, 0 when the edges are crossed.
    #[must_use]
    pub fn width(&self) -> u32 {
        u32::try_from(i64::from(self.x1) - i64::from(self.x0)).unwrap_or(0)
    }

    /// Rows, 0 when the edges are crossed.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(i64::from(self.y1) - i64::from(self.y0)).unwrap_or(0)
    }

    /// Whether it holds no pixel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.width() == 0 || self.height() == 0
    }

    /// What both cover; empty when they do not meet.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let x0 = self.x0.max(other.x0);
        let y0 = self.y0.max(other.y0);
        Self { x0, y0, x1: self.x1.min(other.x1).max(x0), y1: self.y1.min(other.y1).max(y0) }
    }

    /// The smallest that holds both; the other where one is empty.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => *other,
            (_, true) => *self,
            _ => Self {
                x0: self.x0.min(other.x0),
                y0: self.y0.min(other.y0),
                x1: self.x1.max(other.x1),
                y1: self.y1.max(other.y1),
            },
        }
    }

    /// With `margin` more on each side.
    #[must_use]
    pub fn grown(&self, margin: i32) -> Self {
        Self {
            x0: self.x0.saturating_sub(margin),
            y0: self.y0.saturating_sub(margin),
            x1: self.x1.saturating_add(margin),
            y1: self.y1.saturating_add(margin),
        }
    }

    /// Whether `other` lies within it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.x0 >= self.x0 && other.y0 >= self.y0 && other.x1 <= self.x1 && other.y1 <= self.y1
    }
}
