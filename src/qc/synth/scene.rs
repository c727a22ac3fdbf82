//! The object on its way through the picture, as a camera sees it.

use rayon::prelude::*;

use super::object::Object;
use super::texture;
use crate::raster::{Flow, Frame, Matte, transfer};

/// Samples of a pixel without blur: 8 by 8.
const SHARP: u32 = 64;
/// Samples of a pixel with it.
const BLURRED: u32 = 256;
/// How far the object's centre may go from that of the picture, as a part of its sides.
const EXCURSION: f64 = 0.3;
/// Motion of the background in pixels a frame.
const PAN: (f64, f64) = (-0.7, 0.3);

/// What a scene is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// How many frames there are.
    pub frames: u32,
    /// Another seed gives another scene.
    pub seed: u64,
    /// How many hair-like strands the object has.
    pub strands: u32,
    /// Length of the motion blur in pixels.
    pub blur: f64,
    /// Direction of motion in degrees, from right to down.
    pub direction: f64,
    /// Motion in pixels a frame; it should not be less than the blur, which it makes.
    pub speed: f64,
    /// Turn of the object in degrees a frame; it does not turn while the shutter is open.
    pub turn: f64,
    /// Diameter in pixels of the disc to which a point of the object is blurred by the lens; the
    /// background stays sharp.
    pub defocus: f64,
    /// Standard deviation of the sensor's noise in levels of 255 of the encoded picture, anew in
    /// each frame.
    pub noise: f64,
}

impl Default for Settings {
    /// A sharp object that drifts and turns slowly.
    fn default() -> Self {
        Self {
            size: (480, 270),
            frames: 24,
            seed: 1,
            strands: 0,
            blur: 0.0,
            direction: 20.0,
            speed: 1.7,
            turn: 0.6,
            defocus: 0.0,
            noise: 0.0,
        }
    }
}

/// A scene, ready to be rendered.
pub struct Scene {
    settings: Settings,
    object: Object,
    /// For each frame the object's centre in pixels and its motion in pixels a frame.
    path: Vec<([f64; 2], [f64; 2])>,
    samples: Vec<Sample>,
}

/// A frame and its truth.
pub struct Shot {
    /// What the camera recorded, sRGB-encoded RGB, interleaved, top row first; noise may take it
    /// below 0 or above 1.
    pub display: Vec<f32>,
    /// How much of each pixel the object covers.
    pub alpha: Matte,
}

/// Where and when one of the samples of a pixel is taken.
struct Sample {
    /// Place in the pixel, 0 to 1, and point of the lens, in pixels.
    x: f64,
    y: f64,
    /// Moment of the shutter, -0.5 to 0.5.
    moment: f64,
}

