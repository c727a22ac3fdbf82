//! Agreeing on clip preferences: which components, depth and so on every clip gets.

use crate::host::action::{self, arguments};
use crate::host::clip::{Clip, ClipPreference, ClipPreferences};
use crate::host::effect::Effect;
use crate::host::error::HostError;
use crate::host::kinds::{Components, Depth, Field, Premultiplication};
use crate::host::profile::ColourStyle;
use crate::host::project::Project;
use crate::host::source::ClipInfo;
use crate::host::status::Status;
use crate::ofx::sys;
use std::sync::Arc;

/// The property that names a clip's colour space.
const COLOURSPACE: &str = "OfxImageClipPropColourspace";
/// What stands before a clip's name where its colour space is meant.
const REFERENCE: &str = "OfxColourspace_";

/// The components that a plugin gets for those of a source.
fn nearest_components(wanted: Components, supported: &[Components]) -> Components {
    let order = match wanted {
        Components::Rgba => [Components::Rgba, Components::Rgb, Components::Alpha],
        Components::Rgb => [Components::Rgb, Components::Rgba, Components::Alpha],
        Components::Alpha => [Components::Alpha, Components::Rgba, Components::Rgb],
    };
    order.into_iter().find(|c| supported.contains(c)).unwrap_or(wanted)
}

/// The depth that a plugin gets for that of a source: the same, else the next deeper, else the
/// deepest.
fn nearest_depth(wanted: Depth, supported: &[Depth]) -> Depth {
    let rank = |d: &Depth| match d {
        Depth::Byte => 0,
        Depth::Short => 1,
        Depth::Half => 2,
        Depth::Float => 3,
    };
    let deeper = supported.iter().filter(|d| rank(d) >= rank(&wanted)).min_by_key(|d| rank(d));
    deeper.or_else(|| supported.iter().max_by_key(|d| rank(d))).copied().unwrap_or(wanted)
}

/// Depths that both plugin and host take.
pub(in crate::host) fn depths(effect: &Effect) -> Vec<Depth> {
    let said = effect.props.strings("OfxImageEffectPropSupportedPixelDepths");
    let host = &effect.profile().depths;
    let known = said.iter().filter_map(|d| Depth::from_ofx(d));
    known.filter(|d| host.is_empty() || host.contains(d)).collect()
}

fn info(clip: &Clip) -> Option<ClipInfo> {
    clip.connection().map(|c| c.source.info())
}

/// What the host proposes.
fn proposal(effect: &Effect, project: &Project, wanted: Option<(Components, Depth)>) -> ClipPreferences {
    let profile = effect.profile();
    let clips: Vec<Arc<Clip>> = effect.clips.read().clone();
    let supported_components = |clip: &Clip| {
        let all = clip.supported_components();
        let both: Vec<_> = all.iter().copied().filter(|c| profile.components.contains(c)).collect();
        if both.is_empty() { profile.components.clone() } else { both }
    };
    let depths = depths(effect);
    let inputs: Vec<ClipInfo> = clips.iter().filter(|c| !c.is_output()).filter_map(|c| info(c)).collect();
    let source = clips.iter().find(|c| c.name == "Source").and_then(|c| info(c));
    let lead = source.or_else(|| inputs.first().cloned());
    let mixed =
        profile.multiple_depths && effect.props.first("OfxImageEffectPropMultipleClipDepths") == Some(1);
    let common = wanted.map(|(_, d)| d).or_else(|| {
        // The deepest input, so that none loses anything.
        let rank = |d: &Depth| Depth::ALL.iter().position(|a| a == d);
        inputs.iter().map(|i| i.depth).min_by_key(|d| rank(d))
    });
    let lead_components = lead.as_ref().map_or(Components::Rgba, |i| i.components);
    let lead_depth = common.unwrap_or(Depth::Float);
    let list = clips
        .iter()
        .map(|clip| {
            let info = info(clip);
            let supported = supported_components(clip);
            let (components, depth) = if clip.is_output() {
                let components = wanted.map_or(lead_components, |(c, _)| c);
                let depth = wanted.map(|(_, d)| d).or(lead.as_ref().filter(|_| mixed).map(|i| i.depth));
                (components, depth.unwrap_or(lead_depth))
            } else {
                let depth = info.as_ref().filter(|_| mixed).map_or(lead_depth, |i| i.depth);
                (info.as_ref().map_or(lead_components, |i| i.components), depth)
            };
            ClipPreference {
                name: clip.name.clone(),
                components: nearest_components(components, &supported),
                depth: nearest_depth(depth, &depths),
                pixel_aspect: info.or_else(|| lead.clone()).map_or(project.pixel_aspect, |i| i.pixel_aspect),
                colourspace: clip.props.string(COLOURSPACE),
            }
        })
        .collect();
    ClipPreferences {
        clips: list,
        frame_rate: lead.as_ref().map_or(project.frame_rate, |i| i.frame_rate),
        premultiplication: profile
            .premultiplication
            .or(lead.as_ref().map(|i| i.premultiplication))
            .unwrap_or(Premultiplication::Unpremultiplied),
        field: lead.as_ref().map_or(Field::None, |i| i.field),
        continuous: lead.is_some_and(|i| i.continuous),
        frame_varying: false,
    }
}

