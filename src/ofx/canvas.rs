//! What overlays draw with.

use super::error::{OfxError, check};
use super::property::c_text;
use super::sys;
use crate::raster::CanonicalPoint;

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A line for every two points.
    Lines,
    /// A line through all points.
    LineStrip,
    /// A line through all points and back to the first.
    LineLoop,
    /// A filled rectangle between two corners.
    Rectangle,
    /// A filled ellipse between two corners.
    Ellipse,
}

/// Where an overlay draws, in canonical coordinates.
pub trait Canvas {
    /// Colour (R G B A, not premultiplied), width in pixels of the screen, and whether lines are dashed, of all
    /// that follows.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses.
    fn pen(&mut self, colour: [f32; 4], width: f32, dashed: bool) -> Result<(), OfxError>;

    /// Draws a shape.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses.
    fn draw(&mut self, shape: Shape, points: &[CanonicalPoint]) -> Result<(), OfxError>;

    /// Writes text to the right of a point; false where there are no letters.
    ///
    /// # Errors
    /// [`OfxError::Host`] when the host refuses.
    fn text(&mut self, at: CanonicalPoint, text: &str) -> Result<bool, OfxError>;
}

/// The host's draw suite.
pub(super) struct DrawSuite<'a> {
    suite: &'a sys::OfxDrawSuiteV1,
    context: sys::OfxDrawContextHandle,
}

impl<'a> DrawSuite<'a> {
    /// # Safety
    /// `context` is one that the host gave for this action.
    pub(super) unsafe fn new(suite: &'a sys::OfxDrawSuiteV1, context: sys::OfxDrawContextHandle) -> Self {
        Self { suite, context }
    }
}

impl Canvas for DrawSuite<'_> {
    fn pen(&mut self, [r, g, b, a]: [f32; 4], width: f32, dashed: bool) -> Result<(), OfxError> {
        let stipple =
            if dashed { sys::kOfxDrawLineStipplePatternDash } else { sys::kOfxDrawLineStipplePatternSolid };
        let colour = sys::OfxRGBAColourF { r, g, b, a };
        if let Some(set) = self.suite.setColour {
            // SAFETY: the context is of this action, here and below, and `colour` outlives the call.
            check("setColour", c"the overlay", unsafe { set(self.context, &colour) })?;
        }
        if let Some(set) = self.suite.setLineWidth {
            // SAFETY: as above.
            check("setLineWidth", c"the overlay", unsafe { set(self.context, width) })?;
        }
        if let Some(set) = self.suite.setLineStipple {
            // SAFETY: as above.
            check("setLineStipple", c"the overlay", unsafe { set(self.context, stipple) })?;
        }
        Ok(())
    }

    fn draw(&mut self, shape: Shape, points: &[CanonicalPoint]) -> Result<(), OfxError> {
        let primitive = match shape {
            Shape::Lines => sys::kOfxDrawPrimitiveLines,
            Shape::LineStrip => sys::kOfxDrawPrimitiveLineStrip,
            Shape::LineLoop => sys::kOfxDrawPrimitiveLineLoop,
            Shape::Rectangle => sys::kOfxDrawPrimitiveRectangle,
            Shape::Ellipse => sys::kOfxDrawPrimitiveEllipse,
        };
        let points: Vec<sys::OfxPointD> = points.iter().map(|p| sys::OfxPointD { x: p.x, y: p.y }).collect();
        let count = i32::try_from(points.len()).unwrap_or(i32::MAX);
        let Some(draw) = self.suite.draw else { return Ok(()) };
        // SAFETY: as in `pen`; there are that many points.
        check("draw", c"the overlay", unsafe { draw(self.context, primitive, points.as_ptr(), count) })
    }

    fn text(&mut self, at: CanonicalPoint, text: &str) -> Result<bool, OfxError> {
        let (text, at) = (c_text(text), sys::OfxPointD { x: at.x, y: at.y });
        let alignment = sys::kOfxDrawTextAlignmentLeft | sys::kOfxDrawTextAlignmentBaseline;
        let Some(draw) = self.suite.drawText else { return Ok(false) };
        // SAFETY: as in `pen`; the text ends in a NUL and the point outlives the call.
        check("drawText", c"the overlay", unsafe {
            draw(self.context, text.as_ptr(), &at, alignment as std::ffi::c_int)
        })?;
        Ok(true)
    }
}
