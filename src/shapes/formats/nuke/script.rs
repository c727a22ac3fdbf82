//! The language of Nuke scripts, as far as shapes need it: words and lists in braces.
//!
//! A script is not made into a tree, which would take fifty times its size: what is in a list is read from the text
//! when it is asked for.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::shapes::ShapeError;

/// Braces nest no deeper in any real script.
const MAX_DEPTH: usize = 200;
/// Where a list ends is noted if it has more bytes than this; for others it is found again.
const LONG: usize = 256;

/// The text of a script whose braces and quotations are closed.
pub(super) struct Script<'a> {
    text: &'a str,
    /// Where each long list ends, by where it begins.
    ends: HashMap<usize, usize>,
}

impl<'a> Script<'a> {
    /// Looks through a text once.
    pub fn new(text: &'a str) -> Result<Self, ShapeError> {
        let bad = |reason: String| Err(ShapeError::Malformed(reason));
        let mut script = Self { text, ends: HashMap::new() };
        let (mut open, mut at) = (Vec::new(), 0);
        while let Some((token, next)) = script.token(at) {
            match token {
                Token::Open if open.len() >= MAX_DEPTH => {
                    return bad(format!("braces nest deeper than {MAX_DEPTH}"));
                }
                Token::Open => open.push(next),
                Token::Close => match open.pop() {
                    Some(from) if at - from > LONG => drop(script.ends.insert(from, at)),
                    Some(_) => {}
                    None => return bad("a closing brace has no opening brace".to_owned()),
                },
                Token::Unclosed => return bad("a quotation mark is not closed".to_owned()),
                Token::Space | Token::Word(_) | Token::Quoted(_) => {}
            }
            at = next;
        }
        match open.len() {
            0 => Ok(script),
            n => bad(format!("{n} braces are not closed")),
        }
    }

    /// All of it.
    pub fn list(&self) -> List<'_> {
        List { script: self, from: 0, to: self.text.len() }
    }

    /// What stands at a byte, and where the next begins.
    fn token(&self, at: usize) -> Option<(Token<'a>, usize)> {
        let rest = self.text.get(at..)?;
        let mut chars = rest.chars();
        let first = chars.next()?;
        let after = at + first.len_utf8();
        Some(match first {
            '{' => (Token::Open, after),
            '}' => (Token::Close, after),
            '"' => {
                let mut escaped = false;
                let end = rest[1..].bytes().position(|b| {
                    let ends = b == b'"' && !escaped;
                    escaped = b == b'\\' && !escaped;
                    ends
                });
                match end {
                    Some(end) => (Token::Quoted(&rest[1..1 + end]), at + end + 2),
                    None => (Token::Unclosed, self.text.len()),
                }
            }
            c if c.is_whitespace() => (Token::Space, after),
            _ => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || c == '{' || c == '}').unwrap_or(rest.len());
                (Token::Word(&rest[..end]), at + end)
            }
        })
    }

    /// Where the list ends that begins at `from`.
    fn end(&self, from: usize) -> usize {
        if let Some(&end) = self.ends.get(&from) {
            return end;
        }
        let (mut depth, mut at) = (0_usize, from);
        while let Some((token, next)) = self.token(at) {
            match token {
                Token::Open => depth += 1,
                Token::Close if depth == 0 => return at,
                Token::Close => depth -= 1,
                _ => {}
            }
            at = next;
        }
        self.text.len()
    }
}

enum Token<'a> {
    Open,
    Close,
    Space,
    Word(&'a str),
    Quoted(&'a str),
    Unclosed,
}

/// A list of a script.
#[derive(Clone, Copy)]
pub(super) struct List<'a> {
    script: &'a Script<'a>,
    from: usize,
    to: usize,
}

