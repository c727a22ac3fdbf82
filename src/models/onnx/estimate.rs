//! What an ONNX file costs to load and to run, estimated before ONNX Runtime sees it.
//!
//! Functions are written once and become as many nodes as they are called: sixteen of which each calls the next one
//! twice are 65,536. Constants become numbers when a graph is loaded, and a row of nodes that put their input beside
//! itself doubles it with each. So nodes are counted as they become, and of each result the bytes that it takes at
//! least, as far as sizes can be told without running anything.

use std::collections::HashMap;

use super::fault::{Fault, refused};
use super::infer::infer;
use super::inferred::Inferred;
use super::parts::{Body, Called, Node, Tensor};
use super::port::port;
use super::wire::{Fields, Value, message, numbers, short, text};

/// Nodes, with those of functions wherever they are called. SAM 2 large, Grounding DINO and ViTMatte have up to 5,000
/// in a graph; ONNX Runtime takes some four seconds for as many as these, and minutes for more.
pub const MOST_NODES: u64 = 50_000;
/// Constants that are no nodes, with those in functions wherever they are called. The same graphs have up to 3,000;
/// the time that ONNX Runtime takes grows with their square, to some ten seconds for these.
pub const MOST_CONSTANTS: u64 = 20_000;
/// Names of inputs and outputs of all those nodes.
pub const MOST_NAMES: u64 = 1_000_000;
/// Functions within functions. Exporters nest about five.
pub const MOST_CALLS: usize = 32;
/// Bytes of one result. The largest of those graphs, an attention of SAM 2 large, takes 512 MB.
pub const MOST_BYTES: u64 = 8 << 30;
/// Bytes of all results that are computed when a graph is loaded. Encodings of places and masks of windows that an
/// exporter leaves to be computed take some hundred MB.
pub const MOST_FIXED_BYTES: u64 = 16 << 30;
/// How often a result may hold what it is made of by putting it beside itself, where it cannot be told how many
/// numbers that has.
pub const MOST_GROWTH: u64 = 4096;

/// Refuses a file that costs too much. Its form was checked before, and that its graphs do not nest too deep.
pub(super) fn check(model: Fields) -> Result<(), Fault> {
    let (mut graphs, mut functions) = (Vec::new(), HashMap::new());
    for field in model {
        match field? {
            (7, graph) => graphs.push(message(graph)?),
            (25, function) => {
                let (called, body) = Body::of_function(message(function)?)?;
                if functions.insert(called, body).is_some() {
                    return refused(format!("defines the function {} twice", short(called.1)));
                }
            }
            _ => {}
        }
    }
    let mut count = Count { functions: &functions, known: HashMap::new() };
    let mut all = Cost::default();
    for graph in &graphs {
        all.add(&count.graph(*graph, 0)?.0);
    }
    all.check()?;
    // From here on the work is bounded by what was counted.
    for graph in graphs {
        let mut walk = Walk { functions: &functions, scopes: vec![HashMap::new()], fixed: 0 };
        walk.graph(&Body::of_graph(graph)?)?;
    }
    Ok(())
}

type Functions<'a> = HashMap<Called<'a>, Body<'a>>;

/// How much there is of something.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    nodes: u64,
    constants: u64,
    names: u64,
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.constants = self.constants.saturating_add(other.constants);
        self.names = self.names.saturating_add(other.names);
    }

    fn check(&self) -> Result<(), Fault> {
        for (what, found, most) in [
            ("nodes", self.nodes, MOST_NODES),
            ("constants", self.constants, MOST_CONSTANTS),
            ("names of inputs and outputs", self.names, MOST_NAMES),
        ] {
            if found > most {
                let with = "counting its functions at every call";
                let found = if found == u64::MAX { "more than 1e19".to_owned() } else { found.to_string() };
                return refused(format!("has {found} {what}, {with}, expected {most} at most"));
            }
        }
        Ok(())
    }
}

