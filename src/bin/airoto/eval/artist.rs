//! A simulated artist: how many corrections it takes until every frame of a clip is right.

use std::fmt;
use std::str::FromStr;

use airoto::qc;
use airoto::qc::interpolate::{Drawing, between};
use airoto::raster::Matte;
use serde_json::Value;

use super::clip::EvalJob;
use super::prompting;
use crate::Failure;

/// J of a frame that is right, and of one that is right for a strict artist.
pub const RIGHT: [f64; 2] = [0.90, 0.95];
/// Clicks on the first frame, at most.
const MOST_FIRST: usize = 20;
/// Clicks on another frame before the next one is looked at.
const MOST_CLICKS: usize = 8;
/// Frames that are corrected, at most.
const MOST_FRAMES: usize = 40;

/// How the artist corrects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Artist {
    /// Draws the true mask of the worst frame.
    Drawn,
    /// Clicks in the middle of the largest error of the worst frame.
    Clicks,
    /// Draws, and has the frames between two drawings interpolated without a tracker.
    Interpolated,
}

impl FromStr for Artist {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "drawn" => Ok(Self::Drawn),
            "clicks" => Ok(Self::Clicks),
            "interpolated" => Ok(Self::Interpolated),
            _ => Err("expected drawn, clicks or interpolated".to_owned()),
        }
    }
}

impl fmt::Display for Artist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drawn => "drawn",
            Self::Clicks => "clicks",
            Self::Interpolated => "interpolated",
        })
    }
}

/// One look at all frames.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Round {
    /// Drawings or clicks so far, those of the first frame among them.
    pub corrections: usize,
    /// The share of frames at each J of [`RIGHT`].
    pub right: [f64; 2],
    /// The mean J.
    pub mean: f64,
    /// The frame with the lowest J.
    pub worst: i64,
}

/// The work on a clip.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Corrections {
    /// All rounds, in order.
    pub rounds: Vec<Round>,
    /// Clicks until the first frame was right; none where they did not make it so, or nobody clicked.
    pub first_frame: Option<usize>,
    /// Frames of the clip.
    pub frames: usize,
}

impl Corrections {
    /// Corrections until every frame was right for the least or the strict J; none where it never was.
    #[must_use]
    pub fn finished(&self, which: usize) -> Option<usize> {
        self.rounds.iter().find(|r| r.right[which] >= 1.0).map(|r| r.corrections)
    }
}

/// The true masks of a clip, and what is worked on.
struct Work<'a> {
    job: &'a EvalJob,
    truth: Vec<Matte>,
    /// The J of [`RIGHT`] at which it ends.
    stop: usize,
    rounds: Vec<Round>,
}

impl Artist {
    /// Works on a clip until every frame has the J of [`RIGHT`] at `stop`. Clicks end after 40 frames.
    pub fn work(self, job: &EvalJob, stop: usize) -> Result<Corrections, Failure> {
        let (first, last) = job.range;
        let truth = (first..=last).map(|frame| job.truth(frame)).collect::<Result<Vec<_>, _>>()?;
        let mut work = Work { job, truth, stop, rounds: Vec::new() };
        let first_frame = match self {
            Self::Drawn => work.draw()?,
            Self::Clicks => work.click()?,
            Self::Interpolated => work.interpolate(),
        };
        Ok(Corrections { rounds: work.rounds, first_frame, frames: work.truth.len() })
    }
}

