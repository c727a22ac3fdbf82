//! Effects and clips as the host keeps them: described or instantiated.

use super::audit::Audit;
use super::guard;
use super::handles::{self, Object};
use super::image::HostImage;
use super::kinds::{Components, Context, Depth, Field, MessageKind, RectD};
use super::memory::{Block, PixelMemory};
use super::param::Param;
use super::profile::HostProfile;
use super::property::PropertySet;
use super::source::ClipSource;
use super::status::Status;
use super::undo::History;
use crate::ofx::sys;
use crate::raster::RectI;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Weak};

/// Messages that are kept until somebody takes them.
const MOST_MESSAGES: usize = 10_000;

/// A message that a plugin posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostMessage {
    /// What it is.
    pub kind: MessageKind,
    /// The plugin's name for it.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Whether it stays on the node until the plugin takes it away.
    pub persistent: bool,
}

/// A progress bar of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What it says.
    pub label: String,
    /// 0 to 1.
    pub fraction: f64,
    /// Updates so far.
    pub updates: u32,
}

/// The structure that a plugin is given through `setHost`.
pub(super) struct HostStructure(pub(super) Box<sys::OfxHost>);

// SAFETY: it is never written after it was made.
unsafe impl Send for HostStructure {}
// SAFETY: it is never written after it was made.
unsafe impl Sync for HostStructure {}

/// What all effects of a binary share.
pub(super) struct HostShared {
    pub(super) profile: HostProfile,
    pub(super) props: Arc<PropertySet>,
    pub(super) audit: Arc<Audit>,
    pub(super) structure: HostStructure,
    /// Held while a plugin renders that says it is unsafe.
    pub(super) render_lock: Mutex<()>,
}

/// Hosts by the handle of their properties.
static HOSTS: LazyLock<RwLock<HashMap<usize, Weak<HostShared>>>> = LazyLock::new(RwLock::default);

impl HostShared {
    /// A host that behaves as `profile` says.
    pub(super) fn new(profile: HostProfile) -> Arc<Self> {
        let audit = Arc::new(Audit::default());
        let props = PropertySet::new(super::schema::host(&profile), "the host", &audit);
        let structure = HostStructure(Box::new(sys::OfxHost {
            host: props.handle(),
            fetchSuite: Some(super::suites::fetch_suite),
        }));
        let id = props.id();
        let host = Arc::new(Self { profile, props, audit, structure, render_lock: Mutex::default() });
        HOSTS.write().insert(id, Arc::downgrade(&host));
        host
    }

    /// The host whose properties a handle stands for.
    pub(super) fn find(handle: usize) -> Option<Arc<Self>> {
        HOSTS.read().get(&handle)?.upgrade()
    }
}

impl Drop for HostShared {
    fn drop(&mut self) {
        HOSTS.write().remove(&self.props.id());
    }
}

/// A render that is going on.
pub(super) struct RenderJob {
    pub(super) time: f64,
    pub(super) scale: (f64, f64),
    pub(super) field: Field,
    pub(super) output: PixelMemory,
    /// Region of definition of the output in pixels.
    pub(super) region: RectI,
    /// The clip, time and reason of the first image that a source could not give.
    pub(super) source_error: Mutex<Option<(String, f64, String)>>,
}

/// Whether an effect is described or lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Descriptor,
    Instance,
}

/// An effect that a plugin has a handle of.
pub(super) struct Effect {
    id: usize,
    param_set_id: usize,
    pub(super) role: Role,
    pub(super) host: Arc<HostShared>,
    pub(super) identifier: String,
    pub(super) context: Option<Context>,
    pub(super) props: Arc<PropertySet>,
    pub(super) param_props: Arc<PropertySet>,
    pub(super) params: RwLock<Vec<Arc<Param>>>,
    pub(super) clips: RwLock<Vec<Arc<Clip>>>,
    pub(super) audit: Arc<Audit>,
    pub(super) messages: Mutex<Vec<HostMessage>>,
    pub(super) persistent: Mutex<Option<HostMessage>>,
    pub(super) progress: Mutex<Option<Progress>>,
    /// Bars that were ended, as they were last.
    pub(super) progressed: Mutex<Vec<Progress>>,
    /// Updates of a bar after which the user cancels it; 0 for never.
    pub(super) cancel_after: AtomicUsize,
    pub(super) abort: AtomicBool,
    pub(super) time: Mutex<f64>,
    pub(super) time_bounds: (f64, f64),
    pub(super) jobs: Mutex<Vec<Arc<RenderJob>>>,
    pub(super) running: AtomicUsize,
    pub(super) edits: AtomicUsize,
    /// Edits of params that were ended, those within others not counted, with what they are called.
    pub(super) steps: Mutex<Vec<String>>,
    /// What can be taken back.
    pub(super) history: Mutex<History>,
    /// Name of the edit that is open.
    pub(super) edit_name: Mutex<String>,
    /// The memory of the last output, which is used again.
    pub(super) spare: Mutex<Option<Block>>,
    /// Nanoseconds that passed in renders, and of them those in which the host made images of inputs.
    pub(super) rendering: AtomicU64,
    pub(super) fetching: AtomicU64,
    /// Held while an instance renders that says it is instance safe.
    pub(super) render_lock: Mutex<()>,
    /// The plugin's code, for what the suites have to tell it.
    pub(super) entry: Entry,
}

