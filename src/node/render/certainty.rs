//! What the view of the confidence draws over the plate: the edge, and what is in doubt beside it, by how far the matte is
//! to be trusted there.

use crate::job::{ObjectMatte, SURE, TrackedFrame, UNSURE};
use crate::matte::edges::{self, EdgeTools};
use crate::node::ramp::ramp;
use crate::raster::{Matte, distance};

/// Half the width of the line along the edge, for each pixel of the frame's height.
const LINE: f32 = 1.0 / 400.0;
/// How much is seen of what is in doubt beside the edge.
const BESIDE: f32 = 0.7;
/// How much is seen all over a frame in which the object is not found though it should be.
const LOST: f32 = 0.25;
/// Lines are no wider than this, in pixels.
const WIDEST: u16 = 64;

/// How much of the plate is covered, and what covers it in red and in green, by which it is multiplied already. Blue has
/// nothing. All of a frame of `size` pixels.
pub fn marks(tracked: &TrackedFrame, tools: &EdgeTools, size: (u32, u32)) -> [Matte; 3] {
    let mut all = [(); 3].map(|()| Matte::filled(size.0, size.1, 0.0));
    for object in &tracked.objects {
        let matte = edges::apply(object.matte.clone(), tools);
        let sure = Sureness::new(object, size);
        let lost = matte.is_empty() && object.confidence < SURE;
        let near = lines(&matte, size);
        let [covered, red, green] = &mut all;
        let pixels = covered.data_mut().iter_mut().zip(red.data_mut().iter_mut().zip(green.data_mut()));
        for ((i, (covered, (red, green))), line) in pixels.enumerate().zip(near) {
            let confidence = sure.at(i);
            let beside = if sure.is_local() { BESIDE * doubt(confidence) } else { 0.0 };
            let mark = line.max(beside).max(if lost { LOST } else { 0.0 });
            // Where objects meet the one that has more to say is seen.
            if mark > *covered {
                let [r, g, _] = ramp(confidence);
                (*covered, *red, *green) = (mark, mark * r, mark * g);
            }
        }
    }
    all
}

/// How far from sure a confidence is: 0 where it is, 1 where it is probably wrong.
fn doubt(confidence: f32) -> f32 {
    ((SURE - confidence) / (SURE - UNSURE)).clamp(0.0, 1.0)
}

/// The confidence in each pixel.
enum Sureness {
    Everywhere(f32),
    Each(Vec<f32>),
}

impl Sureness {
    fn new(object: &ObjectMatte, size: (u32, u32)) -> Self {
        match &object.confidence_map {
            Some(map) => Self::Each(map.pixels(size)),
            None => Self::Everywhere(object.confidence),
        }
    }

    fn is_local(&self) -> bool {
        matches!(self, Self::Each(_))
    }

    fn at(&self, i: usize) -> f32 {
        match self {
            Self::Everywhere(confidence) => *confidence,
            Self::Each(pixels) => pixels[i],
        }
    }
}

/// How much of each pixel the line along the edge covers; what is neither inside nor outside is edge.
fn lines(matte: &Matte, (width, height): (u32, u32)) -> impl Iterator<Item = f32> {
    let half = (height as f32 * LINE).clamp(1.0, f32::from(WIDEST) - 1.0);
    let values = matte.data().to_vec();
    let inside: Vec<bool> = values.iter().map(|v| *v >= 0.5).collect();
    let near = distance::across(&inside, width as usize, WIDEST);
    values.into_iter().zip(near).map(move |(v, near)| {
        // The outline lies between the pixel and the nearest one on its other side.
        let line = (half + 1.0 - near).clamp(0.0, 1.0);
        line.max(1.0 - (2.0 * v - 1.0).abs())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{ConfidenceMap, ModelInfo};

    const SIZE: (u32, u32) = (40, 20);

    /// What covers each pixel of a row across a box of the columns 10 to 30, and whether it is red.
    fn row(confidence: f32, map: Option<&[u8]>, empty: bool) -> Vec<(f32, bool)> {
        let inside = |x: u32, y: u32| !empty && (10..30).contains(&x) && (5..15).contains(&y);
        let data = (0..800).map(|i| if inside(i % 40, i / 40) { 1.0 } else { 0.0 }).collect();
        let object = ObjectMatte {
            name: "a".to_owned(),
            matte: Matte::new(40, 20, data).expect("800 values"),
            confidence,
            confidence_map: map.map(|cells| ConfidenceMap::new(2, 1, cells).expect("two cells")),
            pinned: false,
            present: true,
            trimap: None,
            blur: None,
        };
        let info =
            ModelInfo { name: String::new(), version: String::new(), device: String::new(), note: None };
        let tracked = TrackedFrame { objects: vec![object], tracker: info };
        let [covered, red, green] = marks(&tracked, &EdgeTools::default(), SIZE);
        (0..40).map(|x| (covered.value(x, 10), red.value(x, 10) > green.value(x, 10))).collect()
    }

    #[test]
    fn the_edge_is_drawn_in_the_colour_of_its_confidence() {
        let sure = row(1.0, None, false);
        let drawn: Vec<usize> = (0..40).filter(|&x| sure[x].0 > 0.0).collect();
        assert_eq!(drawn, [9, 10, 29, 30]);
        assert!(drawn.iter().all(|&x| sure[x] == (1.0, false)), "{sure:?}");
        let unsure = row(0.2, None, false);
        assert!((0..40).all(|x| unsure[x].0 == sure[x].0) && unsure[9].1, "{unsure:?}");
    }

    #[test]
    fn doubt_is_seen_where_it_is_and_beside_the_edge_too() {
        let found = row(0.5, Some(&[255, 0]), false);
        assert_eq!((found[10], found[29]), ((1.0, false), (1.0, true)));
        assert_eq!((found[2].0, found[20].0 > 0.0), (0.0, true));
        assert!(found[36] == (BESIDE, true) && found[25] == (BESIDE, true), "{found:?}");
    }

    #[test]
    fn a_frame_without_its_object_is_covered_where_that_is_not_sure() {
        assert!(row(0.0, None, true).iter().all(|pixel| *pixel == (LOST, true)));
        assert!(row(1.0, None, true).iter().all(|pixel| pixel.0 == 0.0));
    }
}
