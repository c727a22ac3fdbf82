//! An object over a background, both textured and moving, given by formulas, so that the share of a
//! pixel that the object covers is known as exactly as it is sampled.
//!
//! The object is a closed curve around its centre, of radius `r(angle)` with a few lobes that swell
//! and shrink, less a round hole, and for strands a fan of thin, bent, tapering lines. A sample is
//! inside where its distance is below zero. Only near the edge are many samples taken.

use super::Kind;

/// Samples along each side of a pixel that the edge crosses.
const SIDE: u32 = 6;
/// Moments of a shutter that is open for half a frame, when there is motion blur.
const MOMENTS: u32 = 16;
/// How many strands there are.
const STRANDS: usize = 26;

/// A clip to be.
pub struct Scene {
    kind: Kind,
    seed: u64,
    width: u32,
    height: u32,
    frames: u32,
    strands: Vec<Strand>,
}

/// A thin line that leaves the object.
struct Strand {
    angle: f64,
    /// Beyond the outline, in radii of the object.
    length: f64,
    /// How far it bends sideways, in radii of the object.
    bend: f64,
}

/// Where everything is at one moment.
struct Moment {
    centre: (f64, f64),
    radius: f64,
    turn: (f64, f64),
    phase: f64,
    shift: (f64, f64),
    bar: Option<f64>,
    /// Points of each strand in the object's own axes, and the reach of them all.
    strands: Vec<[(f64, f64); 6]>,
}