/// A plugin's main entry.
#[derive(Clone, Copy)]
pub(super) struct Entry(pub(super) sys::OfxPluginEntryPoint);

/// What a new effect is made of.
pub(super) struct EffectParts {
    pub(super) role: Role,
    pub(super) host: Arc<HostShared>,
    pub(super) identifier: String,
    pub(super) context: Option<Context>,
    pub(super) props: super::property::Builder,
    pub(super) param_props: super::property::Builder,
    pub(super) time_bounds: (f64, f64),
    pub(super) entry: Entry,
}

impl Effect {
    /// Puts an effect without clips and params behind a handle.
    pub(super) fn new(parts: EffectParts) -> Arc<Self> {
        let audit = Audit::within(&parts.host.audit);
        let what = match parts.role {
            Role::Descriptor => "the descriptor",
            Role::Instance => "the instance",
        };
        let (id, param_set_id) = (handles::reserve(), handles::reserve());
        let effect = Arc::new(Self {
            id,
            param_set_id,
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
            time: Mutex::new(parts.time_bounds.0),
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
        handles::register(id, Object::Effect(Arc::downgrade(&effect)));
        handles::register(param_set_id, Object::ParamSet(Arc::downgrade(&effect)));
        effect
    }

    pub(super) fn id(&self) -> usize {
        self.id
    }

    pub(super) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    pub(super) fn param_set_handle<T>(&self) -> *mut T {
        handles::pointer(self.param_set_id)
    }

    pub(super) fn profile(&self) -> &HostProfile {
        &self.host.profile
    }

    pub(super) fn clip(&self, name: &str) -> Option<Arc<Clip>> {
        self.clips.read().iter().find(|c| c.name == name).cloned()
    }

    pub(super) fn param(&self, name: &str) -> Option<Arc<Param>> {
        self.params.read().iter().find(|p| p.name == name).cloned()
    }

    /// Adds a clip.
    pub(super) fn add_clip(self: &Arc<Self>, name: &str, props: super::property::Builder) -> Arc<Clip> {
        let id = handles::reserve();
        let clip = Arc::new(Clip {
            id,
            name: name.to_owned(),
            effect: Arc::downgrade(self),
            props: PropertySet::new(props, format!("clip {name}"), &self.audit),
            connection: RwLock::default(),
            format: Mutex::new((Components::Rgba, Depth::Float)),
            region: Mutex::default(),
        });
        handles::register(id, Object::Clip(Arc::downgrade(&clip)));
        self.clips.write().push(clip.clone());
        clip
    }

    /// Keeps a message.
    pub(super) fn post(&self, message: HostMessage) {
        log::debug!("{}: {}: {}", self.identifier, message.kind, message.text);
        if message.persistent {
            *self.persistent.lock() = Some(message.clone());
        }
        let mut messages = self.messages.lock();
        if messages.len() < MOST_MESSAGES {
            messages.push(message);
        }
    }

    /// The render that the calling thread works for: the thread's own, else the one of that time,
    /// else the only one.
    pub(super) fn job(&self, time: f64) -> Option<Arc<RenderJob>> {
        let mine = guard::current().filter(|s| s.effect.as_ref().is_some_and(|e| e.id == self.id));
        if let Some(job) = mine.and_then(|s| s.job) {
            return Some(job);
        }
        let jobs = self.jobs.lock();
        jobs.iter().find(|j| j.time == time).or_else(|| jobs.first()).cloned()
    }

    pub(super) fn aborted(&self) -> bool {
        self.abort.load(Ordering::Relaxed)
    }
}

impl Drop for Effect {
    fn drop(&mut self) {
        handles::release(self.id);
        handles::release(self.param_set_id);
    }
}

/// A source, and which of all sources it is.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) source: Arc<dyn ClipSource>,
    pub(super) generation: usize,
}

/// A clip that a plugin has a handle of.
pub(super) struct Clip {
    id: usize,
    pub(super) name: String,
    pub(super) effect: Weak<Effect>,
    pub(super) props: Arc<PropertySet>,
    connection: RwLock<Option<Connection>>,
    /// Components and depth that the plugin has been promised.
    pub(super) format: Mutex<(Components, Depth)>,
    /// Region of definition of an output clip.
    pub(super) region: Mutex<Option<RectD>>,
}

impl Drop for Clip {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl Clip {
    pub(super) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    pub(super) fn is_output(&self) -> bool {
        self.name == "Output"
    }

