//! Reading OpenEXR, by the `exr` crate: layers as parts of a file or as prefixes of channel names
//! (`matte.R`), data windows that are not the display window, half and float.

use std::path::Path;

use exr::block::UncompressedBlock;
use exr::meta::attribute::{ChannelDescription, IntegerBounds, SampleType, Text};
use exr::meta::header::Header;
use exr::prelude::Vec2;
use half::f16;
use half::slice::HalfFloatSliceExt as _;

use super::exr_blocks::{Opened, bytes};
use super::sink::{About, Sink, begin};
use super::{Budget, Depth, IoError};
use crate::raster::Encoding;
use crate::raster::RectI;

/// Which channels of a file make a picture: a part, and the prefix of its channels.
struct Choice {
    part: usize,
    prefix: String,
}

/// Reads the display window of an EXR file: its layer `layer`, or the one without a name.
pub(super) fn read(
    path: &Path,
    layer: Option<&str>,
    budget: &Budget,
    sink: &mut dyn Sink,
) -> Result<About, IoError> {
    let mut opened = Opened::new(path)?;
    let (width, height) = display(path, &opened.meta.headers)?;
    budget.picture(path, width, height)?;
    opened.has_tables(path)?;
    let choice = choose(path, &opened.meta.headers, layer)?;
    let header = &opened.meta.headers[choice.part];
    let used = Used::new(path, header, &choice.prefix)?;
    let aspect = f64::from(opened.meta.headers[0].shared_attributes.pixel_aspect);
    let about = About {
        width,
        height,
        has_alpha: used.has_alpha,
        depth: used.depth,
        encoding: Encoding::Linear,
        pixel_aspect: if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 },
    };
    begin((path, budget), &about, used.ground(), bytes(path, header)?, sink)?;
    let bytes_per_pixel = header.channels.bytes_per_pixel;
    // The display window in the pixels of the data window, and back.
    let (x, y) = offset(&opened.meta.headers[0].shared_attributes.display_window, header);
    let window = rect(-x, -y, width, height);
    let mut row = Row::default();
    opened.blocks(path, choice.part, window)?.each(path, |block| {
        let Some(place) = within(block, window) else { return Ok(()) };
        let line = block.index.pixel_size.x() * bytes_per_pixel;
        for y_in in place.y0..place.y1 {
            let start = (y_in - block.index.pixel_position.y() as i32) as usize * line;
            let line = block.data.get(start..start + line);
            let line = line.ok_or_else(|| IoError::damaged(path, "a block is shorter than its pixels"))?;
            let first = (place.x0 - block.index.pixel_position.x() as i32) as usize;
            let pixels = row.fill(line, block.index.pixel_size.x(), &used, first, place.width() as usize);
            sink.row((i64::from(place.x0) + x) as u32, (i64::from(y_in) + y) as u32, pixels);
        }
        Ok(())
    })?;
    Ok(about)
}

/// The size of the display window.
pub(super) fn size(path: &Path) -> Result<(u32, u32), IoError> {
    display(path, &Opened::new(path)?.meta.headers)
}

fn display(path: &Path, headers: &[Header]) -> Result<(u32, u32), IoError> {
    let first = headers.first().ok_or_else(|| IoError::damaged(path, "it has no picture"))?;
    let size = first.shared_attributes.display_window.size;
    let side = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
    Ok((side(size.x()), side(size.y())))
}

/// From the pixels of a data window to those of the display window.
fn offset(display: &IntegerBounds, header: &Header) -> (i64, i64) {
    let (data, display) = (header.own_attributes.layer_position, display.position);
    (i64::from(data.x()) - i64::from(display.x()), i64::from(data.y()) - i64::from(display.y()))
}

/// A rectangle; what lies beyond all pixels that there can be does not matter.
fn rect(x: i64, y: i64, width: u32, height: u32) -> RectI {
    let fit = |v: i64| v.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
    RectI::new(fit(x), fit(y), fit(x + i64::from(width)), fit(y + i64::from(height)))
}

