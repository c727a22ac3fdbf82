//! Levels of a matte: what is nearly outside is outside, what is nearly inside is inside.

use rayon::prelude::*;

use crate::raster::Matte;

/// Alpha up to `black` becomes 0, alpha from `white` on becomes 1, and what is between is stretched
/// linearly. Where `white` is not above `black`, what is above `black` becomes 1.
///
/// 0 and 1 change nothing. Numbers outside of 0 to 1 are taken for the nearer of both, and one that is
/// no number for the one that changes nothing.
#[must_use]
pub fn stretch(mut matte: Matte, black: f32, white: f32) -> Matte {
    let number = |v: f32, off: f32| if v.is_finite() { v.clamp(0.0, 1.0) } else { off };
    let (black, white) = (number(black, 0.0), number(white, 1.0));
    if black <= 0.0 && white >= 1.0 {
        return matte;
    }
    let one = |v: &mut f32| {
        *v = match *v {
            a if a <= black => 0.0,
            a if a >= white => 1.0,
            a => (a - black) / (white - black),
        }
    };
    matte.par_rows_mut(matte.support()).for_each(|row| row.iter_mut().for_each(one));
    matte
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretched(values: &[f32], black: f32, white: f32) -> Vec<f32> {
        let matte = Matte::new(values.len() as u32, 1, values.to_vec()).expect("of this size");
        stretch(matte, black, white).into_data()
    }

    #[test]
    fn below_black_is_outside_and_above_white_is_inside() {
        let found = stretched(&[0.0, 0.1, 0.25, 0.5, 0.75, 0.8, 1.0], 0.25, 0.75);
        assert_eq!(found, [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(stretched(&[0.0, 0.05, 0.55, 1.0], 0.1, 1.0), [0.0, 0.0, (0.55 - 0.1) / 0.9, 1.0]);
    }

    #[test]
    fn no_levels_change_nothing() {
        let values = [0.0, 1e-9, 0.3, 0.999_999_9, 1.0];
        for (black, white) in [(0.0, 1.0), (f32::NAN, f32::NAN), (-1.0, 2.0)] {
            assert_eq!(stretched(&values, black, white), values);
        }
    }

    #[test]
    fn levels_that_meet_or_cross_cut_at_black() {
        for white in [0.0, 0.2, 0.4] {
            assert_eq!(stretched(&[0.0, 0.3, 0.4, 0.41, 1.0], 0.4, white), [0.0, 0.0, 0.0, 1.0, 1.0]);
        }
        assert_eq!(stretched(&[0.0, 0.5, 1.0], 1.0, 1.0), [0.0; 3]);
    }
}
