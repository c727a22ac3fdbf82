//! `airoto synth`: clips whose alpha is known exactly.

mod scene;

use std::path::PathBuf;

use airoto::raster::io::{self, Depth, WriteOptions};
use airoto::raster::{Matte, transfer};
use rayon::prelude::*;

use self::scene::Scene;
use crate::Failure;

/// Render a clip with exact alpha: frames/, alpha/ (soft), masks/ (cut at one half), prompts.json.
#[derive(clap::Args)]
pub struct Args {
    /// Folder to make
    out: PathBuf,
    /// How many frames
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    frames: u32,
    /// Size in pixels
    #[arg(long, default_value = "480x270", value_parser = parse_size)]
    size: (u32, u32),
    /// What is hard about it
    #[arg(long, value_enum, default_value_t = Kind::Spin)]
    kind: Kind,
    /// Another seed gives another clip, the same seed the same clip
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Format of the frames
    #[arg(long, value_enum, default_value_t = Format::Jpg)]
    format: Format,
}

/// What is hard about a clip.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A turning, slightly deforming object with a hole
    Spin,
    /// The same passes behind a bar
    Occlude,
    /// It moves fast and is blurred by it
    Blur,
    /// It has fine strands
    Strands,
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

/// Renders the clip.
pub fn run(args: Args) -> Result<(), Failure> {
    let (width, height) = args.size;
    for folder in ["frames", "alpha", "masks"] {
        let folder = args.out.join(folder);
        std::fs::create_dir_all(&folder)
            .map_err(|e| Failure::new(format!("cannot make the folder {}: {e}", folder.display())))?;
    }
    let scene = Scene::new(args.kind, args.seed, args.size, args.frames);
    let extension = match args.format {
        Format::Jpg => "jpg",
        Format::Png => "png",
    };
    let options = WriteOptions { depth: Some(Depth::Byte), ..WriteOptions::default() };
    (0..args.frames).into_par_iter().try_for_each(|frame| -> Result<(), io::IoError> {
        let (color, alpha) = scene.render(frame);
        let display: Vec<f32> = color.iter().map(|&v| transfer::linear_to_srgb(v)).collect();
        let path = |folder: &str, extension: &str| args.out.join(format!("{folder}/{frame:05}.{extension}"));
        io::write(&path("frames", extension), args.size, 3, &display, &options)?;
        // Cut as the alpha of 8 bits beside it is cut.
        let mut mask = Matte::filled(width, height, 0.0);
        mask.data_mut().iter_mut().zip(&alpha).for_each(|(m, &a)| *m = f32::from(transfer::to_u8(a) / 128));
        io::write_matte(&path("masks", "png"), &mask, &options)?;
        io::write(&path("alpha", "png"), args.size, 1, &alpha, &options)
    })?;
    let prompts = serde_json::json!({
        "objects": [{ "name": "object", "prompts": [{ "frame": 0, "mask": "alpha/00000.png" }] }]
    });
    let text = serde_json::to_string_pretty(&prompts)? + "\n";
    io::write_atomically(&args.out.join("prompts.json"), |w| Ok(w.write_all(text.as_bytes())?))?;
    say!("{} frames of {width}x{height} in {}", args.frames, args.out.display());
    Ok(())
}
