//! The host as a source of frames, on the thread that renders.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::frames::{self, Form, Key, Read};
use super::plate::Plate;
use super::{MaskUse, Settings};
use crate::job::{FrameSource, Provenance, Run, SourceError, Stamp};
use crate::ofx::{Clip, Components, Image, Instance, OfxError};
use crate::raster::{Encoding, Frame, Matte, RectI, room};
use crate::worker::in_shared_memory;

/// Where the full frame lies, and how large it is at full size and at the scale of the render.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    /// Columns and rows of the full frame at render scale 1.
    pub size: (u32, u32),
    /// The full frame in the pixels of the render, y up.
    pub window: RectI,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
}

/// Largest side of a frame, in pixels: a limit on what a host can make us allocate.
const MAX_SIDE: f64 = 65_536.0;
/// Bytes that a pixel of the full frame takes while it is rendered: three as the model sees it and as many on the way
/// to the worker, four of a matte as it comes back and four of it in the pixels of the render.
const BYTES_A_PIXEL: u64 = 14;

impl Geometry {
    /// From a canonical region and the render scale.
    ///
    /// # Errors
    /// [`OfxError::Broken`] for a region that is no picture, [`OfxError::Memory`] for one that there is no memory for.
    pub fn new(region: [f64; 4], pixel_aspect: f64, scale: (f64, f64)) -> Result<Self, OfxError> {
        let pixels = |v: f64| v / pixel_aspect;
        let (width, height) =
            ((pixels(region[2]) - pixels(region[0])).round(), (region[3] - region[1]).round());
        if !(1.0..=MAX_SIDE).contains(&width) || !(1.0..=MAX_SIDE).contains(&height) {
            return Err(OfxError::Broken(format!(
                "a plate of {width}x{height} pixels, expected 1 to {MAX_SIDE} on each side"
            )));
        }
        let x = |v: f64| (pixels(v) * scale.0).round() as i32;
        let y = |v: f64| (v * scale.1).round() as i32;
        let (x0, y0) = (x(region[0]), y(region[1]));
        let one = |v: i32| v.saturating_add(1);
        let window = RectI::new(x0, y0, x(region[2]).max(one(x0)), y(region[3]).max(one(y0)));
        // A proxy is smaller than the full frame, but a host may also ask for a larger one.
        let area = |w: u32, h: u32| u64::from(w).saturating_mul(h.into());
        let pixels = area(width as u32, height as u32).max(area(window.width(), window.height()));
        room::enough(pixels.saturating_mul(BYTES_A_PIXEL))
            .map_err(|room| OfxError::Memory(format!("a plate of {width}x{height} pixels: {room}")))?;
        Ok(Self { size: (width as u32, height as u32), window, pixel_aspect })
    }
}

/// Most frames that are told of at once.
const MOST_STAMPS: usize = 4096;

/// An image of the host, held until it is dropped.
pub type Fetched<'a> = Plate<Image<'a>>;

/// Frames of the Source clip and the Mask clip for one render.
pub struct HostSource<'a> {
    instance: &'a Instance<'a>,
    source: &'a Clip<'a>,
    geometry: Geometry,
    settings: &'a Settings,
    /// The frame that is rendered, which has been fetched already.
    current: (i64, Arc<Frame>),
    /// What the host says of the frames that it gave.
    provenance: HashMap<i64, Provenance>,
    /// The render that they belong to.
    pub run: Run,
    temporal: bool,
    /// Set where somebody else than the host stops it.
    pub stop: Option<&'a AtomicBool>,
    /// Whether numbers that are not finite were found.
    pub sanitised: bool,
}

impl<'a> HostSource<'a> {
    /// A source that has the rendered frame already.
    pub fn new(
        instance: &'a Instance<'a>,
        source: &'a Clip<'a>,
        geometry: Geometry,
        settings: &'a Settings,
        (time, read): (i64, Read),
    ) -> Self {
        Self {
            instance,
            source,
            geometry,
            settings,
            current: (time, read.frame),
            provenance: HashMap::from([(time, read.provenance)]),
            run: Run::default(),
            temporal: instance.host().temporal_access,
            stop: None,
            sanitised: false,
        }
    }

