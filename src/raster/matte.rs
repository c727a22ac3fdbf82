//! Continuous alpha.

use rayon::prelude::*;

use super::{PlaceError, RectI, SizeError, room};

/// A matte: one `f32` a pixel, 0 outside to 1 inside, top row first.
///
/// It knows a rectangle outside of which it is 0, its [support](Matte::support). Memory of a matte that
/// was made by [`Matte::filled`] with 0 is taken where it is written, so that a small object in a large
/// frame costs what the object costs, as long as it is written by rows of a part.
#[derive(Debug)]
pub struct Matte {
    width: u32,
    height: u32,
    data: Vec<f32>,
    support: RectI,
}

impl Clone for Matte {
    fn clone(&self) -> Self {
        let mut out = Self::filled(self.width, self.height, 0.0);
        for (to, from) in out.rows_mut(self.support).zip(self.rows(self.support)) {
            to.copy_from_slice(from);
        }
        out
    }
}

impl PartialEq for Matte {
    /// By size and values.
    fn eq(&self, other: &Self) -> bool {
        let either = self.support.join(&other.support);
        (self.width, self.height) == (other.width, other.height)
            && self.rows(either).zip(other.rows(either)).all(|(a, b)| a == b)
    }
}

impl Matte {
    /// Wraps `data`, `width * height` values, top row first.
    ///
    /// # Errors
    /// [`SizeError`] when the length of `data` is another.
    pub fn new(width: u32, height: u32, data: Vec<f32>) -> Result<Self, SizeError> {
        let expected = width as usize * height as usize;
        if data.len() != expected {
            return Err(SizeError { what: "a matte", width, height, expected, found: data.len() });
        }
        Ok(Self { width, height, data, support: RectI::of_size(width, height) })
    }

    /// Wraps `data` of the right length, which is 0 outside of `support`.
    pub(crate) fn supported(width: u32, height: u32, data: Vec<f32>, support: RectI) -> Self {
        debug_assert_eq!(data.len(), width as usize * height as usize, "a matte of {width}x{height} pixels");
        Self { width, height, data, support }
    }

    /// A matte of one value.
    #[must_use]
    pub fn filled(width: u32, height: u32, value: f32) -> Self {
        let support = if value == 0.0 { RectI::default() } else { RectI::of_size(width, height) };
        Self { width, height, data: vec![value; width as usize * height as usize], support }
    }

    /// A rectangle, rows down, outside of which every value is 0. Not the smallest, unless it was
    /// [tightened](Matte::tighten).
    #[must_use]
    pub fn support(&self) -> RectI {
        self.support
    }

    /// The smallest rectangle that holds all that is not 0; empty where all is.
    #[must_use]
    pub fn tight(&self) -> RectI {
        self.bounds(|v| *v != 0.0).unwrap_or_default()
    }

    /// The smallest rectangle that holds all values that are `wanted`, as 0 must not be; none where there is none.
    pub fn bounds(&self, wanted: impl Fn(&f32) -> bool + Sync) -> Option<RectI> {
        let part = self.support;
        let found = self.par_rows(part).enumerate().filter_map(|(y, row)| {
            let first = row.iter().position(&wanted)? as i32;
            let last = row.iter().rposition(&wanted)? as i32;
            let (x, y) = (part.x0, part.y0 + y as i32);
            Some(RectI::new(x + first, y, x + last + 1, y + 1))
        });
        found.reduce_with(|a, b| a.join(&b))
    }

    /// Makes the support the smallest.
    pub fn tighten(&mut self) {
        self.support = self.tight();
    }

    /// The pixels of `part` that there are.
    fn columns(&self, part: RectI) -> (RectI, std::ops::Range<usize>) {
        let part = part.intersect(&RectI::of_size(self.width, self.height));
        let part = if part.is_empty() { RectI::default() } else { part };
        (part, part.x0 as usize..part.x1 as usize)
    }

