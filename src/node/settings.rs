//! The values of the parameters as the render uses them: the one place where they become settings of the request.

use std::path::PathBuf;
use std::sync::Arc;

use super::View;
use crate::job::prompts::PromptText;
use crate::job::{EdgeSettings, FrameListError, MaskKeys, MotionBlur, Overlap, Propagation, Quality};
use crate::matte::edges::EdgeTools;
use crate::ofx::Depth;
use crate::params::{self, Reader, Snapshot, Values};
use crate::raster::Encoding;
use crate::shapes::{Keys, ShapeSettings};

/// What the Mask input is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskUse {
    /// Nothing. Some hosts say that every input is connected, so it has to be asked for.
    Off,
    /// A mask prompt for the first object.
    Prompt {
        /// On which frames; an error where the list of them cannot be read.
        keys: Result<MaskKeys, FrameListError>,
    },
    /// What it covers is cut out of the result.
    Garbage,
    /// Where the edge's alpha is known and where not.
    Trimap,
}

/// The values of all parameters at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The prompts, as they are written and what they say.
    pub prompts: Arc<PromptText>,
    /// Where relative mask paths start.
    pub base: Option<PathBuf>,
    /// What the Mask input is for.
    pub mask: MaskUse,
    /// Name or path of the tracker.
    pub tracker: String,
    /// The identifier of one of [`DEVICES`](crate::job::DEVICES).
    pub device: &'static str,
    /// From which prompts a frame is tracked.
    pub propagation: Propagation,
    /// What is seen where objects overlap.
    pub overlap: Overlap,
    /// Name or number of the object that leaves the node; none for all.
    pub object: Option<String>,
    /// How the edge is found.
    pub edge: EdgeSettings,
    /// What is done to the matte then.
    pub tools: EdgeTools,
    /// What leaves the node.
    pub view: View,
    /// Name or path of the tracker that is compared with; none for no comparison.
    pub compare: Option<String>,
    /// How the plate is encoded; none to go by what the host says, or else by its depth.
    pub colour: Option<Encoding>,
    /// The files that get shapes; the extension of each names its format.
    pub shapes_files: Vec<PathBuf>,
    /// Whether they are written as frames render.
    pub shapes_auto: bool,
    /// First and last frame that get shapes; none for all that are rendered.
    pub shapes_range: Option<(i64, i64)>,
    /// How shapes are fitted.
    pub shapes: ShapeSettings,
    /// Whether mattes are kept on disk.
    pub store: bool,
    /// Whether the engine runs in this process.
    pub in_process: bool,
    /// All values on which the picture depends, for what is read where it is used.
    pub values: Snapshot,
}

impl Settings {
    /// Reads all parameters.
    #[must_use]
    pub fn read(values: &dyn Values) -> Self {
        let read = Reader(values);
        let tracker = read.line(params::TRACKER);
        Self {
            prompts: PromptText::read(&values.text(params::PROMPTS)),
            base: read.path(params::PROMPTS_BASE),
            mask: match read.option(params::MASK_USE) {
                "prompt" => MaskUse::Prompt { keys: mask_keys(read) },
                "garbage" => MaskUse::Garbage,
                "trimap" => MaskUse::Trimap,
                _ => MaskUse::Off,
            },
            tracker: if tracker.is_empty() { "default".to_owned() } else { tracker },
            device: read.option(params::DEVICE),
            overlap: match read.option(params::OVERLAP) {
                "layered" => Overlap::Layered,
                _ => Overlap::Highest,
            },
            object: Some(read.line(params::OBJECT)).filter(|o| !o.is_empty() && o != params::ALL_OBJECTS),
            propagation: match read.option(params::PROPAGATION) {
                "reference" => Propagation::Reference,
                _ => Propagation::Spans,
            },
            edge: edge(read),
            tools: tools(read),
            view: View::from_id(read.option(params::VIEW)),
            compare: Some(read.line(params::COMPARE_TRACKER)).filter(|t| !t.is_empty()),
            colour: Encoding::from_id(read.option(params::INPUT_COLOUR)),
            shapes_files: shapes_files(read),
            shapes_auto: read.is_on(params::SHAPES_AUTO),
            shapes_range: (read.option(params::SHAPES_RANGE) == "range").then(|| {
                let (a, b) = (read.frame(params::SHAPES_FIRST), read.frame(params::SHAPES_LAST));
                (a.min(b), a.max(b))
            }),
            shapes: shapes(read),
            store: read.is_on(params::USE_STORE),
            in_process: read.option(params::WORKER_MODE) == "inProcess",
            values: Snapshot::of(params::table(), values),
        }
    }

