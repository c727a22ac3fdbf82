//! Which frames a button tracks, one after another.
//!
//! Frames are walked from bound to bound and never listed: what a host says of a plate's length may be anything.

/// Most frames that a button tracks, as many as are surveyed at once.
pub const MOST: u64 = 100_000;

/// Which frames a button tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackMode {
    /// From the current one to the first.
    Backward,
    /// The current one, or so many after it.
    Step(i64),
    /// From the current one to the last.
    Forward,
    /// To the last, then to the first.
    Both,
    /// Those that were tracked before.
    Update,
}

/// Frames in the order in which they are tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Walk {
    /// Up to two stretches of neighbours, the one behind the other.
    Stretches([Stretch; 2]),
    /// These, in order, each of which was tracked before.
    Listed(Vec<i64>),
}

/// So many frames from one on, upwards or downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    from: i64,
    step: i64,
    count: u64,
}

impl Stretch {
    /// No frame.
    const NONE: Self = Self { from: 0, step: 1, count: 0 };

    /// From `from` to `to` in steps of `step`, which is 1 or -1; none where `to` lies on the other side.
    fn new(from: i64, to: i64, step: i64) -> Self {
        let count = if (to - from) * step < 0 { 0 } else { from.abs_diff(to) + 1 };
        Self { from, step, count }
    }

    fn frames(self) -> impl Iterator<Item = i64> {
        (0..self.count).map(move |i| self.from + self.step * i as i64)
    }

    /// The lowest and the highest frame; none where there is none.
    fn bounds(self) -> Option<(i64, i64)> {
        let other = self.from + self.step * self.count.checked_sub(1)? as i64;
        Some((self.from.min(other), self.from.max(other)))
    }
}

impl Walk {
    /// What `mode` tracks from the frame `now` on of those from `first` to `last`, all of which the API can name;
    /// `tracked_once` were tracked before.
    pub fn new(
        mode: TrackMode,
        now: i64,
        (first, last): (i64, i64),
        tracked_once: impl IntoIterator<Item = i64>,
    ) -> Self {
        let inside = |frame: &i64| (first..=last).contains(frame);
        let on = Stretch::new(now.max(first), last, 1);
        match mode {
            TrackMode::Step(by) => Self::Stretches([
                if inside(&(now + by)) { Stretch::new(now + by, now + by, 1) } else { Stretch::NONE },
                Stretch::NONE,
            ]),
            TrackMode::Forward => Self::Stretches([on, Stretch::NONE]),
            TrackMode::Backward => Self::Stretches([Stretch::new(now.min(last), first, -1), Stretch::NONE]),
            TrackMode::Both => Self::Stretches([on, Stretch::new((now - 1).min(last), first, -1)]),
            TrackMode::Update => Self::Listed(tracked_once.into_iter().filter(inside).collect()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Stretches(stretches) => stretches.iter().map(|s| s.count).sum(),
            Self::Listed(frames) => frames.len() as u64,
        }
    }

    /// All of them in order.
    pub fn frames(&self) -> Box<dyn Iterator<Item = i64> + '_> {
        match self {
            Self::Stretches([one, other]) => Box::new(one.frames().chain(other.frames())),
            Self::Listed(frames) => Box::new(frames.iter().copied()),
        }
    }

    /// The lowest and the highest; none where there is none.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        let wider = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
        match self {
            Self::Stretches(stretches) => stretches.iter().filter_map(|s| s.bounds()).reduce(wider),
            Self::Listed(frames) => frames.iter().map(|f| (*f, *f)).reduce(wider),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(mode: TrackMode, now: i64, range: (i64, i64)) -> Vec<i64> {
        let walk = Walk::new(mode, now, range, [1, 3, 99]);
        let all: Vec<i64> = walk.frames().collect();
        assert_eq!(all.len() as u64, walk.len());
        assert_eq!(walk.bounds(), all.iter().min().copied().zip(all.iter().max().copied()));
        all
    }

    #[test]
    fn each_mode_has_its_frames_in_its_order() {
        assert_eq!(frames(TrackMode::Forward, 3, (1, 5)), [3, 4, 5]);
        assert_eq!(frames(TrackMode::Forward, -3, (1, 2)), [1, 2]);
        assert_eq!(frames(TrackMode::Backward, 3, (1, 5)), [3, 2, 1]);
        assert_eq!(frames(TrackMode::Backward, 9, (4, 5)), [5, 4]);
        assert_eq!(frames(TrackMode::Both, 3, (1, 5)), [3, 4, 5, 2, 1]);
        assert_eq!(frames(TrackMode::Both, 9, (1, 3)), [3, 2, 1]);
        assert_eq!(frames(TrackMode::Both, 0, (1, 3)), [1, 2, 3]);
        assert_eq!(frames(TrackMode::Step(-1), 3, (1, 5)), [2]);
        assert_eq!(frames(TrackMode::Update, 3, (1, 5)), [1, 3]);
        for (mode, now) in [(TrackMode::Step(1), 5), (TrackMode::Forward, 6), (TrackMode::Backward, 0)] {
            assert_eq!(frames(mode, now, (1, 5)), [0; 0], "{mode:?}");
        }
    }

    #[test]
    fn the_longest_range_is_counted_and_not_walked() {
        let range = (i64::from(i32::MIN), i64::from(i32::MAX));
        let walk = Walk::new(TrackMode::Both, 7, range, []);
        assert_eq!((walk.len(), walk.bounds()), (1 << 32, Some(range)));
        assert_eq!(walk.frames().take(2).collect::<Vec<_>>(), [7, 8]);
    }
}
