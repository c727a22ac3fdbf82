//! Picture files: plates, mattes and masks.

use std::path::Path;

use airoto::io::{self, Budget, Channel, Compression, Depth, WriteOptions};

use exr::prelude::{AnyChannel, AnyChannels, FlatSamples, Vec2, WritableImage as _};
use fastrand::Rng;
use tiff::encoder::{TiffEncoder, colortype};

use super::mutate::{bytes, once_in};
use super::{Target, png, put, scratch};

pub const PNG: Target = Target {
    name: "png",
    seeds: png::seeds,
    mutate: png::change,
    run: |bytes| run("a.png", bytes),
    inputs: 2_500,
    accepted: 0.3,
};

pub const JPEG: Target = Target {
    name: "jpeg",
    seeds: jpegs,
    mutate: |rng, input, seeds| change(rng, input, seeds, 700),
    run: |bytes| run("a.jpg", bytes),
    inputs: 2_500,
    accepted: 0.3,
};

pub const TIFF: Target = Target {
    name: "tiff",
    seeds: tiffs,
    mutate: |rng, input, seeds| change(rng, input, seeds, usize::MAX),
    run: |bytes| run("a.tif", bytes),
    inputs: 2_500,
    accepted: 0.3,
};

pub const EXR: Target = Target {
    name: "exr",
    seeds: exrs,
    mutate: |rng, input, seeds| change(rng, input, seeds, 500),
    run: |bytes| run("a.exr", bytes),
    inputs: 2_500,
    accepted: 0.25,
};

pub const DPX: Target = Target {
    name: "dpx",
    seeds: dpxs,
    mutate: |rng, input, seeds| match rng.u32(..3) {
        // The fields that are read lie here; the other bytes of the header say nothing of the pixels.
        0 => within(rng, input, 768..860),
        1 => within(rng, input, 0..40),
        _ => change(rng, input, seeds, 2048),
    },
    run: |bytes| run("a.dpx", bytes),
    inputs: 2_500,
    accepted: 0.3,
};

/// What reading a picture may take here. The usual budget is that of a 16K plate, which may take more than the process
/// may have: an EXR file of 2 kB may be such a plate, of which it has a few pixels.
const BUDGET: Budget = Budget { pixels: 160_000_000, bytes: 400_000_000 };

/// Reads a picture in each way that there is.
fn run(name: &str, bytes: &[u8]) -> bool {
    BUDGET.set_for_process();
    let path = put(name, bytes);
    let size = io::size(&path).map_err(|e| e.to_string());
    let picture = io::read(&path).map_err(|e| e.to_string());
    if name == "a.exr" {
        let _ = io::read_layer(&path, Some("dog")).map_err(|e| e.to_string());
    }
    let Ok(picture) = picture else { return false };
    let values = picture.width as usize * picture.height as usize * 4;
    assert_eq!(picture.rgba.len(), values, "values of a picture of {}x{}", picture.width, picture.height);
    assert_eq!(size, Ok((picture.width, picture.height)), "the size of the header and of the picture");
    assert!(picture.pixel_aspect > 0.0, "a pixel aspect of {}", picture.pixel_aspect);
    if let Ok(matte) = io::read_matte(&path) {
        assert!(matte.data().iter().all(|v| (0.0..=1.0).contains(v)), "a matte holds shares");
    }
    true
}

/// Mostly numbers, as often in the first `head` bytes as behind them.
fn change(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>], head: usize) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..rng.usize(1..3) {
        let end = out.len();
        let range = if rng.bool() { 0..head.min(end) } else { head.min(end)..end };
        bytes::number(rng, &mut out, range);
    }
    if once_in(rng, 8) {
        bytes::change(rng, &mut out, seeds);
    }
    out
}

fn within(rng: &mut Rng, input: &[u8], range: std::ops::Range<usize>) -> Vec<u8> {
    let mut out = input.to_vec();
    bytes::number(rng, &mut out, range);
    out
}

/// The bytes of what is written under a name.
fn bytes_of(name: &str, write: impl FnOnce(&Path)) -> Vec<u8> {
    let path = scratch().join(name);
    write(&path);
    std::fs::read(&path).expect("the seed was written")
}

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * 0.37).sin().abs()).collect()
}

/// A file of ours.
fn ours(name: &str, size: (u32, u32), channels: usize, options: &WriteOptions) -> Vec<u8> {
    let samples = values((size.0 * size.1) as usize * channels);
    bytes_of(name, |path| io::write(path, size, channels, &samples, options).expect("written"))
}

fn with_depth(depth: Depth) -> WriteOptions {
    WriteOptions { depth: Some(depth), ..WriteOptions::default() }
}

fn jpegs() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [(16, 16, 3), (9, 5, 1), (24, 8, 3)]
        .map(|(w, h, channels)| ours("seed.jpg", (w, h), channels, &WriteOptions::default()))
        .to_vec();
    // Progressive, with restart markers, of four colours: nothing of ours writes these.
    all.extend([
        include_bytes!("../seeds/progressive.jpg").to_vec(),
        include_bytes!("../seeds/restarts.jpg").to_vec(),
        include_bytes!("../seeds/cmyk.jpg").to_vec(),
    ]);
    all
}

