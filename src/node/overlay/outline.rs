//! What was last rendered of each object, small, for the overlay to draw: drawing computes nothing of the track.

use std::sync::Arc;

use crate::cache::Latest;
use crate::job::TrackedFrame;
use crate::node::Settings;
use crate::raster::{PixelBox, PixelPoint, resize};
use crate::shapes;

/// Longer side of the picture from which outlines are taken, in pixels.
const SIDE: u32 = 512;
/// Frames of which outlines are kept, and the bytes of all their lines.
const MOST: usize = 256;
const BYTES: usize = 64 << 20;
/// Specks of less than so many square pixels of that picture are not drawn.
const SPECK: f64 = 4.0;

/// One object as it was rendered, in pixels of the full frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlined {
    /// Its name.
    pub name: String,
    /// Closed lines.
    pub lines: Vec<Vec<PixelPoint>>,
    /// What lies within them, row by row.
    pub spans: Vec<PixelBox>,
}

impl Outlined {
    fn bytes(&self) -> usize {
        let points: usize = self.lines.iter().map(Vec::len).sum();
        points * size_of::<PixelPoint>() + self.spans.len() * size_of::<PixelBox>()
    }
}

/// What a frame's outlines hang on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    track: blake3::Hash,
    size: (u32, u32),
    time: i64,
}

impl Key {
    /// Of a frame of `size` pixels at `time`.
    pub fn new(settings: &Settings, size: (u32, u32), time: i64) -> Self {
        let mut hasher = blake3::Hasher::new();
        for text in [settings.prompts.text(), &settings.tracker] {
            hasher.update(text.as_bytes()).update(&[0]);
        }
        Self { track: hasher.finalize(), size, time }
    }
}

static KEPT: Latest<Key, Arc<Vec<Outlined>>> = Latest::new(BYTES, MOST);

/// Keeps the outlines of a frame that was rendered.
pub fn keep(key: Key, tracked: &TrackedFrame) {
    let (width, height) = key.size;
    let scale = f64::from(width.max(height).max(1)) / f64::from(SIDE);
    let small = |v: u32| if scale > 1.0 { (f64::from(v) / scale).round().max(1.0) as u32 } else { v };
    let size = (small(width), small(height));
    let (sx, sy) = (f64::from(width) / f64::from(size.0), f64::from(height) / f64::from(size.1));
    let outlined = |object: &crate::job::ObjectMatte| {
        let matte = resize::matte(&object.matte, size.0, size.1);
        let mut lines = shapes::outlines(&matte, SPECK);
        for point in lines.iter_mut().flatten() {
            *point = PixelPoint { x: point.x * sx, y: point.y * sy };
        }
        let support = matte.support();
        let mut spans = Vec::new();
        for (y, row) in (support.y0..).zip(matte.rows(support)) {
            let mut x = 0;
            for run in row.chunk_by(|a, b| (*a > 0.5) == (*b > 0.5)) {
                if run[0] > 0.5 {
                    let (from, to) =
                        (f64::from(support.x0) + x as f64, f64::from(support.x0) + (x + run.len()) as f64);
                    let (top, low) = (f64::from(y) * sy, f64::from(y + 1) * sy);
                    spans.push(PixelBox { x0: from * sx, y0: top, x1: to * sx, y1: low });
                }
                x += run.len();
            }
        }
        Outlined { name: object.name.clone(), lines, spans }
    };
    let found: Vec<Outlined> = tracked.objects.iter().map(outlined).collect();
    let bytes = found.iter().map(Outlined::bytes).sum();
    KEPT.put(key, Arc::new(found), bytes);
}

/// The outlines of a frame, if it was rendered of late.
pub fn of(key: &Key) -> Option<Arc<Vec<Outlined>>> {
    KEPT.get(key)
}

/// Lets go of all: the plugin is being unloaded.
pub fn release() {
    KEPT.clear();
}
