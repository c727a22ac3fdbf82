//! The interact and draw suites.

use crate::host::effect::{DrawContext, Drawing, InteractState, Shape};
use crate::host::memory::guard::{guard, put, string};
use crate::host::memory::handles;
use crate::host::status::Status;
use crate::ofx::sys::{
    self, OfxDrawContextHandle, OfxDrawSuiteV1, OfxInteractHandle, OfxInteractSuiteV1, OfxPointD,
    OfxPropertySetHandle, OfxRGBAColourF,
};
use std::ffi::{c_char, c_int};
use std::sync::atomic::Ordering;

pub(super) static INTERACT: OfxInteractSuiteV1 = OfxInteractSuiteV1 {
    interactSwapBuffers: Some(swap_buffers),
    interactRedraw: Some(redraw),
    interactGetPropertySet: Some(get_property_set),
};

pub(super) static DRAW: OfxDrawSuiteV1 = OfxDrawSuiteV1 {
    getColour: Some(get_colour),
    setColour: Some(set_colour),
    setLineWidth: Some(set_line_width),
    setLineStipple: Some(set_line_stipple),
    draw: Some(draw),
    drawText: Some(draw_text),
};

unsafe extern "C" fn swap_buffers(interact: OfxInteractHandle) -> c_int {
    guard("interactSwapBuffers", || handles::find::<InteractState>(interact).map(drop))
}

unsafe extern "C" fn redraw(interact: OfxInteractHandle) -> c_int {
    guard("interactRedraw", || {
        handles::find::<InteractState>(interact)?.redraws.fetch_add(1, Ordering::Relaxed);
        Ok(())
    })
}

unsafe extern "C" fn get_property_set(
    interact: OfxInteractHandle,
    target: *mut OfxPropertySetHandle,
) -> c_int {
    guard("interactGetPropertySet", || {
        let interact = handles::find::<InteractState>(interact)?;
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, interact.props.handle()) }
    })
}

unsafe extern "C" fn get_colour(
    context: OfxDrawContextHandle,
    which: sys::OfxStandardColour,
    target: *mut OfxRGBAColourF,
) -> c_int {
    guard("getColour", || {
        handles::find::<DrawContext>(context)?;
        let [r, g, b, a] = match which {
            sys::kOfxStandardColourOverlayBackground | sys::kOfxStandardColourOverlayMarqueeBG => {
                [0.0, 0.0, 0.0, 1.0]
            }
            sys::kOfxStandardColourOverlayActive => [0.0, 1.0, 0.0, 1.0],
            sys::kOfxStandardColourOverlaySelected => [1.0, 1.0, 0.0, 1.0],
            sys::kOfxStandardColourOverlayDeselected => [0.6, 0.6, 0.6, 1.0],
            sys::kOfxStandardColourOverlayMarqueeFG | sys::kOfxStandardColourOverlayText => [1.0; 4],
            _ => return Err(Status::VALUE),
        };
        // SAFETY: a plugin passes null or the address of a variable.
        unsafe { put(target, OfxRGBAColourF { r, g, b, a }) }
    })
}

unsafe extern "C" fn set_colour(context: OfxDrawContextHandle, colour: *const OfxRGBAColourF) -> c_int {
    guard("setColour", || {
        let context = handles::find::<DrawContext>(context)?;
        // SAFETY: a plugin passes null or the address of a colour.
        let colour = unsafe { colour.as_ref() }.ok_or(Status::VALUE)?;
        context.state.lock().colour = [colour.r, colour.g, colour.b, colour.a];
        Ok(())
    })
}

unsafe extern "C" fn set_line_width(context: OfxDrawContextHandle, width: f32) -> c_int {
    guard("setLineWidth", || {
        handles::find::<DrawContext>(context)?.state.lock().line_width = width;
        Ok(())
    })
}

unsafe extern "C" fn set_line_stipple(
    context: OfxDrawContextHandle,
    pattern: sys::OfxDrawLineStipplePattern,
) -> c_int {
    guard("setLineStipple", || {
        handles::find::<DrawContext>(context)?.state.lock().stipple = pattern;
        Ok(())
    })
}

unsafe extern "C" fn draw(
    context: OfxDrawContextHandle,
    primitive: sys::OfxDrawPrimitive,
    points: *const OfxPointD,
    count: c_int,
) -> c_int {
    guard("draw", || {
        let context = handles::find::<DrawContext>(context)?;
        let (shape, least) = match primitive {
            sys::kOfxDrawPrimitiveLines => (Shape::Lines, 2),
            sys::kOfxDrawPrimitiveLineStrip => (Shape::LineStrip, 2),
            sys::kOfxDrawPrimitiveLineLoop => (Shape::LineLoop, 2),
            sys::kOfxDrawPrimitiveRectangle => (Shape::Rectangle, 2),
            sys::kOfxDrawPrimitivePolygon => (Shape::Polygon, 3),
            sys::kOfxDrawPrimitiveEllipse => (Shape::Ellipse, 2),
            _ => return Err(Status::VALUE),
        };
        let count = usize::try_from(count).map_err(|_| Status::VALUE)?;
        if points.is_null() || count < least {
            return Err(Status::VALUE);
        }
        // SAFETY: not null, and a plugin passes as many points as it says.
        let points = unsafe { std::slice::from_raw_parts(points, count) };
        let points = points.iter().map(|p| (p.x, p.y)).collect();
        let mut state = context.state.lock();
        let drawing = Drawing {
            shape,
            points,
            colour: state.colour,
            line_width: state.line_width,
            stipple: state.stipple,
        };
        state.drawings.push(drawing);
        Ok(())
    })
}

unsafe extern "C" fn draw_text(
    context: OfxDrawContextHandle,
    text: *const c_char,
    point: *const OfxPointD,
    _alignment: c_int,
) -> c_int {
    guard("drawText", || {
        let context = handles::find::<DrawContext>(context)?;
        // SAFETY: a plugin passes null or a string.
        let text = unsafe { string(text) }?.into_owned();
        // SAFETY: a plugin passes null or the address of a point.
        let point = unsafe { point.as_ref() }.ok_or(Status::VALUE)?;
        let mut state = context.state.lock();
        let drawing = Drawing {
            shape: Shape::Text(text),
            points: vec![(point.x, point.y)],
            colour: state.colour,
            line_width: state.line_width,
            stipple: state.stipple,
        };
        state.drawings.push(drawing);
        Ok(())
    })
}
