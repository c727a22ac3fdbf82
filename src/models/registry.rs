//! Trackers, matters and detectors by name.

use super::flow::FlowTracker;
use super::grounding_dino::{self, GroundingDino};
use super::hybrid::HybridTracker;
use super::pack::Pack;
use super::sam2::{self, Sam2Tracker};
use super::swift::{self, SwiftTracker};
use super::vitmatte::{self, VitMatte};
use super::{Detector, MattingNetwork, ModelError, Tracker, installed};
use crate::job::Device;

/// What "default" means when it can be had: the better one of those that ship on what validation held back from
/// training (`models/train/EXPERIMENTS.md`).
pub const DEFAULT: &str = "swift";
/// The tracker that needs no model.
pub const FLOW: &str = "flow";

/// What follows the name of a pack whose track is that of the pack and of [`FLOW`] together.
pub const WITH_FLOW: &str = "+flow";

/// Opens the tracker called `name`: "default", "flow", a model pack by its name or its folder, or one of those followed
/// by [`WITH_FLOW`].
///
/// "default" is [`DEFAULT`] with flow. It always opens something: the flow tracker alone, with a note, where
/// [`DEFAULT`] cannot be had.
/// `threads` is the number of threads of a neural model's session.
///
/// # Errors
/// [`ModelError`] when there is no such tracker or its model cannot be used.
pub fn open(name: &str, device: Device, threads: usize) -> Result<Box<dyn Tracker>, ModelError> {
    let with_flow = |first| HybridTracker::with_second(first, Box::new(FlowTracker::new()));
    match name {
        FLOW => Ok(HybridTracker::around(Box::new(FlowTracker::new()))),
        "" | "default" => Ok(open_pack(DEFAULT, device, threads).map_or_else(
            |reason| {
                let note = format!("the model {DEFAULT} cannot be used, tracking by optical flow: {reason}");
                HybridTracker::around(Box::new(FlowTracker::in_place_of(note)))
            },
            with_flow,
        )),
        _ => match name.strip_suffix(WITH_FLOW) {
            Some(first) => open_pack(first, device, threads).map(with_flow),
            None => open_pack(name, device, threads).map(HybridTracker::around),
        },
    }
}

fn open_pack(name: &str, device: Device, threads: usize) -> Result<Box<dyn Tracker>, ModelError> {
    open_found(&installed::find(name)?, device, threads)
}

/// Opens the tracker of a pack.
///
/// # Errors
/// [`ModelError`] when its model cannot be used.
pub fn open_found(pack: &Pack, device: Device, threads: usize) -> Result<Box<dyn Tracker>, ModelError> {
    match pack.manifest().family.as_str() {
        swift::FAMILY => Ok(Box::new(SwiftTracker::open(pack, device, threads)?)),
        family if sam2::FAMILIES.contains(&family) => Ok(Box::new(Sam2Tracker::open(pack, device, threads)?)),
        vitmatte::FAMILY => Err(pack.refuse(format!(
            "is of family {:?}, which refines the edges of mattes and does not track",
            vitmatte::FAMILY
        ))),
        grounding_dino::FAMILY => Err(pack.refuse(format!(
            "is of family {:?}, which finds objects by text and does not track",
            grounding_dino::FAMILY
        ))),
        other => {
            let [sam2, edgetam] = sam2::FAMILIES;
            Err(pack
                .refuse(format!("family {other:?}, expected {:?}, {sam2:?} or {edgetam:?}", swift::FAMILY)))
        }
    }
}

/// The name of the first matting network that is installed, by its name; none without any.
#[must_use]
pub fn first_matting_network() -> Option<String> {
    first(refines)
}

/// The name of the first network that is installed and finds what a text names, by its name; none
/// without any.
#[must_use]
pub fn first_detector() -> Option<String> {
    first(detects)
}

fn first(wanted: fn(&Pack) -> bool) -> Option<String> {
    let usable = |s: &installed::Installed| s.shadowed_by.is_none() && s.pack.as_ref().is_ok_and(wanted);
    installed::all().into_iter().filter(usable).map(|s| s.name).min()
}

/// Opens the matting network called `name`: a model pack by its name or its folder.
///
/// `threads` is the number of threads of a graph's session.
///
/// # Errors
/// [`ModelError`] when there is no such pack, it is a tracker's, or it cannot be used.
pub fn open_matting_network(
    name: &str,
    device: Device,
    threads: usize,
) -> Result<Box<dyn MattingNetwork>, ModelError> {
    open_matting_network_found(&installed::find(name)?, device, threads)
}

/// Opens the matting network of a pack.
///
/// # Errors
/// [`ModelError`] when the pack is a tracker's or cannot be used.
pub fn open_matting_network_found(
    pack: &Pack,
    device: Device,
    threads: usize,
) -> Result<Box<dyn MattingNetwork>, ModelError> {
    Ok(Box::new(VitMatte::open(pack, device, threads, vitmatte::Settings::default())?))
}

/// Opens the detector called `name`: a model pack by its name or its folder.
///
/// `threads` is the number of threads of a graph's session.
///
/// # Errors
/// [`ModelError`] when there is no such pack, it is of another kind, or it cannot be used.
pub fn open_detector(name: &str, device: Device, threads: usize) -> Result<Box<dyn Detector>, ModelError> {
    open_detector_found(&installed::find(name)?, device, threads)
}

/// Opens the detector of a pack.
///
/// # Errors
/// [`ModelError`] when the pack is of another kind or cannot be used.
pub fn open_detector_found(
    pack: &Pack,
    device: Device,
    threads: usize,
) -> Result<Box<dyn Detector>, ModelError> {
    Ok(Box::new(GroundingDino::open(pack, device, threads)?))
}

/// Whether a pack is of a network that finds what a text names, and not of a tracker.
#[must_use]
pub fn detects(pack: &Pack) -> bool {
    pack.manifest().family == grounding_dino::FAMILY
}

/// Whether a pack is of a network that refines mattes, and not of a tracker.
#[must_use]
pub fn refines(pack: &Pack) -> bool {
    pack.manifest().family == vitmatte::FAMILY
}

/// What a pack's network does that is no tracker, in words.
#[must_use]
pub fn purpose(pack: &Pack) -> Option<&'static str> {
    match () {
        () if refines(pack) => Some("refines mattes"),
        () if detects(pack) => Some("finds objects by text"),
        () => None,
    }
}
