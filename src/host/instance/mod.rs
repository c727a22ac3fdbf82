//! Instances: params, clips, and what surrounds a render.

mod call;
mod overlay;
mod regions;
mod render;
mod undo;

use crate::host::action::{self, arguments, preferences};
use crate::host::audit::Finding;
use crate::host::clip::ClipPreferences;
use crate::host::effect::{Effect, EffectParts, HostMessage, ParamDescriptor, Progress, Role};
use crate::host::error::HostError;
use crate::host::kinds::{Components, Context, Depth, ParamKind, ThreadSafety};
use crate::host::memory::block;
use crate::host::memory::image::ImageMemory;
use crate::host::param::Param;
use crate::host::plugin::Plugin;
use crate::host::profile::Owner;
use crate::host::project::Project;
use crate::host::property::schema;
use crate::host::source::ClipSource;
use crate::host::status::Status;
use crate::host::value::Value;
use crate::ofx::sys;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use call::RenderCall;
pub use overlay::{Key, Overlay, Pen};

/// An instance of a plugin. Every method may be called from any number of threads; renders wait
/// for each other where the plugin asks for that. The instance is destroyed when it is dropped.
pub struct Instance {
    plugin: Plugin,
    effect: Arc<Effect>,
    project: Project,
    safety: ThreadSafety,
    preferences: Mutex<Option<ClipPreferences>>,
    wanted: Mutex<Option<(Components, Depth)>>,
}

impl Instance {
    /// Makes an instance, with every param at its default and no clip connected.
    ///
    /// # Errors
    /// What [`Plugin::describe`] fails with, or [`HostError::Action`] when the plugin refuses.
    pub fn create(plugin: &Plugin, context: Context, project: &Project) -> Result<Self, HostError> {
        let described = plugin.described(context)?;
        let profile = &plugin.host().profile;
        let effect = Effect::new(EffectParts {
            role: Role::Instance,
            host: plugin.host().clone(),
            identifier: plugin.identifier().to_owned(),
            context: Some(context),
            props: schema::instance(described.props.copy(Owner::Instance), profile, context, project),
            param_props: described.param_props.copy(Owner::ParamSet),
            time_bounds: (project.first as f64, project.last as f64),
            entry: plugin.raw().entry,
        });
        for clip in described.clips.read().iter() {
            effect.add_clip(&clip.name, schema::clip_instance(clip.props.copy(Owner::Clip), profile));
        }
        for param in described.params.read().iter() {
            let mut props = param.props.copy(Owner::Param);
            props.string(sys::kOfxPropType, "OfxTypeParameterInstance").read_only(&[sys::kOfxPropType]);
            let instance = effect.new_param(&param.name, param.kind, props);
            instance.reset();
            instance.take_curves(param);
            effect.params.write().push(instance);
        }
        let said = effect.props.string("OfxImageEffectPluginRenderThreadSafety");
        let safety = ThreadSafety::from_ofx(&said).unwrap_or_else(|| {
            effect.audit.fault(format!("declares the unknown thread safety {said:?}"));
            ThreadSafety::Unsafe
        });
        let instance = Self {
            plugin: plugin.clone(),
            effect,
            project: project.clone(),
            safety,
            preferences: Mutex::default(),
            wanted: Mutex::default(),
        };
        preferences::tell_clips(&instance.effect, &instance.project);
        let status = action::send(&instance.effect, "OfxActionCreateInstance", None, None, None);
        if !status.is_success() && !profile.ignores_failures {
            let error = instance.effect.fails("CreateInstance", status);
            // What was not created is not destroyed.
            instance.forget();
            return Err(error);
        }
        Ok(instance)
    }

    /// Drops the host's side only.
    fn forget(self) {
        self.effect.running.store(usize::MAX / 2, Ordering::SeqCst);
    }

