//! `airoto eval`: how good tracks are on clips whose masks are known, through the plugin.

mod artist;
mod clip;
mod prompting;
mod sure;

use std::path::PathBuf;

use airoto::io;
use airoto::params;
use airoto::qc::Score;

use self::artist::{Artist, Corrections};
use self::clip::TestSequence;
use self::prompting::Prompting;
use self::sure::SureFrames;
use crate::Failure;
use crate::plugin::{self, PluginArgs};
use crate::states::State;
use crate::usage::Peak;

/// Score a tracker on clips with known masks: J and F as DAVIS 2016 defines them.
///
/// Each folder in DIR that holds frames/ and masks/ is a clip; so is DIR itself. Frame 0 and the last
/// frame do not count; J10 is J over frames 1 to 10, J0 that of frame 0. "sure" counts the tracked frames that the
/// node is sure of (without those that have prompts), "sure <.85" those of them with a J below .85.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of clips
    #[arg(long, value_name = "DIR")]
    clips: PathBuf,
    /// Only these clips
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Prompt of the object: mask, box, or points:N for N clicks, each on the largest error
    #[arg(long, default_value = "mask")]
    prompt: Prompting,
    /// Set the prompt on every Nth frame, not only on frame 0
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keys: Option<u32>,
    /// Use only the first N frames of each clip
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..))]
    frames: Option<u32>,
    /// Correct until every frame is right, as an artist who is one of: drawn, the mask of the worst frame each time;
    /// clicks, in the middle of the largest error of the worst frame; interpolated, drawn without a tracker
    #[arg(long, value_name = "HOW", conflicts_with_all = ["prompt", "keys"])]
    artist: Option<Artist>,
    /// Go on until every frame has J .95, not .90
    #[arg(long, requires = "artist")]
    strict: bool,
    /// Also write the scores as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    plugin: PluginArgs,
}

/// The scores of a clip.
#[derive(serde::Serialize)]
struct Row {
    clip: String,
    frames: usize,
    j: f64,
    f: f64,
    j_first_10: f64,
    j_frame_0: f64,
    frames_per_second: f64,
    peak_memory_bytes: Peak,
    /// J of each frame, in order.
    j_of_frames: Vec<f64>,
    /// Frames that are sure, and not right; none where the node does not tell.
    sure_frames: Option<SureFrames>,
    /// How each frame that was tracked stands.
    states: Vec<State>,
    notes: Vec<String>,
}

/// The scores of all clips.
#[derive(serde::Serialize)]
struct Report {
    tracker: String,
    prompt: String,
    keys: Option<u32>,
    mean: Mean,
    /// Those of all clips together.
    sure_frames: Option<SureFrames>,
    clips: Vec<Row>,
}

/// Means over clips.
#[derive(serde::Serialize)]
struct Mean {
    j: f64,
    f: f64,
    j_first_10: f64,
    frames_per_second: f64,
}

