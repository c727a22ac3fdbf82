//! The drawn scenes of `models/export/airoto_export/scene.py`, in integers only: the same bytes.

/// An ellipse with a texture of its own that drifts over a panning background.
pub struct Scene {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    seed: u32,
    start: (i64, i64),
    speed: (i64, i64),
    radii: (i64, i64),
}

/// One at the size of the small models' input, one that has to be resized.
pub const SCENES: [Scene; 2] = [
    Scene {
        name: "square",
        width: 128,
        height: 128,
        seed: 11,
        start: (44, 58),
        speed: (3, 1),
        radii: (24, 18),
    },
    Scene {
        name: "wide",
        width: 192,
        height: 108,
        seed: 42,
        start: (120, 50),
        speed: (-4, 1),
        radii: (30, 24),
    },
];

/// Smooth noise of 0 to 255 at whole positions: random values on a grid of `cell` pixels, blended.
fn noise(u: i64, v: i64, seed: u32, cell: i64) -> i64 {
    let corner = |a: i64, b: i64| {
        let mut h = (a as u32).wrapping_mul(73_856_093) ^ (b as u32).wrapping_mul(19_349_663);
        h ^= seed.wrapping_mul(83_492_791);
        h = (h ^ (h >> 13)).wrapping_mul(0x5bd1_e995);
        i64::from((h ^ (h >> 15)) & 255)
    };
    let (a, b, fu, fv) = (u / cell, v / cell, u % cell, v % cell);
    let top = corner(a, b) * (cell - fu) + corner(a + 1, b) * fu;
    let bottom = corner(a, b + 1) * (cell - fu) + corner(a + 1, b + 1) * fu;
    (top * (cell - fv) + bottom * fv) / (cell * cell)
}

impl Scene {
    /// Whether the object covers the pixel.
    fn inside(&self, x: u32, y: u32, time: u32) -> bool {
        let ((cx, cy), (sx, sy), (rx, ry)) = (self.start, self.speed, self.radii);
        let (dx, dy) = (i64::from(x) - cx - sx * i64::from(time), i64::from(y) - cy - sy * i64::from(time));
        dx * dx * ry * ry + dy * dy * rx * rx < rx * rx * ry * ry
    }

    /// The object's mask, 0 or 255.
    pub fn mask(&self, time: u32) -> image::GrayImage {
        image::GrayImage::from_fn(self.width, self.height, |x, y| {
            image::Luma([if self.inside(x, y, time) { 255 } else { 0 }])
        })
    }

    /// The picture.
    pub fn frame(&self, time: u32) -> image::RgbImage {
        let (sx, sy) = self.speed;
        image::RgbImage::from_fn(self.width, self.height, |px, py| {
            // Positions stay positive: a quotient of negative numbers is not the same in all languages.
            let (x, y, t) = (i64::from(px) + 1024, i64::from(py) + 1024, i64::from(time));
            let channel = |c: u32| {
                let value = if self.inside(px, py, time) {
                    96 + noise(x - sx * t, y - sy * t, self.seed + 7 + c, 8) * 5 / 8
                } else {
                    noise(x + 2 * t, y, self.seed + c, 24) * 5 / 8
                };
                value as u8
            };
            image::Rgb([channel(0), channel(1), channel(2)])
        })
    }
}