/// Counts, each function once.
struct Count<'a> {
    functions: &'a Functions<'a>,
    /// What each costs, and how deep functions go in it, itself included.
    known: HashMap<Called<'a>, (Cost, usize)>,
}

impl<'a> Count<'a> {
    /// What a graph costs, and how deep functions go in it; it is in so many functions.
    fn graph(&mut self, graph: Fields<'a>, calls: usize) -> Result<(Cost, usize), Fault> {
        let body = Body::of_graph(graph)?;
        let (mut cost, depth) = self.body(&body, calls)?;
        let constants = (body.tensors.len() + body.sparse.len()) as u64;
        cost.add(&Cost { constants, ..Cost::default() });
        Ok((cost, depth))
    }

    fn body(&mut self, body: &Body<'a>, calls: usize) -> Result<(Cost, usize), Fault> {
        let (mut cost, mut depth) = (Cost::default(), 0);
        let mut add = |(more, deep): (Cost, usize)| {
            cost.add(&more);
            depth = depth.max(deep);
        };
        for fields in &body.nodes {
            let node = Node::new(*fields)?;
            let names = (node.inputs.len() + node.outputs.len()) as u64;
            add((Cost { nodes: 1, constants: 0, names }, 0));
            for graph in node.graphs()? {
                add(self.graph(graph, calls)?);
            }
            if self.functions.contains_key(&node.called()) {
                add(self.function(node.called(), calls)?);
            }
        }
        Ok((cost, depth))
    }

    fn function(&mut self, called: Called<'a>, calls: usize) -> Result<(Cost, usize), Fault> {
        let known = self.known.get(&called).copied();
        if calls + known.map_or(1, |(_, depth)| depth) > MOST_CALLS {
            return refused(format!(
                "nests calls of functions deeper than {MOST_CALLS}, among them {}",
                short(called.1)
            ));
        }
        if let Some(known) = known {
            return Ok(known);
        }
        let functions = self.functions;
        let Some(body) = functions.get(&called) else { return Ok((Cost::default(), 0)) };
        let (cost, depth) = self.body(body, calls + 1)?;
        self.known.insert(called, (cost, depth + 1));
        Ok((cost, depth + 1))
    }
}

/// Goes through nodes as they run.
struct Walk<'a> {
    functions: &'a Functions<'a>,
    /// What is known by name, that of inner graphs last.
    scopes: Vec<HashMap<&'a str, Inferred>>,
    /// Bytes of results that are computed when the graph is loaded.
    fixed: u64,
}

