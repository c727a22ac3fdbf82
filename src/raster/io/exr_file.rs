//! Reading OpenEXR, by the `exr` crate: layers as parts of a file or as prefixes of channel names
//! (`matte.R`), data windows that are not the display window, half and float.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::Path;

use exr::image::read::image::ReadLayers as _;
use exr::image::read::layers::ReadChannels as _;
use exr::image::{AnyChannels, FlatSamples, Layer};
use exr::meta::MetaData;
use exr::meta::attribute::{IntegerBounds, Text};
use exr::meta::header::ImageAttributes;
use exr::prelude::Vec2;

use super::{Depth, Encoding, IoError, Picture, check_size};

type FlatLayer = Layer<AnyChannels<FlatSamples>>;

/// Which channels of a file make a picture: a part, and the prefix of its channels.
struct Choice<'a> {
    part: &'a FlatLayer,
    prefix: String,
}

/// Reads the display window of an EXR file: its layer `layer`, or the one without a name.
pub(super) fn read(path: &Path, layer: Option<&str>) -> Result<Picture, IoError> {
    let bytes = std::fs::read(path).map_err(|e| IoError::read(path, &e))?;
    let meta = MetaData::read_from_buffered(Cursor::new(&bytes), false).map_err(|e| tell(path, e))?;
    check(path, &meta)?;
    let image = exr::prelude::read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .all_layers()
        .all_attributes()
        .from_buffered(Cursor::new(&bytes))
        .map_err(|e| tell(path, e))?;
    let choice = choose(path, &image.layer_data, layer)?;
    assemble(path, &image.attributes, &choice)
}

/// The size of the display window.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    let file = File::open(path).map_err(|e| IoError::read(path, &e))?;
    let meta = MetaData::read_from_buffered(BufReader::new(file), false).map_err(|e| tell(path, e))?;
    check(path, &meta)
}

/// The size of the display window, once all sizes in the file are found believable.
fn check(path: &Path, meta: &MetaData) -> Result<(u32, u32), IoError> {
    let mut size = Err(IoError::damaged(path, "it holds no picture"));
    for header in &meta.headers {
        let side = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
        check_size(path, side(header.layer_size.x()), side(header.layer_size.y()))?;
        let window = header.shared_attributes.display_window.size;
        check_size(path, side(window.x()), side(window.y()))?;
        size = size.or(Ok((side(window.x()), side(window.y()))));
    }
    size
}

/// The name of a channel's layer and what the channel is in it.
fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or(("", name))
}

/// R, G, B, A or Y of a channel's own name; Nuke spells them out.
fn role(name: &str) -> Option<char> {
    match name {
        "R" | "r" | "red" => Some('R'),
        "G" | "g" | "green" => Some('G'),
        "B" | "b" | "blue" => Some('B'),
        "A" | "a" | "alpha" => Some('A'),
        "Y" | "y" => Some('Y'),
        _ => None,
    }
}

fn choose<'a>(path: &Path, parts: &'a [FlatLayer], wanted: Option<&str>) -> Result<Choice<'a>, IoError> {
    let mut names: Vec<String> = Vec::new();
    let mut fallback = None;
    for part in parts {
        let part_name = part.attributes.layer_name.as_ref().map(Text::to_string).unwrap_or_default();
        for channel in &part.channel_data.list {
            let name = channel.name.to_string();
            let (prefix, own) = split(&name);
            if role(own).is_none() {
                continue;
            }
            let choice = Choice { part, prefix: prefix.to_owned() };
            match wanted {
                Some(w) if w == prefix || (prefix.is_empty() && w == part_name) => return Ok(choice),
                None if prefix.is_empty() => return Ok(choice),
                _ => {}
            }
            let shown = if prefix.is_empty() { part_name.clone() } else { prefix.to_owned() };
            if !names.contains(&shown) {
                names.push(shown);
            }
            fallback.get_or_insert(choice);
        }
    }
    match (wanted, fallback) {
        (None, Some(first)) => Ok(first),
        (Some(w), _) => Err(IoError::unsupported(
            path,
            format!(
                "it has no layer {w:?}, only {}",
                if names.is_empty() { "none".into() } else { names.join(", ") }
            ),
        )),
        (None, None) => Err(IoError::unsupported(path, "it has none of the channels R, G, B, A and Y")),
    }
}

