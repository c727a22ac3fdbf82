//! What a render did, for people and for programs.

use std::path::PathBuf;

use crate::states::State;
use crate::usage::Peak;
use crate::{Failure, track};

/// What a render did.
#[derive(serde::Serialize)]
pub struct Summary {
    /// How many frames were written.
    pub frames: usize,
    /// The first of them.
    pub first: i64,
    /// The last of them.
    pub last: i64,
    /// Columns of the footage.
    pub width: u32,
    /// Rows of the footage.
    pub height: u32,
    /// The files, by frame.
    pub files: Vec<PathBuf>,
    /// The files of shapes.
    pub shapes: Vec<PathBuf>,
    /// How long it took.
    pub seconds: f64,
    /// The same for each frame.
    pub ms_per_frame: f64,
    /// Of each frame, in the order in which they were finished.
    pub times: Vec<track::FrameTime>,
    /// The tracker that tracked.
    pub tracker: String,
    /// What was written.
    pub view: String,
    /// What the node and the command line note.
    pub notes: Vec<String>,
    /// How the tracked frames stand.
    pub states: Vec<State>,
    /// The frame to prompt next; none where every frame is sure or prompted.
    pub next_frame: Option<i64>,
    /// The most memory, here and in the worker.
    pub peak_memory_bytes: Peak,
}

impl Summary {
    /// Prints it: as JSON, or in sentences with `output`, the pattern of the files.
    pub fn print(&self, as_json: bool, output: &str) -> Result<(), Failure> {
        if as_json {
            say!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        for note in &self.notes {
            complain!("airoto: note: {note}");
        }
        let Self { frames, first, last, ms_per_frame, .. } = self;
        say!("{frames} frames {first}-{last} to {output}, {ms_per_frame:.0} ms a frame");
        if let Some(next) = self.next_frame {
            say!("prompt frame {next} next");
        }
        for path in &self.shapes {
            say!("shapes to {}", path.display());
        }
        Ok(())
    }
}
