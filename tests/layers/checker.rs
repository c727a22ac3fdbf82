//! The checker itself, on small trees of files.

use crate::offences::{Known, Offence};
use crate::source::parse;
use crate::survey::Survey;
use crate::table::{self, Rule, Table};
use crate::{arrows, circles, sizes, words};
use std::collections::BTreeSet;

fn survey(files: &[(&str, &str)]) -> Survey {
    Survey::of(parse(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()))
}

fn table() -> Table {
    Table::parse(
        "## Rooms\n| folder | what | may import |\n|---|---|---|\n\
         | `src/raster/` | frames | nothing of ours |\n\
         | `src/engine/` | tracks | models, raster |\n\
         | `src/host/` | a host | `ofx::sys`, raster |\n\
         | `src/node/` | the effect | ofx, worker (client), raster |\n\
         | `src/worker/` | messages | engine |\n\
         | `src/bin/airoto/` | the command line | everything but node |\n",
    )
    .expect("it is a table")
}

/// The rooms that a tree has beside the file that is judged.
const AROUND: [(&str, &str); 10] = [
    ("src/lib.rs", ""),
    ("src/engine/mod.rs", "mod plan; pub use plan::Plan; pub struct Engine;"),
    ("src/engine/plan.rs", "pub struct Plan;"),
    ("src/models/mod.rs", "pub struct Tracker;"),
    ("src/node/mod.rs", "pub struct Node;"),
    ("src/ofx/mod.rs", "pub mod entry; pub mod sys; pub mod status; pub mod guard;"),
    ("src/ofx/sys.rs", "include!(concat!(env!(\"OUT_DIR\"), \"/ofx.rs\"));"),
    ("src/ofx/entry.rs", "#[macro_export]\nmacro_rules! export_it { () => {} }"),
    ("src/raster/mod.rs", "pub struct Frame; pub struct Matte;"),
    ("src/worker/mod.rs", "pub use crate::engine::Plan; pub struct Client;"),
];

fn judged(path: &str, text: &str) -> Vec<Offence> {
    let files: Vec<_> =
        AROUND.into_iter().filter(|(other, _)| *other != path).chain([(path, text)]).collect();
    let survey = survey(&files);
    let mut found = arrows::imports(&survey, &table());
    found.extend(arrows::boundaries(&survey.sources));
    found.retain(|offence| offence.what.split(' ').next() == Some(path));
    found.retain(|offence| !offence.why.contains("the table has no room"));
    found
}

#[test]
fn a_forbidden_arrow_is_found_however_it_is_written() {
    let bad = [
        ("src/engine/x.rs", "crate::export_it!();"),
        ("src/raster/x.rs", "use crate::engine::Engine;"),
        ("src/raster/x.rs", "fn f() -> crate::models::Tracker { todo() }"),
        ("src/engine/x.rs", "use crate::{raster::Frame, shapes};"),
        ("src/engine/x.rs", "use crate::{raster::{Frame, Matte}, worker::{self, Client}};"),
        ("src/engine/mod.rs", "use super::worker::Client;"),
        ("src/engine/x.rs", "use super::super::worker::Client;"),
        ("src/engine/x.rs", "mod inner { use super::super::super::worker::Client; }"),
        ("src/engine/x.rs", "use crate::worker; fn f() { worker::run() }"),
        ("src/host/x.rs", "use crate::ofx::status::Status;"),
        ("src/host/x.rs", "use crate::ofx::{sys::OfxHost, guard};"),
        ("src/host/x.rs", "use crate::ofx;"),
        ("src/node/x.rs", "macro_rules! m { () => { $crate::engine::run() } }"),
        ("src/node/x.rs", "fn f() { println!(\"{}\", crate::engine::run()) }"),
        ("src/node/x.rs", "use crate::worker::Plan;"),
        ("src/node/x.rs", "use crate::worker; fn f(plan: worker::Plan) {}"),
        ("src/node/x.rs", "use crate::worker::*; fn f(plan: Plan) {}"),
        ("src/bin/airoto/x.rs", "use airoto::node::Node;"),
        ("src/bin/airoto/x.rs", "use airoto::{host::Binary, node};"),
        ("src/engine/x.rs", "fn f() { unsafe { g() } }"),
        ("src/engine/x.rs", "use ort::session::Session;"),
        ("src/engine/x.rs", "const X: char = '\"'; use crate::worker; // \""),
        ("src/engine/x.rs", "fn f<'a>(x: &'a str) { crate::worker::g(x) }"),
    ];
    for (path, text) in bad {
        assert!(!judged(path, text).is_empty(), "{path}: {text}");
    }
    let good = [
        ("src/raster/x.rs", "use super::Frame; use crate::raster::Matte;"),
        ("src/engine/x.rs", "use crate::{models::Tracker, raster::{Frame, Matte}};"),
        ("src/engine/x.rs", "/// As [`crate::worker`] says.\nfn f() {} /* crate::shapes::x */"),
        ("src/engine/x.rs", "const S: &str = \"crate::worker\"; const R: &str = r#\"crate::qc\"#;"),
        ("src/engine/x.rs", "mod inner { use super::super::Plan; }"),
        ("src/engine/x.rs", "#[cfg(test)] mod tests { use crate::worker::Client; }"),
        ("src/engine/x.rs", "pub(crate) fn f() {} pub(in crate::engine) fn g() {}"),
        ("src/host/x.rs", "use crate::ofx::sys::{OfxHost, OfxPlugin};"),
        ("src/host/x.rs", "fn f() { unsafe { g() } }"),
        ("src/node/x.rs", "use crate::worker::Client;"),
        ("src/node/x.rs", "use crate::worker::*; fn f(client: Client) {}"),
        ("src/node/x.rs", "crate::export_it!();"),
        ("src/models/x.rs", "use ort::session::Session;"),
        ("src/bin/airoto/x.rs", "use airoto::{host::Binary, engine::prompts};"),
    ];
    for (path, text) in good {
        let found = judged(path, text);
        assert!(path.contains("models") || found.is_empty(), "{path}: {text}: {found:?}");
    }
}

