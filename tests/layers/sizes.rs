//! Limits for files and functions.

use crate::functions::{Function, functions};
use crate::offences::Offence;

/// The most lines of a file that is no table.
pub const FILE_LINES: usize = 500;

/// The most lines of a function.
pub const FUNCTION_LINES: usize = 100;

/// The most parameters of nine functions in ten.
pub const PARAMETERS: usize = 3;

/// The line of a file's opening documentation that says so.
const TABLE: &str = "//! This file is a table.";

/// A Rust file anywhere in the project, counted.
pub struct Counted {
    /// From the project's folder.
    pub path: String,
    /// Its lines.
    pub lines: usize,
    /// Whether it says that it is a table.
    pub table: bool,
    /// Its functions.
    pub functions: Vec<Function>,
}

impl Counted {
    /// Counts a file; `test` for one that is compiled for tests only.
    pub fn of(path: String, text: &str, ast: &syn::File, test: bool) -> Self {
        let table = text.lines().take_while(|line| line.starts_with("//")).any(|line| line == TABLE);
        Self { path, lines: text.lines().count(), table, functions: functions(ast, test) }
    }

    fn is_source(&self) -> bool {
        self.path.starts_with("src/")
    }
}

/// Files that are too long.
pub fn files(files: &[Counted]) -> Vec<Offence> {
    let long = files.iter().filter(|file| file.lines > FILE_LINES && !file.table);
    long.map(|file| {
        let why =
            format!("has {} lines, at most {FILE_LINES} are allowed in a file that is no table", file.lines);
        Offence::of_size("file", file.path.clone(), file.lines, why)
    })
    .collect()
}

/// Functions that are too long.
pub fn long_functions(files: &[Counted]) -> Vec<Offence> {
    let all = files.iter().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    all.filter(|(_, function)| function.lines > FUNCTION_LINES)
        .map(|(file, function)| {
            let why =
                format!("has {} lines, at most {FUNCTION_LINES} are allowed in a function", function.lines);
            Offence::of_size("function", format!("{} {}", file.path, function.name), function.lines, why)
        })
        .collect()
}

/// Tuples of three and more as parameters.
pub fn wide_tuples(files: &[Counted]) -> Vec<Offence> {
    let why = "takes a tuple of three or more, expected a type with names";
    offences(files, "tuple", why, |function| function.wide_tuples > 0)
}

/// Functions that others can call and whose error is text.
pub fn string_errors(files: &[Counted]) -> Vec<Offence> {
    let why = "gives a String as its error, expected a type of errors";
    offences(files, "string-error", why, |function| function.string_error)
}

fn offences(
    files: &[Counted],
    check: &'static str,
    why: &str,
    is: impl Fn(&Function) -> bool,
) -> Vec<Offence> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_source()) {
        let bad = file.functions.iter().filter(|function| !function.test && is(function));
        found.extend(
            bad.map(|function| {
                Offence::new(check, format!("{} {}", file.path, function.name), why.to_owned())
            }),
        );
    }
    found
}

/// Whether too many functions take too much.
pub fn parameters(files: &[Counted]) -> Option<Offence> {
    let most = most_arguments_of_nine_in_ten(files);
    (most > PARAMETERS).then(|| {
        let why =
            format!("one function in ten takes {most} parameters or more, at most {PARAMETERS} are allowed");
        Offence::of_size("parameters", "src/".to_owned(), most, why)
    })
}

/// How many parameters a function has that nine in ten do not exceed, of those of `src/` outside of tests.
pub fn most_arguments_of_nine_in_ten(files: &[Counted]) -> usize {
    let mut counts: Vec<usize> = own_functions(files).map(|function| function.arguments).collect();
    counts.sort_unstable();
    counts.get((counts.len() * 9).div_ceil(10).saturating_sub(1)).copied().unwrap_or(0)
}

/// The functions of `src/` outside of tests, but for those whose parameters the C API gives.
fn own_functions(files: &[Counted]) -> impl Iterator<Item = &Function> {
    let functions = files.iter().filter(|file| file.is_source()).flat_map(|file| &file.functions);
    functions.filter(|function| !function.test && !function.foreign)
}

/// The lines that `counts` prints.
pub fn summary(files: &[Counted]) -> Vec<String> {
    let functions =
        || files.iter().flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let longest = functions().max_by_key(|(_, function)| function.lines);
    let many = own_functions(files).filter(|function| function.arguments > PARAMETERS).count();
    let mut lines = vec![
        format!("{} files, {} functions", files.len(), functions().count()),
        format!("{} functions of src/ outside of tests and the C API", own_functions(files).count()),
        format!("parameters of a function, nine in ten at most: {}", most_arguments_of_nine_in_ten(files)),
    ];
    lines.push(format!("functions of more than {PARAMETERS} parameters: {many}"));
    if let Some((file, function)) = longest {
        lines.push(format!("longest function: {} lines, {} in {}", function.lines, function.name, file.path));
    }
    lines
}
