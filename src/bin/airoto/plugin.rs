//! Finding the plugin that this program came with, and making an instance of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use airoto::host::{
    Binary, ClipSource, Components, Context, Depth, HostError, HostProfile, Instance, Plugin, Project,
};
use airoto::params;
use airoto::raster::Encoding;

use crate::input::InputSequence;
use crate::options::{NodeOptions, section};
use crate::{Failure, presets};

/// Identifier of the node.
pub const IDENTIFIER: &str = "org.airoto.AIRoto";
/// Names the bundle in the environment.
const VARIABLE: &str = "AIROTO_BUNDLE";

/// Settings of the node that commands share.
#[derive(Debug, Clone, clap::Args)]
pub struct PluginArgs {
    #[command(flatten)]
    pub tracker: NodeOptions<section::Tracker>,
    /// Preset to start from: a name from `airoto presets`, or a preset file; other options override it
    #[arg(long, value_name = "NAME|FILE")]
    pub preset: Option<String>,
    /// The plugin: a bundle folder or a library, instead of the one beside this program
    #[arg(long, value_name = "PATH")]
    pub bundle: Option<PathBuf>,
    #[command(flatten)]
    pub process: NodeOptions<section::Process>,
    #[command(flatten)]
    pub edge: NodeOptions<section::Edge>,
}

impl PluginArgs {
    /// Whether the model runs in this process.
    pub fn in_process(&self) -> bool {
        self.process.given(params::WORKER_MODE).is_some()
    }
}

/// The words of --device.
pub fn devices() -> clap::builder::PossibleValuesParser {
    airoto::job::DEVICES.iter().map(|(id, _)| *id).collect::<Vec<_>>().into()
}

/// The plugin beside this program: `explicit`, AIROTO_BUNDLE, the bundle that the program lies in or
/// next to, or the library that was built with it.
pub fn find(explicit: Option<&Path>) -> Result<PathBuf, Failure> {
    let named = |path: PathBuf, by: &str| {
        if path.exists() {
            Ok(path)
        } else {
            Err(Failure::new(format!("{by} names {}, which does not exist", path.display())))
        }
    };
    if let Some(path) = explicit {
        return named(path.to_owned(), "--bundle");
    }
    if let Some(path) = std::env::var_os(VARIABLE).filter(|v| !v.is_empty()) {
        return named(path.into(), VARIABLE);
    }
    let own = std::env::current_exe()
        .and_then(|path| path.canonicalize())
        .map_err(|e| Failure::new(format!("cannot find the path of this program: {e}")))?;
    let is_bundle = |path: &&Path| path.extension().is_some_and(|e| e == "bundle");
    if let Some(bundle) = own.ancestors().skip(1).find(is_bundle) {
        return Ok(bundle.to_owned());
    }
    let folder = own.parent().unwrap_or(Path::new("."));
    let library = format!("{}airoto{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    // Cargo keeps the library of a test in `deps`; of two builds the later one belongs to us.
    let built = |path: &PathBuf| path.metadata().and_then(|m| m.modified()).ok();
    let libraries = [folder.join(&library), folder.join("deps").join(&library)];
    let library = libraries.into_iter().filter(|p| p.is_file()).max_by_key(built);
    Some(folder.join("AIRoto.ofx.bundle")).filter(|p| p.is_dir()).or(library).ok_or_else(|| {
        Failure::new(format!(
            "no plugin was found beside {}: name the bundle with --bundle or {VARIABLE}",
            own.display()
        ))
    })
}

/// Loads the plugin.
pub fn open(explicit: Option<&Path>) -> Result<Plugin, Failure> {
    let path = find(explicit)?;
    // Our own plugin is trusted with the memory that it is given: copies to check it by cost a few
    // milliseconds a frame.
    let profile = HostProfile { watch_memory: false, ..HostProfile::airoto() };
    let binary = Binary::open(profile, &path)?;
    Ok(binary.plugin(IDENTIFIER)?)
}

/// Makes an instance with `footage` as its Source.
pub fn instance(
    plugin: &Plugin,
    args: &PluginArgs,
    footage: &Arc<InputSequence>,
    encoding: Encoding,
) -> Result<Instance, Failure> {
    let (width, height) = footage.size();
    let (first, last) = footage.range();
    let mut project = Project::new(width, height, footage.frame_rate(), first, last);
    // Canonical coordinates have square pixels.
    project.pixel_aspect = footage.pixel_aspect();
    project.width *= footage.pixel_aspect();
    let instance = Instance::create(plugin, Context::General, &project)?;
    if let Some(preset) = &args.preset {
        presets::apply(&instance, preset)?;
    }
    args.tracker.tell(&instance)?;
    args.process.tell(&instance)?;
    args.edge.tell(&instance)?;
    instance.set_param(params::INPUT_COLOUR, encoding.id())?;
    let source: Arc<dyn ClipSource> = footage.clone();
    instance.connect("Source", Some(source))?;
    Ok(instance)
}

/// The tracker that an instance is told to use.
pub fn tracker(instance: &Instance) -> Result<String, Failure> {
    Ok(instance.param(params::TRACKER)?.text().unwrap_or_default().to_owned())
}

/// Asks for alpha alone where the plugin gives it, else for RGBA; both as floats, so that a matte
/// leaves as it was computed.
pub fn output(instance: &Instance, alpha: bool) -> Result<(), Failure> {
    if alpha && instance.set_output(Components::Alpha, Depth::Float).is_ok() {
        return Ok(());
    }
    Ok(instance.set_output(Components::Rgba, Depth::Float)?)
}

/// What a failed action means to a person: what went wrong with the footage, or what the plugin says,
/// or else what the host saw.
pub fn explain(error: HostError, footage: &InputSequence) -> Failure {
    match (footage.failure(), error) {
        (Some(failure), _) => failure,
        (None, HostError::Action { message: Some(message), .. }) => Failure::new(message),
        (None, error) => error.into(),
    }
}
