//! An image that is made row by row, so that there is no second one beside it.

use super::error::HostError;
use super::image::{HostImage, store_row};
use super::kinds::{Components, Depth};
use crate::raster::RectI;
use crate::raster::room::{NoRoom, zeros};

/// An image that is not finished, its lower left corner at the origin.
#[derive(Debug)]
pub struct ImageBuilder {
    size: (u32, u32),
    components: Components,
    depth: Depth,
    data: Vec<u8>,
}

impl ImageBuilder {
    /// Bytes of an image of this size.
    #[must_use]
    pub fn bytes(width: u32, height: u32, components: Components, depth: Depth) -> u64 {
        let pixel = components.count() * depth.bytes();
        u64::from(width).saturating_mul(u64::from(height)).saturating_mul(pixel as u64)
    }

    /// Takes memory for an image whose pixels are `ground`, R G B A.
    ///
    /// # Errors
    /// [`NoRoom`] where there is not so much.
    pub fn new(
        width: u32,
        height: u32,
        components: Components,
        depth: Depth,
        ground: [f32; 4],
    ) -> Result<Self, NoRoom> {
        let bytes = Self::bytes(width, height, components, depth);
        let mut data = zeros(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        if ground != [0.0; 4] {
            let pixel = components.count() * depth.bytes();
            data.chunks_exact_mut(pixel).for_each(|out| store_row(&ground, components, depth, out));
        }
        Ok(Self { size: (width, height), components, depth, data })
    }

    /// Takes pixels R G B A from column `x` of row `y` on, counted from the top. What lies beyond the image is left
    /// out.
    pub fn row(&mut self, x: u32, y: u32, pixels: &[[f32; 4]]) {
        let (width, height) = self.size;
        let (Some(up), Some(left)) = (height.checked_sub(y + 1), width.checked_sub(x)) else { return };
        let pixels = &pixels[..pixels.len().min(left as usize)];
        let bytes = self.components.count() * self.depth.bytes();
        let start = (up as usize * width as usize + x as usize) * bytes;
        let row = &mut self.data[start..start + pixels.len() * bytes];
        store_row(pixels.as_flattened(), self.components, self.depth, row);
    }

    /// The image.
    ///
    /// # Errors
    /// [`HostError::Image`] when it is too large for the API, which counts pixels in 31 bits.
    pub fn finish(self) -> Result<HostImage, HostError> {
        let (width, height) = self.size;
        let (Ok(x1), Ok(y1)) = (i32::try_from(width), i32::try_from(height)) else {
            return Err(HostError::Image(format!("an image of {width}x{height} pixels is too large")));
        };
        let tight = width as usize * self.components.count() * self.depth.bytes();
        HostImage::new(RectI::new(0, 0, x1, y1), self.components, self.depth, tight.cast_signed(), self.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::RowBytes;

    #[test]
    fn rows_make_the_image_that_all_pixels_make() {
        let rgba: Vec<f32> = (0..5 * 3 * 4).map(|i| i as f32 / 59.0).collect();
        for components in [Components::Rgba, Components::Rgb, Components::Alpha] {
            for depth in [Depth::Byte, Depth::Short, Depth::Half, Depth::Float] {
                let whole =
                    HostImage::from_rgba(5, 3, &rgba, components, depth, RowBytes::Tight).expect("an image");
                let mut made = ImageBuilder::new(5, 3, components, depth, [0.0; 4]).expect("room");
                for y in [2, 0, 1] {
                    let row = &rgba.as_chunks::<4>().0[y * 5..(y + 1) * 5];
                    made.row(3, y as u32, &row[3..]);
                    made.row(0, y as u32, &row[..3]);
                }
                assert_eq!(made.finish().expect("an image"), whole, "{components} {depth}");
            }
        }
    }

    #[test]
    fn what_is_not_given_is_ground() {
        let ground = [0.25, 0.5, 0.75, 1.0];
        let mut made = ImageBuilder::new(2, 2, Components::Rgba, Depth::Float, ground).expect("room");
        made.row(1, 0, &[[1.0; 4], [9.0; 4]]);
        made.row(0, 7, &[[9.0; 4]]);
        made.row(7, 0, &[[9.0; 4]]);
        let found = made.finish().expect("an image").to_rgba();
        assert_eq!(found, [ground, [1.0; 4], ground, ground].concat());
    }
}
