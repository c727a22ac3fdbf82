//! `airoto synth`: clips whose alpha is known exactly.

mod scene;

use std::path::{Path, PathBuf};

use airoto::io::{self, Depth, WriteOptions};
use airoto::qc::synth;
use airoto::raster::{Matte, transfer};
use rayon::prelude::*;

use self::scene::Scene;
use crate::Failure;

/// Render a clip with exact alpha: frames/, alpha/ (soft, 16 bits), masks/ (cut at one half), prompts.json, and for all
/// kinds but spin and occlude truth.json, which says for each frame how the object moved and was blurred, in pixels.
#[derive(clap::Args)]
pub struct Args {
    /// Folder to create
    out: PathBuf,
    /// Number of frames
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: u32,
    /// Size in pixels
    #[arg(long, default_value = "480x270", value_parser = parse_size)]
    size: (u32, u32),
    /// Difficulty of the clip
    #[arg(long, value_enum, default_value_t = Kind::Spin)]
    kind: Kind,
    /// Seed of the clip; the same seed gives the same clip
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Format of the frames
    #[arg(long, value_enum, default_value_t = Format::Jpg)]
    format: Format,
    /// Length of the motion blur in pixels; with it the object moves twice as far from frame to frame [default: 20
    /// for blur, else 0]
    #[arg(long, value_name = "PIXELS", value_parser = parse_pixels)]
    blur: Option<f64>,
    /// Direction of the motion in degrees, from right to down
    #[arg(long, value_name = "DEGREES", default_value_t = 20.0, value_parser = parse_finite, allow_negative_numbers = true)]
    direction: f64,
    /// Diameter in pixels to which the object is out of focus [default: 12 for defocus, else 0]
    #[arg(long, value_name = "PIXELS", value_parser = parse_pixels)]
    defocus: Option<f64>,
    /// Standard deviation of sensor noise, new in each frame, in levels of 255 [default: 4 for noise, else 0]
    #[arg(long, value_name = "LEVELS", value_parser = parse_pixels)]
    noise: Option<f64>,
}

/// What is hard about a clip.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A turning, slightly deforming object with a hole
    Spin,
    /// The same object passing behind a bar
    Occlude,
    /// A fast object with motion blur
    Blur,
    /// An object with fine strands
    Strands,
    /// An object out of focus in front of a sharp background
    Defocus,
    /// An object in frames with different noise
    Noise,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Jpg,
    Png,
}

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("{text:?} is not a size of 16x16 to 8192x8192 pixels, such as 480x270");
    let (w, h) = text.split_once('x').ok_or_else(wrong)?;
    match (w.parse(), h.parse()) {
        (Ok(w @ 16..=8192), Ok(h @ 16..=8192)) => Ok((w, h)),
        _ => Err(wrong()),
    }
}

fn parse_pixels(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(v) if (0.0..=200.0).contains(&v) => Ok(v),
        _ => Err("expected a number from 0 to 200".to_owned()),
    }
}

fn parse_finite(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(|| "expected a number".to_owned())
}

/// A clip of either generator.
enum AnyScene {
    Deforming(Scene),
    Edges(synth::Scene),
}

impl AnyScene {
    fn new(args: &Args) -> Result<Self, Failure> {
        if matches!(args.kind, Kind::Spin | Kind::Occlude) {
            if args.blur.or(args.defocus).or(args.noise).is_some() {
                return Err(Failure::new(
                    "--blur, --defocus and --noise are for the kinds blur, strands, defocus and noise",
                ));
            }
            let occlude = args.kind == Kind::Occlude;
            return Ok(Self::Deforming(Scene::new(occlude, args.seed, args.size, args.frames)));
        }
        let or = |given: Option<f64>, kind: Kind, usual: f64| {
            given.unwrap_or(if args.kind == kind { usual } else { 0.0 })
        };
        let usual = synth::Settings::default();
        let blur = or(args.blur, Kind::Blur, 20.0);
        Ok(Self::Edges(synth::Scene::new(synth::Settings {
            size: args.size,
            frames: args.frames,
            seed: args.seed,
            strands: if args.kind == Kind::Strands { 60 } else { 0 },
            blur,
            direction: args.direction,
            speed: usual.speed.max(2.0 * blur),
            turn: if blur > 0.0 { 0.0 } else { usual.turn },
            defocus: or(args.defocus, Kind::Defocus, 12.0),
            noise: or(args.noise, Kind::Noise, 4.0),
        })))
    }