/// What host and plugin agree on; `wanted` is what the user wants of the output.
///
/// # Errors
/// [`HostError::Action`] when the plugin answers with an error.
pub(in crate::host) fn agree(
    effect: &Arc<Effect>,
    project: &Project,
    wanted: Option<(Components, Depth)>,
) -> Result<ClipPreferences, HostError> {
    let mut preferences = proposal(effect, project, wanted);
    if effect.profile().clip_preferences {
        apply(effect, &preferences);
        ask(effect, &mut preferences)?;
        ask_colourspace(effect, &mut preferences)?;
    }
    apply(effect, &preferences);
    Ok(preferences)
}

/// Sends GetClipPreferences.
fn ask(effect: &Arc<Effect>, preferences: &mut ClipPreferences) -> Result<(), HostError> {
    let key = |what: &str, clip: &str| format!("OfxImageClipProp{what}_{clip}");
    let output = arguments(effect, |b| {
        for clip in &preferences.clips {
            b.string_named(&key("Components", &clip.name), clip.components.ofx())
                .string_named(&key("Depth", &clip.name), clip.depth.ofx())
                .double_named(&key("PAR", &clip.name), &[clip.pixel_aspect], 1);
            b.string_named(&format!("OfxImageClipPropPreferredColourspaces_{}", clip.name), "");
        }
        b.double(sys::kOfxImageEffectPropFrameRate, &[preferences.frame_rate])
            .string(sys::kOfxImageEffectPropPreMultiplication, preferences.premultiplication.ofx())
            .string(sys::kOfxImageClipPropFieldOrder, preferences.field.ofx())
            .int(sys::kOfxImageClipPropContinuousSamples, &[i32::from(preferences.continuous)])
            .int(sys::kOfxImageEffectFrameVarying, &[0]);
    });
    // There are no arguments, but some plugins insist on a set.
    let input = arguments(effect, |_| {});
    let action = "OfxImageEffectActionGetClipPreferences";
    let status = action::send(effect, action, Some(&input), Some(&output), None);
    effect.check("GetClipPreferences", status)?;
    if status == Status::DEFAULT {
        return Ok(());
    }
    for clip in &mut preferences.clips {
        let said = output.string(&key("Components", &clip.name));
        match Components::from_ofx(&said).filter(|c| effect.profile().components.contains(c)) {
            Some(components) => clip.components = components,
            None => effect.audit.fault(format!("prefers components {said:?} for clip {}", clip.name)),
        }
        let said = output.string(&key("Depth", &clip.name));
        match Depth::from_ofx(&said).filter(|d| depths(effect).contains(d)) {
            Some(depth) => clip.depth = depth,
            None => effect.audit.fault(format!("prefers depth {said:?} for clip {}", clip.name)),
        }
        clip.pixel_aspect = output.first(&key("PAR", &clip.name)).unwrap_or(clip.pixel_aspect);
    }
    let profile = effect.profile();
    if profile.setable_frame_rate {
        preferences.frame_rate =
            output.first("OfxImageEffectPropFrameRate").unwrap_or(preferences.frame_rate);
    }
    if profile.setable_fielding {
        let said = output.string("OfxImageClipPropFieldOrder");
        preferences.field = Field::from_ofx(&said).unwrap_or(preferences.field);
    }
    let said = output.string("OfxImageEffectPropPreMultiplication");
    match Premultiplication::from_ofx(&said) {
        Some(known) => preferences.premultiplication = known,
        None => effect.audit.fault(format!("prefers premultiplication {said:?}")),
    }
    preferences.continuous = output.first("OfxImageClipPropContinuousSamples") == Some(1);
    preferences.frame_varying = output.first("OfxImageEffectFrameVarying") == Some(1);
    Ok(())
}

/// Whether host and plugin have agreed to manage colour.
fn manages_colour(effect: &Effect) -> bool {
    let said = effect.props.string("OfxImageEffectPropColourManagementStyle");
    ColourStyle::from_ofx(&said).is_some_and(|style| style > ColourStyle::None)
}

