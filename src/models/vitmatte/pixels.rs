//! What the network sees of a frame: R, G and B less the mean over the deviation, and the trimap as
//! 0, one half and 1, each a plane.

use rayon::prelude::*;

use crate::matte::trimap::{Trimap, Zone};
use crate::models::normalise::Normal;
use crate::raster::{Frame, RectI};

impl Normal {
    /// The four planes of `place`, which begins within the frame, into `out`. What lies beyond the
    /// frame is 0 in all of them, as the reference pads.
    pub fn planes_with_trimap(&self, frame: &Frame, trimap: &Trimap, place: &RectI, out: &mut Vec<f32>) {
        let (width, height) = (place.width() as usize, place.height() as usize);
        out.clear();
        out.resize(4 * width * height, 0.0);
        let inside = place.intersect(&RectI::new(0, 0, frame.width() as i32, frame.height() as i32));
        let (columns, x, whole) = (inside.width() as usize, place.x0.max(0) as usize, frame.width() as usize);
        if width == 0 || columns == 0 {
            return;
        }
        for (plane, values) in out.chunks_exact_mut(width * height).enumerate() {
            let rows = values.par_chunks_exact_mut(width).take(inside.height() as usize).enumerate();
            rows.for_each(|(y, row)| {
                let start = (place.y0.max(0) as usize + y) * whole + x;
                if let Some(table) = self.0.get(plane) {
                    let rgb = &frame.data()[3 * start..3 * (start + columns)];
                    for (v, pixel) in row.iter_mut().zip(rgb.as_chunks::<3>().0) {
                        *v = table[usize::from(pixel[plane])];
                    }
                } else {
                    for (v, zone) in row.iter_mut().zip(&trimap.data()[start..start + columns]) {
                        *v = match zone {
                            Zone::Outside => 0.0,
                            Zone::Unknown => 0.5,
                            Zone::Inside => 1.0,
                        };
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::pack::Input;

    #[test]
    fn planes_are_normalised_and_padded() {
        let input = Input { width: 64, height: 64, mean: [0.5, 0.0, 0.2], deviation: [0.5, 1.0, 2.0] };
        let mut frame = Frame::filled(5, 4, [255, 51, 102]);
        frame.data_mut()[3 * (5 + 3)] = 0;
        let mut trimap = Trimap::filled(5, 4, Zone::Inside);
        trimap.data_mut()[2 * 5 + 4] = Zone::Unknown;
        let mut out = vec![7.0; 3];
        Normal::new(&input).planes_with_trimap(&frame, &trimap, &RectI::new(2, 1, 6, 6), &mut out);
        let close = |found: &[f32], expected: &[f32]| {
            assert_eq!(found.len(), expected.len());
            for (a, b) in found.iter().zip(expected) {
                assert!((a - b).abs() < 1e-6, "{found:?}, expected {expected:?}");
            }
        };
        let padding = [0.0; 8];
        close(
            &out[..20],
            &[[1.0, -1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0].as_slice(), &padding].concat(),
        );
        close(&out[20..40], &[[0.2, 0.2, 0.2, 0.0].repeat(3).as_slice(), &padding].concat());
        close(
            &out[60..],
            &[[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.5, 0.0, 1.0, 1.0, 1.0, 0.0].as_slice(), &padding].concat(),
        );
    }
}
