//! Walks the bytes of an ONNX file once, from end to end, and refuses what may not be run.

use std::collections::HashSet;

use super::estimate;
use super::fault::{Fault, refused};
use super::impostor::impostor;
use super::port::{Port, port};
use super::tensor::{check_sparse, check_tensor};
use super::wire::{Fields, Value, message, short, text};

/// Graphs within graphs at most; those of branches are one deep.
const MOST_NESTED: usize = 16;
/// Inputs and outputs that are listed at most.
const MOST_PORTS: usize = 1024;
/// Functions that a file defines at most; exporters write some hundred.
const MOST_FUNCTIONS: usize = 10_000;
/// Domains of operators that ONNX Runtime has by itself. The last two are what it writes when it
/// saves a graph that it optimised.
const DOMAINS: [&str; 6] =
    ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"];
/// Operators that no model needs here, and why they are refused.
const REFUSED: [(&str, &str); 3] = [
    ("EPContext", "carries a program for one accelerator"),
    ("Loop", "may run forever"),
    ("Scan", "may run forever"),
];

/// What an ONNX file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The version of the operators.
    pub opset: u64,
    /// What made it.
    pub producer: String,
    /// What it is fed.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// Nodes of all its graphs.
    pub nodes: usize,
}

/// Walks the bytes of an ONNX file.
///
/// # Errors
/// [`Fault`]: what it is instead, or what in it is refused.
pub fn inspect(bytes: &[u8]) -> Result<Summary, Fault> {
    glance(bytes)?;
    let mut inspector = Inspector::default();
    inspector.model(bytes)?;
    estimate::check(Fields::of(bytes))?;
    let mut summary = inspector.summary;
    // Weights may be listed as inputs that need not be fed.
    summary.inputs.retain(|port| !inspector.initializers.contains(&port.name));
    if summary.outputs.is_empty() || summary.nodes == 0 {
        return Err(Fault::NoGraph);
    }
    Ok(summary)
}

/// What can be said of a file by its first bytes: a large one that is none of ours need not be read.
///
/// # Errors
/// [`Fault::Impostor`].
pub fn glance(bytes: &[u8]) -> Result<(), Fault> {
    impostor(bytes).map_or(Ok(()), |kind| Err(Fault::Impostor(kind)))
}

/// What was found so far.
#[derive(Default)]
struct Inspector {
    summary: Summary,
    initializers: HashSet<String>,
    constants: u64,
    /// Domains of the functions that the file defines by known operators.
    own: HashSet<String>,
}

impl Inspector {
    fn model(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        // Functions may stand after the graph that calls them.
        let mut functions = 0;
        for field in Fields::of(bytes) {
            if let (25, value) = field? {
                functions += 1;
                if functions > MOST_FUNCTIONS {
                    return refused(format!("defines more than {MOST_FUNCTIONS} functions"));
                }
                for part in message(value)? {
                    if let (10, domain) = part? {
                        self.own.insert(text(domain)?.to_owned());
                    }
                }
            }
        }
        for field in Fields::of(bytes) {
            match field? {
                (2, producer) => self.summary.producer = short(text(producer)?),
                (7, graph) => self.graph(message(graph)?, 0)?,
                (8, opset) => self.opset(message(opset)?)?,
                (20, _) => return refused("carries a training step"),
                (25, function) => self.function(message(function)?)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn opset(&mut self, fields: Fields) -> Result<(), Fault> {
        let (mut domain, mut version) = ("", 0);
        for field in fields {
            match field? {
                (1, value) => domain = text(value)?,
                (2, Value::Number(number)) => version = number,
                _ => {}
            }
        }
        if domain.is_empty() || domain == "ai.onnx" {
            self.summary.opset = version;
        }
        Ok(())
    }

    fn function(&mut self, fields: Fields) -> Result<(), Fault> {
        for field in fields {
            match field? {
                (7, node) => self.node(message(node)?, 1)?,
                (11, attribute) => self.attribute(message(attribute)?, 1)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn graph(&mut self, fields: Fields, depth: usize) -> Result<(), Fault> {
        if depth > MOST_NESTED {
            return refused(format!("nests graphs deeper than {MOST_NESTED}"));
        }
        for field in fields {
            match field? {
                (1, node) => self.node(message(node)?, depth)?,
                (5, tensor) => {
                    let name = check_tensor(message(tensor)?)?;
                    self.constant()?;
                    if depth == 0 {
                        self.initializers.insert(name);
                    }
                }
                (15, sparse) => {
                    check_sparse(message(sparse)?)?;
                    self.constant()?;
                }
                (11, input) if depth == 0 => self.summary.inputs.extend(port(message(input)?)?),
                (12, output) if depth == 0 => self.summary.outputs.extend(port(message(output)?)?),
                _ => {}
            }
            // Weights that are listed as inputs may come later.
            self.ports(MOST_PORTS + estimate::MOST_CONSTANTS as usize)?;
        }
        self.ports(MOST_PORTS + self.initializers.len())
    }

    /// Refuses more inputs or outputs than `most`.
    fn ports(&self, most: usize) -> Result<(), Fault> {
        match self.summary.inputs.len().max(self.summary.outputs.len()) > most {
            true => refused(format!("has more than {MOST_PORTS} inputs or outputs")),
            false => Ok(()),
        }
    }

    /// One more constant: what is too much as it is written need not be looked through.
    fn constant(&mut self) -> Result<(), Fault> {
        self.constants += 1;
        match self.constants > estimate::MOST_CONSTANTS {
            true => refused(format!("has more than {} constants", estimate::MOST_CONSTANTS)),
            false => Ok(()),
        }
    }

    fn node(&mut self, fields: Fields, depth: usize) -> Result<(), Fault> {
        self.summary.nodes += 1;
        if self.summary.nodes as u64 > estimate::MOST_NODES {
            return refused(format!("has more than {} nodes", estimate::MOST_NODES));
        }
        let (mut kind, mut domain) = ("", "");
        for field in fields {
            match field? {
                (4, value) => kind = text(value)?,
                (5, attribute) => self.attribute(message(attribute)?, depth)?,
                (7, value) => domain = text(value)?,
                _ => {}
            }
        }
        if !DOMAINS.contains(&domain) && !self.own.contains(domain) {
            return refused(format!(
                "uses the operator {} of {}, which ONNX Runtime does not have",
                short(kind),
                short(domain)
            ));
        }
        match REFUSED.iter().find(|(name, _)| *name == kind) {
            Some((name, why)) => refused(format!("uses the operator {name}, which {why}")),
            None => Ok(()),
        }
    }

    fn attribute(&mut self, fields: Fields, depth: usize) -> Result<(), Fault> {
        for field in fields {
            match field? {
                (5 | 10, tensor) => {
                    check_tensor(message(tensor)?)?;
                }
                (6 | 11, graph) => self.graph(message(graph)?, depth + 1)?,
                (22 | 23, sparse) => check_sparse(message(sparse)?)?,
                _ => {}
            }
        }
        Ok(())
    }
}
