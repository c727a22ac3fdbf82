//! Images: pixels of the host, borrowed for one action.

use std::marker::PhantomData;
use std::slice;

use super::error::OfxError;
use super::{PropertySet, Suites, sys};
use crate::raster::RectI;

/// The channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Components {
    /// Red, green, blue, alpha.
    Rgba,
    /// Red, green, blue.
    Rgb,
    /// Alpha alone.
    Alpha,
}

impl Components {
    /// Channels of a pixel.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Rgba => 4,
            Self::Rgb => 3,
            Self::Alpha => 1,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rgba => "OfxImageComponentRGBA",
            Self::Rgb => "OfxImageComponentRGB",
            Self::Alpha => "OfxImageComponentAlpha",
        }
    }

    /// From the name in the API; none for others.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Rgba, Self::Rgb, Self::Alpha].into_iter().find(|c| c.name() == name)
    }
}

/// How a channel is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// 8 bits, 255 is white.
    Byte,
    /// 16 bits, 65535 is white.
    Short,
    /// 16-bit floating point.
    Half,
    /// 32-bit floating point.
    Float,
}

impl Depth {
    /// Bytes of a channel.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Short | Self::Half => 2,
            Self::Float => 4,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Byte => "OfxBitDepthByte",
            Self::Short => "OfxBitDepthShort",
            Self::Half => "OfxBitDepthHalf",
            Self::Float => "OfxBitDepthFloat",
        }
    }

    /// From the name in the API; none for others.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Byte, Self::Short, Self::Half, Self::Float].into_iter().find(|d| d.name() == name)
    }
}

/// An image of a clip, given back when it is dropped.
///
/// Rows are named by their y in pixels, y up, whatever the sign of the row bytes.
pub struct Image<'a> {
    set: PropertySet<'a>,
    suites: &'a Suites,
    bounds: RectI,
    components: Components,
    depth: Depth,
    row_bytes: isize,
    data: *mut u8,
    /// What tells that the frame is as it was, where the host tells it.
    pub(super) stamp: Option<[u8; 32]>,
    not_send: PhantomData<*mut ()>,
}

impl<'a> Image<'a> {
    /// Takes over an image that the host has fetched for us.
    ///
    /// # Safety
    /// `set` is an image of the host that has not been released, and is not released elsewhere.
    pub(super) unsafe fn from_set(
        suites: &'a Suites,
        set: PropertySet<'a>,
        what: &str,
    ) -> Result<Self, OfxError> {
        let mut image = Self {
            set,
            suites,
            bounds: RectI::default(),
            components: Components::Rgba,
            depth: Depth::Float,
            row_bytes: 0,
            data: std::ptr::null_mut(),
            stamp: None,
            not_send: PhantomData,
        };
        // From here on the image is released whatever is wrong with it.
        let broken = |thing: String| OfxError::Broken(format!("an image of {what} with {thing}"));
        let [x0, y0, x1, y1] =
            set.int4(sys::kOfxImagePropBounds).ok_or_else(|| broken("no bounds".to_owned()))?;
        image.bounds = RectI::new(x0, y0, x1, y1);
        let text = |p| set.text(p, 0).unwrap_or_default();
        let components = text(sys::kOfxImageEffectPropComponents);
        image.components = Components::from_name(&components)
            .ok_or_else(|| broken(format!("components {components:?}, expected RGBA, RGB or Alpha")))?;
        let depth = text(sys::kOfxImageEffectPropPixelDepth);
        image.depth = Depth::from_name(&depth)
            .ok_or_else(|| broken(format!("depth {depth:?}, expected byte, short, half or float")))?;
        image.row_bytes =
            set.int(sys::kOfxImagePropRowBytes, 0).ok_or_else(|| broken("no row bytes".to_owned()))? as isize;
        if image.bounds.is_empty() {
            return Ok(image);
        }
        if image.row_bytes.unsigned_abs() < image.line() && image.bounds.height() > 1 {
            return Err(broken(format!(
                "row bytes of {}, expected {} or more",
                image.row_bytes,
                image.line()
            )));
        }
        image.data =
            set.pointer(sys::kOfxImagePropData, 0).ok_or_else(|| broken("no pixels".to_owned()))?.cast();
        Ok(image)
    }

