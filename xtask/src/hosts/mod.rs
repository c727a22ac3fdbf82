//! `cargo xtask hosts`: real OpenFX hosts, where they are installed, against `airoto render`.
//!
//! Each host gets the same frames and a box as a parameter of the node, renders mattes with the bundle, and must
//! write what `airoto render` writes within the precision of its own pixels, say nothing wrong, and end with status 0.
//! A host that is not installed was not tried, which is never a pass.

mod find;
mod hostsupport;
mod limited;
mod melt;
mod natron;
mod pixels;
mod scene;
mod table;

use crate::bundle::{self, BUNDLE, Bundle};
use crate::error::{Error, Result};
use crate::files::{copy, make_folder, remove_folder};
use crate::picture::Picture;
use crate::platform::Platform;
use crate::progress::{Step, heading};
use crate::setup::{self, Tools};
use crate::{paths, sheet};
use hostsupport::Depth;
use scene::Scene;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use table::{Outcome, Row, Trial};

/// How far pixels of 8 bits may differ, in steps of 1/255: a host may round where we do not.
const EIGHT_BITS: u16 = 1;
/// How far floats may differ that were written with 16 bits, in steps of 1/65535.
const SIXTEEN_BITS: u16 = 1;

/// Options of `hosts`.
#[derive(clap::Args)]
pub struct Arguments {
    /// MLT's `melt` [default: in PATH]
    #[arg(long, value_name = "PATH")]
    melt: Option<PathBuf>,
    /// Natron's `NatronRenderer` [default: in PATH]; its readers and writers where OFX_PLUGIN_PATH says
    #[arg(long, value_name = "PATH")]
    natron: Option<PathBuf>,
    /// The OpenFX sources: their HostSupport library is compiled with a small host of ours, by `c++` or CXX
    #[arg(long, value_name = "DIR")]
    openfx: Option<PathBuf>,
    /// An existing bundle, instead of building one
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// A clip with frames/ and masks/ [default: ../shared/clips/dog, else a scene of `airoto synth`]
    #[arg(long, value_name = "DIR")]
    clip: Option<PathBuf>,
    /// Number of frames of the clip
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u16).range(2..=1000))]
    frames: u16,
    /// Tracker: default, flow, a model by its name, or the folder of a model pack
    #[arg(long, value_name = "NAME|PATH", default_value = "flow")]
    tracker: String,
    /// Seconds after which a host is killed
    #[arg(long, default_value = "300", value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

impl Default for Arguments {
    fn default() -> Self {
        let (frames, tracker, limit) = (10, "flow".to_owned(), 300);
        Self { melt: None, natron: None, openfx: None, bundle: None, clip: None, frames, tracker, limit }
    }
}

/// What came of all hosts.
pub struct Tried {
    /// Each that was tried, and whether it is good.
    pub hosts: Vec<(String, bool)>,
    /// A sentence on those that were not, if there are such.
    pub others: Option<String>,
}

/// How a host is tried, and with what.
enum Kind {
    Melt(PathBuf),
    Natron(PathBuf),
    /// The OpenFX sources and the compiler.
    HostSupport(PathBuf, OsString),
}

/// A host, or why it is not tried.
struct Found {
    name: &'static str,
    host: std::result::Result<Kind, String>,
}

/// What every host is given.
struct Work<'a> {
    bundle: &'a Bundle,
    scene: &'a Scene,
    /// Where all is written.
    folder: PathBuf,
    limit: Duration,
}

/// Tries every host that is there; an error if one that was tried failed.
pub fn run(arguments: &Arguments) -> Result<()> {
    let found = find(arguments)?;
    let rows = if found.iter().all(|found| found.host.is_err()) {
        untried(found)
    } else {
        let bundle = match &arguments.bundle {
            Some(folder) => laid_out(folder)?,
            None => {
                let tools = setup::run(&setup::Arguments { force: false })?;
                bundle::make(&tools, &bundle::Arguments { debug: false, output: None })?
            }
        };
        attempt(found, &bundle, arguments)?
    };
    println!("\n{}", table::text(&rows).trim_end());
    let failed: Vec<&str> = rows.iter().filter(|row| row.failed()).map(|row| row.host).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Error::program(format!(
        "differs from `airoto render`, or ended with an error: {}",
        failed.join(", ")
    )))
}