/// Sends GetOutputColourspace, with the first input's colour space as what the host prefers.
fn ask_colourspace(effect: &Arc<Effect>, preferences: &mut ClipPreferences) -> Result<(), HostError> {
    let Some(first) = preferences.clips.iter().find(|c| c.name != "Output" && !c.colourspace.is_empty())
    else {
        return Ok(());
    };
    if !manages_colour(effect) {
        return Ok(());
    }
    let of_first = format!("{REFERENCE}{}", first.name);
    let input = arguments(effect, |b| {
        b.strings(sys::kOfxImageClipPropPreferredColourspaces, [of_first.as_str()]);
    });
    let output = arguments(effect, |b| {
        b.string(sys::kOfxImageClipPropColourspace, &of_first);
    });
    let action = "OfxImageEffectActionGetOutputColourspace";
    let status = action::send(effect, action, Some(&input), Some(&output), None);
    effect.check("GetOutputColourspace", status)?;
    let said = output.string(COLOURSPACE);
    let space = match said.strip_prefix(REFERENCE) {
        Some(clip) => preferences.clips.iter().find(|c| c.name == clip).map(|c| c.colourspace.clone()),
        None => Some(said.clone()),
    };
    match space.filter(|s| !s.is_empty()) {
        Some(space) => {
            for clip in preferences.clips.iter_mut().filter(|c| c.name == "Output") {
                clip.colourspace.clone_from(&space);
            }
        }
        None => effect.audit.fault(format!("has the output in the colour space {said:?}, which is none")),
    }
    Ok(())
}

/// Writes what has been agreed into the clips.
fn apply(effect: &Effect, preferences: &ClipPreferences) {
    for wanted in &preferences.clips {
        if let Some(clip) = effect.clip(&wanted.name) {
            *clip.format.lock() = (wanted.components, wanted.depth);
            let props = &clip.props;
            props.put_string("OfxImageEffectPropComponents", wanted.components.ofx());
            props.put_string("OfxImageEffectPropPixelDepth", wanted.depth.ofx());
            props.put("OfxImagePropPixelAspectRatio", vec![wanted.pixel_aspect]);
            if clip.is_output() {
                props.put_string("OfxImageEffectPropPreMultiplication", preferences.premultiplication.ofx());
                if !wanted.colourspace.is_empty() {
                    props.put_string(COLOURSPACE, &wanted.colourspace);
                }
                props.put("OfxImageEffectPropFrameRate", vec![preferences.frame_rate]);
                props.put_string("OfxImageClipPropFieldOrder", preferences.field.ofx());
                props.put("OfxImageClipPropContinuousSamples", vec![i32::from(preferences.continuous)]);
            }
        }
    }
}

/// Writes what is known of their sources into the clips.
pub(in crate::host) fn tell_clips(effect: &Effect, project: &Project) {
    let profile = effect.profile();
    let range = |first: i64, last: i64| {
        let (first, last) = profile.frame_range.unwrap_or((first as f64, last as f64));
        vec![first, last]
    };
    for clip in effect.clips.read().iter() {
        let (props, info) = (&clip.props, info(clip));
        let connected = profile.always_connected || clip.is_output() || info.is_some();
        props.put("OfxImageClipPropConnected", vec![i32::from(connected)]);
        // Masks are no colour: the property stays empty.
        if manages_colour(effect) && props.first("OfxImageClipPropIsMask") != Some(1) {
            let space = info.as_ref().and_then(|i| i.colourspace.clone());
            props.put_string(COLOURSPACE, &space.unwrap_or_default());
        }
        let Some(info) = info else {
            props.put("OfxImageEffectPropFrameRange", range(project.first, project.last));
            props.put("OfxImageEffectPropUnmappedFrameRange", range(project.first, project.last));
            props.put("OfxImageEffectPropFrameRate", vec![project.frame_rate]);
            props.put("OfxImageEffectPropUnmappedFrameRate", vec![project.frame_rate]);
            continue;
        };
        let premultiplication = profile.premultiplication.unwrap_or(info.premultiplication);
        props.put_string("OfxImageClipPropUnmappedPixelDepth", info.depth.ofx());
        props.put_string("OfxImageClipPropUnmappedComponents", info.components.ofx());
        props.put_string("OfxImageEffectPropPreMultiplication", premultiplication.ofx());
        props.put("OfxImagePropPixelAspectRatio", vec![info.pixel_aspect]);
        props.put("OfxImageEffectPropFrameRate", vec![info.frame_rate]);
        props.put("OfxImageEffectPropUnmappedFrameRate", vec![info.frame_rate]);
        props.put("OfxImageEffectPropFrameRange", range(info.first, info.last));
        props.put("OfxImageEffectPropUnmappedFrameRange", range(info.first, info.last));
        props.put_string("OfxImageClipPropFieldOrder", info.field.ofx());
        props.put("OfxImageClipPropContinuousSamples", vec![i32::from(info.continuous)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_lose_as_little_as_can_be() {
        assert_eq!(nearest_depth(Depth::Byte, &[Depth::Float, Depth::Half]), Depth::Half);
        assert_eq!(nearest_depth(Depth::Float, &[Depth::Byte, Depth::Short]), Depth::Short);
        assert_eq!(
            nearest_components(Components::Rgb, &[Components::Alpha, Components::Rgba]),
            Components::Rgba
        );
    }
}
