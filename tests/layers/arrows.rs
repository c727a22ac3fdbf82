//! The paths of a source file that lead into a room of the crate.

use crate::tokens::Token;
use std::fmt;

/// A path into a room, such as `ofx::sys`; the first two of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    parts: Vec<String>,
}

impl Import {
    /// The path of these parts.
    pub fn of(parts: &[&str]) -> Self {
        Self { parts: parts.iter().map(|part| (*part).to_owned()).collect() }
    }

    /// The room that it leads to.
    pub fn room(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }

    /// Whether it begins as the given path, such as "ofx::sys", does.
    pub fn is_within(&self, path: &str) -> bool {
        path.split("::").enumerate().all(|(at, part)| self.parts.get(at).is_some_and(|p| p == part))
    }
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("::"))
    }
}

/// Every path from the crate's root, in a file that is `depth` modules below it.
///
/// Found are `crate::…`, `$crate::…`, `airoto::…`, and a `super::…` that goes up to the root.
pub fn imports(tokens: &[Token], depth: usize) -> Vec<Import> {
    let mut found = Vec::new();
    let mut inline = InlineModules::default();
    let mut at = 0;
    while at < tokens.len() {
        inline.see(tokens, at);
        let after_separator = at > 0 && tokens[at - 1] == Token::PathSeparator;
        if let Token::Word(word) = &tokens[at]
            && !after_separator
        {
            let root = match word.as_str() {
                "crate" | "airoto" if follows_separator(tokens, at) => Some(at + 2),
                "super" => root_by_super(tokens, at, depth + inline.count()),
                _ => None,
            };
            if let Some(start) = root {
                expand(tokens, start, &[], &mut found);
            }
        }
        at += 1;
    }
    found
}

fn follows_separator(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1) == Some(&Token::PathSeparator)
}

/// Where a chain of `super::` has arrived at the root.
fn root_by_super(tokens: &[Token], at: usize, depth: usize) -> Option<usize> {
    let (mut at, mut up) = (at, 0);
    while tokens.get(at) == Some(&Token::Word("super".to_owned())) && follows_separator(tokens, at) {
        (at, up) = (at + 2, up + 1);
    }
    (up >= depth).then_some(at)
}

/// Follows a path or a group of paths; returns where it ends.
fn expand(tokens: &[Token], at: usize, before: &[String], found: &mut Vec<Import>) -> usize {
    match tokens.get(at) {
        Some(Token::Mark('{')) => {
            let mut at = at + 1;
            loop {
                match tokens.get(at) {
                    None => return at,
                    Some(Token::Mark('}')) => return at + 1,
                    Some(Token::Mark(',')) => at += 1,
                    _ => at = expand(tokens, at, before, found).max(at + 1),
                }
            }
        }
        Some(Token::Word(word)) => {
            let mut parts = before.to_vec();
            // `{self}` means the path before it; so does what comes after `as`.
            if word != "self" {
                parts.push(word.clone());
            }
            let mut end = at + 1;
            if tokens.get(end) == Some(&Token::PathSeparator) && parts.len() < 2 {
                return expand(tokens, end + 1, &parts, found);
            }
            // The rest does not change which room it is.
            while tokens.get(end) == Some(&Token::PathSeparator) {
                end = match tokens.get(end + 1) {
                    Some(Token::Mark('{')) => skip_group(tokens, end + 1),
                    _ => end + 2,
                };
            }
            if tokens.get(end) == Some(&Token::Word("as".to_owned())) {
                end += 2;
            }
            if !parts.is_empty() {
                found.push(Import { parts });
            }
            end
        }
        // A glob or a generic argument: the path before it is what counts.
        _ => {
            if !before.is_empty() {
                found.push(Import { parts: before.to_vec() });
            }
            at + 1
        }
    }
}

fn skip_group(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The `mod name { … }` that the place in the file is within.
#[derive(Default)]
struct InlineModules {
    braces: usize,
    /// The number of open braces outside each.
    opened: Vec<usize>,
}

impl InlineModules {
    fn count(&self) -> usize {
        self.opened.len()
    }

    fn see(&mut self, tokens: &[Token], at: usize) {
        match tokens[at] {
            Token::Mark('{') => {
                if at >= 2 && tokens[at - 2] == Token::Word("mod".to_owned()) {
                    self.opened.push(self.braces);
                }
                self.braces += 1;
            }
            Token::Mark('}') => {
                self.braces = self.braces.saturating_sub(1);
                if self.opened.last() == Some(&self.braces) {
                    self.opened.pop();
                }
            }
            _ => {}
        }
    }
}
