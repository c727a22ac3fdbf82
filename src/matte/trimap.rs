//! What is known of alpha: a band around the edge of a mask is not, the rest is.

use super::error::{Error, same_size};
use super::hair::{Hair, Surroundings};
use crate::raster::distance::{FAR, across};
use crate::raster::{Frame, Matte, RectI, SizeError};
use rayon::prelude::*;

/// What is known of one pixel. The numbers are those of an 8-bit picture of a trimap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Zone {
    /// Alpha is 0.
    Outside = 0,
    /// Alpha is to be found.
    Unknown = 128,
    /// Alpha is 1.
    Inside = 255,
}

/// The zone of every pixel, top row first.
#[derive(Debug, Clone)]
pub struct Trimap {
    width: u32,
    height: u32,
    data: Vec<Zone>,
    /// Rows down; all beyond it is outside.
    support: RectI,
}

impl Eq for Trimap {}

impl PartialEq for Trimap {
    /// By size and zones.
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height, &self.data) == (other.width, other.height, &other.data)
    }
}

impl Trimap {
    /// Wraps `data`, `width * height` zones, top row first.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn new(width: u32, height: u32, data: Vec<Zone>) -> Result<Self, SizeError> {
        let expected = width as usize * height as usize;
        if data.len() != expected {
            return Err(SizeError { what: "a trimap", width, height, expected, found: data.len() });
        }
        Ok(Self { width, height, data, support: RectI::of_size(width, height) })
    }

    /// A trimap of one zone.
    #[must_use]
    pub fn filled(width: u32, height: u32, zone: Zone) -> Self {
        let support = if zone == Zone::Outside { RectI::default() } else { RectI::of_size(width, height) };
        Self { width, height, data: vec![zone; width as usize * height as usize], support }
    }

    /// From an 8-bit picture, one byte a pixel: up to 25 is outside, from 230 inside (a tenth from
    /// either end), the rest unknown.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `bytes` is another.
    pub fn from_bytes(width: u32, height: u32, bytes: &[u8]) -> Result<Self, SizeError> {
        let zone = |&b: &u8| match b {
            0..=25 => Zone::Outside,
            230..=255 => Zone::Inside,
            _ => Zone::Unknown,
        };
        Self::new(width, height, bytes.iter().map(zone).collect())
    }

    /// From a painted matte: up to .1 is outside, from .9 inside, the rest unknown, as is what is not
    /// a number.
    #[must_use]
    pub fn from_matte(painted: &Matte) -> Self {
        let zone = |&v: &f32| match v {
            v if v <= 0.1 => Zone::Outside,
            v if v >= 0.9 => Zone::Inside,
            _ => Zone::Unknown,
        };
        let (width, height) = (painted.width(), painted.height());
        let mut out = Self::filled(width, height, Zone::Outside);
        out.support = painted.support();
        let columns = out.support.x0 as usize..out.support.x1 as usize;
        let rows = out.data.par_chunks_exact_mut((width as usize).max(1)).skip(out.support.y0 as usize);
        rows.zip(painted.par_rows(out.support)).for_each(|(out, row)| {
            out[columns.clone()].iter_mut().zip(row).for_each(|(z, v)| *z = zone(v));
        });
        out
    }

    /// An 8-bit picture: 0, 128, 255.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.data.iter().map(|&z| z as u8).collect()
    }

    /// A matte to look at: 0, one half, 1.
    #[must_use]
    pub fn to_matte(&self) -> Matte {
        let mut out = Matte::filled(self.width, self.height, 0.0);
        let (columns, width) = (self.support.x0 as usize..self.support.x1 as usize, self.width as usize);
        let rows = self.data.par_chunks_exact(width.max(1)).skip(self.support.y0 as usize);
        out.par_rows_mut(self.support).zip(rows).for_each(|(out, zones)| {
            for (v, zone) in out.iter_mut().zip(&zones[columns.clone()]) {
                *v = match zone {
                    Zone::Outside => 0.0,
                    Zone::Unknown => 0.5,
                    Zone::Inside => 1.0,
                };
            }
        });
        out
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// All zones, top row first.
    #[must_use]
    pub fn data(&self) -> &[Zone] {
        &self.data
    }

    /// A rectangle, rows down, beyond which all is outside.
    #[must_use]
    pub fn support(&self) -> RectI {
        self.support
    }

    /// All zones, to be written.
    pub fn data_mut(&mut self) -> &mut [Zone] {
        self.support = RectI::of_size(self.width, self.height);
        &mut self.data
    }

    /// The zone in column `x` of row `y`.
    ///
    /// # Panics
    /// When the pixel is outside the trimap.
    #[must_use]
    pub fn zone(&self, x: u32, y: u32) -> Zone {
        self.data[y as usize * self.width as usize + x as usize]
    }

    /// How many pixels are unknown.
    #[must_use]
    pub fn unknown(&self) -> usize {
        let (columns, width) = (self.support.x0 as usize..self.support.x1 as usize, self.width as usize);
        let rows = self.data.par_chunks_exact(width.max(1)).skip(self.support.y0 as usize);
        let rows = rows.take(self.support.height() as usize);
        rows.map(|row| row[columns.clone()].iter().filter(|&&z| z == Zone::Unknown).count()).sum()
    }

    /// The smallest rectangle (rows down) that holds all unknown pixels; none where there is none.
    #[must_use]
    pub fn band(&self) -> Option<RectI> {
        let (part, width) = (self.support, self.width as usize);
        let rows = self.data.par_chunks_exact(width.max(1)).enumerate();
        let rows = rows.skip(part.y0 as usize).take(part.height() as usize).filter_map(|(y, row)| {
            let row = &row[part.x0 as usize..part.x1 as usize];
            let first = row.iter().position(|&z| z == Zone::Unknown)? as i32;
            let last = row.iter().rposition(|&z| z == Zone::Unknown)? as i32;
            Some(RectI::new(part.x0 + first, y as i32, part.x0 + last + 1, y as i32 + 1))
        });
        rows.reduce_with(|a, b| a.join(&b))
    }
}

