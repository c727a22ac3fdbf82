//! What the graphs of a pack say that they take and give, against what a family expects; read off
//! their sessions before they run.

use std::fmt;

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

    /// A graph that says this.
    #[cfg(test)]
    pub fn of(graph: String, inputs: Vec<Port>, outputs: Vec<Port>) -> Self {
        Self { graph, inputs, outputs }
    }

    /// That all inputs and outputs are there and of the expected form, and no other input.
    pub fn expect(&self, inputs: &[Expected], outputs: &[Expected]) -> Result<(), String> {
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

    /// The graph's name.
    pub fn graph(&self) -> &str {
        &self.graph
    }

    /// The axes of an output.
    pub fn output(&self, name: &str) -> Result<&[i64], String> {
        Ok(&self.port("output", &self.outputs, name)?.shape)
    }

    /// The channels of an output of four axes.
    pub fn channels(&self, name: &str) -> Result<usize, String> {
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
pub(super) struct Axes<'a>(pub &'a [i64]);

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
}
