//! Where the network looks: the region around the unknown band, its parts where it is too large, and
//! the tiles of a region. Whole pixels, rows down.

use std::ops::Range;

use crate::raster::RectI;

/// Pixels of one token.
pub(super) const PATCH: usize = 16;
/// The padded sides of a region are multiples of this, as those of the reference's pictures are.
const PADDED: u32 = 32;
/// Regions begin and end on this grid, so that one that follows an object keeps its size for many
/// frames: the network's position embeddings are stretched to the size.
const GRID: i32 = 64;
/// Pixels that two parts of a region share, over which one fades into the other.
const OVERLAP: i32 = 128;

/// The region for the unknown pixels in `band`, with `margin` pixels around it, in a frame of that
/// size.
pub(super) fn region(band: RectI, margin: u32, (width, height): (u32, u32)) -> RectI {
    let margin = i32::try_from(margin).unwrap_or(i32::MAX);
    let down = |v: i32| v.saturating_sub(margin).max(0) / GRID * GRID;
    let up = |v: i32, most: u32| {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let v = v.saturating_add(margin).min(most);
        v.div_euclid(GRID).saturating_add(i32::from(v % GRID != 0)).saturating_mul(GRID).min(most)
    };
    RectI::new(down(band.x0), down(band.y0), up(band.x1, width), up(band.y1, height))
}

/// Rows and columns of tokens of a region, padded.
pub(super) fn tokens(region: &RectI) -> (usize, usize) {
    let side = |v: u32| v.next_multiple_of(PADDED) as usize / PATCH;
    (side(region.height()), side(region.width()))
}

/// A part of a region with what it counts for, pixel by pixel: the product of a factor of the column
/// and one of the row. The factors of all parts add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub place: RectI,
    /// A factor for each column of `place`.
    pub across: Vec<f32>,
    /// A factor for each row of `place`.
    pub down: Vec<f32>,
}

/// Cuts `region` into parts of at most `most` tokens and at most `side` pixels a side; one where it
/// is small enough.
pub(super) fn parts(region: RectI, most: usize, side: u32) -> Vec<Part> {
    let (width, height) = (region.width() as i32, region.height() as i32);
    let side = i32::try_from(side).unwrap_or(i32::MAX).max(2 * OVERLAP);
    let (mut columns, mut rows) = (1, 1);
    loop {
        let (across, down) = (cut(width, columns), cut(height, rows));
        let longest = |spans: &[Range<i32>]| spans.iter().map(|s| s.end - s.start).max().unwrap_or(0);
        let (w, h) = (longest(&across), longest(&down));
        let (tall, wide) = tokens(&RectI::new(0, 0, w, h));
        let fits = tall * wide <= most && w <= side && h <= side;
        // Nothing is gained below parts that are all overlap.
        if fits || w.max(h) <= 2 * OVERLAP {
            let (fx, fy) = (factors(&across), factors(&down));
            let all = down.iter().zip(&fy).flat_map(|(rows, down)| {
                across.iter().zip(&fx).map(move |(columns, across)| Part {
                    place: RectI::new(
                        region.x0 + columns.start,
                        region.y0 + rows.start,
                        region.x0 + columns.end,
                        region.y0 + rows.end,
                    ),
                    across: across.clone(),
                    down: down.clone(),
                })
            });
            return all.collect();
        }
        if w >= h { columns += 1 } else { rows += 1 }
    }
}

/// `length` pixels in `count` spans of nearly equal length that share [`OVERLAP`] with their
/// neighbours and begin on the grid.
fn cut(length: i32, count: i32) -> Vec<Range<i32>> {
    let step = ((length - OVERLAP).max(1) as u32).div_ceil(count as u32).next_multiple_of(GRID as u32) as i32;
    let starts = (0..count).map(|i| i * step).filter(|&start| start == 0 || start + OVERLAP < length);
    starts.map(|start| start..(start + step + OVERLAP).min(length)).collect()
}

/// What each pixel of each span counts for: one fades into the next over what they share.
fn factors(spans: &[Range<i32>]) -> Vec<Vec<f32>> {
    let rise = |at: i32, shared: &Range<i32>| {
        ((at - shared.start) as f32 + 0.5) / (shared.end - shared.start).max(1) as f32
    };
    let of = |(i, span): (usize, &Range<i32>)| {
        let before = i.checked_sub(1).and_then(|i| spans.get(i)).map(|other| span.start..other.end);
        let behind = spans.get(i + 1).map(|other| other.start..span.end);
        let factor = |at: i32| match (&before, &behind) {
            (Some(shared), _) if at < shared.end => rise(at, shared),
            (_, Some(shared)) if at >= shared.start => 1.0 - rise(at, shared),
            _ => 1.0,
        };
        span.clone().map(factor).collect()
    };
    spans.iter().enumerate().map(of).collect()
}

/// A tile of the decoder, in tokens of the region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    /// What is kept.
    pub rows: Range<usize>,
    /// What is kept.
    pub columns: Range<usize>,
    /// What is computed: `rows` with the halo, as far as the region goes.
    pub seen_rows: Range<usize>,
    /// What is computed.
    pub seen_columns: Range<usize>,
}

