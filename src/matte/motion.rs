//! The motion of an object, from that of everything in the picture.

use crate::raster::{Flow, Matte};

/// What a cell of the flow's grid weighs against what the cells around it say together, so that cells
/// of little alpha, whose flow is that of the background, take the object's.
const TRUST: f32 = 0.05;

/// The flow of the object alone, carried on beyond its edge: every cell of the grid takes the motion
/// of the object's cells nearest to it. `alpha` is the object's in the frame where `flow` begins.
///
/// Half-transparent pixels do not count, as flow follows either side of an edge. Without any object
/// the result is no motion.
#[must_use]
pub fn of_object(flow: &Flow, alpha: &Matte) -> Flow {
    let (columns, rows) = (flow.grid().0 as usize, flow.grid().1 as usize);
    let weights = inner(alpha, columns, rows);
    let cells: Vec<[f32; 3]> =
        flow.vectors().iter().zip(weights).map(|(v, w)| [v[0] * w, v[1] * w, w]).collect();
    let filled = fill(&Grid { columns, rows, cells });
    Flow::from_cells(flow.size(), flow.grid(), filled)
}

/// The motion through a frame, in pixels a frame, from the flows that leave it to the next frame and
/// to the one before: half of their difference, which is what counts for blur.
///
/// One of them is enough; with none, or of different sizes, there is no answer.
#[must_use]
pub fn through(next: Option<&Flow>, before: Option<&Flow>) -> Option<Flow> {
    match (next, before) {
        (None, None) => None,
        (Some(next), None) => Some(next.clone()),
        (None, Some(before)) => Some(before.map(|_, v| v.map(|c| -c))),
        (Some(next), Some(before)) if next.size() == before.size() => Some(next.map(|at, v| {
            let back = before.at(at[0], at[1]);
            [0.5 * (v[0] - back[0]), 0.5 * (v[1] - back[1])]
        })),
        _ => None,
    }
}

/// How far each cell is within the object, 0 to 1.
fn inner(alpha: &Matte, columns: usize, rows: usize) -> Vec<f32> {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    let mut out = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let y = ((2 * row + 1) * h / (2 * rows)).min(h.saturating_sub(1));
        for column in 0..columns {
            let x = ((2 * column + 1) * w / (2 * columns)).min(w.saturating_sub(1));
            let a = alpha.data().get(y * w + x).copied().unwrap_or(0.0);
            out.push((4.0 * a - 3.0).clamp(0.0, 1.0));
        }
    }
    out
}

/// Sums of weighted vectors and of weights.
struct Grid {
    columns: usize,
    rows: usize,
    cells: Vec<[f32; 3]>,
}

impl Grid {
    /// Half the size, rounded up; each cell the sum of four.
    fn halved(&self) -> Self {
        let (columns, rows) = (self.columns.div_ceil(2), self.rows.div_ceil(2));
        let mut cells = vec![[0.0_f32; 3]; columns * rows];
        for (i, cell) in self.cells.iter().enumerate() {
            let (x, y) = (i % self.columns / 2, i / self.columns / 2);
            cells[y * columns + x].iter_mut().zip(cell).for_each(|(s, v)| *s += v);
        }
        Self { columns, rows, cells }
    }
}

/// Each cell's mean where it has weight, else that of ever larger surroundings.
fn fill(grid: &Grid) -> Vec<[f32; 2]> {
    if grid.cells.len() <= 1 {
        return grid
            .cells
            .iter()
            .map(|c| if c[2] > 0.0 { [c[0] / c[2], c[1] / c[2]] } else { [0.0; 2] })
            .collect();
    }
    let half = grid.halved();
    let coarse = Flow::from_cells(
        (2 * half.columns as u32, 2 * half.rows as u32),
        (half.columns as u32, half.rows as u32),
        fill(&half),
    );
    let mut out = Vec::with_capacity(grid.cells.len());
    for (i, c) in grid.cells.iter().enumerate() {
        let (x, y) = (i % grid.columns, i / grid.columns);
        let around = coarse.at(x as f32 + 0.5, y as f32 + 0.5);
        out.push([0, 1].map(|k| (c[k] + TRUST * around[k]) / (c[2] + TRUST)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object in the middle third that moves by (6, -2), before a background that moves by (-3, 1).
    fn scene() -> (Flow, Matte) {
        let within = |x: f32, y: f32| (30.0..60.0).contains(&x) && (20.0..40.0).contains(&y);
        let flow =
            Flow::from_fn((90, 60), (45, 30), |x, y| if within(x, y) { [6.0, -2.0] } else { [-3.0, 1.0] });
        let mut alpha = Matte::filled(90, 60, 0.0);
        for (i, a) in alpha.data_mut().iter_mut().enumerate() {
            *a = if within((i % 90) as f32 + 0.5, (i / 90) as f32 + 0.5) { 1.0 } else { 0.0 };
        }
        (flow, alpha)
    }

    #[test]
    fn an_objects_motion_goes_on_beyond_its_edge() {
        let (flow, alpha) = scene();
        let object = of_object(&flow, &alpha);
        for (x, y) in [(45.0, 30.0), (25.0, 30.0), (5.0, 5.0), (88.0, 58.0)] {
            let [u, v] = object.at(x, y);
            assert!((u - 6.0).abs() < 0.05 && (v + 2.0).abs() < 0.05, "{x} {y}: {u} {v}");
        }
    }

    #[test]
    fn no_object_has_no_motion() {
        let (flow, _) = scene();
        let object = of_object(&flow, &Matte::filled(90, 60, 0.4));
        assert!(object.vectors().iter().all(|v| *v == [0.0; 2]));
        let none = of_object(&Flow::from_fn((0, 0), (0, 0), |_, _| [1.0; 2]), &Matte::filled(0, 0, 0.0));
        assert!(none.vectors().is_empty());
    }

    #[test]
    fn motion_through_a_frame_is_the_mean_of_before_and_after() {
        let (next, before) = (Flow::uniform((8, 8), [4.0, 2.0]), Flow::uniform((8, 8), [-2.0, 0.0]));
        assert_eq!(through(Some(&next), Some(&before)).map(|f| f.at(1.0, 1.0)), Some([3.0, 1.0]));
        assert_eq!(through(None, Some(&before)).map(|f| f.at(1.0, 1.0)), Some([2.0, 0.0]));
        assert_eq!(through(None, None), None);
        assert_eq!(through(Some(&next), Some(&Flow::uniform((9, 8), [0.0; 2]))), None);
    }
}
