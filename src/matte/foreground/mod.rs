//! The object's own colours at its edge, freed from the background's (T. Germer and others, "Fast
//! Multi-Level Foreground Estimation", ICPR 2020).
//!
//! From coarse to fine, foreground and background are made to explain each pixel, `alpha * foreground +
//! (1 - alpha) * background`, and to be smooth, most where alpha changes. The equations are linear in the
//! colours, so scene-linear light above 1 and below 0 is as good as any.
//!
//! A grid holds the pixels of the band and those beside them only, so that time and memory go with the
//! edge. Each is solved for from its neighbours in the step before: the result is the same on any number
//! of threads.

mod means;
mod part;

use self::means::Means;
use self::part::{Part, sane, soft};
use super::error::Error;
use crate::raster::{Matte, RectI, SizeError};
use rayon::prelude::*;

/// What becomes of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// The object's colours as they are; they are to be multiplied by alpha when put over something. What
    /// alpha leaves alone keeps its bytes.
    #[default]
    Straight,
    /// Multiplied by alpha: black where there is no object.
    Premultiplied,
}

/// How much neighbours are alike where alpha is constant.
const ALIKE: f32 = 1e-5;
/// How much more they are for each step of 1 in alpha.
const STEEP: f32 = 1.0;
/// Pixels around the band from which the first colours are taken.
const MARGIN: i32 = 16;
/// Steps on grids of at most [`SMALL`] pixels a side, and on larger ones.
const STEPS: (usize, usize) = (20, 4);
/// See [`STEPS`].
const SMALL: usize = 32;
/// Pixels that one thread works on at a time.
const CHUNK: usize = 4096;

/// Replaces the colours of `rgb` (R G B interleaved, any range) where `alpha` is neither 0 nor 1 by those of
/// the object. They stay within 0 to 1 or, where the picture about the edge goes beyond, within its range.
/// Colours that are not numbers count as 0 there.
///
/// # Errors
/// [`Error::Buffer`] when `rgb` does not have the pixels of `alpha`.
pub fn decontaminate(rgb: &mut [f32], alpha: &Matte, output: Output) -> Result<(), Error> {
    let (width, height) = (alpha.width(), alpha.height());
    let expected = alpha.data().len() * 3;
    if rgb.len() != expected {
        let found = rgb.len();
        return Err(SizeError { what: "a picture of colours", width, height, expected, found }.into());
    }
    let colours = rgb.as_chunks_mut::<3>().0;
    if let Some(area) = alpha.bounds(|a| soft(*a)) {
        let area = area.grown(MARGIN).intersect(&RectI::of_size(width, height));
        let found = solve(&Part { colours, alpha, area });
        for (at, colour) in found {
            colours[at] = colour;
        }
    }
    if output == Output::Premultiplied {
        colours.par_iter_mut().zip(alpha.data()).for_each(|(colour, a)| {
            *colour = colour.map(|v| if *a > 0.0 { v * a } else { 0.0 });
        });
    }
    Ok(())
}

/// The object's colours in the band, with their places in the picture.
fn solve(part: &Part) -> Vec<(usize, [f32; 3])> {
    let grids = grids(part);
    let (Some(first), Some(last)) = (grids.first(), grids.last()) else { return Vec::new() };
    let means = Means::new(part);
    let mut pairs = vec![Pair { front: means.front, alpha: 0.0, back: means.back }; last.pixels.len()];
    for (i, grid) in grids.iter().enumerate().rev() {
        if i + 1 < grids.len() {
            pairs = grid.pixels.iter().map(|p| pairs[p.parent as usize]).collect();
        }
        for (pair, pixel) in pairs.iter_mut().zip(&grid.pixels) {
            pair.alpha = pixel.alpha;
        }
        pairs = grid.solve(pairs, &means);
    }
    let band = first.pixels.iter().zip(&pairs).filter(|(pixel, _)| soft(pixel.alpha));
    band.map(|(pixel, pair)| {
        let at = pixel.place as usize;
        (part.place(at % first.width, at / first.width), pair.front)
    })
    .collect()
}

/// The colours of a pixel.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Of the object.
    front: [f32; 3],
    /// How much of it is seen.
    alpha: f32,
    /// Of what is behind.
    back: [f32; 3],
}

