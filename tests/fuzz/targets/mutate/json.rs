//! Changes to the tree of a JSON document.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Map, Value};

use super::{any, atoms, bytes, once_in, repeats};

/// Texts that are hard on those who read them.
const HARD: [&str; 9] =
    ["", " ", "\0", "\u{202e}x", "../../etc/passwd", "/dev/zero", "犬🐕", "%s%n", "a\nb\t\u{7f}"];

/// Another document made of `input` by one to four changes; now and then of its bytes.
pub fn change(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let Some(mut document) = read(input) else {
        let mut bytes = input.to_vec();
        bytes::change(rng, &mut bytes, seeds);
        return bytes;
    };
    let known = Known::of(seeds);
    for _ in 0..rng.usize(1..4) {
        step(rng, &mut document, &known);
    }
    let mut text = document.to_string().into_bytes();
    if once_in(rng, 24) {
        bytes::change(rng, &mut text, seeds);
    }
    text
}

fn read(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// What other documents have under each key, and all their texts.
#[derive(Default)]
pub struct Known {
    under: BTreeMap<String, Vec<Value>>,
    /// For the keys of an object, joined: keys that such objects have too.
    texts: Vec<String>,
}

impl Known {
    /// That of the documents among `seeds`.
    pub fn of(seeds: &[Vec<u8>]) -> Self {
        let mut known = Self::default();
        seeds.iter().filter_map(|seed| read(seed)).for_each(|value| known.learn(&value));
        known
    }

    fn learn(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let values = self.under.entry(key.clone()).or_default();
                    if values.len() < 64 {
                        values.push(value.clone());
                    }
                    self.learn(value);
                }
            }
            Value::Array(all) => all.iter().for_each(|value| self.learn(value)),
            Value::String(text) if self.texts.len() < 512 => self.texts.push(text.clone()),
            _ => {}
        }
    }
}

/// One change at a place of the tree.
pub fn step(rng: &mut Rng, document: &mut Value, known: &Known) {
    let place = rng.usize(..count(document));
    if let Some(value) = nth(document, &mut { place }) {
        change_at(rng, value, known);
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place, counted from the root down.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(all) => all.iter_mut().find_map(|value| nth(value, left)),
        Value::Object(map) => map.values_mut().find_map(|value| nth(value, left)),
        _ => None,
    }
}

fn change_at(rng: &mut Rng, value: &mut Value, known: &Known) {
    // Something of another kind is refused by most readers, so it is rare.
    if once_in(rng, 48) {
        *value = known
            .under
            .values()
            .nth(rng.usize(..known.under.len().max(1)))
            .and_then(|all| any(rng, all))
            .cloned()
            .unwrap_or_default();
        return;
    }
    match value {
        Value::Number(number) => {
            let old = number.as_f64().unwrap_or(0.0);
            let whole = number.is_i64() || number.is_u64();
            let new = atoms::near(rng, old);
            *value = if whole && new.fract() == 0.0 && new.abs() < 9.3e18 {
                Value::from(new as i64)
            } else {
                Value::from(new)
            };
        }
        Value::Bool(on) => *on = !*on,
        Value::String(text) => match rng.u32(..8) {
            0 => *text = any(rng, &HARD).unwrap_or(&"").to_string(),
            1 => text.push(rng.char(..)),
            2 => *text = text.repeat(repeats(rng)),
            _ => *text = any(rng, &known.texts).cloned().unwrap_or_default(),
        },
        Value::Array(all) => list(rng, all),
        Value::Object(map) => object(rng, map, known),
        Value::Null => *value = Value::from(0),
    }
}

fn list(rng: &mut Rng, all: &mut Vec<Value>) {
    if all.is_empty() {
        return;
    }
    let at = rng.usize(..all.len());
    match rng.u32(..8) {
        0 => drop(all.remove(at)),
        1 => {
            let copies = vec![all[at].clone(); repeats(rng)];
            all.splice(at..at, copies);
        }
        2 => {
            let other = rng.usize(..all.len());
            all.swap(at, other);
        }
        // Lists of numbers have a length that means something: their numbers are worth more changes.
        _ => {
            if let Some(number) = all[at].as_f64() {
                all[at] = Value::from(atoms::near(rng, number));
            }
        }
    }
}

fn object(rng: &mut Rng, map: &mut Map<String, Value>, known: &Known) {
    let keys: Vec<String> = map.keys().cloned().collect();
    let Some(key) = any(rng, &keys) else { return };
    match rng.u32(..12) {
        0 => drop(map.shift_remove(key)),
        1 => {
            let new = known.under.keys().nth(rng.usize(..known.under.len().max(1)));
            if let Some((new, value)) = new.and_then(|new| Some((new, any(rng, known.under.get(new)?)?))) {
                map.insert(new.clone(), value.clone());
            }
        }
        // What another document has under this key is of the right kind.
        _ => {
            if let Some(value) = known.under.get(key).and_then(|all| any(rng, all)) {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}
