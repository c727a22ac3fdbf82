//! How a host behaves: what it offers, what it lacks, and what it gets wrong.

use super::image::RowBytes;
use super::kinds::{Components, Context, Depth, Premultiplication};

/// Whose properties are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The host's own.
    Host,
    /// An effect while it is described.
    Descriptor,
    /// An effect instance.
    Instance,
    /// A clip while it is described.
    ClipDescriptor,
    /// A clip of an instance.
    Clip,
    /// A param, described or of an instance.
    Param,
    /// The set of all params.
    ParamSet,
    /// An image.
    Image,
    /// An overlay or a param's own interact.
    Interact,
    /// The arguments of an action.
    Arguments,
}

/// What a host returns for version 2 of the message suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageV2 {
    /// A suite that works.
    Works,
    /// No suite.
    Missing,
    /// A suite that shows a blank for what a `%s` stands for, as the first version does (Natron 2.5 and 2.6).
    LosesArguments,
    /// A suite whose persistent messages are null pointers.
    NullEntries,
    /// A suite whose persistent messages point to memory that is no code (Resolve 14).
    BadPointers,
}

/// What a host says of an image's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageIds {
    /// Pixels that are the same have the same identifier.
    Stable,
    /// A new identifier for every fetch (MLT).
    Random,
    /// An empty string (HostSupport's demo host).
    Empty,
}

/// How much colour is managed, as OpenFX 1.5 counts it: each style holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourStyle {
    /// Nothing is said of colour.
    None,
    /// Generic colour spaces such as `ofx_scene_linear`.
    Basic,
    /// The usual colour spaces of the API's configuration.
    Core,
    /// All of them, those of cameras too.
    Full,
    /// Any configuration of OpenColorIO.
    Ocio,
}

impl ColourStyle {
    /// The name in the API.
    #[must_use]
    pub const fn ofx(self) -> &'static str {
        match self {
            Self::None => "OfxImageEffectColourManagementNone",
            Self::Basic => "OfxImageEffectColourManagementBasic",
            Self::Core => "OfxImageEffectColourManagementCore",
            Self::Full => "OfxImageEffectColourManagementFull",
            Self::Ocio => "OfxImageEffectColourManagementOCIO",
        }
    }

    /// From the name in the API.
    #[must_use]
    pub fn from_ofx(name: &str) -> Option<Self> {
        [Self::None, Self::Basic, Self::Core, Self::Full, Self::Ocio].into_iter().find(|s| s.ofx() == name)
    }
}

/// What a host does when a plugin sets a param in an action that does not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetParam {
    /// It is done, and recorded as a fault.
    Recorded,
    /// It is refused, and recorded as a fault (Nuke crashes; this host does not).
    Refused,
}

