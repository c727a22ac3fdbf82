//! The graphs: the words, the picture, and what joins them.
//! `models/export/airoto_export/grounding_dino_graphs.py` says what each takes.

use serde::Deserialize;

use super::phrases::Phrases;
use crate::job::Device;
use crate::models::ModelError;
use crate::models::declared::{Axis, Declared, FLOAT, INTEGER};
use crate::models::pack::Pack;
use crate::models::port_error::PortError;
use crate::models::runtime::{Feed, Graph, Keep, Output, Placement, Tensor, open_graphs};

/// The type of switches.
const SWITCH: &str = "bool";
/// What the picture becomes.
const LEVELS: [&str; 4] = ["level_0", "level_1", "level_2", "level_3"];
/// Marks that end phrases; BERT has four.
const MOST_ENDS: usize = 64;

/// What `model.json` says of this family.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constants {
    /// The shorter side of what the network sees, in pixels.
    pub shortest: u32,
    /// The longest that the longer side may be, in pixels.
    pub longest: u32,
    /// Pictures are filled up with zeros to multiples of so many pixels.
    pub multiple: usize,
    /// Channels of levels and words.
    channels: usize,
    /// Boxes that the network gives.
    pub queries: usize,
    /// Words that it reads at the most, with the marks of beginning and end.
    pub words: usize,
    /// Words that it knows.
    pub vocabulary: usize,
    /// Numbers of the words that end a phrase.
    pub ends: Vec<i64>,
}

impl Constants {
    fn check(&self) -> Result<(), String> {
        for (what, found, least, most) in [
            ("shortest", self.shortest as usize, 16, 8192),
            ("longest", self.longest as usize, 16, 8192),
            ("multiple", self.multiple, 1, 64),
            ("channels", self.channels, 1, 4096),
            ("queries", self.queries, 1, 1 << 16),
            ("words", self.words, 4, 4096),
            ("vocabulary", self.vocabulary, 4, 1 << 24),
            ("ends", self.ends.len(), 1, MOST_ENDS),
        ] {
            if !(least..=most).contains(&found) {
                return Err(format!("{what} {found}, expected {least} to {most}"));
            }
        }
        if self.shortest > self.longest {
            return Err(format!(
                "shortest {}, expected at most {}, the longest",
                self.shortest, self.longest
            ));
        }
        Ok(())
    }
}

/// The graphs of a pack.
pub(super) struct Network {
    pub constants: Constants,
    text: Graph,
    image: Graph,
    detector: Graph,
}

/// What the detector needs of a picture, on the graphs' device.
pub(super) struct Picture(Vec<Output>);

/// What the network says of one picture and one text.
pub(super) struct Answer {
    /// How much each box agrees with each word, as log odds, row by row of boxes.
    pub logits: Vec<f32>,
    /// Middle and size of each box, of the frame's width and height.
    pub boxes: Vec<[f32; 4]>,
}

impl Network {
    /// Loads the graphs of `pack`, and checks what they take and give.
    pub fn open(pack: &Pack, device: Device, threads: usize) -> Result<(Self, Placement), ModelError> {
        let constants: Constants = pack.constants()?;
        constants.check().map_err(|reason| pack.refuse(format!("constants: {reason}")))?;
        let (mut graphs, placement) = open_graphs(pack, &["text", "image", "detector"], device, threads)?;
        graphs.iter_mut().try_for_each(Graph::let_go_of_memory)?;
        let (Some(detector), Some(image), Some(text)) = (graphs.pop(), graphs.pop(), graphs.pop()) else {
            return Err(ModelError::Internal("grounding-dino: a graph was lost"));
        };
        let network = Self { constants, text, image, detector };
        network.check().map_err(|reason| pack.refuse(reason))?;
        Ok((network, placement))
    }

    fn check(&self) -> Result<(), PortError> {
        use Axis::{Any, Is, Varies};
        let (channels, queries) = (self.constants.channels, self.constants.queries);
        let row = [Is(1), Varies];
        let square = [Is(1), Varies, Varies];
        let words = [Is(1), Varies, Is(channels)];
        let given = [Is(1), Any, Is(channels)];
        let level = [Is(1), Is(channels), Varies, Varies];
        let found = [Is(1), Is(channels), Any, Any];
        Declared::new(&self.text).expect(
            &[("tokens", INTEGER, &row), ("positions", INTEGER, &row), ("together", SWITCH, &square)],
            &[("text", FLOAT, &given)],
        )?;
        Declared::new(&self.image).expect(
            &[("pixels", FLOAT, &[Is(1), Is(3), Varies, Varies])],
            &LEVELS.map(|name| (name, FLOAT, &found[..])),
        )?;
        let mut takes: Vec<_> = LEVELS.iter().map(|name| (*name, FLOAT, &level[..])).collect();
        takes.push(("text", FLOAT, &words));
        takes.push(("positions", INTEGER, &row));
        takes.push(("together", SWITCH, &square));
        Declared::new(&self.detector).expect(
            &takes,
            &[("logits", FLOAT, &[Is(1), Is(queries), Any]), ("boxes", FLOAT, &[Is(1), Is(queries), Is(4)])],
        )
    }

    /// What the detector needs of a picture of three planes of `pixels`, `down` rows of `across`.
    pub fn picture(&mut self, pixels: &[f32], (across, down): (usize, usize)) -> Result<Picture, ModelError> {
        let shape = [1, 3, down, across];
        self.image.run_for(&[("pixels", Feed::F32(&shape, pixels))], &LEVELS, Keep::Device).map(Picture)
    }

    /// The boxes of a picture for some words.
    pub fn answer(
        &mut self,
        picture: &Picture,
        tokens: &[i64],
        phrases: &Phrases,
    ) -> Result<Answer, ModelError> {
        let count = tokens.len();
        let (row, square) = ([1, count], [1, count, count]);
        let positions = || ("positions", Feed::I64(&row, &phrases.positions));
        let together = || ("together", Feed::Bool(&square, &phrases.together));
        let said = [("tokens", Feed::I64(&row, tokens)), positions(), together()];
        let text = self.text.run_for(&said, &["text"], Keep::Device)?.pop();
        let text = text.ok_or(ModelError::Internal("grounding-dino: the words were lost"))?;
        let mut inputs: Vec<(&str, Feed)> =
            LEVELS.iter().zip(&picture.0).map(|(name, level)| (*name, Feed::Output(level))).collect();
        inputs.extend([("text", Feed::Output(&text)), positions(), together()]);
        let mut found = self.detector.run(&inputs, &["logits", "boxes"])?;
        let (boxes, logits) = (found.pop(), found.pop());
        let queries = self.constants.queries;
        let whole = |name: &str, found: Option<Tensor>, each: usize| match found {
            Some(found) if found.data.len() == queries * each => Ok(found.data),
            found => {
                let found = found.map_or(0, |found| found.data.len());
                let expected = queries * each;
                Err(self.detector.failed(format!("output {name} has {found} numbers, expected {expected}")))
            }
        };
        let (logits, boxes) = (whole("logits", logits, count)?, whole("boxes", boxes, 4)?);
        Ok(Answer { logits, boxes: boxes.as_chunks::<4>().0.to_vec() })
    }
}
