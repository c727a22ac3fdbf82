//! What is cut out of a frame, and what is shown with it.

use super::decontaminate::Decontaminated;
use super::placed::PlacedMatte;
use crate::job::TrackedFrame;
use crate::raster::Matte;

/// What is left of the plate's light under marks of confidence, around the object and on it.
const DARK: f32 = 0.3;
const DIM: f32 = 0.6;

/// The object, what is cut out of it, and the colours that are shown in the place of the plate's.
pub struct Cutout {
    /// Of all that is wanted.
    pub matte: PlacedMatte,
    /// What a view shows beside the matte: another tracker's matte.
    pub other: Option<PlacedMatte>,
    /// What is cut away.
    pub garbage: Option<PlacedMatte>,
    /// What is shown with it.
    pub colours: Colours,
}

/// The colours of the picture.
pub enum Colours {
    /// The plate's.
    Plate,
    /// The plate's without the background in them.
    Decontaminated(Decontaminated),
    /// Those of the unknown band.
    Trimap(PlacedMatte),
    /// Those of motion blur: to the right and down, in pixels of the full frame.
    Blur([PlacedMatte; 2]),
    /// Those of the objects.
    Flat([PlacedMatte; 3]),
    /// The plate's, darkened and covered by marks of confidence: how much of it, and their red and green.
    Confidence([PlacedMatte; 3]),
}

impl Cutout {
    /// Alphas of the row at `y` from `x0` on into `out`, and what is shown beside them into `others`; `spare` is
    /// as long.
    pub fn row(&self, x0: i32, y: i32, out: &mut [f32], others: &mut [f32], spare: &mut [f32]) {
        self.matte.row(x0, y, out);
        match &self.other {
            Some(other) => other.row(x0, y, others),
            // Compared with nothing, a matte is as it is.
            None => others.copy_from_slice(out),
        }
        if let Some(garbage) = &self.garbage {
            garbage.row(x0, y, spare);
            for (cut, (out, other)) in spare.iter().zip(out.iter_mut().zip(others)) {
                (*out, *other) = (*out * (1.0 - *cut), *other * (1.0 - *cut));
            }
        }
    }

    /// Puts its own colours into the row at `y` from `x0` on; `spare` is as long.
    pub fn colour(&self, x0: i32, y: i32, out: &mut [[f32; 4]], spare: &mut [f32]) {
        match &self.colours {
            Colours::Plate => {}
            Colours::Decontaminated(clean) => clean.row(x0, y, out),
            Colours::Trimap(trimap) => {
                trimap.row(x0, y, spare);
                out.iter_mut().zip(spare).for_each(|(out, v)| *out = [*v, *v, *v, out[3]]);
            }
            Colours::Flat(channels) => {
                for (c, channel) in channels.iter().enumerate() {
                    channel.row(x0, y, spare);
                    out.iter_mut().zip(spare.iter()).for_each(|(out, v)| out[c] = *v);
                }
            }
            Colours::Confidence([covered, red, green]) => {
                self.matte.row(x0, y, spare);
                for (out, alpha) in out.iter_mut().zip(spare.iter()) {
                    let light = DARK + (DIM - DARK) * *alpha;
                    out[..3].iter_mut().for_each(|v| *v *= light);
                }
                covered.row(x0, y, spare);
                for (out, covered) in out.iter_mut().zip(spare.iter()) {
                    out[..3].iter_mut().for_each(|v| *v *= 1.0 - *covered);
                }
                for (c, channel) in [red, green].into_iter().enumerate() {
                    channel.row(x0, y, spare);
                    out.iter_mut().zip(spare.iter()).for_each(|(out, v)| out[c] += *v);
                }
            }
            Colours::Blur([across, down]) => {
                across.row(x0, y, spare);
                out.iter_mut().zip(spare.iter()).for_each(|(out, v)| *out = [*v, 0.0, 0.0, out[3]]);
                down.row(x0, y, spare);
                // OpenFX has y upwards.
                out.iter_mut().zip(spare).for_each(|(out, v)| out[1] = -*v);
            }
        }
    }
}

/// The unknown bands of all objects: what is unknown of one is unknown.
pub fn trimap(tracked: &TrackedFrame, size: (u32, u32)) -> Matte {
    let mut all = Matte::filled(size.0, size.1, 0.0);
    for trimap in tracked.objects.iter().filter_map(|o| o.trimap.as_ref()) {
        let part = trimap.support();
        for (sum, &v) in all.rows_mut(part).flatten().zip(trimap.rows(part).flatten()) {
            let unknown = |v: f32| v > 0.0 && v < 1.0;
            *sum = if unknown(*sum) || !unknown(v) && *sum > v { *sum } else { v };
        }
    }
    all
}

/// At each pixel the blur of the object that has most of it.
pub fn blur(tracked: &TrackedFrame, size: (u32, u32)) -> [Matte; 2] {
    let mut all = [(); 2].map(|()| Matte::filled(size.0, size.1, 0.0));
    let mut most = Matte::filled(size.0, size.1, 0.0);
    for object in &tracked.objects {
        let Some(blur) = &object.blur else { continue };
        let part = object.matte.support();
        let [across, down] = &mut all;
        let blur = blur[0].rows(part).flatten().zip(blur[1].rows(part).flatten());
        let out = across.rows_mut(part).flatten().zip(down.rows_mut(part).flatten());
        let alphas = most.rows_mut(part).flatten().zip(object.matte.rows(part).flatten());
        for ((most, alpha), ((x, y), blur)) in alphas.zip(out.zip(blur)) {
            if *alpha > *most {
                (*most, *x, *y) = (*alpha, *blur.0, *blur.1);
            }
        }
    }
    all
}
