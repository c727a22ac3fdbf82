//! libclang, with which the build reads the OpenFX headers: the system's if there is one, else out
//! of its wheel, else out of Debian's packages.
//!
//! It always lies in `target/tools/libclang`, as a link where it is the system's, because
//! `.cargo/config.toml` names that folder, so that a plain `cargo build` works after set-up.

use super::record::Record;
use super::wheel::{self, Wanted};
use super::{Python, debian};
use crate::error::{At, Error, Result};
use crate::paths;
use crate::platform::Platform;
use std::path::{Path, PathBuf};

/// The tool's folder in `target/tools`.
pub const NAME: &str = "libclang";

/// The pinned wheel.
const VERSION: &str = "18.1.1";

/// Any function that every libclang has.
const FUNCTION: &str = "clang_createIndex";

/// Fills the folder that `LIBCLANG_PATH` names, unless it is there and whole.
pub fn bring(python: &Python) -> Result<()> {
    let folder = paths::tools().join(NAME);
    // Cargo itself sets the variable to our folder; only another one is the person's own choice.
    if let Some(chosen) = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from)
        && chosen != folder
    {
        eprintln!("✓ libclang is where LIBCLANG_PATH says: {}", chosen.display());
        return Ok(());
    }
    let library = folder.join(Platform::HERE.libclang());
    match Record::check(&folder) {
        Some(Ok(record)) if library.is_file() && python.loads(&library, FUNCTION).is_ok() => {
            eprintln!("✓ libclang is here: {}", record.from);
            return Ok(());
        }
        Some(Err(complaint)) => eprintln!("· libclang is fetched again: {complaint}"),
        _ => {}
    }
    if let Some(found) = of_the_system(python) {
        link(&found, &folder)?;
        eprintln!("✓ libclang is the system's: {}", found.display());
        return Ok(());
    }
    let requirement = format!("libclang=={VERSION}");
    let wanted = Wanted {
        requirement: &requirement,
        files: &[
            (&format!("*/clang/native/{}", Platform::HERE.libclang()), Platform::HERE.libclang()),
            ("libclang-*.dist-info/LICENSE.TXT", "LICENSE"),
        ],
    };
    let problem = match wheel::bring(python, &wanted, &folder) {
        Ok(_) => match python.loads(&library, FUNCTION) {
            Ok(()) => return Ok(()),
            Err(words) => Error::program(format!("libclang was fetched but does not load here: {words}")),
        },
        Err(error) => error,
    };
    if !debian::is_here() {
        return Err(problem);
    }
    eprintln!("· {problem}; trying Debian's package");
    let unpacked = paths::tools().join("libclang-debian");
    debian::unpack(&["libclang1-14", "libllvm14"], &unpacked)?;
    let found = libraries_in(&unpacked, 6).into_iter().find(|path| python.loads(path, FUNCTION).is_ok());
    let Some(found) = found else { return Err(problem) };
    link(&found, &folder)
}

/// The newest libclang in the places where systems keep it, of those that load.
fn of_the_system(python: &Python) -> Option<PathBuf> {
    let places: &[&str] = match Platform::HERE {
        Platform::Linux => &[
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/local/lib",
        ],
        Platform::MacOs => &[
            "/Library/Developer/CommandLineTools/usr/lib",
            "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
            "/opt/homebrew/opt/llvm/lib",
            "/usr/local/opt/llvm/lib",
        ],
        Platform::Windows => &["C:/Program Files/LLVM/bin"],
    };
    let mut found: Vec<PathBuf> = places.iter().flat_map(|place| libraries_in(Path::new(place), 0)).collect();
    // Distributions keep each LLVM in a folder of its own: /usr/lib/llvm-14/lib.
    if let Ok(entries) = std::fs::read_dir("/usr/lib") {
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with("llvm") {
                found.extend(libraries_in(&entry.path().join("lib"), 0));
            }
        }
    }
    found.sort_by_key(|path| std::cmp::Reverse(number_in(path)));
    found.into_iter().find(|path| python.loads(path, FUNCTION).is_ok())
}

/// Files that are named like libclang, in the folder and `depth` folders below it.
fn libraries_in(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if depth > 0 {
                found.extend(libraries_in(&path, depth - 1));
            }
        } else if path.file_name().is_some_and(|name| is_libclang(&name.to_string_lossy())) {
            found.push(path);
        }
    }
    found
}

/// `libclang.so`, `libclang-14.so.1`, `libclang.so.13`, but not `libclang-cpp.so.14`, which is
/// another library.
fn is_libclang(name: &str) -> bool {
    if matches!(name, "libclang.so" | "libclang.dylib" | "libclang.dll") {
        return true;
    }
    let Some(rest) = name.strip_prefix("libclang") else { return false };
    let digits_and_dots = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    match rest.split_once(".so") {
        Some(("", version)) => digits_and_dots(version),
        Some((dashed, version)) => {
            dashed.strip_prefix('-').is_some_and(|text| !text.is_empty() && digits_and_dots(text))
                && digits_and_dots(version)
        }
        None => false,
    }
}

/// The first number in the path, which is LLVM's version; 0 if there is none.
fn number_in(path: &Path) -> u32 {
    let text = path.to_string_lossy().replace("x86_64", "").replace("lib64", "");
    let digits: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Puts the library under its plain name into the folder, and records it.
fn link(library: &Path, folder: &Path) -> Result<()> {
    crate::files::remove_folder(folder)?;
    std::fs::create_dir_all(folder).at("making the folder", folder)?;
    let target = folder.join(Platform::HERE.libclang());
    #[cfg(unix)]
    std::os::unix::fs::symlink(library, &target).at("linking", &target)?;
    #[cfg(not(unix))]
    std::fs::copy(library, &target).map(|_| ()).at("copying", &target)?;
    Record::write(folder, "of the system", &library.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_interface_is_told_from_the_cpp_one() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang-14.so.14.0.6",
            "libclang-14.so",
            "libclang.dll",
            "libclang.dylib",
        ] {
            assert!(is_libclang(name), "{name}");
        }
        for name in [
            "libclang-cpp.so.14",
            "libclang-cpp.so",
            "libclangAST.so.14",
            "libc.so.6",
            "libclang.a",
            "libclang_rt.so",
        ] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    #[test]
    fn the_newest_comes_first() {
        assert_eq!(number_in(Path::new("/usr/lib/llvm-14/lib/libclang.so")), 14);
        assert_eq!(number_in(Path::new("/usr/lib/x86_64-linux-gnu/libclang-16.so.1")), 16);
        assert_eq!(number_in(Path::new("/usr/lib64/libclang.so")), 0);
    }
}
