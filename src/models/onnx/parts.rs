//! Nodes, tensors and functions of an ONNX file, as far as an estimate of what they cost needs them. Field numbers are
//! those of `onnx.proto`.

use super::fault::Fault;
use super::wire::{Fields, Value, message, numbers, text};

/// Axes that are looked at: ONNX Runtime has no operator for more.
pub(super) const MOST_AXES: usize = 16;
/// Numbers of a small tensor, such as a shape, that are looked at.
pub(super) const MOST_NUMBERS: usize = 64;

/// What is in a graph or a function.
#[derive(Default)]
pub(super) struct Body<'a> {
    /// In an order in which they can run.
    pub nodes: Vec<Fields<'a>>,
    /// Its constants.
    pub tensors: Vec<Fields<'a>>,
    /// Its sparse constants, which become dense ones.
    pub sparse: Vec<Fields<'a>>,
    /// What it is fed: names of a function's, descriptions of a graph's.
    pub inputs: Vec<&'a [u8]>,
    /// The names of what a function gives.
    pub outputs: Vec<&'a str>,
}

/// A function's domain, its name, and which of several of that name it is.
pub(super) type Called<'a> = (&'a str, &'a str, &'a str);

/// The domain of ONNX's own operators has two names.
pub(super) fn domain(name: &str) -> &str {
    if name == "ai.onnx" { "" } else { name }
}

impl<'a> Body<'a> {
    /// Of a graph.
    pub fn of_graph(fields: Fields<'a>) -> Result<Self, Fault> {
        let mut body = Self::default();
        for field in fields {
            match field? {
                (1, node) => body.nodes.push(message(node)?),
                (5, tensor) => body.tensors.push(message(tensor)?),
                (15, sparse) => body.sparse.push(message(sparse)?),
                (11, Value::Bytes(input)) => body.inputs.push(input),
                _ => {}
            }
        }
        Ok(body)
    }

    /// Of a function, and by what it is called.
    pub fn of_function(fields: Fields<'a>) -> Result<(Called<'a>, Self), Fault> {
        let (mut body, mut called) = (Self::default(), ("", "", ""));
        for field in fields {
            match field? {
                (1, name) => called.1 = text(name)?,
                (4, Value::Bytes(input)) => body.inputs.push(input),
                (5, output) => body.outputs.push(text(output)?),
                (7, node) => body.nodes.push(message(node)?),
                (10, name) => called.0 = domain(text(name)?),
                (13, name) => called.2 = text(name)?,
                _ => {}
            }
        }
        Ok((called, body))
    }
}

/// A node.
#[derive(Default)]
pub(super) struct Node<'a> {
    /// Its operator.
    pub kind: &'a str,
    /// Whose operator that is.
    pub domain: &'a str,
    overload: &'a str,
    /// Names; empty for one that is left out.
    pub inputs: Vec<&'a str>,
    /// Names; empty for one that nobody wants.
    pub outputs: Vec<&'a str>,
    attributes: Vec<Fields<'a>>,
}

impl<'a> Node<'a> {
    /// The node in these fields.
    pub fn new(fields: Fields<'a>) -> Result<Self, Fault> {
        let mut node = Self::default();
        for field in fields {
            match field? {
                (1, name) => node.inputs.push(text(name)?),
                (2, name) => node.outputs.push(text(name)?),
                (4, kind) => node.kind = text(kind)?,
                (5, attribute) => node.attributes.push(message(attribute)?),
                (7, name) => node.domain = domain(text(name)?),
                (8, name) => node.overload = text(name)?,
                _ => {}
            }
        }
        Ok(node)
    }

