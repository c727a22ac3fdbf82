//! Resizing of frames and mattes, stretched to the size asked for.

use fast_image_resize as fir;

use super::{Frame, Matte};

/// Resizes `frame` to `width` x `height`: area averaging going down, bilinear going up.
#[must_use]
pub fn frame(frame: &Frame, width: u32, height: u32) -> Frame {
    if (frame.width(), frame.height()) == (width, height) {
        return frame.clone();
    }
    let mut out = Frame::filled(width, height, [0; 3]);
    let source =
        fir::images::ImageRef::new(frame.width(), frame.height(), frame.data(), fir::PixelType::U8x3);
    let target = fir::images::Image::from_slice_u8(width, height, out.data_mut(), fir::PixelType::U8x3);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        // The convolution widens with the scale, so going down it averages areas.
        let options =
            fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
        // The only failure left is an empty picture, and then there is nothing to fill.
        let _ = fir::Resizer::new().resize(&source, &mut target, &options);
    }
    out
}

/// `picture` at the size asked for: itself where it has it.
#[must_use]
pub fn to_frame_size(picture: Frame, size: (u32, u32)) -> Frame {
    if (picture.width(), picture.height()) == size { picture } else { frame(&picture, size.0, size.1) }
}

/// `picture` at the size asked for: itself where it has it.
#[must_use]
pub fn to_matte_size(picture: Matte, size: (u32, u32)) -> Matte {
    if (picture.width(), picture.height()) == size { picture } else { matte(&picture, size.0, size.1) }
}

/// Resizes `frame` as [`frame()`] does, but rows first and then columns, each rounded to 8 bits: what
/// Pillow and torchvision do, so that a model sees the pixels of its reference. In the other order,
/// which is that of [`frame()`], one value in eight is off by one.
#[must_use]
pub fn frame_rows_first(picture: &Frame, width: u32, height: u32) -> Frame {
    to_frame_size(frame(picture, width, picture.height()), (width, height))
}

/// Resizes `matte` to `width` x `height`: area averaging going down, bilinear going up.
#[must_use]
pub fn matte(matte: &Matte, width: u32, height: u32) -> Matte {
    if (matte.width(), matte.height()) == (width, height) {
        return matte.clone();
    }
    let bytes = matte.data().iter().flat_map(|v| v.to_ne_bytes()).collect();
    let source = fir::images::Image::from_vec_u8(matte.width(), matte.height(), bytes, fir::PixelType::F32);
    let mut target = fir::images::Image::new(width, height, fir::PixelType::F32);
    if let Ok(source) = source {
        let options =
            fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear));
        let _ = fir::Resizer::new().resize(&source, &mut target, &options);
    }
    let data = target.buffer().chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]));
    let mut out = Matte::filled(width, height, 0.0);
    out.data_mut().iter_mut().zip(data).for_each(|(o, v)| *o = v);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_stays_flat() {
        let small = frame(&Frame::filled(64, 48, [10, 200, 30]), 17, 11);
        assert!(small.data().chunks_exact(3).all(|p| p == [10, 200, 30]));
        let large = matte(&Matte::filled(5, 4, 0.25), 50, 40);
        assert!(large.data().iter().all(|&v| (v - 0.25).abs() < 1e-6));
    }

    #[test]
    fn rows_are_rounded_before_columns() {
        // By hand: rows give 0.5 and 1.5, rounded up to 1 and 2, of which the mean rounds up to 2. Columns give 1 and 1.
        let data = [0, 1, 2, 1].iter().flat_map(|v| [*v; 3]).collect();
        let picture = Frame::new(2, 2, data).expect("4 pixels");
        assert_eq!(
            (frame_rows_first(&picture, 1, 1).pixel(0, 0), frame(&picture, 1, 1).pixel(0, 0)),
            ([2; 3], [1; 3])
        );
        let tall = frame_rows_first(&Frame::filled(7, 5, [9, 8, 7]), 7, 30);
        assert_eq!((tall.width(), tall.height(), tall.pixel(6, 29)), (7, 30, [9, 8, 7]));
        let wide = frame_rows_first(&Frame::filled(7, 5, [9, 8, 7]), 30, 5);
        assert_eq!((wide.width(), wide.height(), wide.pixel(29, 4)), (30, 5, [9, 8, 7]));
    }

    #[test]
    fn going_down_averages_areas() {
        let data = (0..16).map(|i| if i % 2 == 0 { 0.0 } else { 1.0 }).collect();
        let half = matte(&Matte::new(4, 4, data).expect("16 values"), 2, 2);
        assert!(half.data().iter().all(|&v| (0.2..0.8).contains(&v)));
    }
}
