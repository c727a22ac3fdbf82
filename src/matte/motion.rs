//! The motion of an object, from that of everything in the picture.

use crate::raster::{Flow, Matte};

/// How many of its own cells the surroundings of a cell count for. Flow trembles from cell to cell,
/// while things move as wholes; the mean of a few cells is steadier.
const TRUST: f32 = 4.0;
/// Half the side of a patch of the flow, in cells.
const PATCH: usize = 4;
/// Where the motion differs from that of the whole by this many cells, half of the difference counts;
/// of less, less: flow is not known better.
const NOISE: f32 = 0.3;
/// Rounds of weighing and fitting the motion as a whole.
const ROUNDS: usize = 5;
/// A cell whose motion is this far in pixels from that of the whole counts half.
const SLACK: f32 = 0.7;

/// The flow of the object alone, carried on beyond its edge: every cell of the grid takes the motion
/// of the object's cells nearest to it. `alpha` is the object's in the frame where `flow` begins.
///
/// Half-transparent pixels do not count, as flow follows either side of an edge. Without any object
/// the result is no motion.
#[must_use]
pub fn of_object(flow: &Flow, alpha: &Matte) -> Flow {
    let (columns, rows) = (flow.grid().0 as usize, flow.grid().1 as usize);
    let weights = inner(alpha, columns, rows);
    // What moves as a whole is taken out first, so that only the rest is averaged and carried on.
    let whole = Whole::fit(flow, &weights);
    let of_whole = flow.map(|at, _| whole.at(at));
    let cells = flow.vectors().iter().zip(of_whole.vectors()).zip(weights);
    let cells = cells.map(|((v, o), w)| [(v[0] - o[0]) * w, (v[1] - o[1]) * w, w]).collect();
    let rest = Flow::from_cells(flow.size(), flow.grid(), fill(&Grid { columns, rows, cells }));
    let noise = (NOISE * flow.size().0 as f32 / columns.max(1) as f32).powi(2);
    let vectors = of_whole.vectors().iter().zip(rest.vectors()).map(|(a, b)| {
        let square = b[0] * b[0] + b[1] * b[1];
        let share = square / (square + noise).max(1e-12);
        [a[0] + share * b[0], a[1] + share * b[1]]
    });
    Flow::from_cells(flow.size(), flow.grid(), vectors.collect())
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

/// How much the flow of each cell is the object's, 0 to 1: that of half-transparent cells is not, and
/// that of cells near the edge hardly, as flow is found by patches.
fn inner(alpha: &Matte, columns: usize, rows: usize) -> Vec<f32> {
    let (w, h) = (alpha.width() as usize, alpha.height() as usize);
    let mut own = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let y = ((2 * row + 1) * h / (2 * rows)).min(h.saturating_sub(1));
        for column in 0..columns {
            let x = ((2 * column + 1) * w / (2 * columns)).min(w.saturating_sub(1));
            let a = alpha.data().get(y * w + x).copied().unwrap_or(0.0);
            own.push((4.0 * a - 3.0).clamp(0.0, 1.0));
        }
    }
    let within = |at: usize, length: usize| at.saturating_sub(PATCH)..(at + PATCH + 1).min(length);
    let mut across = vec![0.0_f32; own.len()];
    for (i, sum) in across.iter_mut().enumerate() {
        let row = i / columns * columns;
        *sum = within(i % columns, columns).map(|x| own[row + x]).sum();
    }
    let side = (2 * PATCH + 1) as f32;
    let around = |i: usize| {
        let sum: f32 = within(i / columns, rows).map(|y| across[y * columns + i % columns]).sum();
        sum / (side * side)
    };
    (0..own.len()).map(|i| own[i] * around(i).powi(4)).collect()
}

/// A turn, a zoom and a shift that most cells follow: at (x, y) from the middle it moves by
/// (a x - b y + u, b x + a y + v).
#[derive(Debug, Clone, Copy, Default)]
struct Whole {
    middle: [f32; 2],
    a: f32,
    b: f32,
    shift: [f32; 2],
}

impl Whole {
    /// By least squares, cells that disagree counting less in each round.
    fn fit(flow: &Flow, weights: &[f32]) -> Self {
        let columns = (flow.grid().0 as usize).max(1);
        let step =
            [flow.size().0 as f32 / columns as f32, flow.size().1 as f32 / flow.grid().1.max(1) as f32];
        let cells: Vec<([f32; 2], [f32; 2], f32)> = (flow.vectors().iter().zip(weights).enumerate())
            .filter(|(_, (_, w))| **w > 0.0)
            .map(|(i, (v, w))| {
                ([((i % columns) as f32 + 0.5) * step[0], ((i / columns) as f32 + 0.5) * step[1]], *v, *w)
            })
            .collect();
        let mut found = Self::default();
        for round in 0..ROUNDS {
            // Weight; sums of places and motions; then of their products around the means.
            let (mut total, mut at, mut by) = (0.0_f64, [0.0_f64; 2], [0.0_f64; 2]);
            let weigh = |p: [f32; 2], v: [f32; 2], w: f32| {
                let there = found.at(p);
                let off = (v[0] - there[0]).hypot(v[1] - there[1]) / SLACK;
                f64::from(if round == 0 { w } else { w / (1.0 + off * off) })
            };
            for &(p, v, w) in &cells {
                let w = weigh(p, v, w);
                total += w;
                for i in 0..2 {
                    at[i] += w * f64::from(p[i]);
                    by[i] += w * f64::from(v[i]);
                }
            }
            if total <= 0.0 {
                return Self::default();
            }
            let (at, by) = (at.map(|s| s / total), by.map(|s| s / total));
            let (mut square, mut along, mut across) = (0.0_f64, 0.0_f64, 0.0_f64);
            for &(p, v, w) in &cells {
                let w = weigh(p, v, w);
                let (x, y) = (f64::from(p[0]) - at[0], f64::from(p[1]) - at[1]);
                let (u, v) = (f64::from(v[0]) - by[0], f64::from(v[1]) - by[1]);
                square += w * (x * x + y * y);
                along += w * (x * u + y * v);
                across += w * (x * v - y * u);
            }
            // A few cells side by side say nothing of turns: 100 square pixels are added.
            let square = square + 100.0 * total;
            found = Self {
                middle: at.map(|v| v as f32),
                a: (along / square) as f32,
                b: (across / square) as f32,
                shift: by.map(|v| v as f32),
            };
        }
        found
    }

    fn at(&self, p: [f32; 2]) -> [f32; 2] {
        let (x, y) = (p[0] - self.middle[0], p[1] - self.middle[1]);
        [self.a * x - self.b * y + self.shift[0], self.b * x + self.a * y + self.shift[1]]
    }
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
