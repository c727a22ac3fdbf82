use exr::image::{AnyChannel, AnyChannels, Blocks, FlatSamples, Image, Layer};
use exr::meta::attribute::{Compression, LineOrder};
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::WritableImage as _;
use half::f16;

use super::super::{WriteOptions, read_layer, read_matte, write};
use super::*;

type FlatLayer = Layer<AnyChannels<FlatSamples>>;

fn save(path: &Path, layers: Vec<FlatLayer>, window: IntegerBounds) {
    let image = Image::from_layers(ImageAttributes::new(window), layers);
    image.write().non_parallel().to_file(path).expect("written");
}

fn part(name: Option<&str>, size: Vec2<usize>, at: Vec2<i32>, channels: &[(&str, f32)]) -> FlatLayer {
    let list = channels
        .iter()
        .map(|&(n, v)| AnyChannel::new(n, FlatSamples::F16(vec![f16::from_f32(v); size.area()])))
        .collect();
    let attributes = LayerAttributes {
        layer_name: name.map(Text::from),
        layer_position: at,
        ..LayerAttributes::default()
    };
    Layer::new(size, attributes, exr::image::Encoding::UNCOMPRESSED, AnyChannels::sort(list))
}

#[test]
fn the_data_window_is_put_into_the_display_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let layer = part(None, Vec2(3, 2), Vec2(9, 21), &[("R", 1.0), ("G", 1.0), ("B", 1.0)]);
    save(&path, vec![layer], IntegerBounds::new(Vec2(10, 20), Vec2(4, 4)));
    let back = read_layer(&path, None).expect("read");
    assert_eq!((back.width, back.height), (4, 4));
    let red: Vec<f32> = back.rgba.chunks_exact(4).map(|p| p[0]).collect();
    // Columns 9 to 11 of which 10 and 11 are seen, rows 21 and 22.
    let row = [1.0, 1.0, 0.0, 0.0];
    assert_eq!(red, [[0.0; 4], row, row, [0.0; 4]].concat());
}

#[test]
fn layers_are_parts_or_prefixes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let size = Vec2(2, 2);
    let first = [("R", 0.5), ("G", 0.5), ("B", 0.5), ("spill.red", 0.25), ("spill.alpha", 1.0), ("Z", 9.0)];
    let layers = vec![
        part(Some("beauty"), size, Vec2(0, 0), &first),
        part(Some("matte"), size, Vec2(0, 0), &[("A", 0.75)]),
    ];
    save(&path, layers, IntegerBounds::new(Vec2(0, 0), size));
    let red = |layer| read_layer(&path, layer).map(|p| p.rgba[0]);
    assert_eq!(red(None), Ok(0.5));
    assert_eq!(red(Some("beauty")), Ok(0.5));
    assert_eq!(red(Some("spill")), Ok(0.25));
    assert_eq!(red(Some("matte")), Ok(0.75));
    let error = red(Some("depth")).expect_err("no such layer").to_string();
    assert!(error.contains("no layer \"depth\", only beauty, spill, matte"), "{error}");
}

#[test]
fn a_matte_is_channel_a() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let full = part(None, Vec2(2, 2), Vec2(0, 0), &[("A", 1.0)]);
    save(&path, vec![full], IntegerBounds::new(Vec2(0, 0), Vec2(2, 2)));
    assert_eq!(read_matte(&path).expect("read").data(), [1.0; 4]);
}

#[test]
fn a_truncated_file_is_damaged_wherever_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cut.exr");
    let samples: Vec<f32> = (0..64 * 64).map(|i| (i as f32 * 0.77).sin()).collect();
    write(&path, (64, 64), 1, &samples, &WriteOptions::default()).expect("written");
    let whole = std::fs::read(&path).expect("read");
    for part in [0, 3, 40, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..part]).expect("cut");
        let error = read_layer(&path, None).expect_err("it is cut").to_string();
        assert!(error.contains("cut.exr is damaged"), "{part}: {error}");
    }
}

