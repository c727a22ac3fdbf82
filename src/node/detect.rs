//! Find by text: the buttons that look for what a phrase names, and take what was found as a box.

use std::fmt::Write;
use std::sync::Arc;

use super::describe::SOURCE;
use super::shot::{self, Notes, SourceClip, WorkerMissing};
use super::{Settings, edit};
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::{EditError, objects, points};
use crate::job::{Candidate, DetectRequest, Note, Thresholds};
use crate::ofx::{Instance, MessageKind, OfxError, Reply};
use crate::params::{self, Reader};
use crate::qc::cuts;
use crate::raster::{Colours, Frame, PixelBox, PixelPoint};
use crate::worker::ClientError;

/// Most candidates that are listed.
const MOST: usize = 100;
/// Most frames that are looked at for cuts; of each 1.5 kB are remembered.
const MOST_SEARCHED: i64 = 20_000;

/// Why nothing is found, or no candidate used.
#[derive(Debug, thiserror::Error)]
enum DetectError {
    /// The host does not say the time.
    #[error("the host does not say which frame is shown: set the candidate by hand")]
    NoTime,
    /// There is no phrase.
    #[error("there is no text to search for: write it into Find")]
    NoPhrase,
    /// The host gives a button no pixels, as some do.
    #[error(
        "the host gives a button no image of Source at frame {0}: find the object with `airoto detect` and \
         write its box into the prompts"
    )]
    NoPixels(i64),
    /// The host does not say how long the plate is.
    #[error("the host does not say which frames the plate has")]
    NoRange,
    /// The plate is too long to be looked through.
    #[error(
        "the host says that Source has frames {0}, expected at most {MOST_SEARCHED} frames to search for \
         cuts: turn off At every cut"
    )]
    TooManyFrames(String),
    /// The host wants no more of it.
    #[error("the search for cuts was stopped")]
    Stopped,
    /// Nothing is listed.
    #[error("there are no candidates yet: press Find on this frame")]
    NoCandidates,
    /// Another number is chosen than any that is listed.
    #[error("the candidate is {choice}, expected 1 to {listed} on frame {frame}")]
    NoSuchCandidate {
        /// The number.
        choice: i32,
        /// How many are listed.
        listed: usize,
        /// On which frame.
        frame: i64,
    },
    /// The prompts take no box.
    #[error(transparent)]
    Prompts(#[from] EditError),
    /// There is nobody who detects.
    #[error(transparent)]
    Worker(#[from] WorkerMissing),
    /// Whoever detects has failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The host does not do what was asked.
    #[error(transparent)]
    Host(#[from] OfxError),
}

/// What a button of this group does; none where `param` is none of them.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let outcome = match param {
        params::DETECT_FIND => find(instance, time),
        params::DETECT_APPLY => apply(instance, time),
        _ => return None,
    };
    match outcome {
        Ok(text) => instance.show(MessageKind::Note, &text),
        Err(reason) => instance.show(MessageKind::Error, &reason.to_string()),
    }
    Some(Reply::Ok)
}

/// Looks at the frame that is shown and lists what was found.
fn find(instance: &Instance, time: Option<f64>) -> Result<String, DetectError> {
    let time = time.ok_or(DetectError::NoTime)?;
    let found = Detection::new(instance)?.candidates(time.round() as i64)?;
    let listed = list(time.round() as i64, &found);
    let params = instance.params();
    params.edit("Find by text", |p| p.set_text(params::DETECT_FOUND, &listed))?;
    Ok(format!("{} found on frame {}", found.len(), time.round()))
}

/// What is looked for in the plate.
struct Detection<'a> {
    instance: &'a Instance<'a>,
    settings: Settings,
    request: DetectRequest,
}

impl<'a> Detection<'a> {
    fn new(instance: &'a Instance<'a>) -> Result<Self, DetectError> {
        let params = instance.params();
        let mut settings = Settings::read(&params);
        if let Some(space) = instance.clip(SOURCE).ok().and_then(|source| source.colourspace()) {
            settings.take_colourspace(&space);
        }
        let text = params.text(params::DETECT_PHRASE).unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return Err(DetectError::NoPhrase);
        }
        let request = DetectRequest {
            text,
            model: params.text(params::DETECT_MODEL).unwrap_or_default().trim().to_owned(),
            device: settings.device.to_owned(),
            thresholds: Thresholds {
                score: Reader(&params).number(params::DETECT_THRESHOLD) as f32,
                ..Thresholds::default()
            },
        };
        Ok(Self { instance, settings, request })
    }

    fn frame(&self, frame: i64) -> Result<Arc<Frame>, DetectError> {
        let clip = self.instance.clip(SOURCE)?;
        let source = SourceClip { instance: self.instance, clip: &clip, settings: &self.settings };
        let geometry = source.full_frame(frame as f64)?;
        let plate = source.fetch(frame as f64)?.ok_or(DetectError::NoPixels(frame))?;
        // What is to be told of the frame is told when it is rendered.
        Ok(source.read(frame, &plate, &geometry).frame)
    }

    /// The candidates on a frame, the best first.
    fn candidates(&self, frame: i64) -> Result<Vec<Candidate>, DetectError> {
        let client = shot::client(&self.settings)?;
        let picture = self.frame(frame)?;
        let (instance, notes) = (self.instance, Notes::default());
        let mut note = |note| {
            if let Note::Warning(text) = note {
                notes.add(MessageKind::Warning, text);
            }
        };
        let found = client.detect(&self.request, &picture, &mut || instance.aborted(), &mut note);
        notes.lines().iter().for_each(|(kind, text)| instance.show(*kind, text));
        let mut found = found?.candidates;
        found.truncate(MOST);
        Ok(found)
    }

    /// The first frame of every shot of the plate but the first.
    fn cuts(&self) -> Result<Vec<i64>, DetectError> {
        let source = self.instance.clip(SOURCE)?;
        let whole = source.said_range().ok_or(DetectError::NoRange)?;
        let range = source.frame_range().filter(|(first, last)| last - first < MOST_SEARCHED);
        let (first, last) = range.ok_or_else(|| DetectError::TooManyFrames(shot::range_in_words(whole)))?;
        let mut colours = Vec::new();
        for frame in first..=last {
            if self.instance.aborted() {
                return Err(DetectError::Stopped);
            }
            colours.push(Colours::of(&*self.frame(frame)?));
        }
        Ok(cuts::cuts(&colours).into_iter().map(|i| first + i as i64).collect())
    }
}