    /// sRGB-encoded RGB and alpha of a frame.
    fn render(&self, frame: u32) -> (Vec<f32>, Vec<f32>) {
        match self {
            Self::Deforming(scene) => {
                let (color, alpha) = scene.render(frame);
                (color.iter().map(|&v| transfer::linear_to_srgb(v)).collect(), alpha)
            }
            Self::Edges(scene) => {
                let shot = scene.shot(frame);
                (shot.display, shot.alpha.into_data())
            }
        }
    }
}

/// Renders the clip.
pub fn run(args: Args) -> Result<(), Failure> {
    let (width, height) = args.size;
    let clip = AnyScene::new(&args)?;
    for folder in ["frames", "alpha", "masks"] {
        let folder = args.out.join(folder);
        std::fs::create_dir_all(&folder)
            .map_err(|e| Failure::new(format!("cannot make the folder {}: {e}", folder.display())))?;
    }
    let extension = match args.format {
        Format::Jpg => "jpg",
        Format::Png => "png",
    };
    let byte = WriteOptions { depth: Some(Depth::Byte), ..WriteOptions::default() };
    let short = WriteOptions { depth: Some(Depth::Short), ..WriteOptions::default() };
    (0..args.frames).into_par_iter().try_for_each(|frame| -> Result<(), io::IoError> {
        let (display, alpha) = clip.render(frame);
        let path = |folder: &str, extension: &str| args.out.join(format!("{folder}/{frame:05}.{extension}"));
        io::write(&path("frames", extension), args.size, 3, &display, &byte)?;
        let mut mask = Matte::filled(width, height, 0.0);
        mask.data_mut().iter_mut().zip(&alpha).for_each(|(m, &a)| *m = if a > 0.5 { 1.0 } else { 0.0 });
        io::write_matte(&path("masks", "png"), &mask, &byte)?;
        io::write(&path("alpha", "png"), args.size, 1, &alpha, &short)
    })?;
    let prompts = serde_json::json!({
        "objects": [{ "name": "object", "prompts": [{ "frame": 0, "mask": "alpha/00000.png" }] }]
    });
    write_json(&args.out.join("prompts.json"), &prompts)?;
    if let AnyScene::Edges(scene) = &clip {
        write_json(&args.out.join("truth.json"), &truth(scene))?;
    }
    say!("{} frames of {width}x{height} in {}", args.frames, args.out.display());
    Ok(())
}

/// What is known of a scene: vectors in pixels to the right and down, angles in degrees.
fn truth(scene: &synth::Scene) -> serde_json::Value {
    let settings = scene.settings();
    let frames: Vec<serde_json::Value> = (0..settings.frames)
        .map(|frame| {
            let (here, next) = (scene.centre(frame), scene.centre(frame + 1));
            let blur = scene.blur(frame);
            let mut entry = serde_json::json!({
                "frame": frame,
                "centre": here,
                "blur": blur,
                "blur_length": blur[0].hypot(blur[1]),
            });
            if frame + 1 < settings.frames {
                entry["motion"] = serde_json::json!([next[0] - here[0], next[1] - here[1]]);
                entry["turn"] = settings.turn.into();
            }
            entry
        })
        .collect();
    serde_json::json!({ "defocus": settings.defocus, "noise": settings.noise, "frames": frames })
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    Ok(io::write_atomically(path, |w| Ok(w.write_all(text.as_bytes())?))?)
}
