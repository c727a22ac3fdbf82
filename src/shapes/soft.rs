//! How far pixels are from an outline: a tree of boxes around its pieces, so that each pixel looks at the few that
//! are near.

use kurbo::{Point, Rect, Vec2};

/// Parts in a leaf.
const LEAF: usize = 4;
/// Pixels of a piece that have a box of their own, where there are not too many: boxes around long pieces overlap.
const PART: f64 = 16.0;
/// Parts of all pieces, about.
const MOST_PARTS: f64 = 1e6;

/// Boxes that wait at a time: a few more than the tree is deep.
const WAITING: usize = 64;

/// Pieces of an outline.
pub(super) struct Nearest {
    pieces: Vec<Piece>,
    parts: Vec<Part>,
    /// A whole binary tree, each node before its two halves.
    boxes: Vec<Node>,
}

/// A line, as its distance is told by.
struct Piece {
    from: Point,
    along: Vec2,
    /// One by the square of its length.
    scale: f64,
}

/// The box around a part of a piece.
#[derive(Clone, Copy)]
struct Part {
    bounds: Rect,
    piece: usize,
}

/// The box around parts `from` to `to`.
struct Node {
    bounds: Rect,
    from: usize,
    to: usize,
    /// Where the second half stands; 0 for a leaf. The first follows its parent.
    second: usize,
}

impl Piece {
    fn new((from, to): (Point, Point)) -> Self {
        let along = to - from;
        Self { from, along, scale: 1.0 / along.hypot2().max(1e-12) }
    }

    /// The square of the distance of `p`.
    fn square(&self, p: Point) -> f64 {
        let d = p - self.from;
        (d - self.along * (d.dot(self.along) * self.scale).clamp(0.0, 1.0)).hypot2()
    }
}

impl Nearest {
    /// Of pieces in any order.
    pub fn new(mut pieces: Vec<(Point, Point)>) -> Self {
        // Boxes do not tell apart what lies on each other.
        let order = |a: f64, b: f64| a.total_cmp(&b);
        pieces.sort_unstable_by(|(a, b), (c, d)| {
            order(a.x, c.x).then(order(a.y, c.y)).then(order(b.x, d.x)).then(order(b.y, d.y))
        });
        pieces.dedup();
        let length: f64 = pieces.iter().map(|(a, b)| a.distance(*b)).sum();
        let each = PART.max(length / MOST_PARTS);
        let mut parts = Vec::with_capacity(pieces.len());
        for (piece, &(a, b)) in pieces.iter().enumerate() {
            let count = (a.distance(b) / each).ceil().max(1.0);
            parts.extend((0..count as usize).map(|i| {
                let (from, to) = (a.lerp(b, i as f64 / count), a.lerp(b, (i + 1) as f64 / count));
                Part { bounds: Rect::from_points(from, to), piece }
            }));
        }
        let mut boxes = Vec::with_capacity(2 * parts.len() / LEAF + 1);
        let count = parts.len();
        split(&mut parts, 0, count, &mut boxes);
        Self { pieces: pieces.into_iter().map(Piece::new).collect(), parts, boxes }
    }

    /// The square of the distance of `p` to the nearest piece; `most` where none is nearer than that. `near` is a
    /// piece that may be near, such as the nearest of the pixel before, and becomes the nearest one.
    pub fn square(&self, p: Point, most: f64, near: &mut usize) -> f64 {
        let mut best = self.pieces.get(*near).map_or(most, |piece| piece.square(p).min(most));
        // What waits, each with the square of its distance.
        let mut waiting = [(0.0, 0); WAITING];
        let mut count = usize::from(!self.boxes.is_empty());
        while count > 0 {
            count -= 1;
            let (away, at) = waiting[count];
            // A part ends within a digit of where it should, and so does its box.
            if away * (1.0 - 1e-9) >= best {
                continue;
            }
            let node = &self.boxes[at];
            if node.second == 0 {
                for part in &self.parts[node.from..node.to] {
                    let away = self.pieces[part.piece].square(p);
                    if away < best {
                        (best, *near) = (away, part.piece);
                    }
                }
                continue;
            }
            let away = |at: usize| (to_box(p, &self.boxes[at].bounds), at);
            let (one, other) = (away(at + 1), away(node.second));
            // The nearer one comes next. Halves of halves are at most as many as bits of their number.
            let (far, next) = if one.0 < other.0 { (other, one) } else { (one, other) };
            (waiting[count], waiting[count + 1]) = (far, next);
            count += 2;
        }
        best
    }
}

/// Sorts the parts `from` to `to` into boxes.
fn split(parts: &mut [Part], from: usize, to: usize, boxes: &mut Vec<Node>) {
    let some = &mut parts[from..to];
    let Some(bounds) = some.iter().map(|p| p.bounds).reduce(|a, b| a.union(b)) else { return };
    let at = boxes.len();
    boxes.push(Node { bounds, from, to, second: 0 });
    if some.len() <= LEAF {
        return;
    }
    let wide = bounds.width() > bounds.height();
    let key = |p: &Part| if wide { p.bounds.x0 + p.bounds.x1 } else { p.bounds.y0 + p.bounds.y1 };
    let half = some.len() / 2;
    some.select_nth_unstable_by(half, |a, b| key(a).total_cmp(&key(b)));
    split(parts, from, from + half, boxes);
    boxes[at].second = boxes.len();
    split(parts, from + half, to, boxes);
}

/// The square of the distance of `p` to a box.
fn to_box(p: Point, bounds: &Rect) -> f64 {
    let x = (bounds.x0 - p.x).max(p.x - bounds.x1).max(0.0);
    let y = (bounds.y0 - p.y).max(p.y - bounds.y1).max(0.0);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_that_of_all() {
        let mut random = fastrand::Rng::with_seed(5);
        for count in [0, 1, 3, 4, 5, 40, 700] {
            let mut some = || Point::new(random.f64() * 100.0, random.f64() * 60.0);
            let pieces: Vec<_> = (0..count)
                .map(|i| {
                    let a = some();
                    (a, if i % 3 == 0 { a } else { a.lerp(some(), if i % 5 == 0 { 1.0 } else { 0.1 }) })
                })
                .collect();
            let places: Vec<_> = (0..300).map(|_| some()).collect();
            let nearest = Nearest::new(pieces.clone());
            let mut near = 0;
            for p in places {
                for most in [9.0, 1e9] {
                    let all = pieces.iter().map(|&l| Piece::new(l).square(p)).fold(most, f64::min);
                    assert_eq!(nearest.square(p, most, &mut near), all, "of {count} pieces");
                }
            }
        }
    }

    #[test]
    fn pieces_that_lie_on_each_other_cost_little() {
        let piece = (Point::new(3.0, 4.0), Point::new(3.0, 4.0));
        let nearest = Nearest::new(vec![piece; 100_000]);
        let begun = std::time::Instant::now();
        for i in 0..10_000 {
            let p = Point::new(f64::from(i % 100), f64::from(i / 100));
            assert_eq!(nearest.square(p, 1e9, &mut 0), (p - piece.0).hypot2());
        }
        assert!(begun.elapsed().as_secs_f64() < 5.0, "{:?}", begun.elapsed());
    }
}