impl Scene {
    /// A scene of these settings; each figure is brought within what makes sense.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let finite = |v: f64, most: f64| if v.is_finite() { v.clamp(0.0, most) } else { 0.0 };
        let settings = Settings {
            frames: settings.frames.max(1),
            blur: finite(settings.blur, 1000.0),
            speed: finite(settings.speed, 1000.0),
            direction: if settings.direction.is_finite() { settings.direction } else { 0.0 },
            turn: if settings.turn.is_finite() { settings.turn } else { 0.0 },
            defocus: finite(settings.defocus, 1000.0),
            noise: finite(settings.noise, 255.0),
            ..settings
        };
        let height = f64::from(settings.size.1);
        let object = Object::new(
            settings.seed,
            (0.25 * height).max(1.0),
            settings.strands,
            1.1 * (height / 270.0).max(0.6),
        );
        let path = path(&settings);
        let samples = samples(&settings);
        Self { settings, object, path, samples }
    }

    /// What it was made of.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Centre of the object in pixels from the upper left corner, right and down, in frame `frame`;
    /// frames beyond the last are like the last.
    #[must_use]
    pub fn centre(&self, frame: u32) -> [f64; 2] {
        self.place(frame).0
    }

    /// The way in pixels, right and down, that the object goes while the shutter is open, half of it
    /// before the frame's moment: a step edge becomes a ramp of this length along it.
    #[must_use]
    pub fn blur(&self, frame: u32) -> [f64; 2] {
        let v = self.place(frame).1;
        let speed = v[0].hypot(v[1]);
        if speed > 0.0 { v.map(|c| c / speed * self.settings.blur) } else { [self.settings.blur, 0.0] }
    }

    /// The true motion of the object from one frame to another, for all of the picture.
    #[must_use]
    pub fn flow(&self, from: u32, to: u32) -> Flow {
        let (a, b) = (self.centre(from), self.centre(to));
        let (sin, cos) = (self.angle(to) - self.angle(from)).sin_cos();
        let (w, h) = self.settings.size;
        // A turn is linear in the place, so that a grid of few cells holds it; only at the picture's
        // edges, beyond the centres of the outermost cells, it does not.
        let grid = (w.div_ceil(8).max(1), h.div_ceil(8).max(1));
        Flow::from_fn((w, h), grid, |x, y| {
            let (dx, dy) = (f64::from(x) - a[0], f64::from(y) - a[1]);
            let to = [b[0] + dx * cos - dy * sin, b[1] + dx * sin + dy * cos];
            [(to[0] - f64::from(x)) as f32, (to[1] - f64::from(y)) as f32]
        })
    }

    /// Renders frame `frame`, counted from 0.
    #[must_use]
    pub fn shot(&self, frame: u32) -> Shot {
        let (w, h) = (self.settings.size.0 as usize, self.settings.size.1 as usize);
        let mut alpha = Matte::filled(self.settings.size.0, self.settings.size.1, 0.0);
        let mut display = vec![0.0_f32; w * h * 3];
        let rows = alpha.data_mut().par_chunks_mut(w.max(1)).zip(display.par_chunks_mut(3 * w.max(1)));
        rows.enumerate().for_each(|(y, (alpha, colour))| {
            let seed = self.settings.seed ^ (u64::from(frame) << 32 | y as u64).wrapping_mul(0x9e37_79b9);
            let mut random = fastrand::Rng::with_seed(seed);
            for (x, (a, rgb)) in alpha.iter_mut().zip(colour.chunks_exact_mut(3)).enumerate() {
                let (linear, covered) = self.pixel(frame, x as f64, y as f64);
                *a = covered;
                for (out, v) in rgb.iter_mut().zip(linear) {
                    *out = transfer::linear_to_srgb(v);
                    if self.settings.noise > 0.0 {
                        *out += (self.settings.noise / 255.0 * normal(&mut random)) as f32;
                    }
                }
            }
        });
        Shot { display, alpha }
    }

    fn place(&self, frame: u32) -> ([f64; 2], [f64; 2]) {
        let last = self.path.len().saturating_sub(1);
        self.path.get((frame as usize).min(last)).copied().unwrap_or_default()
    }

    fn angle(&self, frame: u32) -> f64 {
        (self.settings.turn * f64::from(frame)).to_radians()
    }

    /// Linear colour and coverage of the pixel whose upper left corner is (x, y).
    fn pixel(&self, frame: u32, x: f64, y: f64) -> ([f32; 3], f32) {
        let time = f64::from(frame);
        let (u, v) = ((x + 0.5 - PAN.0 * time) / 38.0, (y + 0.5 - PAN.1 * time) / 38.0);
        let behind = || texture::background(self.settings.seed, u, v).map(|v| v as f32);
        let (centre, blur) = (self.centre(frame), self.blur(frame));
        let (sin, cos) = self.angle(frame).sin_cos();
        let reach = 0.5 * (self.settings.blur + self.settings.defocus) + 1.0;
        let off = (x + 0.5 - centre[0]).abs().max((y + 0.5 - centre[1]).abs());
        // The square turns: its corners are further than its sides.
        if off > self.object.half() * std::f64::consts::SQRT_2 + reach {
            return (behind(), 0.0);
        }
        let (mut sum, mut covered) = ([0.0_f32; 3], 0_u32);
        for sample in &self.samples {
            let dx = x + sample.x - centre[0] - sample.moment * blur[0];
            let dy = y + sample.y - centre[1] - sample.moment * blur[1];
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            if self.object.distance(u, v) < 0.0 {
                covered += 1;
                sum.iter_mut().zip(self.object.colour(u, v)).for_each(|(s, c)| *s += c);
            }
        }
        let count = self.samples.len() as f32;
        let alpha = covered as f32 / count;
        if covered == 0 {
            return (behind(), 0.0);
        }
        let behind = if alpha < 1.0 { behind() } else { [0.0; 3] };
        (std::array::from_fn(|i| sum[i] / count + (1.0 - alpha) * behind[i]), alpha)
    }
}

impl Shot {
    /// The frame in 8 bits.
    #[must_use]
    pub fn frame(&self) -> Frame {
        let mut frame = Frame::filled(self.alpha.width(), self.alpha.height(), [0; 3]);
        frame.data_mut().iter_mut().zip(&self.display).for_each(|(out, &v)| *out = transfer::to_u8(v));
        frame
    }

    /// The alpha cut at one half, as a mask without any refinement would be.
    #[must_use]
    pub fn mask(&self) -> Matte {
        let mut mask = self.alpha.clone();
        mask.data_mut().iter_mut().for_each(|v| *v = if *v > 0.5 { 1.0 } else { 0.0 });
        mask
    }
}

/// A straight way that is in the picture's middle at half time, at constant speed. Where it would
/// lead too far out, the object turns round between two frames, when the shutter is closed.
fn path(settings: &Settings) -> Vec<([f64; 2], [f64; 2])> {
    let (w, h) = (f64::from(settings.size.0), f64::from(settings.size.1));
    let (sin, cos) = settings.direction.to_radians().sin_cos();
    // From the middle to where the centre has gone its share of either side.
    let far = (EXCURSION * w / cos.abs().max(1e-9)).min(EXCURSION * h / sin.abs().max(1e-9));
    let step = settings.speed.min(2.0 * far);
    let mut at = -(0.5 * step * f64::from(settings.frames - 1)).min(far);
    let mut forward = 1.0;
    (0..settings.frames)
        .map(|_| {
            let place =
                ([0.5 * w + at * cos, 0.5 * h + at * sin], [forward * step * cos, forward * step * sin]);
            if (at + forward * step).abs() <= far + 1e-9 {
                at += forward * step;
            } else {
                forward = -forward;
            }
            place
        })
        .collect()
}

