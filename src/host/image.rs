//! Images as hosts have them: any components, any depth, any row bytes, bottom row first.

use super::error::HostError;
use super::kinds::{Components, Depth};
use crate::raster::RectI;
use half::f16;
use std::sync::Arc;

/// How the rows of an image lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowBytes {
    /// No gap between rows.
    #[default]
    Tight,
    /// This many bytes between the end of a row and the start of the next.
    Padded(usize),
    /// The bottom row lies last in memory, so that the row bytes are negative; no gap.
    Negative,
    /// As [`RowBytes::Negative`], with this many bytes between rows.
    NegativePadded(usize),
}

impl RowBytes {
    /// Bytes from the start of a row to the start of the next in memory, and whether the rows
    /// lie top row first.
    #[must_use]
    pub const fn stride(self, tight: usize) -> (usize, bool) {
        match self {
            Self::Tight => (tight, false),
            Self::Padded(pad) => (tight + pad, false),
            Self::Negative => (tight, true),
            Self::NegativePadded(pad) => (tight + pad, true),
        }
    }
}

/// A picture as it crosses the API. Cheap to clone: the bytes are shared.
///
/// Bounds are pixel coordinates with y up. `row_bytes` goes from a row to the one above it; it is
/// negative when the top row comes first in `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostImage {
    bounds: RectI,
    components: Components,
    depth: Depth,
    row_bytes: isize,
    data: Arc<Vec<u8>>,
}

impl HostImage {
    /// Wraps bytes. `data` begins with the bottom row when `row_bytes` is positive and with the
    /// top row when it is negative.
    ///
    /// # Errors
    /// [`HostError::Image`] when the rows do not fit into the row bytes or into `data`.
    pub fn new(
        bounds: RectI,
        components: Components,
        depth: Depth,
        row_bytes: isize,
        data: Vec<u8>,
    ) -> Result<Self, HostError> {
        let tight = bounds.width() as usize * components.count() * depth.bytes();
        let stride = row_bytes.unsigned_abs();
        let rows = bounds.height() as usize;
        let needed = if rows == 0 { 0 } else { stride * (rows - 1) + tight };
        if stride < tight || data.len() < needed {
            return Err(HostError::Image(format!(
                "an image of {}x{} pixels {components} {depth} needs rows of {tight} bytes and {needed} bytes in all, \
                 found row bytes {row_bytes} and {} bytes",
                bounds.width(),
                bounds.height(),
                data.len()
            )));
        }
        Ok(Self { bounds, components, depth, row_bytes, data: Arc::new(data) })
    }

    /// An image from `width * height` pixels R G B A, top row first, 1.0 is white, its lower left
    /// corner at the origin.
    ///
    /// # Errors
    /// [`HostError::Image`] when `rgba` holds another number of values.
    pub fn from_rgba(
        width: u32,
        height: u32,
        rgba: &[f32],
        components: Components,
        depth: Depth,
        rows: RowBytes,
    ) -> Result<Self, HostError> {
        let expected = width as usize * height as usize * 4;
        if rgba.len() != expected {
            return Err(HostError::Image(format!(
                "an image of {width}x{height} pixels needs {expected} values, found {}",
                rgba.len()
            )));
        }
        let (Ok(x1), Ok(y1)) = (i32::try_from(width), i32::try_from(height)) else {
            return Err(HostError::Image(format!("an image of {width}x{height} pixels is too large")));
        };
        let bounds = RectI::new(0, 0, x1, y1);
        let tight = width as usize * components.count() * depth.bytes();
        let (stride, top_first) = rows.stride(tight);
        let mut data = vec![0; stride * height as usize];
        if width > 0 {
            for (y, source) in rgba.chunks_exact(width as usize * 4).enumerate() {
                let row = if top_first { y } else { height as usize - 1 - y };
                store_row(source, components, depth, &mut data[row * stride..row * stride + tight]);
            }
        }
        Ok(Self { bounds, components, depth, row_bytes: signed(stride, top_first), data: Arc::new(data) })
    }

    /// Where its pixels are, y up.
    #[must_use]
    pub fn bounds(&self) -> RectI {
        self.bounds
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.bounds.width()
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.bounds.height()
    }

