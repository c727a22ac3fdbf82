//! The values of the parameters as the render uses them.

use std::path::PathBuf;
use std::sync::Arc;

use super::View;
use super::params;
use crate::job::prompts::PromptText;
use crate::job::{EdgeSettings, MotionBlur, Overlap, Propagation, Quality};
use crate::matte::edges::EdgeTools;
use crate::ofx::Depth;
use crate::raster::Encoding;
use crate::shapes::{Keys, ShapeSettings};

/// Where values come from: the host's parameters, at a time.
pub trait Values {
    /// A text.
    fn text(&self, id: &str) -> String;
    /// The index of a choice, or a whole number.
    fn int(&self, id: &str) -> i32;
    /// A number; none where the host has none.
    fn double(&self, id: &str) -> Option<f64>;
    /// A switch.
    fn bool(&self, id: &str) -> bool;
    /// A colour; none where the host has none.
    fn colour(&self, id: &str) -> Option<[f64; 3]>;
}

/// What the Mask input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskUse {
    /// Nothing. Some hosts say that every input is connected, so it has to be asked for.
    Off,
    /// A mask prompt for the first object on one frame.
    Prompt {
        /// That frame.
        frame: i64,
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
    /// Whether the background is taken out of the edge's colours.
    pub clean_colours: bool,
    /// What leaves the node.
    pub view: View,
    /// The colour behind the object, in the plate's numbers.
    pub view_colour: [f32; 3],
    /// Name or path of the tracker that is compared with; none for no comparison.
    pub compare: Option<String>,
    /// Where a wipe changes to the other tracker, 0 to 1 of the frame's width.
    pub wipe: f32,
    /// How the plate is encoded; none to go by what the host says, or else by its depth.
    pub colour: Option<Encoding>,
    /// Where the Silhouette file goes.
    pub silhouette: Option<PathBuf>,
    /// Where the Nuke file goes.
    pub nuke: Option<PathBuf>,
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
}

