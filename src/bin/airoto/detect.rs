//! `airoto detect`: boxes around what a text names in a frame.

mod drawing;

use std::path::PathBuf;
use std::time::Instant;

use airoto::io::{self, Depth, WriteOptions};
use airoto::job::{DetectRequest, Detections, Note, Thresholds};
use airoto::raster::Frame;
use airoto::worker::{Client, Mode};
use serde_json::json;

use crate::Failure;
use crate::input;

/// Find objects in a frame by text: candidates with boxes and scores.
#[derive(clap::Args)]
pub struct Args {
    /// The frame
    #[arg(value_name = "FRAME")]
    input: PathBuf,
    /// Text to find, such as "the person in red"; full stops separate several things
    #[arg(short, long, value_name = "TEXT")]
    text: String,
    /// A pack of family grounding-dino by its name or its folder [default: the first that is installed]
    #[arg(short, long, value_name = "NAME|PATH")]
    model: Option<String>,
    /// How sure candidates have to be
    #[command(flatten)]
    sureness: SurenessArgs,
    /// Device of the model
    #[arg(long, default_value = "auto", value_parser = crate::plugin::devices())]
    device: String,
    /// A picture to write: the frame with the boxes, their numbers and scores
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the candidates as JSON
    #[arg(long)]
    json: bool,
    /// Run the model in this process instead of a worker process
    #[arg(long)]
    in_process: bool,
}

/// How sure candidates have to be.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct SurenessArgs {
    /// The lowest score of a candidate, 0 to 1
    #[arg(long, value_name = "SCORE", default_value_t = Thresholds::default().score)]
    threshold: f32,
    /// The lowest score of a word that is listed with a candidate, 0 to 1
    #[arg(long, value_name = "SCORE", default_value_t = Thresholds::default().text)]
    text_threshold: f32,
}

impl SurenessArgs {
    /// As the engine takes it.
    pub fn thresholds(self) -> Thresholds {
        Thresholds { score: self.threshold, text: self.text_threshold }
    }
}

/// Asks the engine, in a worker process or in this one.
pub struct TextDetector {
    client: Client,
    request: DetectRequest,
    /// What there is to tell, each once.
    pub notes: Vec<String>,
}

impl TextDetector {
    /// Looks for `request`.
    pub fn new(request: DetectRequest, in_process: bool) -> Result<Self, Failure> {
        let mode = match in_process {
            true => {
                crate::overdue::end_when_overdue();
                Mode::InProcess
            }
            false => Mode::Process { executable: std::env::current_exe()? },
        };
        Ok(Self { client: Client::new(mode), request, notes: Vec::new() })
    }

    /// In `frame`.
    pub fn find(&mut self, frame: &Frame) -> Result<Detections, Failure> {
        let notes = &mut self.notes;
        let mut note = |note: Note| {
            if let Note::Warning(text) = note
                && !notes.contains(&text)
            {
                notes.push(text);
            }
        };
        Ok(self.client.detect(&self.request, frame, &mut || false, &mut note)?)
    }
}

/// Prints the candidates, and draws them.
pub fn run(args: Args) -> Result<(), Failure> {
    let frame = input::displayed(&args.input)?;
    let request = DetectRequest {
        text: args.text,
        model: args.model.unwrap_or_default(),
        device: args.device,
        thresholds: args.sureness.thresholds(),
    };
    let mut finder = TextDetector::new(request, args.in_process)?;
    let begun = Instant::now();
    let found = finder.find(&frame)?;
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(path) = &args.output {
        let drawn = drawing::draw(&frame, &found.candidates);
        let samples: Vec<f32> = drawn.data().iter().map(|v| f32::from(*v) / 255.0).collect();
        let options = WriteOptions { depth: Some(Depth::Byte), ..WriteOptions::default() };
        io::write(path, (drawn.width(), drawn.height()), 3, &samples, &options)?;
    }
    if args.json {
        let told = json!({
            "width": frame.width(), "height": frame.height(), "candidates": found.candidates,
            "model": found.model, "device": found.device, "seconds": seconds, "notes": finder.notes,
        });
        say!("{}", serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    for note in &finder.notes {
        complain!("airoto: note: {note}");
    }
    let count = found.candidates.len();
    say!("{count} found by {} on {} in {seconds:.1} s", found.model, found.device);
    if count > 0 {
        say!("{:>3}  {:>5}  {:>8} {:>8} {:>8} {:>8}  words", "", "score", "left", "top", "right", "bottom");
    }
    for (i, candidate) in found.candidates.iter().enumerate() {
        let [left, top, right, bottom] = candidate.bounds;
        let (score, phrase) = (candidate.score, &candidate.phrase);
        say!("{:>3}  {score:>5.3}  {left:>8.1} {top:>8.1} {right:>8.1} {bottom:>8.1}  {phrase}", i + 1);
    }
    Ok(())
}
