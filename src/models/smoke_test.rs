//! A trial of a pack: every graph is opened, and runs once on a grey frame.

use std::sync::Arc;

use super::pack::Pack;
use super::{ModelError, registry};
use crate::job::prompts::FramePrompt;
use crate::job::{Device, ModelInfo, Thresholds};
use crate::matte::trimap::{Trimap, Zone};
use crate::raster::{Frame, Matte, PixelBox};

/// Sides of the grey frame in pixels.
const SIZE: (u32, u32) = (64, 48);

/// What a trial found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeTest {
    /// Name, version and device.
    pub info: ModelInfo,
    /// Bytes that are remembered of one object after one frame; none of a network that refines
    /// mattes or finds what a text names.
    pub bytes: Option<usize>,
    /// What it does that is no tracker, in words.
    pub does: Option<&'static str>,
}

/// Opens the tracker of `pack` and takes it through all that it does: a box and a mask as prompts,
/// what is remembered of them, and a step of propagation. A network that refines mattes is given a
/// trimap with a band, one that finds what a text names a text.
///
/// # Errors
/// [`ModelError`] that names the pack and the graph.
pub fn smoke_test(pack: &Pack, device: Device, threads: usize) -> Result<SmokeTest, ModelError> {
    pack.verify()?;
    if registry::refines(pack) {
        return refined(pack, device, threads);
    }
    if registry::detects(pack) {
        return detected(pack, device, threads);
    }
    let mut tracker = registry::open_found(pack, device, threads)?;
    let frame = Arc::new(Frame::filled(SIZE.0, SIZE.1, [128; 3]));
    let embedding = tracker.embed(&frame)?;
    let bounds = PixelBox { x0: 16.0, y0: 12.0, x1: 48.0, y1: 36.0 };
    tracker.segment(&embedding, &FramePrompt { bounds: Some(bounds), ..FramePrompt::default() }, None)?;
    let mut mask = Matte::filled(SIZE.0, SIZE.1, 0.0);
    for y in 12..36 {
        let start = (y * SIZE.0 + 16) as usize;
        mask.data_mut()[start..start + 32].fill(1.0);
    }
    let prompt = FramePrompt { mask: Some(mask), ..FramePrompt::default() };
    let found = tracker.segment(&embedding, &prompt, None)?;
    let mut memory = tracker.memory(None);
    if !tracker.propagates() {
        return Ok(SmokeTest { info: tracker.info(), bytes: Some(0), does: None });
    }
    tracker.remember(memory.as_mut(), 0, &embedding, &found, true)?;
    let next = tracker.propagate(memory.as_ref(), 1, &embedding)?;
    if (next.matte.width(), next.matte.height()) != SIZE {
        return Err(pack.refuse(format!(
            "a matte of {}x{} pixels for a frame of {}x{}",
            next.matte.width(),
            next.matte.height(),
            SIZE.0,
            SIZE.1
        )));
    }
    Ok(SmokeTest { info: tracker.info(), bytes: Some(memory.bytes()), does: None })
}

fn refined(pack: &Pack, device: Device, threads: usize) -> Result<SmokeTest, ModelError> {
    let mut matter = registry::open_matting_network_found(pack, device, threads)?;
    let mut trimap = Trimap::filled(SIZE.0, SIZE.1, Zone::Inside);
    for row in trimap.data_mut().chunks_exact_mut(SIZE.0 as usize) {
        row[16..].fill(Zone::Unknown);
        row[40..].fill(Zone::Outside);
    }
    matter.refine(&Frame::filled(SIZE.0, SIZE.1, [128; 3]), &trimap)?;
    Ok(SmokeTest { info: matter.info(), bytes: None, does: registry::purpose(pack) })
}

fn detected(pack: &Pack, device: Device, threads: usize) -> Result<SmokeTest, ModelError> {
    let mut detector = registry::open_detector_found(pack, device, threads)?;
    detector.detect(&Frame::filled(SIZE.0, SIZE.1, [128; 3]), "a person. a dog.", Thresholds::default())?;
    Ok(SmokeTest { info: detector.info(), bytes: None, does: registry::purpose(pack) })
}