impl<'a> List<'a> {
    /// What is in it.
    pub fn nodes(self) -> Nodes<'a> {
        Nodes { list: self, at: self.from }
    }

    /// Bytes of its text.
    pub fn bytes(self) -> usize {
        self.to - self.from
    }

    /// The first word in it; none where it begins with a list.
    pub fn head(self) -> Option<Cow<'a, str>> {
        self.nodes().next()?.into_word()
    }

    /// The first list in it that begins with the word `name`.
    pub fn named(self, name: &str) -> Option<List<'a>> {
        self.nodes().filter_map(|n| n.list()).find(|l| l.head().as_deref() == Some(name))
    }

    /// What follows the word `name`.
    pub fn after(self, name: &str) -> Option<Node<'a>> {
        let mut nodes = self.nodes();
        while let Some(node) = nodes.next() {
            if node.word() == Some(name) {
                return nodes.next();
            }
        }
        None
    }

    /// The only thing in it, if that is a list.
    pub fn only_list(self) -> Option<List<'a>> {
        let mut nodes = self.nodes();
        let first = nodes.next()?.list()?;
        nodes.next().is_none().then_some(first)
    }
}

/// What is in a list, one after the other.
pub(super) struct Nodes<'a> {
    list: List<'a>,
    at: usize,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Node<'a>> {
        while self.at < self.list.to {
            let script = self.list.script;
            let (token, next) = script.token(self.at)?;
            self.at = next;
            match token {
                Token::Open => {
                    let to = script.end(next);
                    self.at = to + 1;
                    return Some(Node::List(List { script, from: next, to }));
                }
                Token::Word(word) => return Some(Node::Word(word.into())),
                Token::Quoted(raw) => return Some(Node::Word(unescaped(raw))),
                Token::Space | Token::Close | Token::Unclosed => {}
            }
        }
        None
    }
}

/// A quoted word without the strokes before its characters.
fn unescaped(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return raw.into();
    }
    let mut word = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        word.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    word.into()
}

/// A word or a list.
#[derive(Clone)]
pub(super) enum Node<'a> {
    Word(Cow<'a, str>),
    List(List<'a>),
}

impl<'a> Node<'a> {
    /// The word that it is.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::List(_) => None,
        }
    }

    /// The word that it is.
    pub fn into_word(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Word(word) => Some(word),
            Self::List(_) => None,
        }
    }

    /// The list that it is.
    pub fn list(&self) -> Option<List<'a>> {
        match self {
            Self::Word(_) => None,
            Self::List(list) => Some(*list),
        }
    }

    /// A decimal number, or a 32-bit float as `x` and eight hexadecimal digits.
    pub fn number(&self) -> Option<f64> {
        let word = self.word()?;
        let hex = word.strip_prefix('x').filter(|h| h.len() == 8);
        let value = match hex.and_then(|h| u32::from_str_radix(h, 16).ok()) {
            Some(bits) => f64::from(f32::from_bits(bits)),
            None => word.parse().ok()?,
        };
        Some(value).filter(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(list: List) -> String {
        let one = |node: Node| match node {
            Node::Word(word) => format!("<{word}>"),
            Node::List(list) => format!("[{}]", shown(list)),
        };
        list.nodes().map(one).collect()
    }

    #[test]
    fn words_lists_and_quotations_are_told_apart() {
        let long = format!("{{{}}}", "a ".repeat(400));
        let text = format!("a{{b\"c d}} \"x}} \\\"y\\\\\" {{}} {long}\n\u{3000}z{{1{{2}}3}}");
        let script = Script::new(&text).expect("a script");
        let expected = format!("<a>[<b\"c><d>]<x}} \"y\\>[][{}]<z>[<1>[<2>]<3>]", "<a>".repeat(400));
        assert_eq!(shown(script.list()), expected);
        assert_eq!(script.list().after("z").map(|n| n.list().is_some()), Some(true));
        assert_eq!(script.list().named("b\"c").map(List::bytes), Some(5));
    }

    #[test]
    fn what_is_not_closed_is_said() {
        for (text, said) in [
            ("a {b", "1 braces are not closed"),
            ("a}", "a closing brace has no opening brace"),
            ("{\"a}", "a quotation mark is not closed"),
            ("{\"a\\\"}", "a quotation mark is not closed"),
            (&"{".repeat(300), "braces nest deeper than 200"),
        ] {
            let error = Script::new(text).err().expect(text).to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn numbers_are_decimal_or_of_32_bits() {
        let script = Script::new("1.5 x3f800000 -2 x7fc00000 1e400 x1 z {1}").expect("a script");
        let found: Vec<_> = script.list().nodes().map(|n| n.number()).collect();
        assert_eq!(found, [Some(1.5), Some(1.0), Some(-2.0), None, None, None, None, None]);
    }
}
