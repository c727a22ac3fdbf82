//! Alpha in the unknown band by closed-form matting, without a model.

use super::band::Band;
use super::error::{Error, same_size};
use super::laplacian;
use super::local::Models;
use super::multigrid::Multigrid;
use super::solve::{Limits, solve};
use super::trimap::{Trimap, Zone};
use crate::raster::{Frame, Matte, RectI};
use rayon::prelude::*;

/// Settings of [`refine`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fast {
    /// Colour variance (of values in 0 to 1) below which a window counts as flat. As published: 1e-7.
    pub epsilon: f32,
    /// How much each unknown pixel is drawn to the soft matte that is given, beside the weights of about
    /// 8 that draw it to its neighbours. It decides where colours say nothing.
    pub prior: f32,
    /// The solver stops when no pixel moves farther than this in a step. Above 1e-4 it grows in a band of more than
    /// 40,000 unknown pixels with the square of their number, up to sixteen times. A band that is solved in pieces
    /// is solved to 1e-4 at most.
    pub tolerance: f32,
    /// It also stops after so many steps.
    pub iterations: usize,
    /// Most unknown pixels that are solved for at once, of about 200 bytes each. A band with more is solved in
    /// pieces.
    pub most: usize,
}

impl Default for Fast {
    fn default() -> Self {
        Self { epsilon: 1e-7, prior: 1e-2, tolerance: 1e-3, iterations: 500, most: 1_500_000 }
    }
}

/// Alpha of `frame`: 0 and 1 exactly where `trimap` knows it, solved for elsewhere. `soft` is a matte from
/// a tracker, from which alpha starts and to which it is drawn a little.
///
/// # Errors
/// [`Error::Size`] when the pictures differ in size.
pub fn refine(frame: &Frame, trimap: &Trimap, soft: Option<&Matte>, settings: &Fast) -> Result<Matte, Error> {
    let size = (frame.width(), frame.height());
    same_size("the trimap", (trimap.width(), trimap.height()), size)?;
    if let Some(soft) = soft {
        same_size("the soft matte", (soft.width(), soft.height()), size)?;
    }
    let mut out = trimap.to_matte();
    let Some(area) = trimap.band() else { return Ok(out) };
    let whole = RectI::new(0, 0, size.0 as i32, size.1 as i32);
    // Windows reach two pixels around the band.
    let area = RectI::new(area.x0 - 2, area.y0 - 2, area.x1 + 2, area.y1 + 2).intersect(&whole);
    let pieces = pieces(trimap, area, settings.most.max(1));
    let mut settings = *settings;
    if pieces.len() > 1 {
        settings.tolerance = settings.tolerance.min(SEAMLESS);
    }
    for piece in &pieces {
        let around = piece.grown(MARGIN).intersect(&area);
        // Among the pool's threads, so that no step waits for one to take it up.
        let (band, x) = rayon::scope(|_| Part::cut(frame, trimap, soft, around).solve(&settings, 1.0));
        write(&band, &x, (around, *piece), &mut out);
    }
    Ok(out)
}

/// Pixels about a piece that are solved for with it. What is farther away changes its alpha by less than 1/1024:
/// on the lemur of alphamatting.com by .00099 at 192 pixels.
const MARGIN: i32 = 256;

/// A tolerance at which a piece is what the whole is, to less than 1/1024: on the lemur in eight pieces .5/1024, and at
/// ten times as much 3.1/1024.
const SEAMLESS: f32 = 1e-4;

/// Cuts `area` in halves until no part has more than `most` unknown pixels; parts without any are left out.
fn pieces(trimap: &Trimap, area: RectI, most: usize) -> Vec<RectI> {
    let w = trimap.width() as usize;
    let row = |y: i32| &trimap.data()[y as usize * w..][area.x0 as usize..area.x1 as usize];
    let count = |y: i32| row(y).iter().filter(|z| **z == Zone::Unknown).count();
    let unknown: usize = (area.y0..area.y1).into_par_iter().map(count).sum();
    if unknown == 0 {
        return Vec::new();
    }
    // Below this a piece would be all margin.
    if unknown <= most || (area.width() < 16 && area.height() < 16) {
        return vec![area];
    }
    let (mut a, mut b) = (area, area);
    if area.width() > area.height() {
        a.x1 = area.x0 + area.width() as i32 / 2;
        b.x0 = a.x1;
    } else {
        a.y1 = area.y0 + area.height() as i32 / 2;
        b.y0 = a.y1;
    }
    let mut all = pieces(trimap, a, most);
    all.extend(pieces(trimap, b, most));
    all
}

