//! Which properties every kind of object has, and what they are before anybody writes them.

use super::builder::Builder;
use super::value::name;
use crate::host::kinds::{Context, ParamKind};
use crate::host::profile::{ColourStyle, HostProfile, Owner};
use crate::host::project::Project;
use crate::ofx::sys;

/// Values without a limit.
const FAR: f64 = f64::MAX;

/// The host's own properties.
pub(in crate::host) fn host(profile: &HostProfile) -> Builder {
    let mut b = Builder::new(Owner::Host);
    let flag = i32::from;
    let animates = flag(profile.animates_discrete);
    b.string(sys::kOfxPropType, "OfxTypeImageEffectHost")
        .string(sys::kOfxPropName, &profile.name)
        .string(sys::kOfxPropLabel, &profile.label)
        .ints(sys::kOfxPropVersion, &profile.version)
        .int(sys::kOfxImageEffectHostPropIsBackground, &[flag(profile.background)])
        .int(sys::kOfxImageEffectPropSupportsOverlays, &[flag(profile.overlays)])
        .int(sys::kOfxImageEffectPropSupportsMultiResolution, &[flag(profile.multi_resolution)])
        .int(sys::kOfxImageEffectPropSupportsTiles, &[flag(profile.tiles)])
        .int(sys::kOfxImageEffectPropRenderQualityDraft, &[1])
        .int(sys::kOfxImageEffectPropTemporalClipAccess, &[flag(profile.temporal)])
        .strings(sys::kOfxImageEffectPropSupportedComponents, profile.components.iter().map(|c| c.ofx()))
        .int(sys::kOfxImageEffectPropSupportsMultipleClipDepths, &[flag(profile.multiple_depths)])
        .int(sys::kOfxImageEffectPropSupportsMultipleClipPARs, &[flag(profile.multiple_aspects)])
        .int(sys::kOfxImageEffectPropSetableFrameRate, &[flag(profile.setable_frame_rate)])
        .int(sys::kOfxImageEffectPropSetableFielding, &[flag(profile.setable_fielding)])
        .int(sys::kOfxParamHostPropSupportsCustomInteract, &[0])
        .int(sys::kOfxParamHostPropSupportsStringAnimation, &[animates])
        .int(sys::kOfxParamHostPropSupportsChoiceAnimation, &[animates])
        .int(sys::kOfxParamHostPropSupportsBooleanAnimation, &[animates])
        .int(sys::kOfxParamHostPropSupportsCustomAnimation, &[animates])
        .int(sys::kOfxParamHostPropSupportsStrChoice, &[flag(profile.string_choices)])
        .int(sys::kOfxParamHostPropSupportsStrChoiceAnimation, &[animates])
        .int(sys::kOfxParamHostPropSupportsParametricAnimation, &[0])
        .int(sys::kOfxParamHostPropMaxParameters, &[profile.max_parameters])
        .int(sys::kOfxParamHostPropMaxPages, &[0])
        .int(sys::kOfxParamHostPropPageRowColumnCount, &[0, 0])
        .pointer(sys::kOfxPropHostOSHandle, 0)
        .string(sys::kOfxImageEffectHostPropNativeOrigin, "kOfxImageEffectHostPropNativeOriginBottomLeft")
        .string(sys::kOfxImageEffectPropOpenGLRenderSupported, "false")
        .string(sys::kOfxImageEffectPropCudaRenderSupported, "false")
        .string(sys::kOfxImageEffectPropCudaStreamSupported, "false")
        .string(sys::kOfxImageEffectPropMetalRenderSupported, "false")
        .string(sys::kOfxImageEffectPropOpenCLRenderSupported, "false")
        .string(sys::kOfxImageEffectPropOpenCLSupported, "false")
        .string(sys::kOfxImageEffectPropCPURenderSupported, "true")
        .string(
            sys::kOfxImageEffectPropColourManagementStyle,
            profile.colour.unwrap_or(ColourStyle::None).ofx(),
        )
        .strings(sys::kOfxImageEffectPropColourManagementAvailableConfigs, [name(sys::kOfxConfigIdentifier)]);
    if !profile.contexts.is_empty() {
        b.strings(sys::kOfxImageEffectPropSupportedContexts, profile.contexts.iter().map(|c| c.ofx()));
    }
    if !profile.depths.is_empty() {
        b.strings(sys::kOfxImageEffectPropSupportedPixelDepths, profile.depths.iter().map(|d| d.ofx()));
    }
    if let Some((major, minor)) = profile.api {
        b.ints(sys::kOfxPropAPIVersion, &[major, minor]);
    }
    if let Some(label) = &profile.version_label {
        b.string(sys::kOfxPropVersionLabel, label);
    }
    if let Some(level) = profile.sequential_render {
        b.int(sys::kOfxImageEffectInstancePropSequentialRender, &[level]);
    }
    b.without(profile)
}