impl Settings {
    /// Reads all parameters.
    #[must_use]
    pub fn read(values: &dyn Values) -> Self {
        let path = |id| Some(values.text(id)).filter(|t| !t.trim().is_empty()).map(PathBuf::from);
        let option = |id| params::option(id, values.int(id));
        let tracker = values.text(params::TRACKER).trim().to_owned();
        Self {
            prompts: PromptText::read(&values.text(params::PROMPTS)),
            base: path(params::PROMPTS_BASE),
            mask: match option(params::MASK_USE) {
                "prompt" => MaskUse::Prompt { frame: i64::from(values.int(params::MASK_FRAME)) },
                "garbage" => MaskUse::Garbage,
                "trimap" => MaskUse::Trimap,
                _ => MaskUse::Off,
            },
            tracker: if tracker.is_empty() { "default".to_owned() } else { tracker },
            device: option(params::DEVICE),
            overlap: match option(params::OVERLAP) {
                "layered" => Overlap::Layered,
                _ => Overlap::Highest,
            },
            object: Some(values.text(params::OBJECT).trim().to_owned())
                .filter(|o| !o.is_empty() && o != params::ALL_OBJECTS),
            propagation: match option(params::PROPAGATION) {
                "reference" => Propagation::Reference,
                _ => Propagation::Spans,
            },
            edge: edge(values),
            tools: tools(values),
            clean_colours: values.int(params::EDGE_COLOURS) == 1,
            view: View::from_id(option(params::VIEW)),
            view_colour: colour(values, params::VIEW_COLOUR),
            compare: Some(values.text(params::COMPARE_TRACKER).trim().to_owned()).filter(|t| !t.is_empty()),
            wipe: real(values, params::WIPE).map_or(0.5, |v| v as f32),
            colour: Encoding::from_id(option(params::INPUT_COLOUR)),
            silhouette: path(params::SHAPES_SILHOUETTE),
            nuke: path(params::SHAPES_NUKE),
            shapes_auto: values.bool(params::SHAPES_AUTO),
            shapes_range: (option(params::SHAPES_RANGE) == "range").then(|| {
                let (a, b) = (values.int(params::SHAPES_FIRST), values.int(params::SHAPES_LAST));
                (i64::from(a.min(b)), i64::from(a.max(b)))
            }),
            shapes: shapes(values, option(params::SHAPES_KEYS)),
            store: values.bool(params::USE_STORE),
            in_process: option(params::WORKER_MODE) == "inProcess",
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
        self.silhouette.is_some() || self.nuke.is_some()
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
                "the host says that Source is in the colour space {space:?}, which is not known: whole numbers are read \
                 as sRGB and floats as scene linear, unless Input colour says what it is"
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

/// A number that the host has, within what the table allows.
fn real(values: &dyn Values, id: &str) -> Option<f64> {
    let value = values.double(id).filter(|v| v.is_finite())?;
    match params::find(id)?.kind {
        params::Kind::Double { range, .. } => Some(value.clamp(range.0, range.1)),
        _ => Some(value),
    }
}

/// A colour that the host has, or else the table's.
fn colour(values: &dyn Values, id: &str) -> [f32; 3] {
    let default = match params::find(id).map(|p| p.kind) {
        Some(params::Kind::Colour { default }) => default,
        _ => [0.0; 3],
    };
    values.colour(id).unwrap_or(default).map(|v| v as f32)
}

/// How the edge is found.
fn edge(values: &dyn Values) -> EdgeSettings {
    let option = |id| params::option(id, values.int(id));
    let view = View::from_id(option(params::VIEW));
    let width = |id| real(values, id).filter(|v| *v > 0.0).map(|v| v as f32);
    let default = EdgeSettings::default();
    EdgeSettings {
        quality: match option(params::EDGE_QUALITY) {
            "fast" => Quality::Fast,
            "fine" => Quality::Fine,
            _ => Quality::Tracked,
        },
        matter: values.text(params::EDGE_MODEL).trim().to_owned(),
        inside: width(params::EDGE_INSIDE),
        outside: width(params::EDGE_OUTSIDE),
        hair: real(values, params::EDGE_HAIR).map_or(default.hair, |v| v as f32),
        painted: option(params::MASK_USE) == "trimap",
        motion_blur: match option(params::EDGE_BLUR) {
            "soften" => MotionBlur::Soften,
            "vectors" => MotionBlur::Vectors,
            _ if view == View::BlurVectors => MotionBlur::Vectors,
            _ => MotionBlur::Ignore,
        },
        stability: real(values, params::EDGE_STABILITY).map_or(default.stability, |v| v as f32),
        show_trimap: view == View::Trimap,
        show_blur: view == View::BlurVectors,
    }
}

/// What is done to the matte.
fn tools(values: &dyn Values) -> EdgeTools {
    let off = EdgeTools::default();
    let number = |id, off: f32| real(values, id).map_or(off, |v| v as f32);
    EdgeTools {
        grow: number(params::EDGE_GROW, off.grow),
        softness: number(params::EDGE_SOFTNESS, off.softness),
        gain: number(params::EDGE_GAIN, off.gain),
        gamma: number(params::EDGE_GAMMA, off.gamma),
        crop: params::EDGE_CROP.map(|id| number(id, 0.0)),
    }
}

/// How shapes are fitted. What a host makes of a number that is out of its range is put right.
fn shapes(values: &dyn Values, keys: &str) -> ShapeSettings {
    let default = ShapeSettings::default();
    let tolerance = values.double(params::SHAPES_TOLERANCE).filter(|v| v.is_finite() && *v > 0.0);
    let points = usize::try_from(values.int(params::SHAPES_POINTS)).unwrap_or(default.max_points);
    ShapeSettings {
        tolerance_px: tolerance.unwrap_or(default.tolerance_px),
        max_points: points.max(4),
        keys: match keys {
            "every" => Keys::EveryFrame,
            "everyN" => Keys::Every(u32::try_from(values.int(params::SHAPES_EVERY)).unwrap_or(1).max(1)),
            _ => Keys::Reduced,
        },
        parts: values.bool(params::SHAPES_PARTS),
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

        fn int(&self, _: &str) -> i32 {
            self.0
        }

        fn double(&self, _: &str) -> Option<f64> {
            None
        }

        fn bool(&self, id: &str) -> bool {
            id != params::SHAPES_PARTS || self.0 == 2
        }

        fn colour(&self, _: &str) -> Option<[f64; 3]> {
            None
        }
    }

    #[test]
    fn blank_text_is_no_path_and_the_default_tracker() {
        let settings = Settings::read(&Fixed(0));
        assert_eq!((settings.base.clone(), settings.silhouette.clone()), (None, None));
        assert_eq!(settings.nuke, Some(PathBuf::from("out.nk")));
        assert_eq!(settings.tracker, "default");
        assert!(settings.is_unprompted() && settings.wants_shapes());
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
        assert_eq!(settings.mask, MaskUse::Prompt { frame: 1 });
        assert!(!settings.is_unprompted());
    }
}