/// How wide the unknown band is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Widths {
    /// Pixels inside the edge of the mask; none to go by the size of the frame and of the object.
    pub inside: Option<f32>,
    /// Pixels outside the edge of the mask; none to go by the size of the frame and of the object.
    pub outside: Option<f32>,
    /// How much wider the band gets where the edge looks like hair: outside by this many widths more,
    /// inside by half as many. 0 is off.
    pub hair: f32,
    /// The probability from which the mask is sure, above one half. What is nearer to one half is unknown,
    /// within four widths of the edge. 0.5 is off.
    pub sure: f32,
}

impl Default for Widths {
    fn default() -> Self {
        Self { inside: None, outside: None, hair: 2.0, sure: 0.9 }
    }
}

/// Widest band that can be asked for, in pixels.
const WIDEST: f32 = 2000.0;

impl Widths {
    /// Pixels inside and outside, for a frame of `height` rows and an object of `area` pixels.
    ///
    /// By themselves both are a 135th of the frame's height (8 pixels of 1080), at least 2 pixels, at most
    /// a sixteenth of the side of a square of the object's area.
    #[must_use]
    pub fn pixels(&self, height: u32, area: usize) -> (f32, f32) {
        let own = (height as f32 / 135.0).min((area as f32).sqrt() / 16.0).max(2.0);
        let width = |given: Option<f32>| given.filter(|v| v.is_finite()).unwrap_or(own).clamp(0.0, WIDEST);
        (width(self.inside), width(self.outside))
    }
}

