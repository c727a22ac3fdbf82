//! A frame into the host's image.

use rayon::prelude::*;

use super::cutout::Cutout;
use super::look::Look;
use crate::node::shot::{Lines, PixelFormat, write_row};
use crate::ofx::{Components, Image};
use crate::raster::RectI;

/// What is written.
pub struct Picture<'a> {
    /// The picture of the host.
    pub plate: Lines<'a>,
    /// What is cut out of it; none where alpha is 0.
    pub cutout: Option<&'a Cutout>,
    /// How it is seen.
    pub look: Look,
}

/// Fills the part of `image` that lies in `window`, in the pixels of the render.
pub fn write(image: &mut Image, window: RectI, picture: &Picture) {
    let Picture { plate, cutout, look } = picture;
    let (format, bounds) =
        (PixelFormat { components: image.components(), depth: image.depth() }, image.bounds());
    let window = window.intersect(&bounds);
    let width = window.width() as usize;
    let bytes = format.bytes();
    let start = (window.x0 - bounds.x0) as usize * bytes;
    // An alpha alone has nothing of the plate in it, unless it is the plate's.
    let coloured = format.components != Components::Alpha || look.keeps_plate_alpha();
    let row = || vec![0.0; width];
    let room = || Room { alphas: row(), others: row(), spare: row(), ..Room::default() };
    image.rows_mut(window.y0, window.y1).into_par_iter().for_each_init(room, |room, (y, row)| {
        let Room { alphas, others, spare, line, spare_line } = room;
        line.resize(width, [0.0; 4]);
        if let Some(cutout) = cutout {
            cutout.row(window.x0, y, alphas, others, spare);
        }
        if coloured {
            plate.columns(window.x0, y, line, spare_line);
            if let Some(cutout) = cutout {
                cutout.colour(window.x0, y, line, spare);
            }
            look.row((window.x0, y), line, alphas, others);
        } else {
            let mattes = alphas.iter().zip(others.iter());
            for (x, (pixel, (alpha, other))) in (window.x0..).zip(line.iter_mut().zip(mattes)) {
                pixel[3] = look.alpha(x, *alpha, *other);
            }
        }
        write_row(line, format, &mut row[start..start + width * bytes]);
    });
}

/// Room for one row.
#[derive(Default)]
struct Room {
    alphas: Vec<f32>,
    others: Vec<f32>,
    spare: Vec<f32>,
    line: Vec<[f32; 4]>,
    spare_line: Vec<[f32; 4]>,
}
