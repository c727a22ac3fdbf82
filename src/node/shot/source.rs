//! The host as a source of frames for the engine, on the thread that renders.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::clip::SourceClip;
use super::frame_cache::{Form, Reading};
use super::geometry::Geometry;
use super::notes::Notes;
use super::plate::HostPlate;
use crate::job::{FrameSource, Provenance, Run, SourceError, Stamp};
use crate::node::MaskUse;
use crate::node::describe::MASK;
use crate::ofx::OfxError;
use crate::raster::{Frame, Matte};

/// Most frames that are told of at once.
const MOST_STAMPS: usize = 4096;

/// Frames of the Source clip and the Mask clip for one render.
pub struct HostSource<'a> {
    source: SourceClip<'a>,
    geometry: Geometry,
    /// What is to be told of the frames that were read.
    notes: &'a Notes,
    /// The frame that is rendered, once it is read.
    current: Option<(i64, Arc<Frame>)>,
    /// What the host says of the frames that it gave.
    provenance: HashMap<i64, Provenance>,
    /// The render that they belong to.
    pub run: Run,
    /// Set where somebody else than the host stops it.
    pub stop: Option<&'a AtomicBool>,
}

impl<'a> HostSource<'a> {
    /// A source that has read no frame yet. What is to be told of its frames goes to `notes`.
    pub fn new(source: SourceClip<'a>, geometry: Geometry, notes: &'a Notes) -> Self {
        let (current, provenance) = (None, HashMap::new());
        Self { source, geometry, notes, current, provenance, run: Run::default(), stop: None }
    }

    /// Takes the picture of the frame that is rendered, which has been fetched already.
    #[must_use]
    pub fn with_current(mut self, time: i64, plate: &HostPlate) -> Self {
        let frame = self.read(time, plate);
        self.current = Some((time, frame));
        self
    }

    fn read(&mut self, time: i64, plate: &HostPlate) -> Arc<Frame> {
        let Reading { frame, notes, provenance } = self.source.read(time, plate, &self.geometry);
        self.notes.take_over(&notes);
        self.provenance.insert(time, provenance);
        frame
    }
}

fn failed(error: &OfxError) -> SourceError {
    SourceError::Failed(error.to_string())
}

impl FrameSource for HostSource<'_> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if let Some((current, frame)) = &self.current
            && *current == time
        {
            return Ok(frame.clone());
        }
        if !self.source.instance.host().temporal_access {
            return Err(SourceError::OnlyCurrent);
        }
        if self.aborted() {
            return Err(SourceError::Aborted);
        }
        match self.source.fetch(time as f64).map_err(|e| failed(&e))? {
            Some(plate) => Ok(self.read(time, &plate)),
            None if self.aborted() => Err(SourceError::Aborted),
            None => Err(SourceError::Failed(format!("the host gives no image of Source at frame {time}"))),
        }
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        if !matches!(self.source.settings.mask, MaskUse::Prompt { .. } | MaskUse::Trimap) {
            return Ok(None);
        }
        let rendered = self.current.as_ref().is_none_or(|(current, _)| *current == time);
        if !rendered && !self.source.instance.host().temporal_access {
            return Err(SourceError::OnlyCurrent);
        }
        if self.aborted() {
            return Err(SourceError::Aborted);
        }
        let Ok(clip) = self.source.instance.clip(MASK) else { return Ok(None) };
        let plate = HostPlate::fetch(&clip, time as f64).map_err(|e| failed(&e))?;
        let trimap = matches!(self.source.settings.mask, MaskUse::Trimap);
        Ok(plate.map(|plate| match trimap {
            true => plate.to_trimap(&self.geometry, self.notes),
            false => plate.to_matte(&self.geometry, self.notes),
        }))
    }

    fn aborted(&mut self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) || self.source.instance.aborted()
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        self.provenance.get(&time).copied().unwrap_or_default()
    }

    fn stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        let form = self.source.form(&self.geometry);
        // A clip that has none has none anywhere.
        let stamps = (first..=last).take(MOST_STAMPS).map_while(|time| self.source.clip.stamp(time as f64));
        Ok(stamps.map(|stamp| stamp.map(|stamp| form.stamp(&stamp))).collect())
    }

    fn mask_stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        let Ok(clip) = self.source.instance.clip(MASK) else { return Ok(Vec::new()) };
        let form = Form::new(&(&self.geometry, clip.components(), clip.depth(), env!("CARGO_PKG_VERSION")));
        let stamps = (first..=last).take(MOST_STAMPS).map_while(|time| clip.stamp(time as f64));
        Ok(stamps.map(|stamp| stamp.map(|stamp| form.stamp(&stamp))).collect())
    }

    fn run(&self) -> Run {
        self.run
    }
}