impl Scene {
    /// A clip of `frames` frames.
    pub fn new(kind: Kind, seed: u64, (width, height): (u32, u32), frames: u32) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let strands = if kind == Kind::Strands { STRANDS } else { 0 };
        let strands = (0..strands)
            .map(|i| Strand {
                angle: std::f64::consts::TAU * (i as f64 + random.f64() * 0.8) / STRANDS as f64,
                length: 0.25 + 0.35 * random.f64(),
                bend: (random.f64() - 0.5) * 0.5,
            })
            .collect();
        Self { kind, seed, width, height, frames, strands }
    }

    /// Linear RGB, interleaved, and the alpha of frame `frame`, top row first.
    pub fn render(&self, frame: u32) -> (Vec<f32>, Vec<f32>) {
        let blurred = self.kind == Kind::Blur;
        let count = if blurred { MOMENTS } else { 1 };
        let moments: Vec<Moment> = (0..count)
            .map(|i| f64::from(i) + 0.5)
            .map(|i| self.moment(f64::from(frame) + if blurred { i / f64::from(count) * 0.5 } else { 0.0 }))
            .collect();
        let pixels = self.width as usize * self.height as usize;
        let (mut color, mut alpha) = (Vec::with_capacity(pixels * 3), Vec::with_capacity(pixels));
        for y in 0..self.height {
            for x in 0..self.width {
                let (mut sum, mut covered) = ([0.0_f64; 3], 0.0);
                for moment in &moments {
                    let (rgb, a) = self.pixel(moment, f64::from(x), f64::from(y));
                    covered += a;
                    sum.iter_mut().zip(rgb).for_each(|(s, v)| *s += v);
                }
                color.extend(sum.map(|v| (v / f64::from(count)) as f32));
                alpha.push((covered / f64::from(count)) as f32);
            }
        }
        (color, alpha)
    }

    fn moment(&self, time: f64) -> Moment {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        let part = time / f64::from(self.frames.max(2) - 1);
        let wave = |turns: f64| (std::f64::consts::TAU * turns).sin();
        // Blurred and occluded objects cross the picture, the others sway.
        let across = match self.kind {
            Kind::Blur => 0.5 + 0.28 * wave(time / 14.0),
            Kind::Occlude => 0.22 + 0.56 * part,
            Kind::Spin | Kind::Strands => 0.36 + 0.28 * part,
        };
        let radius = 0.25 * h * (1.0 + 0.06 * wave(time / 40.0));
        let angle = 0.045 * time + 0.1 * wave(time / 30.0);
        let strands = self
            .strands
            .iter()
            .map(|s| {
                let sway = s.bend + 0.12 * wave(time / 22.0 + s.angle);
                std::array::from_fn(|i| {
                    let along = i as f64 / 5.0;
                    // They start within the outline, whose smallest radius is 0.8.
                    let reach = radius * (0.75 + (0.25 + s.length) * along);
                    let aside = radius * sway * along * along;
                    let (sin, cos) = s.angle.sin_cos();
                    (reach * cos - aside * sin, reach * sin + aside * cos)
                })
            })
            .collect();
        Moment {
            centre: (across * w, h * (0.5 + 0.08 * wave(time / 26.0))),
            radius,
            turn: angle.sin_cos(),
            phase: time / 18.0,
            shift: (-1.3 * time, 0.6 * time + 3.0 * wave(time / 35.0)),
            bar: (self.kind == Kind::Occlude).then_some(0.5 * w),
            strands,
        }
    }

    /// Colour and coverage of the pixel whose upper left corner is (x, y).
    fn pixel(&self, moment: &Moment, x: f64, y: f64) -> ([f64; 3], f64) {
        let (cx, cy) = (x + 0.5, y + 0.5);
        let distance = self.distance(moment, cx, cy);
        let near_bar = moment.bar.is_some_and(|at| bar_distance(at, self.height, cx).abs() < 2.0);
        if distance.abs() > 2.0 && !near_bar {
            return self.sample(moment, cx, cy, distance < 0.0);
        }
        let (mut color, mut covered) = ([0.0; 3], 0.0);
        for j in 0..SIDE {
            for i in 0..SIDE {
                let at = |k: u32| (f64::from(k) + 0.5) / f64::from(SIDE);
                let (px, py) = (x + at(i), y + at(j));
                let (rgb, a) = self.sample(moment, px, py, self.distance(moment, px, py) < 0.0);
                covered += a;
                color.iter_mut().zip(rgb).for_each(|(s, v)| *s += v);
            }
        }
        let count = f64::from(SIDE * SIDE);
        (color.map(|v| v / count), covered / count)
    }

    fn sample(&self, moment: &Moment, x: f64, y: f64, inside: bool) -> ([f64; 3], f64) {
        if moment.bar.is_some_and(|at| bar_distance(at, self.height, x) < 0.0) {
            let v = noise(self.seed ^ 77, x / 9.0, y / 31.0, 3);
            return ([0.10 + 0.30 * v, 0.08 + 0.16 * v, 0.05 + 0.07 * v], 0.0);
        }
        if inside {
            let (u, v) = local(moment, x, y);
            let (s, t) = (u / moment.radius * 6.0, v / moment.radius * 6.0);
            let patches = noise(self.seed ^ 11, s, t, 3);
            let grain = noise(self.seed ^ 12, s * 3.1, t * 3.1, 2);
            let warm = 0.25 + 0.6 * patches;
            return ([warm, 0.10 + 0.45 * patches * grain, 0.05 + 0.25 * grain], 1.0);
        }
        let (u, v) = ((x - moment.shift.0) / 38.0, (y - moment.shift.1) / 38.0);
        let clouds = noise(self.seed ^ 21, u, v, 4);
        let leaves = noise(self.seed ^ 22, u * 3.7, v * 3.7, 2);
        ([0.04 + 0.22 * clouds * leaves, 0.08 + 0.40 * clouds, 0.12 + 0.42 * leaves], 0.0)
    }

    /// About how far (x, y) is outside of the object, in pixels; below zero inside.
    fn distance(&self, moment: &Moment, x: f64, y: f64) -> f64 {
        let (u, v) = local(moment, x, y);
        let (r, angle) = (u.hypot(v), v.atan2(u));
        let p = moment.phase;
        let lobes = |a: f64| 1.0 + 0.12 * (3.0 * a + 0.6 * p.sin()).cos() + 0.05 * (5.0 * a - p).sin();
        let slope = -0.36 * (3.0 * angle + 0.6 * p.sin()).sin() + 0.25 * (5.0 * angle - p).cos();
        let outline = moment.radius * lobes(angle);
        // A radial distance overstates the true one where the outline runs aslant.
        let body = (r - outline) / (1.0 + (slope / lobes(angle)).powi(2)).sqrt();
        let hole_at = (0.30 * moment.radius, -0.12 * moment.radius);
        let hole = 0.30 * moment.radius - (u - hole_at.0).hypot(v - hole_at.1);
        let mut distance = body.max(hole);
        for strand in &moment.strands {
            if distance < -2.0 {
                break;
            }
            distance = distance.min(strand_distance(strand, (u, v), f64::from(self.height)));
        }
        distance
    }
}

