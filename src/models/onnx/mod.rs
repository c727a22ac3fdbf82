//! What an ONNX file says of itself, read without running anything.
//!
//! A graph comes from anywhere. Before ONNX Runtime sees its bytes they are walked here, once and
//! from end to end, and refused when they would read other files, bring operators of their own, run
//! without an end, claim numbers that are not in them, or cost more than any model does, see [`estimate`]. Field
//! numbers are those of `onnx.proto`.

pub mod estimate;
mod known;
mod parts;
mod wire;

use std::fmt;

use self::wire::{Fields, Malformed, Value, numbers};

/// Graphs within graphs at most; those of branches are one deep.
const MOST_NESTED: usize = 16;
/// Inputs and outputs that are listed at most.
const MOST_PORTS: usize = 1024;
/// Functions that a file defines at most; exporters write some hundred.
const MOST_FUNCTIONS: usize = 10_000;
/// Axes of a tensor at most. ONNX Runtime has no operator for more than eight.
const MOST_AXES: usize = 64;
/// Domains of operators that ONNX Runtime has by itself. The last two are what it writes when it
/// saves a graph that it optimised.
const DOMAINS: [&str; 6] =
    ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"];
/// Operators that no model needs here, and why they are refused.
const REFUSED: [(&str, &str); 3] = [
    ("EPContext", "carries a program for one accelerator"),
    ("Loop", "may run for ever"),
    ("Scan", "may run for ever"),
];

/// The way from a checkpoint to a pack, for the end of a sentence.
pub(super) const EXPORTING: &str = ": `cargo xtask export-model` makes a pack of a checkpoint";

/// An input or an output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The type of its numbers, in words ("f32").
    pub kind: &'static str,
    /// Its axes; none for one whose size is not fixed.
    pub shape: Vec<Option<u64>>,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides: Vec<String> =
            self.shape.iter().map(|side| side.map_or_else(|| "?".to_owned(), |s| s.to_string())).collect();
        write!(f, "{} {}[{}]", self.name, self.kind, sides.join(","))
    }
}

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
/// A sentence without a subject: what it is instead, or what in it is refused.
pub fn inspect(bytes: &[u8]) -> Result<Summary, String> {
    glance(bytes)?;
    let mut walk = Walk::default();
    walk.model(bytes).and_then(|()| estimate::check(Fields::of(bytes))).map_err(|fault| match fault {
        Fault::Malformed => "is no ONNX graph".to_owned(),
        Fault::Refused(reason) => reason,
    })?;
    let mut summary = walk.summary;
    // Weights may be listed as inputs that need not be fed.
    summary.inputs.retain(|port| !walk.initializers.contains(&port.name));
    if summary.outputs.is_empty() || summary.nodes == 0 {
        return Err("is no ONNX graph".to_owned());
    }
    Ok(summary)
}

/// What can be said of a file by its first bytes: a large one that is none of ours need not be read.
///
/// # Errors
/// As those of [`inspect`].
pub fn glance(bytes: &[u8]) -> Result<(), String> {
    match impostor(bytes) {
        Some(kind) => {
            let way = if kind.is_checkpoint() { EXPORTING } else { "" };
            Err(format!("is {kind}, expected an ONNX graph; nothing in it was executed{way}"))
        }
        None => Ok(()),
    }
}

/// A file that is often taken for a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Impostor {
    Pickle,
    TorchArchive,
    Archive,
    Safetensors,
    Zeros,
    GitLfs,
    OrtFormat,
}

impl Impostor {
    /// Whether it may hold the weights of a model that can be exported.
    pub fn is_checkpoint(self) -> bool {
        matches!(self, Self::Pickle | Self::TorchArchive | Self::Safetensors)
    }
}

impl fmt::Display for Impostor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pickle => "a Python pickle, which may carry code",
            Self::TorchArchive => {
                "a PyTorch checkpoint (a zip archive with a Python pickle in it, which may carry code)"
            }
            Self::Archive => "a zip archive",
            Self::Safetensors => "a safetensors file",
            Self::Zeros => "a file that begins with zeros",
            Self::GitLfs => "a pointer of Git LFS to a file elsewhere",
            Self::OrtFormat => "a graph in ONNX Runtime's own format",
        })
    }
}