/// Marks the band around the edge of `soft`, the probability of each pixel of `frame` to be of the object.
///
/// `motion` is the length in pixels of each pixel's motion blur: the band gets wider by half of it on
/// either side. Without an object all is outside.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn make(frame: &Frame, soft: &Matte, motion: Option<&Matte>, widths: &Widths) -> Result<Trimap, Error> {
    let size = (frame.width(), frame.height());
    same_size("the soft matte", (soft.width(), soft.height()), size)?;
    if let Some(motion) = motion {
        same_size("the motion", (motion.width(), motion.height()), size)?;
    }
    let mut out = Trimap::filled(size.0, size.1, Zone::Outside);
    let w = size.0 as usize;
    let Some(object) = soft.bounds(|&v| v > 0.5) else { return Ok(out) };
    let area = rows_of(soft.data(), w, object).map(|row| row.iter().filter(|&&v| v > 0.5).count()).sum();
    let (inside, outside) = widths.pixels(size.1, area);
    let hair = if widths.hair.is_finite() { widths.hair.clamp(0.0, 20.0) } else { 0.0 };
    let blur =
        motion.map_or(0.0, |m| rows_of(m.data(), w, object).flatten().fold(0.0, |a: f32, &v| a.max(v)));
    let half = (blur / 2.0).clamp(0.0, WIDEST);
    let unsure = 4.0 * inside.max(outside);
    let widest = (inside * (1.0 + hair / 2.0)).max(outside * (1.0 + hair)).max(unsure) + half;
    // The cells in which hair is looked for, and room for the ground beyond.
    let cell = (size.1 as usize / 135).max(4);
    let wide = outside * (1.0 + hair);
    let reach = (widest.max(wide + 3.0 * cell as f32) + 2.0).min(f32::from(u16::MAX - 2)) as u16;
    let part = object.grown(i32::from(reach)).intersect(&RectI::of_size(size.0, size.1));
    out.support = part;
    let (pw, corner) = (part.width() as usize, (part.x0 as usize, part.y0 as usize));
    let mask: Vec<bool> = rows_of(soft.data(), w, part).flatten().map(|&v| v > 0.5).collect();
    // From the centre of a pixel to the edge between two of them, positive outside.
    let mut distance = across(&mask, pw, reach);
    distance.par_iter_mut().zip(&mask).for_each(|(d, &inside)| {
        let edge = if *d == FAR { FAR } else { *d - 0.5 };
        *d = if inside { -edge } else { edge };
    });
    let found = (hair > 0.0)
        .then(|| Hair::find(&Surroundings { frame, corner, width: pw, distance: &distance }, cell, wide));
    let moved = motion.filter(|_| half > 0.0).map(|motion| Blurred::new(motion, part, cell));
    let sure = if widths.sure.is_finite() { widths.sure.clamp(0.5, 1.0) } else { 1.0 };
    let rows = out.data.par_chunks_exact_mut(w).skip(corner.1).take(part.height() as usize).enumerate();
    rows.for_each(|(y, row)| {
        let soft = &soft.data()[(y + corner.1) * w + corner.0..][..pw];
        let distance = &distance[y * pw..][..pw];
        for (x, zone) in row[corner.0..corner.0 + pw].iter_mut().enumerate() {
            let d = distance[x];
            let mut unknown = false;
            if d.abs() <= widest {
                let hair = found.as_ref().map_or(0.0, |found| hair * found.at(x, y));
                let motion = moved.as_ref().map_or(0.0, |moved| moved.half(x, y));
                let (own, more) = if d > 0.0 { (outside, hair) } else { (inside, hair / 2.0) };
                let open = soft[x] < sure && soft[x] > 1.0 - sure;
                unknown = d.abs() <= own * (1.0 + more) + motion || (open && d.abs() <= unsure);
            }
            *zone = match (unknown, d > 0.0) {
                (true, _) => Zone::Unknown,
                (false, true) => Zone::Outside,
                (false, false) => Zone::Inside,
            };
        }
    });
    Ok(out)
}

/// The rows of a part of a picture.
fn rows_of<T>(data: &[T], width: usize, part: RectI) -> impl Iterator<Item = &[T]> {
    (part.y0 as usize..part.y1 as usize).map(move |y| &data[y * width..][part.x0 as usize..part.x1 as usize])
}

