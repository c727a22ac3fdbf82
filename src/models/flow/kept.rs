//! What a correction leaves as it was.

use super::plane::Plane;
use crate::raster::Matte;
use crate::raster::distance::{FAR, across};

/// Up to this far from what clicks changed the matte is the new one, in pixels of the label grid: as far as the edge of
/// the labels may be from that of the picture.
const NEW: f32 = 2.0;
/// From here on it is the earlier one.
const EARLIER: f32 = 5.0;

/// `found` near the labels that clicks changed from `before` to `after`, `earlier` elsewhere, one going over into the
/// other. The label grid is coarser than the frame: what no click changed keeps the detail that it had.
pub(super) fn kept(earlier: &Matte, found: Matte, before: &Plane, after: &Plane) -> Matte {
    let (w, h) = (after.width, after.height);
    let size = (found.width(), found.height());
    if (earlier.width(), earlier.height()) != size || (before.width, before.height) != (w, h) {
        return found;
    }
    let pairs = before.data.iter().zip(&after.data);
    let changed: Vec<bool> = pairs.map(|(b, a)| (*b > 0.5) != (*a > 0.5)).collect();
    if !changed.contains(&true) {
        return earlier.clone();
    }
    let far = across(&changed, w, EARLIER as u16 + 1);
    let share = changed.iter().zip(far).map(|(changed, far)| match (changed, far) {
        (true, _) => 1.0,
        (false, FAR) => 0.0,
        (false, far) => ((EARLIER - far) / (EARLIER - NEW)).clamp(0.0, 1.0),
    });
    let share = Plane { width: w, height: h, data: share.collect() };
    let (sx, sy) = (w as f32 / size.0 as f32, h as f32 / size.1 as f32);
    let mut out = found;
    let whole = earlier.support().join(&out.support());
    let columns = (whole.x0.max(0), whole.y0.max(0));
    for ((y, new), old) in (columns.1..).zip(out.rows_mut(whole)).zip(earlier.rows(whole)) {
        for ((x, new), old) in (columns.0..).zip(new).zip(old) {
            let share = share.sample((x as f32 + 0.5) * sx - 0.5, (y as f32 + 0.5) * sy - 0.5);
            *new = old + share * (*new - old);
        }
    }
    out.tighten();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_clicks_changed_is_new() {
        // A comb with teeth a pixel wide, which labels of half its size do not have; a block is added beside it.
        let comb = |x: u32| x < 40 && x.is_multiple_of(2);
        let data = (0..128 * 32_u32).map(|i| f32::from(u8::from(comb(i % 128)))).collect();
        let earlier = Matte::new(128, 32, data).expect("of this size");
        let before = Plane::filled(64, 16, 0.0);
        let after = Plane::from_fn(64, 16, |x, _| f32::from(u8::from((40..50).contains(&x))));
        let found = Matte::new(
            128,
            32,
            (0..128 * 32).map(|i| f32::from(u8::from((80..100).contains(&(i % 128))))).collect(),
        );
        let found = found.expect("of this size");
        let out = kept(&earlier, found.clone(), &before, &after);
        for x in 0..128 {
            let wanted = if x < 64 { earlier.value(x, 16) } else { found.value(x, 16) };
            assert_eq!(out.value(x, 16), wanted, "column {x}");
        }
        assert_eq!(kept(&earlier, found.clone(), &before, &before), earlier);
        assert_eq!(kept(&Matte::filled(9, 9, 1.0), found.clone(), &before, &after), found, "of another size");
    }
}
