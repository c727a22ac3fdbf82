//! Prompts by text: what a text names on a frame, and at every cut, becomes boxes.

use airoto::io::{self, WriteOptions};
use airoto::job::{Candidate, DetectRequest};
use airoto::params::{self, Kind};
use airoto::qc::cuts;
use airoto::raster::{Colours, Encoding, Matte};
use serde_json::{Value, json};

use super::check::{self, PromptsFile};
use crate::Failure;
use crate::detect::{SurenessArgs, TextDetector};
use crate::input::InputSequence;
use crate::plugin::PluginArgs;

/// The matte that says that nothing is there.
const EMPTY: &str = "empty.png";

/// Options of prompts by text.
#[derive(Debug, Clone, clap::Args)]
pub struct DetectArgs {
    /// Text to find, instead of prompts, such as "the person in red"
    #[arg(long, value_name = "TEXT", conflicts_with = "prompts")]
    text: Option<String>,
    /// A pack of family grounding-dino by its name or its folder [default: the first that is installed]
    #[arg(long, value_name = "NAME|PATH", requires = "text")]
    text_model: Option<String>,
    /// The frame to search [default: the first of the range]
    #[arg(long, value_name = "FRAME", requires = "text", allow_hyphen_values = true)]
    text_frame: Option<i64>,
    /// Number of the candidate, 1 for the best; may be given several times, once for each object [default: 1]
    #[arg(long, value_name = "N", requires = "text", value_parser = choice())]
    text_choice: Vec<u16>,
    /// Also search the first frame of every other shot in the range
    #[arg(long, requires = "text")]
    text_cuts: bool,
    #[command(flatten)]
    sureness: SurenessArgs,
}

impl DetectArgs {
    /// Whether a text is given.
    pub fn is_given(&self) -> bool {
        self.text.is_some()
    }

    /// The frame that is looked at, where it is named.
    pub fn frame(&self) -> Option<i64> {
        self.text_frame
    }
}

/// Reads the number of a candidate, within the range of the node's parameter.
fn choice() -> clap::builder::RangedI64ValueParser<u16> {
    let range = match params::find(params::DETECT_CHOICE).map(|p| p.kind) {
        Some(Kind::Int { range, .. }) => range,
        _ => (1, i32::MAX),
    };
    clap::value_parser!(u16).range(i64::from(range.0)..=i64::from(range.1))
}

/// What prompts by text need beside themselves.
pub struct Detected {
    /// What there is to tell.
    pub notes: Vec<String>,
    /// Holds the empty matte.
    _folder: tempfile::TempDir,
}

/// Looks for the text in the footage, in the frames from `first` to `last`; gives prompts as if a person
/// had written them.
pub fn prompts(
    args: &DetectArgs,
    footage: &InputSequence,
    (first, last): (i64, i64),
    encoding: Encoding,
    plugin: &PluginArgs,
) -> Result<(PromptsFile, Detected), Failure> {
    let text = args.text.clone().unwrap_or_default();
    let request = DetectRequest {
        text: text.clone(),
        model: args.text_model.clone().unwrap_or_default(),
        device: plugin.tracker.word(params::DEVICE),
        thresholds: args.sureness.thresholds(),
    };
    let choices = if args.text_choice.is_empty() { vec![1] } else { args.text_choice.clone() };
    let mut finder = TextDetector::new(request, plugin.in_process())?;
    let mut find = |frame: i64| -> Result<Vec<Candidate>, Failure> {
        Ok(finder.find(&footage.displayed(frame, encoding)?)?.candidates)
    };
    let start = args.text_frame.unwrap_or(first);
    let found = find(start)?;
    let most = choices.iter().copied().max().map_or(1, usize::from);
    if found.len() < most {
        return Err(Failure::new(format!(
            "frame {start}: {} of {text:?} found, expected candidate {most}: lower --threshold or search \
             another frame",
            found.len()
        )));
    }
    let folder = io::FOLDERS.folder_in(&std::env::temp_dir())?;
    let (width, height) = footage.size();
    io::write_matte(
        &folder.path().join(EMPTY),
        &Matte::filled(width, height, 0.0),
        &WriteOptions::default(),
    )?;
    let mut listed: Vec<Vec<Value>> = vec![Vec::new(); choices.len()];
    let mut notes = Vec::new();
    let mut add = |frame: i64, found: &[Candidate]| {
        for (prompts, choice) in listed.iter_mut().zip(&choices) {
            match found.get(usize::from(*choice) - 1) {
                Some(candidate) => prompts.push(json!({"frame": frame, "box": candidate.bounds})),
                None => {
                    notes.push(format!("frame {frame}: candidate {choice} of {text:?} is not in this shot"));
                    prompts.push(json!({"frame": frame, "mask": EMPTY}));
                }
            }
        }
    };
    add(start, &found);
    if args.text_cuts {
        let shots = shots(footage, (first, last), encoding)?;
        for (i, frame) in shots.iter().copied().enumerate() {
            let next = shots.get(i + 1).copied().unwrap_or(i64::MAX);
            if !(frame..next).contains(&start) {
                add(frame, &find(frame)?);
            }
        }
    }
    notes.extend(finder.notes);
    let named = listed.into_iter().zip(names(&text, choices.len()));
    let objects: Vec<Value> =
        named.map(|(prompts, name)| json!({"name": name, "prompts": prompts})).collect();
    let written = json!({"objects": objects}).to_string();
    let prompts = check::prompts_of("the prompts by text", written, folder.path())?;
    Ok((prompts, Detected { notes, _folder: folder }))
}

/// The first frames of all shots.
fn shots(
    footage: &InputSequence,
    (first, last): (i64, i64),
    encoding: Encoding,
) -> Result<Vec<i64>, Failure> {
    let seen = (first..=last).map(|frame| Ok(Colours::of(&footage.displayed(frame, encoding)?)));
    let seen: Vec<Colours> = seen.collect::<Result<_, Failure>>()?;
    Ok([0].into_iter().chain(cuts::cuts(&seen)).map(|i| first + i as i64).collect())
}

/// Names of `count` objects that a text names.
fn names(text: &str, count: usize) -> Vec<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let name = plain.trim().trim_end_matches(['.', '?', ' ']);
    match count {
        1 => vec![name.to_owned()],
        _ => (1..=count).map(|i| format!("{name} {i}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_the_text_names_them() {
        assert_eq!(names(" the person in red. ", 1), ["the person in red"]);
        assert_eq!(names("dog?", 2), ["dog 1", "dog 2"]);
    }
}