/// Properties of an effect that is about to be described.
pub(in crate::host) fn descriptor(
    profile: &HostProfile,
    identifier: &str,
    version: (u32, u32),
    folder: &str,
) -> Builder {
    let mut b = Builder::new(Owner::Descriptor);
    let part = |v: u32| i32::try_from(v).unwrap_or(i32::MAX);
    b.string(sys::kOfxPropType, "OfxTypeImageEffect")
        .string(sys::kOfxPropName, identifier)
        .string(sys::kOfxPropLabel, identifier)
        .string(sys::kOfxPropShortLabel, identifier)
        .string(sys::kOfxPropLongLabel, identifier)
        .strings(sys::kOfxPropIcon, ["", ""])
        .ints(sys::kOfxPropVersion, &[part(version.0), part(version.1)])
        .string(sys::kOfxPropVersionLabel, &format!("{}.{}", version.0, version.1))
        .string(sys::kOfxPropPluginDescription, "")
        .strings(sys::kOfxImageEffectPropSupportedContexts, [])
        .string(sys::kOfxImageEffectPluginPropGrouping, "")
        .int(sys::kOfxImageEffectPluginPropObsolete, &[0])
        .int(sys::kOfxImageEffectPluginPropSingleInstance, &[0])
        .string(sys::kOfxImageEffectPluginRenderThreadSafety, "OfxImageEffectRenderInstanceSafe")
        .int(sys::kOfxImageEffectPluginPropHostFrameThreading, &[0])
        .pointer(sys::kOfxImageEffectPluginPropOverlayInteractV1, 0)
        .pointer(sys::kOfxImageEffectPluginPropOverlayInteractV2, 0)
        .int(sys::kOfxImageEffectPropSupportsMultiResolution, &[1])
        .int(sys::kOfxImageEffectPropSupportsTiles, &[1])
        .int(sys::kOfxImageEffectPropTemporalClipAccess, &[0])
        .strings(sys::kOfxImageEffectPropSupportedPixelDepths, [])
        .int(sys::kOfxImageEffectPluginPropFieldRenderTwiceAlways, &[1])
        .int(sys::kOfxImageEffectPropSupportsMultipleClipDepths, &[0])
        .int(sys::kOfxImageEffectPropSupportsMultipleClipPARs, &[0])
        .strings(sys::kOfxImageEffectPropClipPreferencesSlaveParam, [])
        .int(sys::kOfxImageEffectInstancePropSequentialRender, &[0])
        .string(sys::kOfxPluginPropFilePath, folder)
        .strings(sys::kOfxPluginPropParamPageOrder, [])
        .string(sys::kOfxImageEffectPropOpenGLRenderSupported, "false")
        .strings(sys::kOfxOpenGLPropPixelDepth, [])
        .string(sys::kOfxImageEffectPropCudaRenderSupported, "false")
        .string(sys::kOfxImageEffectPropCudaStreamSupported, "false")
        .string(sys::kOfxImageEffectPropMetalRenderSupported, "false")
        .string(sys::kOfxImageEffectPropOpenCLRenderSupported, "false")
        .string(sys::kOfxImageEffectPropOpenCLSupported, "false")
        .string(sys::kOfxImageEffectPropCPURenderSupported, "true")
        .int(sys::kOfxImageEffectPropNoSpatialAwareness, &[0])
        .string(sys::kOfxImageEffectPropColourManagementStyle, "OfxImageEffectColourManagementNone")
        .strings(sys::kOfxImageEffectPropColourManagementAvailableConfigs, [])
        .string(sys::kOfxImageEffectPropBehaviourWhenUnlicensed, "OfxUnlicensedContinue")
        .read_only(&[sys::kOfxPropType, sys::kOfxPropName, sys::kOfxPluginPropFilePath]);
    b.without(profile)
}

/// Properties of a clip that is about to be described.
pub(in crate::host) fn clip_descriptor(profile: &HostProfile, name: &str) -> Builder {
    let mut b = Builder::new(Owner::ClipDescriptor);
    clip_common(&mut b, name);
    b.without(profile)
}