/// The tiles of at most `side` tokens a side that hold all pixels of a region of `tall` x `wide`
/// tokens of which `unknown` (column, row) says so; each as small as its unknown pixels let it be.
pub(super) fn tiles(
    (tall, wide): (usize, usize),
    side: usize,
    halo: usize,
    unknown: impl Fn(usize, usize) -> bool,
) -> Vec<Tile> {
    let side = side.max(1);
    let mut found = Vec::new();
    for y in (0..tall).step_by(side) {
        for x in (0..wide).step_by(side) {
            let (bottom, right) = ((y + side).min(tall), (x + side).min(wide));
            let rows = span(y..bottom, |row| (x..right).any(|column| unknown(column, row)));
            let columns = span(x..right, |column| (y..bottom).any(|row| unknown(column, row)));
            let (Some(rows), Some(columns)) = (rows, columns) else { continue };
            let seen = |kept: &Range<usize>, most: usize| widened(kept, halo, most);
            let (seen_rows, seen_columns) = (seen(&rows, tall), seen(&columns, wide));
            found.push(Tile { rows, columns, seen_rows, seen_columns });
        }
    }
    found
}

/// From the first to behind the last of `all` that is `wanted`.
fn span(mut all: Range<usize>, wanted: impl Fn(usize) -> bool) -> Option<Range<usize>> {
    let first = all.find(|&i| wanted(i))?;
    let last = all.rev().find(|&i| wanted(i)).unwrap_or(first);
    Some(first..last + 1)
}

/// `kept` with `halo` on either side within `0..most`, and more of it up to a multiple of four:
/// a graphics card prepares itself for every size that it has not seen.
fn widened(kept: &Range<usize>, halo: usize, most: usize) -> Range<usize> {
    let (start, end) = (kept.start.saturating_sub(halo), (kept.end + halo).min(most));
    let wanted = (end - start).next_multiple_of(4).min(most);
    let end = (start + wanted).min(most);
    end - wanted..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_lies_on_the_grid_and_within_the_frame() {
        let frame = (1920, 1080);
        let band = RectI::new(300, 500, 410, 1000);
        assert_eq!(region(band, 64, frame), RectI::new(192, 384, 512, 1080));
        // An object that moves a little keeps its region.
        assert_eq!(region(RectI::new(310, 507, 420, 1007), 64, frame), RectI::new(192, 384, 512, 1080));
        assert_eq!(region(band, u32::MAX, frame), RectI::new(0, 0, 1920, 1080));
        assert_eq!(region(RectI::new(0, 0, 1, 1), 0, (1, 1)), RectI::new(0, 0, 1, 1));
        assert_eq!(tokens(&RectI::new(192, 384, 512, 1080)), (44, 20));
    }

    #[test]
    fn parts_cover_the_region_and_their_factors_add_up() {
        for (width, height, most, side) in [
            (3840, 2160, 9000, 8192),
            (700, 500, 1 << 20, 8192),
            (4000, 300, 2000, 1024),
            (8192, 4320, 1, 64),
        ] {
            let whole = RectI::new(64, 128, 64 + width, 128 + height);
            let parts = parts(whole, most, side);
            let mut across = vec![0.0_f32; width as usize];
            let mut down = vec![0.0_f32; height as usize];
            for part in &parts {
                assert!(whole.contains(&part.place));
                assert_eq!(part.across.len(), part.place.width() as usize);
                assert_eq!(part.down.len(), part.place.height() as usize);
                let (tall, wide) = tokens(&part.place);
                assert!(tall * wide <= most.max(18 * 18), "{tall} x {wide} tokens, expected {most}");
                if part.place.y0 == whole.y0 {
                    let start = (part.place.x0 - whole.x0) as usize;
                    across[start..].iter_mut().zip(&part.across).for_each(|(sum, v)| *sum += v);
                }
                if part.place.x0 == whole.x0 {
                    let start = (part.place.y0 - whole.y0) as usize;
                    down[start..].iter_mut().zip(&part.down).for_each(|(sum, v)| *sum += v);
                }
            }
            for sum in across.iter().chain(&down) {
                assert!((sum - 1.0).abs() < 1e-5, "{sum} in {width} x {height}");
            }
            assert_eq!(parts.len() == 1, most == 1 << 20);
        }
    }

    #[test]
    fn tiles_hold_all_that_is_unknown_and_no_more_than_that() {
        let unknown = |x: usize, y: usize| (x == 3 || x == 21) && (2..30).contains(&y);
        let found = tiles((40, 30), 16, 2, unknown);
        let mut covered = vec![0; 40 * 30];
        for tile in &found {
            for y in tile.rows.clone() {
                for x in tile.columns.clone() {
                    covered[y * 30 + x] += 1;
                }
            }
            assert_eq!(tile.columns.len(), 1);
            assert!(tile.seen_rows.start <= tile.rows.start.saturating_sub(2));
            assert!(tile.seen_rows.end >= (tile.rows.end + 2).min(40));
            assert_eq!(tile.seen_columns.len() % 4, 0);
            assert!(tile.seen_columns.end <= 30 && tile.seen_columns.contains(&tile.columns.start));
        }
        for y in 0..40 {
            for x in 0..30 {
                assert_eq!(covered[y * 30 + x], i32::from(unknown(x, y)), "{x}, {y}");
            }
        }
        assert!(tiles((40, 30), 16, 2, |_, _| false).is_empty());
        // A region smaller than a tile and its halo is seen whole.
        let [only] = &tiles((2, 2), 16, 2, |x, y| (x, y) == (1, 1))[..] else { panic!("one tile") };
        assert_eq!((only.rows.clone(), only.seen_rows.clone()), (1..2, 0..2));
    }
}
