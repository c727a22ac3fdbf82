//! The order in which a host asks for frames.

use std::str::FromStr;

/// `forward`, `reverse` or `shuffle:SEED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// First frame first.
    Forward,
    /// Last frame first.
    Reverse,
    /// At random, the same for the same seed.
    Shuffle(u64),
}

impl Order {
    /// The frames from `first` to `last` in this order.
    pub fn frames(self, first: i64, last: i64) -> Vec<i64> {
        let mut frames: Vec<i64> = (first..=last).collect();
        match self {
            Self::Forward => {}
            Self::Reverse => frames.reverse(),
            Self::Shuffle(seed) => fastrand::Rng::with_seed(seed).shuffle(&mut frames),
        }
        frames
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("shuffle:").map(str::parse)) {
            ("forward", _) => Ok(Self::Forward),
            ("reverse", _) => Ok(Self::Reverse),
            (_, Some(Ok(seed))) => Ok(Self::Shuffle(seed)),
            _ => Err("expected forward, reverse or shuffle:SEED, where SEED is a whole number".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_every_frame() {
        assert_eq!("reverse".parse::<Order>().map(|o| o.frames(-1, 2)), Ok(vec![2, 1, 0, -1]));
        let shuffled = "shuffle:7".parse::<Order>().expect("an order").frames(0, 49);
        assert_ne!(shuffled, Order::Forward.frames(0, 49));
        let mut sorted = shuffled.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, Order::Forward.frames(0, 49));
        assert_eq!(Order::Shuffle(7).frames(0, 49), shuffled);
        for wrong in ["", "shuffle", "shuffle:", "shuffle:x", "backward"] {
            assert!(wrong.parse::<Order>().is_err(), "{wrong}");
        }
    }
}
