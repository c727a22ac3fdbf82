//! Region overlap J and boundary accuracy F, as DAVIS 2016 defines them (F. Perazzi and others, "A
//! Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR 2016).
//!
//! Mattes are cut at one half. The boundary of a mask is where a pixel differs from its neighbour to
//! the right, below, or both; boundaries match within a disk of 0.008 of the picture's diagonal.

use crate::raster::Matte;

/// How far apart boundaries may be and still match, as a part of the diagonal.
const TOLERANCE: f64 = 0.008;

/// How well a track agrees with the truth, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Mean region overlap of all frames that count.
    pub j: f64,
    /// Mean boundary accuracy of all frames that count.
    pub f: f64,
    /// Mean region overlap of frames 1 to 10.
    pub j_first: f64,
    /// Region overlap of frame 0, which tells what became of the prompt.
    pub j_prompt: f64,
}

impl Score {
    /// From J and F of every frame, frame 0 first. Frame 0 and the last do not count.
    ///
    /// None when there are fewer than three frames, so that none counts.
    #[must_use]
    pub fn of_frames(frames: &[(f64, f64)]) -> Option<Self> {
        let counted = frames.get(1..frames.len().checked_sub(1)?).filter(|c| !c.is_empty())?;
        let mean = |values: &[(f64, f64)], pick: fn(&(f64, f64)) -> f64| {
            values.iter().map(pick).sum::<f64>() / values.len() as f64
        };
        Some(Self {
            j: mean(counted, |v| v.0),
            f: mean(counted, |v| v.1),
            j_first: mean(&counted[..counted.len().min(10)], |v| v.0),
            j_prompt: frames[0].0,
        })
    }
}

/// Region overlap J: intersection over union, 1 when both are empty.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn region(found: &Matte, truth: &Matte) -> f64 {
    found.iou(truth)
}

/// Boundary accuracy F: the harmonic mean of precision and recall of boundary pixels.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn boundary(found: &Matte, truth: &Matte) -> f64 {
    let size = (found.width() as usize, found.height() as usize);
    assert_eq!((found.width(), found.height()), (truth.width(), truth.height()), "mattes of unequal size");
    let radius = (TOLERANCE * (size.0 as f64).hypot(size.1 as f64)).ceil() as i64;
    let found = edges(found);
    let truth = edges(truth);
    let precision = matched(&found, &dilate(&truth, size, radius));
    let recall = matched(&truth, &dilate(&found, size, radius));
    match (precision, recall) {
        (None, None) => 1.0,
        // A boundary where there is none, or none where there is one.
        (None, Some(_)) | (Some(_), None) => 0.0,
        (Some(p), Some(r)) if p + r > 0.0 => 2.0 * p * r / (p + r),
        _ => 0.0,
    }
}

/// Which part of the pixels set in `edges` is set in `near`; none when no pixel is set.
fn matched(edges: &[bool], near: &[bool]) -> Option<f64> {
    let count = edges.iter().filter(|&&e| e).count();
    let hits = edges.iter().zip(near).filter(|&(&e, &n)| e && n).count();
    (count > 0).then(|| hits as f64 / count as f64)
}

/// The boundary pixels of a matte cut at one half.
fn edges(matte: &Matte) -> Vec<bool> {
    let (width, height) = (matte.width() as usize, matte.height() as usize);
    let inside = |x: usize, y: usize| matte.data()[y * width + x] > 0.5;
    let mut out = vec![false; width * height];
    for y in 0..height {
        for x in 0..width {
            let here = inside(x, y);
            // The last column and row have no neighbour beyond them.
            let (right, below) = (x + 1 < width, y + 1 < height);
            out[y * width + x] = (right && here != inside(x + 1, y))
                || (below && here != inside(x, y + 1))
                || (right && below && here != inside(x + 1, y + 1));
        }
    }
    out
}

