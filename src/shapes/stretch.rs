//! Outlines followed over time, as far as they stay one thing.

use std::ops::Range;

use rayon::prelude::*;

use super::align::{Map, align};
use super::outline::Outline;

/// What two outlines have in common counts from this share of either one's area.
const SHARE: f64 = 0.15;
/// Areas of one outline in neighbouring frames differ by this factor at most.
const GROWTH: f64 = 2.0;
/// The same where one lies within the other, as a hole that opens does.
const GROWTH_WITHIN: f64 = 4.5;
/// The same where one of them leaves the frame, and much of it may come in at once.
const GROWTH_AT_EDGE: f64 = 8.0;
/// The longest part, in turns, that an outline may lose or gain from frame to frame without a
/// question; where it is more, a pocket closed or a limb came out from behind.
const LOST: f64 = 0.05;
/// The same where one shape can still be tried on both sides; beyond it is another outline.
const LOST_AT_MOST: f64 = 0.25;

/// One outline over neighbouring frames.
#[derive(Debug)]
pub(super) struct Stretch {
    /// Frame numbers, in order.
    pub frames: Vec<i64>,
    /// The outline in each frame.
    pub outlines: Vec<Outline>,
    /// From each outline to the next.
    pub maps: Vec<Map>,
}

impl Stretch {
    /// The frames at `range` alone.
    pub fn slice(&self, range: Range<usize>) -> Self {
        Self {
            frames: self.frames[range.clone()].to_vec(),
            maps: self.maps[range.start..range.end.saturating_sub(1).max(range.start)].to_vec(),
            outlines: self.outlines[range].to_vec(),
        }
    }
}

/// Stretches of one outline that may be one shape: from each to the next it loses or gains a part.
#[derive(Debug)]
pub(super) struct Chain {
    /// In order of frames, at least one.
    pub stretches: Vec<Stretch>,
    /// From the last outline of each to the first of the next.
    pub maps: Vec<Map>,
}

impl Chain {
    /// `stretch` cut where its outline loses or gains a part.
    pub fn of(stretch: &Stretch) -> Self {
        let mut chain = Self { stretches: Vec::new(), maps: Vec::new() };
        let mut start = 0;
        for (i, map) in stretch.maps.iter().enumerate().filter(|(_, map)| map.lost > LOST) {
            chain.stretches.push(stretch.slice(start..i + 1));
            chain.maps.push(map.clone());
            start = i + 1;
        }
        chain.stretches.push(stretch.slice(start..stretch.frames.len()));
        chain
    }

    /// All of it as one stretch.
    pub fn whole(&self) -> Stretch {
        let mut whole = Stretch { frames: Vec::new(), outlines: Vec::new(), maps: Vec::new() };
        for (i, stretch) in self.stretches.iter().enumerate() {
            whole.maps.extend(i.checked_sub(1).map(|i| self.maps[i].clone()));
            whole.frames.extend_from_slice(&stretch.frames);
            whole.outlines.extend_from_slice(&stretch.outlines);
            whole.maps.extend_from_slice(&stretch.maps);
        }
        whole
    }
}

/// Cuts the outlines of all frames into stretches that are one thing beyond doubt, chained where
/// they may be one thing; chains are in order of first frame, then depth.
pub(super) fn follow(frames: Vec<(i64, Vec<Outline>)>) -> Vec<Chain> {
    let links: Vec<Vec<(usize, usize, Map)>> = frames
        .par_windows(2)
        .map(|pair| {
            let (a, b) = (&pair[0].1, &pair[1].1);
            link(a, b)
                .into_iter()
                .map(|(i, j)| (i, j, align(&a[i], &b[j])))
                .filter(|(.., map)| map.lost <= LOST_AT_MOST)
                .collect()
        })
        .collect();
    let mut done: Vec<Chain> = Vec::new();
    // Which chain each outline of the frame before belongs to.
    let mut open: Vec<usize> = Vec::new();
    for (f, (frame, outlines)) in frames.into_iter().enumerate() {
        let mut joins: Vec<Option<(usize, Map)>> = outlines.iter().map(|_| None).collect();
        if let Some(links) = f.checked_sub(1).and_then(|f| links.get(f)) {
            for (i, j, map) in links {
                joins[*j] = Some((open[*i], map.clone()));
            }
        }
        open.clear();
        for (outline, join) in outlines.into_iter().zip(joins) {
            let first = |outline| Stretch { frames: vec![frame], outlines: vec![outline], maps: Vec::new() };
            match join {
                Some((c, map)) => {
                    let chain = &mut done[c];
                    match chain.stretches.last_mut() {
                        Some(last) if map.lost <= LOST => {
                            last.frames.push(frame);
                            last.outlines.push(outline);
                            last.maps.push(map);
                        }
                        _ => {
                            chain.stretches.push(first(outline));
                            chain.maps.push(map);
                        }
                    }
                    open.push(c);
                }
                None => {
                    open.push(done.len());
                    done.push(Chain { stretches: vec![first(outline)], maps: Vec::new() });
                }
            }
        }
    }
    done
}

/// Pairs of outlines that are one thing in two neighbouring frames.
fn link(a: &[Outline], b: &[Outline]) -> Vec<(usize, usize)> {
    let mut links = Vec::new();
    let mut common = vec![0.0; a.len() * b.len()];
    for (i, p) in a.iter().enumerate() {
        for (j, q) in b.iter().enumerate() {
            if p.depth == q.depth {
                common[i * b.len() + j] = p.overlap(q);
            }
        }
    }
    let share = |i: usize, j: usize| common[i * b.len() + j];
    let alike = |p: &Outline, q: &Outline| {
        let growth = if p.leaves_frame() || q.leaves_frame() {
            GROWTH_AT_EDGE
        } else if p.overlap(q) > 0.8 * p.area.min(q.area) {
            GROWTH_WITHIN
        } else {
            GROWTH
        };
        p.area.max(q.area) <= growth * p.area.min(q.area)
    };
    let mut free_a = vec![true; a.len()];
    let mut free_b = vec![true; b.len()];
    for (i, p) in a.iter().enumerate() {
        let Some(j) = (0..b.len()).max_by(|&x, &y| share(i, x).total_cmp(&share(i, y))) else { continue };
        let q = &b[j];
        // Two outlines that share much with one were split from it, or were joined to it.
        let splits = (0..b.len()).any(|k| k != j && share(i, k) > SHARE * p.area);
        let joins = (0..a.len()).any(|k| k != i && share(k, j) > SHARE * q.area);
        if share(i, j) > 0.0 {
            free_a[i] = false;
            free_b[j] = false;
            if share(i, j) > SHARE * p.area.min(q.area) && !splits && !joins && alike(p, q) {
                links.push((i, j));
            }
        }
    }
    // What is small or fast may not overlap with itself.
    for (i, p) in a.iter().enumerate().filter(|(i, _)| free_a[*i]) {
        let reach = 1.5 * p.area.sqrt() + 4.0;
        let near = (0..b.len())
            .filter(|&j| free_b[j] && b[j].depth == p.depth && alike(p, &b[j]))
            .map(|j| (p.centre.distance(b[j].centre), j))
            .filter(|n| n.0 < reach)
            .min_by(|x, y| x.0.total_cmp(&y.0));
        if let Some((_, j)) = near {
            free_b[j] = false;
            links.push((i, j));
        }
    }
    links
}