fn tiffs() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [Depth::Byte, Depth::Short, Depth::Float]
        .into_iter()
        .flat_map(|depth| [1, 3, 4].map(|channels| ours("seed.tif", (7, 5), channels, &with_depth(depth))))
        .collect();
    use tiff::encoder::Compression as C;
    let data: Vec<u8> = (0..12 * 9 * 3).map(|i| (i * 7) as u8).collect();
    for compression in [C::Lzw, C::Packbits, C::Deflate(tiff::encoder::DeflateLevel::Fast)] {
        let mut out = std::io::Cursor::new(Vec::new());
        let encoder = TiffEncoder::new(&mut out).expect("a file").with_compression(compression);
        let mut encoder = encoder.with_predictor(tiff::encoder::Predictor::Horizontal);
        encoder.write_image::<colortype::RGB8>(12, 9, &data).expect("written");
        all.push(out.into_inner());
    }
    all
}

fn exrs() -> Vec<Vec<u8>> {
    let with = |compression| WriteOptions { compression, ..WriteOptions::default() };
    let mut all: Vec<Vec<u8>> =
        Compression::ALL.map(|compression| ours("seed.exr", (11, 6), 4, &with(compression))).to_vec();
    all.push(ours(
        "seed.exr",
        (8, 8),
        1,
        &WriteOptions { depth: Some(Depth::Float), ..with(Compression::None) },
    ));
    let samples = values(6 * 4);
    let channel = |name: &str| Channel::new(name, samples.as_slice());
    let layers = ["R", "G", "B", "A", "dog.R", "dog.A", "depth.Z"].map(channel);
    let options = WriteOptions { crop: true, pixel_aspect: 2.0, ..with(Compression::None) };
    all.push(bytes_of("seed.exr", |path| {
        io::write_channels(path, (6, 4), &layers, &options).expect("written")
    }));
    // Several parts, tiles, and 24 bits of other compressions.
    use exr::prelude::Compression as C;
    for (tiles, compression, parts) in [
        (true, C::Uncompressed, 1),
        (true, C::ZIP16, 2),
        (false, C::PXR24, 1),
        (false, C::B44, 1),
        (false, C::RLE, 3),
    ] {
        all.push(foreign(tiles, compression, parts));
    }
    all
}

/// A file of parts as other programs write them.
fn foreign(tiles: bool, compression: exr::prelude::Compression, parts: usize) -> Vec<u8> {
    use exr::image::{Blocks, Encoding, Image, Layer};
    use exr::meta::attribute::{IntegerBounds, Text};
    use exr::meta::header::{ImageAttributes, LayerAttributes};
    let size = Vec2(9, 7);
    let layer = |part: usize| {
        let channel = |name: &str| AnyChannel::new(name, FlatSamples::F32(values(size.area())));
        let attributes = LayerAttributes {
            layer_name: Some(Text::from(["dog", "cat", "sky"][part % 3])),
            layer_position: Vec2(part as i32 - 1, 2),
            ..LayerAttributes::default()
        };
        let blocks = if tiles { Blocks::Tiles(Vec2(4, 4)) } else { Blocks::ScanLines };
        let encoding = Encoding { compression, blocks, line_order: exr::prelude::LineOrder::Increasing };
        Layer::new(
            size,
            attributes,
            encoding,
            AnyChannels::sort(["R", "G", "B"].map(channel).into_iter().collect()),
        )
    };
    let window = ImageAttributes::new(IntegerBounds::new(Vec2(0, 0), Vec2(10, 9)));
    let image = Image::from_layers(window, (0..parts).map(layer).collect::<Vec<_>>());
    let mut out = std::io::Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut out).expect("written");
    out.into_inner()
}

fn dpxs() -> Vec<Vec<u8>> {
    let deep = |channels| ours("seed.dpx", (8, 6), channels, &with_depth(Depth::Short));
    let mut all: Vec<Vec<u8>> = vec![ours("seed.dpx", (8, 6), 3, &WriteOptions::default()), deep(3), deep(4)];
    // As other programs have them: bits, packing, kind of pixels, order of lines and what the values mean.
    for (bits, packing, kind, orientation, transfer) in [
        (8, 0, 50, 0, 2),
        (8, 0, 6, 2, 3),
        (12, 1, 50, 0, 1),
        (12, 0, 50, 0, 6),
        (12, 2, 51, 2, 6),
        (10, 0, 50, 0, 3),
        (10, 2, 6, 0, 6),
        (16, 0, 52, 0, 6),
    ] {
        let mut file = deep(4);
        file[800] = kind;
        file[801] = transfer;
        file[803] = bits;
        file[805] = packing;
        file[769] = orientation;
        all.push(file);
    }
    // 32 bits: a quarter of the lines, of the other order of bytes.
    let mut float = deep(4);
    float[803] = 32;
    float[776..780].copy_from_slice(&3_u32.to_be_bytes());
    all.push(float);
    let mut little = deep(3);
    little[..4].reverse();
    for at in [4, 16, 20, 24, 28, 660, 772, 776, 788, 808, 1628, 1632] {
        little[at..at + 4].reverse();
    }
    for at in [768, 770, 804] {
        little[at..at + 2].reverse();
    }
    all.push(little);
    all
}
