//! Rows of host pixels to numbers and back, in every depth and component that OpenFX knows.
//!
//! Numbers are as the host has them, with 1.0 for white; whole numbers are divided by their largest value.

use half::f16;

use crate::ofx::{Components, Depth};

/// The largest number of a half float. Files in half floats have infinity where light was brighter than that.
pub const BRIGHTEST: f32 = 65_504.0;

/// The channels of a picture, and how they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelFormat {
    /// Its channels.
    pub components: Components,
    /// The kind of their numbers.
    pub depth: Depth,
}

impl PixelFormat {
    /// How many bytes a pixel takes.
    pub fn bytes(self) -> usize {
        self.components.count() * self.depth.bytes()
    }
}

/// Appends one row of host pixels to `out` as R G B A. Gives whether a number was not finite: light without end is read
/// as [`BRIGHTEST`], all else as 0.
///
/// RGB has alpha 1; an Alpha image gives its value in all four channels.
#[must_use]
pub fn read_row(bytes: &[u8], format: PixelFormat, out: &mut Vec<[f32; 4]>) -> bool {
    let components = format.components;
    match format.depth {
        Depth::Byte => read(bytes, components, |b: [u8; 1]| f32::from(b[0]) / 255.0, out),
        Depth::Short => read(bytes, components, |b| f32::from(u16::from_ne_bytes(b)) / 65535.0, out),
        Depth::Half => read(bytes, components, |b| f16::from_ne_bytes(b).to_f32(), out),
        Depth::Float => read(bytes, components, f32::from_ne_bytes, out),
    }
}

fn read<const N: usize>(
    bytes: &[u8],
    components: Components,
    number: impl Fn([u8; N]) -> f32,
    out: &mut Vec<[f32; 4]>,
) -> bool {
    let (values, _) = bytes.as_chunks::<N>();
    let start = out.len();
    out.resize(start + values.len() / components.count(), [0.0, 0.0, 0.0, 1.0]);
    let out = &mut out[start..];
    // No branches within a row: it is what makes these loops fast.
    let mut bad = false;
    let mut clean = |bytes: &[u8; N]| {
        let v = number(*bytes);
        bad |= !v.is_finite();
        let mended = if v == f32::INFINITY { BRIGHTEST } else { 0.0 };
        if v.is_finite() { v } else { mended }
    };
    match components {
        Components::Rgba => {
            out.as_flattened_mut().iter_mut().zip(values).for_each(|(out, v)| *out = clean(v));
        }
        Components::Rgb => {
            for (out, v) in out.iter_mut().zip(values.as_chunks::<3>().0) {
                (out[0], out[1], out[2]) = (clean(&v[0]), clean(&v[1]), clean(&v[2]));
            }
        }
        Components::Alpha => out.iter_mut().zip(values).for_each(|(out, v)| *out = [clean(v); 4]),
    }
    bad
}

/// Writes R G B A into one row of host pixels; an Alpha image takes A. Whole numbers are clamped and rounded to the
/// nearest.
pub fn write_row(pixels: &[[f32; 4]], format: PixelFormat, bytes: &mut [u8]) {
    let components = format.components;
    match format.depth {
        Depth::Byte => write(pixels, components, |v| [(v * 255.0 + 0.5) as u8], bytes),
        Depth::Short => write(pixels, components, |v| ((v * 65535.0 + 0.5) as u16).to_ne_bytes(), bytes),
        Depth::Half => write(pixels, components, |v| f16::from_f32(v).to_ne_bytes(), bytes),
        Depth::Float => write(pixels, components, f32::to_ne_bytes, bytes),
    }
}

fn write<const N: usize>(
    pixels: &[[f32; 4]],
    components: Components,
    number: impl Fn(f32) -> [u8; N],
    bytes: &mut [u8],
) {
    let (out, _) = bytes.as_chunks_mut::<N>();
    match components {
        Components::Rgba => {
            out.iter_mut().zip(pixels.as_flattened()).for_each(|(out, v)| *out = number(*v));
        }
        Components::Rgb => {
            for (out, pixel) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                *out = [number(pixel[0]), number(pixel[1]), number(pixel[2])];
            }
        }
        Components::Alpha => out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = number(pixel[3])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: [[f32; 4]; 3] = [[0.0, 0.25, 0.5, 1.0], [1.0, 0.75, 0.125, 0.5], [0.5, 0.5, 0.5, 0.0]];

    #[test]
    fn every_depth_and_component_comes_back() {
        for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
            for components in [Components::Rgba, Components::Rgb, Components::Alpha] {
                let format = PixelFormat { components, depth };
                let mut bytes = vec![0; PIXELS.len() * format.bytes()];
                write_row(&PIXELS, format, &mut bytes);
                let mut back = Vec::new();
                assert!(!read_row(&bytes, format, &mut back));
                for (pixel, back) in PIXELS.iter().zip(&back) {
                    let expected = match components {
                        Components::Rgba => *pixel,
                        Components::Rgb => [pixel[0], pixel[1], pixel[2], 1.0],
                        Components::Alpha => [pixel[3]; 4],
                    };
                    for c in 0..4 {
                        assert!((expected[c] - back[c]).abs() < 1.0 / 255.0, "{depth:?} {components:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_replaced_and_told() {
        let mut bytes = Vec::new();
        for v in [f32::NAN, f32::INFINITY, 0.5, f32::NEG_INFINITY] {
            bytes.extend(v.to_ne_bytes());
        }
        let mut out = Vec::new();
        let format = PixelFormat { components: Components::Rgba, depth: Depth::Float };
        assert!(read_row(&bytes, format, &mut out));
        assert_eq!(out, [[0.0, BRIGHTEST, 0.5, 0.0]]);
    }

    #[test]
    fn whole_numbers_are_clamped() {
        let mut bytes = [0; 4];
        let format = PixelFormat { components: Components::Rgba, depth: Depth::Byte };
        write_row(&[[-1.0, 2.0, 0.5, f32::NAN]], format, &mut bytes);
        assert_eq!(bytes, [0, 255, 128, 0]);
    }
}