/// A pixel that is solved for.
struct Pixel {
    /// Of the picture.
    colour: [f32; 3],
    /// From 0 to 1.
    alpha: f32,
    /// Its four neighbours among the pixels of the grid; itself in the place of one that is not there.
    near: [u32; 4],
    /// Its pixel in the grid of half the size.
    parent: u32,
    /// Where it is in the picture of the grid's size.
    place: u32,
}

/// The pixels of one size that are solved for, in reading order.
struct Grid {
    width: usize,
    height: usize,
    pixels: Vec<Pixel>,
}

/// The grids of all sizes, the finest first; none where nothing is soft.
fn grids(part: &Part) -> Vec<Grid> {
    let (mut width, mut height) = (part.width(), part.height());
    // Pixels are counted in 32 bits; no picture comes near.
    if u32::try_from(width * height).is_err() {
        return Vec::new();
    }
    let mut marks = vec![0_u32; width * height];
    for y in 0..height {
        for (x, _) in part.row(y).iter().enumerate().filter(|(_, a)| soft(**a)) {
            mark(&mut marks, width, y * width + x);
        }
    }
    let mut grids: Vec<Grid> = Vec::new();
    loop {
        let block = 1 << grids.len();
        let grid = Grid::new(part, &mut marks, width, height, block);
        if let Some(finer) = grids.last_mut() {
            for pixel in &mut finer.pixels {
                let (x, y) = (pixel.place as usize % finer.width, pixel.place as usize / finer.width);
                // Marked below, so its number is at least 1.
                pixel.parent = marks[y / 2 * width + x / 2] - 1;
            }
        }
        if grid.pixels.is_empty() {
            return grids;
        }
        let finer_width = width;
        (width, height) = (width.div_ceil(2), height.div_ceil(2));
        marks = vec![0_u32; width * height];
        for pixel in &grid.pixels {
            let (x, y) = (pixel.place as usize % finer_width, pixel.place as usize / finer_width);
            mark(&mut marks, width, y / 2 * width + x / 2);
        }
        let whole = grid.width.max(grid.height) == 1;
        grids.push(grid);
        if whole {
            return grids;
        }
    }
}

/// Marks a pixel and its four neighbours.
fn mark(marks: &mut [u32], width: usize, at: usize) {
    let x = at % width;
    marks[at] = 1;
    if x > 0 {
        marks[at - 1] = 1;
    }
    if x + 1 < width {
        marks[at + 1] = 1;
    }
    if at >= width {
        marks[at - width] = 1;
    }
    if at + width < marks.len() {
        marks[at + width] = 1;
    }
}

impl Grid {
    /// The pixels that are marked, each as the middle one of its block of the part; marks become their
    /// numbers, from 1.
    fn new(part: &Part, marks: &mut [u32], width: usize, height: usize, block: usize) -> Self {
        let mut pixels = Vec::new();
        for (y, numbers) in marks.chunks_exact_mut(width).enumerate() {
            let row = (y * block + block / 2).min(part.height() - 1);
            for (x, number) in numbers.iter_mut().enumerate().filter(|(_, m)| **m != 0) {
                let at = part.place((x * block + block / 2).min(part.width() - 1), row);
                pixels.push(Pixel {
                    colour: part.colour(at),
                    alpha: sane(part.alpha.data()[at]),
                    near: [0; 4],
                    parent: 0,
                    place: (y * width + x) as u32,
                });
                *number = pixels.len() as u32;
            }
        }
        let marks = &*marks;
        let number = |at: Option<usize>, own: usize| match at.and_then(|at| marks.get(at)) {
            Some(&number) if number != 0 => number - 1,
            _ => own as u32,
        };
        pixels.par_iter_mut().with_min_len(CHUNK).enumerate().for_each(|(own, pixel)| {
            let at = pixel.place as usize;
            let x = at % width;
            pixel.near = [
                number((x > 0).then(|| at.wrapping_sub(1)), own),
                number((x + 1 < width).then_some(at + 1), own),
                number(at.checked_sub(width), own),
                number(Some(at + width), own),
            ];
        });
        Self { width, height, pixels }
    }

