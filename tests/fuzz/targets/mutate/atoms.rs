//! The atoms of text formats: numbers, plain or as eight hexadecimal digits, and words.

use std::ops::Range;

use fastrand::Rng;

use super::{any, once_in};

/// Ends of what some type holds, and numbers that mean something else than a quantity.
const ENDS: [f64; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    255.0,
    256.0,
    65_535.0,
    65_536.0,
    131_072.0,
    2_147_483_647.0,
    -2_147_483_648.0,
    4_294_967_296.0,
    9_007_199_254_740_993.0,
    9_223_372_036_854_775_807.0,
    -9_223_372_036_854_775_808.0,
    1e9,
    1e15,
    1e300,
    -1e300,
    f64::MIN_POSITIVE,
    1e-12,
];

/// A number in the place of `value`: most often one near it, so that what is written with it still means something.
pub fn near(rng: &mut Rng, value: f64) -> f64 {
    let whole = value.fract() == 0.0 && value.abs() < 1e15;
    match rng.u32(..16) {
        0 => *any(rng, &ENDS).unwrap_or(&0.0),
        1 => value * 10.0_f64.powi(rng.i32(-3..7)),
        2 => f64::from(rng.i32(-1000..5000)),
        3..=5 => f64::from(rng.i32(0..12)),
        6..=10 if whole => value + f64::from(rng.i32(-3..4)),
        6..=10 => value + rng.f64() * 4.0 - 2.0,
        _ if whole => (value * (0.5 + rng.f64())).round(),
        _ => value * (0.5 + rng.f64()),
    }
}

/// `value` as text, without a fraction where `whole` is asked for and there is none.
pub fn written(rng: &mut Rng, value: f64, whole: bool) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && (whole || once_in(rng, 2)) && value.abs() < 1e19 {
        return format!("{value:.0}");
    }
    if value.abs() >= 1e21 || once_in(rng, 24) { format!("{value:e}") } else { format!("{value}") }
}

/// What stands at a place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Hex,
    Word,
}

fn starts_number(bytes: &[u8], at: usize) -> bool {
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let signed = matches!(bytes[at], b'-' | b'+' | b'.') && digit(at + 1);
    digit(at) || signed
}

/// The length of a float as `x` and eight hexadecimal digits that begins at `at`.
fn hex(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = bytes.get(at + 1..at + 9)?;
    let ends = bytes.get(at + 9).is_none_or(|b| !b.is_ascii_alphanumeric());
    (bytes[at] == b'x' && digits.iter().all(u8::is_ascii_hexdigit) && ends).then_some(9)
}

/// Numbers and words of a text, in order.
fn found(text: &str) -> Vec<(Range<usize>, Kind)> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        if let Some(length) = hex(bytes, at) {
            at += length;
            all.push((start..at, Kind::Hex));
        } else if starts_number(bytes, at) {
            at += 1;
            while at < bytes.len()
                && (bytes[at].is_ascii_digit()
                    || bytes[at] == b'.'
                    || (matches!(bytes[at], b'e' | b'E')
                        && starts_number(bytes, (at + 1).min(bytes.len() - 1)))
                    || (matches!(bytes[at], b'-' | b'+') && matches!(bytes[at - 1], b'e' | b'E')))
            {
                at += 1;
            }
            all.push((start..at, Kind::Number));
        } else if bytes[at].is_ascii_alphabetic() || bytes[at] == b'_' {
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            all.push((start..at, Kind::Word));
        } else {
            at += 1;
        }
    }
    all
}

/// The words of a text.
pub fn words(text: &str) -> Vec<String> {
    let words = found(text).into_iter().filter(|atom| atom.1 == Kind::Word);
    words.map(|(range, _)| text[range].to_owned()).collect()
}

/// `text` with one of its numbers, or seldom one of its words, in the place of which another stands.
pub fn change(rng: &mut Rng, text: &str, words: &[String]) -> String {
    let all = found(text);
    let numbers: Vec<_> = all.iter().filter(|atom| atom.1 != Kind::Word).collect();
    let chosen = match any(rng, &numbers) {
        Some(atom) if !once_in(rng, 10) => *atom,
        _ => match any(rng, &all) {
            Some(atom) => atom,
            None => return text.to_owned(),
        },
    };
    let (range, kind) = chosen;
    let old = &text[range.clone()];
    let new = match kind {
        Kind::Hex => {
            let bits = u32::from_str_radix(&old[1..], 16).unwrap_or(0);
            let value = if once_in(rng, 32) {
                f32::from_bits(rng.u32(..))
            } else {
                near(rng, f64::from(f32::from_bits(bits))) as f32
            };
            format!("x{:08x}", value.to_bits())
        }
        Kind::Number => {
            let value = near(rng, old.parse().unwrap_or(0.0));
            written(rng, value, !old.contains(['.', 'e', 'E']))
        }
        Kind::Word => any(rng, words).cloned().unwrap_or_default(),
    };
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}
