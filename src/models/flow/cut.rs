//! The minimum cut of a grid (Y. Boykov, V. Kolmogorov, "An Experimental Comparison of
//! Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", PAMI 2004).
//!
//! Two trees grow from source and sink along arcs that still have capacity; where they meet, flow
//! is pushed, and what that cuts off its tree looks for a new parent. Capacities are integers, so
//! that the cut is exact and the same everywhere.

use std::collections::VecDeque;

/// A pixel's eight neighbours, (dx, dy); the reverse of direction d is d ^ 1.
pub(super) const NEIGHBOURS: [(isize, isize); 8] =
    [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)];

/// What a node hangs on: a direction, or one of these.
const TERMINAL: u8 = 8;
const ORPHAN: u8 = 9;
const FREE: u8 = 10;

#[derive(Clone, Copy)]
struct Node {
    /// Capacity left from the source (positive) or to the sink (negative).
    terminal: i32,
    /// When its distance was last known to be right.
    stamp: u32,
    /// Steps to its terminal.
    distance: u32,
    parent: u8,
    sink: bool,
    queued: bool,
}

/// A grid of pixels to be cut in two.
pub(super) struct Grid {
    /// Nodes a row, with an empty one at either end.
    stride: usize,
    width: usize,
    height: usize,
    nodes: Vec<Node>,
    arcs: Vec<[i32; 8]>,
    steps: [isize; 8],
    active: VecDeque<u32>,
    orphans: VecDeque<u32>,
    clock: u32,
}

impl Grid {
    /// A grid without capacities.
    pub fn new(width: usize, height: usize) -> Self {
        let stride = width + 2;
        let node = Node { terminal: 0, stamp: 0, distance: 0, parent: FREE, sink: false, queued: false };
        let count = stride * (height + 2);
        Self {
            stride,
            width,
            height,
            nodes: vec![node; count],
            arcs: vec![[0; 8]; count],
            steps: NEIGHBOURS.map(|(dx, dy)| dy * stride as isize + dx),
            active: VecDeque::new(),
            orphans: VecDeque::new(),
            clock: 0,
        }
    }

    fn index(&self, x: usize, y: usize) -> usize {
        (y + 1) * self.stride + x + 1
    }

    /// Adds what it costs to put a pixel on the sink's side (positive) or the source's (negative).
    pub fn add_terminal(&mut self, x: usize, y: usize, cost: i32) {
        let i = self.index(x, y);
        self.nodes[i].terminal = self.nodes[i].terminal.saturating_add(cost);
    }

    /// What it costs to part a pixel from its neighbour in direction `d`, which is in the grid.
    pub fn set_arc(&mut self, x: usize, y: usize, d: usize, cost: i32) {
        let i = self.index(x, y);
        let j = i.wrapping_add_signed(self.steps[d]);
        self.arcs[i][d] = cost;
        self.arcs[j][d ^ 1] = cost;
    }

