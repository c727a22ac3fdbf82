//! Clips: the inputs and the output of an instance.

use std::ptr;

use super::error::OfxError;
use super::{Components, Depth, Image, PropertySet, Suites, sys};

/// From here on a bound is none: the API's range without end has 2147483647 in it, and hosts put more.
const ENDLESS: f64 = i32::MAX as f64;

/// A clip of an instance, borrowed for one action.
pub struct Clip<'a> {
    pub(super) handle: sys::OfxImageClipHandle,
    pub(super) set: PropertySet<'a>,
    pub(super) suites: &'a Suites,
    pub(super) name: &'static str,
}

impl<'a> Clip<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether something is connected. Some hosts always say so: an image may still be missing.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.set.int(sys::kOfxImageClipPropConnected, 0) != Some(0)
    }

    /// Its channels, where the host says.
    #[must_use]
    pub fn components(&self) -> Option<Components> {
        self.set.text(sys::kOfxImageEffectPropComponents, 0).and_then(|t| Components::from_name(&t))
    }

    /// The channels of what is connected to it, before the host makes others of them; those that it has where the
    /// host does not say.
    #[must_use]
    pub fn unmapped_components(&self) -> Option<Components> {
        let unmapped = self.set.text(sys::kOfxImageClipPropUnmappedComponents, 0);
        unmapped.and_then(|t| Components::from_name(&t)).or_else(|| self.components())
    }

    /// The colour space of its pictures, where the host manages colour (OpenFX 1.5) and says so.
    #[must_use]
    pub fn colourspace(&self) -> Option<String> {
        self.set.text(sys::kOfxImageClipPropColourspace, 0).filter(|space| !space.trim().is_empty())
    }

    /// First and last frame, where the host says and both are frames: the API's range without end is none, and
    /// neither is one that begins after its end.
    #[must_use]
    pub fn frame_range(&self) -> Option<(i64, i64)> {
        let (first, last) = self.said_range()?;
        let (first, last) = (first.ceil(), last.floor());
        // False for what is no number.
        let bounded = first.abs() < ENDLESS && last.abs() < ENDLESS && first <= last;
        bounded.then_some((first as i64, last as i64))
    }

    /// What the host says of the first and the last frame, which may be anything.
    #[must_use]
    pub fn said_range(&self) -> Option<(f64, f64)> {
        self.set.double2(sys::kOfxImageEffectPropFrameRange)
    }

    /// Frames a second, where the host says.
    #[must_use]
    pub fn frame_rate(&self) -> Option<f64> {
        self.set.double(sys::kOfxImageEffectPropFrameRate, 0).filter(|r| r.is_finite() && *r > 0.0)
    }

    /// Width of a pixel over its height; 1 where the host does not say.
    #[must_use]
    pub fn pixel_aspect(&self) -> f64 {
        let aspect = self.set.double(sys::kOfxImagePropPixelAspectRatio, 0);
        aspect.filter(|a| a.is_finite() && *a > 0.0).unwrap_or(1.0)
    }

    /// The region of definition at `time`, canonical: left, bottom, right, top.
    #[must_use]
    pub fn region_of_definition(&self, time: f64) -> Option<[f64; 4]> {
        let mut rect = sys::OfxRectD { x1: 0.0, y1: 0.0, x2: 0.0, y2: 0.0 };
        let get = self.suites.effect().clipGetRegionOfDefinition?;
        // SAFETY: the handle is of this action, `rect` outlives the call.
        let status = unsafe { get(self.handle, time, &mut rect) };
        let region = [rect.x1, rect.y1, rect.x2, rect.y2];
        let whole = region.iter().all(|v| v.is_finite() && v.abs() < 1e9);
        (status == sys::kOfxStatOK && whole && rect.x2 > rect.x1 && rect.y2 > rect.y1).then_some(region)
    }

    /// What tells whether the frame at `time` is as it was, as far as that can be told now; none where the host never
    /// tells it of this clip.
    #[must_use]
    pub fn stamp(&self, time: f64) -> Option<Option<[u8; 32]>> {
        let get = self.suites.stamp()?.clipGetStamp?;
        let mut stamp = [0; 32];
        // SAFETY: the handle is of this action, and the place of 32 bytes outlives the call.
        match unsafe { get(self.handle, time, stamp.as_mut_ptr()) } {
            sys::kOfxStatOK => Some(Some(stamp)),
            sys::kOfxStatErrUnsupported => None,
            _ => Some(None),
        }
    }

    /// How its samples are stored, as the host says it.
    #[must_use]
    pub fn depth(&self) -> Option<Depth> {
        self.set.text(sys::kOfxImageEffectPropPixelDepth, 0).and_then(|t| Depth::from_name(&t))
    }

    /// The image at `time`; none when nothing is connected or there is no such frame.
    ///
    /// # Errors
    /// [`OfxError::Broken`] when the host gives something that is no image.
    pub fn image(&self, time: f64) -> Result<Option<Image<'a>>, OfxError> {
        let Some(get) = self.suites.effect().clipGetImage else { return Ok(None) };
        let before = self.stamp(time).flatten();
        let mut set: sys::OfxPropertySetHandle = ptr::null_mut();
        // SAFETY: the handle is of this action, a null region asks for all, `set` outlives the call.
        let status = unsafe { get(self.handle, time, ptr::null(), &mut set) };
        if status != sys::kOfxStatOK || set.is_null() {
            return Ok(None);
        }
        // SAFETY: the host has just given the set, which lives until the image is released; nobody else does that.
        let image = unsafe {
            Image::from_set(self.suites, PropertySet::from_raw(self.suites, set, self.name)?, self.name)
        };
        // What changes while it is made into an image is not what the stamp says.
        let stamp = before.filter(|before| self.stamp(time) == Some(Some(*before)));
        image.map(|mut image| {
            image.stamp = stamp;
            Some(image)
        })
    }
}
