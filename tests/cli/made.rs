//! Picture files that are made byte by byte, apart from the readers and from every crate: what they hold need not be
//! true.

use std::collections::BTreeMap;
use std::io::Write as _;

/// `count` zeros, deflated.
pub fn zeros(count: usize) -> Vec<u8> {
    packed(&[], 0, count)
}

/// `start` and `count` times `byte`, deflated.
fn packed(start: &[u8], byte: u8, count: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(start).expect("in memory");
    let block = vec![byte; count.min(1 << 20)];
    let mut left = count;
    while left > 0 {
        let part = left.min(block.len());
        encoder.write_all(&block[..part]).expect("in memory");
        left -= part;
    }
    encoder.finish().expect("in memory")
}

/// A PNG file of this size, bits and colour type, with chunks before its pixels.
pub fn png(size: (u32, u32), bits: u8, colour: u8, more: &[([u8; 4], Vec<u8>)], pixels: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |name: &[u8; 4], data: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(data);
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(name);
        bytes.extend(data);
        bytes.extend(sum.sum().to_be_bytes());
    };
    let header = [&size.0.to_be_bytes()[..], &size.1.to_be_bytes(), &[bits, colour, 0, 0, 0]].concat();
    chunk(b"IHDR", &header);
    more.iter().for_each(|(name, data)| chunk(name, data));
    chunk(b"IDAT", pixels);
    chunk(b"IEND", &[]);
    bytes
}

/// A JPEG file of 64x64 pixels that says that it has another size.
pub fn jpeg(size: (u16, u16)) -> Vec<u8> {
    let mut picture = image::RgbImage::new(64, 64);
    picture.pixels_mut().enumerate().for_each(|(i, p)| p.0 = [(i * 7) as u8, (i * 31) as u8, i as u8]);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).expect("in memory");
    let mut bytes = bytes.into_inner();
    // The header of a frame: marker, length, bits of a sample, height, width.
    let at = bytes.windows(4).position(|w| w == [0xff, 0xc0, 0, 17]).expect("a baseline file") + 5;
    bytes[at..at + 2].copy_from_slice(&size.1.to_be_bytes());
    bytes[at + 2..at + 4].copy_from_slice(&size.0.to_be_bytes());
    bytes
}

/// A TIFF file of RGB of 16 bits in one strip, packed as `compression` numbers it.
pub fn tiff(size: (u32, u32), compression: u32, strip: &[u8]) -> Vec<u8> {
    let (short, long) = (3_u16, 4_u16);
    let entries: [(u16, u16, u32); 9] = [
        (256, long, size.0),
        (257, long, size.1),
        (258, short, 16),
        (259, short, compression),
        (262, short, 2),
        (273, long, 8 + 2 + 9 * 12 + 4),
        (277, short, 3),
        (278, long, size.1),
        (279, long, strip.len() as u32),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(strip);
    bytes
}

/// An EXR file of half floats, all of them 0, deflated.
#[derive(Clone)]
pub struct Exr<'a> {
    size: (u32, u32),
    channels: &'a [&'a str],
    display: (u32, u32),
    parts: u32,
    tiles: Option<(u32, u32)>,
    shared: bool,
    empty: bool,
}

