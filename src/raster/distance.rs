//! The exact Euclidean distance of each pixel to the nearest one of the other side (A. Meijster and
//! others, "A General Algorithm for Computing Distance Transforms in Linear Time", 2000; the envelope
//! of parabolas as in P. Felzenszwalb and D. Huttenlocher, 2012).

use rayon::prelude::*;

/// Farther than any distance that is asked for.
pub const FAR: f32 = f32::MAX;

/// For each pixel of a grid of rows of `width`, the distance in pixels between its centre and that of
/// the nearest pixel on the other side; [`FAR`] where that is more than `reach`.
pub fn across(inside: &[bool], width: usize, reach: u16) -> Vec<f32> {
    if width == 0 || inside.len() < width {
        return vec![FAR; inside.len()];
    }
    let height = inside.len() / width;
    let cap = reach.saturating_add(1);
    // Along columns: how far the other side is above, then above or below. Rows are whole vectors.
    let mut near = vec![cap; inside.len()];
    for y in 1..height {
        let (above, here) = near.split_at_mut(y * width);
        let above = &above[(y - 1) * width..];
        let (sides, before) = (&inside[y * width..][..width], &inside[(y - 1) * width..][..width]);
        for (x, v) in here[..width].iter_mut().enumerate() {
            *v = if sides[x] == before[x] { above[x].saturating_add(1).min(cap) } else { 1 };
        }
    }
    for y in (0..height - 1).rev() {
        let (here, below) = near.split_at_mut((y + 1) * width);
        let here = &mut here[y * width..];
        let (sides, after) = (&inside[y * width..][..width], &inside[(y + 1) * width..][..width]);
        for (x, v) in here.iter_mut().enumerate() {
            *v = (*v).min(if sides[x] == after[x] { below[x].saturating_add(1).min(cap) } else { 1 });
        }
    }
    let mut out = vec![FAR; inside.len()];
    let rows = out.par_chunks_exact_mut(width).zip(near.par_chunks_exact(width));
    rows.zip(inside.par_chunks_exact(width)).for_each_init(
        Envelope::default,
        |envelope, ((out, near), sides)| {
            let mixed = sides.iter().any(|&s| s != sides[0]);
            if !mixed && near.iter().all(|&v| v == cap) {
                return;
            }
            for side in [false, true] {
                if mixed || sides[0] == side {
                    envelope.row(sides, side, near, cap, out);
                }
            }
        },
    );
    let limit = f32::from(reach);
    out.par_iter_mut().for_each(|v| *v = if *v <= limit { *v } else { FAR });
    out
}

/// The lower envelope of the parabolas of one row: each its column, its height, and where it becomes
/// the lowest.
#[derive(Default)]
struct Envelope {
    parts: Vec<(i64, i64, f64)>,
}

impl Envelope {
    /// Distances of the pixels on `side`.
    fn row(&mut self, sides: &[bool], side: bool, near: &[u16], cap: u16, out: &mut [f32]) {
        self.parts.clear();
        for (x, (&s, &n)) in sides.iter().zip(near).enumerate() {
            let height = match (s == side, n) {
                (false, _) => 0,
                (true, n) if n < cap => i64::from(n) * i64::from(n),
                _ => continue,
            };
            let x = x as i64;
            let mut from = f64::MIN;
            while let Some(&(column, other, start)) = self.parts.last() {
                let meet = ((height + x * x) - (other + column * column)) as f64 / (2 * (x - column)) as f64;
                if meet > start {
                    from = meet;
                    break;
                }
                self.parts.pop();
            }
            self.parts.push((x, height, from));
        }
        let mut k = 0;
        for (x, (v, _)) in out.iter_mut().zip(sides).enumerate().filter(|(_, (_, s))| **s == side) {
            while self.parts.get(k + 1).is_some_and(|p| p.2 < x as f64) {
                k += 1;
            }
            if let Some(&(column, height, _)) = self.parts.get(k) {
                let dx = x as i64 - column;
                *v = ((dx * dx + height) as f32).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_far_as_the_nearest_pixel_of_the_other_side() {
        let mut random = fastrand::Rng::with_seed(7);
        for (w, h, share) in [(23, 17, 0.03), (9, 31, 0.5), (1, 8, 0.3), (40, 1, 0.1), (20, 20, 0.0)] {
            let inside: Vec<bool> = (0..w * h).map(|_| random.f32() < share).collect();
            let found = across(&inside, w, 12);
            for (i, &v) in found.iter().enumerate() {
                let nearest = (0..w * h)
                    .filter(|&j| inside[j] != inside[i])
                    .map(|j| ((i % w) as f32 - (j % w) as f32).hypot((i / w) as f32 - (j / w) as f32));
                let expected = nearest.fold(FAR, f32::min);
                let expected = if expected <= 12.0 { expected } else { FAR };
                assert!((v - expected).abs() < 1e-4 || v == expected, "{w}x{h} at {i}: {v}, not {expected}");
            }
        }
    }

    #[test]
    fn a_picture_without_pixels_has_no_distances() {
        assert!(across(&[], 0, 5).is_empty());
        assert!(across(&[], 4, 5).is_empty());
    }
}
