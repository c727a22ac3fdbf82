//! What a plugin must have declared.

use crate::host::effect::Effect;
use crate::host::kinds::{Context, ParamKind};

/// What every effect of a context must have declared.
pub(in crate::host) fn check(effect: &Effect, context: Context) {
    let clips: &[&str] = match context {
        Context::Filter => &["Source", "Output"],
        Context::Transition => &["SourceFrom", "SourceTo", "Output"],
        Context::Paint => &["Source", "Brush", "Output"],
        Context::Retimer => &["Source", "Output"],
        Context::General | Context::Generator => &["Output"],
    };
    for name in clips {
        if effect.clip(name).is_none() {
            effect.audit.fault(format!("context {context} needs a clip {name}, which is not defined"));
        }
    }
    for clip in effect.clips.read().iter() {
        if clip.supported_components().is_empty() {
            effect.audit.fault(format!("clip {} declares no components", clip.name));
        }
    }
    if effect.props.strings("OfxImageEffectPropSupportedPixelDepths").is_empty() {
        effect.audit.fault("declares no pixel depths");
    }
    let needed = match context {
        Context::Transition => Some("Transition"),
        Context::Retimer => Some("SourceTime"),
        _ => None,
    };
    if let Some(name) = needed
        && effect.param(name).is_none()
    {
        effect.audit.fault(format!("context {context} needs a param {name}, which is not defined"));
    }
    for param in effect.params.read().iter() {
        let parent = param.props.string("OfxParamPropParent");
        let group = |e: &Effect| e.param(&parent).is_some_and(|p| p.kind == ParamKind::Group);
        if !parent.is_empty() && !group(effect) {
            effect.audit.fault(format!("param {} is in group {parent}, which is not defined", param.name));
        }
        if let Some((low, high)) = param.outside(&param.default_value()).filter(|_| param.kind.has_value()) {
            effect.audit.fault(format!(
                "default {} of param {} is outside of its range {low} to {high}",
                param.default_value(),
                param.name
            ));
        }
    }
}
