//! The latest of what is dear to make, by what it is made from.

use std::collections::VecDeque;

use parking_lot::Mutex;

/// Values by their keys, of which those go that were longest not asked for.
#[derive(Debug)]
pub struct Latest<K, V> {
    /// With the bytes of each, the latest last.
    kept: Mutex<VecDeque<(K, V, usize)>>,
    bytes: usize,
    most: usize,
}

impl<K: PartialEq, V: Clone> Latest<K, V> {
    /// At most so many bytes and values; one value is kept, however large it is.
    #[must_use]
    pub const fn new(bytes: usize, most: usize) -> Self {
        Self { kept: Mutex::new(VecDeque::new()), bytes, most }
    }

    /// The value of a key, if it is still there.
    pub fn get(&self, key: &K) -> Option<V> {
        let mut kept = self.kept.lock();
        let at = kept.iter().position(|(k, ..)| k == key)?;
        let found = kept.remove(at)?;
        let value = found.1.clone();
        kept.push_back(found);
        Some(value)
    }

    /// Keeps a value of so many bytes, in the place of one that is there.
    pub fn put(&self, key: K, value: V, bytes: usize) {
        let mut kept = self.kept.lock();
        kept.retain(|(k, ..)| *k != key);
        kept.push_back((key, value, bytes));
        let mut total: usize = kept.iter().map(|(.., bytes)| bytes).sum();
        while kept.len() > 1 && (total > self.bytes || kept.len() > self.most) {
            total -= kept.pop_front().map_or(0, |(.., bytes)| bytes);
        }
    }

    /// Lets go of all.
    pub fn clear(&self) {
        self.kept.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_longest_not_asked_for_goes() {
        let kept = Latest::new(10, 3);
        let there = |wanted: [u8; 5]| wanted.map(|k| kept.get(&k).is_some());
        (0..3).for_each(|k| kept.put(k, k, 1));
        assert_eq!(kept.get(&0), Some(0));
        kept.put(3, 3, 1);
        assert_eq!(there([0, 1, 2, 3, 4]), [true, false, true, true, false], "no more than three");
        // Of one key there is one value, which counts once.
        kept.put(3, 9, 8);
        assert_eq!((there([0, 1, 2, 3, 4]), kept.get(&3)), ([true, false, true, true, false], Some(9)));
        kept.put(4, 4, 99);
        assert_eq!(
            there([0, 1, 2, 3, 4]),
            [false, false, false, false, true],
            "the latest stays, too large or not"
        );
        kept.clear();
        assert_eq!(kept.get(&4), None);
    }
}
