//! From the bytes of a picture to a network's numbers.

use rayon::prelude::*;

use super::pack::Input;
use crate::raster::{Frame, resize};

/// Rows that one thread takes at a time.
const BAND: usize = 32;

/// The network's numbers for each value of 8 bits, by channel: less the mean, over the deviation.
pub(super) struct Normal(pub [[f32; 256]; 3]);

impl Normal {
    /// Of the mean and the deviation of `input`.
    pub fn new(input: &Input) -> Self {
        let table =
            |c: usize| std::array::from_fn(|v| (v as f32 / 255.0 - input.mean[c]) / input.deviation[c]);
        Self(std::array::from_fn(table))
    }

    /// `frame` stretched to `width` x `height` pixels as the references do it, as R, G and B planes
    /// of `across` x `down` numbers into `out`: on the right and below they are zero.
    pub fn planes(
        &self,
        frame: &Frame,
        (width, height): (u32, u32),
        (across, down): (usize, usize),
        out: &mut Vec<f32>,
    ) {
        let small = resize::frame_rows_first(frame, width, height);
        let (across, down) = (across.max(width as usize), down.max(height as usize));
        if width as usize != across || height as usize != down {
            out.clear();
        }
        out.resize(3 * across * down, 0.0);
        if width == 0 || height == 0 {
            return;
        }
        let wide = 3 * width as usize;
        for (c, plane) in out.chunks_exact_mut(across * down).enumerate() {
            let bands = plane.par_chunks_mut(across * BAND).zip(small.data().par_chunks(wide * BAND));
            bands.for_each(|(rows, pixels)| {
                for (row, pixels) in rows.chunks_exact_mut(across).zip(pixels.chunks_exact(wide)) {
                    for (v, pixel) in row.iter_mut().zip(pixels.as_chunks::<3>().0) {
                        *v = self.0[c][usize::from(pixel[c])];
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal() -> Normal {
        Normal::new(&Input { width: 64, height: 64, mean: [0.5, 0.0, 0.2], deviation: [0.5, 1.0, 2.0] })
    }

    #[test]
    fn planes_are_normalised_by_channel() {
        let mut out = vec![7.0; 5];
        normal().planes(&Frame::filled(30, 90, [255, 51, 102]), (64, 64), (64, 64), &mut out);
        assert_eq!(out.len(), 3 * 64 * 64);
        for (plane, value) in out.chunks(64 * 64).zip([1.0, 0.2, 0.1]) {
            assert!(plane.iter().all(|v| (v - value).abs() < 1e-6), "{}, expected {value}", plane[0]);
        }
    }

    #[test]
    fn what_lies_beyond_the_picture_is_zero() {
        let mut out = vec![7.0; 500];
        normal().planes(&Frame::filled(50, 40, [255; 3]), (70, 35), (72, 36), &mut out);
        assert_eq!(out.len(), 3 * 72 * 36);
        for (i, v) in out.iter().enumerate() {
            let (x, y) = (i % 72, i / 72 % 36);
            assert_eq!(*v != 0.0, x < 70 && y < 35, "{v} at {x}, {y}");
        }
    }
}