    /// Its channels.
    #[must_use]
    pub fn components(&self) -> Components {
        self.components
    }

    /// How a channel is stored.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Bytes from a row to the one above it.
    #[must_use]
    pub fn row_bytes(&self) -> isize {
        self.row_bytes
    }

    /// All bytes, gaps included.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Where in [`HostImage::data`] the bottom row begins.
    #[must_use]
    pub(super) fn origin(&self) -> usize {
        if self.row_bytes < 0 {
            self.row_bytes.unsigned_abs() * (self.height() as usize).saturating_sub(1)
        } else {
            0
        }
    }

    /// The bytes of row `y` counted from the bottom, without any gap.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u8] {
        assert!(y < self.height(), "row {y} of {}", self.height());
        let tight = self.width() as usize * self.components.count() * self.depth.bytes();
        let stride = self.row_bytes.unsigned_abs();
        let index = if self.row_bytes < 0 { self.height() - 1 - y } else { y } as usize;
        &self.data[index * stride..index * stride + tight]
    }

    /// All pixels as R G B A, top row first, 1.0 is white. RGB gets an alpha of 1; an Alpha image
    /// gives its value in all four channels.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<f32> {
        let width = self.width() as usize;
        let mut rgba = vec![0.0; width * self.height() as usize * 4];
        if width > 0 {
            let last = self.height().saturating_sub(1);
            for (y, target) in (0..).zip(rgba.chunks_exact_mut(width * 4)) {
                load_row(self.row(last - y), self.components, self.depth, target);
            }
        }
        rgba
    }

    /// One channel of all pixels, top row first: alpha where there is one, else red.
    #[must_use]
    pub fn to_alpha(&self) -> Vec<f32> {
        if self.components == Components::Alpha && self.depth == Depth::Float {
            let rows = (0..self.height()).rev().map(|y| self.row(y).as_chunks::<4>().0);
            let mut alpha = Vec::with_capacity(self.width() as usize * self.height() as usize);
            rows.for_each(|row| alpha.extend(row.iter().map(|v| f32::from_ne_bytes(*v))));
            return alpha;
        }
        let channel = if self.components == Components::Rgb { 0 } else { 3 };
        self.to_rgba().chunks_exact(4).map(|p| p[channel]).collect()
    }

    /// The same picture in other components, depth and layout.
    #[must_use]
    pub fn converted(&self, components: Components, depth: Depth, rows: RowBytes) -> Self {
        let (width, height) = (self.width() as usize, self.height());
        let tight = width * components.count() * depth.bytes();
        let (stride, top_first) = rows.stride(tight);
        let mut data = vec![0; stride * height as usize];
        let mut line = vec![0.0; width * 4];
        let same = components == self.components && depth == self.depth;
        for y in 0..height {
            let index = if top_first { height - 1 - y } else { y } as usize;
            let target = &mut data[index * stride..index * stride + tight];
            if same {
                target.copy_from_slice(self.row(y));
            } else {
                load_row(self.row(y), self.components, self.depth, &mut line);
                store_row(&line, components, depth, target);
            }
        }
        Self {
            bounds: self.bounds,
            components,
            depth,
            row_bytes: signed(stride, top_first),
            data: Arc::new(data),
        }
    }

    /// The same pixels with the lower left corner elsewhere.
    #[must_use]
    pub fn moved_to(mut self, x0: i32, y0: i32) -> Self {
        let size = |v: u32| i32::try_from(v).unwrap_or(i32::MAX);
        let (w, h) = (size(self.width()), size(self.height()));
        self.bounds = RectI::new(x0, y0, x0.saturating_add(w), y0.saturating_add(h));
        self
    }

    /// The part within `window`; empty when they do not meet.
    #[must_use]
    pub fn cropped(&self, window: &RectI) -> Self {
        let bounds = self.bounds.intersect(window);
        let pixel = self.components.count() * self.depth.bytes();
        let tight = bounds.width() as usize * pixel;
        let mut data = Vec::with_capacity(tight * bounds.height() as usize);
        let left = (bounds.x0 - self.bounds.x0).max(0) as usize * pixel;
        for y in bounds.y0..bounds.y0.saturating_add_unsigned(bounds.height()) {
            let row = self.row(y.abs_diff(self.bounds.y0));
            data.extend_from_slice(&row[left..left + tight]);
        }
        Self {
            bounds,
            components: self.components,
            depth: self.depth,
            row_bytes: signed(tight, false),
            data: Arc::new(data),
        }
    }

    /// The picture at another scale: every pixel is the mean of the pixels it covers, or the
    /// nearest when it covers less than one.
    #[must_use]
    pub fn scaled(&self, x_scale: f64, y_scale: f64) -> Self {
        let edge = |v: i32, s: f64| (f64::from(v) * s).round() as i32;
        let bounds = RectI::new(
            edge(self.bounds.x0, x_scale),
            edge(self.bounds.y0, y_scale),
            edge(self.bounds.x1, x_scale).max(edge(self.bounds.x0, x_scale) + 1),
            edge(self.bounds.y1, y_scale).max(edge(self.bounds.y0, y_scale) + 1),
        );
        let (sw, sh) = (self.width() as usize, self.height() as usize);
        let (tw, th) = (bounds.width() as usize, bounds.height() as usize);
        if sw == 0 || sh == 0 {
            return self.clone();
        }
        let source = self.to_rgba();
        let span = |i: usize, target: usize, source: usize| {
            let from = (i * source / target).min(source - 1);
            let to = ((i + 1) * source).div_ceil(target).clamp(from + 1, source);
            (from, to)
        };
        let mut rgba = vec![0.0; tw * th * 4];
        for y in 0..th {
            let (y0, y1) = span(y, th, sh);
            for x in 0..tw {
                let (x0, x1) = span(x, tw, sw);
                let pixel = &mut rgba[(y * tw + x) * 4..][..4];
                for sy in y0..y1 {
                    for sx in x0..x1 {
                        for (c, value) in pixel.iter_mut().enumerate() {
                            *value += source[(sy * sw + sx) * 4 + c];
                        }
                    }
                }
                let count = ((x1 - x0) * (y1 - y0)) as f32;
                pixel.iter_mut().for_each(|v| *v /= count);
            }
        }
        let tight = tw * self.components.count() * self.depth.bytes();
        let mut data = vec![0; tight * th];
        for (y, line) in rgba.chunks_exact(tw * 4).enumerate() {
            let row = th - 1 - y;
            store_row(line, self.components, self.depth, &mut data[row * tight..(row + 1) * tight]);
        }
        Self {
            bounds,
            components: self.components,
            depth: self.depth,
            row_bytes: signed(tight, false),
            data: Arc::new(data),
        }
    }
}