/// What `cargo xtask test` does: hosts that are in PATH, with the binaries that were built for the tests.
///
/// Where there is none, nothing is built.
pub fn in_path(tools: &Tools) -> Result<Tried> {
    let arguments = Arguments::default();
    let found = find(&arguments)?;
    if found.iter().all(|found| found.host.is_err()) {
        return Ok(Tried { hosts: Vec::new(), others: table::not_tried(&untried(found)) });
    }
    let bundle = of_the_tests(tools)?;
    let rows = attempt(found, &bundle, &arguments)?;
    eprintln!("{}", table::text(&rows).trim_end());
    let results = rows.iter().filter_map(|row| match &row.outcome {
        Outcome::NotTried(_) => None,
        Outcome::Tried(_) => Some((format!("{} {}", row.host, row.version), !row.failed())),
    });
    Ok(Tried { hosts: results.collect(), others: table::not_tried(&rows) })
}

/// What a bundle needs for rendering, of the binaries that were built for the tests: they are there already.
fn of_the_tests(tools: &Tools) -> Result<Bundle> {
    let here = Platform::HERE;
    let folder = place().join("bundle").join(BUNDLE);
    remove_folder(&folder)?;
    let binaries =
        folder.join("Contents").join(here.architecture(std::env::consts::ARCH).unwrap_or_default());
    let built = paths::target().join("debug");
    let executable = binaries.join(here.executable());
    copy(&built.join(here.library()), &binaries.join("AIRoto.ofx"))?;
    copy(&built.join(here.executable()), &executable)?;
    copy(&tools.onnxruntime, &binaries.join(here.onnxruntime()))?;
    Ok(Bundle { folder, executable })
}

/// Where hosts are tried.
fn place() -> PathBuf {
    paths::root().join("target").join("hosts")
}

/// The hosts that can be tried, and why the others cannot.
fn find(arguments: &Arguments) -> Result<Vec<Found>> {
    let program = |name, given: &Option<PathBuf>, kind: fn(PathBuf) -> Kind| {
        let path = find::program(given.as_deref(), name)?;
        let host = path.map(kind).ok_or_else(|| "not installed".to_owned());
        Ok::<Found, Error>(Found { name, host })
    };
    let mut found = vec![
        program("melt", &arguments.melt, Kind::Melt)?,
        program("NatronRenderer", &arguments.natron, Kind::Natron)?,
    ];
    // One that a person names is tried whatever it looks like.
    let modules = std::env::var_os("MLT_REPOSITORY").map(PathBuf::from);
    let unable = match &found[0].host {
        Ok(Kind::Melt(path)) => arguments.melt.is_none() && melt::lacks_openfx(path, modules),
        _ => false,
    };
    if unable {
        found[0].host = Err("its build has no OpenFX module".to_owned());
    }
    let host = match (&arguments.openfx, hostsupport::compiler()) {
        (None, _) => Err("no --openfx".to_owned()),
        (Some(_), None) => Err("there is no C++ compiler `c++`".to_owned()),
        (Some(folder), Some(compiler)) => {
            if !folder.join("HostSupport/src").is_dir() {
                return Err(Error::person(format!(
                    "{} has no OpenFX sources: there is no folder HostSupport/src in it",
                    folder.display()
                )));
            }
            Ok(Kind::HostSupport(folder.clone(), compiler))
        }
    };
    found.push(Found { name: "HostSupport", host });
    Ok(found)
}

fn untried(found: Vec<Found>) -> Vec<Row> {
    let reason = |found: Found| {
        let why = found.host.err().unwrap_or_default();
        Row { host: found.name, version: String::new(), outcome: Outcome::NotTried(why) }
    };
    found.into_iter().map(reason).collect()
}

