//! Rust source as words and marks, without comments, strings and character literals.

/// What matters of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A keyword or an identifier.
    Word(String),
    /// `::`
    PathSeparator,
    /// Any other mark.
    Mark(char),
}

/// Splits the source. Numbers come out as words, which does no harm here.
pub fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let next = text.get(at + 1).copied();
        at = match (c, next) {
            ('/', Some('/')) => skip_until(&text, at, |c| c == '\n'),
            ('/', Some('*')) => skip_block_comment(&text, at),
            ('"', _) => skip_string(&text, at),
            ('\'', _) => skip_quote(&text, at),
            ('r' | 'b' | 'c', _) if raw_string(&text, at).is_some() => {
                raw_string(&text, at).unwrap_or(at + 1)
            }
            (':', Some(':')) => {
                found.push(Token::PathSeparator);
                at + 2
            }
            (c, _) if c.is_alphanumeric() || c == '_' => {
                let end = skip_until(&text, at, |c| !c.is_alphanumeric() && c != '_');
                found.push(Token::Word(text[at..end].iter().collect()));
                end
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push(Token::Mark(c));
                }
                at + 1
            }
        };
    }
    found
}

fn skip_until(text: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..text.len()).find(|&at| stop(text[at])).unwrap_or(text.len())
}

/// Rust's block comments nest.
fn skip_block_comment(text: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn skip_string(text: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A character literal, or the mark of a lifetime.
fn skip_quote(text: &[char], from: usize) -> usize {
    match (text.get(from + 1), text.get(from + 2)) {
        (Some('\\'), _) => skip_until(text, from + 3, |c| c == '\'') + 1,
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

/// The end of `r"…"`, `br#"…"#` and the like, if one begins here.
fn raw_string(text: &[char], from: usize) -> Option<usize> {
    if from > 0 && (text[from - 1].is_alphanumeric() || text[from - 1] == '_') {
        return None;
    }
    let r = (from..from + 2).find(|&at| text.get(at) == Some(&'r'))?;
    let quote = skip_until(text, r + 1, |c| c != '#');
    if text.get(quote) != Some(&'"') {
        return None;
    }
    let hashes = quote - r - 1;
    (quote + 1..text.len())
        .find(|&at| text[at] == '"' && (1..=hashes).all(|more| text.get(at + more) == Some(&'#')))
        .map(|at| at + 1 + hashes)
        .or(Some(text.len()))
}