/// Every pixel within `radius` of a set one.
fn dilate(edges: &[bool], (width, height): (usize, usize), radius: i64) -> Vec<bool> {
    // Half the width of the disk in each of its rows.
    let spans: Vec<(i64, i64)> =
        (-radius..=radius).map(|dy| (dy, ((radius * radius - dy * dy) as f64).sqrt() as i64)).collect();
    let mut out = vec![false; edges.len()];
    for (i, _) in edges.iter().enumerate().filter(|&(_, &e)| e) {
        let (x, y) = ((i % width) as i64, (i / width) as i64);
        for &(dy, half) in &spans {
            let row = y + dy;
            if (0..height as i64).contains(&row) {
                let first = (x - half).max(0) as usize;
                let last = (x + half).min(width as i64 - 1) as usize;
                let start = row as usize * width;
                out[start + first..=start + last].fill(true);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture with a rectangle `x0..x1` by `y0..y1`.
    fn rectangle(width: u32, height: u32, x: std::ops::Range<u32>, y: std::ops::Range<u32>) -> Matte {
        let mut matte = Matte::filled(width, height, 0.0);
        for row in y {
            for column in x.clone() {
                matte.data_mut()[(row * width + column) as usize] = 1.0;
            }
        }
        matte
    }

    #[test]
    fn overlap_of_shifted_squares() {
        let a = rectangle(20, 20, 2..12, 2..12);
        let b = rectangle(20, 20, 7..17, 2..12);
        // 5 x 10 of 15 x 10.
        assert!((region(&a, &b) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(region(&a, &a), 1.0);
        let empty = Matte::filled(20, 20, 0.0);
        assert_eq!((region(&empty, &empty), region(&a, &empty)), (1.0, 0.0));
    }

    #[test]
    fn edges_of_one_pixel() {
        // A pixel differs from its left, upper and upper left neighbours, which look at it, and from
        // those that it looks at itself: four edge pixels.
        let one = rectangle(4, 4, 2..3, 2..3);
        let found: Vec<usize> = edges(&one).iter().enumerate().filter(|e| *e.1).map(|e| e.0).collect();
        assert_eq!(found, [5, 6, 9, 10]);
        // In the last corner nothing lies to the right or below.
        let corner = rectangle(4, 4, 3..4, 3..4);
        let found: Vec<usize> = edges(&corner).iter().enumerate().filter(|e| *e.1).map(|e| e.0).collect();
        assert_eq!(found, [10, 11, 14]);
    }

    #[test]
    fn boundaries_match_within_the_tolerance() {
        // Diagonal 141.4, so the radius is 2: shifted by 2 all edges match, also with their corners.
        let a = rectangle(100, 100, 30..60, 30..60);
        assert_eq!(boundary(&a, &a), 1.0);
        assert_eq!(boundary(&rectangle(100, 100, 32..62, 30..60), &a), 1.0);
        // Shifted by 10 the boundaries share the rows 29 and 59 of the top and bottom edges.
        // Each boundary has 31 x 31 - 29 x 29 = 120 pixels. A top row of 31 pixels (29 to 59) against
        // one of 39 to 69: 21 overlap, 2 more lie within the radius; the left side of the other, whose
        // rows are 29 to 59 in column 39, is near none but those. Of the first boundary match in the top
        // row columns 37 to 59, 23 pixels; the same in the bottom row; the right side (column 59, rows
        // 30 to 58) matches where it is near the other's top and bottom rows, which reach over it: rows
        // 30, 31 and 57, 58, 4 pixels. Total 50 of 120, and the same the other way round.
        let shifted = rectangle(100, 100, 40..70, 30..60);
        assert!((boundary(&shifted, &a) - 50.0 / 120.0).abs() < 1e-12, "{}", boundary(&shifted, &a) * 120.0);
    }

    #[test]
    fn nothing_against_something() {
        let a = rectangle(50, 50, 10..20, 10..20);
        let empty = Matte::filled(50, 50, 0.0);
        assert_eq!(boundary(&empty, &empty), 1.0);
        assert_eq!((boundary(&a, &empty), boundary(&empty, &a)), (0.0, 0.0));
    }

    #[test]
    fn first_and_last_frame_do_not_count() {
        let mut frames = vec![(0.5, 0.5); 14];
        frames[0] = (0.9, 0.9);
        frames[13] = (0.0, 0.0);
        frames[12] = (1.0, 1.0);
        let score = Score::of_frames(&frames).expect("twelve count");
        assert!((score.j - (11.0 * 0.5 + 1.0) / 12.0).abs() < 1e-12);
        assert_eq!((score.j_first, score.j_prompt), (0.5, 0.9));
        assert_eq!(Score::of_frames(&frames[..2]), None);
        assert_eq!(Score::of_frames(&[]), None);
    }
}