/// Half the longest blur around each cell.
struct Blurred {
    columns: usize,
    cell: usize,
    values: Vec<f32>,
}

impl Blurred {
    fn new(motion: &Matte, part: RectI, cell: usize) -> Self {
        let (pw, ph) = (part.width() as usize, part.height() as usize);
        let (columns, rows) = (pw.div_ceil(cell), ph.div_ceil(cell));
        let mut longest = vec![0.0_f32; columns * rows];
        for (y, row) in rows_of(motion.data(), motion.width() as usize, part).enumerate() {
            for (x, &v) in row.iter().enumerate().filter(|(_, v)| **v > 0.0) {
                let place = &mut longest[y / cell * columns + x / cell];
                *place = place.max((v / 2.0).min(WIDEST));
            }
        }
        // A blur reaches as far as it is long: each cell speaks for those within half its length.
        let mut values = vec![0.0_f32; columns * rows];
        for (i, &v) in longest.iter().enumerate().filter(|(_, v)| **v > 0.0) {
            let ring = (v / cell as f32).ceil() as usize;
            let (x, y) = (i % columns, i / columns);
            for y in y.saturating_sub(ring)..(y + ring + 1).min(rows) {
                for value in &mut values[y * columns..][x.saturating_sub(ring)..(x + ring + 1).min(columns)] {
                    *value = value.max(v);
                }
            }
        }
        Self { columns, cell, values }
    }

