//! On which frames an animated shape needs keys.

use super::knots::Goal;
use super::settings::Keys;
use super::solve::{Fit, Polygon};

/// Frames between the keys that the search begins with.
const FIRST_GAP: usize = 8;
/// Keys are added in so many rounds at most; each may halve every gap.
const ROUNDS: usize = 9;
/// Motion between keys may leave this much more than the shape of a single frame does.
const SLACK: f64 = 1.8;

/// The keys of a fit over `count` frames, as positions among them, and the polygon at each.
pub(super) fn choose(fit: &mut Fit, count: usize, goal: Goal, wanted: Keys) -> (Vec<usize>, Vec<Polygon>) {
    let every = |n: usize| -> Vec<usize> {
        let mut keys: Vec<usize> = (0..count).step_by(n.max(1)).collect();
        if keys.last() != Some(&(count - 1)) {
            keys.push(count - 1);
        }
        keys
    };
    match wanted {
        Keys::EveryFrame => fixed(fit, every(1)),
        Keys::Every(n) => fixed(fit, every(n as usize)),
        Keys::Reduced => reduced(fit, every(FIRST_GAP), goal),
    }
}

fn fixed(fit: &mut Fit, keys: Vec<usize>) -> (Vec<usize>, Vec<Polygon>) {
    let mut values: Vec<Polygon> = keys.iter().map(|&f| fit.alone(f).clone()).collect();
    fit.solve(&keys, &mut values, 5);
    fit.straighten(&mut values);
    (keys, values)
}

fn reduced(fit: &mut Fit, mut keys: Vec<usize>, goal: Goal) -> (Vec<usize>, Vec<Polygon>) {
    let mut values: Vec<Polygon> = keys.iter().map(|&f| fit.alone(f).clone()).collect();
    fit.solve(&keys, &mut values, 4);
    for _ in 0..ROUNDS {
        if !refine(fit, &mut keys, &mut values, goal) {
            break;
        }
        fit.solve(&keys, &mut values, 3);
    }
    // What the first rounds needed may have become needless.
    if thin(fit, &mut keys, &mut values, goal) {
        fit.solve(&keys, &mut values, 3);
        for _ in 0..3 {
            if !refine(fit, &mut keys, &mut values, goal) {
                break;
            }
            fit.solve(&keys, &mut values, 3);
        }
    }
    fit.solve(&keys, &mut values, 3);
    fit.straighten(&mut values);
    (keys, values)
}

/// Adds a key to every gap whose worst frame is not good enough; whether there was one.
fn refine(fit: &mut Fit, keys: &mut Vec<usize>, values: &mut Vec<Polygon>, goal: Goal) -> bool {
    let mut added = Vec::new();
    for gap in keys.windows(2) {
        let worst = (gap[0] + 1..gap[1])
            .map(|f| (fit.excess(goal, keys, values, f), f))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((excess, f)) = worst
            && excess > SLACK
        {
            added.push(f);
            for g in gap[0] + 1..gap[1] {
                fit.forget(g);
            }
        }
    }
    for &f in &added {
        let at = keys.partition_point(|&k| k < f);
        keys.insert(at, f);
        values.insert(at, fit.alone(f).clone());
    }
    !added.is_empty()
}

/// Takes out keys whose neighbours say the same already; whether there was one.
fn thin(fit: &Fit, keys: &mut Vec<usize>, values: &mut Vec<Polygon>, goal: Goal) -> bool {
    let before = keys.len();
    let mut i = 1;
    while i + 1 < keys.len() {
        let mut fewer = (keys.clone(), values.clone());
        fewer.0.remove(i);
        fewer.1.remove(i);
        let good = (keys[i - 1] + 1..keys[i + 1]).all(|f| fit.excess(goal, &fewer.0, &fewer.1, f) <= SLACK);
        if good {
            (*keys, *values) = fewer;
        }
        // Neighbours in turn, so that one removal does not lean on the next.
        i += 1;
    }
    keys.len() < before
}
