//! The architecture as `docs/architecture.md` draws it, checked against the source: who imports
//! whom, where `unsafe` and ONNX Runtime may be, and that no file tells of the machine it was
//! written on.

mod arrows;
mod table;
mod tokens;

use arrows::{Import, imports};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::{Rule, Table};
use tokens::{Token, tokens};

/// Rooms that may hold `unsafe` code: the C boundary from either side.
const UNSAFE_ROOMS: [&str; 2] = ["ofx", "host"];

/// The only room that may import `ort`.
const ORT_ROOM: &str = "models";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Files under the folder whose name ends so, in order, without what is built or fetched.
fn files(folder: &Path, ends: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | ".git" | "__pycache__") {
                found.extend(files(&path, ends));
            }
        } else if name.ends_with(ends) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The macros that a source file defines. An exported one lies in the crate's root for those who
/// use it, but it belongs to the room that it is written in.
fn macros(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let definition = [Token::Word("macro_rules".to_owned()), Token::Mark('!')];
    tokens
        .windows(3)
        .filter_map(|three| match three {
            [word, mark, Token::Word(name)] if [word, mark] == [&definition[0], &definition[1]] => {
                Some(name.clone())
            }
            _ => None,
        })
        .collect()
}

/// What a source file of a room imports against the rules; one sentence each. `homes` tells the
/// room of each macro.
fn offences(
    table: &Table,
    homes: &BTreeMap<String, String>,
    room: &str,
    depth: usize,
    source: &str,
) -> Vec<String> {
    let tokens = tokens(source);
    let mut found: Vec<String> = imports(&tokens, depth)
        .iter()
        .map(|import| match homes.get(import.room()) {
            Some(home) => Import::of(&[home, import.room()]),
            None => import.clone(),
        })
        .filter(|import| import.room() != room && !table.allows(room, import))
        .map(|import| format!("{room} may not import {import}"))
        .collect();
    let has = |word: &str| tokens.iter().any(|token| *token == Token::Word(word.to_owned()));
    if !UNSAFE_ROOMS.contains(&room) && has("unsafe") {
        found.push(format!("{room} may hold no unsafe code"));
    }
    if room != ORT_ROOM && starts_path(&tokens, "ort") {
        found.push(format!("{room} may not import ort, only {ORT_ROOM} may"));
    }
    found
}

/// Whether a path begins with the crate's name.
fn starts_path(tokens: &[Token], name: &str) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        *token == Token::Word(name.to_owned())
            && tokens.get(at + 1) == Some(&Token::PathSeparator)
            && (at == 0 || tokens[at - 1] != Token::PathSeparator)
    })
}

/// Every source file of the library and the command line: path, room, and how many modules deep.
fn sources() -> Vec<(PathBuf, String, usize)> {
    let source = root().join("src");
    files(&source, ".rs")
        .into_iter()
        .filter_map(|path| {
            let inside: Vec<String> = path
                .strip_prefix(&source)
                .expect("it lies in src")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            let [room, rest @ ..] = inside.as_slice() else { return None };
            let last = rest.last()?; // lib.rs only names the rooms
            let depth = rest.len() + usize::from(last != "mod.rs");
            Some((path.clone(), room.clone(), depth))
        })
        .collect()
}