/// Writes the alpha of a packed band, whose picture lies at `area`, as far as it is in `piece`.
fn write(band: &Band, x: &[f32], (area, piece): (RectI, RectI), out: &mut Matte) {
    for run in &band.runs {
        let (x0, y) = (run.x + area.x0, band.rows[run.row].y + area.y0);
        let part = RectI::new(x0, y, x0 + run.len as i32, y + 1).intersect(&piece);
        if part.is_empty() {
            continue;
        }
        let row = out.rows_mut(part).next().unwrap_or_default();
        for (o, v) in row.iter_mut().zip(&x[run.at[2] + (part.x0 - x0) as usize..]) {
            *o = if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 };
        }
    }
}

/// Unknown pixels above which a picture of half the size is solved first.
const LARGE: usize = 4000;
/// Unknown pixels above which the solver stops earlier: where there are so many, a picture shows its edges
/// over more pixels and the solution of half the size is nearer, and the time would grow faster than they do.
const MANY: f32 = 40_000.0;
/// Times the tolerance for pictures of half the size, which are where a solution starts from.
const ROUGHLY: f32 = 10.0;

/// A part of a frame, with what is known of it.
struct Part {
    frame: Frame,
    zones: Vec<Zone>,
    soft: Option<Vec<f32>>,
}

impl Part {
    fn cut(frame: &Frame, trimap: &Trimap, soft: Option<&Matte>, area: RectI) -> Self {
        let w = frame.width() as usize;
        let rows = area.y0 as usize..area.y1 as usize;
        let columns = area.x0 as usize..area.x1 as usize;
        let mut cut = Frame::filled(area.width(), area.height(), [0; 3]);
        let pw = columns.len().max(1);
        for (row, y) in cut.data_mut().chunks_exact_mut(3 * pw).zip(rows.clone()) {
            row.copy_from_slice(&frame.data()[3 * (y * w + columns.start)..3 * (y * w + columns.end)]);
        }
        let zones = rows.clone().flat_map(|y| &trimap.data()[y * w..][columns.clone()]).copied().collect();
        let number = |&v: &f32| if v.is_finite() { v.clamp(0.0, 1.0) } else { 0.5 };
        let soft =
            soft.map(|soft| rows.flat_map(|y| &soft.data()[y * w..][columns.clone()]).map(number).collect());
        Self { frame: cut, zones, soft }
    }

    /// The same at half the size: the mean of colours, and known only what is so in all four pixels.
    fn halved(&self) -> Self {
        let (w, h) = (self.frame.width() as usize, self.frame.height() as usize);
        let (hw, hh) = (w.div_ceil(2), h.div_ceil(2));
        let mut frame = Frame::filled(hw as u32, hh as u32, [0; 3]);
        let mut zones = vec![Zone::Unknown; hw * hh];
        let mut soft = self.soft.as_ref().map(|_| vec![0.0; hw * hh]);
        let four = |x: usize, y: usize| {
            let (left, right) = (2 * x, (2 * x + 1).min(w - 1));
            let (top, bottom) = (2 * y * w, (2 * y + 1).min(h - 1) * w);
            [top + left, top + right, bottom + left, bottom + right]
        };
        let rows = frame.data_mut().par_chunks_exact_mut(3 * hw).zip(zones.par_chunks_exact_mut(hw));
        rows.enumerate().for_each(|(y, (colours, zones))| {
            for x in 0..hw {
                let four = four(x, y);
                for c in 0..3 {
                    let sum: u16 = four.iter().map(|i| u16::from(self.frame.data()[3 * i + c])).sum();
                    colours[3 * x + c] = ((sum + 2) / 4) as u8;
                }
                let zone = self.zones[four[0]];
                if four.iter().all(|i| self.zones[*i] == zone) {
                    zones[x] = zone;
                }
            }
        });
        if let (Some(soft), Some(fine)) = (&mut soft, &self.soft) {
            soft.par_chunks_exact_mut(hw).enumerate().for_each(|(y, row)| {
                for (x, v) in row.iter_mut().enumerate() {
                    *v = four(x, y).iter().map(|i| fine[*i]).sum::<f32>() / 4.0;
                }
            });
        }
        Self { frame, zones, soft }
    }

