//! Who may import whom, where `unsafe` and ONNX Runtime may be.

use crate::offences::Offence;
use crate::source::{Source, room};
use crate::survey::{Import, Survey};
use crate::table::Table;
use proc_macro2::{TokenStream, TokenTree};

/// Rooms that may hold `unsafe` code: the C boundary from either side.
const UNSAFE_ROOMS: [&str; 2] = ["ofx", "host"];

/// The only room that may import `ort`.
const ORT_ROOM: &str = "models";

/// Imports that the table does not allow. Both what is written and where it leads must be allowed, so that no
/// room gives away the names of another.
pub fn imports(survey: &Survey, table: &Table) -> Vec<Offence> {
    let mut found = Vec::new();
    for import in &survey.imports {
        let source = &survey.sources[import.from];
        let Some(from) = source.room() else { continue };
        for path in ends(import) {
            let Some(to) = room(path).filter(|to| *to != from) else { continue };
            if !table.allows(from, &path[1..]) {
                let why = format!("{from} may not import {}", path[1..].join("::"));
                found.push(Offence::new("arrow", format!("{} {to}", source.path), why));
            }
        }
    }
    for source in &survey.sources {
        if let Some(name) = source.room().filter(|name| table.rule(name).is_none()) {
            let why = format!("the table has no room {name}");
            found.push(Offence::new("arrow", format!("{} {name}", source.path), why));
        }
    }
    found
}

/// The path as it is written and the one where it leads, but for names that lie in the crate's root: macros.
fn ends(import: &Import) -> impl Iterator<Item = &Vec<String>> {
    let in_root = import.written.len() == 2 && import.defined.len() > 2;
    let written = Some(&import.written).filter(|_| !in_root);
    written.into_iter().chain([&import.defined]).filter(|path| path.len() > 1)
}

/// Unsafe code, and ONNX Runtime, where they may not be. Tests are held to it too.
pub fn boundaries(sources: &[Source]) -> Vec<Offence> {
    let mut found = Vec::new();
    for source in sources {
        let name = source.room().unwrap_or("lib");
        let words = words(&source.text);
        if !UNSAFE_ROOMS.contains(&name) && words.iter().any(|word| word == "unsafe") {
            found.push(Offence::new(
                "unsafe",
                source.path.clone(),
                format!("{name} may hold no unsafe code"),
            ));
        }
        if name != ORT_ROOM && words.windows(3).any(|three| three == ["ort", ":", ":"]) {
            let why = format!("{name} may not import ort, only {ORT_ROOM} may");
            found.push(Offence::new("ort", source.path.clone(), why));
        }
    }
    found
}

/// The words and marks of a text, without comments, strings and what they hold.
pub fn words(text: &str) -> Vec<String> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("no Rust: {error}"));
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => found.push(word.to_string()),
            TokenTree::Punct(mark) => found.push(mark.to_string()),
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(_) => {}
        }
    }
}
