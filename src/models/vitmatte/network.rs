//! The graphs: a backbone that sees a whole region, cut at each attention over all of it, and a
//! decoder that is run in tiles. `models/export/airoto_export/vitmatte_graphs.py` says what each takes.
//!
//! Attention is asked for so many rows of tokens at a time that it keeps within a number of bytes;
//! tiles are seen with the halo on which they depend. What comes out is what one pass would give.

use std::ops::Range;

use serde::Deserialize;

use super::places::{PATCH, Tile};
use crate::job::Device;
use crate::models::ModelError;
use crate::models::declared::{Axis, Declared, FLOAT, INTEGER};
use crate::models::pack::Pack;
use crate::models::port_error::PortError;
use crate::models::runtime::{Feed, Graph, Keep, Output, Placement, open_graphs};

/// Graphs of the backbone; ViTMatte has five.
const MOST_PARTS: usize = 32;
/// What a part of the backbone gives, but for the last.
const GIVEN: [&str; 6] = ["state", "q", "k", "v", "down", "across"];

/// What `model.json` says of this family.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constants {
    /// Graphs of the backbone, "part_0" and so on.
    parts: usize,
    /// Channels of the backbone.
    channels: usize,
    /// Heads of its attention.
    heads: usize,
    /// Pixels of a token.
    patch: usize,
    /// Tokens around a tile on which it depends.
    pub halo: usize,
}

impl Constants {
    fn check(&self) -> Result<(), String> {
        let Self { parts, channels, heads, patch, halo } = *self;
        for (what, found, most) in [
            ("parts", parts, MOST_PARTS),
            ("channels", channels, 4096),
            ("heads", heads, 64),
            ("halo", halo, 16),
        ] {
            if !(1..=most).contains(&found) {
                return Err(format!("{what} {found}, expected 1 to {most}"));
            }
        }
        if patch != PATCH {
            return Err(format!("patch {patch} pixels, expected {PATCH}"));
        }
        if !channels.is_multiple_of(heads) {
            return Err(format!("{channels} channels for {heads} heads, expected a multiple"));
        }
        Ok(())
    }
}

/// The graphs of a pack.
pub(super) struct Network {
    pub constants: Constants,
    parts: Vec<Graph>,
    attend: Graph,
    decoder: Graph,
}

/// What the decoder needs of a region: `[1, channels, rows, columns]`, on the graphs' device.
pub(super) struct Features(Output);

impl Network {
    /// Loads the graphs of `pack`, and checks what they take and give.
    pub fn open(pack: &Pack, device: Device, threads: usize) -> Result<(Self, Placement), ModelError> {
        let constants: Constants = pack.constants()?;
        constants.check().map_err(|reason| pack.refuse(format!("constants: {reason}")))?;
        let mut names: Vec<String> = (0..constants.parts).map(|i| format!("part_{i}")).collect();
        names.extend(["attend".to_owned(), "decoder".to_owned()]);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (mut graphs, placement) = open_graphs(pack, &names, device, threads)?;
        graphs.iter_mut().try_for_each(Graph::let_go_of_memory)?;
        let (Some(decoder), Some(attend)) = (graphs.pop(), graphs.pop()) else {
            return Err(ModelError::Internal("vitmatte: a graph was lost"));
        };
        let network = Self { constants, parts: graphs, attend, decoder };
        network.check().map_err(|reason| pack.refuse(reason))?;
        Ok((network, placement))
    }

    fn check(&self) -> Result<(), PortError> {
        use Axis::{Any, Is, Varies};
        let Constants { channels, heads, .. } = self.constants;
        let length = channels / heads;
        let given = [
            ("state", FLOAT, &[Any, Any, Is(channels)][..]),
            ("q", FLOAT, &[Any, Any, Is(heads), Is(length)]),
            ("k", FLOAT, &[Is(heads), Is(length), Any]),
            ("v", FLOAT, &[Is(heads), Any, Is(length)]),
            ("down", FLOAT, &[Any, Any, Is(length)]),
            ("across", FLOAT, &[Any, Any, Is(length)]),
        ];
        let features = [("features", FLOAT, &[Is(1), Is(channels), Any, Any][..])];
        let pixels = ("pixels", FLOAT, &[Is(1), Is(4), Varies, Varies][..]);
        let later = [
            ("before", FLOAT, &[Varies, Varies, Is(channels)][..]),
            ("found", FLOAT, &[Varies, Varies, Is(channels)]),
        ];
        for (i, part) in self.parts.iter().enumerate() {
            let takes = if i == 0 { &[pixels][..] } else { &later };
            let gives = if i + 1 == self.parts.len() { &features[..] } else { &given };
            Declared::new(part).expect(takes, gives)?;
        }
        Declared::new(&self.attend).expect(
            &[
                ("q", FLOAT, &[Varies, Varies, Is(heads), Is(length)]),
                ("k", FLOAT, &[Is(heads), Is(length), Varies]),
                ("v", FLOAT, &[Is(heads), Varies, Is(length)]),
                ("down", FLOAT, &[Varies, Varies, Is(length)]),
                ("across", FLOAT, &[Varies, Varies, Is(length)]),
                ("rows", INTEGER, &[Varies]),
            ],
            &[("found", FLOAT, &[Any, Any, Is(channels)])],
        )?;
        Declared::new(&self.decoder).expect(
            &[
                ("features", FLOAT, &[Is(1), Is(channels), Varies, Varies]),
                pixels,
                ("rows", INTEGER, &[Varies]),
                ("columns", INTEGER, &[Varies]),
            ],
            &[("alpha", FLOAT, &[Is(1), Is(1), Any, Any])],
        )
    }

