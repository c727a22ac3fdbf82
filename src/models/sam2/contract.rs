//! What the graphs of a pack must take and give; read off their sessions before they run.

use std::fmt;

use super::network::Sizes;
use crate::models::runtime::{Graph, Port};

/// Masks that the decoder gives.
pub(super) const MASKS: usize = 4;
/// A memory of SAM 2 at 1024 pixels has 4096 tokens of 64 channels.
const MOST_NUMBERS: usize = 1 << 24;

/// An axis as it is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    /// Of this size; one that varies can be of it.
    Is(usize),
    /// One that varies: its size changes from run to run.
    Varies,
}
use Axis::{Is, Varies};

const FLOAT: &str = "float32";
const INTEGER: &str = "int64";

/// Checks the five graphs for an input of `side` pixels and pointers of `pointer` numbers: encoder,
/// attention, decoder, memory encoder, mask down-sampling.
pub(super) fn check(graphs: [&Graph; 5], side: usize, pointer: usize) -> Result<Sizes, String> {
    let [encoder, attention, decoder, memory, downsample] = graphs.map(Declared::new);
    let (grid, quarter, eighth) = (side / 16, side / 4, side / 8);
    let fine = encoder.channels("high_res_feats_0")?;
    let middle = encoder.channels("high_res_feats_1")?;
    let wide = encoder.channels("pix_feat")?;
    let (tokens, channels) = memory.memory("mem_feat")?;
    let features = [Is(1), Is(wide), Is(grid), Is(grid)];
    let (fine, middle) =
        ([Is(1), Is(fine), Is(quarter), Is(quarter)], [Is(1), Is(middle), Is(eighth), Is(eighth)]);
    let (mask, small) = ([Is(1), Is(1), Is(side), Is(side)], [Is(1), Is(1), Is(quarter), Is(quarter)]);
    encoder.expect(
        &[("image", FLOAT, &[Is(1), Is(3), Is(side), Is(side)])],
        &[
            ("high_res_feats_0", FLOAT, &fine),
            ("high_res_feats_1", FLOAT, &middle),
            ("pix_feat", FLOAT, &features),
            ("image_embed_init", FLOAT, &features),
        ],
    )?;
    attention.expect(
        &[
            ("pix_feat", FLOAT, &features),
            ("mem_feats", FLOAT, &[Varies, Is(tokens), Is(channels)]),
            ("mem_tpos", INTEGER, &[Varies]),
            ("obj_ptrs", FLOAT, &[Varies, Is(pointer)]),
            ("obj_ptr_tdiff", FLOAT, &[Varies]),
        ],
        &[("image_embed", FLOAT, &features)],
    )?;
    decoder.expect(
        &[
            ("image_embed", FLOAT, &features),
            ("high_res_feats_0", FLOAT, &fine),
            ("high_res_feats_1", FLOAT, &middle),
            ("point_coords", FLOAT, &[Is(1), Varies, Is(2)]),
            ("point_labels", INTEGER, &[Is(1), Varies]),
            ("mask_input", FLOAT, &small),
            ("has_mask_input", FLOAT, &[Is(1)]),
        ],
        &[
            ("masks", FLOAT, &[Is(1), Is(MASKS), Is(quarter), Is(quarter)]),
            ("iou", FLOAT, &[Is(1), Is(MASKS)]),
            ("obj_ptr", FLOAT, &[Is(1), Is(MASKS), Is(pointer)]),
            ("object_score", FLOAT, &[Is(1), Is(1)]),
        ],
    )?;
    memory.expect(
        &[
            ("pix_feat", FLOAT, &features),
            ("mask_for_mem", FLOAT, &mask),
            ("object_score", FLOAT, &[Is(1), Is(1)]),
        ],
        &[("mem_feat", FLOAT, &[Is(1), Is(tokens), Is(channels)])],
    )?;
    downsample.expect(&[("mask", FLOAT, &mask)], &[("mask_input", FLOAT, &small)])?;
    Ok(Sizes { side, tokens, channels, pointer })
}

/// What a graph says of itself.
struct Declared {
    graph: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

type Expected<'a> = (&'a str, &'a str, &'a [Axis]);

impl Declared {
    fn new(graph: &Graph) -> Self {
        Self { graph: graph.name().to_owned(), inputs: graph.inputs(), outputs: graph.outputs() }
    }

    /// That all inputs and outputs are there and of the expected form, and no other input.
    fn expect(&self, inputs: &[Expected], outputs: &[Expected]) -> Result<(), String> {
        for (what, ports, expected) in [("input", &self.inputs, inputs), ("output", &self.outputs, outputs)] {
            for (name, kind, axes) in expected {
                let port = self.port(what, ports, name)?;
                if port.kind != *kind || !fits(&port.shape, axes) {
                    let expected = Form(kind, axes);
                    let found = format!("{} {}", port.kind, Axes(&port.shape));
                    return Err(format!(
                        "graph {}: {what} {name} is {found}, expected {expected}",
                        self.graph
                    ));
                }
            }
        }
        let known = |port: &&Port| !inputs.iter().any(|(name, ..)| port.name == *name);
        match self.inputs.iter().find(known) {
            Some(other) => Err(format!("graph {}: input {} is not known", self.graph, other.name)),
            None => Ok(()),
        }
    }