impl<'a> Walk<'a> {
    fn know(&mut self, name: &'a str, known: Inferred) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, known);
        }
    }

    fn known(&self, name: &str) -> Option<Inferred> {
        // An input that is left out.
        if name.is_empty() {
            return None;
        }
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        Some(found.cloned().unwrap_or_else(Inferred::nothing))
    }

    fn graph(&mut self, body: &Body<'a>) -> Result<(), Fault> {
        for input in &body.inputs {
            let Some(port) = port(Fields::of(input))? else { continue };
            let least = port.shape.iter().fold(1_u64, |all, side| all.saturating_mul(side.unwrap_or(1)));
            let width = match port.kind {
                "f64" | "i64" | "u64" => 8,
                "f32" | "i32" | "u32" => 4,
                "f16" | "bf16" | "i16" | "u16" => 2,
                _ => 1,
            };
            let known = match port.shape.iter().copied().collect() {
                Some(shape) => Inferred::of(shape, width),
                None => Inferred { count: least, width, ..Inferred::nothing() },
            };
            self.know(name_of(input)?, known);
        }
        for tensor in &body.tensors {
            let Tensor { shape, width, integers, floats } = Tensor::new(*tensor)?;
            let known = shape.map_or_else(Inferred::nothing, |shape| Inferred::of(shape, width));
            self.know(tensor_name(*tensor)?, Inferred { integers, floats, fixed: true, ..known });
        }
        for sparse in &body.sparse {
            let (name, known) = dense(*sparse)?;
            self.result(name, "a sparse constant", &known)?;
            self.know(name, known);
        }
        self.nodes(body)
    }

    fn nodes(&mut self, body: &Body<'a>) -> Result<(), Fault> {
        for fields in &body.nodes {
            let node = Node::new(*fields)?;
            let inputs: Vec<Option<Inferred>> = node.inputs.iter().map(|name| self.known(name)).collect();
            for graph in node.graphs()? {
                self.scopes.push(HashMap::new());
                self.graph(&Body::of_graph(graph)?)?;
                self.scopes.pop();
            }
            let functions = self.functions;
            if let Some(body) = functions.get(&node.called()) {
                let found = self.function(body, inputs)?;
                for (name, known) in node.outputs.iter().zip(found) {
                    self.know(name, known);
                }
                continue;
            }
            for (i, name) in node.outputs.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
                let known = if i == 0 { infer(&node, &inputs)? } else { Inferred::nothing() };
                self.result(name, node.kind, &known)?;
                self.know(name, known);
            }
        }
        Ok(())
    }

    /// What is known of the results of a function.
    fn function(&mut self, body: &Body<'a>, inputs: Vec<Option<Inferred>>) -> Result<Vec<Inferred>, Fault> {
        let mut scope = HashMap::new();
        for (name, known) in body.inputs.iter().zip(inputs) {
            let name = text(Value::Bytes(name))?;
            scope.extend(known.map(|known| (name, known)));
        }
        let outer = std::mem::replace(&mut self.scopes, vec![scope]);
        let walked = self.nodes(body);
        let found =
            body.outputs.iter().map(|name| self.known(name).unwrap_or_else(Inferred::nothing)).collect();
        self.scopes = outer;
        walked.map(|()| found)
    }

    /// Refuses a result that takes too much.
    fn result(&mut self, name: &str, kind: &str, known: &Inferred) -> Result<(), Fault> {
        let bytes = known.bytes();
        if bytes > MOST_BYTES {
            let found = if bytes == u64::MAX { "more than 1e19".to_owned() } else { bytes.to_string() };
            return refused(format!(
                "needs {found} bytes for {} of {}, expected at most {MOST_BYTES}",
                short(name),
                short(kind)
            ));
        }
        if known.growth > MOST_GROWTH {
            return refused(format!(
                "makes {} of {} {} times as large as its inputs, expected at most {MOST_GROWTH} times",
                short(name),
                short(kind),
                known.growth
            ));
        }
        if known.fixed {
            self.fixed = self.fixed.saturating_add(bytes);
        }
        if self.fixed > MOST_FIXED_BYTES {
            return refused(format!(
                "needs more than {MOST_FIXED_BYTES} bytes for results that are computed on loading, up to \
                 {} of {}",
                short(name),
                short(kind)
            ));
        }
        Ok(())
    }
}

/// The name of an input or an output.
fn name_of(port: &[u8]) -> Result<&str, Fault> {
    for field in Fields::of(port) {
        if let (1, name) = field? {
            return Ok(text(name)?);
        }
    }
    Ok("")
}

/// The name of a tensor.
fn tensor_name(tensor: Fields<'_>) -> Result<&str, Fault> {
    for field in tensor {
        if let (8, name) = field? {
            return Ok(text(name)?);
        }
    }
    Ok("")
}

/// A sparse tensor as the dense one that it becomes, by the name of its values.
fn dense(sparse: Fields<'_>) -> Result<(&str, Inferred), Fault> {
    let (mut name, mut width, mut sides) = ("", 1, Vec::new());
    for field in sparse {
        match field? {
            (1, values) => {
                let values = message(values)?;
                (name, width) = (tensor_name(values)?, Tensor::new(values)?.width);
            }
            (3, more) => sides.extend(numbers(more)?),
            _ => {}
        }
    }
    Ok((name, Inferred { fixed: true, ..Inferred::of(sides, width) }))
}
