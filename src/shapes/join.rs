//! One shape over frames where its outline loses or gains a part, as far as it fits.
//!
//! Where a pocket closes or a limb comes out from behind, the points of that part come together or
//! spread out. Whether few points can do that and still follow the outline on every frame shows only
//! when they are fitted, so that is what is tried: a whole chain of stretches first, and where it does
//! not fit, what lies before and after the place where most is lost.

use super::keys::choose;
use super::knots::{Goal, place};
use super::settings::Keys;
use super::solve::Fit;
use super::stretch::{Chain, Stretch};

/// What joined stretches may stray on any frame, in what a single frame may: in area, and at the worst
/// place.
const EXCESS: (f64, f64) = (2.4, 3.0);
/// How much worse than without joining a frame may be that strays further anyway.
const WORSE: f64 = 1.1;
/// How many times as many points as a shape may have an outline may need that is split into parts.
const IN_PARTS: usize = 2;

/// The stretches of `chain`, joined where one shape fits, or several shapes do if it is to be split
/// into `parts`.
pub(super) fn join(chain: Chain, goal: Goal, keys: Keys, parts: bool) -> Vec<Stretch> {
    if chain.maps.is_empty() {
        return chain.stretches;
    }
    let goal = if parts { Goal { max_points: IN_PARTS * goal.max_points, ..goal } } else { goal };
    let apart: Vec<Strays> = chain.stretches.iter().flat_map(|s| strays(s, goal, keys)).collect();
    joined(chain, goal, keys, &apart)
}

/// The same with what each frame strays by while nothing is joined.
fn joined(chain: Chain, goal: Goal, keys: Keys, apart: &[Strays]) -> Vec<Stretch> {
    let worst = (0..chain.maps.len()).max_by(|&a, &b| chain.maps[a].lost.total_cmp(&chain.maps[b].lost));
    let Some(worst) = worst else { return chain.stretches };
    let whole = chain.whole();
    let fits = |(now, before): (&Strays, &Strays)| {
        now.0 <= EXCESS.0.max(WORSE * before.0) && now.1 <= EXCESS.1.max(WORSE * before.1)
    };
    if strays(&whole, goal, keys).iter().zip(apart).all(fits) {
        return vec![whole];
    }
    let Chain { mut stretches, mut maps } = chain;
    let (after, after_maps) = (stretches.split_off(worst + 1), maps.split_off(worst + 1));
    maps.pop();
    let count = stretches.iter().map(|s| s.frames.len()).sum();
    let (first, second) = apart.split_at(count);
    let mut all = joined(Chain { stretches, maps }, goal, keys, first);
    all.extend(joined(Chain { stretches: after, maps: after_maps }, goal, keys, second));
    all
}

/// How far a frame strays from its outline, in area and at the worst place, 1 being just good enough.
type Strays = (f64, f64);

/// The same of every frame of `stretch`, as it is in the end.
fn strays(stretch: &Stretch, goal: Goal, keys: Keys) -> Vec<Strays> {
    let mut fit = Fit::new(stretch, &place(stretch, goal));
    let count = stretch.frames.len();
    let (at, values) = choose(&mut fit, count, goal, keys);
    (0..count)
        .map(|f| {
            let (area, worst) = fit.strays(goal, &at, &values, f);
            (area, worst.max(fit.astray(&fit.polygon(&at, &values, f), f) / goal.worst()))
        })
        .collect()
}