    pub(super) fn connection(&self) -> Option<Connection> {
        self.connection.read().clone()
    }

    pub(super) fn connect(&self, source: Option<Arc<dyn ClipSource>>) {
        static GENERATION: AtomicUsize = AtomicUsize::new(1);
        *self.connection.write() = source
            .map(|source| Connection { source, generation: GENERATION.fetch_add(1, Ordering::Relaxed) });
    }

    /// Components that the plugin takes here, in the host's order; all when it said nothing.
    pub(super) fn supported_components(&self) -> Vec<Components> {
        let said = self.props.strings("OfxImageEffectPropSupportedComponents");
        said.iter().filter_map(|s| Components::from_ofx(s)).collect()
    }
}

/// What a plugin got from `clipGetImage`.
pub(super) struct Held {
    pub(super) effect: Weak<Effect>,
    pub(super) clip: String,
    /// The properties; a plugin's handle is theirs.
    pub(super) props: Arc<PropertySet>,
    pub(super) pixels: Pixels,
    /// How often it was fetched and not released.
    pub(super) count: usize,
}

/// Where the pixels of an image are.
pub(super) enum Pixels {
    /// The output of a render.
    Output { _job: Arc<RenderJob> },
    /// An input, straight from its source.
    Shared { _image: HostImage },
    /// A copy of an input that is compared with it afterwards.
    Watched { memory: PixelMemory, image: HostImage },
}

/// Images that plugins hold, by the handle of their properties.
static IMAGES: LazyLock<Mutex<HashMap<usize, Held>>> = LazyLock::new(Mutex::default);

/// Keeps an image until it is released.
pub(super) fn hold(held: Held) {
    IMAGES.lock().insert(held.props.id(), held);
}

/// A plugin gives an image back.
pub(super) fn release_image(handle: usize) -> Result<(), Status> {
    let mut images = IMAGES.lock();
    let held = images.get_mut(&handle).ok_or(Status::BAD_HANDLE)?;
    held.count = held.count.saturating_sub(1);
    if held.count == 0
        && let Some(held) = images.remove(&handle)
    {
        drop(images);
        check(&held);
    }
    Ok(())
}

/// Whether the plugin left an input as it was.
fn check(held: &Held) {
    if let Pixels::Watched { memory, image } = &held.pixels {
        // SAFETY: the plugin has given the image back and may not write to it.
        let (same, overrun) = unsafe { (memory.same_as(image), memory.overrun()) };
        if !same || overrun {
            let audit = held.effect.upgrade().map(|e| e.audit.clone());
            let what = if same { "around the rows of" } else { "into" };
            let what = format!("wrote {what} the input image of clip {}", held.clip);
            match audit {
                Some(audit) => audit.fault(what),
                None => guard::fault(what),
            }
        }
    }
}

/// Takes back every image that an effect still holds; gives the names of their clips.
pub(super) fn reclaim(effect: &Effect) -> Vec<String> {
    let mut images = IMAGES.lock();
    let mine: Vec<usize> = images
        .iter()
        .filter(|(_, held)| held.effect.upgrade().is_none_or(|e| e.id == effect.id))
        .map(|(id, _)| *id)
        .collect();
    let mut clips: Vec<String> =
        mine.iter().filter_map(|id| images.remove(id)).map(|held| held.clip).collect();
    clips.sort();
    clips
}
