//! The id matte: each object in one colour.

use crate::job::TrackedFrame;
use crate::job::prompts::Prompts;
use crate::matte::edges::{self, EdgeTools};
use crate::raster::Matte;

/// Red, green and blue of the objects of `tracked` in a frame of `size` pixels: at each pixel the colour of the one
/// that has most of it (the first listed of equals), black where there is none.
pub fn colours(tracked: &TrackedFrame, prompts: &Prompts, tools: &EdgeTools, size: (u32, u32)) -> [Matte; 3] {
    let mut all = [(); 3].map(|()| Matte::filled(size.0, size.1, 0.0));
    let mut most = Matte::filled(size.0, size.1, 0.0);
    for object in tracked.objects.iter().filter(|o| o.present) {
        let place = prompts.objects.iter().position(|p| p.name == object.name).unwrap_or(0);
        let colour = prompts.colour(place);
        // Where the tools let the matte grow its colour grows with it.
        let matte = edges::apply(object.matte.clone(), tools);
        let part = matte.support();
        let mut wins = Vec::with_capacity(part.width() as usize * part.height() as usize);
        for (most, &alpha) in most.rows_mut(part).flatten().zip(matte.rows(part).flatten()) {
            wins.push(alpha > *most);
            *most = most.max(alpha);
        }
        for (channel, value) in all.iter_mut().zip(colour) {
            let pixels = channel.rows_mut(part).flatten().zip(&wins);
            pixels.filter(|(_, wins)| **wins).for_each(|(pixel, _)| *pixel = value);
        }
    }
    all
}