/// Row bytes with their sign.
fn signed(stride: usize, top_first: bool) -> isize {
    let stride = stride.cast_signed();
    if top_first { -stride } else { stride }
}

/// Reads a row of stored pixels into R G B A.
fn load_row(row: &[u8], components: Components, depth: Depth, rgba: &mut [f32]) {
    match depth {
        Depth::Byte => load(row, components, |b: [u8; 1]| f32::from(b[0]) / 255.0, rgba),
        Depth::Short => load(row, components, |b| f32::from(u16::from_ne_bytes(b)) / 65535.0, rgba),
        Depth::Half => load(row, components, |b| f16::from_ne_bytes(b).to_f32(), rgba),
        Depth::Float => load(row, components, f32::from_ne_bytes, rgba),
    }
}

/// The same for numbers of `N` bytes. Depth and components are known outside of the loops, which is
/// what makes them fast.
fn load<const N: usize>(
    row: &[u8],
    components: Components,
    number: impl Fn([u8; N]) -> f32,
    rgba: &mut [f32],
) {
    let (values, _) = row.as_chunks::<N>();
    match components {
        Components::Rgba => rgba.iter_mut().zip(values).for_each(|(out, v)| *out = number(*v)),
        Components::Rgb => {
            for (out, v) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(values.as_chunks::<3>().0) {
                *out = [number(v[0]), number(v[1]), number(v[2]), 1.0];
            }
        }
        Components::Alpha => {
            rgba.as_chunks_mut::<4>().0.iter_mut().zip(values).for_each(|(out, v)| *out = [number(*v); 4]);
        }
    }
}