    /// Reads a value where it is used, within the range that the table gives it.
    #[must_use]
    pub fn value(&self) -> Reader<'_> {
        Reader(&self.values)
    }

    /// On which frames the Mask input is a prompt; nowhere where that cannot be read, which is the request's to refuse.
    #[must_use]
    pub fn mask_keys(&self) -> &MaskKeys {
        match &self.mask {
            MaskUse::Prompt { keys: Ok(keys) } => keys,
            _ => &MaskKeys::Nowhere,
        }
    }

    /// Whether nothing says yet what to cut out.
    #[must_use]
    pub fn is_unprompted(&self) -> bool {
        // What cannot be read is the engine's to refuse.
        let says = self.prompts.prompts().map_or(true, |p| p.says_anything());
        !says && !matches!(self.mask, MaskUse::Prompt { .. })
    }

    /// Whether shapes are wanted as files.
    #[must_use]
    pub fn wants_shapes(&self) -> bool {
        !self.shapes_files.is_empty()
    }

    /// Takes the encoding of the plate from the colour space that the host names for it, unless the artist has
    /// chosen one. Gives what there is to be said where that name tells nothing.
    pub fn take_colourspace(&mut self, space: &str) -> Option<String> {
        if self.colour.is_some() {
            return None;
        }
        self.colour = Encoding::of_colourspace(space);
        self.colour.is_none().then(|| {
            format!(
                "the host says that Source is in the colour space {space:?}, which is unknown: whole \
                 numbers are read as sRGB and floats as scene linear, unless Input colour names the \
                 encoding"
            )
        })
    }

    /// How a plate of this depth is encoded where nobody says it: hosts keep scene-linear light in floating point and display-referred
    /// pictures in whole numbers.
    #[must_use]
    pub fn colour_of(&self, depth: Depth) -> Encoding {
        self.colour.unwrap_or(match depth {
            Depth::Byte | Depth::Short => Encoding::Srgb,
            Depth::Half | Depth::Float => Encoding::Linear,
        })
    }
}

/// On which frames the Mask input is a prompt.
fn mask_keys(read: Reader) -> Result<MaskKeys, FrameListError> {
    match read.option(params::MASK_KEYS) {
        "listed" => MaskKeys::listed(&read.line(params::MASK_FRAMES)),
        "notEmpty" => Ok(MaskKeys::NotEmpty),
        _ => Ok(MaskKeys::On(read.frame(params::MASK_FRAME))),
    }
}

/// How the edge is found.
fn edge(read: Reader) -> EdgeSettings {
    let view = View::from_id(read.option(params::VIEW));
    // 0 goes by the object's size.
    let width = |id| Some(read.number(id)).filter(|v| *v > 0.0).map(|v| v as f32);
    EdgeSettings {
        quality: match read.option(params::EDGE_QUALITY) {
            "fast" => Quality::Fast,
            "fine" => Quality::Fine,
            _ => Quality::Tracked,
        },
        matter: read.line(params::EDGE_MODEL),
        inside: width(params::EDGE_INSIDE),
        outside: width(params::EDGE_OUTSIDE),
        hair: read.number(params::EDGE_HAIR) as f32,
        painted: read.option(params::MASK_USE) == "trimap",
        motion_blur: match read.option(params::EDGE_BLUR) {
            "soften" => MotionBlur::Soften,
            "vectors" => MotionBlur::Vectors,
            _ if view == View::BlurVectors => MotionBlur::Vectors,
            _ => MotionBlur::Ignore,
        },
        stability: read.number(params::EDGE_STABILITY) as f32,
        clean_black: read.number(params::EDGE_CLEAN_BLACK) as f32,
        clean_white: read.number(params::EDGE_CLEAN_WHITE) as f32,
        clip_black: read.number(params::EDGE_CLIP_BLACK) as f32,
        clip_white: read.number(params::EDGE_CLIP_WHITE) as f32,
        show_trimap: view == View::Trimap,
        show_blur: view == View::BlurVectors,
    }
}

/// What is done to the matte.
fn tools(read: Reader) -> EdgeTools {
    let number = |id| read.number(id) as f32;
    EdgeTools {
        grow: number(params::EDGE_GROW),
        softness: number(params::EDGE_SOFTNESS),
        gain: number(params::EDGE_GAIN),
        gamma: number(params::EDGE_GAMMA),
        crop: params::EDGE_CROP.map(number),
    }
}

