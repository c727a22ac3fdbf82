//! The HostSupport library of the OpenFX sources, on which Natron and others stand, with a small host of ours.

use super::limited;
use super::pixels::{self, Difference, Pixels};
use super::table::Trial;
use super::{EIGHT_BITS, SIXTEEN_BITS, Work, find};
use crate::error::{At, Error, Result};
use crate::files::{make_folder, remove_folder};
use crate::progress::Step;
use crate::{paths, process};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the compiler is told; warnings of the library are not for us to heed.
const FLAGS: [&str; 4] = ["-std=c++17", "-O1", "-w", "-fPIC"];
/// Headers of the standard library that the library's sources use and leave to chance.
const HEADERS: [&str; 5] = ["cfloat", "cstdint", "cstring", "limits", "stdexcept"];

/// The depths that the plugin is tried in; each has the context and the order of frames that the other has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Floats, General context, forwards.
    Float,
    /// Eight bits, Filter context, backwards.
    Byte,
}

impl Depth {
    fn word(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Byte => "byte",
        }
    }
}

/// The compiler: `CXX`, else `c++`; none if there is no such program.
pub fn compiler() -> Option<OsString> {
    let named = std::env::var_os("CXX").filter(|name| !name.is_empty()).unwrap_or_else(|| "c++".into());
    process::answer(Command::new(&named).arg("--version")).map(|_| named)
}

/// The version of the OpenFX sources.
pub fn version(openfx: &Path) -> String {
    let text = std::fs::read_to_string(openfx.join("CMakeLists.txt")).unwrap_or_default();
    let project = text.find("project(").map_or("", |at| &text[at..]);
    find::number(project).unwrap_or_else(|| "?".to_owned())
}

/// Compiles the library and our host; objects that are newer than their sources are kept.
pub fn build(compiler: &OsString, openfx: &Path, folder: &Path) -> Result<PathBuf> {
    let library = openfx.join("HostSupport");
    let mut sources = files(&library.join("src"), "cpp")?;
    sources.push(paths::root().join("xtask/hosts/hostsupport/main.cpp"));
    let includes =
        [openfx.join("include"), library.join("include"), paths::root().join("xtask/hosts/hostsupport")];
    let mut headers = Vec::new();
    for folder in &includes {
        headers.extend(files(folder, "h")?);
    }

    // Objects of other sources or another compiler are none of these.
    let origin = format!("{} {} {}", Path::new(compiler).display(), openfx.display(), FLAGS.join(" "));
    let record = folder.join("from.txt");
    if std::fs::read_to_string(&record).ok().as_deref() != Some(origin.as_str()) {
        remove_folder(folder)?;
        make_folder(folder)?;
        std::fs::write(&record, origin).at("writing", &record)?;
    }
    let step = Step::begin("compiling HostSupport and a host of ours on it");
    let mut objects = Vec::new();
    for source in &sources {
        let Some(name) = source.file_stem() else { continue };
        let object = folder.join(name).with_extension("o");
        if !newer(&object, source) || headers.iter().any(|header| !newer(&object, header)) {
            step.so_far(&name.to_string_lossy());
            let mut command = Command::new(compiler);
            command.args(FLAGS).args(HEADERS.iter().flat_map(|header| ["-include", *header]));
            for folder in &includes {
                command.arg("-I").arg(folder);
            }
            compiled(command.arg("-c").arg(source).arg("-o").arg(&object), &object)?;
        }
        objects.push(object);
    }
    let host = folder.join(format!("hostsupport{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(compiler);
    command.args(&objects).arg("-o").arg(&host).arg("-lexpat");
    if cfg!(target_os = "linux") {
        command.args(["-ldl", "-lpthread"]);
    }
    compiled(&mut command, &host)?;
    step.done("it is there");
    Ok(host)
}

/// The files in the folder whose names end so, by name.
fn files(folder: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder).at("listing", folder)?;
    let mut found: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|found| found == end));
    found.sort();
    Ok(found)
}

/// Whether the file was written after the other one.
fn newer(file: &Path, than: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    matches!((time(file), time(than)), (Some(file), Some(than)) if file > than)
}

fn compiled(command: &mut Command, what: &Path) -> Result<()> {
    let output = process::output(command)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| line.contains("error") || line.contains("cannot find"));
    let name = what.file_name().unwrap_or_default().to_string_lossy();
    Err(Error::program(format!(
        "cannot compile {name}, for which `{}` needs the headers of expat (Debian: libexpat1-dev): {}",
        command.get_program().to_string_lossy(),
        first.unwrap_or(said.trim()).trim()
    )))
}

/// Renders the mattes in our host and compares.
pub fn attempt(host: &Path, depth: Depth, work: &Work) -> Result<Trial> {
    let folder = work.folder.join("hostsupport").join(depth.word());
    remove_folder(&folder)?;
    let mattes = folder.join("mattes");
    make_folder(&mattes)?;
    let last = work.scene.count - 1;
    let (context, first, last) = match depth {
        Depth::Float => ("General", 0, last),
        Depth::Byte => ("Filter", last, 0),
    };
    let mut command = work.in_host(host, &folder);
    command.args(["org.airoto.AIRoto", context, depth.word()]).arg(&work.scene.frames);
    command.args([first.to_string(), last.to_string()]).arg(&mattes);
    command.args(work.scene.parameters().iter().map(|(name, value)| format!("{name}={value}")));
    let ended = limited::run(&mut command, work.limit, &folder, "hostsupport")?;
    let steps = if depth == Depth::Float { SIXTEEN_BITS } else { EIGHT_BITS };
    Ok(Trial::judge(&ended, drawn(work, depth, &mattes), steps))
}

fn drawn(work: &Work, depth: Depth, mattes: &Path) -> Result<(usize, Difference)> {
    let found = work.scene.all(mattes, "", ".ppm")?;
    let wanted = work.reference(if depth == Depth::Float { "16" } else { "8" })?;
    let mut seen = Vec::new();
    for path in &found {
        let png = path.with_extension("png");
        Pixels::read(path)?.picture().write(&png)?;
        seen.push(png);
    }
    work.sheet(&format!("hostsupport-{}", depth.word()), &seen, &wanted)?;
    Ok((found.len(), pixels::compare(&found, &wanted)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_project() {
        let place = tempfile::tempdir().expect("a folder can be made");
        assert_eq!(version(place.path()), "?");
        let text =
            "cmake_minimum_required(VERSION 3.16.0)\nproject(\n openfx\n VERSION 1.5.1\n LANGUAGES CXX)\n";
        std::fs::write(place.path().join("CMakeLists.txt"), text).expect("a file can be written");
        assert_eq!(version(place.path()), "1.5.1");
    }

    #[test]
    fn an_object_is_kept_while_it_is_newer_than_its_source() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let (object, source) = (place.path().join("a.o"), place.path().join("a.cpp"));
        std::fs::write(&source, "").expect("a file can be written");
        assert!(!newer(&object, &source), "it is not there");
        let file = std::fs::File::create(&object).expect("a file can be made");
        let second = std::time::Duration::from_secs(1);
        let later = std::time::SystemTime::now() + second;
        file.set_modified(later).expect("the time can be set");
        assert!(newer(&object, &source));
        file.set_modified(later - 3600 * second).expect("the time can be set");
        assert!(!newer(&object, &source));
    }

    #[test]
    fn sources_that_are_not_there_are_named() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let error =
            build(&"c++".into(), &place.path().join("openfx"), place.path()).expect_err("there are none");
        assert!(error.to_string().contains("HostSupport"), "{error}");
    }
}
