//! Islands of a matte that are too small, and holes in it, go.
//!
//! An island is a connected part of alpha above one half, corners included; a hole is a connected part
//! of the rest, corners not included, so that a line of one pixel parts what lies on either side of it.
//! Their soft rim goes with them: each pixel between belongs to the island or hole that is the fewest
//! steps away through pixels of the rim, and to one that stays where two are equally near. Faint parts
//! without any pixel above one half count with all of their pixels above 0.

use rayon::prelude::*;

use crate::raster::{Matte, RectI};

/// What is too small, in pixels of area. 0 is off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sizes {
    /// Islands of fewer pixels than this go.
    pub islands: f32,
    /// Holes of fewer pixels than this are filled.
    pub holes: f32,
}

/// Takes islands away, then fills holes. Both count as far as they lie in the frame; the background around
/// the object is a hole like any other, if it has so few pixels.
#[must_use]
pub fn clean(mut matte: Matte, sizes: &Sizes) -> Matte {
    if sizes.islands > 0.0 {
        let part = matte.tight();
        remove(&mut matte, part, sizes.islands, Kind::Island);
    }
    if sizes.holes > 0.0 {
        let part = RectI::of_size(matte.width(), matte.height());
        remove(&mut matte, part, sizes.holes, Kind::Hole);
    }
    matte
}

/// What is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Island,
    Hole,
}

impl Kind {
    /// How much of it is at a pixel of alpha `a`, 0 to 1.
    fn share(self, a: f32) -> f32 {
        match self {
            Self::Island => a,
            Self::Hole => 1.0 - a,
        }
    }

    /// Whether a pixel is of it, and not of its rim.
    fn holds(self, a: f32) -> bool {
        match self {
            Self::Island => a > 0.5,
            // So that each pixel is of one or the other.
            Self::Hole => a <= 0.5,
        }
    }

    /// Whether a pixel is of its rim.
    fn rims(self, a: f32) -> bool {
        !self.holds(a) && self.share(a) > 0.0
    }

    /// Steps to the pixels that hang together with one.
    fn steps(self) -> &'static [(isize, isize)] {
        const ALL: [(isize, isize); 8] =
            [(0, -1), (-1, 0), (1, 0), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];
        match self {
            Self::Island => &ALL,
            Self::Hole => &ALL[..4],
        }
    }
}

/// Whose a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    None,
    Stays,
    Goes,
}

/// Sets what is smaller than `size` within `part` to what is around it.
fn remove(matte: &mut Matte, part: RectI, size: f32, kind: Kind) {
    let (w, h) = (part.width() as usize, part.height() as usize);
    if w == 0 || h == 0 {
        return;
    }
    let small = |area: usize| (area as f32) < size;
    let parts = Parts::new(matte, part, kind, |a| kind.holds(a));
    let some_go = parts.runs.iter().any(|run| small(parts.area(run)));
    let faint = Parts::new(matte, part, kind, |a| kind.holds(a) || kind.rims(a));
    if !some_go && !faint.runs.iter().any(|run| small(faint.area(run))) {
        return;
    }
    let mut owners = vec![Owner::None; w * h];
    for run in &parts.runs {
        let owner = if small(parts.area(run)) { Owner::Goes } else { Owner::Stays };
        owners[run.y * w + run.x0..run.y * w + run.x1].fill(owner);
    }
    // Of a faint part no pixel has an owner.
    let mut solid = vec![false; faint.runs.len()];
    for run in &faint.runs {
        let owned = owners[run.y * w + run.x0..run.y * w + run.x1].iter().any(|o| *o != Owner::None);
        solid[run.part] |= owned;
    }
    for run in faint.runs.iter().filter(|run| !solid[run.part] && small(faint.area(run))) {
        owners[run.y * w + run.x0..run.y * w + run.x1].fill(Owner::Goes);
    }
    if some_go {
        flood(&mut owners, &matte.cut(part), w, kind);
    }
    write(matte, part, &owners, kind.share(0.0));
}

/// Sets the pixels that go to `value`, and touches no more of the matte than their rectangle.
fn write(matte: &mut Matte, part: RectI, owners: &[Owner], value: f32) {
    let w = part.width().max(1) as usize;
    let goes = |o: &Owner| *o == Owner::Goes;
    let rows = owners.chunks_exact(w).enumerate().filter(|(_, row)| row.iter().any(goes));
    let mut bounds: Option<RectI> = None;
    for (y, row) in rows {
        let first = row.iter().position(goes).unwrap_or(0) as i32;
        let last = row.iter().rposition(goes).unwrap_or(0) as i32;
        let (x0, x1, y0) = (part.x0 + first, part.x0 + last + 1, part.y0 + y as i32);
        bounds = Some(bounds.map_or(RectI::new(x0, y0, x1, y0 + 1), |b| {
            RectI::new(b.x0.min(x0), b.y0, b.x1.max(x1), y0 + 1)
        }));
    }
    let Some(bounds) = bounds else { return };
    let (left, top) = ((bounds.x0 - part.x0) as usize, (bounds.y0 - part.y0) as usize);
    for (y, row) in matte.rows_mut(bounds).enumerate() {
        let owners = &owners[(top + y) * w + left..];
        row.iter_mut().zip(owners).filter(|(_, o)| goes(o)).for_each(|(v, _)| *v = value);
    }
}

