//! `airoto shapes trace`: mattes that are there already as shapes.

use std::path::{Path, PathBuf};

use airoto::io::{Sequence, parse_range, read_matte, write_atomically};
use airoto::shapes::{Builder, Format, Keys, SequenceInfo, ShapeSettings};

use crate::Failure;

/// What `airoto shapes trace` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Mattes, such as 'masks/%05d.png'
    mattes: String,
    #[arg(required = true, help = format!("Files to write: {}, by their extensions", Format::extensions()))]
    output: Vec<PathBuf>,
    /// Frames, such as 0-49 [default: all]
    #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
    range: Option<String>,
    /// Name of the object
    #[arg(long, default_value = "object", value_name = "NAME")]
    object: String,
    /// Largest distance of a shape from the edge of the matte, in pixels
    #[arg(long, default_value_t = ShapeSettings::default().tolerance_px, value_name = "PIXELS")]
    tolerance: f64,
    /// Largest number of control points of a shape
    #[arg(long, default_value_t = ShapeSettings::default().max_points, value_name = "COUNT")]
    points: usize,
    /// Keys: reduced, every, or a number N for a key every N frames
    #[arg(long, default_value = "reduced", value_parser = keys)]
    keys: Keys,
    /// Split the object into several shapes at its thin joints
    #[arg(long)]
    parts: bool,
    /// Frame rate of the footage, in frames a second
    #[arg(long, default_value_t = 24.0)]
    fps: f64,
    /// Pixel aspect ratio: the width of a pixel divided by its height
    #[arg(long, default_value_t = 1.0)]
    pixel_aspect: f64,
}

/// What `--keys` says.
fn keys(text: &str) -> Result<Keys, String> {
    match text {
        "reduced" => Ok(Keys::Reduced),
        "every" => Ok(Keys::EveryFrame),
        number => match number.parse() {
            Ok(n) if n > 0 => Ok(Keys::Every(n)),
            _ => Err("expected reduced, every, or a number of frames above 0".to_owned()),
        },
    }
}

/// Traces, and writes every file.
pub fn run(args: &Args) -> Result<(), Failure> {
    let formats: Vec<(&Path, &Format)> =
        args.output.iter().map(|p| Ok((p.as_path(), Format::of(p)?))).collect::<Result<_, Failure>>()?;
    let sequence = Sequence::find(&args.mattes)?;
    let (first, last) = args.range.as_deref().map_or(Ok(sequence.range()), parse_range)?;
    let opening = read_matte(&sequence.path(first)?)?;
    let footage = SequenceInfo {
        width: opening.width(),
        height: opening.height(),
        pixel_aspect: args.pixel_aspect,
        first,
        last,
        fps: args.fps,
    };
    let settings = ShapeSettings {
        tolerance_px: args.tolerance,
        max_points: args.points,
        keys: args.keys,
        parts: args.parts,
        ..ShapeSettings::default()
    };
    let mut builder = Builder::new(footage, settings)?;
    builder.add(&args.object, first, &opening)?;
    for frame in first + 1..=last {
        builder.add(&args.object, frame, &read_matte(&sequence.path(frame)?)?)?;
    }
    let (animation, notes) = builder.finish_noting();
    for note in notes {
        complain!("airoto: note: {note}");
    }
    for (path, format) in formats {
        write_atomically(path, |out| Ok(format.write(&animation, out)?))?;
    }
    Ok(())
}
