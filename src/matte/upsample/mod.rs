//! Brings the labels of a small grid to the frame's size, with an edge as wide as the picture's.
//!
//! The line where the labels are one half becomes distances (`contour.rs`). Where it passes, the picture
//! is cut across it (`cuts.rs`): the colours on either side, a little away from the line, tell object from
//! background, and the ramp that explains the cut best says where the edge is and how wide (`fit.rs`).
//! Neighbours are fitted together, so that the edge is as smooth as the labels are. Alpha is that ramp
//! over the distance to the edge: 1 inside and 0 outside of it, and nothing is smeared where colours do
//! not tell (`draw.rs`).
//!
//! Windows that classify colours locally, and the trust in them: X. Bai, J. Wang, D. Simons, G. Sapiro,
//! "Video SnapCut", 2009.

mod contour;
mod cuts;
mod draw;
mod fit;

use crate::raster::{Frame, Matte};
use contour::Contour;

/// `labels` of a grid over `frame`, 0 to 1, as a matte of the frame's size.
///
/// A picture without pixels gives one without pixels.
#[must_use]
pub fn refine(frame: &Frame, labels: &Matte) -> Matte {
    let size = (frame.width(), frame.height());
    if labels.width() == 0 || labels.height() == 0 || size.0 == 0 || size.1 == 0 {
        return Matte::filled(size.0, size.1, 0.0);
    }
    let contour = Contour::new(labels, size);
    let edge = fit::edge(&contour, &cuts::across(frame, &contour));
    draw::alpha(&contour, &edge, labels, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_everything_stay_what_they_are() {
        for (w, h) in [(1, 1), (30, 2), (64, 48)] {
            let frame = Frame::filled(w, h, [90; 3]);
            for value in [0.0, 1.0] {
                for (lw, lh) in [(1, 1), (7, 5)] {
                    let found = refine(&frame, &Matte::filled(lw, lh, value));
                    assert_eq!(found, Matte::filled(w, h, value), "{w}x{h} of {lw}x{lh}");
                }
            }
        }
        assert!(refine(&Frame::filled(0, 0, [0; 3]), &Matte::filled(3, 3, 1.0)).data().is_empty());
        assert_eq!(refine(&Frame::filled(4, 4, [0; 3]), &Matte::filled(0, 0, 1.0)), Matte::filled(4, 4, 0.0));
        let bad = refine(&Frame::filled(9, 9, [0; 3]), &Matte::filled(3, 3, f32::NAN));
        assert!(bad.data().iter().all(|v| *v == 0.0));
    }

    /// Columns up to `edge` of 96 are inside by the labels of a quarter of the size.
    fn labels(edge: u32) -> Matte {
        let value = |i: u32| f32::from(u8::from(i % 24 < edge / 4));
        Matte::new(24, 12, (0..24 * 12).map(value).collect()).expect("of this size")
    }

    #[test]
    fn the_edge_goes_where_the_picture_has_it() {
        let mut frame = Frame::filled(96, 48, [20, 60, 30]);
        for (i, rgb) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            if i % 96 < 43 {
                rgb.copy_from_slice(&[200, 180, 90]);
            }
        }
        let found = refine(&frame, &labels(40));
        for y in 0..48 {
            assert_eq!((found.value(40, y), found.value(45, y)), (1.0, 0.0), "row {y}");
            assert!(
                (found.data()[y as usize * 96..][..96].iter().sum::<f32>() - 43.0).abs() < 0.5,
                "row {y}"
            );
        }
    }

    #[test]
    fn where_colours_do_not_tell_the_edge_is_that_of_the_labels_and_sharp() {
        let found = refine(&Frame::filled(96, 48, [90; 3]), &labels(40));
        for y in 0..48 {
            assert_eq!((found.value(38, y), found.value(41, y)), (1.0, 0.0), "row {y}");
        }
    }
}
