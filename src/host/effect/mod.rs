//! Effects as the host keeps them: described or instantiated.

mod descriptor;
pub(in crate::host) mod held;
mod history;
mod interact;
pub(in crate::host) mod job;
mod message;
pub(in crate::host) mod scope;
mod shared;

use crate::host::audit::Audit;
use crate::host::clip::Clip;
use crate::host::error::HostError;
use crate::host::kinds::{Context, MessageKind, ParamKind};
use crate::host::memory::block::Block;
use crate::host::memory::handles;
use crate::host::param::{Param, ParamOwner};
use crate::host::profile::HostProfile;
use crate::host::property::{Builder, PropertySet};
use crate::host::status::Status;
use crate::ofx::sys;
use history::History;
use job::RenderJob;
use parking_lot::{Mutex, RwLock};
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

pub use descriptor::{ChoiceOption, ClipDescriptor, Descriptor, Flags, ParamDescriptor, Range};
pub(in crate::host) use interact::{DrawContext, InteractState};
pub use interact::{Drawing, Shape};
pub use message::{HostMessage, Progress};
pub(in crate::host) use shared::HostShared;

/// Messages that are kept until somebody takes them.
const MOST_MESSAGES: usize = 10_000;

/// Whether an effect is described or lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::host) enum Role {
    Descriptor,
    Instance,
}

/// All params of an effect, which have a handle of their own.
struct ParamSet {
    id: usize,
    /// The handle of the effect.
    effect: usize,
}

impl Drop for ParamSet {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

/// An effect that a plugin has a handle of.
pub(in crate::host) struct Effect {
    id: usize,
    params_handle: Arc<ParamSet>,
    pub(in crate::host) role: Role,
    pub(in crate::host) host: Arc<HostShared>,
    pub(in crate::host) identifier: String,
    pub(in crate::host) context: Option<Context>,
    pub(in crate::host) props: Arc<PropertySet>,
    pub(in crate::host) param_props: Arc<PropertySet>,
    pub(in crate::host) params: RwLock<Vec<Arc<Param>>>,
    pub(in crate::host) clips: RwLock<Vec<Arc<Clip>>>,
    pub(in crate::host) audit: Arc<Audit>,
    pub(in crate::host) messages: Mutex<Vec<HostMessage>>,
    pub(in crate::host) persistent: Mutex<Option<HostMessage>>,
    pub(in crate::host) progress: Mutex<Option<Progress>>,
    /// Bars that were ended, as they were last.
    pub(in crate::host) progressed: Mutex<Vec<Progress>>,
    /// Updates of a bar after which the user cancels it; 0 for never.
    pub(in crate::host) cancel_after: AtomicUsize,
    pub(in crate::host) abort: AtomicBool,
    pub(in crate::host) time: Arc<Mutex<f64>>,
    pub(in crate::host) time_bounds: (f64, f64),
    pub(in crate::host) jobs: Mutex<Vec<Arc<RenderJob>>>,
    pub(in crate::host) running: AtomicUsize,
    pub(in crate::host) edits: AtomicUsize,
    /// Edits of params that were ended, those within others not counted, with what they are called.
    pub(in crate::host) steps: Mutex<Vec<String>>,
    /// What can be taken back.
    pub(in crate::host) history: Mutex<History>,
    /// Name of the edit that is open.
    pub(in crate::host) edit_name: Mutex<String>,
    /// The memory of the last output, which is used again.
    pub(in crate::host) spare: Mutex<Option<Block>>,
    /// Nanoseconds that passed in renders, and of them those in which the host made images of inputs.
    pub(in crate::host) rendering: AtomicU64,
    pub(in crate::host) fetching: AtomicU64,
    /// Held while an instance renders that says it is instance safe.
    pub(in crate::host) render_lock: Mutex<()>,
    /// The plugin's code, for what the suites have to tell it.
    pub(in crate::host) entry: Entry,
}

/// A plugin's main entry.
#[derive(Clone, Copy)]
pub(in crate::host) struct Entry(pub(in crate::host) sys::OfxPluginEntryPoint);

/// What a new effect is made of.
pub(in crate::host) struct EffectParts {
    pub(in crate::host) role: Role,
    pub(in crate::host) host: Arc<HostShared>,
    pub(in crate::host) identifier: String,
    pub(in crate::host) context: Option<Context>,
    pub(in crate::host) props: Builder,
    pub(in crate::host) param_props: Builder,
    pub(in crate::host) time_bounds: (f64, f64),
    pub(in crate::host) entry: Entry,
}

impl Effect {
    /// Puts an effect without clips and params behind a handle.
    pub(in crate::host) fn new(parts: EffectParts) -> Arc<Self> {
        let audit = Audit::within(&parts.host.audit);
        let what = match parts.role {
            Role::Descriptor => "the descriptor",
            Role::Instance => "the instance",
        };
        let id = handles::reserve();
        let params_handle = Arc::new(ParamSet { id: handles::reserve(), effect: id });
        handles::register(params_handle.id, &params_handle);
        let effect = Arc::new(Self {
            id,
            params_handle,
            role: parts.role,
            identifier: parts.identifier,
            context: parts.context,
            props: PropertySet::new(parts.props, what, &audit),
            param_props: PropertySet::new(parts.param_props, "the param set", &audit),
            params: RwLock::default(),
            clips: RwLock::default(),
            audit,
            messages: Mutex::default(),
            persistent: Mutex::default(),
            progress: Mutex::default(),
            progressed: Mutex::default(),
            cancel_after: AtomicUsize::new(0),
            abort: AtomicBool::new(false),
            time: Arc::new(Mutex::new(parts.time_bounds.0)),
            time_bounds: parts.time_bounds,
            jobs: Mutex::default(),
            running: AtomicUsize::new(0),
            edits: AtomicUsize::new(0),
            steps: Mutex::default(),
            history: Mutex::default(),
            edit_name: Mutex::default(),
            spare: Mutex::default(),
            rendering: AtomicU64::new(0),
            fetching: AtomicU64::new(0),
            render_lock: Mutex::default(),
            host: parts.host,
            entry: parts.entry,
        });
        handles::register(id, &effect);
        effect
    }

