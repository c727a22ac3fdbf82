//! What the graphs of a pack say that they take and give, against what a family expects; read off
//! their sessions before they run.

use std::fmt;

use super::port_error::PortError;
use super::runtime::{Graph, Port};

/// An axis as it is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Of this size; one that varies can be of it.
    Is(usize),
    /// One that varies: its size changes from run to run.
    Varies,
    /// Of any size, fixed or not.
    Any,
}
use Axis::{Any, Is, Varies};

/// The type of most ports.
pub(super) const FLOAT: &str = "float32";
/// The type of indices and labels.
pub(super) const INTEGER: &str = "int64";

/// What a graph says of itself.
pub(super) struct Declared {
    graph: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

/// A port by its name, its type and its axes.
pub(super) type Expected<'a> = (&'a str, &'a str, &'a [Axis]);

impl Declared {
    /// What `graph` says.
    pub fn new(graph: &Graph) -> Self {
        Self { graph: graph.name().to_owned(), inputs: graph.inputs(), outputs: graph.outputs() }
    }

    /// That all inputs and outputs are there and of the expected form, and no other input.
    ///
    /// # Errors
    /// [`PortError`] with the first that is not so.
    pub fn expect(&self, inputs: &[Expected], outputs: &[Expected]) -> Result<(), PortError> {
        for (what, ports, expected) in [("input", &self.inputs, inputs), ("output", &self.outputs, outputs)] {
            for (name, kind, axes) in expected {
                let port = self.port(what, ports, name)?;
                if port.kind != *kind || !fits(&port.shape, axes) {
                    let found = format!("{} {}", port.kind, Axes(&port.shape));
                    return Err(self.other_form(what, name, found, Form(kind, axes).to_string()));
                }
            }
        }
        let unknown = |port: &&Port| !inputs.iter().any(|(name, ..)| port.name == *name);
        match self.inputs.iter().find(unknown) {
            Some(other) => {
                Err(PortError::UnknownInput { graph: self.graph.clone(), name: other.name.clone() })
            }
            None => Ok(()),
        }
    }

    fn port<'a>(&self, what: &'static str, ports: &'a [Port], name: &str) -> Result<&'a Port, PortError> {
        ports.iter().find(|p| p.name == name).ok_or_else(|| {
            let names: Vec<&str> = ports.iter().map(|p| p.name.as_str()).collect();
            let (graph, name, found) = (self.graph.clone(), name.to_owned(), names.join(", "));
            PortError::Missing { graph, what, name, found }
        })
    }

    fn other_form(&self, what: &'static str, name: &str, found: String, expected: String) -> PortError {
        PortError::Form { graph: self.graph.clone(), what, name: name.to_owned(), found, expected }
    }

    /// The tokens and channels of an output of three axes that has at most `most` numbers.
    ///
    /// # Errors
    /// [`PortError`] where it is not there, or of another form.
    pub fn tokens(&self, name: &str, most: usize) -> Result<(usize, usize), PortError> {
        let shape = &self.port("output", &self.outputs, name)?.shape;
        let size = |v: i64| usize::try_from(v).ok().filter(|v| (1..=most).contains(v));
        let found = match shape[..] {
            [_, tokens, channels] => size(tokens).zip(size(channels)),
            _ => None,
        };
        found.filter(|(tokens, channels)| tokens.saturating_mul(*channels) <= most).ok_or_else(|| {
            let expected = format!("[1, tokens, channels] of at most {most} numbers");
            self.other_form("output", name, Axes(shape).to_string(), expected)
        })
    }

    /// The channels of an output of four axes.
    ///
    /// # Errors
    /// [`PortError`] where it is not there, or of another form.
    pub fn channels(&self, name: &str) -> Result<usize, PortError> {
        let port = self.port("output", &self.outputs, name)?;
        match port.shape[..] {
            [_, channels, _, _] if (1..=4096).contains(&channels) => Ok(channels as usize),
            _ => {
                let expected = "[1, 1 to 4096, rows, columns]".to_owned();
                Err(self.other_form("output", name, Axes(&port.shape).to_string(), expected))
            }
        }
    }
}

fn fits(found: &[i64], expected: &[Axis]) -> bool {
    let fits = |(found, expected): (&i64, &Axis)| match expected {
        Is(size) => *found < 0 || usize::try_from(*found) == Ok(*size),
        Varies => *found < 0,
        Any => true,
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
        let axis = |axis: &Axis| match axis {
            Is(size) => size.to_string(),
            Varies => "varies".to_owned(),
            Any => "any".to_owned(),
        };
        let axes: Vec<String> = self.1.iter().map(axis).collect();
        write!(f, "{} [{}]", self.0, axes.join(", "))
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
        let said =
            |found: Port| declared(vec![found]).expect(&expected, &[]).expect_err("refused").to_string();
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
        assert!(
            more.expect(&expected, &[]).expect_err("refused").to_string().ends_with("input code is unknown")
        );
    }

    #[test]
    fn a_memory_must_be_of_a_size_that_can_be_kept() {
        let sized = |shape: &[i64]| {
            let outputs = vec![port("mem_feat", FLOAT, shape)];
            Declared { graph: "memory_encoder".to_owned(), inputs: Vec::new(), outputs }
        };
        assert_eq!(sized(&[1, 512, 64]).tokens("mem_feat", 1 << 24), Ok((512, 64)));
        for shape in [&[1, -1, 64][..], &[1, 0, 64], &[1, 1 << 20, 1 << 20], &[1, 512]] {
            assert!(sized(shape).tokens("mem_feat", 1 << 24).is_err(), "{shape:?}");
        }
        assert_eq!(
            sized(&[1, 512]).tokens("mem_feat", 9).expect_err("refused").to_string(),
            "graph memory_encoder: output mem_feat is [1, 512], expected [1, tokens, channels] of at most 9 numbers"
        );
    }
}
