//! Prompts by text: the buttons that look for what words name, and take what was found as a box.

use std::fmt::Write;

use super::describe::SOURCE;
use super::source::HostSource;
use super::{Settings, clients, render, tracking};
use crate::job::prompts::PromptText;
use crate::job::prompts::edit::{EditError, objects, points};
use crate::job::{Candidate, DetectRequest, Note, Thresholds};
use crate::ofx::{Instance, MessageKind, OfxError, ParamSet, Reply, library_path};
use crate::params::{self, Reader};
use crate::qc::cuts::{self, Colours};
use crate::raster::{Frame, PixelBox, PixelPoint};

/// Most candidates that are listed.
const MOST: usize = 100;
/// Most frames that are looked at for cuts; of each 1.5 kB are remembered.
const MOST_SEARCHED: i64 = 20_000;

/// What a person pressed; none where it is no business of this.
pub fn pressed(instance: &Instance, param: &str, time: Option<f64>) -> Option<Reply> {
    let done = match param {
        params::DETECT_FIND => find(instance, time),
        params::DETECT_APPLY => apply(instance, time),
        _ => return None,
    };
    match done {
        Ok(text) => instance.show(MessageKind::Note, &text),
        Err(reason) => instance.show(MessageKind::Error, &reason),
    }
    Some(Reply::Ok)
}

fn words(error: &OfxError) -> String {
    error.to_string()
}

/// Looks at the frame that is shown and lists what was found.
fn find(instance: &Instance, time: Option<f64>) -> Result<String, String> {
    let time = time.ok_or("the host does not say which frame is shown: set the candidate by hand")?;
    let found = TextSearch::new(instance)?.at(time.round() as i64)?;
    let listed = list(time.round() as i64, &found);
    let params = instance.params();
    params.edit("Find by text", |p| p.set_text(params::DETECT_FOUND, &listed)).map_err(|e| words(&e))?;
    Ok(format!("{} found on frame {}", found.len(), time.round()))
}

/// What of the plate is looked at.
struct TextSearch<'a> {
    instance: &'a Instance<'a>,
    settings: Settings,
    request: DetectRequest,
}