/// What there is of `window` in a block; none where they do not meet.
fn within(block: &UncompressedBlock, window: RectI) -> Option<RectI> {
    let (at, size) = (block.index.pixel_position, block.index.pixel_size);
    let side = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
    let place = rect(at.x() as i64, at.y() as i64, side(size.x()), side(size.y())).intersect(&window);
    (!place.is_empty()).then_some(place)
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

fn choose(path: &Path, parts: &[Header], wanted: Option<&str>) -> Result<Choice, IoError> {
    let mut names: Vec<String> = Vec::new();
    let mut fallback = None;
    for (part, header) in parts.iter().enumerate() {
        let part_name = header.own_attributes.layer_name.as_ref().map(Text::to_string).unwrap_or_default();
        for channel in &header.channels.list {
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
            if names.len() < MOST_NAMES && !names.contains(&shown) {
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

/// Names of layers that are told at most.
const MOST_NAMES: usize = 200;

/// A channel of the picture.
struct Channel {
    /// Which of R, G, B and A it is.
    slots: &'static [usize],
    /// Bytes of the channels before it, a pixel.
    before: usize,
    kind: SampleType,
}

/// The channels of the picture, in the order of the file.
struct Used {
    channels: Vec<Channel>,
    has_alpha: bool,
    depth: Depth,
}

impl Used {
    fn new(path: &Path, header: &Header, prefix: &str) -> Result<Self, IoError> {
        let roles = |channel: &ChannelDescription| {
            let name = channel.name.to_string();
            let (layer, own) = split(&name);
            role(own).filter(|_| layer == prefix)
        };
        let all: String = header.channels.list.iter().filter_map(roles).collect();
        let (mut channels, mut before, mut depth) = (Vec::new(), 0, Depth::Half);
        for channel in &header.channels.list {
            let (kind, at) = (channel.sample_type, before);
            before += kind.bytes_per_sample();
            let Some(role) = roles(channel) else { continue };
            if channel.sampling != Vec2(1, 1) {
                let name = channel.name.to_string();
                return Err(IoError::unsupported(
                    path,
                    format!("its channel {} is subsampled", split(&name).1),
                ));
            }
            if kind != SampleType::F16 {
                depth = Depth::Float;
            }
            let slots: &[usize] = match role {
                'R' => &[0],
                'G' => &[1],
                'B' => &[2],
                // A matte by itself is seen as grey.
                'A' if all == "A" => &[0, 1, 2, 3],
                'A' => &[3],
                _ => &[0, 1, 2],
            };
            channels.push(Channel { slots, before: at, kind });
        }
        Ok(Self { channels, has_alpha: all.contains('A'), depth })
    }

    /// What is not in the file.
    fn ground(&self) -> [f32; 4] {
        [0.0, 0.0, 0.0, if self.has_alpha { 0.0 } else { 1.0 }]
    }
}

/// Room for a row of pixels.
#[derive(Default)]
struct Row {
    pixels: Vec<[f32; 4]>,
    values: Vec<f32>,
    halves: Vec<f16>,
}

impl Row {
    /// `count` pixels from pixel `first` on of a line of `width` pixels, in which one channel follows the other.
    fn fill(&mut self, line: &[u8], width: usize, used: &Used, first: usize, count: usize) -> &[[f32; 4]] {
        let Self { pixels, values, halves } = self;
        pixels.clear();
        pixels.resize(count, used.ground());
        values.resize(count, 0.0);
        for Channel { slots, before, kind } in &used.channels {
            let size = kind.bytes_per_sample();
            let start = before * width + first * size;
            let bytes = line.get(start..start + count * size).unwrap_or_default();
            match kind {
                SampleType::F16 => {
                    halves.clear();
                    halves.extend(bytes.as_chunks::<2>().0.iter().map(|b| f16::from_ne_bytes(*b)));
                    // As long as `values`, but for a block that is too short.
                    values.resize(halves.len(), 0.0);
                    halves.convert_to_f32_slice(values);
                }
                SampleType::F32 => {
                    values.clear();
                    values.extend(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_ne_bytes(*b)));
                }
                SampleType::U32 => {
                    values.clear();
                    values.extend(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_ne_bytes(*b) as f32));
                }
            }
            for (pixel, value) in pixels.iter_mut().zip(values.iter()) {
                slots.iter().for_each(|slot| pixel[*slot] = *value);
            }
        }
        pixels
    }
}

#[cfg(test)]
#[path = "exr_tests.rs"]
mod tests;
