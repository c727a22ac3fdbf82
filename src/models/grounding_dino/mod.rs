//! Grounding DINO from a model pack: boxes around what a text names.
//!
//! Liu et al., "Grounding DINO: Marrying DINO with Grounded Pre-Training for Open-Set Object
//! Detection", 2023. The network is that of the public reference implementation, with which `cargo
//! xtask parity --family grounding-dino` compares.
//!
//! A frame is seen at its own proportions; what the picture becomes is kept for the next text, as people
//! try several texts on one frame. With the smallest backbone that is a quarter of the work on a
//! processor.

mod choose;
mod network;
mod phrases;
mod size;
mod vocabulary;

pub use self::vocabulary::{Vocabulary, VocabularyError};

use self::network::{Network, Picture};
use self::phrases::Phrases;
use super::detector::Detector;
use super::normalise::Normal;
use super::pack::Pack;
use super::runtime::Placement;
use super::{Model, ModelError};
use crate::job::{Candidate, Device, ModelInfo, Thresholds};
use crate::raster::Frame;

/// The family's name in a manifest.
pub const FAMILY: &str = "grounding-dino";

/// The detector.
pub struct GroundingDino {
    info: ModelInfo,
    smaller: Option<String>,
    network: Network,
    vocabulary: Vocabulary,
    normal: Normal,
    /// The last frame, by its digest, and what it became.
    seen: Option<(blake3::Hash, Picture)>,
}

/// A box of the network before any is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Middle and size, of the frame's width and height.
    pub place: [f32; 4],
    /// Agreement with each word, as log odds.
    pub logits: Vec<f32>,
}

impl GroundingDino {
    /// Loads the graphs and the vocabulary of `pack`.
    ///
    /// # Errors
    /// [`ModelError`] when the pack is of another family, damaged or not of the expected form, or
    /// ONNX Runtime is not there.
    pub fn open(pack: &Pack, device: Device, threads: usize) -> Result<Self, ModelError> {
        pack.expect_family(&[FAMILY])?;
        let (network, Placement { device, note }) = Network::open(pack, device, threads)?;
        let vocabulary = Vocabulary::open(pack, network.constants.vocabulary)?;
        let manifest = pack.manifest();
        let info = ModelInfo {
            name: manifest.name.clone(),
            version: pack.marked_version(),
            device: device.label().to_owned(),
            note,
        };
        let smaller = manifest.smaller.clone();
        Ok(Self { info, smaller, network, vocabulary, normal: Normal::new(&manifest.input), seen: None })
    }

    /// All boxes of the network for `text`, in its order, and the numbers of the text's words.
    ///
    /// # Errors
    /// As [`Detector::detect`].
    pub fn queries(&mut self, frame: &Frame, text: &str) -> Result<(Vec<Query>, Vec<i64>), ModelError> {
        let (answer, tokens) = self.answer(frame, text)?;
        let each = answer.logits.chunks_exact(tokens.len().max(1)).zip(&answer.boxes);
        let queries = each.map(|(logits, place)| Query { place: *place, logits: logits.to_vec() }).collect();
        Ok((queries, tokens))
    }

    fn answer(&mut self, frame: &Frame, text: &str) -> Result<(network::Answer, Vec<i64>), ModelError> {
        let tokens = self.tokens(text)?;
        let phrases = Phrases::of(&tokens, &self.network.constants.ends);
        let digest = blake3::Hasher::new()
            .update(&frame.width().to_le_bytes())
            .update(&frame.height().to_le_bytes())
            .update(frame.data())
            .finalize();
        let picture = match self.seen.take() {
            Some((seen, picture)) if seen == digest => picture,
            _ => self.look(frame)?,
        };
        let answer = self.network.answer(&picture, &tokens, &phrases)?;
        self.seen = Some((digest, picture));
        Ok((answer, tokens))
    }

    /// The numbers of a text's words, no more of them than the network reads.
    fn tokens(&self, text: &str) -> Result<Vec<i64>, ModelError> {
        let caption = phrases::caption(text)?;
        let refuse =
            |reason: VocabularyError| ModelError::Prompt(format!("the text cannot be read: {reason}"));
        let tokens = self.vocabulary.encode(&caption).map_err(refuse)?;
        let most = self.network.constants.words;
        if tokens.len() > most {
            let (count, most) = (tokens.len().saturating_sub(2), most.saturating_sub(2));
            return Err(ModelError::Prompt(format!(
                "the text has {count} words and parts of words, expected at most {most}"
            )));
        }
        Ok(tokens)
    }

    fn look(&mut self, frame: &Frame) -> Result<Picture, ModelError> {
        let constants = &self.network.constants;
        let (width, height) =
            size::resized(frame.width(), frame.height(), constants.shortest, constants.longest);
        if size::tokens(width, height) < constants.queries {
            return Err(ModelError::Prompt(format!(
                "the frame has {}x{} pixels, which is too narrow to find objects in it",
                frame.width(),
                frame.height()
            )));
        }
        let whole = |side: u32| (side as usize).next_multiple_of(constants.multiple);
        let padded = (whole(width), whole(height));
        let mut planes = Vec::new();
        self.normal.planes(frame, (width, height), padded, &mut planes);
        self.network.picture(&planes, padded)
    }
}

impl Model for GroundingDino {
    fn info(&self) -> ModelInfo {
        self.info.clone()
    }

    fn smaller(&self) -> Option<String> {
        self.smaller.clone()
    }
}

impl Detector for GroundingDino {
    fn detect(
        &mut self,
        frame: &Frame,
        text: &str,
        thresholds: Thresholds,
    ) -> Result<Vec<Candidate>, ModelError> {
        for (what, value) in [("score", thresholds.score), ("text", thresholds.text)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(ModelError::Prompt(format!("threshold of the {what} {value}, expected 0 to 1")));
            }
        }
        let (answer, tokens) = self.answer(frame, text)?;
        let most = self.network.constants.words;
        let size = (frame.width(), frame.height());
        let chosen = choose::choose(&answer, tokens.len(), most, size, thresholds);
        let candidate = |c: choose::Chosen| {
            let words: Vec<i64> = c.words.iter().map(|i| tokens[*i]).collect();
            let phrase = self.vocabulary.decode(&words).map_err(|error| self.failed(&error))?;
            Ok(Candidate { bounds: c.bounds, score: c.score, phrase })
        };
        chosen.into_iter().map(candidate).collect()
    }
}

impl GroundingDino {
    fn failed(&self, reason: &VocabularyError) -> ModelError {
        ModelError::Pack {
            pack: self.info.name.clone(),
            reason: format!("its vocabulary cannot be used: {reason}"),
        }
    }
}