/// A bundle that somebody laid out.
fn laid_out(folder: &Path) -> Result<Bundle> {
    let no = |what: &str| Error::person(format!("{} {what}", folder.display()));
    if folder.file_name() != Some(OsStr::new(BUNDLE)) {
        return Err(no(&format!("is not a bundle, expected a folder {BUNDLE}")));
    }
    let folder = folder.canonicalize().map_err(|source| no(&format!("cannot be opened: {source}")))?;
    let architecture = Platform::HERE.architecture(std::env::consts::ARCH).unwrap_or_default();
    let executable = folder.join("Contents").join(architecture).join(Platform::HERE.executable());
    if !executable.is_file() {
        return Err(no(&format!("has no command line for this platform at {}", executable.display())));
    }
    Ok(Bundle { folder, executable })
}

/// Makes the frames and tries each host in turn.
fn attempt(found: Vec<Found>, bundle: &Bundle, arguments: &Arguments) -> Result<Vec<Row>> {
    heading("real hosts");
    if let Some(other) = elsewhere() {
        eprintln!("· {} also exists: a host may load it instead", other.display());
    }
    let folder = place();
    make_folder(&folder)?;
    let usual = paths::root().join("../shared/clips/dog");
    let clip = arguments.clip.clone().or_else(|| usual.is_dir().then_some(usual));
    let frames = usize::from(arguments.frames);
    let scene = Scene::make(bundle, clip.as_deref(), frames, &arguments.tracker, &folder.join("scene"))?;
    eprintln!("{} frames of {}x{} pixels of {}", scene.count, scene.width, scene.height, scene.what);
    let work = Work { bundle, scene: &scene, folder, limit: Duration::from_secs(arguments.limit) };
    let mut rows = Vec::new();
    for found in found {
        match found.host {
            Err(why) => {
                rows.push(Row { host: found.name, version: String::new(), outcome: Outcome::NotTried(why) })
            }
            Ok(Kind::Melt(path)) => {
                rows.push(row(found.name, find::version(&path), || melt::attempt(&path, &work)));
            }
            Ok(Kind::Natron(path)) => {
                rows.push(row(found.name, find::version(&path), || natron::attempt(&path, &work)));
            }
            Ok(Kind::HostSupport(openfx, compiler)) => rows.extend(on_hostsupport(&openfx, &compiler, &work)),
        }
    }
    Ok(rows)
}

/// One host; what cannot be done is its failure, and the next is tried.
fn row(host: &'static str, version: String, attempt: impl FnOnce() -> Result<Trial>) -> Row {
    let step = Step::begin(format!("{host} {version}"));
    let trial = attempt().unwrap_or_else(|error| Trial::impossible(error.to_string()));
    if trial.wrong.is_empty() {
        step.done("good");
    } else {
        drop(step);
        eprintln!("✗ {host} {version}: failed");
    }
    Row { host, version, outcome: Outcome::Tried(trial) }
}

fn on_hostsupport(openfx: &Path, compiler: &OsString, work: &Work) -> Vec<Row> {
    let version = hostsupport::version(openfx);
    match hostsupport::build(compiler, openfx, &work.folder.join("objects")) {
        Err(error) => {
            let outcome = Outcome::Tried(Trial::impossible(error.to_string()));
            vec![Row { host: "HostSupport", version, outcome }]
        }
        Ok(host) => [("HostSupport, float", Depth::Float), ("HostSupport, 8 bits", Depth::Byte)]
            .map(|(name, depth)| row(name, version.clone(), || hostsupport::attempt(&host, depth, work)))
            .into(),
    }
}