    /// Bytes of the pixels of one row.
    fn line(&self) -> usize {
        self.bounds.width() as usize * self.components.count() * self.depth.bytes()
    }

    fn start(&self, y: i32) -> Option<*mut u8> {
        if self.data.is_null() || y < self.bounds.y0 || y >= self.bounds.y1 {
            return None;
        }
        let row = (i64::from(y) - i64::from(self.bounds.y0)) as isize;
        // SAFETY: the host promises rows at these distances for every y within the bounds.
        Some(unsafe { self.data.offset(row * self.row_bytes) })
    }

    /// The pixels that it covers, y up.
    #[must_use]
    pub fn bounds(&self) -> RectI {
        self.bounds
    }

    /// Its channels.
    #[must_use]
    pub fn components(&self) -> Components {
        self.components
    }

    /// How they are stored.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether colour is multiplied by alpha.
    #[must_use]
    pub fn is_premultiplied(&self) -> bool {
        self.set.text(sys::kOfxImageEffectPropPreMultiplication, 0).as_deref()
            == Some("OfxImageAlphaPremultiplied")
    }

    /// What identifies its pixels, where the host says.
    #[must_use]
    pub fn identifier(&self) -> Option<String> {
        self.set.text(sys::kOfxImagePropUniqueIdentifier, 0).filter(|t| !t.is_empty())
    }

    /// What tells in this session and in any other that the frame is as it was, where the host tells it.
    #[must_use]
    pub fn stamp(&self) -> Option<[u8; 32]> {
        self.stamp
    }

    /// The bytes of the row at `y`, from the left edge of the bounds to the right; empty outside the bounds.
    #[must_use]
    pub fn row(&self, y: i32) -> &[u8] {
        match self.start(y) {
            // SAFETY: the host promises a row of pixels there until the image is released.
            Some(start) => unsafe { slice::from_raw_parts(start, self.line()) },
            None => &[],
        }
    }

    /// The bytes of all rows within the bounds, from the lowest up, for several threads at once.
    #[must_use]
    pub fn rows(&self) -> Vec<&[u8]> {
        (self.bounds.y0..self.bounds.y1).map(|y| self.row(y)).collect()
    }

    /// The bytes of the rows from `y0` up to `y1`, which are within the bounds, to be written by several
    /// threads at once; each with its y.
    pub fn rows_mut(&mut self, y0: i32, y1: i32) -> Vec<(i32, &mut [u8])> {
        let line = self.line();
        let rows = y0.max(self.bounds.y0)..y1.min(self.bounds.y1);
        let row = |y| {
            // SAFETY: as in `row`; each row is given away once, and rows do not overlap, since row bytes
            // are at least a row of pixels.
            self.start(y).map(|start| (y, unsafe { slice::from_raw_parts_mut(start, line) }))
        };
        rows.filter_map(row).collect()
    }

    /// The bytes of the row at `y`, to be written.
    pub fn row_mut(&mut self, y: i32) -> &mut [u8] {
        match self.start(y) {
            // SAFETY: as in `row`; rows do not overlap, since row bytes are at least a row of pixels.
            Some(start) => unsafe { slice::from_raw_parts_mut(start, self.line()) },
            None => &mut [],
        }
    }
}

impl Drop for Image<'_> {
    fn drop(&mut self) {
        if let Some(release) = self.suites.effect().clipReleaseImage {
            // SAFETY: the image was fetched once and is released once.
            let status = unsafe { release(self.set.handle()) };
            if status != sys::kOfxStatOK {
                log::warn!("the host answered the release of an image with status {status}");
            }
        }
    }
}
