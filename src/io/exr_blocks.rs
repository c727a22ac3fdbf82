//! The blocks of an EXR file, scan lines or tiles: where they are, and unpacking those that are wanted.
//!
//! The `exr` crate unpacks a file as a whole, with every channel of every part. A block holds all channels of its
//! part, so that they have to be unpacked together; but of a file of a hundred channels, or of twenty parts, no
//! more is in memory at a time than a few blocks of the part that is wanted.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use exr::block::UncompressedBlock;
use exr::block::chunk::{
    Chunk, CompressedBlock, CompressedScanLineBlock, CompressedTileBlock, TileCoordinates,
};
use exr::compression::Compression;
use exr::meta::header::Header;
use exr::meta::{BlockDescription, MetaData};
use exr::prelude::Vec2;
use rayon::prelude::*;

use super::IoError;
use crate::raster::RectI;

/// No data window is longer on a side, in pixels.
const LONGEST_WINDOW: usize = 65_535;

/// Bytes of unpacked blocks that are unpacked together, as long as there are several.
const TOGETHER: usize = 64 << 20;
/// Blocks that are unpacked together at most.
const MOST_TOGETHER: usize = 64;
/// Bytes of all headers of a file at most.
const LONGEST_HEADER: u64 = 16 << 20;

/// A file whose headers were read.
pub struct Opened {
    file: BufReader<File>,
    length: u64,
    /// Where the tables of blocks begin.
    tables: u64,
    /// What the headers say.
    pub meta: MetaData,
}

/// Counts what is read.
struct Counted<'a> {
    file: &'a mut BufReader<File>,
    count: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(LONGEST_HEADER - self.count.min(LONGEST_HEADER)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.count += read as u64;
        Ok(read)
    }
}

impl Opened {
    /// Opens a file and reads its headers.
    pub fn new(path: &Path) -> Result<Self, IoError> {
        let failed = |e: std::io::Error| IoError::read(path, &e);
        let file = super::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let mut counted = Counted { file: &mut file, count: 0 };
        let meta = MetaData::read_from_buffered(&mut counted, false);
        let tables = counted.count;
        let meta = match meta {
            Err(_) if tables >= LONGEST_HEADER => {
                let most = LONGEST_HEADER / 1_000_000;
                return Err(IoError::too_large(path, format!("its header is longer than {most} MB")));
            }
            other => other.map_err(|e| tell(path, e))?,
        };
        MetaData::validate(&meta.headers, false).map_err(|e| tell(path, e))?;
        Ok(Self { file, length, tables, meta })
    }

    /// Blocks of the parts before `part`, and of all.
    fn counts(&self, part: usize) -> (u64, u64) {
        let counts = self.meta.headers.iter().map(|header| header.chunk_count as u64);
        (total(counts.clone().take(part)), total(counts))
    }

    /// Whether the file is long enough for the tables that its headers speak of.
    pub fn has_tables(&self, path: &Path) -> Result<(), IoError> {
        let (_, all) = self.counts(0);
        if all.saturating_mul(8) > self.length.saturating_sub(self.tables) {
            let length = self.length;
            return Err(IoError::damaged(
                path,
                format!("it ends too early: {all} blocks do not fit into {length} bytes"),
            ));
        }
        Ok(())
    }

    /// The blocks of the part `part` that touch `window`, in pixels of its data window, rows down.
    pub fn blocks(&mut self, path: &Path, part: usize, window: RectI) -> Result<Blocks<'_>, IoError> {
        let grid = Grid::new(path, &self.meta.headers[part])?;
        self.has_tables(path)?;
        let (before, _) = self.counts(part);
        let failed = |e: std::io::Error| IoError::read(path, &e);
        let wanted = grid.touching(window);
        let (first, last) = (wanted.y0 as usize * grid.across, wanted.y1 as usize * grid.across);
        self.file.seek(SeekFrom::Start(self.tables + 8 * (before + first as u64))).map_err(failed)?;
        let mut table = vec![0; 8 * (last - first)];
        self.file.read_exact(&mut table).map_err(failed)?;
        let mut places: Vec<u64> = Vec::new();
        for (i, place) in table.as_chunks::<8>().0.iter().enumerate() {
            let x = ((first + i) % grid.across) as i32;
            if (wanted.x0..wanted.x1).contains(&x) {
                places.push(u64::from_le_bytes(*place));
            }
        }
        // In the order of the file, so that it is read once from its start to its end.
        places.sort_unstable();
        places.reverse();
        let seen = vec![false; grid.across * grid.down];
        Ok(Blocks { opened: self, part, grid, places, end: 0, seen })
    }
}