/// The samples of every pixel. Moments are evenly spaced, so that a ramp is as smooth as their
/// number allows; places and points of the lens follow additive sequences that fill the square
/// evenly (by the powers of the plastic number, the root of x^3 = x + 1).
fn samples(settings: &Settings) -> Vec<Sample> {
    if settings.blur <= 0.0 && settings.defocus <= 0.0 {
        let place = |i: u32| (f64::from(i) + 0.5) / 8.0;
        return (0..SHARP).map(|i| Sample { x: place(i % 8), y: place(i / 8), moment: 0.0 }).collect();
    }
    let plastic = 1.324_717_957_244_746_f64;
    let part = |i: u32, power: i32, start: f64| (start + f64::from(i) * plastic.powi(-power)).fract();
    (0..BLURRED)
        .map(|i| {
            // Another order than the places', so that the two are independent.
            let j = i * 101 % BLURRED;
            let (radius, angle) = (part(j, 1, 0.25).sqrt(), std::f64::consts::TAU * part(j, 2, 0.75));
            let lens = 0.5 * settings.defocus * radius;
            Sample {
                x: part(i, 1, 0.5) + lens * angle.cos(),
                y: part(i, 2, 0.5) + lens * angle.sin(),
                moment: (f64::from(i * 37 % BLURRED) + 0.5) / f64::from(BLURRED) - 0.5,
            }
        })
        .collect()
}

/// A number of the normal distribution (G. Box, M. Muller, 1958).
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Settings = Settings {
        size: (120, 80),
        frames: 3,
        seed: 3,
        strands: 0,
        blur: 0.0,
        direction: 0.0,
        speed: 2.0,
        turn: 0.0,
        defocus: 0.0,
        noise: 0.0,
    };

    #[test]
    fn the_same_seed_gives_the_same_frames_in_any_order() {
        let noisy = Settings { noise: 3.0, strands: 8, ..SMALL };
        let (a, b) = (Scene::new(noisy), Scene::new(noisy));
        let last = a.shot(2);
        assert_ne!(a.shot(0).display, last.display);
        assert_eq!(b.shot(2).display, last.display);
        assert_ne!(Scene::new(Settings { seed: 4, ..noisy }).shot(2).display, last.display);
    }

    #[test]
    fn the_object_goes_where_its_flow_says() {
        let scene = Scene::new(Settings { turn: 5.0, strands: 12, direction: 30.0, ..SMALL });
        let (first, last, flow) = (scene.shot(0).alpha, scene.shot(2).alpha, scene.flow(0, 2));
        let (mut moved, mut still, mut count) = (0.0, 0.0, 0.0);
        for y in 16..64 {
            for x in 16..104 {
                let [u, v] = flow.at(x as f32 + 0.5, y as f32 + 0.5);
                let (tx, ty) = ((x as f32 + u).round() as u32, (y as f32 + v).round() as u32);
                moved += (first.value(x, y) - last.value(tx, ty)).abs();
                still += (first.value(x, y) - last.value(x, y)).abs();
                count += 1.0;
            }
        }
        assert!(moved < 0.35 * still && still / count > 0.02, "{} {}", moved / count, still / count);
    }

    #[test]
    fn an_edge_across_the_motion_becomes_a_ramp_of_the_blurs_length() {
        for blur in [0.0, 6.0, 20.0] {
            let scene = Scene::new(Settings { blur, speed: 2.0 * blur, ..SMALL });
            let alpha = scene.shot(1).alpha;
            // The object's left edge in the middle row; the sum of what is not covered tells how far it rises.
            let row: Vec<f32> = (0..60).map(|x| alpha.value(x, 44)).collect();
            let soft: f32 = row.iter().map(|a| 4.0 * a * (1.0 - a)).sum();
            // A ramp of length L gives 2/3 L; a slanted edge adds a little.
            let length = 1.5 * f64::from(soft);
            assert!((length - blur).abs() < 1.8 + 0.08 * blur, "{blur}: {length}");
        }
    }

    #[test]
    fn bad_figures_and_sizes_do_no_harm() {
        for size in [(0, 0), (1, 1), (3, 200)] {
            let bad =
                Settings { size, frames: 0, blur: f64::NAN, speed: f64::INFINITY, turn: f64::NAN, ..SMALL };
            let shot = Scene::new(bad).shot(7);
            assert!(shot.display.iter().all(|v| v.is_finite()));
            assert_eq!(shot.mask().data().len(), (size.0 * size.1) as usize);
        }
    }
}
