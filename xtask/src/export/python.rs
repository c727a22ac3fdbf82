//! A Python with the packages that exporting needs.

use crate::error::{At, Error, Result};
use crate::progress::heading;
use crate::setup::{Pip, Python};
use crate::{files, paths, process};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Names the interpreter in the environment.
const VARIABLE: &str = "AIROTO_PYTHON";
/// The oldest Python that the pinned packages have wheels for.
const OLDEST: (u32, u32) = (3, 11);

/// Packages that are pinned together for one purpose.
pub struct Packages {
    /// The folder of the repository that has `requirements.txt`, and our modules.
    folder: &'static str,
    /// The folder of `target/tools` that they are installed in.
    tools: &'static str,
    /// Their names at import.
    modules: &'static [&'static str],
    /// What they take on the disk, as a warning.
    size: &'static str,
}

/// For exporting checkpoints; torch is most of it.
pub const EXPORT: Packages = Packages {
    folder: "models/export",
    tools: "export",
    modules: &[
        "numpy",
        "onnx",
        "onnxruntime",
        "onnxscript",
        "PIL",
        "safetensors",
        "timm",
        "torch",
        "transformers",
    ],
    size: "1 to 6 GB",
};

/// For comparing mattes.
pub const MATTING: Packages = Packages {
    folder: "models/matting",
    tools: "matting",
    modules: &["numpy", "PIL", "pymatting"],
    size: "500 MB",
};

/// The interpreter that the environment names.
pub fn named_python() -> Option<OsString> {
    std::env::var_os(VARIABLE).filter(|value| !value.is_empty())
}

/// Runs modules of `models/export`.
pub struct Exporter {
    program: OsString,
    /// Where the packages are, if the interpreter does not know.
    packages: Option<PathBuf>,
    /// Which they are.
    list: &'static Packages,
}

impl Exporter {
    /// The interpreter that is named, or the system's with the packages in `target/tools/export`, which
    /// are installed there if they are not.
    pub fn find(named: Option<&Path>) -> Result<Self> {
        Self::with(named, &EXPORT)
    }

    /// The same for other packages than those that exporting needs.
    pub fn with(named: Option<&Path>, list: &'static Packages) -> Result<Self> {
        let named = match named {
            Some(path) => Some((path.as_os_str().to_owned(), "--python")),
            None => named_python().map(|value| (value, VARIABLE)),
        };
        if let Some((program, by)) = named {
            let exporter = Self { program, packages: None, list };
            exporter.check(by)?;
            return Ok(exporter);
        }
        let python = Python::find()?;
        let packages = install(&python, list)?;
        let exporter =
            Self { program: python.command().get_program().to_owned(), packages: Some(packages), list };
        exporter.check("PATH")?;
        Ok(exporter)
    }

    /// `python -m MODULE`, to be given arguments.
    pub fn module(&self, module: &str) -> Command {
        let mut command = self.command();
        command.args(["-m", module]);
        command
    }

    /// The interpreter, to be given arguments.
    pub fn command(&self) -> Command {
        let folders = [Some(paths::root().join(self.list.folder)), self.packages.clone()];
        let mut command = Command::new(&self.program);
        if let Ok(path) = std::env::join_paths(folders.into_iter().flatten()) {
            command.env("PYTHONPATH", path);
        }
        // Nothing is written beside the sources.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// That the interpreter starts, is new enough, and has the packages.
    fn check(&self, by: &str) -> Result<()> {
        let name = Path::new(&self.program).display();
        let script = "import sys, importlib.util as u; \
                      print(*sys.version_info[:2], *[m for m in sys.argv[1:] if not u.find_spec(m)])";
        let mut command = self.command();
        command.args(["-c", script]).args(self.list.modules);
        let Some(answer) = process::answer(&mut command) else {
            return Err(Error::person(format!("{by} names {name}, which does not start as Python")));
        };
        let mut words = answer.split(' ');
        let mut number = || words.next().and_then(|word| word.parse::<u32>().ok()).unwrap_or(0);
        let (major, minor) = (number(), number());
        if (major, minor) < OLDEST {
            return Err(Error::person(format!(
                "{name} is Python {major}.{minor}, and the packages need {}.{} or newer: name one with --python",
                OLDEST.0, OLDEST.1
            )));
        }
        let missing: Vec<&str> = words.collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::person(format!(
            "{name} lacks {}: install {}/requirements.txt into it",
            missing.join(", "),
            self.list.folder
        )))
    }
}