    fn port<'a>(&self, what: &str, ports: &'a [Port], name: &str) -> Result<&'a Port, String> {
        ports.iter().find(|p| p.name == name).ok_or_else(|| {
            let names: Vec<&str> = ports.iter().map(|p| p.name.as_str()).collect();
            format!("graph {}: {what}s {}, expected {name} among them", self.graph, names.join(", "))
        })
    }

    /// The channels of an output of four axes.
    fn channels(&self, name: &str) -> Result<usize, String> {
        let port = self.port("output", &self.outputs, name)?;
        match port.shape[..] {
            [_, channels, _, _] if (1..=4096).contains(&channels) => Ok(channels as usize),
            _ => Err(format!(
                "graph {}: output {name} is {}, expected [1, 1 to 4096, rows, columns]",
                self.graph,
                Axes(&port.shape)
            )),
        }
    }

    /// The tokens and channels of the output with a memory.
    fn memory(&self, name: &str) -> Result<(usize, usize), String> {
        let port = self.port("output", &self.outputs, name)?;
        let size = |v: i64| usize::try_from(v).ok().filter(|v| (1..=MOST_NUMBERS).contains(v));
        let found = match port.shape[..] {
            [_, tokens, channels] => size(tokens).zip(size(channels)),
            _ => None,
        };
        found.filter(|(tokens, channels)| tokens.saturating_mul(*channels) <= MOST_NUMBERS).ok_or_else(|| {
            format!(
                "graph {}: output {name} is {}, expected [1, tokens, channels] of at most {MOST_NUMBERS} numbers",
                self.graph,
                Axes(&port.shape)
            )
        })
    }
}

fn fits(found: &[i64], expected: &[Axis]) -> bool {
    let fits = |(found, expected): (&i64, &Axis)| match expected {
        Is(size) => *found < 0 || usize::try_from(*found) == Ok(*size),
        Varies => *found < 0,
    };
    found.len() == expected.len() && found.iter().zip(expected).all(fits)
}

/// Axes as they are found.
struct Axes<'a>(&'a [i64]);

impl fmt::Display for Axes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes: Vec<String> =
            self.0.iter().map(|v| if *v < 0 { "varies".to_owned() } else { v.to_string() }).collect();
        write!(f, "[{}]", axes.join(", "))
    }
}

/// Type and axes as they are expected.
struct Form<'a>(&'a str, &'a [Axis]);

impl fmt::Display for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<i64> = self
            .1
            .iter()
            .map(|axis| match axis {
                Is(size) => i64::try_from(*size).unwrap_or(i64::MAX),
                Varies => -1,
            })
            .collect();
        write!(f, "{} {}", self.0, Axes(&sizes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, kind: &str, shape: &[i64]) -> Port {
        Port { name: name.to_owned(), kind: kind.to_owned(), shape: shape.to_vec() }
    }

    fn declared(inputs: Vec<Port>) -> Declared {
        Declared { graph: "memory_attention".to_owned(), inputs, outputs: Vec::new() }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_found_and_expected() {
        let expected: [Expected; 1] = [("mem_feats", FLOAT, &[Varies, Is(512), Is(64)])];
        let said = |found: Port| declared(vec![found]).expect(&expected, &[]).expect_err("refused");
        assert_eq!(
            said(port("mem_feats", FLOAT, &[-1, 4096, 64])),
            "graph memory_attention: input mem_feats is float32 [varies, 4096, 64], \
             expected float32 [varies, 512, 64]"
        );
        assert!(said(port("mem_feats", FLOAT, &[3, 512, 64])).contains("[3, 512, 64]"));
        assert!(said(port("mem_feats", INTEGER, &[-1, 512, 64])).contains("is int64"));
        assert!(said(port("memories", FLOAT, &[-1])).contains("inputs memories, expected mem_feats among"));
        let sound = port("mem_feats", FLOAT, &[-1, 512, -1]);
        assert_eq!(declared(vec![sound.clone()]).expect(&expected, &[]), Ok(()));
        let more = declared(vec![sound, port("code", FLOAT, &[1])]);
        assert!(more.expect(&expected, &[]).expect_err("refused").ends_with("input code is not known"));
    }

    #[test]
    fn a_memory_must_be_of_a_size_that_can_be_kept() {
        let sized = |shape: &[i64]| Declared {
            graph: "memory_encoder".to_owned(),
            inputs: Vec::new(),
            outputs: vec![port("mem_feat", FLOAT, shape)],
        };
        assert_eq!(sized(&[1, 512, 64]).memory("mem_feat"), Ok((512, 64)));
        for shape in [&[1, -1, 64][..], &[1, 0, 64], &[1, 1 << 20, 1 << 20], &[1, 512]] {
            assert!(sized(shape).memory("mem_feat").is_err(), "{shape:?}");
        }
    }
}
