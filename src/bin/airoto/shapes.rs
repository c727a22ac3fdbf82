//! `airoto shapes`: what is in a file of shapes, how it draws, how far it is from another or from
//! mattes, and shapes of mattes made elsewhere.

mod trace;

use std::path::{Path, PathBuf};

use airoto::io::{Pattern, Sequence, WriteOptions, parse_range, read_matte, write_atomically, write_matte};
use airoto::raster::Matte;
use airoto::shapes::{Animation, Format, Shape, check_drawing, draw, draw_all, read_file_noting, svg};
use clap::Subcommand;
use serde_json::json;

use crate::Failure;

/// Inspect, draw, compare and convert shapes of Silhouette (.fxs), Nuke (.nk) and JSON files.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List layers, shapes, points, keys and lifetimes
    Info {
        /// A file of shapes
        file: PathBuf,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Draw shapes as mattes, or as SVG pictures of their curves
    Draw {
        /// A file of shapes
        file: PathBuf,
        /// What to write, such as 'matte.%04d.png' or 'look.%04d.svg'
        #[arg(short, long, value_name = "PATTERN")]
        output: String,
        /// Frames, such as 0-49 [default: the file's range]
        #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
        range: Option<String>,
        /// Only this object [default: all objects together]
        #[arg(long, value_name = "NAME")]
        object: Option<String>,
    },
    /// Compare shapes with other shapes, or with mattes
    Diff {
        /// A file of shapes
        file: PathBuf,
        /// Another file of shapes, or mattes such as 'masks/%05d.png'
        other: String,
        /// Frames, such as 0-49 [default: the frames that both have]
        #[arg(short, long, value_name = "FIRST-LAST", allow_hyphen_values = true)]
        range: Option<String>,
        /// Only this object [default: all objects together]
        #[arg(long, value_name = "NAME")]
        object: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Trace mattes as shapes
    Trace(trace::Args),
    /// Write the shapes of a file in another format
    Convert {
        /// A file of shapes
        file: PathBuf,
        #[arg(help = format!("The file to write: {}, by its extension", Format::extensions()))]
        output: PathBuf,
    },
}

/// Does what the sub-command says.
pub fn run(args: Args) -> Result<(), Failure> {
    match args.action {
        Action::Info { file, json } => info(&file, json),
        Action::Draw { file, output, range, object } => {
            draw_frames(&file, &output, range.as_deref(), object.as_deref())
        }
        Action::Diff { file, other, range, object, json } => {
            diff(&file, &other, range.as_deref(), object.as_deref(), json)
        }
        Action::Trace(args) => trace::run(&args),
        Action::Convert { file, output } => {
            let (animation, format) = (load(&file)?, Format::of(&output)?);
            write_atomically(&output, |out| Ok(format.write(&animation, out)?))?;
            Ok(())
        }
    }
}

/// Frames that are drawn of a file that says itself how many it has, at most: seven minutes.
const MOST_FRAMES: i64 = 10_000;

/// What can be read of a file; what was left out is said.
fn load(path: &Path) -> Result<Animation, Failure> {
    let (animation, left_out) = read_file_noting(path)?;
    for sentence in left_out.sentences() {
        complain!("airoto: note: {}: {sentence}", path.display());
    }
    Ok(animation)
}

/// The frames of `range`, or those from `first` to `last`, as a file says them.
fn frames(range: Option<&str>, first: i64, last: i64, whose: &str) -> Result<(i64, i64), Failure> {
    if let Some(range) = range {
        return Ok(parse_range(range)?);
    }
    if last.saturating_sub(first) >= MOST_FRAMES {
        return Err(Failure::new(format!(
            "{whose} has frames {first} to {last}, expected at most {MOST_FRAMES} frames: name a range with \
             --range"
        )));
    }
    Ok((first, last))
}

fn info(file: &Path, json: bool) -> Result<(), Failure> {
    let animation = load(file)?;
    if json {
        let shape = |s: &Shape| {
            json!({
                "name": s.name, "hole": s.hole, "points": s.point_count(),
                "keys": s.keys.iter().map(|k| k.frame).collect::<Vec<_>>(),
                "life": s.life(animation.first, animation.last),
            })
        };
        let layers: Vec<_> = animation
            .layers
            .iter()
            .map(|l| json!({"name": l.name, "shapes": l.shapes.iter().map(shape).collect::<Vec<_>>()}))
            .collect();
        let Animation { width, height, pixel_aspect, first, last, fps, .. } = &animation;
        let all = json!({
            "width": width, "height": height, "pixel_aspect": pixel_aspect,
            "first": first, "last": last, "fps": fps, "layers": layers,
        });
        say!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    let Animation { width, height, pixel_aspect, first, last, .. } = animation;
    say!("{width}x{height} pixels, pixel aspect {pixel_aspect}, frames {first} to {last}");
    for layer in &animation.layers {
        say!("{}: {} shapes", layer.name, layer.shapes.len());
        for shape in &layer.shapes {
            let kind = if shape.hole { "hole" } else { "shape" };
            let life = shape.life(animation.first, animation.last);
            let life = life.map_or("never visible".to_owned(), |(a, b)| format!("frames {a} to {b}"));
            let (points, keys) = (shape.point_count(), shape.keys.len());
            say!("  {:<24} {kind:<6} {points:>3} points {keys:>4} keys  {life}", shape.name);
        }
    }
    Ok(())
}

/// One object of a file, or the larger value of all.
fn matte(file: &Path, animation: &Animation, object: Option<&str>, frame: i64) -> Result<Matte, Failure> {
    if let Some(name) = object
        && animation.layer(name).is_none()
    {
        let names: Vec<&str> = animation.layers.iter().take(12).map(|l| l.name.as_str()).collect();
        let more = if animation.layers.len() > names.len() { " and others" } else { "" };
        return Err(Failure::new(format!("there is no object {name:?}, only {names:?}{more}")));
    }
    check_drawing(animation, object, frame).map_err(|e| Failure::new(format!("{}: {e}", file.display())))?;
    Ok(object.map_or_else(|| draw_all(animation, frame), |name| draw(animation, name, frame)))
}

fn draw_frames(file: &Path, output: &str, range: Option<&str>, object: Option<&str>) -> Result<(), Failure> {
    let animation = load(file)?;
    let whose = file.display().to_string();
    let (first, last) = frames(range, animation.first, animation.last, &whose)?;
    let pattern = Pattern::parse(output);
    if first < last && !pattern.is_numbered() {
        return Err(Failure::new(format!(
            "{output:?} names one file for frames {first} to {last}, expected a number such as %04d"
        )));
    }
    let options = WriteOptions { pixel_aspect: animation.pixel_aspect, ..WriteOptions::default() };
    for frame in first..=last {
        let path = pattern.path(frame);
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("svg")) {
            write_atomically(&path, |out| Ok(svg::write(&animation, frame, out)?))?;
        } else {
            write_matte(&path, &matte(file, &animation, object, frame)?, &options)?;
        }
    }
    Ok(())
}

fn diff(
    file: &Path,
    other: &str,
    range: Option<&str>,
    object: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let animation = load(file)?;
    let wanted = range.map(parse_range).transpose()?;
    let (from, to) = wanted.unwrap_or((i64::MIN, i64::MAX));
    let mut scores: Vec<(i64, f64)> = Vec::new();
    let mut compare = |frame: i64, theirs: &Matte| {
        let ours = matte(file, &animation, object, frame)?;
        if (ours.width(), ours.height()) != (theirs.width(), theirs.height()) {
            return Err(Failure::new(format!(
                "the shapes are for {}x{} pixels, {other} has {}x{}",
                ours.width(),
                ours.height(),
                theirs.width(),
                theirs.height()
            )));
        }
        scores.push((frame, ours.iou(theirs)));
        Ok(())
    };
    if Format::of(Path::new(other)).is_ok() {
        let second = load(Path::new(other))?;
        let (first, last) = (animation.first.max(second.first), animation.last.min(second.last));
        let (first, last) = match wanted {
            Some((from, to)) => (first.max(from), last.min(to)),
            None => frames(None, first, last, "the common range of both files")?,
        };
        for frame in first..=last {
            compare(frame, &matte(Path::new(other), &second, object, frame)?)?;
        }
    } else {
        let sequence = Sequence::find(other)?;
        let (first, last) = sequence.range();
        for frame in first.max(animation.first).max(from)..=last.min(animation.last).min(to) {
            compare(frame, &read_matte(&sequence.path(frame)?)?)?;
        }
    }
    if scores.is_empty() {
        return Err(Failure::new(format!("{} and {other} have no frame in common", file.display())));
    }
    let mean = scores.iter().map(|s| s.1).sum::<f64>() / scores.len() as f64;
    let worst = scores.iter().copied().fold((0, f64::MAX), |w, s| if s.1 < w.1 { s } else { w });
    if json {
        let all = json!({
            "frames": scores.len(), "mean_iou": mean, "worst_iou": worst.1, "worst_frame": worst.0, "iou": scores,
        });
        say!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        say!(
            "{} frames, IoU {mean:.4} on average, {:.4} at worst (frame {})",
            scores.len(),
            worst.1,
            worst.0
        );
    }
    Ok(())
}
