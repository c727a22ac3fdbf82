//! The one table of parameters. `describe` declares them from it, `render` reads them by it, and the command line
//! and the documentation take their names, ranges and hints from it.

use crate::raster::Encoding;
use crate::worker::DEVICES;

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// The name by which hosts save it: never changed once released.
    pub id: &'static str,
    /// What the artist reads; at most 24 characters, no hyphen (Nuke warns of one).
    pub label: &'static str,
    /// One sentence that says what it does.
    pub hint: &'static str,
    /// The group in which it lies.
    pub group: Group,
    /// Type, default and range.
    pub kind: Kind,
}

/// Type, default and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Text of one line.
    Line {
        /// Before it is set.
        default: &'static str,
    },
    /// Text of many lines.
    Text {
        /// Before it is set.
        default: &'static str,
    },
    /// The path of a file to be written.
    SaveFile,
    /// The path of a folder.
    Folder,
    /// One of a fixed list; hosts save the index, so options are only ever appended.
    Choice {
        /// Identifier (as on the command line) and label of each.
        options: &'static [(&'static str, &'static str)],
        /// Index of the default.
        default: usize,
    },
    /// A whole number.
    Int {
        /// Before it is set.
        default: i32,
        /// Hard limits.
        range: (i32, i32),
        /// Limits of the slider.
        display: (i32, i32),
    },
    /// A number.
    Double {
        /// Before it is set.
        default: f64,
        /// Hard limits.
        range: (f64, f64),
        /// Limits of the slider.
        display: (f64, f64),
    },
    /// Something to be done at once.
    Button,
    /// On or off.
    Bool {
        /// Before it is set.
        default: bool,
    },
}

/// Where a parameter lies in the panel, in the panel's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// What is to be cut out. The only group that opens with the node.
    Prompts,
    /// What follows it.
    Tracking,
    /// What becomes of the matte's edge.
    Edge,
    /// What leaves the node.
    Output,
    /// Editable shapes as files.
    Shapes,
    /// For farms and for trouble.
    Advanced,
}

impl Group {
    /// All groups, in the panel's order.
    pub const ALL: [Self; 6] =
        [Self::Prompts, Self::Tracking, Self::Edge, Self::Output, Self::Shapes, Self::Advanced];

    /// The name by which hosts know it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Prompts => "promptsGroup",
            Self::Tracking => "trackingGroup",
            Self::Edge => "edgeGroup",
            Self::Output => "outputGroup",
            Self::Shapes => "shapesGroup",
            Self::Advanced => "advancedGroup",
        }
    }

    /// What the artist reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prompts => "Prompts",
            Self::Tracking => "Tracking",
            Self::Edge => "Edge",
            Self::Output => "Output",
            Self::Shapes => "Export shapes",
            Self::Advanced => "Advanced",
        }
    }

    /// Whether it is open when the node is made.
    #[must_use]
    pub const fn opens(self) -> bool {
        matches!(self, Self::Prompts)
    }
}