/// In the object's own axes, around its centre.
fn local(moment: &Moment, x: f64, y: f64) -> (f64, f64) {
    let (dx, dy) = (x - moment.centre.0, y - moment.centre.1);
    let (sin, cos) = moment.turn;
    (dx * cos + dy * sin, dy * cos - dx * sin)
}

/// A bar from top to bottom around column `at`.
fn bar_distance(at: f64, height: u32, x: f64) -> f64 {
    (x - at).abs() - 0.07 * f64::from(height)
}

/// Distance from a strand, whose half width shrinks from 1.1 pixels at 270 lines to 0.35.
fn strand_distance(points: &[(f64, f64); 6], (u, v): (f64, f64), height: f64) -> f64 {
    let scale = height / 270.0;
    let mut best = f64::MAX;
    for (i, pair) in points.windows(2).enumerate() {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        let (dx, dy) = (bx - ax, by - ay);
        let along = (((u - ax) * dx + (v - ay) * dy) / (dx * dx + dy * dy).max(1e-9)).clamp(0.0, 1.0);
        let half = (1.1 - 0.75 * (i as f64 + along) / 5.0) * scale;
        best = best.min((u - ax - along * dx).hypot(v - ay - along * dy) - half);
    }
    best
}

/// Smooth noise, 0 to 1, of `octaves` octaves.
fn noise(seed: u64, x: f64, y: f64, octaves: u32) -> f64 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * lattice(seed.wrapping_add(u64::from(octave) * 7919), x * scale, y * scale);
        total += weight;
        weight *= 0.55;
        scale *= 2.03;
    }
    // Sums of octaves crowd around one half; spread them.
    ((sum / total - 0.5) * 1.7 + 0.5).clamp(0.0, 1.0)
}

/// Values at whole coordinates, blended by a smooth step.
fn lattice(seed: u64, x: f64, y: f64) -> f64 {
    let (fx, fy) = (x.floor(), y.floor());
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - fx), ease(y - fy));
    let (ix, iy) = (fx as i64, fy as i64);
    let at = |dx: i64, dy: i64| hash(seed, ix + dx, iy + dy);
    let top = at(0, 0) * (1.0 - u) + at(1, 0) * u;
    let bottom = at(0, 1) * (1.0 - u) + at(1, 1) * u;
    top * (1.0 - v) + bottom * v
}

/// A number from 0 to 1 for each pair of integers (the finalizer of splitmix64).
fn hash(seed: u64, x: i64, y: i64) -> f64 {
    let mut z = seed
        .wrapping_add((x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add((y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_clip() {
        let clip = |seed| Scene::new(Kind::Strands, seed, (64, 36), 4).render(2);
        assert_eq!(clip(5), clip(5));
        assert_ne!(clip(5).0, clip(6).0);
    }

    #[test]
    fn every_kind_has_an_object_with_a_soft_edge() {
        for kind in [Kind::Spin, Kind::Occlude, Kind::Blur, Kind::Strands] {
            let (color, alpha) = Scene::new(kind, 1, (96, 54), 8).render(0);
            assert_eq!((color.len(), alpha.len()), (96 * 54 * 3, 96 * 54));
            assert!(alpha.iter().all(|a| (0.0..=1.0).contains(a)));
            assert!(color.iter().all(|v| (0.0..=1.0).contains(v)));
            let inside = alpha.iter().filter(|&&a| a > 0.5).count();
            assert!((96 * 54 / 40..96 * 54 / 2).contains(&inside), "{inside}");
            assert!(alpha.iter().any(|&a| a > 0.2 && a < 0.8));
        }
    }

    #[test]
    fn a_bar_hides_the_object() {
        let scene = Scene::new(Kind::Occlude, 1, (96, 54), 9);
        let area = |frame| scene.render(frame).1.iter().sum::<f32>();
        assert!(area(4) < 0.9 * area(0), "{} {}", area(4), area(0));
    }
}