fn clip_common(b: &mut Builder, name: &str) {
    b.string(sys::kOfxPropType, "OfxTypeClip")
        .string(sys::kOfxPropName, name)
        .string(sys::kOfxPropLabel, name)
        .string(sys::kOfxPropShortLabel, name)
        .string(sys::kOfxPropLongLabel, name)
        .strings(sys::kOfxImageEffectPropSupportedComponents, [])
        .int(sys::kOfxImageEffectPropTemporalClipAccess, &[0])
        .int(sys::kOfxImageClipPropOptional, &[0])
        .int(sys::kOfxImageClipPropIsMask, &[0])
        .string(sys::kOfxImageClipPropFieldExtraction, "OfxFieldDoubled")
        .int(sys::kOfxImageEffectPropSupportsTiles, &[1])
        .read_only(&[sys::kOfxPropType, sys::kOfxPropName]);
}

/// What an instance's clip has on top of what was described.
pub(in crate::host) fn clip_instance(described: Builder, profile: &HostProfile) -> Builder {
    let mut b = described;
    b.string(sys::kOfxImageEffectPropPixelDepth, "OfxBitDepthNone")
        .string(sys::kOfxImageEffectPropComponents, "OfxImageComponentNone")
        .string(sys::kOfxImageClipPropUnmappedPixelDepth, "OfxBitDepthNone")
        .string(sys::kOfxImageClipPropUnmappedComponents, "OfxImageComponentNone")
        .string(sys::kOfxImageEffectPropPreMultiplication, "OfxImageOpaque")
        .double(sys::kOfxImagePropPixelAspectRatio, &[1.0])
        .double(sys::kOfxImageEffectPropFrameRate, &[24.0])
        .double(sys::kOfxImageEffectPropFrameRange, &[0.0, 0.0])
        .double(sys::kOfxImageEffectPropUnmappedFrameRange, &[0.0, 0.0])
        .double(sys::kOfxImageEffectPropUnmappedFrameRate, &[24.0])
        .string(sys::kOfxImageClipPropFieldOrder, "OfxFieldNone")
        .int(sys::kOfxImageClipPropConnected, &[0])
        .int(sys::kOfxImageClipPropContinuousSamples, &[0])
        .string(sys::kOfxImageClipPropColourspace, "")
        .strings(sys::kOfxImageClipPropPreferredColourspaces, [])
        .read_only(&[
            sys::kOfxImageEffectPropPixelDepth,
            sys::kOfxImageEffectPropComponents,
            sys::kOfxImageClipPropUnmappedPixelDepth,
            sys::kOfxImageClipPropUnmappedComponents,
            sys::kOfxImageEffectPropPreMultiplication,
            sys::kOfxImagePropPixelAspectRatio,
            sys::kOfxImageEffectPropFrameRate,
            sys::kOfxImageEffectPropFrameRange,
            sys::kOfxImageEffectPropUnmappedFrameRange,
            sys::kOfxImageEffectPropUnmappedFrameRate,
            sys::kOfxImageClipPropFieldOrder,
            sys::kOfxImageClipPropConnected,
            sys::kOfxImageClipPropContinuousSamples,
        ]);
    b.without(profile)
}

/// The highest style of colour management that host and plugin both have, with a configuration that both know.
fn agreed(described: &Builder, profile: &HostProfile) -> ColourStyle {
    let config = name(sys::kOfxConfigIdentifier);
    let configs = described.texts(sys::kOfxImageEffectPropColourManagementAvailableConfigs);
    let said = described.texts(sys::kOfxImageEffectPropColourManagementStyle);
    let plugin =
        said.first().and_then(|s| ColourStyle::from_ofx(s)).filter(|_| configs.iter().any(|c| c == config));
    plugin.min(profile.colour).unwrap_or(ColourStyle::None)
}