    fn half(&self, x: usize, y: usize) -> f32 {
        self.values[y / self.cell * self.columns + x / self.cell]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk of `radius` in the middle of a square frame, sure or unsure.
    fn disk(side: u32, radius: f32) -> Matte {
        let mut out = Matte::filled(side, side, 0.0);
        for (i, v) in out.data_mut().iter_mut().enumerate() {
            *v = f32::from(u8::from(from_middle(i, side) < radius));
        }
        out
    }

    fn from_middle(i: usize, side: u32) -> f32 {
        let (x, y) = (i as u32 % side, i as u32 / side);
        (x as f32 + 0.5 - side as f32 / 2.0).hypot(y as f32 + 0.5 - side as f32 / 2.0)
    }

    const PLAIN: Widths = Widths { inside: Some(3.0), outside: Some(6.0), hair: 2.0, sure: 0.9 };

    #[test]
    fn the_band_is_as_wide_as_asked_for() {
        let frame = Frame::filled(120, 120, [90, 80, 70]);
        let found = make(&frame, &disk(120, 30.0), None, &PLAIN).expect("sizes agree");
        for (i, &zone) in found.data().iter().enumerate() {
            let r = from_middle(i, 120);
            let expected = match r {
                r if r < 26.0 => Zone::Inside,
                r if r > 28.0 && r < 35.0 => Zone::Unknown,
                r if r > 37.0 => Zone::Outside,
                _ => continue,
            };
            assert_eq!(zone, expected, "{r} pixels from the middle");
        }
        let band = found.band().expect("there is a band");
        assert_eq!((band.width(), band.x0 + band.x1), (band.height(), 120));
        assert_eq!(found.unknown(), found.data().iter().filter(|z| **z == Zone::Unknown).count());
    }

    #[test]
    fn hair_makes_it_wider_where_it_is() {
        let side = 200;
        let mut frame = Frame::filled(side, side, [40, 60, 50]);
        let mut random = fastrand::Rng::with_seed(3);
        let data = frame.data_mut();
        for i in 0..(side * side) as usize {
            // Structure in a ring outside the disk, in the right half only.
            let r = from_middle(i, side);
            if r < 50.0 || (r < 62.0 && i as u32 % side > side / 2 && random.bool()) {
                data[3 * i..3 * i + 3].copy_from_slice(&[220, 210, 200]);
            }
        }
        let found = make(&frame, &disk(side, 50.0), None, &PLAIN).expect("sizes agree");
        let wide =
            |from: u32, to: u32| (from..to).filter(|&x| found.zone(x, side / 2) == Zone::Unknown).count();
        assert_eq!(wide(0, side / 2), 9);
        assert!(wide(side / 2, side) > 15, "{}", wide(side / 2, side));
        let off = Widths { hair: 0.0, ..PLAIN };
        let found = make(&frame, &disk(side, 50.0), None, &off).expect("sizes agree");
        assert_eq!((0..side).filter(|&x| found.zone(x, side / 2) == Zone::Unknown).count(), 18);
    }

    #[test]
    fn motion_makes_it_wider_by_half_its_length() {
        let frame = Frame::filled(120, 120, [90, 80, 70]);
        let motion = Matte::filled(120, 120, 10.0);
        let found = make(&frame, &disk(120, 30.0), Some(&motion), &PLAIN).expect("sizes agree");
        let row = |x: &u32| found.zone(*x, 60) == Zone::Unknown;
        assert_eq!((0..60).filter(row).count(), 9 + 10);
    }

    #[test]
    fn what_the_mask_is_not_sure_of_is_unknown() {
        let frame = Frame::filled(120, 120, [90, 80, 70]);
        let mut soft = disk(120, 30.0);
        // Twenty pixels inside the edge: farther than the band, within four of its widths.
        for (i, v) in soft.data_mut().iter_mut().enumerate() {
            if from_middle(i, 120) < 12.0 {
                *v = 0.7;
            }
        }
        let found = make(&frame, &soft, None, &PLAIN).expect("sizes agree");
        assert_eq!((found.zone(60, 49), found.zone(60, 46)), (Zone::Unknown, Zone::Inside));
        let found = make(&frame, &soft, None, &Widths { sure: 0.5, ..PLAIN }).expect("sizes agree");
        assert_eq!(found.zone(60, 49), Zone::Inside);
    }

    #[test]
    fn pictures_of_trimaps_are_read_back() {
        let bytes = [0, 25, 26, 128, 229, 230, 255, 102];
        let read = Trimap::from_bytes(4, 2, &bytes).expect("eight pixels");
        assert_eq!(read.to_bytes(), [0, 0, 128, 128, 128, 255, 255, 128]);
        assert_eq!(Trimap::from_matte(&read.to_matte()), read);
        let odd = Matte::new(2, 1, vec![f32::NAN, f32::INFINITY]).expect("two pixels");
        assert_eq!(Trimap::from_matte(&odd).data(), [Zone::Unknown, Zone::Inside]);
        assert!(Trimap::from_bytes(4, 2, &bytes[1..]).is_err());
    }

    #[test]
    fn odd_pictures_give_a_trimap_or_a_sentence() {
        let none = make(&Frame::filled(0, 0, [0; 3]), &Matte::filled(0, 0, 0.0), None, &Widths::default());
        assert!(none.expect("nothing is of one size").data().is_empty());
        let frame = Frame::filled(9, 7, [9; 3]);
        for v in [f32::NAN, 0.0, 1.0, f32::INFINITY] {
            let all = make(&frame, &Matte::filled(9, 7, v), None, &Widths::default()).expect("sizes agree");
            let zone = if v > 0.5 { Zone::Inside } else { Zone::Outside };
            assert!(all.data().iter().all(|z| *z == zone), "{v}");
        }
        let error = make(&frame, &Matte::filled(9, 8, 0.0), None, &Widths::default()).expect_err("too tall");
        assert_eq!(error.to_string(), "the soft matte has 9x8 pixels, expected 9x7, the size of the frame");
        let wild = Widths { inside: Some(f32::NAN), outside: Some(1e30), hair: f32::INFINITY, sure: -3.0 };
        let motion = Matte::filled(9, 7, f32::INFINITY);
        let mut soft = Matte::filled(9, 7, 1.0);
        soft.data_mut()[0] = 0.0;
        let found = make(&frame, &soft, Some(&motion), &wild).expect("sizes agree");
        assert_eq!(found.zone(0, 0), Zone::Unknown);
    }
}