/// Installs the packages in their folder of `target/tools`, unless they are there as the file lists them.
fn install(python: &Python, list: &Packages) -> Result<PathBuf> {
    let listed = paths::root().join(list.folder).join("requirements.txt");
    let wanted = std::fs::read_to_string(&listed).at("reading", &listed)?;
    let folder = paths::tools().join(list.tools);
    // The list that was installed lies beside what was installed: another list is another installation.
    if std::fs::read_to_string(folder.join("requirements.txt")).is_ok_and(|found| found == wanted) {
        return Ok(folder);
    }
    heading(&format!("packages: {}", list.tools));
    eprintln!("· {} go into {}", list.size, folder.display());
    let pip = Pip::find(python)?;
    let staging = folder.with_extension(format!("new{}", std::process::id()));
    files::remove_folder(&staging)?;
    let installed = pip.install(&listed, &staging).and_then(|()| {
        std::fs::write(staging.join("requirements.txt"), &wanted).at("writing in", &staging)?;
        files::remove_folder(&folder)?;
        std::fs::rename(&staging, &folder).at("putting in place", &folder)
    });
    if installed.is_err() {
        files::remove_folder(&staging)?;
    }
    installed.map(|()| folder)
}

/// Runs a module of ours with its output on the terminal; what it says on standard error becomes the
/// sentence of the error.
pub fn run(command: &mut Command) -> Result<()> {
    let (status, last) = ended(command, false)?;
    if status.success() {
        return Ok(());
    }
    Err(Error::program(last))
}

/// The same for a module that compares: whether it found all as it should be, which 1 as its exit code
/// denies. Its progress on standard error is shown.
pub fn compared(command: &mut Command) -> Result<bool> {
    let (status, last) = ended(command, true)?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if !last.contains("Error") => Ok(false),
        _ => Err(Error::program(last)),
    }
}

/// Runs to the end; how it ended, and its last line on standard error.
fn ended(command: &mut Command, shown: bool) -> Result<(ExitStatus, String)> {
    command.stdin(Stdio::null()).stderr(Stdio::piped());
    let name = Path::new(command.get_program()).display().to_string();
    let told = |doing: &str, source| Error::program(format!("{name} cannot be {doing}: {source}"));
    let mut child = command.spawn().map_err(|source| told("started", source))?;
    let mut last = String::from("it ended without a message");
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if shown && !line.starts_with("error: ") {
                eprintln!("{line}");
            }
            if !line.is_empty() {
                last = line;
            }
        }
    }
    let status = child.wait().map_err(|source| told("waited for", source))?;
    Ok((status, last.strip_prefix("error: ").unwrap_or(&last).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_that_does_not_start_is_named() {
        let error = Exporter::find(Some(Path::new("/no/such/python"))).err().expect("it is not there");
        assert_eq!(error.to_string(), "--python names /no/such/python, which does not start as Python");
    }

    #[test]
    fn the_last_words_become_the_sentence() {
        let python = Python::find().expect("the project needs a Python 3");
        let words = |script: &str| run(&mut python.script(script)).err().map(|error| error.to_string());
        assert_eq!(words("print('good')"), None);
        let refused = "import sys; print('a warning', file=sys.stderr); sys.exit('error: no such model\\n')";
        assert_eq!(words(refused).as_deref(), Some("no such model"));
        assert_eq!(words("raise SystemExit(3)").as_deref(), Some("it ended without a message"));
    }
}