impl Work<'_> {
    /// A command of a host that finds our bundle first, and no other of ours.
    fn in_host(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        let ours = self.bundle.folder.parent().unwrap_or(&self.bundle.folder);
        let given = std::env::var_os("OFX_PLUGIN_PATH").unwrap_or_default();
        command.env("OFX_PLUGIN_PATH", plugin_path(ours, &given));
        // Nothing of an earlier run, and errors alone, so that each line of the log counts.
        command
            .env("AIROTO_CACHE", folder.join("cache"))
            .env("AIROTO_LOG", "error")
            .env_remove("AIROTO_BUNDLE");
        command
    }

    /// The mattes of `airoto render` for the frames as they are, with so many bits.
    fn reference(&self, bits: &str) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join("scene").join(format!("mattes{bits}"));
        match self.scene.all(&folder, "matte.", ".png") {
            Ok(mattes) => Ok(mattes),
            Err(_) => self.scene.reference(self.bundle, &self.scene.frames, &folder, bits),
        }
    }

    /// A sheet to look at: the frames, the host's mattes, those of `airoto render`.
    fn sheet(&self, host: &str, found: &[PathBuf], wanted: &[PathBuf]) -> Result<()> {
        let row = |files: &[PathBuf]| (0..).zip(files.iter().cloned()).collect::<Vec<(i64, PathBuf)>>();
        let frames = self.scene.all(&self.scene.frames, "", ".png")?;
        let picture: Picture = sheet::make(&[&row(&frames), &row(found), &row(wanted)])?;
        picture.write(&self.folder.join(format!("{host}.png")))
    }
}

/// Our folder, then the given ones but those that hold another bundle of ours.
fn plugin_path(ours: &Path, given: &OsStr) -> OsString {
    let others = std::env::split_paths(given)
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.join(BUNDLE).exists());
    let all: Vec<PathBuf> = std::iter::once(ours.to_owned()).chain(others).collect();
    std::env::join_paths(all).unwrap_or_else(|_| ours.as_os_str().to_owned())
}

/// A bundle of ours in the folder that every host reads, whatever OFX_PLUGIN_PATH says.
fn elsewhere() -> Option<PathBuf> {
    let folder = match Platform::HERE {
        Platform::Linux => "/usr/OFX/Plugins",
        Platform::MacOs => "/Library/OFX/Plugins",
        Platform::Windows => r"C:\Program Files\Common Files\OFX\Plugins",
    };
    Some(Path::new(folder).join(BUNDLE)).filter(|bundle| bundle.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_folder_comes_first_and_other_bundles_of_ours_are_left_out() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let [ours, readers, old] = ["ours", "readers", "old"].map(|name| place.path().join(name));
        std::fs::create_dir_all(old.join(BUNDLE)).expect("a folder can be made");
        let given = std::env::join_paths([&old, &readers]).expect("they can be joined");
        let path = plugin_path(&ours, &given);
        assert_eq!(std::env::split_paths(&path).collect::<Vec<_>>(), [ours.clone(), readers]);
        assert_eq!(plugin_path(&ours, OsStr::new("")), ours.as_os_str());
    }

    #[test]
    fn only_a_bundle_is_taken_for_one() {
        let place = tempfile::tempdir().expect("a folder can be made");
        assert!(laid_out(place.path()).is_err());
        let folder = place.path().join(BUNDLE);
        std::fs::create_dir(&folder).expect("a folder can be made");
        let error = laid_out(&folder).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("has no command line for this platform"), "{error}");
    }

    #[test]
    fn without_openfx_hostsupport_is_not_tried_and_bad_sources_are_refused() {
        let found = find(&Arguments::default()).expect("nothing was named");
        let names: Vec<&str> = found.iter().map(|found| found.name).collect();
        assert_eq!(names, ["melt", "NatronRenderer", "HostSupport"]);
        let rows = untried(found);
        assert!(matches!(&rows[2].outcome, Outcome::NotTried(why) if why == "no --openfx"), "{rows:?}");
        let place = tempfile::tempdir().expect("a folder can be made");
        let arguments = Arguments { melt: Some(place.path().join("melt")), ..Arguments::default() };
        assert!(find(&arguments).is_err());
    }
}