fn circles_of(files: &[(&str, &str)], named: &[&str]) -> Vec<String> {
    let named: BTreeSet<String> = named.iter().map(|folder| (*folder).to_owned()).collect();
    circles::offences(&survey(files), &named).into_iter().map(|offence| offence.what).collect()
}

#[test]
fn a_circle_is_found_through_names_that_are_handed_on() {
    let through = [
        ("src/a/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
        ("src/a/b.rs", "use super::C; pub struct B(C);"),
        ("src/a/c.rs", "pub fn f() -> super::B { todo() } pub struct C;"),
    ];
    assert_eq!(circles_of(&through, &[]), ["src/a/b.rs", "src/a/c.rs"]);
    assert!(circles_of(&through, &["src/a/"]).is_empty());
    assert_eq!(circles_of(&through, &["src/b/"]).len(), 2);
    // A folder of five files is no one thing.
    let more = [("src/a/d.rs", ""), ("src/a/e.rs", "")];
    let large: Vec<_> = through.into_iter().chain(more).collect();
    assert_eq!(circles_of(&large, &["src/a/"]).len(), 2);
}

#[test]
fn a_module_that_hands_on_its_children_is_in_no_circle_with_them() {
    let hands_on = [
        ("src/a/mod.rs", "mod b; pub use b::B; pub struct A;"),
        ("src/a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert!(circles_of(&hands_on, &[]).is_empty());
    let needs = [("src/a/mod.rs", "mod b; pub use b::B; pub struct A(Vec<B>);"), hands_on[1]];
    assert_eq!(circles_of(&needs, &[]).len(), 2);
    let calls = [("src/a/mod.rs", "mod b; pub struct A; fn f() { b::g() }"), hands_on[1]];
    assert_eq!(circles_of(&calls, &[]).len(), 2);
}

#[test]
fn tests_make_no_circle() {
    let files = [
        ("src/a/mod.rs", "mod b; #[cfg(test)] mod tests; pub struct A;"),
        ("src/a/b.rs", "use super::A; pub struct B(A);"),
        ("src/a/tests/mod.rs", "mod rig; use super::b::B;"),
        ("src/a/tests/rig.rs", "use super::super::b::B; use super::f;"),
    ];
    assert!(circles_of(&files, &[]).is_empty());
    let inside = [
        ("src/a/mod.rs", "mod b; #[cfg(test)] mod tests { use super::b::B; } pub struct A;"),
        ("src/a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert!(circles_of(&inside, &[]).is_empty());
}

fn counted(text: &str) -> Vec<sizes::Counted> {
    let ast = syn::parse_file(text).expect("it is Rust");
    vec![sizes::Counted::of("src/a.rs".to_owned(), text, &ast, false)]
}

#[test]
fn sizes_parameters_and_errors_are_counted() {
    let long = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(99));
    assert_eq!(sizes::long_functions(&counted(&long)).len(), 1);
    assert!(sizes::long_functions(&counted(&long.replacen("    g();\n", "", 1))).is_empty());
    let lines = "const X: i32 = 0;\n".repeat(501);
    assert_eq!(sizes::files(&counted(&lines)).len(), 1);
    assert!(sizes::files(&counted(&format!("//! This file is a table.\n{lines}"))).is_empty());
    assert!(sizes::files(&counted(&lines[18..])).is_empty());

    for (text, wide) in [
        ("fn f(a: (u8, u8, u8)) {}", true),
        ("fn f(a: &[(u8, u8, u8)]) {}", true),
        ("impl A { fn f(&self, a: Vec<(u8, u8, u8)>) {} }", true),
        ("trait A { fn f(a: (u8, u8, u8, u8)); }", true),
        ("fn f(a: (u8, u8)) {}", false),
        ("fn f(a: impl Fn((u8, u8, u8))) -> (u8, u8, u8) {}", false),
        ("#[cfg(test)] mod tests { fn f(a: (u8, u8, u8)) {} }", false),
    ] {
        assert_eq!(!sizes::wide_tuples(&counted(text)).is_empty(), wide, "{text}");
    }
    for (text, bad) in [
        ("pub fn f() -> Result<(), String> {}", true),
        ("pub(super) fn f() -> std::result::Result<u8, String> {}", true),
        ("pub trait A { fn f() -> Result<(), String>; }", true),
        ("fn f() -> Result<(), String> {}", false),
        ("pub fn f() -> Result<String, Error> {}", false),
        ("pub fn f() -> Result<String> {}", false),
    ] {
        assert_eq!(!sizes::string_errors(&counted(text)).is_empty(), bad, "{text}");
    }
    let many = "fn f(a: u8, b: u8, c: u8) {}";
    assert_eq!(sizes::most_arguments_of_nine_in_ten(&counted(many)), 3);
    let foreign = format!("fn g() {{}} unsafe extern \"C\" {many}");
    assert_eq!(sizes::most_arguments_of_nine_in_ten(&counted(&foreign)), 0);
    assert_eq!(
        sizes::most_arguments_of_nine_in_ten(&counted(&format!("{many} {}", "fn g() {} ".repeat(9)))),
        0
    );
}

#[test]
fn a_reserved_word_is_found_in_names() {
    let words = table::words(
        "## Words\n| in a name | is | only in |\n|---|---|---|\n\
         | `*Clip*` | an OpenFX clip | host |\n| `Memory`, `fall` | what a tracker remembers | models |\n",
    )
    .expect("they are words");
    for (path, text, bad) in [
        ("src/engine/a.rs", "struct ClipSource;", true),
        ("src/engine/a.rs", "enum Clips {}", true),
        ("src/engine/a.rs", "struct Clipped;", false),
        ("src/host/a.rs", "struct ClipSource;", false),
        ("src/engine/a.rs", "trait Memory {}", true),
        ("src/engine/a.rs", "struct PixelMemory;", false),
        ("src/engine/a.rs", "impl A { fn fall() {} }", true),
        ("src/engine/a.rs", "#[cfg(test)] mod tests { struct Clip; }", false),
    ] {
        let found = words::offences(&survey(&[(path, text)]).sources, &words);
        assert_eq!(!found.is_empty(), bad, "{path}: {text}");
    }
    assert!(table::words("## Words\n| `Clip` | a clip |\n").is_err());
}

#[test]
fn the_list_only_shrinks() {
    let known = Known::parse("# why\nfile src/a.rs 600\nword src/b.rs Clip\n");
    let file = |size| Offence::of_size("file", "src/a.rs".to_owned(), size, "long".to_owned());
    assert!(known.complaints("file", &[file(600)]).is_empty());
    assert!(known.complaints("file", &[file(550)]).is_empty());
    assert_eq!(known.complaints("file", &[file(601)]).len(), 1);
    assert_eq!(known.complaints("file", &[]).len(), 1);
    assert_eq!(known.complaints("word", &[]).len(), 1);
    let other = Offence::new("file", "src/c.rs".to_owned(), "new".to_owned());
    assert_eq!(known.complaints("file", &[file(600), other]).len(), 1);
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    for text in [
        "no table at all",
        "| `src/raster/` | frames |\n",
        "| `src/raster/` | frames | whatever it likes to |\n",
        "| `src/raster/` | frames | nothing of ours |\n| `src/raster/` | twice | raster |\n",
    ] {
        assert!(Table::parse(&format!("## Rooms\n{text}")).is_err(), "{text}");
    }
    let path = ["engine".to_owned(), "Engine".to_owned()];
    let table = Table::parse("## Rooms\n| `src/raster/` | frames | nothing of ours |").expect("it is one");
    assert!(matches!(table.rule("raster"), Some(Rule::Only(rooms)) if rooms.is_empty()));
    assert!(!table.allows("raster", &path));
    assert!(!table.allows("unknown", &path));
    assert!(table::circles("## Circles\n| `src/a/` |\n").is_err());
}
