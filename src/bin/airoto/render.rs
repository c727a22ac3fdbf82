//! `airoto render`: prompts and footage to mattes and shapes.

mod check;
mod objects;
mod output;
mod text;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use airoto::host::{ClipSource, Instance, Value};
use airoto::io;
use airoto::params;
use airoto::raster::Encoding;

use self::objects::{ObjectChannel, Separate, Vectors};
use self::output::{Look, Output};
use self::text::TextArgs;
use crate::input::InputSequence;
use crate::options::{NodeOptions, section};
use crate::order::Order;
use crate::plugin::{self, PluginArgs};
use crate::usage::Peak;
use crate::{Failure, track};

/// Track what the prompts say through the footage, and write its mattes and shapes.
#[derive(clap::Args)]
pub struct Args {
    /// Footage: a pattern such as frames/%05d.jpg or a.####.exr, a folder, a movie, or one picture
    #[arg(short, long, value_name = "FRAMES")]
    input: String,
    /// Frames to write, such as 0-49 [default: all]
    #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    range: Option<String>,
    /// The prompts, as JSON; mask paths in it are relative to it
    #[arg(short, long, value_name = "FILE", required_unless_present = "text")]
    prompts: Option<PathBuf>,
    /// Where to write, such as out/alpha.%04d.exr; exr, png, tif, dpx or jpg; {object} stands for the
    /// name of the object, all for all of them
    #[arg(short, long, value_name = "PATTERN")]
    output: String,
    /// Write all objects together; also each to files of its own, by {object} in the output; or also each
    /// as a layer of the same EXR file, whose channel is NAME.alpha
    #[arg(long, default_value = "combined", value_parser = ["combined", "separate", "layers"])]
    objects: String,
    #[command(flatten)]
    view: NodeOptions<section::View>,
    /// Trimaps for the edge, as the footage: black outside, white inside, what is between unknown
    #[arg(long, value_name = "FRAMES")]
    trimap: Option<String>,
    /// Depth of the files [default: half for exr, 16 bits for png and tif, 10 bits for dpx]
    #[arg(long, value_enum)]
    depth: Option<Depth>,
    /// Compression of EXR files [default: zip]
    #[arg(long, value_enum)]
    compression: Option<Compression>,
    /// Data window of EXR files: as small as what is in it, or the whole picture [default: crop]
    #[arg(long, value_parser = ["crop", "whole"])]
    data_window: Option<String>,
    #[command(flatten)]
    reading: NodeOptions<section::Footage>,
    /// ObjectChannel of EXR footage [default: the one without a name]
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// The order in which frames are asked for: forward, reverse or shuffle:SEED
    #[arg(long, default_value = "forward")]
    order: Order,
    /// Threads that ask for frames at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Write shapes: .fxs for Silhouette, .nk for Nuke; may be given for each
    #[arg(long, value_name = "FILE")]
    shapes: Vec<PathBuf>,
    #[command(flatten)]
    files: NodeOptions<section::Files>,
    /// Print a summary as JSON on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    text: TextArgs,
    #[command(flatten)]
    plugin: PluginArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Depth {
    /// 8 bits
    #[value(name = "8")]
    Byte,
    /// 16 bits
    #[value(name = "16")]
    Short,
    /// 16 bit floats
    Half,
    /// 32 bit floats
    Float,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Compression {
    /// Not at all
    None,
    /// Runs of equal bytes
    Rle,
    /// Deflate by lines
    Zips,
    /// Deflate by 16 lines
    Zip,
    /// Wavelets, for grain
    Piz,
}

/// What was done, for machines.
#[derive(serde::Serialize)]
struct Summary {
    frames: usize,
    first: i64,
    last: i64,
    width: u32,
    height: u32,
    files: Vec<PathBuf>,
    shapes: Vec<PathBuf>,
    seconds: f64,
    ms_per_frame: f64,
    /// Of each frame, in the order in which they were finished.
    times: Vec<track::FrameTime>,
    tracker: String,
    view: String,
    notes: Vec<String>,
    peak_memory_bytes: Peak,
}

/// Renders.
pub fn run(args: Args) -> Result<(), Failure> {
    let asked = args.range.as_deref().map(io::parse_range).transpose()?;
    let view = args.view.word(params::VIEW);
    if matches!(view.as_str(), "difference" | "wipe") && args.view.given(params::COMPARE_TRACKER).is_none() {
        return Err(Failure::new(format!(
            "--view {view} compares two trackers: name the other with --compare"
        )));
    }
    let written = args.prompts.as_deref().map(check::prompts).transpose()?;
    let prompted = match &written {
        Some(prompts) => prompts.parsed.frames().into_iter().collect(),
        None => args.text.frame().into_iter().collect::<Vec<i64>>(),
    };
    let needed = check::needed(&args.input, asked, prompted)?;
    let footage = Arc::new(InputSequence::open(&args.input, args.layer.as_deref(), Some(needed))?);
    let (first, last) = asked.unwrap_or(footage.range());
    let encoding = Encoding::from_id(&args.reading.word(params::INPUT_COLOUR)).unwrap_or(footage.encoding());
    let (prompts, texted) = match written {
        Some(prompts) => (prompts, None),
        None => {
            let (prompts, rest) = text::prompts(&args.text, &footage, (first, last), encoding, &args.plugin)?;
            (prompts, Some(rest))
        }
    };
    check::fits(&prompts, &footage)?;
    let depth = args.depth.map(|depth| match depth {
        Depth::Byte => io::Depth::Byte,
        Depth::Short => io::Depth::Short,
        Depth::Half => io::Depth::Half,
        Depth::Float => io::Depth::Float,
    });
    let look = Look {
        view: &view,
        encoding,
        depth,
        compression: args.compression.map(|compression| match compression {
            Compression::None => io::Compression::None,
            Compression::Rle => io::Compression::Rle,
            Compression::Zips => io::Compression::Zips,
            Compression::Zip => io::Compression::Zip,
            Compression::Piz => io::Compression::Piz,
        }),
        crop: args.data_window.as_deref().map(|window| window == "crop"),
        layers: args.objects == "layers",
    };
    let output = |pattern: &str| -> Result<Output, Failure> {
        let output = Output::new(pattern, &look, &footage)?;
        check::writable(&output, &footage, first, last)?;
        Ok(output)
    };
    let separate = match args.objects.as_str() {
        "separate" => objects::patterns(&args.output, &prompts.parsed)?,
        _ => Vec::new(),
    };
    let layered = match args.objects.as_str() {
        "layers" => objects::layers(&prompts.parsed)?,
        _ => Vec::new(),
    };
    let combined = output(&objects::combined(&args.output))?;
    let shapes = check::Shapes::new(&args.shapes)?;
    let trimap = args.trimap.as_deref().map(|t| check::trimap(t, &footage)).transpose()?;

    let plugin = plugin::open(args.plugin.bundle.as_deref())?;
    let node = |view: Option<&str>| -> Result<Instance, Failure> {
        let instance = plugin::instance(&plugin, &args.plugin, &footage, encoding)?;
        instance.set_param(params::PROMPTS, prompts.text.as_str())?;
        instance.set_param(params::PROMPTS_BASE, prompts.base.to_string_lossy().as_ref())?;
        // A preset may set the view; what is written is what the command line says, or else alpha.
        instance.set_param(params::VIEW, "alpha")?;
        args.view.tell(&instance)?;
        if let Some(view) = view {
            instance.set_param(params::VIEW, view)?;
        }
        args.files.tell(&instance)?;
        if let Some(trimap) = &trimap {
            let trimap: Arc<dyn ClipSource> = trimap.clone();
            instance.connect("Mask", Some(trimap))?;
            instance.set_param(params::MASK_USE, "trimap")?;
        }
        plugin::output(&instance, view.unwrap_or(look.view) == "alpha")?;
        Ok(instance)
    };
    let instance = node(None)?;
    shapes.tell(&instance)?;
    // Files that hold numbers have the blur beside the matte.
    let motion_blur = instance.param(params::EDGE_BLUR)?;
    let states = instance.param_state(params::EDGE_BLUR)?.options;
    let vectors = states.iter().position(|option| option.name == "vectors").map(|i| Value::Int(i as i32));
    let blurred = Some(motion_blur) == vectors && combined.holds_vectors();
    let asked_tracker = plugin::tracker(&instance)?;
    let vectors = |object: &str, prefix: String| -> Result<Option<Vectors>, Failure> {
        if !blurred {
            return Ok(None);
        }
        let instance = node(Some("blur"))?;
        instance.set_param(params::OBJECT, object)?;
        Ok(Some(Vectors { prefix, instance }))
    };
    let mut blurs: Vec<Vectors> = vectors("", String::new())?.into_iter().collect();
    let mut objects = Vec::with_capacity(separate.len());
    for (name, pattern) in separate {
        let vectors = vectors(&name, String::new())?;
        let object = Separate { instance: node(None)?, output: output(&pattern)?, vectors };
        object.instance.set_param(params::OBJECT, name.as_str())?;
        objects.push(object);
    }
    let mut layers = Vec::with_capacity(layered.len());
    for (name, channel) in layered {
        let layer = ObjectChannel { name, channel, instance: node(Some("alpha"))? };
        layer.instance.set_param(params::OBJECT, layer.name.as_str())?;
        blurs.extend(vectors(&layer.name, format!("{}.", layer.channel))?);
        layers.push(layer);
    }

    let frames = args.order.frames(first, last);
    let files = Mutex::new(Vec::with_capacity(frames.len()));
    let bar = track::bar(frames.len(), args.json);
    let began = Instant::now();
    let nodes = || {
        let blurs = blurs.iter().chain(objects.iter().flat_map(|o| &o.vectors)).map(|v| &v.instance);
        let objects = objects.iter().map(|o| &o.instance).chain(layers.iter().map(|l| &l.instance));
        objects.chain(blurs).chain([&instance])
    };
    for node in nodes() {
        node.begin_sequence(first, last, 1.0, false).map_err(|e| plugin::explain(e, &footage))?;
    }
    let tracked = track::frames(&instance, &footage, &frames, args.threads.into(), &bar, &|frame, image| {
        let said = instance.persistent_message().map(|m| m.text).unwrap_or_default();
        let tracker = track::tracker_used(&asked_tracker, &[said]);
        let mut channels = Vec::with_capacity(layers.len());
        for layer in &layers {
            channels.push(layer.channel(frame, &footage)?);
        }
        for vectors in &blurs {
            channels.extend(vectors.channels(frame, &footage)?);
        }
        let mut written = vec![combined.write(frame, &image, &tracker, channels, &layers)?];
        for object in &objects {
            written.push(object.write(frame, &tracker, &footage)?);
        }
        if let Ok(mut files) = files.lock() {
            files.extend(written.into_iter().map(|path| (frame, path)));
        }
        Ok(())
    });
    let ended = nodes().try_for_each(|node| node.end_sequence(first, last, 1.0, false));
    let ended = ended.map_err(|e| plugin::explain(e, &footage));
    bar.finish_and_clear();
    let times = tracked?;
    ended?;
    let mut notes = track::notes(&instance);
    // Of all frames or of none: files of an earlier render outlive one that fails.
    let written = shapes.write(&instance, last)?;
    notes.extend(written.notes);

    let seconds = began.elapsed().as_secs_f64();
    let mut files = files.into_inner().unwrap_or_default();
    files.sort();
    notes.extend(texted.into_iter().flat_map(|texted| texted.notes));
    let summary = Summary {
        frames: frames.len(),
        first,
        last,
        width: footage.size().0,
        height: footage.size().1,
        files: files.into_iter().map(|(_, path)| path).collect(),
        shapes: written.files,
        seconds,
        times,
        ms_per_frame: seconds * 1000.0 / frames.len() as f64,
        tracker: track::tracker_used(&asked_tracker, &notes),
        view,
        notes,
        peak_memory_bytes: Peak::now(),
    };
    if args.json {
        say!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        for note in &summary.notes {
            complain!("airoto: note: {note}");
        }
        let Summary { frames, ms_per_frame, .. } = summary;
        say!("{frames} frames {first}-{last} to {}, {ms_per_frame:.0} ms a frame", args.output);
        for path in &summary.shapes {
            say!("shapes to {}", path.display());
        }
    }
    Ok(())
}