/// What a file is, by its first bytes, if it is none that is wanted.
pub(super) fn impostor(bytes: &[u8]) -> Option<Impostor> {
    match bytes {
        [0x80, 2..=5, ..] => Some(Impostor::Pickle),
        [b'c', rest @ ..] if names_a_global(rest) => Some(Impostor::Pickle),
        [b'P', b'K', 3, 4, ..] if first_member(bytes).is_some_and(|name| name.ends_with(b"data.pkl")) => {
            Some(Impostor::TorchArchive)
        }
        [b'P', b'K', 3, 4, ..] => Some(Impostor::Archive),
        [0, ..] => Some(Impostor::Zeros),
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', ..] => Some(Impostor::GitLfs),
        [_, _, _, _, b'O', b'R', b'T', b'M', ..] => Some(Impostor::OrtFormat),
        [_, _, _, _, _, _, _, _, b'{', b'"', ..] => Some(Impostor::Safetensors),
        _ => None,
    }
}

/// Whether a pickle in text goes on so that began with `c`: two names on lines of their own, and what
/// is done with them.
fn names_a_global(rest: &[u8]) -> bool {
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let is_name = |line: &[u8]| {
        !line.is_empty() && line.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.'))
    };
    let names = lines.by_ref().take(2).filter(|line| is_name(line)).count();
    names == 2 && lines.next().is_some_and(|rest| !rest.is_empty())
}

/// The name of the first file in a zip archive.
fn first_member(bytes: &[u8]) -> Option<&[u8]> {
    let length = u16::from_le_bytes([*bytes.get(26)?, *bytes.get(27)?]);
    bytes.get(30..30 + usize::from(length))
}

enum Fault {
    Malformed,
    Refused(String),
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

fn refused<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Refused(reason.into()))
}

fn text(value: Value<'_>) -> Result<&str, Malformed> {
    match value {
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| Malformed),
        Value::Number(_) | Value::Fixed => Err(Malformed),
    }
}

