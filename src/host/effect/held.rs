//! Images that plugins hold.

use super::Effect;
use super::job::RenderJob;
use crate::host::image::HostImage;
use crate::host::memory::guard;
use crate::host::memory::pixels::PixelMemory;
use crate::host::property::PropertySet;
use crate::host::status::Status;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

/// What a plugin got from `clipGetImage`.
pub(in crate::host) struct Held {
    pub(in crate::host) effect: Weak<Effect>,
    pub(in crate::host) clip: String,
    /// The properties; a plugin's handle is theirs.
    pub(in crate::host) props: Arc<PropertySet>,
    pub(in crate::host) pixels: Pixels,
    /// How often it was fetched and not released.
    pub(in crate::host) count: usize,
}

/// Where the pixels of an image are.
pub(in crate::host) enum Pixels {
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
pub(in crate::host) fn hold(held: Held) {
    IMAGES.lock().insert(held.props.id(), held);
}

/// A plugin gives an image back.
pub(in crate::host) fn release_image(handle: usize) -> Result<(), Status> {
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
pub(in crate::host) fn reclaim(effect: &Effect) -> Vec<String> {
    let mut images = IMAGES.lock();
    let mine: Vec<usize> = images
        .iter()
        .filter(|(_, held)| held.effect.upgrade().is_none_or(|e| e.id() == effect.id()))
        .map(|(id, _)| *id)
        .collect();
    let mut clips: Vec<String> =
        mine.iter().filter_map(|id| images.remove(id)).map(|held| held.clip).collect();
    clips.sort();
    clips
}