    /// What alpha is known to be, and where it begins elsewhere.
    fn start(&self, band: &Band, x: &mut [f32], coarse: Option<&Models>) {
        let (w, h) = (self.frame.width() as usize, self.frame.height() as usize);
        band.chunks.par_iter().zip(band.split(x, 1)).for_each(|(chunk, x)| {
            for row in &band.rows[chunk.rows.clone()] {
                let Some(y) = usize::try_from(row.y).ok().filter(|&y| y < h) else { continue };
                for s in &band.segments[row.segments.clone()] {
                    for column in s.x0.max(0)..s.x1.min(w as i32) {
                        if self.zones[y * w + column as usize] == Zone::Inside {
                            x[s.base - chunk.pixels.start + (column - s.x0) as usize] = 1.0;
                        }
                    }
                }
            }
            for run in &band.runs[chunk.runs.clone()] {
                let y = band.rows[run.row].y as usize;
                let x = &mut x[run.at[2] - chunk.pixels.start..][..run.len];
                match (coarse, &self.soft) {
                    (Some(coarse), _) => coarse.predict(&self.frame, run, y, x),
                    (None, Some(soft)) => x.copy_from_slice(&soft[y * w + run.x as usize..][..run.len]),
                    (None, None) => x.fill(0.5),
                }
            }
        });
    }