/// A host as a plugin sees it.
///
/// [`HostProfile::airoto`] is a host that does all it can; the others imitate hosts in the field
/// as far as settings can. Quirks that concern the order of calls, such as a new instance for
/// every frame, are the caller's to imitate.
#[derive(Debug, Clone)]
pub struct HostProfile {
    /// `kOfxPropName`.
    pub name: String,
    /// `kOfxPropLabel`.
    pub label: String,
    /// `kOfxPropVersion`.
    pub version: Vec<i32>,
    /// `kOfxPropVersionLabel`; none leaves it out.
    pub version_label: Option<String>,
    /// `kOfxPropAPIVersion`; none leaves it out.
    pub api: Option<(i32, i32)>,
    /// Contexts offered; empty leaves the property out.
    pub contexts: Vec<Context>,
    /// How colour is managed; none for a host from before version 1.5 of the API, which knows no such properties.
    pub colour: Option<ColourStyle>,
    /// Components that clips may have.
    pub components: Vec<Components>,
    /// Depths that clips may have; empty leaves the property out and allows all.
    pub depths: Vec<Depth>,
    /// What temporal clip access is said to be.
    pub temporal: bool,
    /// Another time gives OK with the pixels of the frame that is rendered (MLT).
    pub same_frame_only: bool,
    /// Images of one clip may differ in size.
    pub multi_resolution: bool,
    /// Render windows may be parts of the image.
    pub tiles: bool,
    /// Clips of one instance may differ in depth.
    pub multiple_depths: bool,
    /// Clips of one instance may differ in pixel aspect.
    pub multiple_aspects: bool,
    /// What clips say of their first and last frame, whatever their source says; none for the source's.
    pub frame_range: Option<(f64, f64)>,
    /// The plugin may set the output's frame rate.
    pub setable_frame_rate: bool,
    /// The plugin may set the output's fielding.
    pub setable_fielding: bool,
    /// Overlays are shown.
    pub overlays: bool,
    /// Nobody is there to answer.
    pub background: bool,
    /// `kOfxImageEffectInstancePropSequentialRender` of the host; none leaves it out everywhere.
    pub sequential_render: Option<i32>,
    /// Whether strings may have keys; the same for choices, booleans and custom params.
    pub animates_discrete: bool,
    /// Whether the `StrChoice` param exists.
    pub string_choices: bool,
    /// How many params a plugin may have; -1 for no limit.
    pub max_parameters: i32,
    /// Suites that are not there, by name and version; version 0 means every version.
    pub without_suites: Vec<(&'static str, i32)>,
    /// Suites that are there and answer `kOfxStatErrUnsupported` to everything, by name.
    pub stub_suites: Vec<&'static str>,
    /// Properties that are not there.
    pub without_properties: Vec<(Owner, &'static str)>,
    /// Version 2 of the message suite.
    pub message_v2: MessageV2,
    /// Every clip says that it is connected; one that is not gives no image (Resolve).
    pub always_connected: bool,
    /// A clip that was never described can be fetched: OK, and a null handle (MLT).
    pub undefined_clips: bool,
    /// Optional clips stay unconnected whatever the caller connects (MLT).
    pub only_clips: Option<Vec<&'static str>>,
    /// What all input images claim of their alpha, whatever their source says.
    pub premultiplication: Option<Premultiplication>,
    /// Float images are clamped to 0..1 through 16 bits (MLT).
    pub clamps_float: bool,
    /// Layout of input images, and of the output where a render asks for nothing else.
    pub rows: RowBytes,
    /// Image identifiers.
    pub image_ids: ImageIds,
    /// Threads that the multithread suite offers; 0 for as many as the machine has.
    pub threads: u32,
    /// Load and Describe must answer OK; the default is a refusal (MLT).
    pub load_must_be_ok: bool,
    /// CreateInstance and Render may fail unnoticed: the image is what the plugin left (MLT).
    pub ignores_failures: bool,
    /// GetClipPreferences is called.
    pub clip_preferences: bool,
    /// GetFramesNeeded is called by [`Instance::process`](super::Instance::process).
    pub frames_needed: bool,
    /// `paramCopy` says OK and does nothing (Resolve).
    pub copies_params: bool,
    /// Params set in render, describe and other actions that do not allow it.
    pub set_param: SetParam,
    /// A custom param's value is OK and leaves the pointer untouched (MLT).
    pub custom_untouched: bool,
    /// Range of a double whose range the plugin left open; none for all numbers.
    pub double_range: Option<(f64, f64)>,
    /// Range of an integer whose range the plugin left open; none for all numbers.
    pub integer_range: Option<(i32, i32)>,
    /// Types of params that cannot be defined: `paramDefine` answers unsupported.
    pub without_params: Vec<super::ParamKind>,
    /// What a question is answered with.
    pub answers_yes: bool,
    /// Checks that cost time: bytes around and between the rows of images, and whether the plugin
    /// wrote into its inputs.
    pub watch_memory: bool,
    /// The library is closed when the last reference to it goes. Off by default: the threads of a
    /// plugin may outlive its unload action, and then the code must still be there.
    pub closes_library: bool,
}

impl Default for HostProfile {
    fn default() -> Self {
        Self::airoto()
    }
}

impl HostProfile {
    /// This host, with everything on.
    #[must_use]
    pub fn airoto() -> Self {
        Self {
            name: "org.airoto.Host".to_owned(),
            label: "AI Roto".to_owned(),
            version: vec![0, 1, 0],
            version_label: Some(env!("CARGO_PKG_VERSION").to_owned()),
            api: Some((1, 5)),
            contexts: Context::ALL.to_vec(),
            colour: Some(ColourStyle::Full),
            components: Components::ALL.to_vec(),
            depths: Depth::ALL.to_vec(),
            temporal: true,
            same_frame_only: false,
            multi_resolution: true,
            tiles: true,
            multiple_depths: true,
            multiple_aspects: true,
            frame_range: None,
            setable_frame_rate: true,
            setable_fielding: true,
            overlays: true,
            background: true,
            sequential_render: Some(2),
            animates_discrete: true,
            string_choices: true,
            max_parameters: -1,
            without_suites: Vec::new(),
            stub_suites: Vec::new(),
            without_properties: Vec::new(),
            message_v2: MessageV2::Works,
            always_connected: false,
            undefined_clips: false,
            only_clips: None,
            premultiplication: None,
            clamps_float: false,
            rows: RowBytes::Tight,
            image_ids: ImageIds::Stable,
            threads: 0,
            load_must_be_ok: false,
            ignores_failures: false,
            clip_preferences: true,
            frames_needed: true,
            copies_params: true,
            set_param: SetParam::Recorded,
            custom_untouched: false,
            double_range: None,
            integer_range: None,
            without_params: Vec::new(),
            answers_yes: true,
            watch_memory: true,
            closes_library: false,
        }
    }

    /// Natron 2.5 in background rendering.
    #[must_use]
    pub fn natron() -> Self {
        Self {
            name: "fr.inria.Natron".to_owned(),
            label: "Natron".to_owned(),
            version: vec![2, 5, 0],
            version_label: Some("2.5.0".to_owned()),
            api: Some((1, 4)),
            depths: vec![Depth::Float, Depth::Short, Depth::Byte],
            without_suites: vec![
                ("OfxDrawSuite", 0),
                ("OfxImageEffectOpenGLRenderSuite", 0),
                ("OfxOpenCLProgramSuite", 0),
                ("OfxDialogSuite", 0),
            ],
            string_choices: false,
            premultiplication: Some(Premultiplication::Premultiplied),
            message_v2: MessageV2::LosesArguments,
            colour: None,
            ..Self::airoto()
        }
    }

    /// MLT 7.41, which Shotcut and Kdenlive stand on.
    #[must_use]
    pub fn mlt() -> Self {
        Self {
            name: "MLT".to_owned(),
            label: "MLT".to_owned(),
            version: vec![7, 41, 0],
            version_label: Some("7.41.0".to_owned()),
            contexts: vec![Context::Filter],
            components: vec![Components::Rgba, Components::Rgb],
            temporal: false,
            same_frame_only: true,
            multiple_depths: false,
            overlays: false,
            sequential_render: Some(0),
            string_choices: false,
            without_suites: vec![
                ("OfxDrawSuite", 0),
                ("OfxImageEffectOpenGLRenderSuite", 0),
                ("OfxOpenCLProgramSuite", 0),
                ("OfxDialogSuite", 0),
            ],
            stub_suites: vec!["OfxTimeLineSuite", "OfxInteractSuite", "OfxParametricParameterSuite"],
            without_properties: vec![
                (Owner::Host, "OfxPropType"),
                (Owner::Host, "OfxImageEffectPropSupportedContexts"),
                (Owner::Instance, "OfxImageEffectPropProjectSize"),
                (Owner::Instance, "OfxImageEffectPropProjectExtent"),
                (Owner::Instance, "OfxImageEffectPropPixelAspectRatio"),
                (Owner::Instance, "OfxImageEffectPropFrameRate"),
                (Owner::Instance, "OfxImageEffectInstancePropEffectDuration"),
                (Owner::Instance, "OfxPropIsInteractive"),
                (Owner::Clip, "OfxImageEffectPropFrameRange"),
            ],
            undefined_clips: true,
            only_clips: Some(vec!["Source", "Output"]),
            premultiplication: Some(Premultiplication::Unpremultiplied),
            clamps_float: true,
            rows: RowBytes::Negative,
            image_ids: ImageIds::Random,
            load_must_be_ok: true,
            ignores_failures: true,
            frames_needed: false,
            clip_preferences: false,
            custom_untouched: true,
            colour: None,
            ..Self::airoto()
        }
    }

    /// Resolve, as its plugin authors describe it.
    #[must_use]
    pub fn resolve() -> Self {
        Self {
            name: "DaVinciResolve".to_owned(),
            label: "DaVinci Resolve".to_owned(),
            version: vec![18, 6, 0],
            version_label: Some("18.6".to_owned()),
            api: Some((1, 4)),
            contexts: vec![Context::Filter, Context::General, Context::Transition, Context::Generator],
            components: vec![Components::Rgba, Components::Alpha],
            depths: vec![Depth::Float],
            multi_resolution: false,
            tiles: false,
            background: false,
            sequential_render: None,
            string_choices: false,
            without_suites: vec![("OfxDrawSuite", 0), ("OfxDialogSuite", 0)],
            message_v2: MessageV2::BadPointers,
            always_connected: true,
            copies_params: false,
            double_range: Some((-1.0, 1.0)),
            integer_range: Some((0, 0)),
            without_params: vec![
                super::ParamKind::Integer2D,
                super::ParamKind::Integer3D,
                super::ParamKind::Double3D,
            ],
            colour: None,
            ..Self::airoto()
        }
    }

    /// Nuke, as its plugin authors describe it.
    #[must_use]
    pub fn nuke() -> Self {
        Self {
            name: "uk.co.thefoundry.nuke".to_owned(),
            label: "nuke".to_owned(),
            version: vec![17, 0, 0],
            version_label: Some("17.0v1".to_owned()),
            api: Some((1, 4)),
            contexts: vec![Context::Filter, Context::General],
            components: vec![Components::Rgba, Components::Alpha],
            depths: vec![Depth::Float],
            multiple_depths: false,
            sequential_render: Some(0),
            string_choices: false,
            without_suites: vec![("OfxDrawSuite", 0), ("OfxDialogSuite", 0)],
            without_properties: vec![(Owner::Descriptor, "OfxImageEffectInstancePropSequentialRender")],
            premultiplication: Some(Premultiplication::Premultiplied),
            set_param: SetParam::Refused,
            colour: None,
            ..Self::airoto()
        }
    }

    /// Fusion, as its plugin authors describe it.
    #[must_use]
    pub fn fusion() -> Self {
        Self {
            name: "com.blackmagicdesign.Fusion".to_owned(),
            label: "Fusion".to_owned(),
            version: vec![9, 0, 0],
            version_label: None,
            api: None,
            contexts: vec![Context::Filter, Context::General, Context::Generator],
            components: vec![Components::Rgba],
            sequential_render: None,
            string_choices: false,
            without_suites: vec![("OfxDrawSuite", 0), ("OfxDialogSuite", 0)],
            colour: None,
            ..Self::airoto()
        }
    }

    /// The demo host that comes with the OpenFX sources.
    #[must_use]
    pub fn host_support() -> Self {
        Self {
            name: "net.sf.openfx.hostsupport".to_owned(),
            label: "HostSupport".to_owned(),
            version: vec![1, 0, 0],
            version_label: Some("1.0".to_owned()),
            api: Some((1, 4)),
            components: vec![Components::Rgba, Components::Alpha],
            depths: Vec::new(),
            sequential_render: Some(0),
            string_choices: false,
            without_suites: vec![
                ("OfxDrawSuite", 0),
                ("OfxOpenCLProgramSuite", 0),
                ("OfxDialogSuite", 0),
                ("OfxParametricParameterSuite", 0),
            ],
            without_properties: vec![
                (Owner::Arguments, "OfxImageEffectPropOpenGLEnabled"),
                (Owner::Arguments, "OfxImageEffectPropCudaEnabled"),
            ],
            premultiplication: Some(Premultiplication::Unpremultiplied),
            image_ids: ImageIds::Empty,
            frames_needed: false,
            colour: None,
            ..Self::airoto()
        }
    }

    /// Every profile, by the word that the command line has for it.
    #[must_use]
    pub fn all() -> [(&'static str, Self); 7] {
        [
            ("airoto", Self::airoto()),
            ("natron", Self::natron()),
            ("mlt", Self::mlt()),
            ("resolve", Self::resolve()),
            ("nuke", Self::nuke()),
            ("fusion", Self::fusion()),
            ("hostsupport", Self::host_support()),
        ]
    }

    /// Whether a property is there.
    #[must_use]
    pub(super) fn has_property(&self, owner: Owner, name: &str) -> bool {
        let of_colour = ["OfxImageEffectPropColourManagement", "OfxImageEffectPropDisplayColourspace"]
            .iter()
            .chain(&[
                "OfxImageEffectPropOCIO",
                "OfxImageClipPropColourspace",
                "OfxImageClipPropPreferredColourspaces",
            ])
            .any(|start| name.starts_with(start));
        if self.colour.is_none() && of_colour {
            return false;
        }
        if self.sequential_render.is_none() && name == "OfxImageEffectInstancePropSequentialRender" {
            return false;
        }
        !self.without_properties.iter().any(|(o, n)| *o == owner && *n == name)
    }
}
