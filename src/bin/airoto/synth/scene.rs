//! An object over a background, both textured and moving, given by formulas, so that the share of a
//! pixel that the object covers is known as exactly as it is sampled.
//!
//! The object is a closed curve around its centre, of radius `r(angle)` with a few lobes that swell
//! and shrink, less a round hole. A sample is inside where its distance is below zero. Only near the
//! edge are many samples taken.

use airoto::qc::synth::texture::{self, noise};

/// Samples along each side of a pixel that the edge crosses.
const SIDE: u32 = 6;
/// A clip to be.
pub struct Scene {
    /// Whether it passes behind a bar.
    occlude: bool,
    seed: u64,
    width: u32,
    height: u32,
    frames: u32,
}

/// Where everything is at one moment.
struct Moment {
    centre: (f64, f64),
    radius: f64,
    turn: (f64, f64),
    phase: f64,
    shift: (f64, f64),
    bar: Option<f64>,
}

impl Scene {
    /// A clip of `frames` frames.
    pub fn new(occlude: bool, seed: u64, (width, height): (u32, u32), frames: u32) -> Self {
        Self { occlude, seed, width, height, frames }
    }

    /// Linear RGB, interleaved, and the alpha of frame `frame`, top row first.
    pub fn render(&self, frame: u32) -> (Vec<f32>, Vec<f32>) {
        let moment = self.moment(f64::from(frame));
        let pixels = self.width as usize * self.height as usize;
        let (mut color, mut alpha) = (Vec::with_capacity(pixels * 3), Vec::with_capacity(pixels));
        for y in 0..self.height {
            for x in 0..self.width {
                let (rgb, a) = self.pixel(&moment, f64::from(x), f64::from(y));
                color.extend(rgb.map(|v| v as f32));
                alpha.push(a as f32);
            }
        }
        (color, alpha)
    }

    fn moment(&self, time: f64) -> Moment {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        let part = time / f64::from(self.frames.max(2) - 1);
        let wave = |turns: f64| (std::f64::consts::TAU * turns).sin();
        // An occluded object crosses the picture, the other sways.
        let across = if self.occlude { 0.22 + 0.56 * part } else { 0.36 + 0.28 * part };
        let radius = 0.25 * h * (1.0 + 0.06 * wave(time / 40.0));
        let angle = 0.045 * time + 0.1 * wave(time / 30.0);
        Moment {
            centre: (across * w, h * (0.5 + 0.08 * wave(time / 26.0))),
            radius,
            turn: angle.sin_cos(),
            phase: time / 18.0,
            shift: (-1.3 * time, 0.6 * time + 3.0 * wave(time / 35.0)),
            bar: self.occlude.then_some(0.5 * w),
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
            return (texture::object(self.seed, s, t), 1.0);
        }
        let (u, v) = ((x - moment.shift.0) / 38.0, (y - moment.shift.1) / 38.0);
        (texture::background(self.seed, u, v), 0.0)
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
        body.max(hole)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_clip() {
        let clip = |seed| Scene::new(false, seed, (64, 36), 4).render(2);
        assert_eq!(clip(5), clip(5));
        assert_ne!(clip(5).0, clip(6).0);
    }

    #[test]
    fn both_have_an_object_with_a_soft_edge() {
        for occlude in [false, true] {
            let (color, alpha) = Scene::new(occlude, 1, (96, 54), 8).render(0);
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
        let scene = Scene::new(true, 1, (96, 54), 9);
        let area = |frame| scene.render(frame).1.iter().sum::<f32>();
        assert!(area(4) < 0.9 * area(0), "{} {}", area(4), area(0));
    }
}
