//! Overlays: their state, and what they draw.

use crate::host::memory::handles;
use crate::host::property::PropertySet;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// An interact that a plugin has a handle of.
pub(in crate::host) struct InteractState {
    id: usize,
    pub(in crate::host) props: Arc<PropertySet>,
    /// How often the plugin asked to be drawn again.
    pub(in crate::host) redraws: AtomicUsize,
}

impl Drop for InteractState {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl InteractState {
    /// Puts an interact behind a handle.
    pub(in crate::host) fn new(props: Arc<PropertySet>) -> Arc<Self> {
        let id = handles::reserve();
        let state = Arc::new(Self { id, props, redraws: AtomicUsize::new(0) });
        handles::register(id, &state);
        state
    }

    pub(in crate::host) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }
}

/// Something that an overlay drew.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// What was drawn.
    pub shape: Shape,
    /// Corners, in canonical coordinates.
    pub points: Vec<(f64, f64)>,
    /// R G B A.
    pub colour: [f32; 4],
    /// In pixels of the screen.
    pub line_width: f32,
    /// The pattern of the line, as the draw suite numbers them; 0 is solid.
    pub stipple: u32,
}

/// What an overlay can draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A line for every two points.
    Lines,
    /// A line through all points.
    LineStrip,
    /// A line through all points and back to the first.
    LineLoop,
    /// A filled rectangle between two corners.
    Rectangle,
    /// A filled polygon.
    Polygon,
    /// A filled ellipse within two corners.
    Ellipse,
    /// Text at a point.
    Text(String),
}

/// Where an overlay draws to, while it does.
pub(in crate::host) struct DrawContext {
    id: usize,
    pub(in crate::host) state: Mutex<DrawState>,
}

/// What has been drawn, and how the next thing will be.
#[derive(Default)]
pub(in crate::host) struct DrawState {
    pub(in crate::host) drawings: Vec<Drawing>,
    pub(in crate::host) colour: [f32; 4],
    pub(in crate::host) line_width: f32,
    pub(in crate::host) stipple: u32,
}

impl Drop for DrawContext {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl DrawContext {
    /// An empty drawing behind a handle.
    pub(in crate::host) fn new() -> Arc<Self> {
        let id = handles::reserve();
        let state = DrawState { colour: [1.0; 4], line_width: 1.0, ..DrawState::default() };
        let context = Arc::new(Self { id, state: Mutex::new(state) });
        handles::register(id, &context);
        context
    }

    pub(in crate::host) fn id(&self) -> usize {
        self.id
    }
}
