//! One picture of several frames: each sequence a row, frames spread evenly from first to last.

use crate::error::Result;
use crate::picture::Picture;
use std::path::PathBuf;

/// Frames in a row.
const COLUMNS: usize = 4;
/// The widest that a frame in the sheet may be, in pixels.
const WIDEST: usize = 320;
/// Pixels between frames.
const GAP: usize = 4;
const PAPER: [u8; 3] = [32; 3];

/// Puts the sheet together; each row is a sequence of at least one file.
pub fn make(rows: &[&[(i64, PathBuf)]]) -> Result<Picture> {
    let columns = COLUMNS.min(rows.iter().map(|row| row.len()).min().unwrap_or(0));
    let mut cells = Vec::new();
    for row in rows {
        for column in 0..columns {
            let (_, path) = &row[spread(column, columns, row.len())];
            let frame = Picture::read(path)?;
            let times = frame.width.div_ceil(WIDEST).max(1);
            cells.push(frame.smaller(times));
        }
    }
    let width = cells.iter().map(|cell| cell.width).max().unwrap_or(0);
    let height = cells.iter().map(|cell| cell.height).max().unwrap_or(0);
    let mut sheet = Picture::filled(
        (columns * (width + GAP)).saturating_sub(GAP),
        (rows.len() * (height + GAP)).saturating_sub(GAP),
        PAPER,
    );
    for (at, cell) in cells.iter().enumerate() {
        sheet.lay(cell, (at % columns) * (width + GAP), (at / columns) * (height + GAP));
    }
    Ok(sheet)
}

/// Which of `frames` stands in the column, first and last included.
fn spread(column: usize, columns: usize, frames: usize) -> usize {
    if columns < 2 { 0 } else { column * (frames - 1) / (columns - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_from_first_to_last() {
        let of = |frames| (0..4).map(|column| spread(column, 4, frames)).collect::<Vec<_>>();
        assert_eq!(of(4), [0, 1, 2, 3]);
        assert_eq!(of(24), [0, 7, 15, 23]);
        assert_eq!(spread(0, 1, 9), 0);
    }

    #[test]
    fn rows_lie_below_each_other() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let file = |name: &str, colour| {
            let path = place.path().join(name);
            Picture::filled(640, 20, colour).write(&path).expect("it can be written");
            path
        };
        let one = [(0, file("a0", [255, 0, 0])), (1, file("a1", [0, 255, 0]))];
        let two = [(0, file("b0", [0, 0, 255])), (1, file("b1", [9, 9, 9]))];
        let sheet = make(&[&one, &two]).expect("it can be made");
        assert_eq!((sheet.width, sheet.height), (2 * 320 + GAP, 2 * 10 + GAP));
        assert_eq!(sheet.rgb[0], [255, 0, 0]);
        assert_eq!(sheet.rgb[sheet.width - 1], [0, 255, 0]);
        assert_eq!(sheet.rgb[sheet.rgb.len() - 1], [9, 9, 9]);
        assert_eq!(sheet.rgb[10 * sheet.width], PAPER);
    }
}