/// Gives the pixels of rims to their nearest owners.
fn flood(owners: &mut [Owner], values: &[f32], w: usize, kind: Kind) {
    let h = values.len() / w;
    let near = |i: usize| {
        kind.steps().iter().filter_map(move |&(dx, dy)| {
            let x = (i % w).checked_add_signed(dx).filter(|x| *x < w)?;
            let y = (i / w).checked_add_signed(dy).filter(|y| *y < h)?;
            Some(y * w + x)
        })
    };
    // All rims beside what stays come before those beside what goes, and so do theirs.
    let rims: Vec<usize> =
        (0..values.len()).filter(|&i| owners[i] == Owner::None && kind.rims(values[i])).collect();
    let mut edge = Vec::new();
    for owner in [Owner::Stays, Owner::Goes] {
        let beside = |&&i: &&usize| owners[i] == Owner::None && near(i).any(|n| owners[n] == owner);
        let found: Vec<usize> = rims.iter().filter(beside).copied().collect();
        edge.extend(found.into_iter().map(|i| (i, owner)));
    }
    while !edge.is_empty() {
        let mut next = Vec::new();
        for &(i, owner) in &edge {
            if owners[i] == Owner::None {
                owners[i] = owner;
                let onward = |n: &usize| owners[*n] == Owner::None && kind.rims(values[*n]);
                next.extend(near(i).filter(onward).map(|n| (n, owner)));
            }
        }
        edge = next;
    }
}

/// Pixels of one row next to each other.
#[derive(Debug, Clone, Copy)]
struct Run {
    y: usize,
    x0: usize,
    x1: usize,
    /// Of [`Parts::areas`].
    part: usize,
}

/// Connected parts.
struct Parts {
    runs: Vec<Run>,
    areas: Vec<usize>,
}

impl Parts {
    /// The connected parts of the pixels of `part` that are `wanted`.
    fn new(matte: &Matte, part: RectI, kind: Kind, wanted: impl Fn(f32) -> bool + Sync) -> Self {
        let rows: Vec<Vec<(usize, usize)>> = matte.par_rows(part).map(|row| spans(row, &wanted)).collect();
        let mut runs: Vec<Run> = Vec::new();
        // Which run stands for the part of another; the first of all for itself.
        let mut heads: Vec<usize> = Vec::new();
        let corner = usize::from(kind == Kind::Island);
        let mut above = 0..0;
        for (y, row) in rows.iter().enumerate() {
            let first = runs.len();
            let mut from = above.start;
            for &(x0, x1) in row {
                let this = runs.len();
                runs.push(Run { y, x0, x1, part: this });
                heads.push(this);
                while from < above.end && runs[from].x1 + corner <= x0 {
                    from += 1;
                }
                let mut other = from;
                while other < above.end && runs[other].x0 < x1 + corner {
                    let (a, b) = (head(&mut heads, other), head(&mut heads, this));
                    heads[a.max(b)] = a.min(b);
                    other += 1;
                }
            }
            above = first..runs.len();
        }
        let mut areas = vec![0; runs.len()];
        for (i, run) in runs.iter_mut().enumerate() {
            run.part = head(&mut heads, i);
            areas[run.part] += run.x1 - run.x0;
        }
        Self { runs, areas }
    }

    /// Pixels of the part that a run is of.
    fn area(&self, run: &Run) -> usize {
        self.areas[run.part]
    }
}

/// The run that stands for the part of run `i`.
fn head(heads: &mut [usize], mut i: usize) -> usize {
    while heads[i] != i {
        heads[i] = heads[heads[i]];
        i = heads[i];
    }
    i
}

