//! The table of rooms in `docs/architecture.md`.

use crate::arrows::Import;
use std::collections::BTreeMap;

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
    /// Reads the rows that begin with a folder in `src/`.
    pub fn parse(document: &str) -> Result<Self, String> {
        let mut rules = BTreeMap::new();
        for line in document.lines() {
            let Some(row) = line.trim().strip_prefix("| `src/") else { continue };
            let cells: Vec<&str> = row.trim_end_matches('|').split(" | ").map(str::trim).collect();
            let [folder, _, may] = cells.as_slice() else {
                return Err(format!("a row of three cells was expected: {line}"));
            };
            let folder = folder.trim_end_matches('`').trim_end_matches('/');
            let room = folder.split('/').next().unwrap_or(folder).to_owned();
            let rule = rule(may).ok_or_else(|| format!("which rooms are meant: {may}"))?;
            if rules.insert(room, rule).is_some() {
                return Err(format!("a second row for one room: {line}"));
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

    /// Whether the room may import that.
    pub fn allows(&self, room: &str, import: &Import) -> bool {
        match self.rule(room) {
            Some(Rule::Only(paths)) => paths.iter().any(|path| import.is_within(path)),
            Some(Rule::AllBut(other)) => import.room() != other,
            None => false,
        }
    }
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
