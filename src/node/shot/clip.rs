//! The Source clip of an instance, read as its settings say.

use std::sync::Arc;

use super::frame_cache::{self, Form, Key, Reading};
use super::geometry::Geometry;
use super::notes::Notes;
use super::plate::HostPlate;
use super::range::range;
use crate::node::Settings;
use crate::ofx::{Clip, Components, Instance, OfxError, RenderArgs};
use crate::raster::{Encoding, RectI};
use crate::worker::in_shared_memory;

/// The Source clip of an instance, and the settings by which its pictures become frames.
#[derive(Clone, Copy)]
pub struct SourceClip<'a> {
    /// Whose clip.
    pub instance: &'a Instance<'a>,
    /// The clip.
    pub clip: &'a Clip<'a>,
    /// How it is read, and what is tracked in it.
    pub settings: &'a Settings,
}

impl<'a> SourceClip<'a> {
    /// The picture at `time`; none where the host gives none.
    ///
    /// # Errors
    /// [`OfxError`] when what the host gives is no picture.
    pub fn fetch(&self, time: f64) -> Result<Option<HostPlate<'a>>, OfxError> {
        HostPlate::fetch(self.clip, time)
    }

    /// First and last frame of the plate, `time` among them.
    pub fn range(&self, time: i64) -> (i64, i64) {
        range(self.clip, self.settings, time)
    }

    /// The full frame at full size, as a render at `time` has it.
    ///
    /// # Errors
    /// [`OfxError::Broken`] where there is no plate.
    pub fn full_frame(&self, time: f64) -> Result<Geometry, OfxError> {
        let now = time.round() as i64;
        let range = self.clip.frame_range().unwrap_or((now, now));
        self.geometry(&RenderArgs { time, window: RectI::default(), scale: (1.0, 1.0) }, range)
    }

    /// The frame that a track lives in: the region of the plate on the frame of the first prompt, which lies within
    /// `range`.
    ///
    /// # Errors
    /// [`OfxError::Broken`] where there is no plate.
    pub fn geometry(&self, args: &RenderArgs, range: (i64, i64)) -> Result<Geometry, OfxError> {
        let first = self.settings.mask_keys().named().first().copied();
        // Prompts that cannot be read are the engine's to refuse.
        let prompted = self.settings.prompts.prompts_or_none().frames().first().copied();
        let anchor = prompted.or(first).unwrap_or(range.0).clamp(range.0, range.1);
        let region = self
            .clip
            .region_of_definition(anchor as f64)
            .or_else(|| self.clip.region_of_definition(args.time))
            .ok_or_else(|| OfxError::Broken("no region of definition of Source".to_owned()))?;
        Geometry::new(region, self.clip.pixel_aspect(), args.scale)
    }

    /// What the model sees of `plate`, which is the picture at `time`.
    pub fn read(&self, time: i64, plate: &HostPlate, geometry: &Geometry) -> Reading {
        let encoding = match plate.picture().components() {
            // A matte as the source has no encoding to undo.
            Components::Alpha => Encoding::Srgb,
            Components::Rgba | Components::Rgb => self.settings.colour_of(plate.picture().depth()),
        };
        let provenance = frame_cache::provenance(plate, &self.form(geometry));
        frame_cache::recent(Key::new(plate, time, *geometry, encoding), provenance, || {
            let notes = Arc::new(Notes::default());
            let frame = plate.to_frame(geometry, encoding, &notes);
            // What a worker gets is kept where it gets it.
            let frame = if self.settings.in_process { frame } else { in_shared_memory(frame) };
            Reading { frame: Arc::new(frame), notes, provenance }
        })
    }

    /// How frames are made of the plate.
    pub fn form(&self, geometry: &Geometry) -> Form {
        let (colour, clip) = (self.settings.colour, self.clip);
        Form::new(&(geometry, colour, clip.components(), clip.depth(), env!("CARGO_PKG_VERSION")))
    }
}
