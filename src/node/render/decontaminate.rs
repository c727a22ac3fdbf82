//! The plate's colours without the background in them, about the edge.

use super::placed::PlacedMatte;
use crate::matte::foreground::{self, Output};
use crate::node::shot::Lines;
use crate::raster::{Matte, RectI};

/// Pixels about the edge from which its colours are taken.
const MARGIN: i32 = 16;
/// The largest rectangle of colours that is held, in pixels: 8K.
const MOST: u64 = 8192 * 4320;

/// Colours in a rectangle about the edge, in the pixels of the render, y up.
pub struct Decontaminated {
    part: RectI,
    /// R G B interleaved.
    colours: Vec<f32>,
}

impl Decontaminated {
    /// Of a plate and its matte. What the plate does not cover counts as black.
    pub fn new(plate: &Lines, matte: &PlacedMatte) -> Self {
        let none = Self { part: RectI::new(0, 0, 0, 0), colours: Vec::new() };
        let soft = |v: &f32| *v > 0.0 && *v < 1.0;
        let Some(found) = matte.bounds(soft) else { return none };
        let part = found.grown(MARGIN).intersect(&matte.window());
        if u64::from(part.width()) * u64::from(part.height()) > MOST {
            return none;
        }
        let columns = part.width() as usize;
        let (mut line, mut spare) = (vec![[0.0; 4]; columns], Vec::new());
        let mut colours = Vec::with_capacity(3 * columns * part.height() as usize);
        let mut alpha = Matte::filled(part.width(), part.height(), 0.0);
        for (y, alphas) in (part.y0..part.y1).zip(alpha.data_mut().chunks_mut(columns)) {
            plate.columns(part.x0, y, &mut line, &mut spare);
            colours.extend(line.iter().flat_map(|p| [p[0], p[1], p[2]]));
            matte.row(part.x0, y, alphas);
        }
        // The sizes are the same by construction; the plate's colours are what else there is to show.
        let _ = foreground::decontaminate(&mut colours, &alpha, Output::Straight);
        Self { part, colours }
    }

    /// Puts them into the row at `y` from `x0` on.
    pub fn row(&self, x0: i32, y: i32, out: &mut [[f32; 4]]) {
        let part = self.part;
        if !(part.y0..part.y1).contains(&y) {
            return;
        }
        let width = part.width() as usize;
        let row = &self.colours.as_chunks::<3>().0[(y - part.y0) as usize * width..][..width];
        let offset = i64::from(x0) - i64::from(part.x0);
        let skip = |n: i64| usize::try_from(n).unwrap_or(0);
        let out = out.iter_mut().skip(skip(-offset));
        out.zip(row.iter().skip(skip(offset))).for_each(|(out, c)| out[..3].copy_from_slice(c));
    }
}