fn total(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// How the full picture of a part is cut into blocks.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// Columns and rows of the picture.
    picture: Vec2<usize>,
    /// Those of a block, which is smaller at the right and lower edge.
    block: Vec2<usize>,
    across: usize,
    down: usize,
    tiled: bool,
}

impl Grid {
    fn new(path: &Path, header: &Header) -> Result<Self, IoError> {
        let picture = header.layer_size;
        let (tiled, block) = match header.blocks {
            BlockDescription::ScanLines => {
                (false, Vec2(picture.x(), header.compression.scan_lines_per_block()))
            }
            BlockDescription::Tiles(tiles) => (true, tiles.tile_size),
        };
        let longest = picture.x().max(picture.y());
        if longest > LONGEST_WINDOW || picture.x().min(picture.y()).min(block.x()).min(block.y()) == 0 {
            return Err(IoError::unsupported(
                path,
                format!(
                    "its data window is {}x{} pixels in blocks of {}x{}, expected at most {LONGEST_WINDOW} \
                     on a side",
                    picture.x(),
                    picture.y(),
                    block.x(),
                    block.y()
                ),
            ));
        }
        let (across, down) = (picture.x().div_ceil(block.x()), picture.y().div_ceil(block.y()));
        Ok(Self { picture, block, across, down, tiled })
    }

    /// Columns and rows of the largest block.
    fn largest(&self) -> (usize, usize) {
        (self.block.x().min(self.picture.x()), self.block.y().min(self.picture.y()))
    }

    /// The columns and rows of blocks that touch `window`.
    fn touching(&self, window: RectI) -> RectI {
        let whole = RectI::new(0, 0, self.picture.x() as i32, self.picture.y() as i32);
        let window = window.intersect(&whole);
        if window.is_empty() {
            return RectI::default();
        }
        let low = |v: i32, side: usize| (v as usize / side) as i32;
        let high = |v: i32, side: usize| (v as usize).div_ceil(side) as i32;
        let (w, h) = (self.block.x(), self.block.y());
        RectI::new(low(window.x0, w), low(window.y0, h), high(window.x1, w), high(window.y1, h))
    }
}

/// Bytes that unpacking blocks of a part takes at a time.
pub fn bytes(path: &Path, header: &Header) -> Result<u64, IoError> {
    let grid = Grid::new(path, header)?;
    // Packed, unpacked, and once more while it is put in order.
    let block = block_bytes(&grid, header).saturating_mul(3);
    // Where each block is, twice, and whether it was read.
    let table = 17 * (grid.across as u64).saturating_mul(grid.down as u64);
    Ok(block.saturating_mul(together(&grid, header) as u64).saturating_add(table))
}

fn block_bytes(grid: &Grid, header: &Header) -> u64 {
    let (w, h) = grid.largest();
    (w as u64).saturating_mul(h as u64).saturating_mul(header.channels.bytes_per_pixel as u64)
}

/// How many blocks are unpacked together.
fn together(grid: &Grid, header: &Header) -> usize {
    let block = usize::try_from(block_bytes(grid, header)).unwrap_or(usize::MAX).max(1);
    (TOGETHER / block).clamp(1, MOST_TOGETHER).min(grid.across * grid.down)
}

/// Blocks of a part, yet to be read.
pub struct Blocks<'a> {
    opened: &'a mut Opened,
    part: usize,
    grid: Grid,
    /// Where they are in the file, the last first.
    places: Vec<u64>,
    /// Where the last one that was read ends.
    end: u64,
    /// Which of the whole grid were read.
    seen: Vec<bool>,
}

