//! The unknown pixels of a trimap and those around them, packed: memory and time go with the band, not
//! with the picture.
//!
//! Kept are all pixels within two of an unknown one in either direction, row by row, also those that
//! would lie outside the picture, so that a neighbour of an unknown pixel is always there. Within a row
//! neighbours are next to each other; each run of unknown pixels knows where its neighbours begin in the
//! two rows above and below.

use super::trimap::Zone;

/// How far the neighbours of a pixel are, in pixels: it shares a window of 3x3 with them.
pub const NEAR: i32 = 2;
/// Packed pixels in a chunk of rows, which one thread works on at a time. Fixed, so that sums have one
/// order on any number of threads.
const CHUNK: usize = 6000;
/// Pixels of a run that are worked on at a time.
pub const LANES: usize = 8;

/// Packed pixels `base..` of row `y`, columns `x0..x1`.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// First column, may be -2.
    pub x0: i32,
    /// One past the last column.
    pub x1: i32,
    /// Where the first is packed.
    pub base: usize,
}

/// A row of packed pixels.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which row of the picture, from -2.
    pub y: i32,
    /// Its segments, of [`Band::segments`].
    pub segments: std::ops::Range<usize>,
    /// Its packed pixels.
    pub pixels: std::ops::Range<usize>,
}

/// Unknown pixels of one row next to each other.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Which of [`Band::rows`].
    pub row: usize,
    /// First column.
    pub x: i32,
    /// How many.
    pub len: usize,
    /// Where the pixels above and below the first are packed: of the rows from two above to two below.
    pub at: [usize; 5],
    /// Its first block: it is `len` over [`LANES`] blocks long, the last of which may not be full.
    pub block: usize,
}

/// Rows that one thread works on at a time.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Which of [`Band::rows`].
    pub rows: std::ops::Range<usize>,
    /// Which of [`Band::runs`].
    pub runs: std::ops::Range<usize>,
    /// Packed pixels.
    pub pixels: std::ops::Range<usize>,
    /// Blocks of the runs.
    pub blocks: std::ops::Range<usize>,
}

/// The packed band.
#[derive(Debug)]
pub struct Band {
    /// From the first row to the last, none left out.
    pub rows: Vec<Row>,
    /// Of all rows, in order.
    pub segments: Vec<Segment>,
    /// Of all rows, in order.
    pub runs: Vec<Run>,
    /// All rows, in order.
    pub chunks: Vec<Chunk>,
    /// Packed pixels.
    pub len: usize,
    /// Unknown pixels.
    pub unknown: usize,
    /// Blocks of all runs.
    pub blocks: usize,
}

impl Band {
    /// Packs the band of a picture of rows of `width`.
    pub fn new(zones: &[Zone], width: usize) -> Self {
        let mut band = Self {
            rows: Vec::new(),
            segments: Vec::new(),
            runs: Vec::new(),
            chunks: Vec::new(),
            len: 0,
            unknown: 0,
            blocks: 0,
        };
        if width == 0 {
            return band;
        }
        let found: Vec<Vec<(i32, i32)>> = zones.chunks_exact(width).map(unknown_runs).collect();
        let Some(first) = found.iter().position(|r| !r.is_empty()) else { return band };
        let last = found.iter().rposition(|r| !r.is_empty()).unwrap_or(first);
        let mut spans = Vec::new();
        for y in first as i32 - NEAR..=last as i32 + NEAR {
            spans.clear();
            for other in y - NEAR..=y + NEAR {
                let runs = usize::try_from(other).ok().and_then(|other| found.get(other));
                spans.extend(runs.into_iter().flatten().map(|&(a, b)| (a - NEAR, b + NEAR)));
            }
            spans.sort_unstable();
            let (from, pixels) = (band.segments.len(), band.len);
            for &(a, b) in &spans {
                match band.segments[from..].last_mut() {
                    Some(s) if a <= s.x1 => {
                        band.len += (b - s.x1).max(0) as usize;
                        s.x1 = s.x1.max(b);
                    }
                    _ => {
                        band.segments.push(Segment { x0: a, x1: b, base: band.len });
                        band.len += (b - a) as usize;
                    }
                }
            }
            band.rows.push(Row { y, segments: from..band.segments.len(), pixels: pixels..band.len });
        }
        for (row, runs) in (NEAR as usize..).zip(&found[first..=last]) {
            for &(a, b) in runs {
                let at = [-2, -1, 0, 1, 2].map(|d: isize| band.packed(row.wrapping_add_signed(d), a));
                let len = (b - a) as usize;
                band.runs.push(Run { row, x: a, len, at, block: band.blocks });
                band.unknown += len;
                band.blocks += len.div_ceil(LANES);
            }
        }
        band.cut();
        band
    }

