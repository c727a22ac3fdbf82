//! Other people's plugins in our host: everything in `OFX_PLUGIN_PATH` is described, instantiated
//! and rendered in each of its contexts.
//!
//! Ignored, since it needs plugins: `OFX_PLUGIN_PATH=... cargo test --test host_others -- --ignored
//! --nocapture`.

use airoto::host::{
    Binary, ClipInfo, ClipSource, Components, Context, Depth, HostError, HostImage, HostProfile, ImageError,
    Instance, Plugin, Project, RenderCall, RowBytes, find_bundles,
};
use std::sync::Arc;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;

/// A ramp that moves.
struct Ramp(Components, Depth);

impl ClipSource for Ramp {
    fn info(&self) -> ClipInfo {
        ClipInfo::new(WIDTH, HEIGHT, 0, 9, self.0, self.1)
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        let value = |i: u32| ((f64::from(i) / 4.0 + time * 7.0) % 101.0 / 100.0) as f32;
        let rgba: Vec<f32> = (0..WIDTH * HEIGHT * 4).map(value).collect();
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, self.0, self.1, RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }
}

/// Renders three frames; gives the means of their red channels.
fn render(plugin: &Plugin, context: Context, depth: Depth) -> Result<Vec<f32>, HostError> {
    let project = Project::new(WIDTH, HEIGHT, 24.0, 0, 9);
    let instance = Instance::create(plugin, context, &project)?;
    let descriptor = plugin.describe(context)?;
    for clip in descriptor.clips.iter().filter(|c| c.name != "Output") {
        let components = if clip.mask { Components::Alpha } else { Components::Rgba };
        instance.connect(&clip.name, Some(Arc::new(Ramp(components, depth))))?;
        instance.edit_clip(&clip.name, 0.0)?;
    }
    instance.begin_sequence(0, 2, 1.0, false)?;
    let mut means = Vec::new();
    for time in [0.0, 2.0, 1.0] {
        let rgba = instance.process(&RenderCall::new(time))?.to_rgba();
        means.push(rgba.iter().step_by(4).sum::<f32>() / (rgba.len() / 4) as f32);
    }
    instance.end_sequence(0, 2, 1.0, false)?;
    Ok(means)
}

#[test]
#[ignore = "needs OpenFX plugins in OFX_PLUGIN_PATH"]
fn others_render() {
    let mut silent = Vec::new();
    let bundles = find_bundles();
    assert!(!bundles.is_empty(), "no bundle in OFX_PLUGIN_PATH");
    for bundle in bundles {
        let binary = match Binary::open(HostProfile::airoto(), &bundle) {
            Ok(binary) => binary,
            Err(error) => {
                silent.push(error.to_string());
                continue;
            }
        };
        for plugin in binary.plugins() {
            let mut rendered = false;
            let contexts = plugin.contexts().unwrap_or_else(|error| {
                println!("{error}");
                Vec::new()
            });
            for context in contexts {
                for depth in [Depth::Byte, Depth::Float] {
                    let result = render(&plugin, context, depth);
                    rendered |= result.is_ok();
                    println!("{} {context} {depth}: {result:?}", plugin.identifier());
                }
            }
            let shows = |c: Context| plugin.describe(c).is_ok_and(|d| d.clip("Output").is_some());
            if !rendered && plugin.contexts().is_ok_and(|all| all.into_iter().any(shows)) {
                silent.push(plugin.identifier().to_owned());
            }
        }
        for finding in binary.findings() {
            println!("    {:?}: {}", finding.severity, finding.what);
        }
    }
    assert!(silent.is_empty(), "these have an output and rendered in no context: {silent:?}");
}
