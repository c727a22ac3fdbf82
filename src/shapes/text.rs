//! Numbers and names as the two programs take them.

use std::collections::{HashMap, HashSet};

/// `value` as a plain fixed decimal: no exponent, no minus before zero.
pub(super) fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.to_owned(),
        _ => text,
    }
}

/// `value` as the shortest plain decimal: `decimal` without trailing zeros.
pub(super) fn short_decimal(value: f64, places: usize) -> String {
    let text = decimal(value, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A label for XML: without the control characters that XML cannot hold, not empty.
pub(super) fn label(name: &str, otherwise: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { '_' } else { c })
        .collect();
    if kept.trim().is_empty() { otherwise.to_owned() } else { kept }
}

/// A name of letters, digits and underscores for Nuke, not starting with a digit.
pub(super) fn identifier(name: &str, otherwise: &str) -> String {
    let mut kept: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if kept.bytes().all(|b| b == b'_') {
        kept = otherwise.to_owned();
    }
    if kept.starts_with(|c: char| c.is_ascii_digit()) {
        kept.insert(0, '_');
    }
    kept
}

/// Hands out names that were not handed out before.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The last number that a name was given.
    numbers: HashMap<String, u32>,
}

impl Names {
    /// `wanted`, or it with the first number that makes it new.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        // Names are never given back, so none is free below the last number.
        let n = self.numbers.entry(wanted.to_owned()).or_insert(1);
        loop {
            *n += 1;
            let name = format!("{wanted}_{n}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain() {
        assert_eq!(decimal(-0.000_000_1, 6), "0.000000");
        assert_eq!(decimal(-0.5, 6), "-0.500000");
        assert_eq!(decimal(1e-9, 6), "0.000000");
        assert_eq!(decimal(1e9, 2), "1000000000.00");
        assert_eq!(short_decimal(1.5, 6), "1.5");
        assert_eq!(short_decimal(100.0, 0), "100");
        assert_eq!(short_decimal(24.0, 3), "24");
    }

    #[test]
    fn names_are_made_safe_and_unique() {
        assert_eq!(identifier("a \"b\" {c}", "x"), "a__b___c_");
        assert_eq!(identifier("犬", "object"), "object");
        assert_eq!(identifier("3d", "x"), "_3d");
        assert_eq!(label("a\u{7}b", "x"), "a_b");
        assert_eq!(label("  ", "x"), "x");
        let mut names = Names::default();
        assert_eq!([names.unique("a"), names.unique("a"), names.unique("a")], ["a", "a_2", "a_3"]);
    }
}
