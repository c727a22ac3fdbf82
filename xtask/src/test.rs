//! `cargo xtask test`: style, documentation and every test, summed into one line.

use crate::deny::{self, Checked};
use crate::error::{Error, Result};
use crate::export;
use crate::hosts;
use crate::progress::heading;
use crate::setup::{self, Tools};
use crate::{paths, process};
use std::path::{Path, PathBuf};

/// Options of `test`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Run only the tests whose name contains this, and no other check
    #[arg(last = true)]
    pub filter: Vec<String>,
}

/// What ran, and what of it failed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    passed: u64,
    failed: u64,
    /// The names of what failed.
    failures: Vec<String>,
    /// Sentences on what did not run.
    skipped: Vec<String>,
}

/// Sets up and runs everything; an error if anything failed.
pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::run(&setup::Arguments { force: false })?;
    let mut sum = Sum::default();
    if arguments.filter.is_empty() {
        format(&tools, &mut sum)?;
        clippy(&tools, &mut sum)?;
        documentation(&tools, &mut sum)?;
        crates(&tools, &mut sum)?;
        python(&tools, &mut sum)?;
        exporter(&tools, &mut sum)?;
    }
    tests(&tools, &arguments.filter, &mut sum)?;
    if arguments.filter.is_empty() {
        real_hosts(&tools, &mut sum);
    }
    report(&sum, &arguments.filter)
}

fn format(tools: &Tools, sum: &mut Sum) -> Result<()> {
    heading("format (cargo fmt --check)");
    if !component("fmt", "rustfmt", sum) {
        return Ok(());
    }
    let good = process::shown(tools.cargo().args(["fmt", "--all", "--check"]))?;
    sum.check(good, "format: run `cargo fmt --all`");
    Ok(())
}

fn clippy(tools: &Tools, sum: &mut Sum) -> Result<()> {
    heading("lints (cargo clippy)");
    if !component("clippy", "clippy", sum) {
        return Ok(());
    }
    let mut command = tools.cargo();
    command.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    sum.check(process::shown(&mut command)?, "lints: see clippy's output above");
    Ok(())
}

fn documentation(tools: &Tools, sum: &mut Sum) -> Result<()> {
    heading("documentation (cargo doc)");
    let mut command = tools.cargo();
    command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    sum.check(process::shown(&mut command)?, "documentation: see rustdoc's output above");
    Ok(())
}

fn crates(tools: &Tools, sum: &mut Sum) -> Result<()> {
    match deny::run(tools)? {
        Checked::As(good) => sum.check(good, "crates: see the output of cargo deny above"),
        Checked::Not(reason) => sum.skipped.push(reason),
    }
    Ok(())
}

/// A part of Rust that a minimal installation lacks; rustup, where it is there, adds it.
fn component(command: &str, name: &str, sum: &mut Sum) -> bool {
    let there = || process::answer(process::cargo().args([command, "--version"])).is_some();
    if there() {
        return true;
    }
    let mut rustup = std::process::Command::new("rustup");
    if process::answer(rustup.args(["component", "add", name])).is_some() && there() {
        return true;
    }
    sum.skipped.push(format!("{name} is not installed, so its check did not run"));
    false
}

/// The Python side is checked for its syntax, for which its packages are not needed.
fn python(tools: &Tools, sum: &mut Sum) -> Result<()> {
    heading("Python (syntax)");
    let script = "import sys; p = sys.argv[1]; compile(open(p, 'rb').read(), p, 'exec')";
    let mut files = python_files(&paths::root().join("models"));
    files.extend(python_files(&paths::root().join("bundle")));
    files.extend(python_files(&paths::root().join("xtask/hosts")));
    for file in &files {
        let output = process::output(tools.python.script(script).arg(file))?;
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
        sum.check(output.status.success(), &format!("syntax of {}", file.display()));
    }
    eprintln!("{} files", files.len());
    Ok(())
}