impl Work<'_> {
    /// Notes a look at `mattes`. Gives the worst frame; none where all are right.
    fn look(&mut self, corrections: usize, mattes: &[Matte]) -> Option<usize> {
        let scores: Vec<f64> = mattes.iter().zip(&self.truth).map(|(m, t)| qc::region(m, t)).collect();
        let count = scores.len().max(1) as f64;
        let right = RIGHT.map(|least| scores.iter().filter(|j| **j >= least).count() as f64 / count);
        let worst = scores.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |p| p.0);
        let mean = scores.iter().sum::<f64>() / count;
        self.rounds.push(Round { corrections, right, mean, worst: self.job.range.0 + worst as i64 });
        (right[self.stop] < 1.0).then_some(worst)
    }

    fn tracked(&self, prompts: &[Value]) -> Result<Vec<Matte>, Failure> {
        self.job.say(prompts)?;
        Ok(self.job.mattes()?.into_iter().map(|(_, matte)| matte).collect())
    }

    fn draw(&mut self) -> Result<Option<usize>, Failure> {
        let first = self.job.range.0;
        let mut prompts = vec![self.job.drawing(first)?];
        loop {
            let mattes = self.tracked(&prompts)?;
            let worst = self.look(prompts.len(), &mattes);
            let Some(worst) = worst else { return Ok(None) };
            let drawing = self.job.drawing(first + worst as i64)?;
            // A frame that was drawn is as it was drawn.
            if prompts.contains(&drawing) {
                return Ok(None);
            }
            prompts.push(drawing);
        }
    }

    /// Clicks on frame `at` until it is right, at most `most` times; gives how many clicks it took if it became so.
    fn click_on(
        &self,
        at: usize,
        found: &Matte,
        prompts: &mut Vec<Value>,
        most: usize,
    ) -> Result<Option<usize>, Failure> {
        let frame = self.job.range.0 + at as i64;
        let truth = &self.truth[at];
        if truth.is_empty() {
            // Where the object is not seen, a person says so by an empty mask.
            prompts.push(self.job.drawing(frame)?);
            return Ok(Some(1));
        }
        let mut found = found.clone();
        for clicks in 1..=most {
            let Some(click) = prompting::click(frame, &found, truth) else { return Ok(Some(clicks - 1)) };
            prompts.push(click);
            self.job.say(prompts)?;
            found = self.job.look(frame)?;
            if qc::region(&found, truth) >= RIGHT[self.stop] {
                return Ok(Some(clicks));
            }
        }
        Ok(None)
    }

    fn click(&mut self) -> Result<Option<usize>, Failure> {
        let nothing = Matte::filled(self.truth[0].width(), self.truth[0].height(), 0.0);
        let mut prompts = Vec::new();
        let first = self.click_on(0, &nothing, &mut prompts, MOST_FIRST)?;
        for _ in 0..MOST_FRAMES {
            let mattes = self.tracked(&prompts)?;
            let worst = self.look(prompts.len(), &mattes);
            let Some(worst) = worst else { return Ok(first) };
            self.click_on(worst, &mattes[worst], &mut prompts, MOST_CLICKS)?;
        }
        let mattes = self.tracked(&prompts)?;
        self.look(prompts.len(), &mattes);
        Ok(first)
    }

    fn interpolate(&mut self) -> Option<usize> {
        let mut keys = vec![0];
        loop {
            let drawings: Vec<Drawing> = keys.iter().map(|&k| Drawing::new(&self.truth[k])).collect();
            let mattes: Vec<Matte> = (0..self.truth.len())
                .map(|frame| {
                    let after = keys.partition_point(|&k| k <= frame);
                    match (after.checked_sub(1), keys.get(after)) {
                        (Some(before), _) if keys[before] == frame => self.truth[frame].clone(),
                        (Some(before), Some(&next)) => {
                            let t = (frame - keys[before]) as f64 / (next - keys[before]) as f64;
                            between(&drawings[before], &drawings[after], t)
                        }
                        (Some(before), None) => between(&drawings[before], &drawings[before], 0.0),
                        (None, _) => between(&drawings[0], &drawings[0], 0.0),
                    }
                })
                .collect();
            let worst = self.look(keys.len(), &mattes)?;
            if keys.len() == self.truth.len() {
                return None;
            }
            let at = keys.partition_point(|&k| k < worst);
            keys.insert(at, worst);
        }
    }
}