/// What an instance has on top of what was described.
pub(in crate::host) fn instance(
    described: Builder,
    profile: &HostProfile,
    context: Context,
    p: &Project,
) -> Builder {
    let mut b = described;
    let style = agreed(&b, profile);
    let config = if style == ColourStyle::None { "" } else { name(sys::kOfxConfigIdentifier) };
    b.string(sys::kOfxPropType, "OfxTypeImageEffectInstance")
        .string(sys::kOfxImageEffectPropContext, context.ofx())
        .pointer(sys::kOfxPropInstanceData, 0)
        .pointer(sys::kOfxImageEffectPropPluginHandle, 0)
        .double(sys::kOfxImageEffectPropProjectSize, &[p.width, p.height])
        .double(sys::kOfxImageEffectPropProjectOffset, &[0.0, 0.0])
        .double(sys::kOfxImageEffectPropProjectExtent, &[p.width, p.height])
        .double(sys::kOfxImageEffectPropProjectPixelAspectRatio, &[p.pixel_aspect])
        .double(sys::kOfxImageEffectInstancePropEffectDuration, &[p.duration()])
        .double(sys::kOfxImageEffectPropFrameRate, &[p.frame_rate])
        .int(sys::kOfxPropIsInteractive, &[i32::from(!profile.background)])
        .string(sys::kOfxImageEffectPropColourManagementStyle, style.ofx())
        .string(sys::kOfxImageEffectPropColourManagementConfig, config)
        .string(sys::kOfxImageEffectPropOCIOConfig, "")
        .string(sys::kOfxImageEffectPropOCIODisplay, "")
        .string(sys::kOfxImageEffectPropOCIOView, "")
        .string(sys::kOfxImageEffectPropDisplayColourspace, "")
        .int_named("OfxImageEffectPropInAnalysis", &[0])
        .read_only(&[
            sys::kOfxPropType,
            sys::kOfxImageEffectPropContext,
            sys::kOfxImageEffectPropProjectSize,
            sys::kOfxImageEffectPropProjectOffset,
            sys::kOfxImageEffectPropProjectExtent,
            sys::kOfxImageEffectPropProjectPixelAspectRatio,
            sys::kOfxImageEffectInstancePropEffectDuration,
            sys::kOfxImageEffectPropFrameRate,
            sys::kOfxPropIsInteractive,
            sys::kOfxImageEffectPropColourManagementStyle,
            sys::kOfxImageEffectPropColourManagementConfig,
        ]);
    b.without(profile)
}

/// Properties of the set of all params.
pub(in crate::host) fn param_set(profile: &HostProfile) -> Builder {
    let mut b = Builder::new(Owner::ParamSet);
    b.string(sys::kOfxPropType, "OfxTypeParameterSet")
        .int(sys::kOfxPropParamSetNeedsSyncing, &[0])
        .strings(sys::kOfxPluginPropParamPageOrder, []);
    b.without(profile)
}

/// Properties of a param that is about to be described.
pub(in crate::host) fn param(profile: &HostProfile, kind: ParamKind, name: &str) -> Builder {
    let mut b = Builder::new(Owner::Param);
    b.string(sys::kOfxPropType, "OfxTypeParameter")
        .string(sys::kOfxParamPropType, kind.ofx())
        .string(sys::kOfxPropName, name)
        .string(sys::kOfxPropLabel, name)
        .string(sys::kOfxPropShortLabel, name)
        .string(sys::kOfxPropLongLabel, name)
        .strings(sys::kOfxPropIcon, ["", ""])
        .string(sys::kOfxParamPropHint, "")
        .string(sys::kOfxParamPropScriptName, name)
        .string(sys::kOfxParamPropParent, "")
        .int(sys::kOfxParamPropSecret, &[0])
        .int(sys::kOfxParamPropEnabled, &[1])
        .pointer(sys::kOfxParamPropDataPtr, 0)
        .read_only(&[sys::kOfxPropType, sys::kOfxParamPropType, sys::kOfxPropName]);
    match kind {
        ParamKind::Group => {
            b.int(sys::kOfxParamPropGroupOpen, &[1]);
        }
        ParamKind::Page => {
            b.strings(sys::kOfxParamPropPageChild, []);
        }
        _ => {}
    }
    if !matches!(kind, ParamKind::Group | ParamKind::Page) {
        b.pointer(sys::kOfxParamPropInteractV1, 0)
            .double(sys::kOfxParamPropInteractSize, &[0.0, 0.0])
            .double(sys::kOfxParamPropInteractSizeAspect, &[1.0])
            .double(sys::kOfxParamPropInteractMinimumSize, &[10.0, 10.0])
            .int(sys::kOfxParamPropInteractPreferedSize, &[10, 10])
            .int(sys::kOfxParamPropHasHostOverlayHandle, &[0])
            .int(sys::kOfxParamPropUseHostOverlayHandle, &[0]);
    }
    if kind.has_value() || kind == ParamKind::Parametric {
        param_value(&mut b, profile, kind);
    }
    b.without(profile)
}