    /// The image of a clip at `time`; none where there is none.
    pub fn fetch<'c>(clip: &Clip<'c>, time: f64) -> Result<Option<Fetched<'c>>, OfxError> {
        Ok(clip.image(time)?.map(Plate::new))
    }

    /// How frames are made of the plate.
    fn form(source: &Clip, geometry: &Geometry, settings: &Settings) -> Form {
        Form::new(&(
            geometry,
            settings.colour,
            source.components(),
            source.depth(),
            env!("CARGO_PKG_VERSION"),
        ))
    }

    /// What the model sees of a plate, which is `source` at `time`.
    pub fn to_frame(
        source: &Clip,
        fetched: &Fetched,
        time: i64,
        geometry: &Geometry,
        settings: &Settings,
    ) -> Read {
        let encoding = match fetched.rows().components() {
            // A matte as the source has no encoding to undo.
            Components::Alpha => Encoding::Srgb,
            Components::Rgba | Components::Rgb => settings.colour_of(fetched.rows().depth()),
        };
        let provenance = frames::provenance(fetched, &Self::form(source, geometry, settings));
        frames::known(Key::new(fetched, time, *geometry, encoding), provenance, || {
            let frame = fetched.to_frame(geometry.window, geometry.size, encoding);
            // What a worker gets is kept where it gets it.
            let frame = if settings.in_process { frame } else { in_shared_memory(frame) };
            Read { frame: Arc::new(frame), sanitised: fetched.sanitised(), provenance }
        })
    }

    /// A matte of an image.
    pub fn to_matte(fetched: &Fetched, geometry: &Geometry) -> Matte {
        let alpha = fetched.rows().components() != Components::Rgb;
        fetched.to_matte(geometry.window, geometry.size, alpha)
    }
}

fn failed(error: &OfxError) -> SourceError {
    SourceError::Failed(error.to_string())
}

impl FrameSource for HostSource<'_> {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        if time == self.current.0 {
            return Ok(self.current.1.clone());
        }
        if !self.temporal {
            return Err(SourceError::OnlyCurrent);
        }
        if self.aborted() {
            return Err(SourceError::Aborted);
        }
        let fetched = Self::fetch(self.source, time as f64).map_err(|e| failed(&e))?;
        match fetched {
            Some(fetched) => {
                let read = Self::to_frame(self.source, &fetched, time, &self.geometry, self.settings);
                self.sanitised |= read.sanitised;
                self.provenance.insert(time, read.provenance);
                Ok(read.frame)
            }
            None if self.aborted() => Err(SourceError::Aborted),
            None => Err(SourceError::Failed(format!("the host gives no image of Source at frame {time}"))),
        }
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        if !matches!(self.settings.mask, MaskUse::Prompt { .. } | MaskUse::Trimap) {
            return Ok(None);
        }
        let Ok(clip) = self.instance.clip("Mask") else { return Ok(None) };
        let fetched = Self::fetch(&clip, time as f64).map_err(|e| failed(&e))?;
        Ok(fetched.map(|fetched| {
            let matte = Self::to_matte(&fetched, &self.geometry);
            self.sanitised |= fetched.sanitised();
            matte
        }))
    }

    fn aborted(&mut self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) || self.instance.aborted()
    }

    fn provenance(&mut self, time: i64) -> Provenance {
        self.provenance.get(&time).copied().unwrap_or_default()
    }

    fn stamps(&mut self, (first, last): (i64, i64)) -> Result<Vec<Option<Stamp>>, SourceError> {
        let form = Self::form(self.source, &self.geometry, self.settings);
        // A clip that has none has none anywhere.
        let told = (first..=last).take(MOST_STAMPS).map_while(|time| self.source.stamp(time as f64));
        Ok(told.map(|stamp| stamp.map(|stamp| form.stamp(&stamp))).collect())
    }

    fn run(&self) -> Run {
        self.run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_the_size_of_the_full_frame() {
        let g = Geometry::new([0.0, 0.0, 1920.0, 1080.0], 1.0, (0.5, 0.5)).expect("a picture");
        assert_eq!(g.size, (1920, 1080));
        assert_eq!(g.window, RectI::new(0, 0, 960, 540));
    }

    #[test]
    fn canonical_width_is_in_square_pixels() {
        let g = Geometry::new([0.0, 0.0, 1440.0, 576.0], 2.0, (1.0, 1.0)).expect("a picture");
        assert_eq!((g.size, g.window), ((720, 576), RectI::new(0, 0, 720, 576)));
    }

    #[test]
    fn an_impossible_region_is_refused() {
        assert!(Geometry::new([0.0, 0.0, 1e8, 10.0], 1.0, (1.0, 1.0)).is_err());
        assert!(Geometry::new([0.0, 0.0, 0.0, 10.0], 1.0, (1.0, 1.0)).is_err());
        // All pixels that there can be, by a scale that no host has.
        let error = Geometry::new([0.0, 0.0, 100.0, 100.0], 1.0, (1e9, 1e9)).expect_err("no memory");
        assert!(matches!(error, OfxError::Memory(_)), "{error}");
    }
}