    /// The features of a region of `size` rows and columns of tokens, of its four planes of `pixels`.
    /// Attention takes about `bytes` at a time; fewer, and less for good, where the device has too
    /// little memory. It ends with [`ModelError::Stopped`] when `stopped` says so.
    pub fn features(
        &mut self,
        pixels: &[f32],
        size: (usize, usize),
        bytes: &mut usize,
        stopped: &mut dyn FnMut() -> bool,
    ) -> Result<Features, ModelError> {
        let (tall, wide) = size;
        let shape = [1, 4, PATCH * tall, PATCH * wide];
        let square = [tall, wide, self.constants.channels];
        let last = self.parts.len() - 1;
        let mut entering: Option<(Output, Vec<f32>)> = None;
        for (i, part) in self.parts.iter_mut().enumerate() {
            go_on(stopped)?;
            let wanted = if i == last { &["features"][..] } else { &GIVEN };
            // What enters is let go when the part has run: room for what comes.
            let mut given = match entering.take() {
                None => part.run_for(&[("pixels", Feed::F32(&shape, pixels))], wanted, Keep::Device)?,
                Some((before, found)) => part.run_for(
                    &[("before", Feed::Output(&before)), ("found", Feed::F32(&square, &found))],
                    wanted,
                    Keep::Device,
                )?,
            };
            let first = if given.is_empty() { None } else { Some(given.remove(0)) };
            let first = first.ok_or_else(|| part.failed("an output is missing".to_owned()))?;
            if i == last {
                return Ok(Features(first));
            }
            let heads = self.constants.heads;
            let found = attend(&mut self.attend, &given, square, heads, (bytes, stopped))?;
            entering = Some((first, found));
        }
        Err(ModelError::Internal("vitmatte: a pack without a backbone"))
    }

    /// The alpha of what a tile sees, rows of `16 x columns` pixels, of its four planes of `pixels`.
    pub fn decode(
        &mut self,
        features: &Features,
        tile: &Tile,
        pixels: &[f32],
    ) -> Result<Vec<f32>, ModelError> {
        let (rows, columns) = (indices(&tile.seen_rows), indices(&tile.seen_columns));
        let shape = [1, 4, PATCH * rows.len(), PATCH * columns.len()];
        let inputs = [
            ("features", Feed::Output(&features.0)),
            ("pixels", Feed::F32(&shape, pixels)),
            ("rows", Feed::I64(&[rows.len()], &rows)),
            ("columns", Feed::I64(&[columns.len()], &columns)),
        ];
        let found = self.decoder.run(&inputs, &["alpha"])?.pop();
        let expected = shape[2] * shape[3];
        match found {
            Some(found) if found.data.len() == expected => Ok(found.data),
            found => {
                let found = found.map_or(0, |found| found.data.len());
                Err(self.decoder.failed(format!("output alpha has {found} numbers, expected {expected}")))
            }
        }
    }
}

/// Attention of all tokens of a region to all of them; `given` is q, k, v, down and across.
fn attend(
    graph: &mut Graph,
    given: &[Output],
    [tall, wide, channels]: [usize; 3],
    heads: usize,
    (bytes, stopped): (&mut usize, &mut dyn FnMut() -> bool),
) -> Result<Vec<f32>, ModelError> {
    let mut all = Vec::with_capacity(tall * wide * channels);
    // Scores, the same with positions added, and their soft maximum are there at a time.
    let row = 3 * size_of::<f32>() * heads * wide * tall * wide;
    let mut from = 0;
    while from < tall {
        go_on(stopped)?;
        let count = (*bytes / row.max(1)).clamp(1, tall - from);
        let rows = indices(&(from..from + count));
        let count_shape = [rows.len()];
        let mut inputs: Vec<(&str, Feed)> =
            GIVEN[1..].iter().zip(given).map(|(name, output)| (*name, Feed::Output(output))).collect();
        inputs.push(("rows", Feed::I64(&count_shape, &rows)));
        let found = match graph.run(&inputs, &["found"]) {
            Err(ModelError::OutOfMemory { .. }) if count > 1 => {
                *bytes = row.saturating_mul(count / 2);
                continue;
            }
            found => found?.pop(),
        };
        let expected = count * wide * channels;
        match found {
            Some(found) if found.data.len() == expected => all.extend_from_slice(&found.data),
            found => {
                let found = found.map_or(0, |found| found.data.len());
                return Err(graph.failed(format!("output found has {found} numbers, expected {expected}")));
            }
        }
        from += count;
    }
    Ok(all)
}

/// Ends the work that nobody waits for.
pub fn go_on(stopped: &mut dyn FnMut() -> bool) -> Result<(), ModelError> {
    if stopped() { Err(ModelError::Stopped) } else { Ok(()) }
}

fn indices(all: &Range<usize>) -> Vec<i64> {
    all.clone().map(|i| i as i64).collect()
}
