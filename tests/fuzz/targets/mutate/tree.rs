//! Changes to the tree of texts that are nested: XML elements, and the braces of a Nuke script.

use fastrand::Rng;

use super::{any, atoms, bytes, once_in, repeats};

/// How a text is nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// `<a>` to `</a>`.
    Elements,
    /// `{` to `}`.
    Braces,
}

/// A piece of a text. Written one after the other they are the text.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Group(Group),
}

#[derive(Clone, Debug, PartialEq)]
struct Group {
    open: String,
    pieces: Vec<Piece>,
    close: String,
}

/// Another text made of `input` by one to four changes; now and then of its bytes.
pub fn change(rng: &mut Rng, nesting: Nesting, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let text = String::from_utf8_lossy(input);
    let mut root = parse(nesting, &text);
    let donor = any(rng, seeds).map(|seed| parse(nesting, &String::from_utf8_lossy(seed)));
    let words = any(rng, seeds).map_or_else(Vec::new, |seed| atoms::words(&String::from_utf8_lossy(seed)));
    for _ in 0..rng.usize(1..4) {
        if once_in(rng, 5) {
            restructure(rng, &mut root, donor.as_ref());
        } else {
            value(rng, &mut root, &words);
        }
    }
    let mut out = String::new();
    write(&root, &mut out);
    let mut out = out.into_bytes();
    if once_in(rng, 32) {
        bytes::change(rng, &mut out, seeds);
    }
    out
}

/// The whole text as one group.
fn parse(nesting: Nesting, text: &str) -> Group {
    let group = |open: &str| Group { open: open.to_owned(), pieces: Vec::new(), close: String::new() };
    let mut open = vec![group("")];
    let mut rest = text;
    while !rest.is_empty() {
        let (length, step) = token(nesting, rest);
        let (word, after) = rest.split_at(length);
        rest = after;
        match step {
            Step::Opens => open.push(group(word)),
            Step::Closes if open.len() > 1 => {
                if let (Some(mut done), Some(top)) = (open.pop(), open.last_mut().map(|t| &mut t.pieces)) {
                    word.clone_into(&mut done.close);
                    top.push(Piece::Group(done));
                }
            }
            Step::Closes | Step::Stays => {
                if let Some(top) = open.last_mut() {
                    top.pieces.push(Piece::Text(word.to_owned()));
                }
            }
        }
    }
    // What is not closed stays so.
    while open.len() > 1 {
        if let (Some(done), Some(top)) = (open.pop(), open.last_mut()) {
            top.pieces.push(Piece::Group(done));
        }
    }
    open.pop().unwrap_or_else(|| group(""))
}

enum Step {
    Opens,
    Closes,
    Stays,
}

/// The length of the next token, at least one byte, and what it does.
fn token(nesting: Nesting, text: &str) -> (usize, Step) {
    match nesting {
        Nesting::Braces => match text.as_bytes()[0] {
            b'{' => (1, Step::Opens),
            b'}' => (1, Step::Closes),
            _ => (text.find(['{', '}']).unwrap_or(text.len()), Step::Stays),
        },
        Nesting::Elements if !text.starts_with('<') => (text.find('<').unwrap_or(text.len()), Step::Stays),
        Nesting::Elements => {
            let length = text.find('>').map_or(text.len(), |i| i + 1);
            let tag = &text[..length];
            let step = if tag.starts_with("</") {
                Step::Closes
            } else if tag.starts_with("<!") || tag.starts_with("<?") || tag.ends_with("/>") {
                Step::Stays
            } else {
                Step::Opens
            };
            (length, step)
        }
    }
}

fn write(group: &Group, out: &mut String) {
    out.push_str(&group.open);
    for piece in &group.pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Group(inner) => write(inner, out),
        }
    }
    out.push_str(&group.close);
}

/// Every text of a tree, those of opening tags too.
fn texts<'a>(group: &'a mut Group, all: &mut Vec<&'a mut String>) {
    all.push(&mut group.open);
    for piece in &mut group.pieces {
        match piece {
            Piece::Text(text) => all.push(text),
            Piece::Group(inner) => texts(inner, all),
        }
    }
}

fn value(rng: &mut Rng, root: &mut Group, words: &[String]) {
    let mut all = Vec::new();
    texts(root, &mut all);
    let has_number = |text: &&mut String| text.contains(|c: char| c.is_ascii_digit());
    let chosen = if once_in(rng, 12) { all } else { all.into_iter().filter(has_number).collect() };
    let count = chosen.len();
    if let Some(text) = chosen.into_iter().nth(rng.usize(..count.max(1))) {
        *text = atoms::change(rng, text, words);
    }
}

/// The groups below one that hold groups themselves.
fn parents<'a>(group: &'a mut Group, left: &mut usize) -> Option<&'a mut Group> {
    let own = group.pieces.iter().any(|piece| matches!(piece, Piece::Group(_)));
    if own {
        if *left == 0 {
            return Some(group);
        }
        *left -= 1;
    }
    group.pieces.iter_mut().find_map(|piece| match piece {
        Piece::Group(inner) => parents(inner, left),
        Piece::Text(_) => None,
    })
}

fn count(group: &Group) -> usize {
    let inner = group.pieces.iter().filter_map(|piece| match piece {
        Piece::Group(inner) => Some(inner),
        Piece::Text(_) => None,
    });
    let (groups, below) = inner.fold((0, 0), |(groups, below), g| (groups + 1, below + count(g)));
    below + usize::from(groups > 0)
}

/// The first word of a group: what it is.
fn kind(group: &Group) -> &str {
    let first = match group.pieces.first() {
        Some(Piece::Text(text)) if group.open == "{" => text,
        _ => &group.open,
    };
    first.split_whitespace().next().unwrap_or_default()
}

fn of_kind<'a>(group: &'a Group, wanted: &str, all: &mut Vec<&'a Group>) {
    for piece in &group.pieces {
        if let Piece::Group(inner) = piece {
            if kind(inner) == wanted {
                all.push(inner);
            }
            of_kind(inner, wanted, all);
        }
    }
}

/// A group copied, taken away, put elsewhere, or exchanged for one of its kind out of another text.
fn restructure(rng: &mut Rng, root: &mut Group, donor: Option<&Group>) {
    let parents_there = count(root);
    if parents_there == 0 {
        return;
    }
    let Some(parent) = parents(root, &mut rng.usize(..parents_there)) else { return };
    let places: Vec<usize> =
        (0..parent.pieces.len()).filter(|&i| matches!(parent.pieces[i], Piece::Group(_))).collect();
    let Some(&at) = any(rng, &places) else { return };
    match rng.u32(..6) {
        0 => drop(parent.pieces.remove(at)),
        1 | 2 => {
            let copies = vec![parent.pieces[at].clone(); repeats(rng)];
            parent.pieces.splice(at..at, copies);
        }
        3 => {
            let other = *any(rng, &places).unwrap_or(&at);
            parent.pieces.swap(at, other);
        }
        _ => {
            let Piece::Group(old) = &parent.pieces[at] else { return };
            let mut found = Vec::new();
            if let Some(donor) = donor {
                of_kind(donor, kind(old), &mut found);
            }
            if let Some(new) = any(rng, &found) {
                parent.pieces[at] = Piece::Group((*new).clone());
            }
        }
    }
}