fn message(value: Value<'_>) -> Result<Fields<'_>, Malformed> {
    match value {
        Value::Bytes(bytes) => Ok(Fields::of(bytes)),
        Value::Number(_) | Value::Fixed => Err(Malformed),
    }
}

/// A name for a sentence.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[derive(Default)]
struct Walk {
    summary: Summary,
    initializers: std::collections::HashSet<String>,
    constants: u64,
    /// Domains of the functions that the file defines by known operators.
    own: std::collections::HashSet<String>,
}

impl Walk {
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

/// A tensor whose numbers are in it, all of them; gives its name.
fn check_tensor(fields: Fields) -> Result<String, Fault> {
    let (mut name, mut sides, mut bytes) = ("", Vec::new(), 0_u64);
    let mut elsewhere = false;
    for field in fields {
        match field? {
            // Ten bytes are the longest number.
            (1, Value::Bytes(packed)) if packed.len() > 10 * MOST_AXES => return too_many_axes(),
            (1, value) => {
                sides.extend(numbers(value)?);
                if sides.len() > MOST_AXES {
                    return too_many_axes();
                }
            }
            // Numbers by kind, or raw.
            (4..=7 | 9..=11, Value::Bytes(data)) => bytes += data.len() as u64 + 1,
            (4..=7 | 9..=11, _) => bytes += 1,
            (8, value) => name = text(value)?,
            (13, _) => elsewhere = true,
            (14, Value::Number(place)) => elsewhere |= place != 0,
            _ => {}
        }
    }
    if elsewhere {
        return refused(format!(
            "keeps the numbers of {} in another file, expected all of them in the graph",
            short(name)
        ));
    }
    // Four numbers of two bits are the most that a byte holds; an unpacked text may be empty.
    let count = sides.iter().try_fold(1_u64, |all, &side| all.checked_mul(side));
    if count.is_none_or(|count| count / 4 > bytes) {
        let sides: Vec<String> = sides.iter().map(u64::to_string).collect();
        return refused(format!(
            "claims {} numbers for {} and holds no more than {bytes} bytes of them",
            if sides.is_empty() { "1".to_owned() } else { sides.join(" x ") },
            short(name)
        ));
    }
    Ok(name.to_owned())
}

fn too_many_axes<T>() -> Result<T, Fault> {
    refused(format!("gives a constant more than {MOST_AXES} axes"))
}

/// Two tensors, values and where they stand, and the axes of the whole.
fn check_sparse(fields: Fields) -> Result<(), Fault> {
    let mut axes = 0;
    for field in fields {
        match field? {
            (1 | 2, tensor) => drop(check_tensor(message(tensor)?)?),
            (3, Value::Bytes(packed)) if packed.len() > 10 * MOST_AXES => return too_many_axes(),
            (3, _) => axes += 1,
            _ => {}
        }
        if axes > MOST_AXES {
            return too_many_axes();
        }
    }
    Ok(())
}

/// A name and a type; none for what is no tensor.
fn port(fields: Fields) -> Result<Option<Port>, Fault> {
    let (mut name, mut tensor) = ("", None);
    for field in fields {
        match field? {
            (1, value) => name = text(value)?,
            (2, kind) => {
                for field in message(kind)? {
                    if let (1, value) = field? {
                        tensor = Some(value);
                    }
                }
            }
            _ => {}
        }
    }
    let Some(tensor) = tensor else { return Ok(None) };
    let (mut kind, mut shape) = ("?", Vec::new());
    for field in message(tensor)? {
        match field? {
            (1, Value::Number(number)) => kind = element(number),
            (2, sides) => {
                for side in message(sides)? {
                    if let (1, side) = side? {
                        let mut size = None;
                        for field in message(side)? {
                            if let (1, Value::Number(number)) = field? {
                                // A negative size, as some exporters write it, is not fixed either.
                                size = i64::try_from(number).ok().map(i64::unsigned_abs);
                            }
                        }
                        shape.push(size);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(Some(Port { name: short(name), kind, shape }))
}

fn element(number: u64) -> &'static str {
    match number {
        1 => "f32",
        2 => "u8",
        3 => "i8",
        4 => "u16",
        5 => "i16",
        6 => "i32",
        7 => "i64",
        8 => "text",
        9 => "bool",
        10 => "f16",
        11 => "f64",
        12 => "u32",
        13 => "u64",
        16 => "bf16",
        _ => "?",
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A field of bytes.
    fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![field << 3 | 2];
        let mut count = content.len();
        if field > 15 {
            out = vec![(field << 3 | 2) | 0x80, field >> 4];
        }
        while count > 0x7f {
            out.push((count & 0x7f) as u8 | 0x80);
            count >>= 7;
        }
        out.push(count as u8);
        out.extend(content);
        out
    }

    fn number(field: u8, value: u8) -> Vec<u8> {
        vec![field << 3, value]
    }

    fn node(kind: &str, more: &[u8]) -> Vec<u8> {
        [bytes(1, b"x"), bytes(2, b"y"), bytes(4, kind.as_bytes()), more.to_vec()].concat()
    }

    fn value(name: &str) -> Vec<u8> {
        let shape = bytes(2, &[bytes(1, &number(1, 3)), bytes(1, &bytes(2, b"n"))].concat());
        [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &[number(1, 1), shape].concat()))].concat()
    }

    /// A graph of `nodes` from x to y with more fields of the graph.
    fn model(nodes: &[Vec<u8>], more: &[u8]) -> Vec<u8> {
        let mut graph: Vec<u8> = nodes.iter().flat_map(|n| bytes(1, n)).collect();
        graph.extend([bytes(11, &value("x")), bytes(12, &value("y")), more.to_vec()].concat());
        [number(1, 8), bytes(7, &graph), bytes(8, &number(2, 18))].concat()
    }

    /// A graph that passes its input on.
    pub fn sound() -> Vec<u8> {
        model(&[node("Identity", &[])], &[])
    }

    #[test]
    fn a_sound_graph_says_what_it_takes_and_gives() {
        let found = inspect(&sound()).expect("sound");
        assert_eq!((found.opset, found.nodes), (18, 1));
        assert_eq!(found.inputs[0].to_string(), "x f32[3,?]");
        assert_eq!(found.outputs[0].name, "y");
    }

    #[test]
    fn numbers_elsewhere_are_refused_wherever_they_hide() {
        let place = bytes(13, &[bytes(1, b"location"), bytes(2, b"../../etc/passwd")].concat());
        for away in [number(14, 1), place] {
            let tensor = [number(1, 1), bytes(8, b"weight"), bytes(9, &[0; 4]), away].concat();
            let constant = bytes(5, &bytes(5, &tensor));
            let branch = model(&[node("Identity", &constant)], &[]);
            let Some(Ok((7, Value::Bytes(inner)))) = Fields::of(&branch).nth(1) else { panic!("a graph") };
            let nested = bytes(5, &bytes(6, inner));
            for bytes in [
                model(&[node("Identity", &[])], &bytes(5, &tensor)),
                model(&[node("Identity", &[])], &bytes(15, &bytes(1, &tensor))),
                model(&[node("Constant", &constant)], &[]),
                model(&[node("If", &nested)], &[]),
                [sound(), bytes(25, &bytes(7, &node("Constant", &constant)))].concat(),
            ] {
                let reason = inspect(&bytes).expect_err("refused");
                assert!(reason.contains("numbers of weight in another file"), "{reason}");
            }
        }
    }

    #[test]
    fn operators_from_elsewhere_and_those_without_an_end_are_refused() {
        let custom = model(&[node("Run", &bytes(7, b"my.company"))], &[]);
        let reason = inspect(&custom).expect_err("refused");
        assert!(reason.contains("operator Run of my.company"), "{reason}");
        let defined = [bytes(1, b"Run"), bytes(10, b"my.company"), bytes(7, &node("Identity", &[]))].concat();
        assert!(inspect(&[custom, bytes(25, &defined)].concat()).is_ok(), "a function of known operators");
        for kind in ["Loop", "Scan", "EPContext"] {
            let reason = inspect(&model(&[node(kind, &[])], &[])).expect_err("refused");
            assert!(reason.contains(kind), "{reason}");
        }
    }

    #[test]
    fn a_tensor_that_is_larger_than_its_file_is_refused() {
        let huge = [bytes(1, &[0xff, 0xff, 0xff, 0x7f]), bytes(8, b"huge"), bytes(9, &[0; 8])].concat();
        let reason = inspect(&model(&[node("Identity", &[])], &bytes(5, &huge))).expect_err("refused");
        assert!(
            reason.contains("claims 268435455 numbers for huge and holds no more than 9 bytes"),
            "{reason}"
        );
    }

    #[test]
    fn graphs_within_graphs_end_somewhere() {
        let mut inner = bytes(1, &node("Identity", &[]));
        for _ in 0..40 {
            inner = bytes(1, &node("If", &bytes(5, &bytes(6, &inner))));
        }
        let reason = inspect(&bytes(7, &inner)).expect_err("refused");
        assert!(reason.contains("deeper than 16"), "{reason}");
    }

    #[test]
    fn what_is_no_graph_is_named() {
        let files: [(&[u8], &str); 7] = [
            (b"\x80\x04\x95code", "a Python pickle"),
            (b"PK\x03\x04archive", "a zip archive"),
            (b"cposix\nsystem\n(S'true'\ntR.", "a Python pickle"),
            (&[0; 100], "begins with zeros"),
            (b"confidential", "no ONNX graph"),
            (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
            (b"", "no ONNX graph"),
        ];
        for (bytes, said) in files {
            let reason = inspect(bytes).expect_err("refused");
            assert!(reason.contains(said), "{reason}");
        }
    }

    #[test]
    fn damage_is_never_a_panic() {
        let whole = sound();
        for end in 0..whole.len() {
            let _ = inspect(&whole[..end]);
        }
        for at in 0..whole.len() {
            for flip in [1, 0x40, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= flip;
                let _ = inspect(&damaged);
            }
        }
    }
}
