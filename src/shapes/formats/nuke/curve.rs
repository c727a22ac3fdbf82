//! Numbers over time, as Nuke scripts hold them.

use super::script::{List, Node};

/// A slope counts as its chord's within this, in pixels a frame; 32-bit numbers are no finer.
const SLOPE_TOLERANCE: f64 = 2e-3;
/// Words of a key that say something: its time, its value, two slopes and their weights.
const WORDS: usize = 6;

/// What is wrong with a curve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CurveError {
    /// It is no list of keys, or an empty one.
    #[error("a curve has no keys")]
    NoKeys,
    /// A key without the numbers that it needs.
    #[error("a key is not a list of numbers")]
    NoNumbers,
    /// Repeated keys beyond what a text of this length may say.
    #[error("it declares more keys than its text has words")]
    TooMany,
    /// Not as many keys as there are times.
    #[error("a curve has {found} keys, expected {expected}")]
    Count {
        /// Keys.
        found: usize,
        /// Times.
        expected: usize,
    },
    /// Times that do not increase.
    #[error("keys of a curve are not in order")]
    Order,
}

/// A key of a curve.
#[derive(Debug, Clone, Copy)]
pub(super) struct CurveKey {
    /// In frames.
    pub time: f64,
    /// What the number is there.
    pub value: f64,
    /// Slopes before and after, a frame.
    slopes: (f64, f64),
}

/// A number over time: cubic pieces between keys, at rest outside.
#[derive(Debug, Clone)]
pub(super) struct Curve(pub Vec<CurveKey>);

/// The words of a key.
struct Words {
    numbers: [Option<f64>; WORDS],
    count: usize,
}

impl Words {
    fn of(list: List) -> Self {
        let mut words = Self { numbers: [None; WORDS], count: 0 };
        for node in list.nodes() {
            if let Some(number) = words.numbers.get_mut(words.count) {
                *number = node.number();
            }
            words.count += 1;
        }
        words
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.numbers.get(at).copied().flatten()
    }
}

impl Curve {
    /// A number that rests.
    pub fn constant(value: f64) -> Self {
        Self(vec![CurveKey { time: 0.0, value, slopes: (0.0, 0.0) }])
    }

    /// A number, or keys; with `times` the keys follow them, else each begins with its own. `most` is how many keys
    /// there may be still.
    pub fn new(node: &Node, times: Option<&[f64]>, most: &mut usize) -> Result<Self, CurveError> {
        if let Some(value) = node.number() {
            return Ok(Self::constant(value));
        }
        let Some(mut list) = node.list() else { return Err(CurveError::NoKeys) };
        // A curve as a knob writes it has one more pair of braces.
        while let Some(inner) =
            list.only_list().filter(|l| l.nodes().next().is_some_and(|n| n.list().is_some()))
        {
            list = inner;
        }
        let wrong = || CurveError::NoNumbers;
        let mut keys = Vec::new();
        for key in list.nodes() {
            let body = key.list().ok_or_else(wrong)?;
            let (count, body) = repeated(body).unwrap_or((1, body));
            let words = Words::of(body);
            let skip = usize::from(times.is_none());
            let value = words.number(skip).ok_or_else(wrong)?;
            let slope = |i: usize| words.number(skip + 1 + i).unwrap_or(0.0);
            let slopes = if words.count >= skip + 5 { (slope(0), slope(2)) } else { (slope(0), slope(0)) };
            let count = count.min(times.map_or(1, <[f64]>::len));
            *most = most.checked_sub(count).ok_or(CurveError::TooMany)?;
            for _ in 0..count {
                let time = match times {
                    None => words.number(0).ok_or_else(wrong)?,
                    Some(times) => times.get(keys.len()).copied().unwrap_or(0.0),
                };
                keys.push(CurveKey { time, value, slopes });
            }
        }
        match (keys.len(), times.map_or(0, <[f64]>::len)) {
            (0, _) => Err(CurveError::NoKeys),
            (1, _) => Ok(Self::constant(keys[0].value)),
            (n, wanted) if times.is_some() && n != wanted => {
                Err(CurveError::Count { found: n, expected: wanted })
            }
            _ if keys.windows(2).any(|k| k[0].time >= k[1].time) => Err(CurveError::Order),
            _ => Ok(Self(keys)),
        }
    }

    /// The number at a time.
    pub fn at(&self, time: f64) -> f64 {
        let next = self.0.partition_point(|k| k.time <= time);
        match (next.checked_sub(1).and_then(|i| self.0.get(i)), self.0.get(next)) {
            (Some(a), Some(b)) => {
                let span = b.time - a.time;
                let t = (time - a.time) / span;
                let (t2, t3) = (t * t, t * t * t);
                (2.0 * t3 - 3.0 * t2 + 1.0) * a.value
                    + (t3 - 2.0 * t2 + t) * span * a.slopes.1
                    + (3.0 * t2 - 2.0 * t3) * b.value
                    + (t3 - t2) * span * b.slopes.0
            }
            (Some(k), None) | (None, Some(k)) => k.value,
            (None, None) => 0.0,
        }
    }

    /// Whether it goes in lines from key to key.
    pub fn is_linear(&self) -> bool {
        self.0.windows(2).all(|k| {
            let chord = (k[1].value - k[0].value) / (k[1].time - k[0].time);
            let near = |slope: f64| (slope - chord).abs() <= SLOPE_TOLERANCE;
            k[1].time - k[0].time <= 1.0 || (near(k[0].slopes.1) && near(k[1].slopes.0))
        })
    }
}

/// How often `{x 3 {1 2}}` says a key, and the key.
fn repeated(list: List) -> Option<(usize, List)> {
    let mut nodes = list.nodes();
    if nodes.next()?.word() != Some("x") {
        return None;
    }
    let (count, body) = (nodes.next()?, nodes.next()?.list()?);
    nodes.next().is_none().then(|| (count.number().unwrap_or(1.0) as usize, body))
}