/// What the object is: the JSON of `--prompts`.
pub const PROMPTS: &str = "prompts";
/// The folder in which relative mask paths of the prompts start.
pub const PROMPTS_BASE: &str = "promptsBase";
/// What the Mask input is for.
pub const MASK_USE: &str = "maskUse";
/// The frame on which the Mask input is a prompt.
pub const MASK_FRAME: &str = "maskFrame";
/// Name of the tracker, or the folder of a model pack.
pub const TRACKER: &str = "tracker";
/// Where it runs.
pub const DEVICE: &str = "device";
/// From which prompts a frame is tracked.
pub const PROPAGATION: &str = "propagation";
/// What is seen where objects overlap.
pub const OVERLAP: &str = "overlap";
/// What finds the alpha of the edge.
pub const EDGE_QUALITY: &str = "edgeQuality";
/// The matting network of the finest quality.
pub const EDGE_MODEL: &str = "edgeModel";
/// Width of the unknown band inside the edge.
pub const EDGE_INSIDE: &str = "edgeInside";
/// Width of the unknown band outside the edge.
pub const EDGE_OUTSIDE: &str = "edgeOutside";
/// How much wider the band is at hair.
pub const EDGE_HAIR: &str = "edgeHair";
/// What becomes of motion blur.
pub const EDGE_BLUR: &str = "edgeMotionBlur";
/// How far chatter is filtered out.
pub const EDGE_STABILITY: &str = "edgeStability";
/// By how much the matte grows or shrinks.
pub const EDGE_GROW: &str = "edgeGrow";
/// How far the matte is blurred.
pub const EDGE_SOFTNESS: &str = "edgeSoftness";
/// Gain of the band.
pub const EDGE_GAIN: &str = "edgeGain";
/// Gamma of the band.
pub const EDGE_GAMMA: &str = "edgeGamma";
/// Pixels cut off at each side of the frame: left, right, top, bottom.
pub const EDGE_CROP: [&str; 4] = ["edgeCropLeft", "edgeCropRight", "edgeCropTop", "edgeCropBottom"];
/// Whether the background is taken out of the colours of the edge.
pub const EDGE_COLOURS: &str = "edgeColours";
/// The value of [`OBJECT`] that stands for all of them.
pub const ALL_OBJECTS: &str = "all";
/// The object whose matte leaves the node.
pub const OBJECT: &str = "object";
/// What leaves the node.
pub const VIEW: &str = "view";
/// How the input's numbers are to be read.
pub const INPUT_COLOUR: &str = "inputColour";
/// Path of the Silhouette file.
pub const SHAPES_SILHOUETTE: &str = "shapesSilhouette";
/// Path of the Nuke file.
pub const SHAPES_NUKE: &str = "shapesNuke";
/// Whether shapes are written as frames render.
pub const SHAPES_AUTO: &str = "shapesAsRendered";
/// Which frames have shapes.
pub const SHAPES_RANGE: &str = "shapesRange";
/// First frame of that range.
pub const SHAPES_FIRST: &str = "shapesFirst";
/// Last frame of that range.
pub const SHAPES_LAST: &str = "shapesLast";
/// How far shapes may stray.
pub const SHAPES_TOLERANCE: &str = "shapesTolerance";
/// Most points of a shape.
pub const SHAPES_POINTS: &str = "shapesPoints";
/// On which frames shapes have keys.
pub const SHAPES_KEYS: &str = "shapesKeys";
/// Frames from key to key.
pub const SHAPES_EVERY: &str = "shapesEvery";
/// Whether objects are split into parts.
pub const SHAPES_PARTS: &str = "shapesParts";
/// Writes the shapes at once.
pub const SHAPES_WRITE: &str = "shapesWrite";
/// Whether mattes are kept on disk.
pub const USE_STORE: &str = "useStore";
/// Where the engine runs.
pub const WORKER_MODE: &str = "workerMode";

/// What [`INPUT_COLOUR`] can be: Auto, and every encoding.
const COLOURS: [(&str, &str); Encoding::ALL.len() + 1] = {
    let mut options = [("auto", "Auto"); Encoding::ALL.len() + 1];
    let mut i = 0;
    while i < Encoding::ALL.len() {
        options[i + 1] = (Encoding::ALL[i].id(), Encoding::ALL[i].label());
        i += 1;
    }
    options
};