/// First columns of the runs of a row that are `wanted`, and one past their last.
fn spans(row: &[f32], wanted: impl Fn(f32) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut x = 0;
    while let Some(start) = row[x..].iter().position(|&v| wanted(v)) {
        let start = x + start;
        x = row[start..].iter().position(|&v| !wanted(v)).map_or(row.len(), |n| start + n);
        found.push((start, x));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of digits: alpha in ninths.
    fn drawn(rows: &[&str]) -> Matte {
        let values = rows.iter().flat_map(|r| r.bytes().map(|b| f32::from(b - b'0') / 9.0)).collect();
        Matte::new(rows[0].len() as u32, rows.len() as u32, values).expect("of this size")
    }

    fn check(islands: f32, holes: f32, rows: &[&str], expected: &[&str]) {
        let (found, expected) = (clean(drawn(rows), &Sizes { islands, holes }), drawn(expected));
        assert_eq!(found, expected, "{:?}", found.data());
    }

    #[test]
    fn small_islands_go_with_their_rims() {
        let rows = ["0000000011", "0121000099", "0292004999", "0121000099", "0000000099"];
        check(1.0, 0.0, &rows, &rows);
        check(2.0, 0.0, &rows, &["0000000011", "0000000099", "0000004999", "0000000099", "0000000099"]);
        check(10.0, 0.0, &rows, &["0000000000"; 5]);
    }

    #[test]
    fn small_holes_are_filled_with_their_rims() {
        let rows = ["99999999", "98799009", "97099009", "98899999"];
        check(0.0, 1.0, &rows, &rows);
        check(0.0, 2.0, &rows, &["99999999", "99999009", "99999009", "99999999"]);
        check(0.0, 5.0, &rows, &["99999999"; 4]);
    }

    #[test]
    fn corners_join_islands_and_part_holes() {
        let rows = ["900", "090", "009"];
        check(3.0, 0.0, &rows, &rows);
        check(4.0, 0.0, &rows, &["000"; 3]);
        check(0.0, 3.0, &["099", "909", "990"], &["999"; 3]);
    }

    #[test]
    fn a_rim_between_two_islands_goes_with_the_nearer() {
        check(2.0, 0.0, &["90", "00"], &["00", "00"]);
        check(2.0, 0.0, &["9333399"], &["0003399"]);
        // The middle is as near to both: it stays.
        check(2.0, 0.0, &["933399"], &["003399"]);
    }

    #[test]
    fn faint_parts_count_with_all_their_pixels() {
        let rows = ["2300099", "2000099"];
        check(3.0, 0.0, &rows, &rows);
        check(4.0, 0.0, &rows, &["0000099", "0000099"]);
        check(0.0, 3.0, &["9988899", "9999999"], &["9988899", "9999999"]);
        check(0.0, 4.0, &["9988899", "9999999"], &["9999999", "9999999"]);
    }

    #[test]
    fn off_and_nothing_change_nothing() {
        let rows = ["9010", "0999", "0908", "0999"];
        check(0.0, 0.0, &rows, &rows);
        check(f32::NAN, -3.0, &rows, &rows);
        for (w, h) in [(0, 0), (5, 0), (0, 5)] {
            let nothing = Matte::filled(w, h, 1.0);
            assert_eq!(clean(nothing.clone(), &Sizes { islands: 9.0, holes: 9.0 }), nothing);
        }
        let bad = Matte::filled(4, 4, f32::NAN);
        assert!(clean(bad, &Sizes { islands: 99.0, holes: 99.0 }).data().iter().all(|v| v.is_nan()));
    }

    #[test]
    fn parts_of_any_shape_are_counted_as_by_a_flood() {
        let mut random = fastrand::Rng::with_seed(16);
        for (w, h) in [(40_usize, 30_usize), (1, 50), (64, 3)] {
            let values: Vec<f32> = (0..w * h).map(|_| f32::from(u8::from(random.f32() < 0.55))).collect();
            let matte = Matte::new(w as u32, h as u32, values.clone()).expect("of this size");
            for kind in [Kind::Island, Kind::Hole] {
                let size = 7;
                let mut expected = values.clone();
                let mut seen = vec![false; w * h];
                for start in 0..w * h {
                    if seen[start] || !kind.holds(values[start]) {
                        continue;
                    }
                    let (mut part, mut at) = (vec![start], 0);
                    seen[start] = true;
                    while at < part.len() {
                        for &(dx, dy) in kind.steps() {
                            let x = (part[at] % w).checked_add_signed(dx).filter(|x| *x < w);
                            let y = (part[at] / w).checked_add_signed(dy).filter(|y| *y < h);
                            let (Some(x), Some(y)) = (x, y) else { continue };
                            if !seen[y * w + x] && kind.holds(values[y * w + x]) {
                                seen[y * w + x] = true;
                                part.push(y * w + x);
                            }
                        }
                        at += 1;
                    }
                    if part.len() < size {
                        part.iter().for_each(|&i| expected[i] = 1.0 - values[i]);
                    }
                }
                let mut found = matte.clone();
                let whole = RectI::of_size(w as u32, h as u32);
                remove(&mut found, whole, size as f32, kind);
                assert_eq!(found.data(), expected, "{kind:?} {w}x{h}");
            }
        }
    }
}
