//! Clips, and what they are connected to.

mod preferences;

use crate::host::audit::Audit;
use crate::host::kinds::{Components, Depth, RectD};
use crate::host::memory::handles;
use crate::host::property::{Builder, PropertySet};
use crate::host::source::ClipSource;
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use preferences::{ClipPreference, ClipPreferences};

/// A source, and which of all sources it is.
#[derive(Clone)]
pub(in crate::host) struct Connection {
    pub(in crate::host) source: Arc<dyn ClipSource>,
    pub(in crate::host) generation: usize,
}

/// A clip that a plugin has a handle of.
pub(in crate::host) struct Clip {
    id: usize,
    pub(in crate::host) name: String,
    /// The handle of the effect that it belongs to.
    pub(in crate::host) effect: usize,
    pub(in crate::host) props: Arc<PropertySet>,
    connection: RwLock<Option<Connection>>,
    /// Components and depth that the plugin has been promised.
    pub(in crate::host) format: Mutex<(Components, Depth)>,
    /// Region of definition of an output clip.
    pub(in crate::host) region: Mutex<Option<RectD>>,
}

impl Drop for Clip {
    fn drop(&mut self) {
        handles::release(self.id);
    }
}

impl Clip {
    /// Puts a clip of the effect with that handle behind a handle of its own.
    pub(in crate::host) fn new(effect: usize, name: &str, props: Builder, audit: &Arc<Audit>) -> Arc<Self> {
        let id = handles::reserve();
        let clip = Arc::new(Self {
            id,
            name: name.to_owned(),
            effect,
            props: PropertySet::new(props, format!("clip {name}"), audit),
            connection: RwLock::default(),
            format: Mutex::new((Components::Rgba, Depth::Float)),
            region: Mutex::default(),
        });
        handles::register(id, &clip);
        clip
    }

    pub(in crate::host) fn handle<T>(&self) -> *mut T {
        handles::pointer(self.id)
    }

    pub(in crate::host) fn is_output(&self) -> bool {
        self.name == "Output"
    }

    pub(in crate::host) fn connection(&self) -> Option<Connection> {
        self.connection.read().clone()
    }

    pub(in crate::host) fn connect(&self, source: Option<Arc<dyn ClipSource>>) {
        static GENERATION: AtomicUsize = AtomicUsize::new(1);
        *self.connection.write() = source
            .map(|source| Connection { source, generation: GENERATION.fetch_add(1, Ordering::Relaxed) });
    }

    /// Components that the plugin takes here, in the host's order; all when it said nothing.
    pub(in crate::host) fn supported_components(&self) -> Vec<Components> {
        let said = self.props.strings("OfxImageEffectPropSupportedComponents");
        said.iter().filter_map(|s| Components::from_ofx(s)).collect()
    }
}