/// All parameters, in the panel's order.
pub const TABLE: &[Param] = &[
    Param {
        id: PROMPTS,
        label: "Prompts",
        hint: "Points, boxes and masks for each object, as JSON in pixels of the full frame, origin top left.",
        group: Group::Prompts,
        kind: Kind::Text { default: "" },
    },
    Param {
        id: PROMPTS_BASE,
        label: "Prompts folder",
        hint: "The folder in which relative mask paths of the prompts start.",
        group: Group::Prompts,
        kind: Kind::Folder,
    },
    Param {
        id: MASK_USE,
        label: "Use mask input",
        hint: "Ignores the Mask input, takes it as the object's mask on the mask frame, cuts it out of the result, or takes it as the edge's trimap.",
        group: Group::Prompts,
        kind: Kind::Choice {
            options: &[
                ("off", "Off"),
                ("prompt", "Prompt on mask frame"),
                ("garbage", "Garbage matte"),
                ("trimap", "Trimap"),
            ],
            default: 0,
        },
    },
    Param {
        id: MASK_FRAME,
        label: "Mask frame",
        hint: "The frame on which the Mask input shows the object.",
        group: Group::Prompts,
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: TRACKER,
        label: "Tracker",
        hint: "The tracker: default, flow, the name of an installed model, or the folder of a model pack.",
        group: Group::Tracking,
        kind: Kind::Line { default: "default" },
    },
    Param {
        id: DEVICE,
        label: "Device",
        hint: "Where the model runs; Auto takes the graphics card where one can be used.",
        group: Group::Tracking,
        kind: Kind::Choice { options: DEVICES, default: 0 },
    },
    Param {
        id: PROPAGATION,
        label: "Propagation",
        hint: "Spans tracks between neighbouring prompts, so that a correction stays in its span; Reference lets every prompt be felt by all frames, as the public code of SAM 2 does.",
        group: Group::Tracking,
        kind: Kind::Choice { options: &[("spans", "Spans"), ("reference", "Reference")], default: 0 },
    },
    Param {
        id: EDGE_QUALITY,
        label: "Edge",
        hint: "As tracked keeps the tracker's edge; Fast solves for alpha in a band around it; Fine asks a matting network.",
        group: Group::Edge,
        kind: Kind::Choice {
            options: &[("tracked", "As tracked"), ("fast", "Fast"), ("fine", "Fine")],
            default: 0,
        },
    },
    Param {
        id: EDGE_MODEL,
        label: "Matting model",
        hint: "The matting network of Fine: the name of an installed model or the folder of a model pack; empty for the first installed.",
        group: Group::Edge,
        kind: Kind::Line { default: "" },
    },
    Param {
        id: EDGE_INSIDE,
        label: "Band inside",
        hint: "How far the unknown band reaches into the object, in pixels; 0 goes by the object's size.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
    },
    Param {
        id: EDGE_OUTSIDE,
        label: "Band outside",
        hint: "How far the unknown band reaches out of the object, in pixels; 0 goes by the object's size.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 500.0), display: (0.0, 50.0) },
    },
    Param {
        id: EDGE_HAIR,
        label: "Wider at hair",
        hint: "By how many times its width the unknown band grows where the edge looks like hair; 0 is off.",
        group: Group::Edge,
        kind: Kind::Double { default: 2.0, range: (0.0, 20.0), display: (0.0, 5.0) },
    },
    Param {
        id: EDGE_BLUR,
        label: "Motion blur",
        hint: "Soften gives the edge the ramp that the plate's motion blur has; Vectors leaves the edge and tells the blur in the Blur vectors view.",
        group: Group::Edge,
        kind: Kind::Choice {
            options: &[("ignore", "Leave alone"), ("soften", "Soften"), ("vectors", "Vectors")],
            default: 0,
        },
    },
    Param {
        id: EDGE_STABILITY,
        label: "Stability",
        hint: "How far chatter of the edge is filtered out along the object's motion; 0 is off, 1 the most.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 1.0), display: (0.0, 1.0) },
    },
    Param {
        id: EDGE_GROW,
        label: "Grow",
        hint: "Moves the edge outwards by so many pixels, inwards where negative.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (-100.0, 100.0), display: (-10.0, 10.0) },
    },
    Param {
        id: EDGE_SOFTNESS,
        label: "Softness",
        hint: "Blurs the matte by so many pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 100.0), display: (0.0, 20.0) },
    },
    Param {
        id: EDGE_GAIN,
        label: "Edge gain",
        hint: "Multiplies alpha where it is neither 0 nor 1.",
        group: Group::Edge,
        kind: Kind::Double { default: 1.0, range: (0.0, 100.0), display: (0.25, 4.0) },
    },
    Param {
        id: EDGE_GAMMA,
        label: "Edge gamma",
        hint: "Above 1 it lightens alpha where that is neither 0 nor 1, below 1 it darkens it.",
        group: Group::Edge,
        kind: Kind::Double { default: 1.0, range: (0.01, 100.0), display: (0.25, 4.0) },
    },
    Param {
        id: EDGE_CROP[0],
        label: "Crop left",
        hint: "Cuts the matte off at the left side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[1],
        label: "Crop right",
        hint: "Cuts the matte off at the right side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[2],
        label: "Crop top",
        hint: "Cuts the matte off at the top side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_CROP[3],
        label: "Crop bottom",
        hint: "Cuts the matte off at the bottom side of the frame, in pixels.",
        group: Group::Edge,
        kind: Kind::Double { default: 0.0, range: (0.0, 65_536.0), display: (0.0, 200.0) },
    },
    Param {
        id: EDGE_COLOURS,
        label: "Clean edge colours",
        hint: "Takes the background out of the colours of the edge, in all views that show the plate's colours with alpha.",
        group: Group::Edge,
        kind: Kind::Bool { default: false },
    },
    Param {
        id: OVERLAP,
        label: "Overlap",
        hint: "Where objects overlap, the surest is seen, or the prompts are layers with the first on top.",
        group: Group::Output,
        kind: Kind::Choice {
            options: &[("highest", "Highest wins"), ("layered", "Layered order")],
            default: 0,
        },
    },
    Param {
        id: OBJECT,
        label: "Object",
        hint: "The object whose matte leaves the node, by its name or its number from 1; all for all of them.",
        group: Group::Output,
        kind: Kind::Line { default: ALL_OBJECTS },
    },
    Param {
        id: VIEW,
        label: "View",
        hint: "What leaves the node: the plate with alpha, the matte as a picture, premultiplied, an overlay, the unknown band, or motion blur in pixels.",
        group: Group::Output,
        kind: Kind::Choice {
            options: &[
                ("alpha", "Alpha"),
                ("matte", "Matte"),
                ("premult", "Premultiplied"),
                ("overlay", "Overlay"),
                ("trimap", "Trimap"),
                ("blur", "Blur vectors"),
            ],
            default: 0,
        },
    },
    Param {
        id: INPUT_COLOUR,
        label: "Input colour",
        hint: "How the plate is encoded; Auto takes what the host says of it, else float as scene linear and whole numbers as sRGB.",
        group: Group::Tracking,
        kind: Kind::Choice { options: &COLOURS, default: 0 },
    },
    Param {
        id: SHAPES_SILHOUETTE,
        label: "Silhouette file",
        hint: "Where the shapes of a rendered range are written for Silhouette (.fxs); empty for none.",
        group: Group::Shapes,
        kind: Kind::SaveFile,
    },
    Param {
        id: SHAPES_NUKE,
        label: "Nuke file",
        hint: "Where the shapes of a rendered range are written for Nuke (.nk); empty for none.",
        group: Group::Shapes,
        kind: Kind::SaveFile,
    },
    Param {
        id: SHAPES_AUTO,
        label: "As frames render",
        hint: "Writes the files whenever a range has been rendered; else only the button writes them.",
        group: Group::Shapes,
        kind: Kind::Bool { default: true },
    },
    Param {
        id: SHAPES_RANGE,
        label: "Frames",
        hint: "Which frames get shapes: all that are rendered, or those from First to Last.",
        group: Group::Shapes,
        kind: Kind::Choice {
            options: &[("rendered", "All rendered"), ("range", "First to Last")],
            default: 0,
        },
    },
    Param {
        id: SHAPES_FIRST,
        label: "First",
        hint: "The first frame of the range.",
        group: Group::Shapes,
        kind: Kind::Int { default: 1, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: SHAPES_LAST,
        label: "Last",
        hint: "The last frame of the range.",
        group: Group::Shapes,
        kind: Kind::Int { default: 100, range: (-1_000_000, 1_000_000), display: (0, 1000) },
    },
    Param {
        id: SHAPES_TOLERANCE,
        label: "Tolerance",
        hint: "How far a shape may stray from the edge of the matte, in pixels.",
        group: Group::Shapes,
        kind: Kind::Double { default: 1.5, range: (0.1, 100.0), display: (0.25, 8.0) },
    },
    Param {
        id: SHAPES_POINTS,
        label: "Most points",
        hint: "A shape has no more control points than this, even where it strays further.",
        group: Group::Shapes,
        kind: Kind::Int { default: 40, range: (4, 400), display: (4, 80) },
    },
    Param {
        id: SHAPES_KEYS,
        label: "Keys",
        hint: "As few keys as the tolerance allows, one on every frame, or one every so many frames.",
        group: Group::Shapes,
        kind: Kind::Choice {
            options: &[("reduced", "Reduced"), ("every", "Every frame"), ("everyN", "Every N frames")],
            default: 0,
        },
    },
    Param {
        id: SHAPES_EVERY,
        label: "N",
        hint: "Frames from key to key, where keys are set every N frames.",
        group: Group::Shapes,
        kind: Kind::Int { default: 4, range: (1, 10_000), display: (1, 24) },
    },
    Param {
        id: SHAPES_PARTS,
        label: "Split into parts",
        hint: "Splits an object into several shapes at its thin joints, such as limbs, neck and trunk.",
        group: Group::Shapes,
        kind: Kind::Bool { default: false },
    },
    Param {
        id: SHAPES_WRITE,
        label: "Write shapes now",
        hint: "Writes the files with the shapes of all frames that have been rendered so far.",
        group: Group::Shapes,
        kind: Kind::Button,
    },
    Param {
        id: USE_STORE,
        label: "Keep mattes on disk",
        hint: "Keeps tracked mattes in the cache folder, so that a reopened project shows them at once.",
        group: Group::Advanced,
        kind: Kind::Bool { default: true },
    },
    Param {
        id: WORKER_MODE,
        label: "Run models in",
        hint: "A worker process keeps a failing model away from the host; the host itself is for hosts that forbid it.",
        group: Group::Advanced,
        kind: Kind::Choice {
            options: &[("process", "Worker process"), ("inProcess", "This process")],
            default: 0,
        },
    },
];

/// The parameter called `id`.
#[must_use]
pub fn find(id: &str) -> Option<&'static Param> {
    TABLE.iter().find(|p| p.id == id)
}

