//! Drawing with the OpenGL of the host, for hosts without a draw suite (Nuke, Natron, Resolve).
//!
//! The host has made a context current whose matrices are canonical. Its library is looked for, not linked, so
//! that a farm without one loads the plugin all the same. Calls are those of version 1.1, in compatibility
//! contexts; all state that they change is put back.

use std::sync::OnceLock;

use libloading::Library;

use super::canvas::{Canvas, Shape};
use super::error::OfxError;
use crate::raster::CanonicalPoint;

/// The names of the library, the likeliest first.
const NAMES: &[&str] = if cfg!(target_os = "windows") {
    &["opengl32.dll"]
} else if cfg!(target_os = "macos") {
    &["/System/Library/Frameworks/OpenGL.framework/OpenGL"]
} else {
    &["libGL.so.1", "libOpenGL.so.0", "libGL.so"]
};

const LINES: u32 = 0x0001;
const LINE_LOOP: u32 = 0x0002;
const LINE_STRIP: u32 = 0x0003;
const TRIANGLE_FAN: u32 = 0x0006;
const QUADS: u32 = 0x0007;
const LINE_STIPPLE: u32 = 0x0B24;
const LINE_SMOOTH: u32 = 0x0B20;
const BLEND: u32 = 0x0BE2;
const SRC_ALPHA: u32 = 0x0302;
const ONE_MINUS_SRC_ALPHA: u32 = 0x0303;
const ALL_ATTRIB_BITS: u32 = 0x000F_FFFF;

/// The functions that are used.
#[derive(Clone, Copy)]
struct Functions {
    begin: unsafe extern "system" fn(u32),
    end: unsafe extern "system" fn(),
    vertex: unsafe extern "system" fn(f64, f64),
    colour: unsafe extern "system" fn(f32, f32, f32, f32),
    width: unsafe extern "system" fn(f32),
    stipple: unsafe extern "system" fn(i32, u16),
    enable: unsafe extern "system" fn(u32),
    disable: unsafe extern "system" fn(u32),
    blend: unsafe extern "system" fn(u32, u32),
    push: unsafe extern "system" fn(u32),
    pop: unsafe extern "system" fn(),
}

/// The library of this process; none where there is none.
static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();

fn find() -> Option<Functions> {
    // SAFETY: the system's OpenGL library, which a host that draws with it has loaded already.
    let library = NAMES.iter().find_map(|name| unsafe { Library::new(*name) }.ok())?;
    macro_rules! get {
        ($name:literal) => {
            // SAFETY: the function is that of OpenGL, whose form has been the same since version 1.1.
            *unsafe { library.get($name.as_bytes()) }.ok()?
        };
    }
    let functions = Functions {
        begin: get!("glBegin"),
        end: get!("glEnd"),
        vertex: get!("glVertex2d"),
        colour: get!("glColor4f"),
        width: get!("glLineWidth"),
        stipple: get!("glLineStipple"),
        enable: get!("glEnable"),
        disable: get!("glDisable"),
        blend: get!("glBlendFunc"),
        push: get!("glPushAttrib"),
        pop: get!("glPopAttrib"),
    };
    // It stays as long as the process: so do the functions.
    std::mem::forget(library);
    Some(functions)
}

/// The context that is current; none where there is no OpenGL. `pixel` is the size of a pixel of the screen.
pub(super) fn canvas(pixel: (f64, f64)) -> Option<GlCanvas> {
    FUNCTIONS.get_or_init(find).map(|functions| GlCanvas::new(functions, pixel))
}

/// The current OpenGL context, left as it was when it is dropped.
pub(super) struct GlCanvas {
    functions: Functions,
    pixel: (f64, f64),
}

impl GlCanvas {
    fn new(functions: Functions, pixel: (f64, f64)) -> Self {
        // SAFETY: the host made its context current for this action, here and below.
        unsafe {
            (functions.push)(ALL_ATTRIB_BITS);
            (functions.enable)(BLEND);
            (functions.enable)(LINE_SMOOTH);
            (functions.blend)(SRC_ALPHA, ONE_MINUS_SRC_ALPHA);
        }
        Self { functions, pixel }
    }

    fn vertices(&self, mode: u32, points: impl Iterator<Item = (f64, f64)>) {
        // SAFETY: as in `new`.
        unsafe {
            (self.functions.begin)(mode);
            points.for_each(|(x, y)| (self.functions.vertex)(x, y));
            (self.functions.end)();
        }
    }
}

impl Drop for GlCanvas {
    fn drop(&mut self) {
        // SAFETY: as in `new`.
        unsafe { (self.functions.pop)() };
    }
}

