//! The Python 3 of the machine.

use crate::error::{Error, Result};
use crate::process;
use std::path::Path;
use std::process::Command;

/// A Python 3 that starts.
#[derive(Clone, Debug)]
pub struct Python {
    program: String,
}

/// The oldest Python that what set-up runs is written for.
const OLDEST: (u32, u32) = (3, 8);

impl Python {
    /// The first of the usual names that is a Python of at least version 3.8.
    pub fn find() -> Result<Self> {
        let mut too_old = None;
        for program in ["python3", "python", "py"] {
            let question = "import sys; print(sys.version_info[0], sys.version_info[1])";
            let Some(answer) = process::answer(Command::new(program).args(["-c", question])) else {
                continue;
            };
            match version(&answer) {
                Some(found) if found >= OLDEST => return Ok(Self { program: program.to_owned() }),
                Some((major, minor)) => too_old = Some(format!("{program} is {major}.{minor}")),
                None => {}
            }
        }
        let (major, minor) = OLDEST;
        Err(Error::person(match too_old {
            Some(found) => format!("Python {major}.{minor} or newer is needed, and {found}"),
            None => format!(
                "there is no `python3` in PATH: install Python {major}.{minor} or newer \
                 (Debian: `apt-get install python3`)"
            ),
        }))
    }

    /// A command of this Python.
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// Runs a script with arguments, reading nothing of the person's own set-up of Python.
    pub fn script(&self, script: &str) -> Command {
        let mut command = self.command();
        command.args(["-I", "-c", script]);
        command
    }

    /// Whether the library can be loaded and has the function; the system's words if not.
    pub fn loads(&self, library: &Path, function: &str) -> std::result::Result<(), String> {
        let script = "import ctypes, sys; getattr(ctypes.CDLL(sys.argv[1]), sys.argv[2])";
        let mut command = self.script(script);
        command.arg(library).arg(function);
        match process::output(&mut command) {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => {
                let words = String::from_utf8_lossy(&output.stderr);
                Err(words.trim().lines().last().unwrap_or("it ended without a message").to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// "3 11" as numbers.
fn version(answer: &str) -> Option<(u32, u32)> {
    let (major, minor) = answer.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(version("3 11"), Some((3, 11)));
        assert!(version("3 11") > version("3 8"));
        assert_eq!(version("Python 3.11"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn what_is_no_library_does_not_load() {
        let python = Python::find().expect("the project needs a Python 3");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(python.loads(&file, "anything").is_err());
    }
}
