//! Flow between any two frames, for those who do not track.

use super::dis;
use super::features::Features;
use crate::raster::{Flow, Frame};

/// Where each part of `from` is found in `to`, on a grid of about 427x240 cells or finer; no motion
/// where the frames differ in size.
#[must_use]
pub fn between(from: &Frame, to: &Frame) -> Flow {
    let size = (from.width(), from.height());
    if size != (to.width(), to.height()) || from.data().is_empty() {
        return Flow::uniform(size, [0.0; 2]);
    }
    let (a, b) = rayon::join(|| Features::new(from), || Features::new(to));
    let found = dis::flow(&a.levels, &b.levels);
    let (columns, rows) = (a.width(), a.height());
    let scale = [size.0 as f32 / columns as f32, size.1 as f32 / rows as f32];
    let vectors = found.u.data.iter().zip(&found.v.data).map(|(u, v)| [u * scale[0], v * scale[1]]);
    Flow::from_cells(size, (columns as u32, rows as u32), vectors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_of_a_large_frame_is_found_in_its_own_pixels() {
        let drawn = |shift: f32| {
            let mut frame = Frame::filled(720, 480, [0; 3]);
            for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
                let (x, y) = ((i % 720) as f32 - shift, (i / 720) as f32);
                let v = 128.0 + 60.0 * (0.11 * x + 0.05 * y).sin() + 50.0 * (0.07 * x - 0.09 * y).cos();
                pixel.fill(v as u8);
            }
            frame
        };
        let [u, v] = between(&drawn(0.0), &drawn(9.0)).at(360.0, 240.0);
        assert!((u - 9.0).abs() < 0.3 && v.abs() < 0.3, "{u} {v}");
    }

    #[test]
    fn frames_of_unequal_or_no_size_give_no_motion() {
        let (small, none) = (Frame::filled(8, 8, [9; 3]), Frame::filled(0, 0, [0; 3]));
        assert_eq!(between(&small, &Frame::filled(9, 8, [9; 3])).at(4.0, 4.0), [0.0; 2]);
        assert_eq!(between(&none, &none).at(0.0, 0.0), [0.0; 2]);
    }
}