impl Canvas for GlCanvas {
    fn pen(&mut self, [r, g, b, a]: [f32; 4], width: f32, dashed: bool) -> Result<(), OfxError> {
        let functions = &self.functions;
        // SAFETY: as in `new`.
        unsafe {
            (functions.colour)(r, g, b, a);
            (functions.width)(width);
            (functions.stipple)(1, 0x0F0F);
            (if dashed { functions.enable } else { functions.disable })(LINE_STIPPLE);
        }
        Ok(())
    }

    fn draw(&mut self, shape: Shape, points: &[CanonicalPoint]) -> Result<(), OfxError> {
        let lines = |mode| self.vertices(mode, points.iter().map(|p| (p.x, p.y)));
        match (shape, points) {
            (Shape::Lines, _) => lines(LINES),
            (Shape::LineStrip, _) => lines(LINE_STRIP),
            (Shape::LineLoop, _) => lines(LINE_LOOP),
            (Shape::Rectangle, [a, b]) => {
                self.vertices(QUADS, [(a.x, a.y), (b.x, a.y), (b.x, b.y), (a.x, b.y)].into_iter());
            }
            (Shape::Ellipse, [a, b]) => {
                let (middle, half) =
                    (((a.x + b.x) / 2.0, (a.y + b.y) / 2.0), ((b.x - a.x) / 2.0, (b.y - a.y) / 2.0));
                // A corner every two pixels or so is round.
                let across = (half.0 / self.pixel.0).abs().max((half.1 / self.pixel.1).abs());
                let corners = (across * 3.0).clamp(12.0, 96.0) as u32;
                let turn = |i| f64::from(i) / f64::from(corners) * std::f64::consts::TAU;
                let at = |i| (middle.0 + half.0 * f64::cos(turn(i)), middle.1 + half.1 * f64::sin(turn(i)));
                self.vertices(TRIANGLE_FAN, (0..corners).map(at));
            }
            // Of two corners it has not two.
            (Shape::Rectangle | Shape::Ellipse, _) => {}
        }
        Ok(())
    }

    fn text(&mut self, _: CanonicalPoint, _: &str) -> Result<bool, OfxError> {
        // OpenGL has no letters.
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    fn note(text: String) {
        CALLS.with_borrow_mut(|calls| calls.push(text));
    }

    extern "system" fn begin(mode: u32) {
        note(format!("begin {mode}"));
    }
    extern "system" fn end() {
        note("end".to_owned());
    }
    extern "system" fn vertex(x: f64, y: f64) {
        note(format!("{x:.0},{y:.0}"));
    }
    extern "system" fn colour(r: f32, _: f32, _: f32, a: f32) {
        note(format!("colour {r} {a}"));
    }
    extern "system" fn width(v: f32) {
        note(format!("width {v}"));
    }
    extern "system" fn stipple(_: i32, _: u16) {}
    extern "system" fn enable(what: u32) {
        note(format!("enable {what:x}"));
    }
    extern "system" fn disable(what: u32) {
        note(format!("disable {what:x}"));
    }
    extern "system" fn blend(_: u32, _: u32) {}
    extern "system" fn push(_: u32) {
        note("push".to_owned());
    }
    extern "system" fn pop() {
        note("pop".to_owned());
    }

    #[test]
    fn state_is_put_back_and_shapes_are_closed() {
        let functions =
            Functions { begin, end, vertex, colour, width, stipple, enable, disable, blend, push, pop };
        let at = |x, y| CanonicalPoint { x, y };
        {
            let mut canvas = GlCanvas::new(functions, (1.0, 1.0));
            canvas.pen([1.0, 0.0, 0.0, 0.5], 2.0, true).expect("drawn");
            canvas.draw(Shape::Rectangle, &[at(1.0, 2.0), at(5.0, 6.0)]).expect("drawn");
            canvas.draw(Shape::Lines, &[at(1.0, 2.0), at(5.0, 6.0)]).expect("drawn");
            canvas.draw(Shape::Rectangle, &[at(1.0, 2.0)]).expect("nothing");
            canvas.draw(Shape::Ellipse, &[at(0.0, 0.0), at(4.0, 4.0)]).expect("drawn");
        }
        let calls = CALLS.take();
        assert_eq!((calls[0].as_str(), calls.last().map(String::as_str)), ("push", Some("pop")));
        let text = calls.join(" ");
        assert!(
            text.contains("colour 1 0.5 width 2 enable b24 begin 7 1,2 5,2 5,6 1,6 end begin 1 1,2 5,6 end"),
            "{text}"
        );
        let (begun, ended) = (text.matches("begin").count(), text.matches("end").count());
        assert_eq!((begun, ended), (3, 3));
    }
}
