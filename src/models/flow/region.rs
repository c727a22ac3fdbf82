//! Rectangles of the label grid, and distances to an edge within them.

/// Columns x0 to x1 and rows y0 to y1 of a grid, ends excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub x0: usize,
    pub y0: usize,
    pub x1: usize,
    pub y1: usize,
}

impl Region {
    /// The smallest that holds all pixels of a grid `width` wide for which `inside` is true.
    pub fn around(width: usize, count: usize, inside: impl Fn(usize) -> bool) -> Option<Self> {
        let mut found: Option<Self> = None;
        for i in (0..count).filter(|&i| inside(i)) {
            let (x, y) = (i % width, i / width);
            let r = found.get_or_insert(Self { x0: x, y0: y, x1: x + 1, y1: y + 1 });
            r.x0 = r.x0.min(x);
            r.x1 = r.x1.max(x + 1);
            r.y1 = y + 1;
        }
        found
    }

    /// Wider by `margin` on all sides, within a grid of `width` x `height`.
    pub fn grown(self, margin: usize, width: usize, height: usize) -> Self {
        Self {
            x0: self.x0.saturating_sub(margin),
            y0: self.y0.saturating_sub(margin),
            x1: (self.x1 + margin).min(width),
            y1: (self.y1 + margin).min(height),
        }
    }

    pub fn width(&self) -> usize {
        self.x1 - self.x0
    }

    pub fn height(&self) -> usize {
        self.y1 - self.y0
    }

    /// The indices, in a grid `width` wide, of its pixels, row by row.
    pub fn indices(self, width: usize) -> impl Iterator<Item = usize> {
        (self.y0..self.y1).flat_map(move |y| (self.x0..self.x1).map(move |x| y * width + x))
    }

    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.x0..self.x1).contains(&x) && (self.y0..self.y1).contains(&y)
    }
}

/// For each pixel of a grid `width` wide the distance, in pixels, to the edge between pixels that
/// are on and off: positive inside, negative outside, half a pixel next to the edge.
///
/// P. Felzenszwalb, D. Huttenlocher, "Distance Transforms of Sampled Functions", 2012.
pub(super) fn signed_distance(on: &[bool], width: usize) -> Vec<f32> {
    let inside = squared_distance(on, width, false);
    let outside = squared_distance(on, width, true);
    inside
        .iter()
        .zip(&outside)
        .zip(on)
        .map(|((i, o), &on)| if on { i.sqrt() - 0.5 } else { 0.5 - o.sqrt() })
        .collect()
}

/// Squared distance from each pixel to the nearest one that is `value`; very large without any.
fn squared_distance(on: &[bool], width: usize, value: bool) -> Vec<f32> {
    let height = on.len() / width.max(1);
    let far = 4.0 * ((width * width + height * height) as f32 + 1.0);
    let mut d: Vec<f32> = on.iter().map(|&v| if v == value { 0.0 } else { far }).collect();
    // Columns hold 0 or far: two sweeps are exact.
    for x in 0..width {
        for sweep in [true, false] {
            let mut run = f32::INFINITY;
            for k in 0..height {
                let y = if sweep { k } else { height - 1 - k };
                let v = &mut d[y * width + x];
                run = if *v == 0.0 { 0.0 } else { run + 1.0 };
                *v = v.min(run * run);
            }
        }
    }
    let mut line = vec![0.0_f32; width];
    let mut at = vec![0_usize; width];
    let mut ends = vec![0.0_f32; width + 1];
    for row in d.chunks_exact_mut(width.max(1)) {
        line.copy_from_slice(row);
        let mut k = 0;
        at[0] = 0;
        ends[0] = f32::NEG_INFINITY;
        ends[1] = f32::INFINITY;
        for q in 1..width {
            let cross =
                |p: usize| ((line[q] + (q * q) as f32) - (line[p] + (p * p) as f32)) / (2.0 * (q - p) as f32);
            let mut s = cross(at[k]);
            while s <= ends[k] {
                k -= 1;
                s = cross(at[k]);
            }
            k += 1;
            at[k] = q;
            ends[k] = s;
            ends[k + 1] = f32::INFINITY;
        }
        k = 0;
        for (q, v) in row.iter_mut().enumerate() {
            while ends[k + 1] < q as f32 {
                k += 1;
            }
            let step = q.abs_diff(at[k]);
            *v = (step * step) as f32 + line[at[k]];
        }
    }
    d
}

/// Numbers the connected parts (over sides) of what is on in a grid `width` wide; gives each
/// pixel's number and how many there are.
pub(super) fn components(on: &[bool], width: usize) -> (Vec<Option<usize>>, usize) {
    let mut parts = vec![None; on.len()];
    let mut count = 0;
    let mut open = Vec::new();
    for start in 0..on.len() {
        if !on[start] || parts[start].is_some() {
            continue;
        }
        parts[start] = Some(count);
        open.push(start);
        while let Some(i) = open.pop() {
            let x = i % width;
            let beside = [
                (x > 0).then(|| i - 1),
                (x + 1 < width).then_some(i + 1),
                i.checked_sub(width),
                (i + width < on.len()).then_some(i + width),
            ];
            for j in beside.into_iter().flatten() {
                if on[j] && parts[j].is_none() {
                    parts[j] = Some(count);
                    open.push(j);
                }
            }
        }
        count += 1;
    }
    (parts, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact() {
        let (w, h) = (13, 9);
        let on: Vec<bool> = (0..w * h).map(|i| (i * i * 7 + 3 * i) % 5 == 0).collect();
        let got = squared_distance(&on, w, true);
        for (i, &d) in got.iter().enumerate() {
            let (x, y) = (i % w, i / w);
            let nearest = (0..w * h)
                .filter(|&j| on[j])
                .map(|j| x.abs_diff(j % w).pow(2) + y.abs_diff(j / w).pow(2))
                .min();
            assert_eq!(Some(d as usize), nearest);
        }
    }

    #[test]
    fn the_sign_says_which_side() {
        let on: Vec<bool> = (0..30).map(|i| i % 10 >= 4).collect();
        let d = signed_distance(&on, 10);
        assert_eq!(d[..10], [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
        assert!(signed_distance(&[false; 6], 3).iter().all(|d| d.is_finite() && *d < -3.0));
        assert!(signed_distance(&[true], 1)[0] > 1.0);
    }

    #[test]
    fn a_region_holds_what_is_inside() {
        let r = Region::around(10, 100, |i| i == 34 || i == 57);
        assert_eq!(r, Some(Region { x0: 4, y0: 3, x1: 8, y1: 6 }));
        assert_eq!(Region::around(10, 100, |_| false), None);
    }

    #[test]
    fn parts_touch_by_their_sides() {
        let on: Vec<bool> = "##..#\n.##..\n#...#".chars().filter(|c| *c != '\n').map(|c| c == '#').collect();
        let (parts, count) = components(&on, 5);
        assert_eq!(count, 4);
        assert_eq!(parts[0], parts[7]);
        assert_ne!(parts[4], parts[14]);
        assert_eq!(parts[2], None);
    }
}