    /// The plugin that it is an instance of.
    #[must_use]
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The param of that name.
    fn find_param(&self, name: &str) -> Result<Arc<Param>, HostError> {
        self.effect.param(name).ok_or_else(|| {
            let params = self.effect.params.read();
            let known = params.iter().filter(|p| p.kind.has_value()).map(|p| p.name.as_str());
            self.plugin.request(format!("has no param {name}, only {}", known.collect::<Vec<_>>().join(", ")))
        })
    }

    /// Sets a param for all times, as a project that is loaded does: the plugin is not told.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param, or the value does not fit it.
    pub fn set_param(&self, name: &str, value: impl Into<Value>) -> Result<(), HostError> {
        let param = self.find_param(name)?;
        param.set(param.accept(&value.into()).map_err(|what| self.plugin.request(what.to_string()))?);
        Ok(())
    }

    /// Sets a key of a param; the plugin is not told.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param, or the value does not fit it.
    pub fn set_key(&self, name: &str, time: f64, value: impl Into<Value>) -> Result<(), HostError> {
        let param = self.find_param(name)?;
        param
            .set_at(time, param.accept(&value.into()).map_err(|what| self.plugin.request(what.to_string()))?);
        Ok(())
    }

    /// Sets a param as a user does: the plugin is told.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param or the value does not fit it,
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn edit_param(&self, name: &str, value: impl Into<Value>, time: f64) -> Result<(), HostError> {
        self.set_param(name, value)?;
        self.tell_param(name, time)
    }

    /// Presses a button.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such button, [`HostError::Action`] when the plugin
    /// answers with an error.
    pub fn push_button(&self, name: &str, time: f64) -> Result<(), HostError> {
        let param = self.find_param(name)?;
        if param.kind != ParamKind::PushButton {
            return Err(self.plugin.request(format!("param {name} is of type {}, not a button", param.kind)));
        }
        self.tell_param(name, time)
    }

    fn tell_param(&self, name: &str, time: f64) -> Result<(), HostError> {
        *self.effect.time.lock() = time;
        let status = action::param_changed(&self.effect, name, "OfxChangeUserEdited", time);
        let slaves = self.effect.props.strings("OfxImageEffectPropClipPreferencesSlaveParam");
        if slaves.iter().any(|s| s == name) {
            *self.preferences.lock() = None;
        }
        self.check("InstanceChanged", status)
    }