/// The identifier of option `index` of the choice `id`; the default's when there is no such option.
#[must_use]
pub fn option(id: &str, index: i32) -> &'static str {
    match find(id).map(|p| p.kind) {
        Some(Kind::Choice { options, default }) => {
            let chosen = usize::try_from(index).ok().and_then(|i| options.get(i));
            chosen.or_else(|| options.get(default)).map_or("", |o| o.0)
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_parameter_is_fit_for_every_host() {
        let ids: BTreeSet<_> = TABLE.iter().map(|p| p.id).collect();
        assert_eq!(ids.len(), TABLE.len(), "an id stands twice");
        for p in TABLE {
            assert!(p.label.len() <= 24 && !p.label.contains('-'), "label of {}", p.id);
            assert!(p.hint.ends_with('.') && p.hint.matches(". ").count() == 0, "hint of {}", p.id);
            match p.kind {
                Kind::Choice { options, default } => assert!(default < options.len(), "default of {}", p.id),
                Kind::Int { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                Kind::Double { default, range, display } => {
                    assert!(range.0 <= default && default <= range.1, "default of {}", p.id);
                    assert!(range.0 <= display.0 && display.1 <= range.1, "display range of {}", p.id);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn saved_projects_find_the_colours_where_they_were() {
        let saved = ["auto", "srgb", "linear", "cineon", "logc3", "logc4", "slog3", "acescct", "log3g10"];
        for (i, id) in saved.into_iter().enumerate() {
            assert_eq!(option(INPUT_COLOUR, i as i32), id);
        }
    }

    #[test]
    fn an_unknown_option_is_the_default() {
        assert_eq!(option(VIEW, 2), "premult");
        assert_eq!(option(VIEW, 99), "alpha");
        assert_eq!(option(VIEW, -1), "alpha");
    }
}