/// Scores all clips.
pub fn run(args: Args) -> Result<(), Failure> {
    let clips = TestSequence::find(&args.clips, &args.only)?;
    if let Some(artist) = args.artist {
        return correct(artist, &clips, &args);
    }
    let width = clips.iter().map(|c| c.name().len()).chain([4]).max().unwrap_or(4);
    say!("{:<width$}  frames      J      F    J10     J0     fps      MB{}", "clip", SureFrames::HEAD);
    let mut rows = Vec::with_capacity(clips.len());
    for clip in &clips {
        // Loaded anew for each, with a worker of its own: what is measured of one clip, memory above
        // all, does not depend on those before it.
        let plugin = plugin::open(args.plugin.bundle.as_deref())?;
        let run = clip.track(&plugin, &args.plugin, args.prompt, args.keys, args.frames)?;
        let Some(score) = Score::of_frames(&run.frames) else {
            return Err(Failure::new(format!(
                "clip {} has {} frames, expected at least 3",
                clip.name(),
                run.frames.len()
            )));
        };
        let row = Row {
            clip: clip.name().to_owned(),
            frames: run.frames.len(),
            j: score.j,
            f: score.f,
            j_first_10: score.j_first,
            j_frame_0: score.j_prompt,
            frames_per_second: run.frames.len() as f64 / run.seconds.max(1e-9),
            peak_memory_bytes: run.peak,
            sure_frames: SureFrames::of(run.first, &run.frames, &run.states),
            states: run.states,
            j_of_frames: run.frames.iter().map(|v| v.0).collect(),
            notes: run.notes,
        };
        let memory = row.peak_memory_bytes.total().map_or("-".to_owned(), |b| (b >> 20).to_string());
        say!(
            "{:<width$}  {:>6}  {:.3}  {:.3}  {:.3}  {:.3}  {:>6.2}  {memory:>6}{}",
            row.clip,
            row.frames,
            row.j,
            row.f,
            row.j_first_10,
            row.j_frame_0,
            row.frames_per_second,
            SureFrames::columns(row.sure_frames)
        );
        for note in &row.notes {
            complain!("airoto: note: {note}");
        }
        rows.push(row);
    }
    let mean = |pick: fn(&Row) -> f64| rows.iter().map(pick).sum::<f64>() / rows.len() as f64;
    let mean = Mean {
        j: mean(|r| r.j),
        f: mean(|r| r.f),
        j_first_10: mean(|r| r.j_first_10),
        frames_per_second: mean(|r| r.frames_per_second),
    };
    let sure_frames = SureFrames::sum(rows.iter().filter_map(|r| r.sure_frames));
    say!(
        "{:<width$}          {:.3}  {:.3}  {:.3}         {:>6.2}        {}",
        "mean",
        mean.j,
        mean.f,
        mean.j_first_10,
        mean.frames_per_second,
        SureFrames::columns(sure_frames)
    );
    if let Some(path) = args.json {
        let report = Report {
            tracker: args.plugin.tracker.word(params::TRACKER),
            prompt: args.prompt.to_string(),
            keys: args.keys,
            mean,
            sure_frames,
            clips: rows,
        };
        let text = serde_json::to_string_pretty(&report)? + "\n";
        io::write_atomically(&path, |w| Ok(w.write_all(text.as_bytes())?))?;
    }
    Ok(())
}

/// The corrections of all clips.
#[derive(serde::Serialize)]
struct ArtistReport {
    tracker: String,
    artist: String,
    clips: Vec<(String, Corrections)>,
}

/// Corrects all clips until every frame is right, and counts the corrections.
fn correct(artist: Artist, clips: &[TestSequence], args: &Args) -> Result<(), Failure> {
    let width = clips.iter().map(|c| c.name().len()).chain([5]).max().unwrap_or(5);
    say!("{:<width$}  frames  first  to .90  to .95  right at the end  mean J", "clip");
    let number = |count: Option<usize>| count.map_or("-".to_owned(), |n| n.to_string());
    let mut rows = Vec::with_capacity(clips.len());
    for clip in clips {
        let plugin = plugin::open(args.plugin.bundle.as_deref())?;
        let job = clip.open(&plugin, &args.plugin, args.frames)?;
        let done = artist.work(&job, usize::from(args.strict))?;
        let end = done.rounds.last().ok_or_else(|| Failure::new("a clip without frames"))?;
        say!(
            "{:<width$}  {:>6}  {:>5}  {:>6}  {:>6}  {:>9} of {:>4}  {:.3}",
            clip.name(),
            done.frames,
            number(done.first_frame),
            number(done.finished(0)),
            number(done.finished(1)),
            (end.right[0] * done.frames as f64).round(),
            done.frames,
            end.mean
        );
        rows.push((clip.name().to_owned(), done));
    }
    let finished = rows.iter().filter_map(|r| r.1.finished(0)).collect::<Vec<_>>();
    let sum: usize = finished.iter().sum();
    say!("{:<width$}  {} of {} clips finished with {sum} corrections", "all", finished.len(), rows.len());
    if let Some(path) = &args.json {
        let tracker = args.plugin.tracker.word(params::TRACKER);
        let report = ArtistReport { tracker, artist: artist.to_string(), clips: rows };
        let text = serde_json::to_string_pretty(&report)? + "\n";
        io::write_atomically(path, |w| Ok(w.write_all(text.as_bytes())?))?;
    }
    Ok(())
}