#[test]
fn every_arrow_is_in_the_table() {
    let table = Table::parse(&read(&root().join("docs/architecture.md"))).expect("it has a table");
    let mut found = Vec::new();
    let sources = sources();
    assert!(sources.len() > 10, "the source was not found: {sources:?}");
    let homes: BTreeMap<String, String> = sources
        .iter()
        .flat_map(|(path, room, _)| macros(&read(path)).into_iter().map(|name| (name, room.clone())))
        .collect();
    for (path, room, depth) in sources {
        if table.rule(&room).is_none() {
            found.push(format!("{}: the table has no room {room}", path.display()));
            continue;
        }
        for offence in offences(&table, &homes, &room, depth, &read(&path)) {
            found.push(format!("{}: {offence}", path.display()));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn xtask_and_the_build_stand_alone() {
    let mut paths = files(&root().join("xtask/src"), ".rs");
    paths.push(root().join("build.rs"));
    for path in paths {
        let tokens = tokens(&read(&path));
        assert!(!starts_path(&tokens, "airoto"), "{} imports ours", path.display());
        let unsafe_word = Token::Word("unsafe".to_owned());
        assert!(!tokens.contains(&unsafe_word), "{} holds unsafe code", path.display());
    }
}

/// Whether the text names a folder of some machine that only its writer has.
fn machine_path(text: &str) -> Option<String> {
    // Put together, so that this file does not accuse itself.
    let folders = ["work", "root", "tmp", "home", "Users"].map(|name| format!("/{name}/"));
    folders.into_iter().find(|folder| {
        text.match_indices(folder.as_str()).any(|(at, _)| {
            // A path begins there: "frames/work/" and "/var/tmp/" are no such thing.
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}$>".contains(c))
        })
    })
}

#[test]
fn no_file_tells_of_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for ends in [".rs", ".toml", ".md", ".py", ".h", ".c", ".json", ".plist", ".svg", ".yml", "run"] {
        for path in files(root(), ends) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (number, line) in text.lines().enumerate() {
                if let Some(folder) = machine_path(line) {
                    found.push(format!("{}:{}: {folder}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_forbidden_arrow_is_found_however_it_is_written() {
    let table = Table::parse(
        "| folder | what | may import |\n|---|---|---|\n\
         | `src/raster/` | frames | nothing of ours |\n\
         | `src/engine/` | tracks | models, raster |\n\
         | `src/host/` | a host | `ofx::sys`, raster |\n\
         | `src/node/` | the effect | ofx, worker (client), raster |\n\
         | `src/bin/airoto/` | the command line | everything but node |\n",
    )
    .expect("it is a table");
    let home = macros("#[macro_export]\nmacro_rules! export_it { () => {} }");
    let homes = home.into_iter().map(|name| (name, "ofx".to_owned())).collect();
    let bad = [
        ("engine", 2, "crate::export_it!();"),
        ("raster", 2, "use crate::engine::Engine;"),
        ("raster", 2, "fn f() -> crate::models::Tracker { todo() }"),
        ("engine", 2, "use crate::{raster::Frame, shapes};"),
        ("engine", 2, "use crate::{raster::{Frame, Matte}, worker::{self, Client}};"),
        ("engine", 1, "use super::worker::Client;"),
        ("engine", 2, "use super::super::worker::Client;"),
        ("engine", 2, "mod tests { use super::super::super::qc::Report; }"),
        ("host", 2, "use crate::ofx::status::Status;"),
        ("host", 2, "use crate::ofx::{sys::OfxHost, guard};"),
        ("host", 2, "use crate::ofx;"),
        ("node", 2, "macro_rules! m { () => { $crate::engine::run() } }"),
        ("bin", 2, "use airoto::node::Node;"),
        ("bin", 2, "use airoto::{host::Binary, node};"),
        ("engine", 2, "fn f() { unsafe { g() } }"),
        ("engine", 2, "use ort::session::Session;"),
        ("engine", 2, "const X: char = '\"'; use crate::shapes; // \""),
        ("engine", 2, "fn f<'a>(x: &'a str) { crate::shapes::g(x) }"),
    ];
    for (room, depth, source) in bad {
        assert!(!offences(&table, &homes, room, depth, source).is_empty(), "{room}: {source}");
    }
    let good = [
        ("raster", 2, "use super::Frame; use crate::raster::Matte;"),
        ("engine", 2, "use crate::{models::Tracker, raster::{Frame, Matte}};"),
        ("engine", 2, "/// As [`crate::worker`] says.\nfn f() {} /* crate::shapes::x */"),
        ("engine", 2, "const S: &str = \"crate::worker\"; const R: &str = r#\"crate::qc\"\"#;"),
        ("engine", 2, "mod tests { use super::super::Plan; }"),
        ("engine", 2, "pub(crate) fn f() {}"),
        ("host", 2, "use crate::ofx::sys::{OfxHost, OfxPlugin};"),
        ("host", 2, "fn f() { unsafe { g() } }"),
        ("node", 2, "use crate::worker::Client;"),
        ("node", 2, "crate::export_it!();"),
        ("models", 2, "use ort::session::Session;"),
        ("bin", 2, "use airoto::{host::Binary, engine::prompts};"),
    ];
    for (room, depth, source) in good {
        let found = offences(&table, &homes, room, depth, source);
        let known = table.rule(room).is_some();
        let found: Vec<_> = found.iter().filter(|text| known || !text.contains("import")).collect();
        assert!(found.is_empty(), "{room}: {source}: {found:?}");
    }
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    for text in [
        "no table at all",
        "| `src/raster/` | frames |\n",
        "| `src/raster/` | frames | whatever it likes to |\n",
        "| `src/raster/` | frames | nothing of ours |\n| `src/raster/` | twice | raster |\n",
    ] {
        assert!(Table::parse(text).is_err(), "{text}");
    }
    let import = Import::of(&["engine", "Engine"]);
    let table = Table::parse("| `src/raster/` | frames | nothing of ours |").expect("it is one");
    assert!(matches!(table.rule("raster"), Some(Rule::Only(rooms)) if rooms.is_empty()));
    assert!(!table.allows("raster", &import));
    assert!(!table.allows("unknown", &import));
}

#[test]
fn a_machine_path_is_told_from_others() {
    let of = |name: &str, rest: &str| format!("/{name}/{rest}");
    assert!(machine_path(&format!("see {}", of("work", "plan"))).is_some());
    assert!(machine_path(&format!("\"{}\"", of("home", "somebody"))).is_some());
    assert!(machine_path(&format!("/var{}", of("tmp", "nuke-u1000"))).is_none());
    assert!(machine_path(&format!("frames{}", of("work", "x"))).is_none());
    assert!(machine_path("/usr/OFX/Plugins").is_none());
}