    /// Where the pixel of column `x` in a row is packed, if it is.
    pub fn place(&self, row: usize, x: i32) -> Option<usize> {
        let segments = &self.segments[self.rows.get(row)?.segments.clone()];
        let after = segments.partition_point(|s| s.x0 <= x);
        let s = segments.get(after.checked_sub(1)?)?;
        (x < s.x1).then(|| s.base + (x - s.x0) as usize)
    }

    /// As [`Self::place`], for a neighbour of an unknown pixel, which is always packed.
    fn packed(&self, row: usize, x: i32) -> usize {
        self.place(row, x).unwrap_or(0)
    }

    /// Makes chunks of rows.
    fn cut(&mut self) {
        let (mut row, mut run) = (0, 0);
        while row < self.rows.len() {
            let start = self.rows[row].pixels.start;
            let mut end = row + 1;
            while end < self.rows.len() && self.rows[end].pixels.end - start <= CHUNK {
                end += 1;
            }
            let mut last = run;
            while self.runs.get(last).is_some_and(|r| r.row < end) {
                last += 1;
            }
            let pixels = start..self.rows[end - 1].pixels.end;
            let block = |run: usize| self.runs.get(run).map_or(self.blocks, |r| r.block);
            let blocks = block(run)..block(last);
            self.chunks.push(Chunk { rows: row..end, runs: run..last, pixels, blocks });
            (row, run) = (end, last);
        }
    }

    /// A value for each packed pixel, 0, and some more, so that whole blocks can be read.
    pub fn vector(&self) -> Vec<f32> {
        vec![0.0; self.len + 2 * LANES]
    }

    /// Cuts packed values, `each` a pixel, into those of the chunks.
    pub fn split<'a, T>(&self, values: &'a mut [T], each: usize) -> Vec<&'a mut [T]> {
        cut(values, self.chunks.iter().map(|chunk| chunk.pixels.len() * each))
    }

    /// Cuts the values of blocks, `each` a block, into those of the chunks.
    pub fn split_blocks<'a, T>(&self, values: &'a mut [T], each: usize) -> Vec<&'a mut [T]> {
        cut(values, self.chunks.iter().map(|chunk| chunk.blocks.len() * each))
    }
}

/// Cuts off parts of the lengths given.
fn cut<T>(values: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    let mut rest = values;
    let each = lengths.map(|length| rest.split_off_mut(..length).unwrap_or_default());
    each.collect()
}

/// First columns of the runs of unknown pixels of a row, and one past their last.
fn unknown_runs(row: &[Zone]) -> Vec<(i32, i32)> {
    let mut runs = Vec::new();
    let mut x = 0;
    while let Some(start) = row[x..].iter().position(|&z| z == Zone::Unknown) {
        let start = x + start;
        let end = row[start..].iter().position(|&z| z != Zone::Unknown).map_or(row.len(), |n| start + n);
        runs.push((start as i32, end as i32));
        x = end;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neighbour_of_an_unknown_pixel_is_where_it_is_looked_for() {
        let mut random = fastrand::Rng::with_seed(5);
        for (w, h, share) in [(30, 20, 0.05), (7, 40, 0.5), (3, 3, 1.0), (50, 2, 0.2)] {
            let zones: Vec<Zone> =
                (0..w * h).map(|_| if random.f32() < share { Zone::Unknown } else { Zone::Inside }).collect();
            let band = Band::new(&zones, w);
            let mut seen = 0;
            for run in &band.runs {
                let y = band.rows[run.row].y;
                for x in run.x..run.x + run.len as i32 {
                    assert_eq!(zones[y as usize * w + x as usize], Zone::Unknown);
                    seen += 1;
                    for (d, at) in run.at.iter().enumerate() {
                        for dx in -2..=2 {
                            let place = band.place(run.row + d - 2, x + dx).expect("packed");
                            assert_eq!(place as i64, *at as i64 + i64::from(x - run.x + dx));
                            assert_eq!(band.rows[run.row + d - 2].y, y + d as i32 - 2);
                        }
                    }
                }
            }
            assert_eq!(seen, zones.iter().filter(|z| **z == Zone::Unknown).count());
            assert_eq!(seen, band.unknown);
            assert_eq!(band.chunks.iter().map(|c| c.pixels.len()).sum::<usize>(), band.len);
            assert_eq!(band.chunks.iter().map(|c| c.runs.len()).sum::<usize>(), band.runs.len());
        }
    }

    #[test]
    fn without_unknown_pixels_nothing_is_packed() {
        assert_eq!(Band::new(&[Zone::Inside; 12], 4).len, 0);
        assert_eq!(Band::new(&[], 0).len, 0);
    }
}
