//! ViTMatte from a model pack: alpha in the unknown band.
//!
//! Yao et al., "ViTMatte: Boosting Image Matting with Pretrained Plain Vision Transformers", 2023. The
//! network is that of the public reference implementation, with which `cargo xtask parity --family
//! vitmatte` compares.
//!
//! It looks at the region around the band only. Its backbone, whose attention spans the region, sees it
//! whole at a 16th of the size, in bounded memory; its decoder is run in tiles where something is
//! unknown, each with the surroundings on which it depends. Neither changes the result but by rounding.
//! A region beyond [`Settings::most_tokens`] is cut into parts that know nothing of each other and fade
//! into one another: that does change it.

mod network;
mod pixels;
mod places;

use self::network::{Features, Network};
use self::places::{PATCH, Part, Tile};
use super::matting_network::MattingNetwork;
use super::normalise::Normal;
use super::pack::Pack;
use super::runtime::Placement;
use super::{Model, ModelError};
use crate::job::{Device, ModelInfo};
use crate::matte::trimap::{Trimap, Zone};
use crate::raster::{Frame, Matte, RectI};

/// The family's name in a manifest.
pub const FAMILY: &str = "vitmatte";
/// The smallest tile that is tried where memory is short, in tokens a side.
const LEAST_TILE: usize = 4;

/// How the network is used. Only `margin` and `most_tokens` change results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Pixels around the unknown band that the network sees beside it, 64 by default: what the object
    /// and the background look like where they are known.
    pub margin: u32,
    /// Tokens, squares of 16 pixels, that a region has at the most, 36,864 by default, which is all of
    /// a frame of 4096x2304 pixels. Time grows with their square.
    pub most_tokens: usize,
    /// The largest side of a decoder's tile in pixels, 256 by default.
    pub tile: u32,
    /// Bytes that attention takes at a time, 64 MiB by default.
    pub attention_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { margin: 64, most_tokens: 36_864, tile: 256, attention_bytes: 64 << 20 }
    }
}

/// The matter.
pub struct VitMatte {
    info: ModelInfo,
    smaller: Option<String>,
    settings: Settings,
    /// The longest side of a region in pixels.
    side: u32,
    network: Network,
    normal: Normal,
    // Kept for its room.
    planes: Vec<f32>,
}

impl VitMatte {
    /// Loads the graphs of `pack`.
    ///
    /// # Errors
    /// [`ModelError`] when the pack is of another family, damaged or not of the expected form, or
    /// ONNX Runtime is not there.
    pub fn open(pack: &Pack, device: Device, threads: usize, settings: Settings) -> Result<Self, ModelError> {
        pack.expect_family(&[FAMILY])?;
        let (network, Placement { device, note }) = Network::open(pack, device, threads)?;
        let manifest = pack.manifest();
        let info = ModelInfo {
            name: manifest.name.clone(),
            version: pack.marked_version(),
            device: device.label().to_owned(),
            note,
        };
        Ok(Self {
            info,
            smaller: manifest.smaller.clone(),
            settings,
            side: manifest.input.width.min(manifest.input.height),
            network,
            normal: Normal::new(&manifest.input),
            planes: Vec::new(),
        })
    }

    /// The parts of the frame that the network sees for the unknown pixels of `trimap`.
    #[must_use]
    pub fn seen(&self, trimap: &Trimap) -> Vec<RectI> {
        self.parts(trimap).into_iter().map(|part| part.place).collect()
    }

    fn parts(&self, trimap: &Trimap) -> Vec<Part> {
        let Some(band) = trimap.band() else { return Vec::new() };
        let region = places::region(band, self.settings.margin, (trimap.width(), trimap.height()));
        places::parts(region, self.settings.most_tokens, self.side)
    }