impl Blocks<'_> {
    /// Reads and unpacks all, and gives each to `done`: in an order that the file says.
    pub fn each(
        mut self,
        path: &Path,
        mut done: impl FnMut(&UncompressedBlock) -> Result<(), IoError>,
    ) -> Result<(), IoError> {
        let count = together(&self.grid, &self.opened.meta.headers[self.part]);
        loop {
            let mut packed = Vec::with_capacity(count);
            while packed.len() < count
                && let Some(place) = self.places.pop()
            {
                packed.push(self.read(path, place)?);
            }
            if packed.is_empty() {
                return Ok(());
            }
            let meta = &self.opened.meta;
            let unpack = |chunk| {
                // In builds with checks of arithmetic some bad pixels end in a panic of the crate.
                catch_unwind(AssertUnwindSafe(|| UncompressedBlock::decompress_chunk(chunk, meta, false)))
            };
            let unpacked: Vec<_> = packed.into_par_iter().map(unpack).collect();
            for block in unpacked {
                let block = block.map_err(|_| IoError::damaged(path, "its pixels cannot be unpacked"))?;
                done(&block.map_err(|e| tell(path, e))?)?;
            }
        }
    }

    /// Reads the block at `place`, as it is packed.
    fn read(&mut self, path: &Path, place: u64) -> Result<Chunk, IoError> {
        let header = &self.opened.meta.headers[self.part];
        let damaged = |what: &str| IoError::damaged(path, what);
        // Of blocks that share their bytes a small file could hold any number.
        if place < self.end || place < self.opened.tables {
            return Err(damaged("two of its blocks overlap, or one overlaps its header"));
        }
        if place >= self.opened.length {
            return Err(damaged("it ends too early"));
        }
        let failed = |e: std::io::Error| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => damaged("it ends too early"),
            _ => IoError::read(path, &e),
        };
        let file = &mut self.opened.file;
        // Blocks follow each other: what is in the buffer is not read again.
        let here = file.stream_position().map_err(failed)?;
        let distance = i64::try_from(place).ok().and_then(|place| place.checked_sub_unsigned(here));
        match distance {
            Some(distance) => file.seek_relative(distance),
            None => file.seek(SeekFrom::Start(place)).map(|_| ()),
        }
        .map_err(failed)?;
        let mut number = || -> Result<i32, IoError> {
            let mut bytes = [0; 4];
            file.read_exact(&mut bytes).map_err(failed)?;
            Ok(i32::from_le_bytes(bytes))
        };
        let several = self.opened.meta.requirements.is_multilayer();
        if several && usize::try_from(number()?) != Ok(self.part) {
            return Err(damaged("a block of one part has the number of another part"));
        }
        let (x, y, level);
        if self.grid.tiled {
            (x, y) = (i64::from(number()?), i64::from(number()?));
            level = (number()?, number()?);
        } else {
            let below = i64::from(number()?) - i64::from(header.own_attributes.layer_position.y());
            (x, y, level) = (0, below.div_euclid(self.grid.block.y() as i64), (0, 0));
        }
        let size = number()?;
        let at = (usize::try_from(x), usize::try_from(y));
        let (Ok(x), Ok(y)) = at else { return Err(damaged("a block is outside its data window")) };
        if x >= self.grid.across || y >= self.grid.down || level != (0, 0) {
            return Err(damaged("a block is outside its data window"));
        }
        if std::mem::replace(&mut self.seen[y * self.grid.across + x], true) {
            return Err(damaged("it has a block twice"));
        }
        let most = block_bytes(&self.grid, header);
        let size = u64::try_from(size).ok().filter(|size| *size <= most);
        let size = size.ok_or_else(|| damaged("a block is longer than its pixels"))?;
        let start = self.opened.file.stream_position().map_err(failed)?;
        self.end = start.saturating_add(size);
        if self.end > self.opened.length {
            return Err(damaged("it ends too early"));
        }
        // Not more than the file has, nor than the budget allows for a block.
        let mut bytes = vec![0; size as usize];
        self.opened.file.read_exact(&mut bytes).map_err(failed)?;
        let dwa = matches!(header.compression, Compression::DWAA(_) | Compression::DWAB(_));
        if dwa && claims_more(&bytes, most) {
            return Err(IoError::damaged(path, "a block declares more data than its pixels"));
        }
        let compressed_block = if self.grid.tiled {
            let coordinates = TileCoordinates { tile_index: Vec2(x, y), level_index: Vec2(0, 0) };
            CompressedBlock::Tile(CompressedTileBlock { coordinates, compressed_pixels_le: bytes })
        } else {
            let top = header.own_attributes.layer_position.y() + (y * self.grid.block.y()) as i32;
            CompressedBlock::ScanLine(CompressedScanLineBlock {
                y_coordinate: top,
                compressed_pixels_le: bytes,
            })
        };
        Ok(Chunk { layer_index: self.part, compressed_block })
    }
}

/// Whether a block in DWA compression says that one of its sections is larger than all of its pixels, of which there
/// are `most` bytes: the `exr` crate takes that much memory before it looks.
fn claims_more(bytes: &[u8], most: u64) -> bool {
    // Version, then sizes in bytes and numbers of samples of two bytes, in squares of 8x8 which are filled up: of a
    // single line that makes eight. Runs take a byte in 128 more than what they stand for.
    let most = most.saturating_mul(4).saturating_add(1 << 16);
    let sizes = bytes.as_chunks::<8>().0.iter().skip(1).take(9);
    sizes.map(|size| u64::from_le_bytes(*size)).any(|size| size > most)
}

/// What the `exr` crate says, as the file's fault or the system's.
pub(super) fn tell(path: &Path, error: exr::error::Error) -> IoError {
    match error {
        exr::error::Error::NotSupported(what) => IoError::unsupported(path, what),
        exr::error::Error::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => IoError::read(path, &e),
        exr::error::Error::Invalid(what) if what.contains("missing bytes") => {
            IoError::damaged(path, "it ends too early")
        }
        other => IoError::damaged(path, other),
    }
}