    /// Cuts; true marks the pixels on the source's side, in rows.
    pub fn cut(mut self) -> Vec<bool> {
        self.run();
        let mut out = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            for x in 0..self.width {
                let n = &self.nodes[self.index(x, y)];
                // A pixel in neither tree may go either way; it is off.
                out.push(n.parent != FREE && !n.sink);
            }
        }
        out
    }

    fn activate(&mut self, i: usize) {
        if !self.nodes[i].queued {
            self.nodes[i].queued = true;
            self.active.push_back(i as u32);
        }
    }

    fn run(&mut self) {
        for i in 0..self.nodes.len() {
            let terminal = self.nodes[i].terminal;
            if terminal != 0 {
                let n = &mut self.nodes[i];
                n.parent = TERMINAL;
                n.sink = terminal < 0;
                n.distance = 1;
                self.activate(i);
            }
        }
        while let Some(i) = self.active.pop_front() {
            let i = i as usize;
            self.nodes[i].queued = false;
            // A node stays active until no path is found through it.
            while self.nodes[i].parent != FREE {
                let Some((from, d)) = self.grow(i) else { break };
                self.clock += 1;
                self.push(from, d);
                self.adopt();
            }
        }
    }

    /// Grows the tree of node `i`; gives the arc, from source tree to sink tree, where it meets
    /// the other.
    fn grow(&mut self, i: usize) -> Option<(usize, usize)> {
        let Node { sink, stamp, distance, .. } = self.nodes[i];
        for d in 0..8 {
            let j = i.wrapping_add_signed(self.steps[d]);
            let open = if sink { self.arcs[j][d ^ 1] } else { self.arcs[i][d] };
            if open == 0 {
                continue;
            }
            let other = self.nodes[j];
            if other.parent == FREE {
                let n = &mut self.nodes[j];
                n.sink = sink;
                n.parent = (d ^ 1) as u8;
                n.stamp = stamp;
                n.distance = distance + 1;
                self.activate(j);
            } else if other.sink != sink {
                return Some(if sink { (j, d ^ 1) } else { (i, d) });
            } else if other.stamp <= stamp && other.distance > distance + 1 && other.parent != TERMINAL {
                let n = &mut self.nodes[j];
                n.parent = (d ^ 1) as u8;
                n.stamp = stamp;
                n.distance = distance + 1;
            }
        }
        None
    }

    /// Pushes as much as goes from source to sink over the arc `d` of node `from`.
    fn push(&mut self, from: usize, d: usize) {
        let to = from.wrapping_add_signed(self.steps[d]);
        let mut least = self.arcs[from][d];
        let mut i = from;
        while self.nodes[i].parent != TERMINAL {
            let p = self.nodes[i].parent as usize;
            i = i.wrapping_add_signed(self.steps[p]);
            least = least.min(self.arcs[i][p ^ 1]);
        }
        least = least.min(self.nodes[i].terminal);
        let mut i = to;
        while self.nodes[i].parent != TERMINAL {
            let p = self.nodes[i].parent as usize;
            least = least.min(self.arcs[i][p]);
            i = i.wrapping_add_signed(self.steps[p]);
        }
        least = least.min(-self.nodes[i].terminal);

        self.arcs[from][d] -= least;
        self.arcs[to][d ^ 1] += least;
        let mut i = from;
        while self.nodes[i].parent != TERMINAL {
            let p = self.nodes[i].parent as usize;
            let up = i.wrapping_add_signed(self.steps[p]);
            self.arcs[i][p] += least;
            self.arcs[up][p ^ 1] -= least;
            if self.arcs[up][p ^ 1] == 0 {
                self.orphan(i);
            }
            i = up;
        }
        self.nodes[i].terminal -= least;
        if self.nodes[i].terminal == 0 {
            self.orphan(i);
        }
        let mut i = to;
        while self.nodes[i].parent != TERMINAL {
            let p = self.nodes[i].parent as usize;
            let up = i.wrapping_add_signed(self.steps[p]);
            self.arcs[up][p ^ 1] += least;
            self.arcs[i][p] -= least;
            if self.arcs[i][p] == 0 {
                self.orphan(i);
            }
            i = up;
        }
        self.nodes[i].terminal += least;
        if self.nodes[i].terminal == 0 {
            self.orphan(i);
        }
    }

    fn orphan(&mut self, i: usize) {
        self.nodes[i].parent = ORPHAN;
        self.orphans.push_back(i as u32);
    }

    /// Finds each orphan a parent in its tree, or sets it free.
    fn adopt(&mut self) {
        while let Some(i) = self.orphans.pop_front() {
            let i = i as usize;
            let sink = self.nodes[i].sink;
            let mut best: Option<(u32, usize)> = None;
            for d in 0..8 {
                let j = i.wrapping_add_signed(self.steps[d]);
                let other = self.nodes[j];
                if other.parent < ORPHAN
                    && other.sink == sink
                    && self.feeds(j, i, d, sink)
                    && let Some(distance) = self.distance(j)
                    && best.is_none_or(|b| distance < b.0)
                {
                    best = Some((distance, d));
                }
            }
            if let Some((distance, d)) = best {
                let clock = self.clock;
                let n = &mut self.nodes[i];
                n.parent = d as u8;
                n.stamp = clock;
                n.distance = distance + 1;
                continue;
            }
            self.nodes[i].parent = FREE;
            for d in 0..8 {
                let j = i.wrapping_add_signed(self.steps[d]);
                let other = self.nodes[j];
                if other.parent == FREE || other.sink != sink {
                    continue;
                }
                if self.feeds(j, i, d, sink) {
                    self.activate(j);
                }
                if other.parent == (d ^ 1) as u8 {
                    self.orphan(j);
                }
            }
        }
    }

    /// Whether the arc between `i` and its neighbour `j` in direction `d` would let `j` be the
    /// parent of `i`.
    fn feeds(&self, j: usize, i: usize, d: usize, sink: bool) -> bool {
        (if sink { self.arcs[i][d] } else { self.arcs[j][d ^ 1] }) > 0
    }

    /// Steps from `j` to its terminal, marked along the way; nothing when it hangs on an orphan.
    fn distance(&mut self, j: usize) -> Option<u32> {
        let clock = self.clock;
        let mut steps = 0;
        let mut k = j;
        let total = loop {
            let n = &mut self.nodes[k];
            if n.stamp == clock {
                break steps + n.distance;
            }
            steps += 1;
            match n.parent {
                TERMINAL => {
                    n.stamp = clock;
                    n.distance = 1;
                    break steps;
                }
                ORPHAN | FREE => return None,
                d => k = k.wrapping_add_signed(self.steps[d as usize]),
            }
        };
        let mut left = total;
        let mut k = j;
        while self.nodes[k].stamp != clock {
            self.nodes[k].stamp = clock;
            self.nodes[k].distance = left;
            left -= 1;
            k = k.wrapping_add_signed(self.steps[self.nodes[k].parent as usize]);
        }
        Some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn energy(labels: u32, w: usize, h: usize, terminals: &[i32], arcs: &[i32]) -> i64 {
        let on = |x: usize, y: usize| labels >> (y * w + x) & 1 == 1;
        let mut total = 0_i64;
        for y in 0..h {
            for x in 0..w {
                let t = i64::from(terminals[y * w + x]);
                // Off costs a positive terminal, on costs a negative one.
                total += if on(x, y) { (-t).max(0) } else { t.max(0) };
                for (k, d) in [0, 2, 4, 6].into_iter().enumerate() {
                    let (nx, ny) = (x as isize + NEIGHBOURS[d].0, y as isize + NEIGHBOURS[d].1);
                    let inside = nx >= 0 && ny >= 0 && nx < w as isize && ny < h as isize;
                    if inside && on(x, y) != on(nx as usize, ny as usize) {
                        total += i64::from(arcs[(y * w + x) * 4 + k]);
                    }
                }
            }
        }
        total
    }

    proptest! {
        #[test]
        fn no_labelling_is_cheaper_than_the_cut(
            w in 1_usize..5,
            h in 1_usize..4,
            terminals in proptest::collection::vec(-20_i32..20, 12),
            arcs in proptest::collection::vec(0_i32..12, 48),
        ) {
            let mut grid = Grid::new(w, h);
            for y in 0..h {
                for x in 0..w {
                    grid.add_terminal(x, y, terminals[y * w + x]);
                    for (k, d) in [0, 2, 4, 6].into_iter().enumerate() {
                        let (nx, ny) = (x as isize + NEIGHBOURS[d].0, y as isize + NEIGHBOURS[d].1);
                        if nx >= 0 && ny >= 0 && nx < w as isize && ny < h as isize {
                            grid.set_arc(x, y, d, arcs[(y * w + x) * 4 + k]);
                        }
                    }
                }
            }
            let cut = grid.cut();
            let bits = cut.iter().enumerate().fold(0_u32, |b, (i, &on)| b | u32::from(on) << i);
            let best = (0..1_u32 << (w * h)).map(|l| energy(l, w, h, &terminals, &arcs)).min();
            prop_assert_eq!(Some(energy(bits, w, h, &terminals, &arcs)), best);
        }
    }
}
