//! A tracked frame on its way from the worker.

use serde::{Deserialize, Serialize};

use super::{Pixels, PixelsError};
use crate::job::{ConfidenceMap, ModelInfo, ObjectMatte, TrackedFrame};

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
    /// Columns, rows and cells.
    confidence_map: Option<(u32, u32, Vec<u8>)>,
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
                confidence_map: o
                    .confidence_map
                    .as_ref()
                    .map(|map| (map.size().0, map.size().1, map.cells().to_vec())),
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
                confidence_map: match o.confidence_map {
                    Some((columns, rows, cells)) => Some(ConfidenceMap::new(columns, rows, &cells)?),
                    None => None,
                },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Matte;

    #[test]
    fn a_confidence_map_comes_as_it_was_sent() {
        let object = ObjectMatte {
            name: "a".to_owned(),
            matte: Matte::filled(4, 2, 0.5),
            confidence: 0.25,
            confidence_map: ConfidenceMap::new(2, 1, &[7, 255]).ok(),
            pinned: false,
            present: true,
            trimap: None,
            blur: None,
        };
        let tracker = ModelInfo { name: "t".into(), version: "1".into(), device: "CPU".into(), note: None };
        let sent = TrackedFrame { objects: vec![object], tracker };
        let pack = || PackedFrame::pack(&sent).expect("memory");
        let found = pack().unpack().expect("whole").objects.remove(0);
        assert_eq!(found.confidence_map, sent.objects[0].confidence_map);
        assert!(found.confidence_map.is_some());
        let mut broken = pack();
        broken.objects[0].confidence_map = Some((3, 1, vec![7, 255]));
        assert!(broken.unpack().is_err());
    }
}
