//! A plugin: what it declares.

use super::action;
use super::binary::{Inner, RawPlugin};
use super::descriptor::Descriptor;
use super::effect::{Effect, EffectParts, Role};
use super::error::HostError;
use super::kinds::Context;
use super::schema;
use super::status::Status;
use crate::ofx::sys;
use std::sync::Arc;

/// An image effect of a [`Binary`](super::Binary). Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    pub(super) binary: Arc<Inner>,
    pub(super) index: usize,
}

impl Plugin {
    pub(super) fn raw(&self) -> &RawPlugin {
        &self.binary.entries[self.index]
    }

    /// What it is called in projects.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.raw().identifier
    }

    /// Major and minor version.
    #[must_use]
    pub fn version(&self) -> (u32, u32) {
        self.raw().version
    }

    /// An error of this plugin.
    pub(super) fn fails(&self, action: &str, status: Status, effect: Option<&Effect>) -> HostError {
        let message = effect.and_then(|e| {
            let messages = e.messages.lock();
            let bad = |m: &&super::HostMessage| {
                matches!(m.kind, super::MessageKind::Error | super::MessageKind::Fatal)
            };
            messages.iter().rev().find(bad).map(|m| m.text.clone())
        });
        HostError::Action { plugin: self.identifier().to_owned(), action: action.to_owned(), status, message }
    }

    /// An error of whoever asks.
    pub(super) fn request(&self, what: String) -> HostError {
        HostError::Request { plugin: self.identifier().to_owned(), what }
    }

    /// Sends Load and Describe, where that has not been done.
    fn base(&self) -> Result<Arc<Effect>, HostError> {
        let raw = self.raw();
        let mut state = raw.state.lock();
        if let Some(base) = &state.base {
            return Ok(base.clone());
        }
        self.binary.load_plugin(raw, &mut state)?;
        if raw.api_version != sys::kOfxImageEffectPluginApiVersion {
            self.binary
                .audit()
                .fault(format!("{}: API version {}, expected 1", raw.identifier, raw.api_version));
        }
        let profile = &self.binary.host.profile;
        let folder = self.binary.folder.to_string_lossy();
        let effect = Effect::new(EffectParts {
            role: Role::Descriptor,
            host: self.binary.host.clone(),
            identifier: raw.identifier.clone(),
            context: None,
            props: schema::descriptor(profile, &raw.identifier, raw.version, &folder),
            param_props: schema::param_set(profile),
            time_bounds: (0.0, 0.0),
            entry: raw.entry,
        });
        let status = action::send(&effect, "OfxActionDescribe", None, None, None);
        if !self.binary.accepts(status) {
            return Err(self.fails("Describe", status, Some(&effect)));
        }
        state.base = Some(effect.clone());
        Ok(effect)
    }

    /// The contexts that it can be used in, of those that the host has.
    ///
    /// # Errors
    /// [`HostError::Action`] when Load or Describe fail.
    pub fn contexts(&self) -> Result<Vec<Context>, HostError> {
        let base = self.base()?;
        let said = base.props.strings("OfxImageEffectPropSupportedContexts");
        let host = &self.binary.host.profile.contexts;
        let known = said.iter().filter_map(|s| Context::from_ofx(s));
        Ok(known.filter(|c| host.is_empty() || host.contains(c)).collect())
    }

    /// The context that a host with a graph of nodes takes: General before Filter before others.
    ///
    /// # Errors
    /// [`HostError::Action`] when Load or Describe fail, [`HostError::Fault`] when there is none.
    pub fn best_context(&self) -> Result<Context, HostError> {
        let all = self.contexts()?;
        Context::ALL.iter().copied().find(|c| all.contains(c)).ok_or_else(|| HostError::Fault {
            plugin: self.identifier().to_owned(),
            what: "declares no context that this host has".to_owned(),
        })
    }

    /// The described effect of a context.
    pub(super) fn described(&self, context: Context) -> Result<Arc<Effect>, HostError> {
        let base = self.base()?;
        let contexts = self.contexts()?;
        if !contexts.contains(&context) {
            let words: Vec<&str> = contexts.iter().map(|c| c.word()).collect();
            return Err(self.request(format!("has no context {context}, only {}", words.join(", "))));
        }
        let raw = self.raw();
        let mut state = raw.state.lock();
        if let Some(described) = state.contexts.get(&context) {
            return Ok(described.clone());
        }
        let effect = Effect::new(EffectParts {
            role: Role::Descriptor,
            host: self.binary.host.clone(),
            identifier: raw.identifier.clone(),
            context: Some(context),
            props: base.props.copy(base.props.owner()),
            param_props: base.param_props.copy(base.param_props.owner()),
            time_bounds: (0.0, 0.0),
            entry: raw.entry,
        });
        let input = action::arguments(&effect, |b| {
            b.string(sys::kOfxImageEffectPropContext, context.ofx());
        });
        let status = action::send(&effect, "OfxImageEffectActionDescribeInContext", Some(&input), None, None);
        if !matches!(status, Status::OK | Status::DEFAULT) {
            return Err(self.fails("DescribeInContext", status, Some(&effect)));
        }
        check(&effect, context);
        state.contexts.insert(context, effect.clone());
        Ok(effect)
    }

    /// What it declares in a context.
    ///
    /// # Errors
    /// [`HostError::Action`] when Load, Describe or DescribeInContext fail.
    pub fn describe(&self, context: Context) -> Result<Descriptor, HostError> {
        let effect = self.described(context)?;
        Ok(Descriptor::read(&effect, self.version(), self.contexts()?, context))
    }
}

/// What every effect of a context must have declared.
fn check(effect: &Effect, context: Context) {
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
        let group = |e: &Effect| e.param(&parent).is_some_and(|p| p.kind == super::ParamKind::Group);
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
