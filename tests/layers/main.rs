//! The house rules that can be counted, checked against the source: the rooms and words of
//! `docs/architecture.md`, import circles, lengths, parameters and errors.
//!
//! What does not satisfy a check yet is listed in `offences.txt`, which may only shrink.

mod arrows;
mod checker;
mod circles;
mod functions;
mod imports;
mod machine;
mod offences;
mod scopes;
mod sizes;
mod source;
mod survey;
mod table;
mod words;

use offences::{Known, Offence};
use sizes::Counted;
use source::{Source, files, parse};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use survey::Survey;
use table::Table;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn architecture() -> String {
    read(&root().join("docs/architecture.md"))
}

/// The Rust files of a folder: path from the project's folder, and text.
fn rust(folder: &str) -> Vec<(String, String)> {
    let name = |path: &PathBuf| {
        let inside = path.strip_prefix(root()).expect("it lies in the project");
        inside.to_string_lossy().replace('\\', "/")
    };
    files(&root().join(folder), ".rs").iter().map(|path| (name(path), read(path))).collect()
}

/// What the tests judge, read once.
struct Report {
    offences: Vec<Offence>,
    counted: Vec<Counted>,
    /// The files of each import circle.
    circles: Vec<Vec<String>>,
}

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let document = architecture();
    let table = Table::parse(&document).expect("the architecture has a table");
    let named = table::circles(&document).expect("the circles have reasons");
    let reserved = table::words(&document).expect("the words have meanings");

    let survey = Survey::of(parse(rust("src")));
    assert!(survey.sources.len() > 10, "the source was not found");
    let of = |source: &Source| Counted::of(source.path.clone(), &source.text, &source.ast, source.test);
    let mut counted: Vec<Counted> = survey.sources.iter().map(of).collect();
    for folder in ["xtask", "tests", "benches"] {
        counted.extend(parse(rust(folder)).iter().map(of));
    }

    let mut offences = arrows::imports(&survey, &table);
    offences.extend(arrows::boundaries(&survey.sources));
    offences.extend(circles::offences(&survey, &named));
    offences.extend(words::offences(&survey.sources, &reserved));
    offences.extend(sizes::files(&counted));
    offences.extend(sizes::long_functions(&counted));
    offences.extend(sizes::wide_tuples(&counted));
    offences.extend(sizes::string_errors(&counted));
    offences.extend(sizes::parameters(&counted));

    let path = |file: usize| survey.sources[file].path.clone();
    let circles = circles::circles(&survey.arrows());
    let circles = circles.into_iter().map(|circle| circle.into_iter().map(path).collect()).collect();
    Report { offences, counted, circles }
});

/// Fails on offences of a check that are not listed, and on listed ones that are gone.
fn settle(check: &str) {
    let known = Known::parse(&read(&root().join("tests/layers/offences.txt")));
    let complaints = known.complaints(check, &REPORT.offences);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_arrow_is_in_the_table() {
    settle("arrow");
}

#[test]
fn no_files_import_each_other() {
    settle("circle");
}

#[test]
fn unsafe_code_and_onnx_runtime_stay_in_their_rooms() {
    settle("unsafe");
    settle("ort");
}

#[test]
fn no_file_is_long_but_tables() {
    settle("file");
}

#[test]
fn no_function_is_long() {
    settle("function");
}

#[test]
fn no_parameter_is_a_wide_tuple() {
    settle("tuple");
}

#[test]
fn no_public_error_is_text() {
    settle("string-error");
}

#[test]
fn nine_functions_in_ten_take_at_most_three_parameters() {
    settle("parameters");
}

#[test]
fn reserved_words_mean_one_thing() {
    settle("word");
}

#[test]
fn xtask_and_the_build_stand_alone() {
    let mut paths = files(&root().join("xtask/src"), ".rs");
    paths.push(root().join("build.rs"));
    for path in paths {
        let words = arrows::words(&read(&path));
        let ours = words.windows(3).any(|three| three == ["airoto", ":", ":"]);
        assert!(!ours, "{} imports ours", path.display());
        assert!(!words.iter().any(|word| word == "unsafe"), "{} holds unsafe code", path.display());
    }
}

#[test]
fn no_file_tells_of_the_machine_it_was_written_on() {
    let found = machine::offences(root());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Prints what there is of each; `cargo xtask counts` shows it.
#[test]
fn counts() {
    for line in sizes::summary(&REPORT.counted) {
        println!("{line}");
    }
    let sizes: Vec<String> = REPORT.circles.iter().map(|circle| circle.len().to_string()).collect();
    println!("import circles: {}, of files: {}", sizes.len(), sizes.join(", "));
    for circle in &REPORT.circles {
        println!("    {}", circle.join(" "));
    }
    for check in ["arrow", "circle", "word", "file", "function", "tuple", "string-error", "unsafe", "ort"] {
        let of_check = REPORT.offences.iter().filter(|offence| offence.check == check);
        let what: BTreeSet<&str> = of_check.map(|offence| offence.what.as_str()).collect();
        println!("offences of {check}: {}", what.len());
    }
}

/// Writes the list anew, for when files were renamed: `LAYERS_WRITE=1 cargo test --test layers write_the_list`.
#[test]
fn write_the_list() {
    if std::env::var_os("LAYERS_WRITE").is_none() {
        return println!("skipped: LAYERS_WRITE is not set");
    }
    let path = root().join("tests/layers/offences.txt");
    std::fs::write(&path, offences::list(&REPORT.offences)).expect("the list can be written");
}
