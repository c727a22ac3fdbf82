//! Where a person would click to correct a matte.

use crate::raster::{Matte, PixelPoint};

/// The largest piece in which a matte is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorRegion {
    /// The centre of the pixel that lies deepest in it.
    pub at: PixelPoint,
    /// Whether it belongs to the object, and a positive click is due.
    pub missing: bool,
    /// Its size in pixels.
    pub area: usize,
}

/// Finds the largest connected piece (four neighbours) that is missing from `found` or too much in it,
/// both cut at one half; none when they agree. Of equals the first in reading order counts.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn largest_error(found: &Matte, truth: &Matte) -> Option<ErrorRegion> {
    assert_eq!((found.width(), found.height()), (truth.width(), truth.height()), "mattes of unequal size");
    let (width, height) = (found.width() as usize, found.height() as usize);
    // 0 right, 1 missing, 2 too much.
    let wrong: Vec<u8> = found
        .data()
        .iter()
        .zip(truth.data())
        .map(|(&f, &t)| match (f > 0.5, t > 0.5) {
            (false, true) => 1,
            (true, false) => 2,
            _ => 0,
        })
        .collect();
    let mut seen = vec![false; wrong.len()];
    let mut best: Vec<usize> = Vec::new();
    for start in 0..wrong.len() {
        if wrong[start] == 0 || seen[start] {
            continue;
        }
        seen[start] = true;
        let mut piece = vec![start];
        let mut next = 0;
        while let Some(&at) = piece.get(next) {
            next += 1;
            let (x, y) = (at % width, at / width);
            let neighbours = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then_some(at + 1),
                (y > 0).then(|| at - width),
                (y + 1 < height).then_some(at + width),
            ];
            for n in neighbours.into_iter().flatten() {
                if !seen[n] && wrong[n] == wrong[start] {
                    seen[n] = true;
                    piece.push(n);
                }
            }
        }
        if piece.len() > best.len() {
            best = piece;
        }
    }
    let kind = wrong[*best.first()?];
    let at = deepest(&best, (width, height))?;
    let centre = PixelPoint { x: (at % width) as f64 + 0.5, y: (at / width) as f64 + 0.5 };
    Some(ErrorRegion { at: centre, missing: kind == 1, area: best.len() })
}

/// The pixel of `piece` farthest from its edge by the chamfer distance with steps of 3 and 4; the
/// first in reading order of equals.
fn deepest(piece: &[usize], (width, height): (usize, usize)) -> Option<usize> {
    // A frame of one pixel of outside around the picture spares all tests of borders.
    let stride = width + 2;
    let mut distance = vec![0_u32; stride * (height + 2)];
    let place = |at: usize| (at / width + 1) * stride + at % width + 1;
    let mut order: Vec<usize> = piece.to_vec();
    order.sort_unstable();
    order.iter().for_each(|&at| distance[place(at)] = u32::MAX / 2);
    for &at in &order {
        let p = place(at);
        let near = (distance[p - 1] + 3)
            .min(distance[p - stride] + 3)
            .min(distance[p - stride - 1] + 4)
            .min(distance[p - stride + 1] + 4);
        distance[p] = distance[p].min(near);
    }
    for &at in order.iter().rev() {
        let p = place(at);
        let near = (distance[p + 1] + 3)
            .min(distance[p + stride] + 3)
            .min(distance[p + stride + 1] + 4)
            .min(distance[p + stride - 1] + 4);
        distance[p] = distance[p].min(near);
    }
    // `max_by_key` takes the last of equals.
    order.into_iter().rev().max_by_key(|&at| distance[place(at)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: std::ops::Range<u32>, y: std::ops::Range<u32>) -> Matte {
        let mut matte = Matte::filled(30, 20, 0.0);
        for row in y {
            for column in x.clone() {
                matte.data_mut()[(row * 30 + column) as usize] = 1.0;
            }
        }
        matte
    }

    #[test]
    fn the_centre_of_what_is_missing() {
        let error = largest_error(&square(0..0, 0..0), &square(5..10, 3..8)).expect("it misses");
        assert_eq!((error.missing, error.area), (true, 25));
        assert_eq!(error.at, PixelPoint { x: 7.5, y: 5.5 });
    }

    #[test]
    fn the_larger_error_counts() {
        // 2 columns of 10 are missing, 3 columns of 10 are too much.
        let error = largest_error(&square(7..18, 2..12), &square(5..15, 2..12)).expect("it is wrong");
        assert_eq!((error.missing, error.area), (false, 30));
        assert!((15.0..18.0).contains(&error.at.x) && (2.0..12.0).contains(&error.at.y));
        assert_eq!(largest_error(&square(5..9, 5..9), &square(5..9, 5..9)), None);
    }

    #[test]
    fn a_piece_at_the_border_is_not_clicked_at_the_border() {
        let error = largest_error(&square(0..0, 0..0), &square(0..9, 0..9)).expect("it misses");
        assert_eq!(error.at, PixelPoint { x: 4.5, y: 4.5 });
    }
}