#[test]
fn blocks_of_every_kind_come_back_where_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let (size, at) = (Vec2(75_usize, 141_usize), Vec2(-5, 17));
    let value = |channel: usize, i: usize| ((i * 13 + channel * 7) % 101) as f32 / 64.0;
    let channel = |c: usize, name: &str| {
        let values = (0..size.area()).map(|i| value(c, i));
        AnyChannel::new(
            name,
            match c % 3 {
                0 => FlatSamples::F16(values.map(f16::from_f32).collect()),
                1 => FlatSamples::F32(values.collect()),
                _ => FlatSamples::U32(values.map(|v| (v * 64.0) as u32).collect()),
            },
        )
    };
    let names = ["B", "G", "R", "depth.Z", "spill.red"];
    let blocks = [Blocks::ScanLines, Blocks::Tiles(Vec2(32, 16)), Blocks::Tiles(Vec2(500, 400))];
    use Compression::{PIZ, RLE, Uncompressed, ZIP1, ZIP16};
    for compression in [Uncompressed, RLE, ZIP1, ZIP16, PIZ] {
        for (blocks, line_order) in
            blocks.into_iter().zip([LineOrder::Decreasing, LineOrder::Increasing, LineOrder::Increasing])
        {
            let encoding = exr::image::Encoding { compression, blocks, line_order };
            let list = names.iter().enumerate().map(|(c, name)| channel(c, name)).collect();
            let attributes = LayerAttributes { layer_position: at, ..LayerAttributes::default() };
            let layer = Layer::new(size, attributes, encoding, AnyChannels::sort(list));
            // A window that cuts blocks on all sides but the lower one, beyond which it goes.
            let window = IntegerBounds::new(Vec2(0, 27), Vec2(60, 140));
            save(&path, vec![layer], window);
            let back = read_layer(&path, None).expect("read");
            assert_eq!((back.width, back.height, back.depth, back.has_alpha), (60, 140, Depth::Float, false));
            for (i, pixel) in back.rgba.chunks_exact(4).enumerate() {
                let (x, y) = (i % 60 + 5, i / 60 + 10);
                let expected = match y < size.y() {
                    true => {
                        let at = y * size.x() + x;
                        [
                            (value(2, at) * 64.0).floor(),
                            value(1, at),
                            f16::from_f32(value(0, at)).to_f32(),
                            1.0,
                        ]
                    }
                    false => [0.0, 0.0, 0.0, 1.0],
                };
                assert_eq!(pixel, expected, "{compression:?} {blocks:?} pixel {x} {y}");
            }
            // The float of the other layer.
            let spill = read_layer(&path, Some("spill")).expect("read");
            assert_eq!(spill.rgba[0], value(4, 10 * size.x() + 5));
        }
    }
}

/// The bytes of a file of `rows` scan lines, and where its table of blocks begins.
fn scan_lines(path: &Path, rows: usize) -> (Vec<u8>, usize) {
    let size = Vec2(2, rows);
    save(path, vec![self::part(None, size, Vec2(0, 0), &[("Y", 0.5)])], IntegerBounds::new(Vec2(0, 0), size));
    let bytes = std::fs::read(path).expect("read");
    // Each block has 8 bytes before its pixels, which are 4.
    let table = bytes.len() - rows * (8 + 8 + 4);
    (bytes, table)
}

#[test]
fn blocks_that_are_not_where_the_table_says_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let (whole, table) = scan_lines(&path, 3);
    assert!(read_layer(&path, None).expect("whole").rgba.chunks_exact(4).all(|p| p[0] == 0.5));
    let entry = |i: usize| table + 8 * i..table + 8 * (i + 1);
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        std::fs::write(&path, bytes).expect("written");
        read_layer(&path, None).expect_err("refused").to_string()
    };
    // All blocks are one; a block lies in another; it lies in the header; beyond the file; twice.
    let first = whole[entry(0)].to_vec();
    let one = refused(&|bytes| bytes[entry(2)].copy_from_slice(&first));
    assert!(one.contains("two of its blocks overlap"), "{one}");
    let within = refused(&|bytes| bytes[entry(2).start] = first[0] + 4);
    assert!(within.contains("two of its blocks overlap"), "{within}");
    let header = refused(&|bytes| bytes[entry(0)].fill(0));
    assert!(header.contains("or one overlaps its header"), "{header}");
    let beyond = refused(&|bytes| bytes[entry(2)].fill(0xff));
    assert!(beyond.contains("is damaged or incomplete"), "{beyond}");
    let block = table + 3 * 8;
    let twice = refused(&|bytes| bytes[block] = 2);
    assert!(twice.contains("has a block twice"), "{twice}");
    let outside = refused(&|bytes| bytes[block..block + 4].fill(0xff));
    assert!(outside.contains("outside its data window"), "{outside}");
    let long = refused(&|bytes| bytes[block + 7] = 0x7f);
    assert!(long.contains("longer than its pixels"), "{long}");
}

#[test]
fn a_lossy_block_that_says_that_it_holds_more_than_its_pixels_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.exr");
    let size = Vec2(64_usize, 32_usize);
    let values = (0..size.area()).map(|i| f16::from_f32((i % 64) as f32 / 64.0)).collect();
    let encoding = exr::image::Encoding {
        compression: Compression::DWAA(None),
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let list = [AnyChannel::new("Y", FlatSamples::F16(values))];
    let list = AnyChannels::sort(list.into_iter().collect());
    let layer = Layer::new(size, LayerAttributes::default(), encoding, list);
    save(&path, vec![layer], IntegerBounds::new(Vec2(0, 0), size));
    let whole = std::fs::read(&path).expect("read");
    let found = read_layer(&path, None).expect("whole");
    assert!((found.rgba[4 * 32] - 0.5).abs() < 0.02, "{}", found.rgba[4 * 32]);
    // One block: its place is the last thing before it; its row and its length come before its eleven numbers.
    let place = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| whole[at + i]));
    let table = (8..whole.len() - 8).find(|&at| place(at) == at as u64 + 8).expect("a table of one block");
    let numbers = table + 8 + 8;
    for number in 1..10 {
        let mut bytes = whole.clone();
        bytes[numbers + 8 * number + 4] = 8;
        std::fs::write(&path, bytes).expect("written");
        let error = read_layer(&path, None).expect_err("34 GB").to_string();
        assert!(error.contains("declares more data than its pixels"), "{number}: {error}");
    }
}
