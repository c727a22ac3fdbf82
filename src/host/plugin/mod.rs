//! A plugin: what it declares.

mod binary;
mod bundle;
mod check;
mod library;

use crate::host::action;
use crate::host::effect::{Descriptor, Effect, EffectParts, HostShared, Role};
use crate::host::error::HostError;
use crate::host::kinds::Context;
use crate::host::property::schema;
use crate::host::status::Status;
use crate::ofx::sys;
use check::check;
use library::{Loaded, RawPlugin};
use std::sync::Arc;

pub use binary::Binary;
pub use bundle::{architectures, find_bundles};

/// An image effect of a [`Binary`]. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    pub(in crate::host) library: Arc<Loaded>,
    pub(in crate::host) index: usize,
}

impl Plugin {
    pub(in crate::host) fn raw(&self) -> &RawPlugin {
        &self.library.entries[self.index]
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

    /// What all effects of its library share.
    pub(in crate::host) fn host(&self) -> &Arc<HostShared> {
        &self.library.host
    }

    /// An error of whoever asks.
    pub(in crate::host) fn request(&self, what: String) -> HostError {
        HostError::Request { plugin: self.identifier().to_owned(), what }
    }

    /// Sends Load and Describe, where that has not been done.
    fn base(&self) -> Result<Arc<Effect>, HostError> {
        let raw = self.raw();
        let mut state = raw.state.lock();
        if let Some(base) = &state.base {
            return Ok(base.clone());
        }
        self.library.load_plugin(raw, &mut state)?;
        if raw.api_version != sys::kOfxImageEffectPluginApiVersion {
            self.library
                .audit()
                .fault(format!("{}: API version {}, expected 1", raw.identifier, raw.api_version));
        }
        let profile = &self.library.host.profile;
        let folder = self.library.folder.to_string_lossy();
        let effect = Effect::new(EffectParts {
            role: Role::Descriptor,
            host: self.library.host.clone(),
            identifier: raw.identifier.clone(),
            context: None,
            props: schema::descriptor(profile, &raw.identifier, raw.version, &folder),
            param_props: schema::param_set(profile),
            time_bounds: (0.0, 0.0),
            entry: raw.entry,
        });
        let status = action::send(&effect, "OfxActionDescribe", None, None, None);
        if !self.library.accepts(status) {
            return Err(effect.fails("Describe", status));
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
        let host = &self.library.host.profile.contexts;
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
    pub(in crate::host) fn described(&self, context: Context) -> Result<Arc<Effect>, HostError> {
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
            host: self.library.host.clone(),
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
            return Err(effect.fails("DescribeInContext", status));
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
