//! What a person sees while a task runs.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// One step of a task: a line with a spinner while it runs, a line with its time when it is done.
///
/// Where the output is no terminal there is no spinner, only the lines.
pub struct Step {
    what: String,
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Step {
    /// Says that `what` begins.
    pub fn begin(what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.set_message(what.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("· {what}");
        }
        Self { what, began: Instant::now(), bar }
    }

    /// Shows how far the step is, such as "12 MB"; only on a terminal.
    pub fn so_far(&self, detail: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}: {detail}", self.what));
        }
    }

    /// Says that the step is done, and with what result.
    pub fn done(self, result: &str) {
        let time = HumanDuration(self.began.elapsed());
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("✓ {}: {result} ({time:#})", self.what);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A heading before something that prints its own progress, such as cargo.
pub fn heading(what: &str) {
    eprintln!("\n== {what}");
}

/// Megabytes for a person.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