    /// Moves the playhead; the plugin is told.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn go_to(&self, time: f64) -> Result<(), HostError> {
        *self.effect.time.lock() = time;
        let status = action::param_changed(&self.effect, "", "OfxChangeTime", time);
        self.check("InstanceChanged", status)
    }

    /// What a param holds at the playhead.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param.
    pub fn param(&self, name: &str) -> Result<Value, HostError> {
        Ok(self.find_param(name)?.value(None))
    }

    /// What a param holds at a time.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param.
    pub fn param_at(&self, name: &str, time: f64) -> Result<Value, HostError> {
        Ok(self.find_param(name)?.value(Some(time)))
    }

    /// How a param is shown now: label, hint, range, whether it is secret or enabled.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param.
    pub fn param_state(&self, name: &str) -> Result<ParamDescriptor, HostError> {
        Ok(ParamDescriptor::read(&*self.find_param(name)?))
    }

    /// Everything that a project would save: names and values of the persistent params.
    #[must_use]
    pub fn saved_params(&self) -> Vec<(String, Value)> {
        let params = self.effect.params.read();
        let saved = |p: &&Arc<Param>| {
            p.kind.has_value() && p.props.first::<i32>("OfxParamPropPersistant").unwrap_or(1) != 0
        };
        params.iter().filter(saved).map(|p| (p.name.clone(), p.value(None))).collect()
    }

    /// Connects a clip, or takes its connection away. The plugin is told at the next
    /// [`Instance::edit_clip`], not here.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such clip, or it is the output.
    pub fn connect(&self, name: &str, source: Option<Arc<dyn ClipSource>>) -> Result<(), HostError> {
        let clip = self.effect.clip(name).filter(|c| !c.is_output()).ok_or_else(|| {
            let clips = self.effect.clips.read();
            let known: Vec<&str> = clips.iter().filter(|c| !c.is_output()).map(|c| c.name.as_str()).collect();
            self.plugin.request(format!("has no input clip {name}, only {}", known.join(", ")))
        })?;
        let allowed = &self.effect.profile().only_clips;
        if allowed.as_ref().is_some_and(|only| !only.contains(&name)) {
            self.effect.audit.remark(format!("this host cannot connect clip {name}"));
            return Ok(());
        }
        clip.connect(source);
        *self.preferences.lock() = None;
        preferences::tell_clips(&self.effect, &self.project);
        Ok(())
    }

    /// Tells the plugin that a clip has changed, as a user's edit.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn edit_clip(&self, name: &str, time: f64) -> Result<(), HostError> {
        *self.preferences.lock() = None;
        let status = action::clip_changed(&self.effect, name, "OfxChangeUserEdited", time);
        self.check("InstanceChanged", status)
    }

    /// Asks for components and depth of the output; by default they are those of the source.
    ///
    /// # Errors
    /// [`HostError::Request`] when host or plugin do not take them.
    pub fn set_output(&self, components: Components, depth: Depth) -> Result<(), HostError> {
        let profile = self.effect.profile();
        let output = self.effect.clip("Output");
        let supported = output.map(|c| c.supported_components()).unwrap_or_default();
        if !supported.contains(&components) || !profile.components.contains(&components) {
            let words: Vec<&str> = supported.iter().map(|c| c.word()).collect();
            let what = format!("its output cannot be {components}, only {}", words.join(", "));
            return Err(self.plugin.request(what));
        }
        let depths = preferences::depths(&self.effect);
        if !depths.contains(&depth) {
            let words: Vec<&str> = depths.iter().map(|d| d.word()).collect();
            return Err(self
                .plugin
                .request(format!("its output cannot be {depth}, only {}", words.join(", "))));
        }
        *self.wanted.lock() = Some((components, depth));
        *self.preferences.lock() = None;
        Ok(())
    }

    /// What has been agreed with the plugin, which is asked where something has changed since.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn clip_preferences(&self) -> Result<ClipPreferences, HostError> {
        let mut known = self.preferences.lock();
        if let Some(known) = known.as_ref() {
            return Ok(known.clone());
        }
        let wanted = *self.wanted.lock();
        let agreed = preferences::agree(&self.effect, &self.project, wanted)?;
        *known = Some(agreed.clone());
        Ok(agreed)
    }

    /// An error when a status is none of success.
    fn check(&self, action: &str, status: Status) -> Result<(), HostError> {
        self.effect.check(action, status)
    }

    fn simple(&self, action: &'static str, word: &str) -> Result<(), HostError> {
        let status = action::send(&self.effect, action, None, None, None);
        self.check(word, status)
    }

    /// Says that frames `first` to `last` are about to be rendered.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn begin_sequence(
        &self,
        first: i64,
        last: i64,
        step: f64,
        interactive: bool,
    ) -> Result<(), HostError> {
        self.sequence("OfxImageEffectActionBeginSequenceRender", first, last, step, interactive)
    }

    /// Says that frames `first` to `last` have been rendered.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn end_sequence(&self, first: i64, last: i64, step: f64, interactive: bool) -> Result<(), HostError> {
        self.sequence("OfxImageEffectActionEndSequenceRender", first, last, step, interactive)
    }

    fn sequence(
        &self,
        action: &'static str,
        first: i64,
        last: i64,
        step: f64,
        interactive: bool,
    ) -> Result<(), HostError> {
        let input = arguments(&self.effect, |b| {
            b.double(sys::kOfxImageEffectPropFrameRange, &[first as f64, last as f64])
                .double(sys::kOfxImageEffectPropFrameStep, &[step])
                .int(sys::kOfxPropIsInteractive, &[i32::from(interactive)])
                .double(sys::kOfxImageEffectPropRenderScale, &[1.0, 1.0])
                .int(sys::kOfxImageEffectPropSequentialRenderStatus, &[1])
                .int(sys::kOfxImageEffectPropInteractiveRenderStatus, &[i32::from(interactive)]);
            action::gpu_arguments(b);
        });
        let status = action::send(&self.effect, action, Some(&input), None, None);
        self.check(action.trim_start_matches("OfxImageEffectAction"), status)
    }

    /// Asks the plugin to give up what it can compute again.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn purge_caches(&self) -> Result<(), HostError> {
        self.simple("OfxActionPurgeCaches", "PurgeCaches")
    }

    /// Asks the plugin to write its state to its params, as before a project is saved.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn sync_private_data(&self) -> Result<(), HostError> {
        self.effect.param_props.put("OfxPropParamSetNeedsSyncing", vec![0]);
        self.simple("OfxActionSyncPrivateData", "SyncPrivateData")
    }

    /// Says that a panel with the params is open.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn begin_edit(&self) -> Result<(), HostError> {
        self.simple("OfxActionBeginInstanceEdit", "BeginInstanceEdit")
    }

    /// Says that the panel has been closed.
    ///
    /// # Errors
    /// [`HostError::Action`] when the plugin answers with an error.
    pub fn end_edit(&self) -> Result<(), HostError> {
        self.simple("OfxActionEndInstanceEdit", "EndInstanceEdit")
    }

    /// Takes the messages posted since the last call.
    #[must_use]
    pub fn messages(&self) -> Vec<HostMessage> {
        std::mem::take(&mut *self.effect.messages.lock())
    }

    /// The message that stands on the node.
    #[must_use]
    pub fn persistent_message(&self) -> Option<HostMessage> {
        self.effect.persistent.lock().clone()
    }

    /// Takes the names of the edits that the plugin ended since the last call: each is a step of undo.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        std::mem::take(&mut *self.effect.steps.lock())
    }

    /// The progress bar, while there is one.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        self.effect.progress.lock().clone()
    }

    /// Takes the progress bars that were ended since the last call, as they were last.
    #[must_use]
    pub fn ended_progress(&self) -> Vec<Progress> {
        std::mem::take(&mut *self.effect.progressed.lock())
    }

    /// From now on every progress bar is cancelled at its update of that number; 0 for none.
    pub fn cancel_progress_after(&self, updates: usize) {
        self.effect.cancel_after.store(updates, Ordering::Relaxed);
    }

    /// Times and values of the keys of a param, in order.
    ///
    /// # Errors
    /// [`HostError::Request`] when there is no such param.
    pub fn keys(&self, name: &str) -> Result<Vec<(f64, Value)>, HostError> {
        let param = self.find_param(name)?;
        Ok(param.key_times().into_iter().map(|t| (t, param.value(Some(t)))).collect())
    }

    /// From now on the plugin is told to stop, or no longer.
    pub fn set_abort(&self, abort: bool) {
        self.effect.abort.store(abort, Ordering::Relaxed);
    }

    /// Where the playhead is; the plugin may have moved it.
    #[must_use]
    pub fn time(&self) -> f64 {
        *self.effect.time.lock()
    }

    /// Everything noticed about this instance.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.effect.audit.findings()
    }

    /// What this instance did against the API.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.effect.audit.faults()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let effect = &self.effect;
        if effect.running.load(Ordering::SeqCst) != 0 {
            return;
        }
        let status = action::send(effect, "OfxActionDestroyInstance", None, None, None);
        let audit = &effect.audit;
        if !status.is_success() {
            audit.fault(format!("DestroyInstance answered {status}"));
        }
        let (blocks, bytes) = block::unfreed(effect.id());
        if blocks > 0 {
            audit.fault(format!("left {blocks} blocks of {bytes} bytes of memory unfreed"));
        }
        let images = ImageMemory::unfreed(effect.id());
        if images > 0 {
            audit.fault(format!("left {images} blocks of image memory unfreed"));
        }
        if effect.progress.lock().is_some() {
            audit.fault("left progress unended");
        }
        if effect.edits.load(Ordering::Relaxed) != 0 {
            audit.fault("left an edit of params unended");
        }
    }
}
