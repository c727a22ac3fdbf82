//! `airoto matte`: the alpha of one frame by a matting network, from a painted trimap.

use std::path::PathBuf;
use std::time::Instant;

use airoto::io::{self, Depth, WriteOptions};
use airoto::job::Device;
use airoto::matte::trimap::Trimap;
use airoto::models::vitmatte::{Settings, VitMatte};
use airoto::models::{MattingNetwork as _, Model as _, installed};
use serde_json::json;

use crate::Failure;
use crate::input;

/// Solve for the alpha of one frame with a matting network, in the unknown pixels of a trimap.
#[derive(clap::Args)]
pub struct Args {
    /// The frame
    #[arg(short, long, value_name = "FILE")]
    input: PathBuf,
    /// The trimap, at the frame's size: black outside, white inside, grey where alpha is unknown
    #[arg(short, long, value_name = "FILE")]
    trimap: PathBuf,
    /// A matting network: the name or the folder of its pack
    #[arg(short, long, value_name = "NAME")]
    model: String,
    /// The matte to write; 32 bits where its format has them
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Device of the graphs
    #[arg(long, default_value = "auto")]
    device: Device,
    /// Threads of a graph
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Margin around the unknown band that the network sees, in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = Settings::default().margin)]
    margin: u32,
    /// The largest side of a tile in pixels; it changes memory and time only
    #[arg(long, value_name = "PIXELS", default_value_t = Settings::default().tile)]
    tile: u32,
    /// Maximum memory of attention at a time; it changes memory and time only
    #[arg(long, value_name = "BYTES", default_value_t = Settings::default().attention_bytes)]
    attention_bytes: usize,
    /// Number of runs, for measuring
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    times: u32,
    /// Print a summary as JSON
    #[arg(long)]
    json: bool,
}

/// Writes the matte.
pub fn run(args: &Args) -> Result<(), Failure> {
    // As in the worker, where networks are run otherwise.
    airoto::worker::bound_memory();
    crate::overdue::end_when_overdue();
    let (size, painted) = (io::size(&args.input)?, io::size(&args.trimap)?);
    if size != painted {
        return Err(Failure::new(format!(
            "{} is {}x{} pixels, {} is {}x{}: a trimap must have the size of its frame",
            args.trimap.display(),
            painted.0,
            painted.1,
            args.input.display(),
            size.0,
            size.1
        )));
    }
    let frame = input::displayed(&args.input)?;
    let painted = io::read_matte(&args.trimap)?;
    let trimap = Trimap::from_matte(&painted);
    let settings = Settings {
        margin: args.margin,
        tile: args.tile,
        attention_bytes: args.attention_bytes,
        ..Settings::default()
    };
    let pack = installed::find(&args.model)?;
    let mut matter = VitMatte::open(&pack, args.device, usize::from(args.threads), settings)?;
    let mut seconds = Vec::new();
    let mut matte = None;
    for _ in 0..args.times {
        let begun = Instant::now();
        matte = Some(matter.refine(&frame, &trimap)?);
        seconds.push(begun.elapsed().as_secs_f64());
    }
    if let Some(matte) = matte {
        let options = WriteOptions { depth: Some(Depth::Float), ..WriteOptions::default() };
        io::write_matte(&args.output, &matte, &options)?;
    }
    let info = matter.info();
    let regions: Vec<[i32; 4]> = matter.seen(&trimap).iter().map(|r| [r.x0, r.y0, r.x1, r.y1]).collect();
    if args.json {
        let told = json!({
            "model": info.name, "version": info.version, "device": info.device, "note": info.note,
            "seconds": seconds, "regions": regions, "unknown": trimap.unknown(),
        });
        say!("{}", serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    let note = info.note.map(|note| format!(", {note}")).unwrap_or_default();
    let last = seconds.last().copied().unwrap_or_default();
    say!("{} unknown pixels by {} on {} in {last:.2} s{note}", trimap.unknown(), info.name, info.device);
    Ok(())
}