    /// Goes some steps from `pairs`.
    fn solve(&self, mut pairs: Vec<Pair>, means: &Means) -> Vec<Pair> {
        let small = self.width.max(self.height) <= SMALL;
        let mut next = pairs.clone();
        for _ in 0..if small { STEPS.0 } else { STEPS.1 } {
            let part = |(new, pixels): (&mut [Pair], &[Pixel])| {
                for (new, pixel) in new.iter_mut().zip(pixels) {
                    *new = step(pixel, &pairs, means);
                }
            };
            if pairs.len() <= CHUNK {
                part((&mut next, &self.pixels));
            } else {
                next.par_chunks_mut(CHUNK).zip(self.pixels.par_chunks(CHUNK)).for_each(part);
            }
            std::mem::swap(&mut pairs, &mut next);
        }
        pairs
    }
}

/// The colours of a pixel that are best for those of its neighbours: of all F and B those for which
/// (I - a F - (1 - a) B)^2 + w ((F - F')^2 + (B - B')^2) is least, with F' and B' the neighbours' means and
/// w the sum of their weights.
fn step(pixel: &Pixel, pairs: &[Pair], means: &Means) -> Pair {
    let (mut front, mut back, mut sum) = ([0.0_f32; 3], [0.0_f32; 3], 0.0_f32);
    for near in pixel.near {
        let near = &pairs[near as usize];
        let weight = ALIKE + STEEP * (near.alpha - pixel.alpha).abs();
        sum += weight;
        for c in 0..3 {
            front[c] += weight * near.front[c];
            back[c] += weight * near.back[c];
        }
    }
    let (a, b) = (pixel.alpha, 1.0 - pixel.alpha);
    let share = 1.0 / (a * a + b * b + sum);
    for c in 0..3 {
        let (f, g) = (front[c] / sum, back[c] / sum);
        let rest = (pixel.colour[c] - a * f - b * g) * share;
        front[c] = (f + a * rest).clamp(means.low[c], means.high[c]);
        back[c] = (g + b * rest).clamp(means.low[c], means.high[c]);
    }
    // What is seen alone is known.
    if a == 1.0 {
        front = pixel.colour;
    } else if a == 0.0 {
        back = pixel.colour;
    }
    Pair { front, alpha: a, back }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soft disk of one colour over a background of another, composed in linear light.
    fn scene(front: [f32; 3], back: [f32; 3]) -> (Vec<f32>, Matte) {
        let mut alpha = Matte::filled(90, 70, 0.0);
        let mut rgb = Vec::new();
        for (i, a) in alpha.data_mut().iter_mut().enumerate() {
            let r = ((i % 90) as f32 - 45.0).hypot((i / 90) as f32 - 35.0);
            *a = ((30.0 - r) / 10.0).clamp(0.0, 1.0);
            rgb.extend([0, 1, 2].map(|c| *a * front[c] + (1.0 - *a) * back[c]));
        }
        (rgb, alpha)
    }

    #[test]
    fn the_objects_colours_are_found_in_any_range() {
        for (front, back) in [
            ([0.8, 0.4, 0.1], [0.1, 0.7, 0.2]),
            ([12.0, -0.5, 3.0], [0.0, 40.0, -2.0]),
            ([0.001, 0.002, 0.0], [0.004, 0.001, 0.003]),
        ] {
            let (mut rgb, alpha) = scene(front, back);
            let plate = rgb.clone();
            decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
            let span: f32 = front.iter().zip(back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            for (i, a) in alpha.data().iter().enumerate() {
                if *a <= 0.0 || *a >= 1.0 {
                    assert_eq!(rgb[3 * i..3 * i + 3], plate[3 * i..3 * i + 3]);
                    continue;
                }
                for c in 0..3 {
                    let error = (rgb[3 * i + c] - front[c]).abs() / span;
                    assert!(error < 0.02, "{front:?} at {i}, alpha {a}: {error}");
                }
            }
        }
    }

    #[test]
    fn premultiplied_colours_are_black_outside() {
        let (rgb, alpha) = scene([12.0, -0.5, 3.0], [0.0, 40.0, -2.0]);
        let (mut straight, mut over) = (rgb.clone(), rgb);
        decontaminate(&mut straight, &alpha, Output::Straight).expect("sizes agree");
        decontaminate(&mut over, &alpha, Output::Premultiplied).expect("sizes agree");
        for (i, v) in over.iter().enumerate() {
            let a = alpha.data()[i / 3];
            assert_eq!(*v, if a > 0.0 { a * straight[i] } else { 0.0 });
        }
    }

    #[test]
    fn odd_pictures_do_no_harm() {
        let mut rgb = vec![f32::NAN, f32::INFINITY, 1.0, 0.5, 0.5, 0.5];
        let alpha = Matte::new(2, 1, vec![0.5, f32::NAN]).expect("two pixels");
        decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
        assert!(rgb.iter().all(|v| v.is_finite()), "{rgb:?}");
        let error = decontaminate(&mut rgb[..3], &alpha, Output::Straight).expect_err("too few").to_string();
        assert_eq!(error, "a picture of colours of 2x1 pixels needs 6 values, found 3");
        decontaminate(&mut [], &Matte::filled(0, 0, 0.0), Output::Premultiplied).expect("nothing to do");
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
            // Wide enough for more than one chunk.
            let (mut rgb, alpha, _) = textured(0.03);
            pool.install(|| decontaminate(&mut rgb, &alpha, Output::Straight)).expect("sizes agree");
            rgb.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(on(1), on(4));
    }

    /// A soft disk of textured colours over others, in a plate with noise of `noise`; the disk's colours.
    fn textured(noise: f32) -> (Vec<f32>, Matte, Vec<[f32; 3]>) {
        let mut random = fastrand::Rng::with_seed(3);
        let mut alpha = Matte::filled(220, 200, 0.0);
        let (mut rgb, mut own) = (Vec::new(), Vec::new());
        for (i, a) in alpha.data_mut().iter_mut().enumerate() {
            let (x, y) = ((i % 220) as f32, (i / 220) as f32);
            *a = ((80.0 - (x - 110.0).hypot(y - 100.0)) / 14.0).clamp(0.0, 1.0);
            let front = [0.7 + 0.2 * (x / 37.0).sin(), 0.4 + 0.1 * (y / 23.0).cos(), 0.2];
            let back = [0.2 + 0.1 * (y / 31.0).sin(), 0.5 + 0.2 * (x / 27.0).cos(), 0.6];
            rgb.extend(
                [0, 1, 2].map(|c| *a * front[c] + (1.0 - *a) * back[c] + noise * (random.f32() - 0.5)),
            );
            own.push(front);
        }
        (rgb, alpha, own)
    }

    #[test]
    fn the_band_gets_far_nearer_to_the_object_than_the_plate_is() {
        for (noise, bound) in [(0.0, 0.012), (0.03, 0.015)] {
            let (mut rgb, alpha, own) = textured(noise);
            let error = |rgb: &[f32]| {
                let band = alpha.data().iter().zip(rgb.as_chunks::<3>().0).zip(&own);
                let (mut sum, mut count) = (0.0, 0.0);
                for ((_, c), f) in band.filter(|((a, _), _)| soft(**a)) {
                    sum += c.iter().zip(f).map(|(c, f)| (c - f).abs()).sum::<f32>();
                    count += 3.0;
                }
                sum / count
            };
            let plate = error(&rgb);
            decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
            let found = error(&rgb);
            assert!(found < bound && found < plate / 12.0, "noise {noise}: {found}, plate {plate}");
        }
    }

    #[test]
    fn a_strand_that_is_solid_nowhere_stays_within_the_range_of_the_picture() {
        // Of light above 1, in front of less than 0.
        let alpha = Matte::new(40, 9, (0..360).map(|i| if i / 40 == 4 { 0.5 } else { 0.0 }).collect());
        let alpha = alpha.expect("nine rows");
        let mut rgb: Vec<f32> =
            alpha.data().iter().flat_map(|a| [50.0 * a - 0.2 * (1.0 - a), 0.0, 1.0]).collect();
        decontaminate(&mut rgb, &alpha, Output::Straight).expect("sizes agree");
        let colour = &rgb[3 * (4 * 40 + 20)..][..3];
        // The plate's 24.9 is the brightest that is seen.
        assert!(colour[0] > 24.5 && colour[0] < 24.91 && colour[1].abs() < 1e-3, "{colour:?}");
        assert_eq!(rgb[..3], [-0.2, 0.0, 1.0]);
    }
}