    /// The packed band of the part and its alpha, to so many times the tolerance.
    fn solve(&self, settings: &Fast, rough: f32) -> (Band, Vec<f32>) {
        let (w, h) = (self.frame.width() as usize, self.frame.height() as usize);
        let band = Band::new(&self.zones, w);
        let mut x = band.vector();
        let coarse = (band.unknown > LARGE).then(|| {
            let half = self.halved();
            let (band, x) = half.solve(settings, ROUGHLY);
            Models::new(&half.frame, band, &x)
        });
        self.start(&band, &mut x, coarse.as_ref());
        let own = if self.soft.is_some() { settings.prior.max(0.0) } else { 0.0 };
        let operator = laplacian::of_frame(&self.frame, &band, f64::from(settings.epsilon), own);
        let grids = Multigrid::new(&band, &operator, (w, h));
        let pull = self.soft.as_ref().filter(|_| own > 0.0).map(|soft| {
            let mut pull = band.vector();
            for run in &band.runs {
                let start = band.rows[run.row].y as usize * w + run.x as usize;
                let values = pull[run.at[2]..][..run.len].iter_mut().zip(&soft[start..]);
                values.for_each(|(p, v)| *p = own * v);
            }
            pull
        });
        let many = (band.unknown as f32 / MANY).powi(2).clamp(1.0, 16.0);
        let times = if settings.tolerance > SEAMLESS { many } else { 1.0 };
        let limits =
            Limits { tolerance: settings.tolerance * times * rough, iterations: settings.iterations };
        solve(&band, &operator, &grids, pull.as_deref(), &mut x, limits);
        (band, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob with a ramp of `soft` pixels between two smooth colours, its alpha, and its trimap.
    fn scene(w: u32, h: u32, soft: f32) -> (Frame, Matte, Trimap) {
        let (mut frame, mut alpha) = (Frame::filled(w, h, [0; 3]), Matte::filled(w, h, 0.0));
        let mut trimap = Trimap::filled(w, h, Zone::Unknown);
        let middle = (w as f32 / 2.0, h as f32 / 2.0);
        for i in 0..(w * h) as usize {
            let (x, y) = ((i as u32 % w) as f32 + 0.5, (i as u32 / w) as f32 + 0.5);
            let turn = (y - middle.1).atan2(x - middle.0);
            let edge = 0.3 * h as f32 * (1.0 + 0.12 * (9.0 * turn).sin());
            let d = edge - (x - middle.0).hypot(y - middle.1);
            let a = (0.5 + d / soft).clamp(0.0, 1.0);
            alpha.data_mut()[i] = a;
            let inside = [0.8 - 0.1 * x / w as f32, 0.6, 0.3 + 0.2 * y / h as f32];
            let outside = [0.1, 0.3 + 0.2 * x / w as f32, 0.5];
            for c in 0..3 {
                let v = a * inside[c] + (1.0 - a) * outside[c];
                frame.data_mut()[3 * i + c] = (v * 255.0).round() as u8;
            }
            if d.abs() > soft / 2.0 + 5.0 {
                trimap.data_mut()[i] = if d > 0.0 { Zone::Inside } else { Zone::Outside };
            }
        }
        (frame, alpha, trimap)
    }

    fn mean_error(found: &Matte, truth: &Matte, trimap: &Trimap) -> f32 {
        let errors = found.data().iter().zip(truth.data()).zip(trimap.data());
        let sum: f32 = errors.filter(|v| *v.1 == Zone::Unknown).map(|((a, b), _)| (a - b).abs()).sum();
        sum / trimap.unknown() as f32
    }

    #[test]
    fn alpha_of_a_composed_picture_is_found() {
        for soft in [3.0, 9.0, 18.0] {
            let (frame, truth, trimap) = scene(160, 120, soft);
            let found = refine(&frame, &trimap, None, &Fast::default()).expect("sizes agree");
            let error = mean_error(&found, &truth, &trimap);
            // What is unknown to the rough trimap is .5.
            assert!(error < 0.02, "a ramp of {soft} pixels: {error}");
            for ((v, zone), x) in found.data().iter().zip(trimap.data()).zip(0..) {
                match zone {
                    Zone::Inside => assert_eq!(v.to_bits(), 1.0_f32.to_bits(), "{x}"),
                    Zone::Outside => assert_eq!(v.to_bits(), 0.0_f32.to_bits(), "{x}"),
                    Zone::Unknown => assert!((0.0..=1.0).contains(v), "{x}"),
                }
            }
        }
    }

    #[test]
    fn a_band_that_is_solved_in_pieces_has_the_same_alpha() {
        let (frame, truth, trimap) = scene(1600, 1300, 24.0);
        let exact = Fast { tolerance: SEAMLESS, ..Fast::default() };
        let whole = refine(&frame, &trimap, Some(&truth), &exact).expect("sizes agree");
        let most = trimap.unknown() / 5;
        let area = trimap.band().expect("a band");
        assert!(pieces(&trimap, area, most).len() >= 4, "the cuts go through the band");
        let pieced =
            refine(&frame, &trimap, Some(&truth), &Fast { most, ..Fast::default() }).expect("sizes agree");
        let worst = whole.data().iter().zip(pieced.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst > 0.0 && worst < 1.0 / 1024.0, "{worst}");
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let (frame, truth, trimap) = scene(240, 180, 9.0);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
            let found = pool.install(|| refine(&frame, &trimap, Some(&truth), &Fast::default()));
            found.expect("sizes agree").data().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(on(1), on(4));
    }

    #[test]
    fn where_colours_say_nothing_the_soft_matte_decides() {
        // A line of which nothing is known to be inside, in a frame of one colour.
        let frame = Frame::filled(40, 30, [100; 3]);
        let mut trimap = Trimap::filled(40, 30, Zone::Outside);
        let mut soft = Matte::filled(40, 30, 0.0);
        for y in 5..25 {
            for x in 5..35 {
                trimap.data_mut()[y * 40 + x] = Zone::Unknown;
                soft.data_mut()[y * 40 + x] = 0.8;
            }
        }
        let strong = Fast { prior: 1.0, ..Fast::default() };
        let found = refine(&frame, &trimap, Some(&soft), &strong).expect("sizes agree");
        assert!((found.value(20, 15) - 0.8).abs() < 0.05, "{}", found.value(20, 15));
        let found = refine(&frame, &trimap, None, &strong).expect("sizes agree");
        assert!(found.value(20, 15) < 0.01, "{}", found.value(20, 15));
    }

    #[test]
    fn odd_pictures_give_a_matte_or_a_sentence() {
        for (w, h) in [(0, 0), (1, 1), (2, 7), (3, 3), (40, 1)] {
            let trimap = Trimap::filled(w, h, Zone::Unknown);
            let frame = Frame::filled(w, h, [7; 3]);
            let soft = Matte::filled(w, h, f32::NAN);
            let found = refine(&frame, &trimap, Some(&soft), &Fast::default()).expect("sizes agree");
            assert!(found.data().iter().all(|v| (0.0..=1.0).contains(v)), "{w}x{h}");
        }
        let frame = Frame::filled(4, 4, [7; 3]);
        let error = refine(&frame, &Trimap::filled(4, 5, Zone::Unknown), None, &Fast::default());
        let error = error.expect_err("too tall").to_string();
        assert_eq!(error, "the trimap has 4x5 pixels, expected 4x4, the size of the frame");
    }
}
