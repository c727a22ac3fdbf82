//! What a plugin declares, for people and for machines.

use super::Effect;
use crate::host::clip::Clip;
use crate::host::kinds::{Components, Context, Depth, ParamKind, ThreadSafety};
use crate::host::param::Param;
use crate::host::value::Value;
use serde::Serialize;

/// An effect as described in one context.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Descriptor {
    /// What it is called in projects.
    pub identifier: String,
    /// What people read.
    pub label: String,
    /// Major and minor version.
    pub version: (u32, u32),
    /// The menu it belongs into.
    pub grouping: String,
    /// What it does.
    pub description: String,
    /// Contexts that both plugin and host have.
    pub contexts: Vec<Context>,
    /// The context described.
    pub context: Context,
    /// Components that its clips take, all together.
    pub components: Vec<Components>,
    /// Depths that it takes.
    pub depths: Vec<Depth>,
    /// What it says about how it may be used.
    pub flags: Flags,
    /// Its clips, in the order of their declaration.
    pub clips: Vec<ClipDescriptor>,
    /// Its params, in the order of their declaration.
    pub parameters: Vec<ParamDescriptor>,
}

/// How an effect may be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flags {
    /// How many threads may render.
    pub thread_safety: Option<ThreadSafety>,
    /// The host may split a frame over threads.
    pub host_frame_threading: bool,
    /// It can render parts of an image.
    pub tiles: bool,
    /// Images may differ in size.
    pub multi_resolution: bool,
    /// It reads other frames than the one it renders.
    pub temporal_access: bool,
    /// Clips may differ in depth.
    pub multiple_depths: bool,
    /// Clips may differ in pixel aspect.
    pub multiple_aspects: bool,
    /// There can be one instance only.
    pub single_instance: bool,
    /// 0: any order of frames, 1: in order only, 2: better in order.
    pub sequential_render: Option<i32>,
    /// It draws an overlay.
    pub overlay: bool,
    /// Graphics interfaces it can render with.
    pub gpu: Vec<String>,
}

/// A clip as described.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClipDescriptor {
    /// Its name.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Components that it takes.
    pub components: Vec<Components>,
    /// It need not be connected.
    pub optional: bool,
    /// It is meant for a mask.
    pub mask: bool,
    /// Other frames than the one rendered are read from it.
    pub temporal_access: bool,
    /// Parts of images can be read from it.
    pub tiles: bool,
}

/// A param as described, or as it is now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParamDescriptor {
    /// Its name.
    pub name: String,
    /// What people read.
    pub label: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// What it does.
    pub hint: String,
    /// What it holds at first; none for what holds nothing.
    pub default: Option<Value>,
    /// Smallest and largest value, where there is one.
    pub range: Option<Range>,
    /// Smallest and largest value on a slider, where there is one.
    pub display_range: Option<Range>,
    /// The options of a choice.
    pub options: Vec<ChoiceOption>,
    /// How a string is edited; empty for what is no string.
    pub string_mode: String,
    /// The group that it is in.
    pub parent: String,
    /// The params on a page.
    pub children: Vec<String>,
    /// It is not shown.
    pub secret: bool,
    /// It can be edited.
    pub enabled: bool,
    /// It can have keys.
    pub animates: bool,
    /// It is saved.
    pub persistent: bool,
    /// Changing it makes the host render again.
    pub evaluate_on_change: bool,
}

/// Smallest and largest value; none where there is no limit.
pub type Range = (Option<Value>, Option<Value>);

/// An option of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceOption {
    /// What it is called in files.
    pub name: String,
    /// What people read.
    pub label: String,
}

impl Descriptor {
    pub(in crate::host) fn read(
        effect: &Effect,
        version: (u32, u32),
        contexts: Vec<Context>,
        context: Context,
    ) -> Self {
        let props = &effect.props;
        let depths = props.strings("OfxImageEffectPropSupportedPixelDepths");
        let clips: Vec<ClipDescriptor> =
            effect.clips.read().iter().map(|c| ClipDescriptor::read(c)).collect();
        let taken = |c: &&Components| clips.iter().any(|clip| clip.components.contains(c));
        Self {
            components: Components::ALL.iter().filter(taken).copied().collect(),
            identifier: effect.identifier.clone(),
            label: props.string("OfxPropLabel"),
            version,
            grouping: props.string("OfxImageEffectPluginPropGrouping"),
            description: props.string("OfxPropPluginDescription"),
            contexts,
            context,
            depths: depths.iter().filter_map(|d| Depth::from_ofx(d)).collect(),
            flags: Flags::read(effect),
            clips,
            parameters: effect.params.read().iter().map(|p| ParamDescriptor::read(p)).collect(),
        }
    }