/// Writes R G B A into a row of stored pixels.
pub(super) fn store_row(rgba: &[f32], components: Components, depth: Depth, row: &mut [u8]) {
    match depth {
        Depth::Byte => store(rgba, components, |v| [(v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8], row),
        Depth::Short => {
            store(rgba, components, |v| ((v.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16).to_ne_bytes(), row);
        }
        Depth::Half => store(rgba, components, |v| f16::from_f32(v).to_ne_bytes(), row),
        Depth::Float => store(rgba, components, f32::to_ne_bytes, row),
    }
}

/// The same for numbers of `N` bytes.
fn store<const N: usize>(
    rgba: &[f32],
    components: Components,
    number: impl Fn(f32) -> [u8; N],
    row: &mut [u8],
) {
    let (out, _) = row.as_chunks_mut::<N>();
    let (pixels, _) = rgba.as_chunks::<4>();
    match components {
        Components::Rgba => out.iter_mut().zip(rgba).for_each(|(out, v)| *out = number(*v)),
        Components::Rgb => {
            for (out, p) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                *out = [number(p[0]), number(p[1]), number(p[2])];
            }
        }
        Components::Alpha => out.iter_mut().zip(pixels).for_each(|(out, p)| *out = number(p[3])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<f32> {
        (0..3 * 2 * 4).map(|i| i as f32 / 24.0).collect()
    }

    #[test]
    fn pixels_survive_every_depth_and_layout() {
        let rgba = sample();
        for &depth in Depth::ALL {
            for rows in
                [RowBytes::Tight, RowBytes::Padded(5), RowBytes::Negative, RowBytes::NegativePadded(3)]
            {
                let image = HostImage::from_rgba(3, 2, &rgba, Components::Rgba, depth, rows).unwrap();
                assert_eq!(
                    image.row_bytes() < 0,
                    matches!(rows, RowBytes::Negative | RowBytes::NegativePadded(_))
                );
                for (a, b) in rgba.iter().zip(image.to_rgba()) {
                    assert!((a - b).abs() <= 0.5 / 255.0 + 1e-6, "{a} {b} {depth} {rows:?}");
                }
                let again = image.converted(Components::Rgba, depth, RowBytes::Padded(7));
                assert_eq!(again.to_rgba(), image.to_rgba());
            }
        }
    }

    #[test]
    fn bottom_row_comes_first_unless_negative() {
        let mut rgba = vec![0.0; 8];
        rgba[3] = 1.0; // the upper of two pixels
        let up = HostImage::from_rgba(1, 2, &rgba, Components::Alpha, Depth::Byte, RowBytes::Tight).unwrap();
        assert_eq!(up.data(), [0, 255]);
        let down =
            HostImage::from_rgba(1, 2, &rgba, Components::Alpha, Depth::Byte, RowBytes::Negative).unwrap();
        assert_eq!(down.data(), [255, 0]);
        assert_eq!((down.origin(), down.row(0), down.row(1)), (1, &[0][..], &[255][..]));
    }

    #[test]
    fn crops_and_scales() {
        let image = HostImage::from_rgba(3, 2, &sample(), Components::Rgba, Depth::Float, RowBytes::Negative)
            .unwrap();
        let part = image.cropped(&RectI::new(1, 1, 9, 9));
        assert_eq!((part.bounds(), part.to_rgba()), (RectI::new(1, 1, 3, 2), sample()[4..12].to_vec()));
        let half = image.scaled(1.0 / 3.0, 0.5);
        let mean: f32 = sample().iter().step_by(4).sum::<f32>() / 6.0;
        assert_eq!(half.bounds(), RectI::new(0, 0, 1, 1));
        assert!((half.to_rgba()[0] - mean).abs() < 1e-6);
    }

    #[test]
    fn refuses_bytes_that_do_not_fit() {
        let bounds = RectI::new(0, 0, 4, 4);
        assert!(HostImage::new(bounds, Components::Rgb, Depth::Byte, 11, vec![0; 100]).is_err());
        assert!(HostImage::new(bounds, Components::Rgb, Depth::Byte, 12, vec![0; 47]).is_err());
        assert!(HostImage::new(bounds, Components::Rgb, Depth::Byte, -12, vec![0; 48]).is_ok());
    }
}