impl<'a> Exr<'a> {
    /// Of this size, with channels in the order of their names.
    pub fn new(size: (u32, u32), channels: &'a [&'a str]) -> Self {
        Self { size, channels, display: size, parts: 1, tiles: None, shared: false, empty: false }
    }

    /// With another display window.
    pub fn display(self, width: u32, height: u32) -> Self {
        Self { display: (width, height), ..self }
    }

    /// With so many parts.
    pub fn parts(self, parts: u32) -> Self {
        Self { parts, ..self }
    }

    /// In tiles of this size.
    pub fn tiles(self, width: u32, height: u32) -> Self {
        Self { tiles: Some((width, height)), ..self }
    }

    /// With all blocks of a part in one place.
    pub fn shared(self) -> Self {
        Self { shared: true, ..self }
    }

    /// Without tables and blocks.
    pub fn empty(self) -> Self {
        Self { empty: true, ..self }
    }

    fn header(&self, part: u32, blocks: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut attribute = |name: &str, kind: &str, value: &[u8]| {
            bytes.extend([name.as_bytes(), b"\0", kind.as_bytes(), b"\0"].concat());
            bytes.extend((value.len() as u32).to_le_bytes());
            bytes.extend(value);
        };
        let mut list = Vec::new();
        for name in self.channels {
            list.extend(
                [name.as_bytes(), b"\0", &1_u32.to_le_bytes(), &[0; 4], &[1, 0, 0, 0, 1, 0, 0, 0]].concat(),
            );
        }
        list.push(0);
        attribute("channels", "chlist", &list);
        // Deflate, 16 lines at a time.
        attribute("compression", "compression", &[3]);
        let window = |(w, h): (u32, u32)| [0, 0, w - 1, h - 1].map(u32::to_le_bytes).concat();
        attribute("dataWindow", "box2i", &window(self.size));
        attribute("displayWindow", "box2i", &window(self.display));
        attribute("lineOrder", "lineOrder", &[0]);
        attribute("pixelAspectRatio", "float", &1_f32.to_le_bytes());
        attribute("screenWindowCenter", "v2f", &[0; 8]);
        attribute("screenWindowWidth", "float", &1_f32.to_le_bytes());
        if let Some((w, h)) = self.tiles {
            attribute("tiles", "tiledesc", &[&w.to_le_bytes()[..], &h.to_le_bytes(), &[0]].concat());
        }
        if self.parts > 1 {
            attribute("name", "string", format!("part {part:02}").as_bytes());
            attribute("type", "string", if self.tiles.is_some() { b"tiledimage" } else { b"scanlineimage" });
            attribute("chunkCount", "int", &blocks.to_le_bytes());
        }
        bytes.push(0);
        bytes
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let (across, down) = match self.tiles {
            Some((w, h)) => (self.size.0.div_ceil(w), self.size.1.div_ceil(h)),
            None => (1, self.size.1.div_ceil(16)),
        };
        let blocks = across * down;
        let flags = match (self.parts > 1, self.tiles.is_some()) {
            (true, _) => 1 << 12,
            (false, true) => 1 << 9,
            (false, false) => 0,
        };
        let mut bytes = b"v/1\x01".to_vec();
        bytes.extend((2 | flags as u32).to_le_bytes());
        (0..self.parts).for_each(|part| bytes.extend(self.header(part, blocks)));
        if self.parts > 1 {
            bytes.push(0);
        }
        if self.empty {
            return bytes;
        }
        let start = bytes.len() + 8 * (self.parts * blocks) as usize;
        let (mut table, mut data, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
        for part in 0..self.parts {
            let first = start + data.len();
            for block in 0..blocks {
                table.extend(((if self.shared { first } else { start + data.len() }) as u64).to_le_bytes());
                if !self.shared || block == 0 {
                    self.block(part, (block % across, block / across), &mut data, &mut known);
                }
            }
        }
        [bytes, table, data].concat()
    }

    /// Appends a block; `known` are the packed ones by the number of their samples.
    fn block(&self, part: u32, (x, y): (u32, u32), data: &mut Vec<u8>, known: &mut BTreeMap<usize, Vec<u8>>) {
        let block = self.tiles.unwrap_or((self.size.0, 16));
        let of = |at: u32, block: u32, all: u32| block.min(all - at * block) as usize;
        let samples = of(x, block.0, self.size.0) * of(y, block.1, self.size.1) * self.channels.len();
        // Bytes are written as what they are more than the one before, and 128. What grows stays as it is.
        let packed = known.entry(samples).or_insert_with(|| {
            let packed = packed(&[0], 0x80, samples * 2 - 1);
            if packed.len() < samples * 2 { packed } else { vec![0; samples * 2] }
        });
        if self.parts > 1 {
            data.extend(part.to_le_bytes());
        }
        match self.tiles {
            Some(_) => data.extend([x, y, 0, 0].map(u32::to_le_bytes).concat()),
            None => data.extend((y * 16).to_le_bytes()),
        }
        data.extend((packed.len() as u32).to_le_bytes());
        data.extend(packed.iter());
    }
}
