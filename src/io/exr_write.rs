//! Writing OpenEXR, by the `exr` crate: any channels in one part, cut to where something is.

use std::io::Cursor;

use exr::image::{AnyChannel, AnyChannels, Blocks, FlatSamples, Image, Layer};
use exr::meta::attribute::{AttributeValue, IntegerBounds, Text};
use exr::meta::header::{ImageAttributes, LayerAttributes};
use exr::prelude::{LineOrder, Vec2, WritableImage as _};
use half::f16;

use super::{Channel, Compression, Depth, WriteOptions, WriteSeek};

/// The largest number of a half float: what is brighter is cut there, not made infinite.
const BRIGHTEST: f32 = 65_504.0;

/// Writes `channels`, each of `width * height` samples, top row first.
pub(super) fn write(
    out: &mut dyn WriteSeek,
    (width, height): (u32, u32),
    channels: &[Channel<'_>],
    options: &WriteOptions,
) -> Result<(), exr::error::Error> {
    let size = Vec2(width as usize, height as usize);
    let (at, data) = if options.crop { window(size, channels) } else { (Vec2(0, 0), size) };
    let cropped = |samples: &[f32]| -> Vec<f32> {
        let rows = samples.chunks_exact(size.x()).skip(at.y()).take(data.y());
        rows.flat_map(|row| &row[at.x()..at.x() + data.x()]).copied().collect()
    };
    let stored = channels.iter().map(|channel| {
        let values = cropped(&channel.samples);
        let samples = if channel.depth.or(options.depth) == Some(Depth::Float) {
            FlatSamples::F32(values)
        } else {
            let half = |v: &f32| f16::from_f32(v.clamp(-BRIGHTEST, BRIGHTEST));
            FlatSamples::F16(values.iter().map(half).collect())
        };
        AnyChannel::new(Text::from_slice_unchecked(channel.name.as_bytes()), samples)
    });
    let mut attributes = LayerAttributes {
        software_name: Some(Text::from(concat!("AI Roto ", env!("CARGO_PKG_VERSION")))),
        layer_position: Vec2(at.x() as i32, at.y() as i32),
        ..LayerAttributes::default()
    };
    let text = |value: &str| Text::from_slice_unchecked(value.as_bytes());
    for (key, value) in &options.metadata {
        attributes.other.insert(text(key), AttributeValue::Text(text(value)));
    }
    if channels.iter().any(|c| c.name.len() > SHORT_NAME) {
        // The `exr` crate sets the flag of long names, without which readers refuse such channels, by the names
        // of attributes alone.
        let note = "names of channels are longer than 31 bytes";
        attributes
            .other
            .insert(text("airoto/thisFileHasChannelsOfLongNames"), AttributeValue::Text(text(note)));
    }
    // Scan lines in order: the same bytes for the same samples, and what Nuke reads fastest.
    let encoding = exr::image::Encoding {
        compression: match options.compression {
            Compression::None => exr::prelude::Compression::Uncompressed,
            Compression::Rle => exr::prelude::Compression::RLE,
            Compression::Zips => exr::prelude::Compression::ZIP1,
            Compression::Zip => exr::prelude::Compression::ZIP16,
            Compression::Piz => exr::prelude::Compression::PIZ,
        },
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let layer = Layer::new(data, attributes, encoding, AnyChannels::sort(stored.collect()));
    let mut display = ImageAttributes::new(IntegerBounds::new(Vec2(0, 0), size));
    display.pixel_aspect = options.pixel_aspect as f32;
    let mut file = Cursor::new(Vec::new());
    Image::new(display, layer).write().non_parallel().to_buffered(&mut file)?;
    let mut file = file.into_inner();
    sort_attributes(&mut file);
    Ok(out.write_all(&file)?)
}

/// Puts the attributes of a file of one part into the order of their names: the `exr` crate has them in another
/// order each time, and the same picture is to be the same bytes. Nothing else moves.
fn sort_attributes(file: &mut [u8]) {
    // Magic number and version.
    const START: usize = 8;
    let Some(header) = file.get(START..) else { return };
    let text = |at: usize| header.get(at..)?.iter().position(|b| *b == 0).map(|length| at + length + 1);
    let (mut found, mut at) = (Vec::new(), 0);
    // An empty name ends the header.
    while header.get(at).is_some_and(|b| *b != 0) {
        let end = text(at).and_then(text).and_then(|size| {
            let bytes = header.get(size..size + 4)?.try_into().ok()?;
            Some(size + 4 + usize::try_from(i32::from_le_bytes(bytes)).ok()?)
        });
        let Some(attribute) = end.and_then(|end| header.get(at..end)) else { return };
        found.push(attribute.to_vec());
        at += attribute.len();
    }
    // A name ends in a NUL, so that bytes compare as names do.
    found.sort();
    file[START..START + at].copy_from_slice(&found.concat());
}

/// Longest name of a channel in bytes without the flag of long names.
const SHORT_NAME: usize = 31;

/// Corner and size of the smallest window that holds all that is not 0; one pixel where there is nothing.
fn window(size: Vec2<usize>, channels: &[Channel<'_>]) -> (Vec2<usize>, Vec2<usize>) {
    let (mut x0, mut x1, mut y0, mut y1) = (size.x(), 0, size.y(), 0);
    for channel in channels {
        for (y, row) in channel.samples.chunks_exact(size.x()).enumerate() {
            // NaN is something too.
            let Some(first) = row.iter().position(|v| *v != 0.0) else { continue };
            let last = row.iter().rposition(|v| *v != 0.0).unwrap_or(first);
            (x0, x1) = (x0.min(first), x1.max(last + 1));
            (y0, y1) = (y0.min(y), y1.max(y + 1));
        }
    }
    if x1 == 0 { (Vec2(0, 0), Vec2(1, 1)) } else { (Vec2(x0, y0), Vec2(x1 - x0, y1 - y0)) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use exr::meta::MetaData;

    use super::super::{read, read_layer, size, write, write_channels};
    use super::*;
    use crate::raster::Encoding;

    /// The one header of a file.
    fn header(path: &Path) -> exr::meta::header::Header {
        MetaData::read_from_file(path, false).expect("a file").headers.remove(0)
    }

    #[test]
    fn half_and_float_come_back_as_written_whatever_the_compression() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let samples: Vec<f32> = (0..40 * 35 * 4).map(|i| (i % 97) as f32 / 7.0 - 1.0).collect();
        for depth in [Depth::Half, Depth::Float] {
            for compression in Compression::ALL {
                let options = WriteOptions {
                    depth: Some(depth),
                    compression,
                    pixel_aspect: 2.0,
                    ..WriteOptions::default()
                };
                write(&path, (40, 35), 4, &samples, &options).expect("written");
                let back = read(&path).expect("read");
                assert_eq!((back.width, back.height, back.depth), (40, 35, depth));
                assert!(back.has_alpha && back.encoding == Encoding::Linear);
                assert_eq!(back.pixel_aspect, 2.0);
                let worst = back.rgba.iter().zip(&samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                let near = if depth == Depth::Half { 4e-3 } else { 0.0 };
                assert!(worst <= near, "{depth:?} {compression:?}: {worst}");
                assert_eq!(size(&path), Ok((40, 35)));
            }
        }
    }

    #[test]
    fn each_object_is_a_layer_and_a_channel_may_have_a_depth_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let plane = |v: f32| vec![v; 6];
        let long = "a_name_that_is_longer_than_the_thirty_one_bytes_of_old_readers.alpha";
        let channels = [
            Channel::new("A", plane(1.0)),
            Channel::new("dog.alpha", plane(0.25)),
            Channel { depth: Some(Depth::Float), ..Channel::new("dog.blur.x", plane(-1.0 / 3.0)) },
            Channel::new(long, plane(0.5)),
        ];
        write_channels(&path, (3, 2), &channels, &WriteOptions::default()).expect("written");
        assert_eq!(read(&path).expect("read").rgba[..4], [1.0; 4]);
        assert_eq!(read_layer(&path, Some("dog")).expect("read").rgba[..4], [0.25; 4]);
        let found = header(&path);
        let kinds: Vec<String> =
            found.channels.list.iter().map(|c| format!("{} {:?}", c.name, c.sample_type)).collect();
        assert_eq!(
            kinds,
            ["A F16".to_owned(), format!("{long} F16"), "dog.alpha F16".into(), "dog.blur.x F32".into()]
        );
        let meta = MetaData::read_from_file(&path, false).expect("a file");
        assert!(meta.requirements.has_long_names);
    }

    #[test]
    fn the_data_window_holds_what_is_not_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let mut one = vec![0.0; 80];
        let mut other = one.clone();
        one[3 * 10 + 4] = 0.5;
        other[6 * 10 + 7] = f32::NAN;
        other[5 * 10 + 2] = -1.0;
        let channels = [Channel::new("A", one), Channel::new("b.alpha", other)];
        let bounds = |crop: bool, channels: &[Channel<'_>]| {
            let options = WriteOptions { crop, ..WriteOptions::default() };
            write_channels(&path, (10, 8), channels, &options).expect("written");
            let found = header(&path);
            let display = found.shared_attributes.display_window;
            assert_eq!((display.position, display.size), (Vec2(0, 0), Vec2(10, 8)));
            (found.own_attributes.layer_position, found.layer_size)
        };
        assert_eq!(bounds(true, &channels), (Vec2(2, 3), Vec2(6, 4)));
        assert_eq!(bounds(false, &channels), (Vec2(0, 0), Vec2(10, 8)));
        bounds(true, &channels[..1]);
        let back = read(&path).expect("read");
        let lit: Vec<usize> = (0..80).filter(|i| back.rgba[4 * i + 3] > 0.0).collect();
        assert_eq!(lit, [34]);
        assert_eq!(bounds(true, &[Channel::new("A", vec![0.0; 80])]), (Vec2(0, 0), Vec2(1, 1)));
        assert!(read(&path).expect("read").rgba.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn light_beyond_a_half_float_stays_light() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let samples = [1e9, -1e9, f32::INFINITY];
        write(&path, (1, 1), 3, &samples, &WriteOptions::default()).expect("written");
        assert_eq!(read(&path).expect("read").rgba, [BRIGHTEST, -BRIGHTEST, BRIGHTEST, 1.0]);
    }

    #[test]
    fn the_same_picture_is_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let metadata: Vec<_> = (0..9).map(|i| (format!("airoto/{i}"), "x".repeat(9 - i))).collect();
        let options = WriteOptions { metadata, ..WriteOptions::default() };
        let bytes = || {
            write(&path, (2, 1), 1, &[1.0, 0.5], &options).expect("written");
            std::fs::read(&path).expect("read")
        };
        let first = bytes();
        assert!((0..4).all(|_| bytes() == first));
        assert_eq!(read(&path).expect("read").rgba[3..8], [1.0, 0.5, 0.5, 0.5, 0.5]);
    }

    #[test]
    fn notes_are_attributes_of_text() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.exr");
        let note = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        let metadata = vec![note("airoto/tracker", "flow"), note("airoto/object/a", "Hündin, 犬")];
        let options = WriteOptions { metadata, ..WriteOptions::default() };
        write(&path, (1, 1), 1, &[1.0], &options).expect("written");
        let found = header(&path).own_attributes;
        let value = |key: &str| match found.other.get(&Text::from(key)) {
            Some(AttributeValue::Text(text)) => String::from_utf8(text.as_slice().to_vec()).expect("UTF-8"),
            other => panic!("{key}: {other:?}"),
        };
        assert_eq!(value("airoto/tracker"), "flow");
        assert_eq!(value("airoto/object/a"), "Hündin, 犬");
        let software = found.software_name.expect("a name").to_string();
        assert_eq!(software, concat!("AI Roto ", env!("CARGO_PKG_VERSION")));
    }
}
