//! Small f32 pictures: the grids on which flow and labels are computed.

use rayon::prelude::*;

/// One `f32` a pixel, top row first.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::models) struct Plane {
    pub width: usize,
    pub height: usize,
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, data: vec![value; width * height] }
    }

    /// A plane whose pixel in column x of row y is `f(x, y)`; rows are computed in parallel.
    pub fn from_fn(width: usize, height: usize, f: impl Fn(usize, usize) -> f32 + Sync) -> Self {
        let mut out = Self::filled(width, height, 0.0);
        out.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
            for (x, v) in row.iter_mut().enumerate() {
                *v = f(x, y);
            }
        });
        out
    }

    /// The value at column `x` of row `y`.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.data[y * self.width + x]
    }

    /// The bilinear value where (0, 0) is the centre of the first pixel; the edge goes on outside.
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let top = self.at(x0, y0) * (1.0 - fx) + self.at(x1, y0) * fx;
        let bottom = self.at(x0, y1) * (1.0 - fx) + self.at(x1, y1) * fx;
        top * (1.0 - fy) + bottom * fy
    }

    /// Half the size, rounded up, each pixel the mean of four; a fine pixel x lies at
    /// (x - 0.5) / 2 of the coarse grid.
    pub fn halved(&self) -> Self {
        let (w, h) = (self.width.div_ceil(2), self.height.div_ceil(2));
        Self::from_fn(w, h, |x, y| {
            let (x0, y0) = (2 * x, 2 * y);
            let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
            0.25 * (self.at(x0, y0) + self.at(x1, y0) + self.at(x0, y1) + self.at(x1, y1))
        })
    }

    /// Bytes of its pixels.
    pub fn bytes(&self) -> usize {
        self.data.len() * size_of::<f32>()
    }
}

/// How far a [`Padded`] plane goes on beyond each edge, in pixels.
pub(super) const PAD: usize = 16;

/// A plane with its edge pixels repeated around it, so that patches near the edge can be read
/// without a test for each pixel.
#[derive(Debug, Clone)]
pub(in crate::models) struct Padded {
    pub width: usize,
    pub height: usize,
    pub stride: usize,
    pub data: Vec<f32>,
}

impl Padded {
    pub fn new(plane: &Plane) -> Self {
        let (width, height) = (plane.width, plane.height);
        let stride = width + 2 * PAD;
        let mut data = Vec::with_capacity(stride * (height + 2 * PAD));
        for y in 0..height + 2 * PAD {
            let y = y.saturating_sub(PAD).min(height - 1);
            let row = &plane.data[y * width..(y + 1) * width];
            data.extend(std::iter::repeat_n(row[0], PAD));
            data.extend_from_slice(row);
            data.extend(std::iter::repeat_n(row[width - 1], PAD));
        }
        Self { width, height, stride, data }
    }

    /// The index of the pixel in column `x` of row `y`, both from `-PAD`.
    pub fn index(&self, x: isize, y: isize) -> usize {
        (y + PAD as isize) as usize * self.stride + (x + PAD as isize) as usize
    }

    /// Bytes of its pixels.
    pub fn bytes(&self) -> usize {
        self.data.len() * size_of::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_is_linear_between_centres_and_holds_the_edge() {
        let ramp = Plane::from_fn(5, 3, |x, y| x as f32 + 10.0 * y as f32);
        assert!((ramp.sample(1.25, 0.5) - 6.25).abs() < 1e-5);
        assert_eq!(ramp.sample(-7.0, -1.0), 0.0);
        assert_eq!(ramp.sample(99.0, 99.0), 24.0);
    }

    #[test]
    fn halving_keeps_the_mean_and_rounds_sizes_up() {
        let ramp = Plane::from_fn(5, 1, |x, _| x as f32);
        let half = ramp.halved();
        assert_eq!((half.width, half.height), (3, 1));
        assert_eq!(half.data, vec![0.5, 2.5, 4.0]);
    }

    #[test]
    fn padding_repeats_the_edge() {
        let padded = Padded::new(&Plane::from_fn(2, 2, |x, y| (x + 2 * y) as f32));
        assert_eq!(padded.data[padded.index(-16, -16)], 0.0);
        assert_eq!(padded.data[padded.index(17, -3)], 1.0);
        assert_eq!(padded.data[padded.index(1, 1)], 3.0);
        assert_eq!(padded.data[padded.index(17, 17)], 3.0);
    }
}
