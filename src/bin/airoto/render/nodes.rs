//! The instances of the node that a render needs.

use std::path::PathBuf;
use std::sync::Arc;

use airoto::host::{ClipSource, HostImage, Instance, Plugin, RenderCall, Value};
use airoto::params;

use super::args::Args;
use super::channels::{ObjectChannel, Vectors};
use super::job::Job;
use super::output::Output;
use crate::input::InputSequence;
use crate::{Failure, plugin, track};

/// An object with an instance of the node that gives its matte alone: the tracks are shared.
struct Separate<'a> {
    /// The node.
    instance: Instance,
    /// Its files.
    output: &'a Output,
    /// Its motion blur, where that is written.
    vectors: Option<Vectors>,
}

impl Separate<'_> {
    /// Renders the object in a frame and writes it.
    pub fn write(&self, frame: i64, tracker: &str, footage: &InputSequence) -> Result<PathBuf, Failure> {
        let image = self.instance.render(&RenderCall::new(frame as f64));
        let image = image.map_err(|e| plugin::explain(e, footage))?;
        let vectors = self.vectors.as_ref().map(|v| v.channels(frame, footage)).transpose()?;
        let channels = vectors.into_iter().flatten().collect();
        self.output.write(frame, &image, tracker, channels, &[])
    }
}

/// All instances of a render. They share the tracks.
pub struct Nodes<'a> {
    job: &'a Job,
    /// The node of all objects together.
    pub main: Instance,
    /// The tracker that it is told to use.
    pub tracker: String,
    blurs: Vec<Vectors>,
    separate: Vec<Separate<'a>>,
    layers: Vec<ObjectChannel>,
}

impl<'a> Nodes<'a> {
    /// Makes the instances.
    pub fn new(args: &Args, job: &'a Job, plugin: &Plugin) -> Result<Self, Failure> {
        let main = node(args, job, plugin, None)?;
        job.shapes.tell(&main)?;
        // Files that hold numbers have the blur beside the matte.
        let motion_blur = main.param(params::EDGE_BLUR)?;
        let states = main.param_state(params::EDGE_BLUR)?.options;
        let vectors = states.iter().position(|option| option.name == "vectors").map(|i| Value::Int(i as i32));
        let blurred = Some(motion_blur) == vectors && job.combined.holds_vectors();
        let tracker = plugin::tracker(&main)?;
        let vectors = |object: &str, prefix: String| -> Result<Option<Vectors>, Failure> {
            if !blurred {
                return Ok(None);
            }
            let instance = node(args, job, plugin, Some("blur"))?;
            instance.set_param(params::OBJECT, object)?;
            Ok(Some(Vectors { prefix, instance }))
        };
        let mut blurs: Vec<Vectors> = vectors("", String::new())?.into_iter().collect();
        let mut separate = Vec::with_capacity(job.separate.len());
        for (name, output) in &job.separate {
            let vectors = vectors(name, String::new())?;
            let object = Separate { instance: node(args, job, plugin, None)?, output, vectors };
            object.instance.set_param(params::OBJECT, name.as_str())?;
            separate.push(object);
        }
        let mut layers = Vec::with_capacity(job.layered.len());
        for (name, channel) in &job.layered {
            let (name, channel) = (name.clone(), channel.clone());
            let layer = ObjectChannel { name, channel, instance: node(args, job, plugin, Some("alpha"))? };
            layer.instance.set_param(params::OBJECT, layer.name.as_str())?;
            blurs.extend(vectors(&layer.name, format!("{}.", layer.channel))?);
            layers.push(layer);
        }
        Ok(Self { job, main, tracker, blurs, separate, layers })
    }

    fn all(&self) -> impl Iterator<Item = &Instance> {
        let blurs = self.blurs.iter().chain(self.separate.iter().flat_map(|o| &o.vectors));
        let objects =
            self.separate.iter().map(|o| &o.instance).chain(self.layers.iter().map(|l| &l.instance));
        objects.chain(blurs.map(|v| &v.instance)).chain([&self.main])
    }

    /// Begins the sequence in every instance.
    pub fn begin(&self) -> Result<(), Failure> {
        let Job { footage, first, last, .. } = self.job;
        for node in self.all() {
            node.begin_sequence(*first, *last, 1.0, false).map_err(|e| plugin::explain(e, footage))?;
        }
        Ok(())
    }

    /// Ends the sequence in every instance.
    pub fn end(&self) -> Result<(), Failure> {
        let Job { footage, first, last, .. } = self.job;
        let ended = self.all().try_for_each(|node| node.end_sequence(*first, *last, 1.0, false));
        ended.map_err(|e| plugin::explain(e, footage))
    }

    /// Writes the files of a frame, whose picture of all objects together is `image`; gives their paths.
    pub fn write(&self, frame: i64, image: &HostImage) -> Result<Vec<PathBuf>, Failure> {
        let footage = &self.job.footage;
        let message = self.main.persistent_message().map(|m| m.text).unwrap_or_default();
        let tracker = track::tracker_used(&self.tracker, &[message]);
        let mut channels = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            channels.push(layer.channel(frame, footage)?);
        }
        for vectors in &self.blurs {
            channels.extend(vectors.channels(frame, footage)?);
        }
        let mut written = vec![self.job.combined.write(frame, image, &tracker, channels, &self.layers)?];
        for object in &self.separate {
            written.push(object.write(frame, &tracker, footage)?);
        }
        Ok(written)
    }
}

/// An instance for the job, which gives the alpha alone, the blur, or else what the options say.
fn node(args: &Args, job: &Job, plugin: &Plugin, view: Option<&str>) -> Result<Instance, Failure> {
    let instance = plugin::instance(plugin, &args.plugin, &job.footage, job.encoding)?;
    instance.set_param(params::PROMPTS, job.prompts.text.as_str())?;
    instance.set_param(params::PROMPTS_BASE, job.prompts.base.to_string_lossy().as_ref())?;
    // A preset may set the view; what is written is what the command line says, or else alpha.
    instance.set_param(params::VIEW, "alpha")?;
    args.view.tell(&instance)?;
    if let Some(view) = view {
        instance.set_param(params::VIEW, view)?;
    }
    args.files.tell(&instance)?;
    if let Some(trimap) = &job.trimap {
        let trimap: Arc<dyn ClipSource> = trimap.clone();
        instance.connect("Mask", Some(trimap))?;
        instance.set_param(params::MASK_USE, "trimap")?;
    }
    if let Some(masks) = &job.masks {
        let clip: Arc<dyn ClipSource> = masks.clone();
        instance.connect("Mask", Some(clip))?;
        masks.tell(&instance)?;
    }
    plugin::output(&instance, view.map_or(job.alone, |view| view == "alpha"))?;
    Ok(instance)
}