/// The tests of `models/export`, where a Python has its packages: the one that AIROTO_PYTHON names, or
/// the system's with those that `export-model` installed.
fn exporter(tools: &Tools, sum: &mut Sum) -> Result<()> {
    heading("Python (tests of models/export)");
    let mut command = match export::named_python() {
        Some(program) => std::process::Command::new(program),
        None => tools.python.command(),
    };
    command.args(["-m", "unittest"]).current_dir(paths::root().join("models/export"));
    command.env("PYTHONPATH", paths::tools().join("export")).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = process::output(&mut command)?;
    let said = String::from_utf8_lossy(&output.stderr);
    eprint!("{said}");
    if output.status.success() && said.contains("skipped=") {
        sum.skipped.push(
            "the tests of models/export did not run: AIROTO_PYTHON names no Python with their packages"
                .into(),
        );
    } else {
        sum.check(output.status.success(), "tests of models/export: see unittest's output above");
    }
    Ok(())
}

/// Every `.py` under the folder, in order of name.
fn python_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(python_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn tests(tools: &Tools, filter: &[String], sum: &mut Sum) -> Result<()> {
    heading("tests");
    if !paths::root().join("../shared").is_dir() {
        sum.skipped
            .push("there is no ../shared beside the repository: tests on real footage did not run".into());
    }
    // Some tests load the plugin as a host does and start the command line: both must be built, in
    // the profile of the tests, before the tests run.
    let mut build = tools.cargo();
    build.args(["build", "--profile", "test", "--lib", "--bins"]);
    if !process::shown(&mut build)? {
        sum.check(false, "the plugin and the command line do not build");
        return Ok(());
    }
    let mut command = tools.cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]);
    if !filter.is_empty() {
        command.arg("--").args(filter);
    }
    let before = (sum.passed, sum.failed);
    let good = process::listened(&mut command, |line| sum.hear(line))?;
    if !good && (sum.failed == before.1) {
        sum.check(false, "the tests did not build, or a test program crashed");
    }
    if good && (sum.passed, sum.failed) == before {
        sum.check(false, "no test has such a name");
    }
    Ok(())
}

/// Hosts that are in PATH; where there is none, this is one line.
fn real_hosts(tools: &Tools, sum: &mut Sum) {
    match hosts::in_path(tools) {
        Ok(tried) => {
            for (host, good) in tried.hosts {
                sum.check(good, &format!("{host}: see the table above, and `cargo xtask hosts`"));
            }
            sum.skipped.extend(tried.others);
        }
        Err(error) => sum.check(false, &format!("real hosts: {error}")),
    }
}

impl Sum {
    fn check(&mut self, good: bool, what: &str) {
        if good {
            self.passed += 1;
        } else {
            self.failed += 1;
            self.failures.push(what.to_owned());
        }
    }

    /// Adds what a line of the test program says.
    fn hear(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            for part in rest.split(['.', ';']) {
                let mut words = part.split_whitespace();
                let Some(Ok(number)) = words.next().map(str::parse::<u64>) else { continue };
                match words.next() {
                    Some("passed") => self.passed += number,
                    Some("failed") => self.failed += number,
                    _ => {}
                }
            }
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.to_owned());
        }
    }
}

/// The last lines of the task, and its result.
fn report(sum: &Sum, filter: &[String]) -> Result<()> {
    println!();
    for sentence in &sum.skipped {
        println!("skipped: {sentence}");
    }
    for name in &sum.failures {
        println!("failed: {name}");
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 {
        return Ok(());
    }
    Err(Error::program(match filter {
        [] => "not everything passed".to_owned(),
        filter => format!("not everything that matches {} passed", filter.join(" ")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_are_summed() {
        let mut sum = Sum::default();
        for line in [
            "running 3 tests",
            "test raster::a ... ok",
            "test raster::b ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 3 ignored; 0 measured; 9 filtered out; \
             finished in 0.61s",
            "test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; \
             finished in 1.00s",
        ] {
            sum.hear(line);
        }
        assert_eq!((sum.passed, sum.failed), (42, 1));
        assert_eq!(sum.failures, ["raster::b"]);
    }

    #[test]
    fn what_a_test_prints_is_not_counted() {
        let mut sum = Sum::default();
        for line in ["7 passed; 2 failed", "the test result: ok. 3 passed", "test passed"] {
            sum.hear(line);
        }
        assert_eq!(sum, Sum::default());
    }
}