    /// The effect whose params a handle stands for.
    pub(in crate::host) fn of_params(handle: *const impl Sized) -> Result<Arc<Self>, Status> {
        let params = handles::find::<ParamSet>(handle)?;
        Self::with_id(params.effect)
    }

    /// The effect whose handle is that number.
    pub(in crate::host) fn with_id(id: usize) -> Result<Arc<Self>, Status> {
        handles::find(handles::pointer::<c_void>(id))
    }

    /// The instance whose handle is that number; a descriptor is none.
    pub(in crate::host) fn instance(id: usize) -> Result<Arc<Self>, Status> {
        Self::with_id(id).and_then(|e| if e.role == Role::Instance { Ok(e) } else { Err(Status::BAD_HANDLE) })
    }

    pub(in crate::host) fn id(&self) -> usize {
        self.id
    }

    pub(in crate::host) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    pub(in crate::host) fn param_set_handle<T>(&self) -> *mut T {
        handles::pointer(self.params_handle.id)
    }

    pub(in crate::host) fn profile(&self) -> &HostProfile {
        &self.host.profile
    }

    pub(in crate::host) fn clip(&self, name: &str) -> Option<Arc<Clip>> {
        self.clips.read().iter().find(|c| c.name == name).cloned()
    }

    pub(in crate::host) fn param(&self, name: &str) -> Option<Arc<Param>> {
        self.params.read().iter().find(|p| p.name == name).cloned()
    }

    /// Adds a clip.
    pub(in crate::host) fn add_clip(&self, name: &str, props: Builder) -> Arc<Clip> {
        let clip = Clip::new(self.id, name, props, &self.audit);
        self.clips.write().push(clip.clone());
        clip
    }

    /// A param of this effect, not among its params yet.
    pub(in crate::host) fn new_param(&self, name: &str, kind: ParamKind, props: Builder) -> Arc<Param> {
        let owner = ParamOwner { effect: self.id, audit: self.audit.clone(), time: self.time.clone() };
        Param::new(owner, name, kind, props)
    }

    /// A plugin is about to set `param`.
    pub(in crate::host) fn about_to_set(&self, param: &Arc<Param>) {
        self.history.lock().about_to_set(param, self.edits.load(Ordering::Relaxed) != 0);
    }

    /// An error of the plugin, with the last error message that it posted.
    pub(in crate::host) fn fails(&self, action: &str, status: Status) -> HostError {
        let messages = self.messages.lock();
        let bad = |m: &&HostMessage| matches!(m.kind, MessageKind::Error | MessageKind::Fatal);
        let message = messages.iter().rev().find(bad).map(|m| m.text.clone());
        HostError::Action { plugin: self.identifier.clone(), action: action.to_owned(), status, message }
    }

    /// An error when a status is none of success.
    pub(in crate::host) fn check(&self, action: &str, status: Status) -> Result<(), HostError> {
        if status.is_success() { Ok(()) } else { Err(self.fails(action, status)) }
    }

    /// Keeps a message.
    pub(in crate::host) fn post(&self, message: HostMessage) {
        log::debug!("{}: {}: {}", self.identifier, message.kind, message.text);
        if message.persistent {
            *self.persistent.lock() = Some(message.clone());
        }
        let mut messages = self.messages.lock();
        if messages.len() < MOST_MESSAGES {
            messages.push(message);
        }
    }

    pub(in crate::host) fn aborted(&self) -> bool {
        self.abort.load(Ordering::Relaxed)
    }
}

impl Drop for Effect {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}
