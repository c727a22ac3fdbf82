//! A tracked frame on its way from the worker.

use serde::{Deserialize, Serialize};

use super::{Pixels, PixelsError};
use crate::job::{ModelInfo, ObjectMatte, TrackedFrame};

/// A tracked frame on its way.
#[derive(Debug, Serialize, Deserialize)]
pub struct PackedFrame {
    objects: Vec<PackedObject>,
    tracker: [String; 3],
    note: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PackedObject {
    name: String,
    matte: Pixels,
    confidence: f32,
    pinned: bool,
    present: bool,
    trimap: Option<Pixels>,
    blur: Option<[Pixels; 2]>,
}

impl PackedFrame {
    /// Packs a frame.
    ///
    /// # Errors
    /// [`PixelsError::NoMemory`].
    pub fn pack(frame: &TrackedFrame) -> Result<Self, PixelsError> {
        let object = |o: &ObjectMatte| {
            Ok(PackedObject {
                name: o.name.clone(),
                matte: Pixels::of_matte(&o.matte)?,
                confidence: o.confidence,
                pinned: o.pinned,
                present: o.present,
                trimap: o.trimap.as_ref().map(Pixels::of_matte).transpose()?,
                blur: match &o.blur {
                    Some([x, y]) => Some([Pixels::of_matte(x)?, Pixels::of_matte(y)?]),
                    None => None,
                },
            })
        };
        let info = &frame.tracker;
        Ok(Self {
            objects: frame.objects.iter().map(object).collect::<Result<_, PixelsError>>()?,
            tracker: [info.name.clone(), info.version.clone(), info.device.clone()],
            note: info.note.clone(),
        })
    }

    /// Unpacks a frame.
    ///
    /// # Errors
    /// [`PixelsError::Size`] when a matte is not what was said.
    pub fn unpack(self) -> Result<TrackedFrame, PixelsError> {
        let object = |o: PackedObject| {
            Ok(ObjectMatte {
                name: o.name,
                matte: o.matte.matte()?,
                confidence: o.confidence,
                pinned: o.pinned,
                present: o.present,
                trimap: o.trimap.map(Pixels::matte).transpose()?,
                blur: match o.blur {
                    Some([x, y]) => Some([x.matte()?, y.matte()?]),
                    None => None,
                },
            })
        };
        let [name, version, device] = self.tracker;
        Ok(TrackedFrame {
            objects: self.objects.into_iter().map(object).collect::<Result<_, PixelsError>>()?,
            tracker: ModelInfo { name, version, device, note: self.note },
        })
    }
}