fn assemble(path: &Path, attributes: &ImageAttributes, choice: &Choice<'_>) -> Result<Picture, IoError> {
    let IntegerBounds { position, size } = attributes.display_window;
    let (width, height) = (size.x(), size.y());
    let data = choice.part.size;
    let offset = (
        i64::from(choice.part.attributes.layer_position.x()) - i64::from(position.x()),
        i64::from(choice.part.attributes.layer_position.y()) - i64::from(position.y()),
    );
    let mut rgba = vec![0.0_f32; width * height * 4];
    let (mut roles, mut depth) = (String::new(), Depth::Half);
    for channel in &choice.part.channel_data.list {
        let name = channel.name.to_string();
        let (prefix, own) = split(&name);
        let Some(role) = role(own).filter(|_| prefix == choice.prefix) else { continue };
        if channel.sampling != Vec2(1, 1) {
            return Err(IoError::unsupported(path, format!("its channel {own} is subsampled")));
        }
        roles.push(role);
        let slots: &[usize] = match role {
            'R' => &[0],
            'G' => &[1],
            'B' => &[2],
            'A' => &[3],
            _ => &[0, 1, 2],
        };
        let mut put = |i: usize, v: f32| {
            let x = (i % data.x()) as i64 + offset.0;
            let y = (i / data.x()) as i64 + offset.1;
            if (0..width as i64).contains(&x) && (0..height as i64).contains(&y) {
                let at = (y as usize * width + x as usize) * 4;
                slots.iter().for_each(|s| rgba[at + s] = v);
            }
        };
        match &channel.sample_data {
            FlatSamples::F16(v) => v.iter().enumerate().for_each(|(i, v)| put(i, v.to_f32())),
            FlatSamples::F32(v) => {
                depth = Depth::Float;
                v.iter().enumerate().for_each(|(i, v)| put(i, *v));
            }
            FlatSamples::U32(v) => {
                depth = Depth::Float;
                v.iter().enumerate().for_each(|(i, v)| put(i, *v as f32));
            }
        }
    }
    let has_alpha = roles.contains('A');
    if roles == "A" {
        // A matte by itself is seen as grey.
        rgba.chunks_exact_mut(4).for_each(|p| {
            let alpha = p[3];
            p.fill(alpha);
        });
    } else if !has_alpha {
        rgba.chunks_exact_mut(4).for_each(|p| p[3] = 1.0);
    }
    let aspect = f64::from(attributes.pixel_aspect);
    Ok(Picture {
        width: width as u32,
        height: height as u32,
        rgba,
        has_alpha,
        depth,
        encoding: Encoding::Linear,
        pixel_aspect: if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 },
    })
}

fn tell(path: &Path, error: exr::error::Error) -> IoError {
    match error {
        exr::error::Error::NotSupported(what) => IoError::unsupported(path, what),
        exr::error::Error::Io(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => IoError::read(path, &e),
        exr::error::Error::Invalid(what) if what.contains("missing bytes") => {
            IoError::damaged(path, "it ends too early")
        }
        other => IoError::damaged(path, other),
    }
}

#[cfg(test)]
mod tests {
    use exr::image::{AnyChannel, Image};
    use exr::meta::header::LayerAttributes;
    use exr::prelude::WritableImage as _;
    use half::f16;

    use super::super::{WriteOptions, read_layer, read_matte, write};
    use super::*;

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
        let back = read(&path, None).expect("read");
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
        let first =
            [("R", 0.5), ("G", 0.5), ("B", 0.5), ("spill.red", 0.25), ("spill.alpha", 1.0), ("Z", 9.0)];
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
            let error = read(&path, None).expect_err("it is cut").to_string();
            assert!(error.contains("cut.exr is damaged"), "{part}: {error}");
        }
    }
}
