//! Resizing of frames and mattes, stretched to the size asked for.

use fast_image_resize as fir;

use super::{Frame, Matte, RectI};

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
        // The only failure left is an empty picture, and then there is nothing to fill.
        let _ = fir::Resizer::new().resize(&source, &mut target, &options());
    }
    out
}

/// What [`frame()`] gives within `part` of a result of `size`, without the rest.
#[must_use]
pub fn frame_part(frame: &Frame, size: (u32, u32), part: RectI) -> Frame {
    let part = part.intersect(&RectI::of_size(size.0, size.1));
    let mut out = Frame::filled(part.width(), part.height(), [0; 3]);
    let source =
        fir::images::ImageRef::new(frame.width(), frame.height(), frame.data(), fir::PixelType::U8x3);
    let target =
        fir::images::Image::from_slice_u8(part.width(), part.height(), out.data_mut(), fir::PixelType::U8x3);
    if let (Ok(source), Ok(mut target)) = (source, target) {
        let scale = |side: u32, of: u32| f64::from(of) / f64::from(side.max(1));
        let (sx, sy) = (scale(size.0, frame.width()), scale(size.1, frame.height()));
        let options = options().crop(
            f64::from(part.x0) * sx,
            f64::from(part.y0) * sy,
            (f64::from(part.width()) * sx).min(f64::from(frame.width()) - f64::from(part.x0) * sx),
            (f64::from(part.height()) * sy).min(f64::from(frame.height()) - f64::from(part.y0) * sy),
        );
        // The only failure left is an empty picture, and then there is nothing to fill.
        let _ = fir::Resizer::new().resize(&source, &mut target, &options);
    }
    out
}

/// The convolution widens with the scale, so going down it averages areas.
fn options() -> fir::ResizeOptions {
    fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Bilinear))
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
    let mut out = Matte::filled(width, height, 0.0);
    let bytes = bytemuck::cast_slice(matte.data());
    let source = fir::images::ImageRef::new(matte.width(), matte.height(), bytes, fir::PixelType::F32);
    // Where the matte is 0 so is the result, but for what the convolution reaches.
    let scale = |from: u32, to: u32| f64::from(to) / f64::from(from.max(1));
    let (sx, sy) = (scale(matte.width(), width), scale(matte.height(), height));
    let low = |v: i32, s: f64| (f64::from(v) * s - s.max(1.0)).floor() as i32 - 1;
    let high = |v: i32, s: f64| (f64::from(v) * s + s.max(1.0)).ceil() as i32 + 1;
    let part = matte.support();
    let part = match part.is_empty() {
        true => return out,
        false => RectI::new(low(part.x0, sx), low(part.y0, sy), high(part.x1, sx), high(part.y1, sy)),
    };
    let part = part.intersect(&RectI::of_size(width, height));
    let mut target = fir::images::Image::new(part.width(), part.height(), fir::PixelType::F32);
    if let Ok(source) = source {
        let options = options().crop(
            f64::from(part.x0) / sx,
            f64::from(part.y0) / sy,
            (f64::from(part.width()) / sx).min(f64::from(matte.width()) - f64::from(part.x0) / sx),
            (f64::from(part.height()) / sy).min(f64::from(matte.height()) - f64::from(part.y0) / sy),
        );
        let _ = fir::Resizer::new().resize(&source, &mut target, &options);
    }
    let values = target.buffer().as_chunks::<4>().0.chunks_exact((part.width() as usize).max(1));
    for (row, values) in out.rows_mut(part).zip(values) {
        row.iter_mut().zip(values).for_each(|(o, v)| *o = f32::from_ne_bytes(*v));
    }
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
    fn a_part_is_what_the_whole_has_there() {
        let mut random = fastrand::Rng::with_seed(3);
        let picture =
            Frame::new(90, 70, std::iter::repeat_with(|| random.u8(..)).take(90 * 70 * 3).collect());
        let picture = picture.expect("its size");
        for size in [(31, 29), (90, 70), (200, 150)] {
            let whole = frame(&picture, size.0, size.1);
            let part = RectI::new(7, 3, 25, 22);
            let cut = frame_part(&picture, size, part);
            let apart = (0..19).flat_map(|y| (0..18).map(move |x| (x, y))).map(|(x, y)| {
                let (a, b) = (cut.pixel(x, y), whole.pixel(x + 7, y + 3));
                (0..3).map(|c| a[c].abs_diff(b[c])).max()
            });
            // Weights are rounded once more.
            assert!(apart.max() <= Some(Some(1)), "{size:?}");
        }
    }

    #[test]
    fn a_matte_of_a_part_is_resized_as_a_whole_one() {
        let mut random = fastrand::Rng::with_seed(4);
        let mut part = Matte::filled(64, 48, 0.0);
        part.rows_mut(RectI::new(20, 11, 41, 30)).flatten().for_each(|v| *v = random.f32());
        let whole = Matte::new(64, 48, part.data().to_vec()).expect("its size");
        for (w, h) in [(17, 11), (64, 20), (150, 130), (1, 1)] {
            let (a, b) = (matte(&part, w, h), matte(&whole, w, h));
            let apart = a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-5, "{w}x{h}: {apart}");
        }
        assert!(matte(&Matte::filled(64, 48, 0.0), 7, 5).support().is_empty());
    }

    #[test]
    fn going_down_averages_areas() {
        let data = (0..16).map(|i| if i % 2 == 0 { 0.0 } else { 1.0 }).collect();
        let half = matte(&Matte::new(4, 4, data).expect("16 values"), 2, 2);
        assert!(half.data().iter().all(|&v| (0.2..0.8).contains(&v)));
    }
}
