//! What is rendered, checked before anything is computed.

use std::path::Path;
use std::sync::Arc;

use airoto::io::{Sequence, parse_range};
use airoto::job::MaskKeys;
use airoto::job::prompts::MASK_OBJECT;
use airoto::params;
use airoto::raster::Encoding;

use super::args::Args;
use super::check::{self, PromptsFile, Shapes};
use super::detect::{self, Detected};
use super::masks::MaskSequence;
use super::objects;
use super::output::{Look, Output};
use crate::Failure;
use crate::input::InputSequence;

/// A render: its footage, its prompts and its files.
pub struct Job {
    /// The footage.
    pub footage: Arc<InputSequence>,
    /// First frame.
    pub first: i64,
    /// Last frame.
    pub last: i64,
    /// How the footage is encoded.
    pub encoding: Encoding,
    /// The prompts.
    pub prompts: PromptsFile,
    /// What a text gave for prompts, where it did.
    pub detected: Option<Detected>,
    /// The view that is written.
    pub view: String,
    /// Whether the alpha is written alone, because no view was asked for.
    pub alone: bool,
    /// Files of all objects together.
    pub combined: Output,
    /// Objects with files of their own.
    pub separate: Vec<(String, Output)>,
    /// Objects with a layer of their own, each with the layer's name.
    pub layered: Vec<(String, String)>,
    /// Files of shapes.
    pub shapes: Shapes,
    /// Trimaps for the edge.
    pub trimap: Option<Arc<InputSequence>>,
    /// Masks that are prompts.
    pub masks: Option<Arc<MaskSequence>>,
}

impl Job {
    /// Checks the options against each other and against the footage.
    pub fn new(args: &Args) -> Result<Self, Failure> {
        let asked = args.range.as_deref().map(parse_range).transpose()?;
        let view = args.view.word(params::VIEW);
        let alone = args.view.given(params::VIEW).is_none();
        if matches!(view.as_str(), "difference" | "wipe")
            && args.view.given(params::COMPARE_TRACKER).is_none()
        {
            return Err(Failure::new(format!(
                "--view {view} compares two trackers: name the other with --compare"
            )));
        }
        let written = args.prompts.as_deref().map(check::prompts).transpose()?;
        exclusive(args)?;
        let mut prompted = match &written {
            Some(prompts) => prompts.parsed.frames(),
            None => args.text.frame().into_iter().collect(),
        };
        if let Some(masks) = &args.mask_sequence {
            prompted.extend(Sequence::find(masks)?.frames());
        }
        let needed = check::needed(&args.input, asked, prompted)?;
        let footage = Arc::new(InputSequence::open(&args.input, args.layer.as_deref(), Some(needed))?);
        let (first, last) = asked.unwrap_or(footage.range());
        let named = Encoding::from_id(&args.reading.word(params::INPUT_COLOUR));
        let encoding = named.unwrap_or(footage.encoding());
        let masks =
            args.mask_sequence.as_deref().map(|text| MaskSequence::open(text, &footage)).transpose()?;
        let (prompts, detected) = match written {
            Some(prompts) => (prompts, None),
            None if masks.is_some() => (masked()?, None),
            None => {
                let (prompts, detected) =
                    detect::prompts(&args.text, &footage, (first, last), encoding, &args.plugin)?;
                (prompts, Some(detected))
            }
        };
        let keys = masks.as_ref().map_or(MaskKeys::Nowhere, MaskSequence::keys);
        check::fits(&prompts, &footage, &keys)?;
        let look = Look {
            view: &view,
            alone,
            encoding,
            depth: args.depth.map(|depth| depth.of_file()),
            compression: args.compression.map(|compression| compression.of_file()),
            crop: args.data_window.as_deref().map(|window| window == "crop"),
            layers: args.objects == "layers",
        };
        let output = |pattern: &str| -> Result<Output, Failure> {
            let output = Output::new(pattern, &look, &footage)?;
            check::writable(&output, &footage, first, last)?;
            Ok(output)
        };
        let patterns = match args.objects.as_str() {
            "separate" => objects::patterns(&args.output, &prompts.parsed)?,
            _ => Vec::new(),
        };
        let layered = match args.objects.as_str() {
            "layers" => objects::layers(&prompts.parsed)?,
            _ => Vec::new(),
        };
        let combined = output(&objects::combined(&args.output))?;
        let shapes = Shapes::new(&args.shapes)?;
        let trimap = args.trimap.as_deref().map(|t| check::trimap(t, &footage)).transpose()?;
        let separate = patterns.into_iter().map(|(name, pattern)| Ok((name, output(&pattern)?)));
        let separate = separate.collect::<Result<Vec<_>, Failure>>()?;
        Ok(Self {
            footage,
            first,
            last,
            encoding,
            prompts,
            detected,
            view,
            alone,
            combined,
            separate,
            layered,
            shapes,
            trimap,
            masks: masks.map(Arc::new),
        })
    }
}

/// Refuses options that say two things of the first object, or both need the node's Mask input.
fn exclusive(args: &Args) -> Result<(), Failure> {
    if args.mask_sequence.is_some() && args.trimap.is_some() {
        return Err(Failure::new(
            "--mask-sequence and --trimap both take the Mask input of the node: give one of them",
        ));
    }
    if args.mask_sequence.is_some() && args.text.is_given() {
        return Err(Failure::new("--mask-sequence and --text both show the object: give one of them"));
    }
    Ok(())
}

/// The prompts of an object that masks alone show.
fn masked() -> Result<PromptsFile, Failure> {
    let text = serde_json::json!({ "objects": [{ "name": MASK_OBJECT, "prompts": [] }] }).to_string();
    check::prompts_of("--mask-sequence", text, Path::new("/"))
}