    /// The rows of what there is of `part`, top row first.
    pub fn rows(&self, part: RectI) -> impl Iterator<Item = &[f32]> {
        let (part, columns) = self.columns(part);
        let width = (self.width as usize).max(1);
        let rows = self.data.chunks_exact(width).skip(part.y0 as usize).take(part.height() as usize);
        rows.map(move |row| &row[columns.clone()])
    }

    /// As [`Self::rows`], for several threads.
    pub fn par_rows(&self, part: RectI) -> impl IndexedParallelIterator<Item = &[f32]> {
        let (part, columns) = self.columns(part);
        let width = (self.width as usize).max(1);
        let rows = self.data.par_chunks_exact(width).skip(part.y0 as usize).take(part.height() as usize);
        rows.map(move |row| &row[columns.clone()])
    }

    /// The rows of what there is of `part`, to be written; the support grows by it.
    pub fn rows_mut(&mut self, part: RectI) -> impl Iterator<Item = &mut [f32]> {
        let (part, columns) = self.columns(part);
        self.support = self.support.join(&part);
        let width = (self.width as usize).max(1);
        let rows = self.data.chunks_exact_mut(width).skip(part.y0 as usize).take(part.height() as usize);
        rows.map(move |row| &mut row[columns.clone()])
    }

    /// As [`Self::rows_mut`], for several threads.
    pub fn par_rows_mut(&mut self, part: RectI) -> impl IndexedParallelIterator<Item = &mut [f32]> {
        let (part, columns) = self.columns(part);
        self.support = self.support.join(&part);
        let width = (self.width as usize).max(1);
        let rows = self.data.par_chunks_exact_mut(width).skip(part.y0 as usize).take(part.height() as usize);
        rows.map(move |row| &mut row[columns.clone()])
    }

    /// The values of what there is of `part`, row by row.
    #[must_use]
    pub fn cut(&self, part: RectI) -> Vec<f32> {
        let (part, _) = self.columns(part);
        let mut out = Vec::with_capacity(part.width() as usize * part.height() as usize);
        self.rows(part).for_each(|row| out.extend_from_slice(row));
        out
    }

    /// A matte that is `values`, row by row, in `part` and 0 elsewhere.
    ///
    /// # Errors
    /// [`SizeError`] when `part` does not lie within the matte, or has another number of pixels.
    pub fn placed(width: u32, height: u32, part: RectI, values: &[f32]) -> Result<Self, SizeError> {
        Self::fits(width, height, part, values)?;
        Ok(Self::filled(width, height, 0.0).with(part, values))
    }

    fn fits(width: u32, height: u32, part: RectI, values: &[f32]) -> Result<(), SizeError> {
        let expected = part.width() as usize * part.height() as usize;
        let within = part.is_empty() || RectI::of_size(width, height).contains(&part);
        if values.len() != expected || !within {
            let (width, height) = (part.width(), part.height());
            return Err(SizeError {
                what: "a part of a matte",
                width,
                height,
                expected,
                found: values.len(),
            });
        }
        Ok(())
    }

    /// As [`placed`](Self::placed), of a size that came from elsewhere.
    ///
    /// # Errors
    /// [`PlaceError::Size`] as `placed`, [`PlaceError::NoRoom`] when this process cannot have a matte of that size.
    pub fn placed_within_memory(
        width: u32,
        height: u32,
        part: RectI,
        values: &[f32],
    ) -> Result<Self, PlaceError> {
        Self::fits(width, height, part, values)?;
        let zeros = room::zeros((width as usize).saturating_mul(height as usize))?;
        Ok(Self::supported(width, height, zeros, RectI::default()).with(part, values))
    }

