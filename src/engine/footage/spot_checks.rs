//! How much is fetched to find out whether a host's footage is what it was.
//!
//! A host has no stamps of frames: whether one is as it was is told by fetching it. So a few are fetched, those that
//! were seen longest ago first, in at most a twentieth of the time that requests take. Of a path that nothing but an
//! earlier session's note tells of, at least eight frames are fetched, or one in twenty, over the whole of it: what
//! was replaced there is mostly a run of frames.

use std::time::Duration;

/// The share of the time of requests that is spent on frames that nobody asked for.
const SHARE: f64 = 0.05;
/// Most time that is saved up, in seconds.
const MOST_SAVED: f64 = 2.0;
/// Frames at the least that are compared of what an earlier session noted.
const LEAST_COMPARED: usize = 8;
/// One in so many of a longer path.
const ONE_IN: usize = 20;
/// Requests during which a frame that was seen is not looked at again.
const REST: u64 = 8;
/// Most frames that are looked at for one request beyond the least.
const MOST_LOOKED_AT: usize = 16;
/// Times that a host may say in vain that its footage is another, before it is not listened to any more.
const MOST_IN_VAIN: u32 = 3;

/// Time that may be spent on frames that nobody asked for.
#[derive(Debug, Default)]
pub struct CheckBudget {
    /// In seconds; below 0 where more was spent than there was.
    saved: f64,
    /// What a frame costs, in seconds; 0 before the first.
    cost: f64,
}

impl CheckBudget {
    /// Requests took so long.
    pub fn earn(&mut self, worked: Duration) {
        self.saved = (self.saved + SHARE * worked.as_secs_f64()).min(MOST_SAVED);
    }

    /// Whether there is enough for a frame.
    pub fn affords(&self) -> bool {
        self.saved > 0.0 && self.saved >= self.cost
    }

    /// A frame took so long.
    pub fn spend(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.saved -= took;
        self.cost = if self.cost > 0.0 { 0.75 * self.cost + 0.25 * took } else { took };
    }
}

/// A frame of which it is not sure that it is what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// Which frame.
    pub time: i64,
    /// When it was seen last, counted in requests; 0 for never in this session.
    pub checked: u64,
    /// Whether only an earlier session's note tells of it.
    pub noted: bool,
}

/// The frames of `doubts` that have to be compared, when `compared` were; in order and spread over all of them.
pub fn required(doubts: &[Doubt], compared: usize) -> Vec<i64> {
    let noted: Vec<i64> = doubts.iter().filter(|d| d.noted).map(|d| d.time).collect();
    let least = LEAST_COMPARED.max(noted.len() / ONE_IN);
    let count = least.saturating_sub(compared).min(noted.len());
    // Both ends are among them.
    let at = |i: usize| if count < 2 { noted.len() / 2 } else { i * (noted.len() - 1) / (count - 1) };
    (0..count).map(|i| noted[at(i)]).collect()
}

/// The frames of `doubts` that may be compared, the first that was seen longest ago.
pub fn affordable(doubts: &[Doubt], now: u64) -> Vec<i64> {
    let mut old: Vec<&Doubt> = doubts.iter().filter(|d| d.checked + REST <= now).collect();
    old.sort_by_key(|d| (d.checked, d.time));
    old.into_iter().take(MOST_LOOKED_AT).map(|d| d.time).collect()
}

/// Whether the names that a host gives its pictures tell anything.
#[derive(Debug, Default)]
pub struct PictureNames {
    /// Whether a picture had the same name twice: some hosts give each fetch another.
    steady: bool,
    /// How often nothing was changed though a name was.
    in_vain: u32,
}

impl PictureNames {
    /// Pictures came again that look as they did: whether each has the name that it had. Gives whether the footage
    /// is to be taken for another.
    pub fn hear(&mut self, same: impl IntoIterator<Item = bool>) -> bool {
        let (mut kept, mut given_up) = (false, false);
        for same in same {
            kept |= same;
            given_up |= !same;
        }
        if given_up && self.steady && self.in_vain < MOST_IN_VAIN {
            self.steady = false;
            return true;
        }
        self.steady |= kept;
        false
    }

    /// The footage was another.
    pub fn were_right(&mut self) {
        self.in_vain = 0;
    }

    /// It was not.
    pub fn were_wrong(&mut self) {
        self.in_vain += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(count: i64, checked: impl Fn(i64) -> u64) -> Vec<Doubt> {
        (1..=count).map(|time| Doubt { time, checked: checked(time), noted: checked(time) == 0 }).collect()
    }

    #[test]
    fn a_twentieth_of_the_time_is_spent() {
        let mut budget = CheckBudget::default();
        assert!(!budget.affords(), "nothing was earned yet");
        let (work, frame) = (Duration::from_millis(20), Duration::from_micros(300));
        let (mut worked, mut spent) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..1000 {
            budget.earn(work);
            worked += work;
            while budget.affords() {
                budget.spend(frame);
                spent += frame;
            }
        }
        let share = spent.as_secs_f64() / worked.as_secs_f64();
        assert!((0.045..=0.0501).contains(&share), "{share}");
        // An expensive frame is paid back before the next.
        budget.spend(Duration::from_secs(1));
        budget.earn(Duration::from_secs(10));
        assert!(!budget.affords());
        budget.earn(Duration::from_secs(20));
        assert!(budget.affords());
    }

    #[test]
    fn of_a_noted_path_some_frames_are_compared_from_end_to_end() {
        let all = doubts(10, |_| 0);
        assert_eq!(required(&all, 0), [1, 2, 3, 4, 6, 7, 8, 10]);
        assert_eq!(required(&all, 7), [6]);
        assert_eq!(required(&all, 8), [0; 0]);
        let long = required(&doubts(1000, |_| 0), 0);
        assert_eq!((long.len(), long[0], long[49]), (50, 1, 1000));
        assert_eq!(required(&doubts(3, |_| 0), 0), [1, 2, 3]);
        assert_eq!(required(&doubts(5, |_| 7), 0), [0; 0], "what was seen in this session");
    }

    #[test]
    fn what_was_seen_longest_ago_comes_first() {
        let all = doubts(4, |time| [30, 10, 20, 95][time as usize - 1]);
        assert_eq!(affordable(&all, 100), [2, 3, 1]);
        assert_eq!(affordable(&doubts(100, |time| 101 - time as u64), 200)[..3], [100, 99, 98]);
    }

    #[test]
    fn names_tell_something_where_they_stay_and_not_where_they_cried_wolf() {
        let mut names = PictureNames::default();
        assert!(!names.hear([false]), "another name for each fetch tells nothing");
        assert!(!names.hear([true]) && names.hear([false]), "a name that stayed and is another");
        assert!(!names.hear([false]), "once");
        for _ in 0..MOST_IN_VAIN {
            names.were_wrong();
        }
        assert!(!names.hear([true]) && !names.hear([false]));
        names.were_right();
        assert!(names.hear([false]));
    }
}