    /// The param of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&ParamDescriptor> {
        self.parameters.iter().find(|p| p.name == name)
    }

    /// The clip of that name.
    #[must_use]
    pub fn clip(&self, name: &str) -> Option<&ClipDescriptor> {
        self.clips.iter().find(|c| c.name == name)
    }
}

impl Flags {
    fn read(effect: &Effect) -> Self {
        let props = &effect.props;
        let flag = |name: &str| props.first::<i32>(name).unwrap_or(0) != 0;
        let gpu = [
            ("OpenGL", "OfxImageEffectPropOpenGLRenderSupported"),
            ("CUDA", "OfxImageEffectPropCudaRenderSupported"),
            ("Metal", "OfxImageEffectPropMetalRenderSupported"),
            ("OpenCL", "OfxImageEffectPropOpenCLRenderSupported"),
        ];
        let can = |name: &str| !matches!(props.string(name).as_str(), "" | "false");
        let pointer = |name: &str| props.first::<usize>(name).unwrap_or(0) != 0;
        Self {
            thread_safety: ThreadSafety::from_ofx(&props.string("OfxImageEffectPluginRenderThreadSafety")),
            host_frame_threading: flag("OfxImageEffectPluginPropHostFrameThreading"),
            tiles: flag("OfxImageEffectPropSupportsTiles"),
            multi_resolution: flag("OfxImageEffectPropSupportsMultiResolution"),
            temporal_access: flag("OfxImageEffectPropTemporalClipAccess"),
            multiple_depths: flag("OfxImageEffectPropMultipleClipDepths"),
            multiple_aspects: flag("OfxImageEffectPropSupportsMultipleClipPARs"),
            single_instance: flag("OfxImageEffectPluginPropSingleInstance"),
            sequential_render: props.first("OfxImageEffectInstancePropSequentialRender"),
            overlay: pointer("OfxImageEffectPluginPropOverlayInteractV1")
                || pointer("OfxImageEffectPluginPropOverlayInteractV2"),
            gpu: gpu.iter().filter(|(_, name)| can(name)).map(|(word, _)| (*word).to_owned()).collect(),
        }
    }
}

impl ClipDescriptor {
    fn read(clip: &Clip) -> Self {
        let flag = |name: &str| clip.props.first::<i32>(name).unwrap_or(0) != 0;
        Self {
            name: clip.name.clone(),
            label: clip.props.string("OfxPropLabel"),
            components: clip.supported_components(),
            optional: flag("OfxImageClipPropOptional"),
            mask: flag("OfxImageClipPropIsMask"),
            temporal_access: flag("OfxImageEffectPropTemporalClipAccess"),
            tiles: flag("OfxImageEffectPropSupportsTiles"),
        }
    }
}

impl ParamDescriptor {
    pub(in crate::host) fn read(param: &Param) -> Self {
        let (props, kind) = (&param.props, param.kind);
        let flag = |name: &str| props.first::<i32>(name).unwrap_or(0) != 0;
        let limit = |name: &str| -> Option<Value> {
            if kind.is_double() {
                let values = props.all::<f64>(name);
                let bounded = values.iter().any(|v| v.abs() < f64::MAX);
                (bounded && !values.is_empty()).then(|| Value::from_doubles(&values))
            } else {
                let values = props.all::<i32>(name);
                let bounded = values.iter().any(|v| *v != i32::MIN && *v != i32::MAX);
                (bounded && !values.is_empty()).then(|| Value::from_ints(kind, &values))
            }
        };
        let range = |low: &str, high: &str| {
            let range = (limit(low), limit(high));
            (range != (None, None)).then_some(range)
        };
        let options = param.options().into_iter().map(|(name, label)| ChoiceOption { name, label });
        Self {
            name: param.name.clone(),
            label: props.string("OfxPropLabel"),
            kind,
            hint: props.string("OfxParamPropHint"),
            default: kind.has_value().then(|| param.default_value()),
            range: range("OfxParamPropMin", "OfxParamPropMax"),
            display_range: range("OfxParamPropDisplayMin", "OfxParamPropDisplayMax"),
            options: options.collect(),
            string_mode: props.string("OfxParamPropStringMode").replace("OfxParamStringIs", ""),
            parent: props.string("OfxParamPropParent"),
            children: props.strings("OfxParamPropPageChild"),
            secret: flag("OfxParamPropSecret"),
            enabled: flag("OfxParamPropEnabled"),
            animates: flag("OfxParamPropAnimates"),
            persistent: flag("OfxParamPropPersistant"),
            evaluate_on_change: flag("OfxParamPropEvaluateOnChange"),
        }
    }
}
