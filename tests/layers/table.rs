//! The tables in `docs/architecture.md` that the source is held against.

use std::collections::{BTreeMap, BTreeSet};

/// What one room may import.
#[derive(Debug, PartialEq, Eq)]
pub enum Rule {
    /// These rooms, or parts of them such as "ofx::sys".
    Only(Vec<String>),
    /// All but this room.
    AllBut(String),
}

/// The rules of all rooms in `src/`.
#[derive(Debug)]
pub struct Table {
    rules: BTreeMap<String, Rule>,
}

impl Table {
    /// Reads the rows of "Rooms" that begin with a folder in `src/`.
    pub fn parse(document: &str) -> Result<Self, String> {
        let mut rules = BTreeMap::new();
        for row in rows(document, "Rooms").into_iter().filter(|row| row[0].starts_with("`src/")) {
            let [folder, _, may] = row.as_slice() else {
                return Err(format!("a row of three cells was expected: {}", row.join(" | ")));
            };
            let folder = folder.trim_matches('`').trim_start_matches("src/").trim_end_matches('/');
            let room = folder.split('/').next().unwrap_or(folder).to_owned();
            let rule = rule(may).ok_or_else(|| format!("which rooms are meant: {may}"))?;
            if rules.insert(room, rule).is_some() {
                return Err(format!("a second row for one room: {folder}"));
            }
        }
        if rules.is_empty() {
            return Err("there is no row for a folder in src/".to_owned());
        }
        Ok(Self { rules })
    }

    /// The rule of a room.
    pub fn rule(&self, room: &str) -> Option<&Rule> {
        self.rules.get(room)
    }

    /// Whether the room may import that path, such as `engine, Engine`.
    pub fn allows(&self, room: &str, path: &[String]) -> bool {
        let is_within = |allowed: &String| {
            allowed.split("::").enumerate().all(|(at, part)| path.get(at).is_some_and(|p| p == part))
        };
        match self.rule(room) {
            Some(Rule::Only(allowed)) => allowed.iter().any(is_within),
            Some(Rule::AllBut(other)) => path.first() != Some(other),
            None => false,
        }
    }
}

/// The folders whose files may import each other, of the section "Circles".
pub fn circles(document: &str) -> Result<BTreeSet<String>, String> {
    let rows = rows(document, "Circles").into_iter().filter(|row| row[0].starts_with('`'));
    rows.map(|row| match row.as_slice() {
        [folder, why] if !why.is_empty() => Ok(folder.trim_matches('`').to_owned()),
        _ => Err(format!("a folder and a reason were expected: {}", row.join(" | "))),
    })
    .collect()
}

/// A name that is reserved for one thing.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// `Memory` for that name, `*Clip*` for every name that has the word in it.
    pub pattern: String,
    /// What it stands for.
    pub meaning: String,
    /// The rooms where it does.
    pub rooms: Vec<String>,
}

/// The names of the section "Words" that are reserved.
pub fn words(document: &str) -> Result<Vec<Word>, String> {
    let rows = rows(document, "Words").into_iter().filter(|row| row[0].starts_with('`'));
    rows.map(|row| match row.as_slice() {
        [names, meaning, rooms] => {
            let rooms = rooms.split(',').map(|room| room.trim().to_owned()).collect::<Vec<_>>();
            let word = |name: &str| Word {
                pattern: name.trim().trim_matches('`').to_owned(),
                meaning: meaning.clone(),
                rooms: rooms.clone(),
            };
            Ok(names.split(',').map(word).collect::<Vec<_>>())
        }
        _ => Err(format!("names, a meaning and rooms were expected: {}", row.join(" | "))),
    })
    .collect::<Result<Vec<_>, _>>()
    .map(|words| words.into_iter().flatten().collect())
}

/// The cells of every row of the tables in a section.
fn rows(document: &str, section: &str) -> Vec<Vec<String>> {
    let mut inside = false;
    let mut rows = Vec::new();
    for line in document.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix("## ") {
            inside = title == section;
        } else if let Some(row) = line.strip_prefix('|').filter(|_| inside) {
            let row = row.strip_suffix('|').unwrap_or(row);
            rows.push(row.split(" | ").map(|cell| cell.trim().to_owned()).collect());
        }
    }
    rows
}

/// "nothing of ours", "everything but node", or "`ofx::sys`, worker (client), raster".
fn rule(text: &str) -> Option<Rule> {
    if text == "nothing of ours" {
        return Some(Rule::Only(Vec::new()));
    }
    if let Some(room) = text.strip_prefix("everything but ") {
        return is_path(room).then(|| Rule::AllBut(room.to_owned()));
    }
    let paths = text.split(',').map(|part| {
        // What is in parentheses explains.
        let path = part.split('(').next().unwrap_or(part).trim().trim_matches('`');
        is_path(path).then(|| path.to_owned())
    });
    paths.collect::<Option<Vec<_>>>().map(Rule::Only)
}

fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text
            .split("::")
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}