fn param_value(b: &mut Builder, profile: &HostProfile, kind: ParamKind) {
    let animates = kind.is_double()
        || (kind.is_integer() && !matches!(kind, ParamKind::Boolean | ParamKind::Choice))
        || (profile.animates_discrete && matches!(kind, ParamKind::Custom));
    b.int(sys::kOfxParamPropAnimates, &[i32::from(animates)])
        .int(sys::kOfxParamPropIsAnimating, &[0])
        .int(sys::kOfxParamPropIsAutoKeying, &[0])
        .int(sys::kOfxParamPropPersistant, &[1])
        .int(sys::kOfxParamPropEvaluateOnChange, &[1])
        .int(sys::kOfxParamPropPluginMayWrite, &[0])
        .int(sys::kOfxParamPropCanUndo, &[1])
        .string(sys::kOfxParamPropCacheInvalidation, "OfxParamInvalidateValueChange")
        .read_only(&[sys::kOfxParamPropIsAnimating]);
    let n = kind.dimension();
    let default = name(sys::kOfxParamPropDefault);
    if kind.is_double() {
        let colour = matches!(kind, ParamKind::Rgb | ParamKind::Rgba);
        let (low, high) = if colour { (-FAR, FAR) } else { profile.double_range.unwrap_or((-FAR, FAR)) };
        let (show_low, show_high) = if colour { (0.0, 1.0) } else { (low, high) };
        b.double_named(default, &vec![0.0; n], n)
            .double(sys::kOfxParamPropMin, &vec![low; n])
            .double(sys::kOfxParamPropMax, &vec![high; n])
            .double(sys::kOfxParamPropDisplayMin, &vec![show_low; n])
            .double(sys::kOfxParamPropDisplayMax, &vec![show_high; n])
            .double(sys::kOfxParamPropIncrement, &[1.0])
            .int(sys::kOfxParamPropDigits, &[2]);
        if !colour {
            b.string(sys::kOfxParamPropDoubleType, "OfxParamDoubleTypePlain")
                .string(sys::kOfxParamPropDefaultCoordinateSystem, "OfxParamCoordinatesCanonical");
        }
        if n == 1 {
            b.int(sys::kOfxParamPropShowTimeMarker, &[0]);
        }
    } else if kind.is_integer() {
        b.int_named(default, &vec![0; n]);
        if !matches!(kind, ParamKind::Boolean | ParamKind::Choice) {
            let (low, high) = profile.integer_range.unwrap_or((i32::MIN, i32::MAX));
            b.int(sys::kOfxParamPropMin, &vec![low; n])
                .int(sys::kOfxParamPropMax, &vec![high; n])
                .int(sys::kOfxParamPropDisplayMin, &vec![low; n])
                .int(sys::kOfxParamPropDisplayMax, &vec![high; n]);
        }
    } else if kind.is_text() {
        b.string_named(default, "");
    } else if kind == ParamKind::Bytes {
        b.pointer(sys::kOfxParamPropDefault, 0);
    }
    if n > 1 {
        let names: &[&str] = if matches!(kind, ParamKind::Rgb | ParamKind::Rgba) {
            &["r", "g", "b", "a"]
        } else {
            &["x", "y", "z"]
        };
        b.strings(sys::kOfxParamPropDimensionLabel, names.iter().take(n).copied());
    }
    match kind {
        ParamKind::String => {
            b.string(sys::kOfxParamPropStringMode, "OfxParamStringIsSingleLine")
                .int(sys::kOfxParamPropStringFilePathExists, &[1]);
        }
        ParamKind::Choice | ParamKind::StrChoice => {
            b.strings(sys::kOfxParamPropChoiceOption, [])
                .ints(sys::kOfxParamPropChoiceOrder, &[])
                .strings(sys::kOfxParamPropChoiceEnum, []);
        }
        ParamKind::Custom => {
            b.pointer(sys::kOfxParamPropCustomInterpCallbackV1, 0);
        }
        ParamKind::Parametric => {
            b.int(sys::kOfxParamPropParametricDimension, &[1])
                .doubles(sys::kOfxParamPropParametricUIColour, &[])
                .pointer(sys::kOfxParamPropParametricInteractBackground, 0)
                .double(sys::kOfxParamPropParametricRange, &[0.0, 1.0]);
        }
        _ => {}
    }
}
