//! A rigid object: distances to its outline and the colours of its surface, in its own axes.

use rayon::prelude::*;

use super::texture;

/// Samples of the distance along a pixel: strands are half a pixel thin.
const FINE: f64 = 4.0;
/// Points of a strand.
const POINTS: usize = 9;
/// Distances further than this from a strand are not looked for, in pixels.
const NEAR: f64 = 3.0;
/// The object with its longest strand, in radii of its body.
const REACH: f64 = 1.75;

/// An object around its centre.
pub(super) struct Object {
    /// Half the side of both grids in pixels.
    half: f64,
    /// Distance to the outline in pixels, below zero inside, on a grid of [`FINE`] a pixel.
    distance: Grid<f32>,
    /// Linear RGB on a grid of one a pixel.
    colour: Grid<[f32; 3]>,
}

struct Grid<T> {
    side: usize,
    data: Vec<T>,
}

impl Object {
    /// A lobed body of about `radius` pixels with a round hole and `strands` tapering lines, whose half
    /// width at the root is `thick` pixels.
    pub fn new(seed: u64, radius: f64, strands: u32, thick: f64) -> Self {
        let half = (radius * REACH).ceil() + 4.0;
        let side = (2.0 * half * FINE) as usize + 1;
        let mut distance = vec![0.0_f32; side * side];
        distance.par_chunks_mut(side).enumerate().for_each(|(y, row)| {
            for (x, d) in row.iter_mut().enumerate() {
                *d = body(radius, x as f64 / FINE - half, y as f64 / FINE - half) as f32;
            }
        });
        let mut distance = Grid { side, data: distance };
        let mut random = fastrand::Rng::with_seed(seed ^ 0x5eed);
        for i in 0..strands {
            let points = strand(&mut random, f64::from(i) / f64::from(strands), radius);
            let root = thick * (0.55 + 0.45 * random.f64());
            distance.draw(half, &points, root);
        }
        let side = (2.0 * half) as usize + 1;
        let mut colour = vec![[0.0_f32; 3]; side * side];
        colour.par_chunks_mut(side).enumerate().for_each(|(y, row)| {
            for (x, c) in row.iter_mut().enumerate() {
                let [s, t] = [x, y].map(|v| (v as f64 - half) / radius * 6.0);
                *c = texture::object(seed, s, t).map(|v| v as f32);
            }
        });
        Self { half, distance, colour: Grid { side, data: colour } }
    }

    /// Half the side of the square that holds it, in pixels.
    pub fn half(&self) -> f64 {
        self.half
    }

    /// Distance from its outline in pixels, below zero inside; exact near the outline only.
    pub fn distance(&self, u: f64, v: f64) -> f32 {
        let at = |p: f64| (p + self.half) * FINE;
        self.distance.sample(at(u), at(v), |a, b, t| a + (b - a) * t).unwrap_or(f32::MAX)
    }

    /// Linear RGB of its surface.
    pub fn colour(&self, u: f64, v: f64) -> [f32; 3] {
        let mix = |a: [f32; 3], b: [f32; 3], t: f32| std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t);
        self.colour.sample(u + self.half, v + self.half, mix).unwrap_or([0.0; 3])
    }
}

impl<T: Copy> Grid<T> {
    /// Blends the four values around column `x` of row `y`; none outside.
    fn sample(&self, x: f64, y: f64, mix: impl Fn(T, T, f32) -> T) -> Option<T> {
        let last = (self.side - 1) as f64;
        if !(x >= 0.0 && y >= 0.0 && x < last && y < last) {
            return None;
        }
        let (x0, y0) = (x as usize, y as usize);
        let (fx, fy) = ((x - x0 as f64) as f32, (y - y0 as f64) as f32);
        let i = y0 * self.side + x0;
        let (top, low) = (&self.data[i..i + 2], &self.data[i + self.side..i + self.side + 2]);
        Some(mix(mix(top[0], top[1], fx), mix(low[0], low[1], fx), fy))
    }
}

impl Grid<f32> {
    /// Adds a strand whose half width falls from `root` pixels to a quarter of that.
    fn draw(&mut self, half: f64, points: &[(f64, f64); POINTS], root: f64) {
        for (i, pair) in points.windows(2).enumerate() {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let (dx, dy) = (bx - ax, by - ay);
            let range = |a: f64, b: f64| {
                let low = ((a.min(b) - NEAR + half) * FINE).max(0.0) as usize;
                let high = ((a.max(b) + NEAR + half) * FINE).max(0.0) as usize;
                low..high.min(self.side - 1) + 1
            };
            for y in range(ay, by) {
                for x in range(ax, bx) {
                    let (u, v) = (x as f64 / FINE - half - ax, y as f64 / FINE - half - ay);
                    let along = ((u * dx + v * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
                    let thick = root * (1.0 - 0.75 * (i as f64 + along) / (POINTS - 1) as f64);
                    let d = ((u - along * dx).hypot(v - along * dy) - thick) as f32;
                    let there = &mut self.data[y * self.side + x];
                    *there = there.min(d);
                }
            }
        }
    }
}

/// About how far (u, v) is outside of the body, in pixels; below zero inside.
fn body(radius: f64, u: f64, v: f64) -> f64 {
    let (r, angle) = (u.hypot(v), v.atan2(u));
    let lobes = 1.0 + 0.12 * (3.0 * angle).cos() + 0.05 * (5.0 * angle - 0.7).sin();
    let slope = -0.36 * (3.0 * angle).sin() + 0.25 * (5.0 * angle - 0.7).cos();
    // A radial distance overstates the true one where the outline runs aslant.
    let outer = (r - radius * lobes) / (1.0 + (slope / lobes).powi(2)).sqrt();
    let hole = 0.30 * radius - (u - 0.30 * radius).hypot(v + 0.12 * radius);
    outer.max(hole)
}

/// A bent line that leaves the body at `part` of a turn.
fn strand(random: &mut fastrand::Rng, part: f64, radius: f64) -> [(f64, f64); POINTS] {
    let angle = std::f64::consts::TAU * part + 0.25 * (random.f64() - 0.5);
    let length = 0.20 + 0.35 * random.f64();
    let (bend, curl) = ((random.f64() - 0.5) * 0.6, 0.03 * (random.f64() - 0.5));
    let (sin, cos) = angle.sin_cos();
    std::array::from_fn(|i| {
        let along = i as f64 / (POINTS - 1) as f64;
        // It starts within the body, whose smallest radius is .83.
        let reach = radius * (0.78 + (0.22 + length) * along);
        let aside = radius * (bend * along * along + curl * (9.0 * along).sin());
        (reach * cos - aside * sin, reach * sin + aside * cos)
    })
}