    /// By what it calls a function, if there is one.
    pub fn called(&self) -> Called<'a> {
        (self.domain, self.kind, self.overload)
    }

    /// The graphs in it.
    pub fn graphs(&self) -> Result<Vec<Fields<'a>>, Fault> {
        let mut graphs = Vec::new();
        for attribute in &self.attributes {
            for field in *attribute {
                if let (6 | 11, graph) = field? {
                    graphs.push(message(graph)?);
                }
            }
        }
        Ok(graphs)
    }

    /// The attribute called `wanted`.
    fn attribute(&self, wanted: &str) -> Result<Option<Fields<'a>>, Fault> {
        for attribute in &self.attributes {
            for field in *attribute {
                if let (1, name) = field?
                    && text(name)? == wanted
                {
                    return Ok(Some(*attribute));
                }
            }
        }
        Ok(None)
    }

    /// The whole numbers of an attribute, one or several; none without it, or where there are many.
    pub fn integers(&self, wanted: &str) -> Result<Option<Vec<i64>>, Fault> {
        let Some(attribute) = self.attribute(wanted)? else { return Ok(None) };
        let mut found = Vec::new();
        for field in attribute {
            if let (3 | 8, value) = field? {
                found.extend(few(value)?.unwrap_or_default());
            }
        }
        Ok(Some(found).filter(|f| !f.is_empty() && f.len() <= MOST_NUMBERS))
    }

    /// The tensor of an attribute.
    pub fn tensor(&self, wanted: &str) -> Result<Option<Tensor>, Fault> {
        let Some(attribute) = self.attribute(wanted)? else { return Ok(None) };
        for field in attribute {
            if let (5, tensor) = field? {
                return Tensor::new(message(tensor)?).map(Some);
            }
        }
        Ok(None)
    }
}

/// Whole numbers that may be packed; none where there are more than any shape has.
fn few(value: Value) -> Result<Option<Vec<i64>>, Fault> {
    // Ten bytes are the longest number.
    if matches!(value, Value::Bytes(bytes) if bytes.len() > 10 * MOST_NUMBERS) {
        return Ok(None);
    }
    let found = numbers(value)?;
    Ok(Some(found.into_iter().map(|n| n as i64).collect()))
}

/// A constant.
#[derive(Debug, Clone, Default)]
pub(super) struct Tensor {
    /// Sizes of its axes; none where there are too many.
    pub shape: Option<Vec<u64>>,
    /// Bytes of one of its numbers.
    pub width: u64,
    /// Its numbers where they are few and whole.
    pub integers: Option<Vec<i64>>,
    /// Its numbers where they are few and of 32 bits.
    pub floats: Option<Vec<f32>>,
}

impl Tensor {
    /// The tensor in these fields.
    pub fn new(fields: Fields) -> Result<Self, Fault> {
        let (mut shape, mut kind) = (Some(Vec::new()), 0);
        let (mut integers, mut raw): (Option<Vec<i64>>, &[u8]) = (Some(Vec::new()), &[]);
        let mut packed: &[u8] = &[];
        for field in fields {
            match field? {
                (1, sides) => {
                    let more = few(sides)?;
                    shape = shape.zip(more).map(|(mut all, more)| {
                        all.extend(more.into_iter().map(|side| side as u64));
                        all
                    });
                    shape = shape.filter(|all| all.len() <= MOST_AXES);
                }
                (2, Value::Number(number)) => kind = number,
                (4, Value::Bytes(bytes)) => packed = bytes,
                (5 | 7, value) => {
                    let more = few(value)?;
                    integers = integers.zip(more).map(|(mut all, more)| {
                        all.extend(more);
                        all
                    });
                    integers = integers.filter(|all| all.len() <= MOST_NUMBERS);
                }
                (9, Value::Bytes(bytes)) => raw = bytes,
                _ => {}
            }
        }
        let width = width(kind);
        let small = raw.len() <= 8 * MOST_NUMBERS && packed.len() <= 4 * MOST_NUMBERS;
        if !raw.is_empty() {
            integers = match kind {
                7 if small => Some(raw.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()),
                6 if small => {
                    let numbers = raw.as_chunks::<4>().0.iter();
                    Some(numbers.map(|b| i64::from(i32::from_le_bytes(*b))).collect())
                }
                _ => None,
            };
        }
        let integers = integers.filter(|found| !found.is_empty() && matches!(kind, 6 | 7));
        let floats = (kind == 1 && small).then(|| {
            let bytes = if raw.is_empty() { packed } else { raw };
            bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        });
        Ok(Self { shape, width, integers, floats })
    }
}

/// Bytes of a number of a kind; less than one counts as one.
pub(super) fn width(kind: u64) -> u64 {
    match kind {
        // f64, i64, u64, and complex numbers of 32 bits each.
        7 | 11 | 13 | 14 => 8,
        15 => 16,
        1 | 6 | 12 => 4,
        4 | 5 | 10 | 16 => 2,
        _ => 1,
    }
}
