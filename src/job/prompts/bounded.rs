//! Lists of which no more is read than there may be.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

/// A list; of more than `MOST` elements one more than that, and how many there are.
pub struct Bounded<T, const MOST: usize> {
    /// What was read.
    pub listed: Vec<T>,
    /// How many there are.
    pub count: usize,
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListOf(PhantomData))
    }
}

struct ListOf<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListOf<T, MOST> {
    type Value = Bounded<T, MOST>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut listed = Vec::new();
        while listed.len() <= MOST {
            let Some(element) = list.next_element()? else { break };
            listed.push(element);
        }
        let mut count = listed.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Bounded { listed, count })
    }
}
