//! The glossary's reserved words, held against the names of types and functions.

use crate::offences::Offence;
use crate::source::{Source, attributes, for_tests};
use crate::table::Word;
use syn::visit::{self, Visit};

/// Names that use a reserved word where it means something else.
pub fn offences(sources: &[Source], words: &[Word]) -> Vec<Offence> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.test) {
        let mut names = Names(Vec::new());
        names.visit_file(&source.ast);
        let room = source.room().unwrap_or("lib");
        for name in &names.0 {
            let taken = words.iter().filter(|word| !word.rooms.iter().any(|allowed| allowed == room));
            if let Some(word) = taken.into_iter().find(|word| word.matches(name)) {
                let why = format!("{} is reserved: {}", word.pattern, word.meaning);
                found.push(Offence::new("word", format!("{} {name}", source.path), why));
            }
        }
    }
    found
}

impl Word {
    /// Whether a name is the word, or has it as a part: `Clip` is in `ClipSource`, not in `Eclipse`.
    fn matches(&self, name: &str) -> bool {
        match self.pattern.strip_prefix('*').and_then(|word| word.strip_suffix('*')) {
            Some(word) => parts(name).iter().any(|part| part == word || part.strip_suffix('s') == Some(word)),
            None => self.pattern == name,
        }
    }
}

/// The words that a name is made of.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut begins = true;
    for c in name.chars() {
        if c == '_' {
            begins = true;
            continue;
        }
        if begins || c.is_uppercase() {
            parts.push(String::new());
        }
        begins = false;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// The types and functions that a file declares.
struct Names(Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if for_tests(attributes(item)) {
            return;
        }
        let name = match item {
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            syn::Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.0.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.0.push(signature.ident.to_string());
        visit::visit_signature(self, signature);
    }
}