/// The files of shapes, each once.
fn shapes_files(read: Reader) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in params::SHAPES_FILES.iter().filter_map(|id| read.path(id)) {
        if !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

/// How shapes are fitted.
fn shapes(read: Reader) -> ShapeSettings {
    let default = ShapeSettings::default();
    ShapeSettings {
        tolerance_px: read.number(params::SHAPES_TOLERANCE),
        max_points: usize::try_from(read.whole(params::SHAPES_POINTS)).unwrap_or(default.max_points),
        keys: match read.option(params::SHAPES_KEYS) {
            "every" => Keys::EveryFrame,
            "everyN" => Keys::Every(read.whole(params::SHAPES_EVERY).unsigned_abs()),
            _ => Keys::Reduced,
        },
        parts: read.is_on(params::SHAPES_PARTS),
        ..default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(i32);

    impl Values for Fixed {
        fn text(&self, id: &str) -> String {
            if id == params::SHAPES_NUKE { "out.nk".to_owned() } else { "  ".to_owned() }
        }

        fn int(&self, _: &str) -> Option<i32> {
            (self.0 >= 0).then_some(self.0)
        }

        fn double(&self, _: &str) -> Option<f64> {
            None
        }

        fn colour(&self, _: &str) -> Option<[f64; 3]> {
            None
        }
    }

    #[test]
    fn blank_text_is_no_path_and_the_default_tracker() {
        let settings = Settings::read(&Fixed(0));
        assert_eq!(settings.base, None);
        assert_eq!(settings.shapes_files, [PathBuf::from("out.nk")]);
        assert_eq!(settings.tracker, "default");
        assert!(settings.is_unprompted() && settings.wants_shapes());
    }

    #[test]
    fn the_defaults_of_the_table_are_those_of_the_rooms_that_are_asked() {
        let settings = Settings::read(&Fixed(-1));
        assert_eq!(settings.edge, EdgeSettings::default());
        assert_eq!(settings.tools, EdgeTools::default());
        assert_eq!(settings.shapes, ShapeSettings::default());
        let threshold = settings.value().number(params::DETECT_THRESHOLD) as f32;
        assert_eq!(threshold, crate::job::Thresholds::default().score);
    }

    #[test]
    fn shapes_are_fitted_as_the_panel_says() {
        let settings = Settings::read(&Fixed(-1));
        assert_eq!(settings.shapes, ShapeSettings::default());
        assert_eq!(settings.shapes_range, None);
        let every = Settings::read(&Fixed(2)).shapes;
        assert_eq!((every.keys, every.max_points, every.parts), (Keys::Every(2), 4, true));
        assert_eq!(Settings::read(&Fixed(1)).shapes_range, Some((1, 1)));
    }

    #[test]
    fn floating_point_is_scene_linear_unless_said_otherwise() {
        assert_eq!(Settings::read(&Fixed(0)).colour_of(Depth::Float), Encoding::Linear);
        assert_eq!(Settings::read(&Fixed(0)).colour_of(Depth::Byte), Encoding::Srgb);
        assert_eq!(Settings::read(&Fixed(1)).colour_of(Depth::Float), Encoding::Srgb);
    }

    #[test]
    fn the_artist_is_heard_before_the_host() {
        let mut auto = Settings::read(&Fixed(0));
        assert_eq!(auto.take_colourspace("arri_logc4"), None);
        assert_eq!(auto.colour_of(Depth::Float), Encoding::LogC4);
        let mut chosen = Settings::read(&Fixed(2));
        assert_eq!(chosen.take_colourspace("arri_logc4"), None);
        assert_eq!(chosen.colour_of(Depth::Float), Encoding::Linear);
        let mut lost = Settings::read(&Fixed(0));
        let said = lost.take_colourspace("my show").expect("a note");
        assert!(said.contains("\"my show\""), "{said}");
        assert_eq!(lost.colour_of(Depth::Float), Encoding::Linear);
    }

    #[test]
    fn a_mask_prompt_needs_no_json() {
        let settings = Settings::read(&Fixed(1));
        // Every choice has its second option here: frames are listed, and the list is blank.
        assert_eq!(settings.mask, MaskUse::Prompt { keys: Err(FrameListError::Nothing) });
        assert!(!settings.is_unprompted());
    }
}
