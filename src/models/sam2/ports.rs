//! What the adapters of foreign exports share: inputs and outputs by name, and numbers in the kinds
//! that an export declares.

use crate::models::ModelError;
use crate::models::port_error::PortError;
use crate::models::runtime::{Feed, Graph, Keep, Output, Port};

/// That a graph takes these inputs and no other, and gives these outputs.
///
/// # Errors
/// [`PortError`] with the first that is not so.
pub(super) fn expect(graph: &Graph, inputs: &[&str], outputs: &[&str]) -> Result<(), PortError> {
    let graph_name = || graph.name().to_owned();
    let given = graph.inputs();
    if let Some(other) = given.iter().find(|p| !inputs.contains(&p.name.as_str())) {
        return Err(PortError::UnknownInput { graph: graph_name(), name: other.name.clone() });
    }
    for (what, ports, wanted) in [("input", given, inputs), ("output", graph.outputs(), outputs)] {
        if let Some(missing) = wanted.iter().find(|name| !ports.iter().any(|p| p.name == **name)) {
            return Err(PortError::NotThere { graph: graph_name(), what, name: (*missing).to_owned() });
        }
    }
    Ok(())
}

/// An input that a graph may take.
pub(super) fn input(graph: &Graph, name: &str) -> Option<Port> {
    graph.inputs().into_iter().find(|p| p.name == name)
}

/// An output that a graph may give.
pub(super) fn output(graph: &Graph, name: &str) -> Option<Port> {
    graph.outputs().into_iter().find(|p| p.name == name)
}

/// The size of one axis, where it is fixed.
pub(super) fn side(port: &Port, axis: usize) -> Option<usize> {
    port.shape.get(axis).and_then(|v| usize::try_from(*v).ok())
}

/// The channels of an output of four axes, which the memory encoder of a foreign export declares.
///
/// # Errors
/// [`PortError::Channels`].
pub(super) fn channels(graph: &Graph, name: &str) -> Result<usize, PortError> {
    let found = output(graph, name).and_then(|port| side(&port, 1));
    let found = found.filter(|v| (1..=4096).contains(v));
    found.ok_or_else(|| PortError::Channels { graph: graph.name().to_owned(), name: name.to_owned() })
}

/// The outputs of a graph in an array, where the processor can read them.
pub(super) fn outputs<const N: usize>(
    graph: &mut Graph,
    inputs: &[(&str, Feed)],
    wanted: [&str; N],
) -> Result<[Output; N], ModelError> {
    let found = graph.run_for(inputs, &wanted, Keep::Host)?;
    found.try_into().map_err(|_| graph.failed("an output is missing".to_owned()))
}

/// The numbers of an output, which are to be `expected`.
pub(super) fn numbers<'a>(
    graph: &Graph,
    name: &str,
    output: &'a Output,
    expected: usize,
) -> Result<&'a [f32], ModelError> {
    let found = output.numbers().map_err(|reason| graph.failed(reason))?;
    if found.len() == expected {
        return Ok(found);
    }
    Err(graph.failed(format!("output {name} has {} numbers, expected {expected}", found.len())))
}

/// How an export declares whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    I32,
    I64,
    F32,
}

impl Whole {
    /// How `graph` declares its input.
    pub fn of(graph: &Graph, name: &str) -> Self {
        match input(graph, name).map(|p| p.kind).as_deref() {
            Some("int64") => Self::I64,
            Some("float32") => Self::F32,
            _ => Self::I32,
        }
    }
}

/// Whole numbers in every form that an export may declare.
pub(super) struct Numbers {
    i64s: Vec<i64>,
    i32s: Vec<i32>,
    f32s: Vec<f32>,
}

impl Numbers {
    /// Labels and switches, which are -1 to 3.
    pub fn new(values: &[i64]) -> Self {
        let i32s: Vec<i32> = values.iter().map(|v| *v as i32).collect();
        Self { i64s: values.to_vec(), f32s: i32s.iter().map(|v| *v as f32).collect(), i32s }
    }

    /// Themselves as an input.
    pub fn feed<'a>(&'a self, as_whole: Whole, shape: &'a [usize]) -> Feed<'a> {
        match as_whole {
            Whole::I32 => Feed::I32(shape, &self.i32s),
            Whole::I64 => Feed::I64(shape, &self.i64s),
            Whole::F32 => Feed::F32(shape, &self.f32s),
        }
    }
}