/// Takes the chosen candidate as the box of the active object, here and where the plate cuts.
fn apply(instance: &Instance, time: Option<f64>) -> Result<String, DetectError> {
    let params = instance.params();
    let listed = params.text(params::DETECT_FOUND).unwrap_or_default();
    let (frame, found) = listing(&listed).ok_or(DetectError::NoCandidates)?;
    let choice = params.int(params::DETECT_CHOICE).unwrap_or(1).max(1);
    let chosen = found.iter().find(|listed| listed.number == choice);
    let chosen = chosen.ok_or(DetectError::NoSuchCandidate { choice, listed: found.len(), frame })?;
    let prompts = PromptText::read(&params.text(params::PROMPTS).unwrap_or_default());
    let mut document = prompts.document()?.clone();
    let active = params.int(params::ACTIVE_OBJECT).unwrap_or(1).max(1) as usize - 1;
    let object = objects::at_or_new(&mut document, active)?;
    points::set_box(&mut document, object, frame, chosen.bounds)?;
    let mut text = format!("the box on frame {frame} is candidate {choice}");
    if params.int(params::DETECT_CUTS) == Some(1) {
        let detection = Detection::new(instance)?;
        let (mut with, mut without) = (0, Vec::new());
        for cut in detection.cuts()?.into_iter().filter(|cut| *cut != frame) {
            match detection.candidates(cut)?.get(choice as usize - 1) {
                Some(chosen) => {
                    points::set_box(&mut document, object, cut, bounds(chosen.bounds))?;
                    with += 1;
                }
                None => without.push(cut.to_string()),
            }
        }
        let _ = write!(text, ", and on {with} cuts");
        if !without.is_empty() {
            let _ = write!(text, "; the shots from frames {} have no such candidate", without.join(", "));
        }
    }
    edit::write(instance, time.unwrap_or(frame as f64), "Use candidate", document)?;
    Ok(text)
}

fn bounds([x0, y0, x1, y1]: [f64; 4]) -> PixelBox {
    PixelBox::from_corners(PixelPoint { x: x0, y: y0 }, PixelPoint { x: x1, y: y1 })
}

/// The candidates as lines: number, score, box, phrase.
fn list(frame: i64, found: &[Candidate]) -> String {
    let mut out = format!("frame {frame}");
    for (i, candidate) in found.iter().enumerate() {
        let [x0, y0, x1, y1] = candidate.bounds;
        let _ = write!(out, "\n{}  {:.2}  {x0:.1} {y0:.1} {x1:.1} {y1:.1}  ", i + 1, candidate.score);
        // A line is a candidate.
        out.extend(candidate.phrase.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    out
}

/// A line of [`list`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    /// What it is chosen by.
    pub number: i32,
    /// How well it agrees with the phrase, from 0 to 1.
    pub score: f64,
    /// Where it is.
    pub bounds: PixelBox,
}

impl Listed {
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split_whitespace();
        let number = parts.next()?.parse().ok()?;
        let mut numbers = [0.0_f64; 5];
        for value in &mut numbers {
            *value = parts.next()?.parse().ok().filter(|v: &f64| v.is_finite())?;
        }
        let [score, x0, y0, x1, y1] = numbers;
        Some(Self { number, score, bounds: bounds([x0, y0, x1, y1]) })
    }
}

/// The frame and the candidates of [`list`]; none where there are none.
pub(super) fn listing(text: &str) -> Option<(i64, Vec<Listed>)> {
    let mut lines = text.lines();
    let frame = lines.next()?.strip_prefix("frame ")?.trim().parse().ok()?;
    Some((frame, lines.filter_map(Listed::read).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_read_again() {
        let candidate = |x: f64, phrase: &str| Candidate {
            bounds: [x, 2.04, 30.0, 40.0],
            score: 0.825,
            phrase: phrase.to_owned(),
        };
        let text =
            list(-7, &[candidate(1.0, "the person"), candidate(3.5, "3 4\nred 5 6"), candidate(2.0, "")]);
        assert_eq!(text.lines().count(), 4, "{text}");
        let (frame, found) = listing(&text).expect("a listing");
        assert_eq!((frame, found.len()), (-7, 3));
        let bounds = PixelBox { x0: 3.5, y0: 2.0, x1: 30.0, y1: 40.0 };
        assert_eq!(found[1], Listed { number: 2, score: 0.82, bounds });
        assert_eq!(listing("frame 3"), Some((3, Vec::new())));
        for wild in ["", "no", "frame x", "frame 1\n1 .5 NaN 2 3 4\n2 .5 1 2\nx .5 1 2 3 4"] {
            assert!(listing(wild).is_none_or(|(_, found)| found.is_empty()), "{wild}");
        }
    }
}
