//! How far apart pixels are when it costs to cross an edge of the picture.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::cut::NEIGHBOURS;
use super::features::Features;

/// What a step of one pixel costs where the picture is flat.
const STEP: f32 = 1.0;
/// Units of the integer search in one of cost.
const UNITS: f32 = 64.0;

/// For each pixel the cheapest way to one of `seeds`; infinite when there are none.
pub(super) fn distance(features: &Features, seeds: impl Iterator<Item = usize>) -> Vec<f32> {
    let (w, h) = (features.width(), features.height());
    let mut cost = vec![u32::MAX; w * h];
    let mut heap = BinaryHeap::new();
    for i in seeds {
        cost[i] = 0;
        heap.push(Reverse((0_u32, i as u32)));
    }
    while let Some(Reverse((c, i))) = heap.pop() {
        let i = i as usize;
        if c > cost[i] {
            continue;
        }
        let here = features.colour_at(i);
        for (d, (dx, dy)) in NEIGHBOURS.into_iter().enumerate() {
            let (x, y) = ((i % w).wrapping_add_signed(dx), (i / w).wrapping_add_signed(dy));
            if x >= w || y >= h {
                continue;
            }
            let j = y * w + x;
            let there = features.colour_at(j);
            let (l, a, b) = (here[0] - there[0], here[1] - there[1], here[2] - there[2]);
            let edge = (l * l + 4.0 * (a * a + b * b)).sqrt();
            let length = if d < 4 { 1.0 } else { std::f32::consts::SQRT_2 };
            let next = c.saturating_add(((STEP + edge) * length * UNITS) as u32);
            if next < cost[j] {
                cost[j] = next;
                heap.push(Reverse((next, j as u32)));
            }
        }
    }
    cost.into_iter().map(|c| if c == u32::MAX { f32::INFINITY } else { c as f32 / UNITS }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Frame;

    #[test]
    fn it_is_further_across_an_edge_than_along_it() {
        let mut frame = Frame::filled(40, 40, [20; 3]);
        for i in (0..40 * 40).filter(|i| i % 40 >= 20) {
            frame.data_mut()[3 * i..3 * i + 3].fill(220);
        }
        let d = distance(&Features::new(&frame), std::iter::once(20 * 40 + 18));
        assert!(d[20 * 40 + 18] == 0.0);
        assert!(d[20 * 40 + 21] > 5.0 * d[20 * 40 + 2]);
        assert!(distance(&Features::new(&frame), std::iter::empty()).iter().all(|d| d.is_infinite()));
    }
}