    fn with(mut self, part: RectI, values: &[f32]) -> Self {
        let columns = (part.width() as usize).max(1);
        for (row, values) in self.rows_mut(part).zip(values.chunks_exact(columns)) {
            row.copy_from_slice(values);
        }
        self
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

    /// All values, top row first.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, to be written; the support becomes the whole matte.
    pub fn data_mut(&mut self) -> &mut [f32] {
        self.support = RectI::of_size(self.width, self.height);
        &mut self.data
    }

    /// The value in column `x` of row `y`.
    ///
    /// # Panics
    /// When the pixel is outside the matte.
    #[must_use]
    pub fn value(&self, x: u32, y: u32) -> f32 {
        self.data[y as usize * self.width as usize + x as usize]
    }

    /// Whether no pixel is above one half.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows(self.support).flatten().all(|&v| v <= 0.5)
    }

    /// How many pixels are above one half.
    #[must_use]
    pub fn area(&self) -> usize {
        self.rows(self.support).flatten().filter(|&&v| v > 0.5).count()
    }

    /// Region overlap of two mattes cut at one half: 1 when both are empty.
    ///
    /// # Panics
    /// When the sizes differ.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height), "mattes of unequal size");
        let (mut both, mut either) = (0_usize, 0_usize);
        let part = self.support.join(&other.support);
        for (&a, &b) in self.rows(part).flatten().zip(other.rows(part).flatten()) {
            let (a, b) = (a > 0.5, b > 0.5);
            both += usize::from(a && b);
            either += usize::from(a || b);
        }
        if either == 0 { 1.0 } else { both as f64 / either as f64 }
    }

    /// Bytes of memory that are in use: those of the support.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.support.width() as usize * self.support.height() as usize * size_of::<f32>()
    }

    /// Gives the values back.
    #[must_use]
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_support_holds_all_that_is_written() {
        let mut matte = Matte::filled(9, 6, 0.0);
        assert!(matte.support().is_empty() && matte.is_empty());
        let part = RectI::new(2, 1, 5, 4);
        matte.rows_mut(part).for_each(|row| row.fill(0.75));
        assert_eq!((matte.support(), matte.area()), (part, 9));
        matte.par_rows_mut(RectI::new(7, 4, 99, 5)).for_each(|row| row.fill(0.25));
        assert_eq!(matte.support(), RectI::new(2, 1, 9, 5));
        matte.rows_mut(RectI::new(2, 1, 3, 4)).for_each(|row| row.fill(0.0));
        matte.tighten();
        assert_eq!(matte.support(), RectI::new(3, 1, 9, 5));
        let copy = matte.clone();
        assert_eq!((copy.support(), copy.data()), (matte.support(), matte.data()));
        matte.data_mut()[0] = 1.0;
        assert_eq!((matte.support(), matte.tight()), (RectI::of_size(9, 6), RectI::new(0, 0, 9, 5)));
        assert_ne!(copy, matte);
    }

    #[test]
    fn a_part_comes_back_where_it_was() {
        let part = RectI::new(1, 2, 4, 4);
        let values = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        let matte = Matte::placed(5, 4, part, &values).expect("six values");
        assert_eq!((matte.cut(part), matte.value(3, 2), matte.value(0, 2)), (values.to_vec(), 0.3, 0.0));
        assert_eq!(matte, Matte::new(5, 4, matte.data().to_vec()).expect("20 values"));
        assert!(
            Matte::placed(3, 4, part, &values).is_err() && Matte::placed(5, 4, part, &values[1..]).is_err()
        );
        assert_eq!(Matte::placed(0, 0, RectI::default(), &[]), Ok(Matte::filled(0, 0, 0.0)));
    }

    #[test]
    fn parts_beyond_the_matte_are_nothing() {
        let mut matte = Matte::filled(3, 2, 1.0);
        for part in [RectI::new(5, 5, 9, 9), RectI::new(-9, -9, -1, -1), RectI::new(2, 1, 1, 2)] {
            assert_eq!((matte.rows(part).flatten().count(), matte.rows_mut(part).flatten().count()), (0, 0));
        }
        assert_eq!(matte.support(), RectI::of_size(3, 2));
        assert_eq!(Matte::filled(0, 7, 1.0).rows(RectI::of_size(9, 9)).count(), 0);
    }
}