    /// Adds what the network finds in one part to the unknown pixels of `out`.
    fn add(
        &mut self,
        frame: &Frame,
        trimap: &Trimap,
        part: &Part,
        out: &mut Matte,
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<(), ModelError> {
        let unknown = Unknown::new(trimap, &part.place);
        if !unknown.any() {
            return Ok(());
        }
        let size = places::tokens(&part.place);
        let padded = place_of(&part.place, &(0..size.0), &(0..size.1));
        self.normal.planes_with_trimap(frame, trimap, &padded, &mut self.planes);
        let bytes = &mut self.settings.attention_bytes;
        let features = self.network.features(&self.planes, size, bytes, stopped)?;
        // At 4K the planes of the whole region are most of the memory.
        self.planes = Vec::new();
        loop {
            let side = (self.settings.tile as usize / PATCH).max(1);
            let tiles = places::tiles(size, side, self.network.constants.halo, |x, y| unknown.at(x, y));
            match self.decode((frame, trimap), part, &features, &tiles, stopped) {
                Err(ModelError::OutOfMemory { .. }) if side > LEAST_TILE => {
                    self.settings.tile = (side / 2 * PATCH) as u32;
                }
                Err(reason) => return Err(reason),
                Ok(found) => {
                    for (tile, alpha) in tiles.iter().zip(&found) {
                        put(trimap, part, tile, alpha, out);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// The alpha of all tiles.
    fn decode(
        &mut self,
        (frame, trimap): (&Frame, &Trimap),
        part: &Part,
        features: &Features,
        tiles: &[Tile],
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let decode = |tile: &Tile| {
            network::go_on(stopped)?;
            let place = place_of(&part.place, &tile.seen_rows, &tile.seen_columns);
            self.normal.planes_with_trimap(frame, trimap, &place, &mut self.planes);
            self.network.decode(features, tile, &self.planes)
        };
        tiles.iter().map(decode).collect()
    }
}

impl Model for VitMatte {
    fn info(&self) -> ModelInfo {
        self.info.clone()
    }

    fn smaller(&self) -> Option<String> {
        self.smaller.clone()
    }
}

impl MattingNetwork for VitMatte {
    fn refine_until(
        &mut self,
        frame: &Frame,
        trimap: &Trimap,
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Matte, ModelError> {
        let (width, height) = (frame.width(), frame.height());
        if (trimap.width(), trimap.height()) != (width, height) {
            return Err(ModelError::Prompt(format!(
                "the trimap has {}x{} pixels, expected {width}x{height} pixels, the size of the frame",
                trimap.width(),
                trimap.height()
            )));
        }
        let mut out = trimap.to_matte();
        // What is unknown is added up by tiles.
        let support = out.support();
        out.rows_mut(support).flatten().for_each(|v| *v = v.floor());
        for part in self.parts(trimap) {
            self.add(frame, trimap, &part, &mut out, stopped)?;
        }
        out.rows_mut(support).flatten().for_each(|v| *v = v.clamp(0.0, 1.0));
        Ok(out)
    }
}

/// Which tokens of a part hold an unknown pixel.
struct Unknown {
    found: Vec<bool>,
    wide: usize,
}

impl Unknown {
    fn new(trimap: &Trimap, place: &RectI) -> Self {
        let (tall, wide) = places::tokens(place);
        let mut found = vec![false; tall * wide];
        let whole = trimap.width() as usize;
        for y in 0..place.height() as usize {
            let start = (place.y0 as usize + y) * whole + place.x0 as usize;
            let row = &trimap.data()[start..start + place.width() as usize];
            for (token, pixels) in found[y / PATCH * wide..].iter_mut().zip(row.chunks(PATCH)) {
                *token |= pixels.contains(&Zone::Unknown);
            }
        }
        Self { found, wide }
    }

    fn any(&self) -> bool {
        self.found.contains(&true)
    }

    fn at(&self, x: usize, y: usize) -> bool {
        self.found[y * self.wide + x]
    }
}

/// The pixels of some tokens of a part; they may go beyond it by its padding.
fn place_of(part: &RectI, rows: &std::ops::Range<usize>, columns: &std::ops::Range<usize>) -> RectI {
    let at = |start: i32, token: usize| start + (token * PATCH) as i32;
    RectI::new(
        at(part.x0, columns.start),
        at(part.y0, rows.start),
        at(part.x0, columns.end),
        at(part.y0, rows.end),
    )
}

/// Adds the `alpha` of what a tile sees to the unknown pixels of what it keeps.
fn put(trimap: &Trimap, part: &Part, tile: &Tile, alpha: &[f32], out: &mut Matte) {
    let kept = place_of(&part.place, &tile.rows, &tile.columns).intersect(&part.place);
    let seen = place_of(&part.place, &tile.seen_rows, &tile.seen_columns);
    let (whole, wide) = (trimap.width() as usize, seen.width() as usize);
    for (y, out) in (kept.y0..kept.y1).zip(out.rows_mut(kept)) {
        let row = &alpha[(y - seen.y0) as usize * wide..];
        let factor = part.down[(y - part.place.y0) as usize];
        for (x, out) in (kept.x0..kept.x1).zip(out) {
            if trimap.data()[y as usize * whole + x as usize] == Zone::Unknown {
                let factor = factor * part.across[(x - part.place.x0) as usize];
                *out += factor * row[(x - seen.x0) as usize];
            }
        }
    }
}