impl<'a> TextSearch<'a> {
    fn new(instance: &'a Instance<'a>) -> Result<Self, String> {
        let params = instance.params();
        let mut settings = Settings::read(&params);
        if let Some(space) = instance.clip(SOURCE).ok().and_then(|source| source.colourspace()) {
            settings.take_colourspace(&space);
        }
        let text = params.text(params::DETECT_PHRASE).unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return Err("there are no words to look for: write them into Find".to_owned());
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

    fn frame(&self, frame: i64) -> Result<std::sync::Arc<Frame>, String> {
        let source = self.instance.clip(SOURCE).map_err(|e| words(&e))?;
        let geometry = render::full_frame(&source, &self.settings, frame as f64).map_err(|e| words(&e))?;
        let fetched = HostSource::fetch(&source, frame as f64).map_err(|e| words(&e))?;
        let fetched = fetched.ok_or_else(|| {
            format!(
                "the host gives no image of Source at frame {frame} to a button: look for it by `airoto detect` and \
                 write the box into the prompts"
            )
        })?;
        Ok(HostSource::to_frame(&source, &fetched, frame, &geometry, &self.settings).frame)
    }

    /// The candidates on a frame, the best first.
    fn at(&self, frame: i64) -> Result<Vec<Candidate>, String> {
        let client = clients::client(self.settings.in_process, library_path().as_deref())?;
        let picture = self.frame(frame)?;
        let mut said = Vec::new();
        let mut notes = |note| {
            if let Note::Warning(text) = note {
                said.push(text);
            }
        };
        let instance = self.instance;
        let found = client.detect(&self.request, &picture, &mut || instance.aborted(), &mut notes);
        said.iter().for_each(|text| instance.show(MessageKind::Warning, text));
        let mut found = found.map_err(|e| e.to_string())?.candidates;
        found.truncate(MOST);
        Ok(found)
    }

    /// The first frame of every shot of the plate but the first.
    fn cuts(&self) -> Result<Vec<i64>, String> {
        let source = self.instance.clip(SOURCE).map_err(|e| words(&e))?;
        let said = source.said_range().ok_or("the host does not say which frames the plate has")?;
        let range = source.frame_range().filter(|(first, last)| last - first < MOST_SEARCHED);
        let (first, last) = range.ok_or_else(|| {
            format!(
                "the host says that Source has frames {}, expected at most {MOST_SEARCHED} to look for cuts in: switch \
                 At every cut off",
                render::range_in_words(said)
            )
        })?;
        let mut seen = Vec::new();
        for frame in first..=last {
            if self.instance.aborted() {
                return Err("the search for cuts was stopped".to_owned());
            }
            seen.push(Colours::of(&*self.frame(frame)?));
        }
        Ok(cuts::cuts(&seen).into_iter().map(|i| first + i as i64).collect())
    }
}

/// Takes the chosen candidate as the box of the active object, here and where the plate cuts.
fn apply(instance: &Instance, time: Option<f64>) -> Result<String, String> {
    let params = instance.params();
    let listed = params.text(params::DETECT_FOUND).unwrap_or_default();
    let (frame, found) =
        listing(&listed).ok_or("there are no candidates yet: look for them with Find on this frame")?;
    let choice = params.int(params::DETECT_CHOICE).unwrap_or(1).max(1);
    let chosen = found.iter().find(|listed| listed.number == choice).ok_or_else(|| {
        format!("candidate {choice} was chosen, {} are listed for frame {frame}", found.len())
    })?;
    let refused = |e: EditError| e.to_string();
    let prompts = PromptText::read(&params.text(params::PROMPTS).unwrap_or_default());
    let mut document = prompts.document().map_err(refused)?.clone();
    let active = params.int(params::ACTIVE_OBJECT).unwrap_or(1).max(1) as usize - 1;
    let object = objects::at_or_new(&mut document, active).map_err(refused)?;
    points::set_box(&mut document, object, frame, chosen.bounds).map_err(refused)?;
    let mut said = format!("the box on frame {frame} is candidate {choice}");
    if params.int(params::DETECT_CUTS) == Some(1) {
        let finder = TextSearch::new(instance)?;
        let (mut with, mut without) = (0, Vec::new());
        for cut in finder.cuts()?.into_iter().filter(|cut| *cut != frame) {
            match finder.at(cut)?.get(choice as usize - 1) {
                Some(chosen) => {
                    points::set_box(&mut document, object, cut, bounds(chosen.bounds)).map_err(refused)?;
                    with += 1;
                }
                None => without.push(cut.to_string()),
            }
        }
        let _ = write!(said, ", and on {with} cuts");
        if !without.is_empty() {
            let _ = write!(said, "; it is not in the shots from frames {}", without.join(", "));
        }
    }
    let edited = PromptText::write(document);
    let edit = |params: &ParamSet| {
        params.set_text(params::PROMPTS, edited.text())?;
        tracking::refresh(instance, params, time.unwrap_or(frame as f64));
        Ok(())
    };
    params.edit("Use candidate", edit).map_err(|e| words(&e))?;
    Ok(said)
}

fn bounds([x0, y0, x1, y1]: [f64; 4]) -> PixelBox {
    PixelBox::from_corners(PixelPoint { x: x0, y: y0 }, PixelPoint { x: x1, y: y1 })
}

/// The candidates as lines: number, score, box, words.
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
    /// How well it agrees with the words, from 0 to 1.
    pub score: f64,
    /// Where it is.
    pub bounds: PixelBox,
}

impl Listed {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let mut numbers = [0.0_f64; 5];
        for value in &mut numbers {
            *value = words.next()?.parse().ok().filter(|v: &f64| v.is_finite())?;
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
