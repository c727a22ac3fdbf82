//! Small ONNX graphs, field by field: numbers are those of `onnx.proto`.

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn text(field: u64, content: &str) -> Vec<u8> {
    bytes(field, content.as_bytes())
}

/// A node of an operator of ONNX.
pub fn node(kind: &str, inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    node_of("", kind, inputs, outputs)
}

/// A node of an operator of `domain`.
pub fn node_of(domain: &str, kind: &str, inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let mut out: Vec<u8> = inputs.iter().flat_map(|name| text(1, name)).collect();
    out.extend(outputs.iter().flat_map(|name| text(2, name)));
    out.extend([text(4, kind), text(7, domain)].concat());
    out
}

/// A constant list of whole numbers.
pub fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    [number(1, values.len() as u64), number(2, 7), text(8, name), bytes(9, &raw)].concat()
}

/// Four numbers of 32 bits that lie in the file at `location`.
pub fn elsewhere(name: &str, location: &str) -> Vec<u8> {
    let place = [text(1, "location"), text(2, location)].concat();
    [number(1, 4), number(2, 1), text(8, name), bytes(13, &place), number(14, 1)].concat()
}

/// The bytes of a graph with inputs and outputs of any number of axes of 32-bit numbers.
pub fn graph(
    opset: u64,
    nodes: &[Vec<u8>],
    constants: &[Vec<u8>],
    inputs: &[&str],
    outputs: &[&str],
) -> Vec<u8> {
    let port = |name: &str| [text(1, name), bytes(2, &bytes(1, &number(1, 1)))].concat();
    let mut graph: Vec<u8> = nodes.iter().flat_map(|n| bytes(1, n)).collect();
    graph.extend(text(2, "test"));
    graph.extend(constants.iter().flat_map(|c| bytes(5, c)));
    graph.extend(inputs.iter().flat_map(|name| bytes(11, &port(name))));
    graph.extend(outputs.iter().flat_map(|name| bytes(12, &port(name))));
    let version = [text(1, ""), number(2, opset)].concat();
    [number(1, 8), bytes(7, &graph), bytes(8, &version)].concat()
}

/// A node with attributes.
pub fn node_with(kind: &str, inputs: &[&str], outputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes.iter().flat_map(|a| bytes(5, a)).collect();
    [node(kind, inputs, outputs), attributes].concat()
}

/// An attribute that is a whole number.
pub fn integer(name: &str, value: u64) -> Vec<u8> {
    [text(1, name), number(3, value), number(20, 2)].concat()
}

/// An attribute that is a graph without inputs.
pub fn branch(name: &str, nodes: &[Vec<u8>], output: &str) -> Vec<u8> {
    let mut graph: Vec<u8> = nodes.iter().flat_map(|n| bytes(1, n)).collect();
    graph.extend([text(2, "branch"), bytes(12, &text(1, output))].concat());
    [text(1, name), bytes(6, &graph), number(20, 5)].concat()
}

/// A constant list of numbers of 32 bits.
pub fn floats(name: &str, values: &[f32]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    [number(1, values.len() as u64), number(2, 1), text(8, name), bytes(9, &raw)].concat()
}

/// A model with functions of `domain`, each from x to y.
pub fn extended(graph: &[u8], domain: &str, functions: &[(&str, Vec<Vec<u8>>)]) -> Vec<u8> {
    let opset = |domain: &str, version: u64| [text(1, domain), number(2, version)].concat();
    let mut out = [graph.to_vec(), bytes(8, &opset(domain, 1))].concat();
    for (name, nodes) in functions {
        let nodes: Vec<u8> = nodes.iter().flat_map(|n| bytes(7, n)).collect();
        let ends = [text(1, name), text(4, "x"), text(5, "y"), nodes].concat();
        let of = [bytes(9, &opset("", 18)), bytes(9, &opset(domain, 1)), text(10, domain)].concat();
        out.extend(bytes(25, &[ends, of].concat()));
    }
    out
}

/// A graph's field of a constant with these axes of which one number is not 0.
pub fn sparse(name: &str, axes: &[u64]) -> Vec<u8> {
    let sides: Vec<u8> = axes.iter().flat_map(|side| number(3, *side)).collect();
    let place = vec![0; axes.len()];
    let at = [number(1, 1), number(1, axes.len() as u64), number(2, 7), integers_raw(&place)].concat();
    bytes(15, &[bytes(1, &floats(name, &[1.0])), bytes(2, &at), sides].concat())
}

fn integers_raw(values: &[i64]) -> Vec<u8> {
    bytes(9, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>())
}

/// The bytes of a graph as [`graph`] makes it, with more of its fields.
pub fn with_more(nodes: &[Vec<u8>], more: &[u8], inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let port = |name: &str| [text(1, name), bytes(2, &bytes(1, &number(1, 1)))].concat();
    let mut graph: Vec<u8> = nodes.iter().flat_map(|n| bytes(1, n)).collect();
    graph.extend([text(2, "test"), more.to_vec()].concat());
    graph.extend(inputs.iter().flat_map(|name| bytes(11, &port(name))));
    graph.extend(outputs.iter().flat_map(|name| bytes(12, &port(name))));
    [number(1, 8), bytes(7, &graph), bytes(8, &[text(1, ""), number(2, 18)].concat())].concat()
}

/// What a port is made of, as `onnx.proto` numbers it.
pub type Kind = u64;
/// Numbers of 32 bits.
pub const FLOAT: Kind = 1;
/// Whole numbers of 64 bits.
pub const INTEGER: Kind = 7;
/// Switches.
pub const SWITCH: Kind = 9;

/// An input or an output: name, kind, sizes of its axes, -1 for one that varies.
pub type Port<'a> = (&'a str, Kind, &'a [i64]);

/// The bytes of a graph whose inputs and outputs are declared with their axes.
pub fn declared(nodes: &[Vec<u8>], constants: &[Vec<u8>], inputs: &[Port], outputs: &[Port]) -> Vec<u8> {
    let axis = |size: &i64| match u64::try_from(*size) {
        Ok(size) => bytes(1, &number(1, size)),
        Err(_) => bytes(1, &text(2, "n")),
    };
    let port = |(name, kind, axes): &Port| {
        let shape: Vec<u8> = axes.iter().flat_map(axis).collect();
        let tensor = [number(1, *kind), bytes(2, &shape)].concat();
        [text(1, name), bytes(2, &bytes(1, &tensor))].concat()
    };
    let mut graph: Vec<u8> = nodes.iter().flat_map(|n| bytes(1, n)).collect();
    graph.extend(text(2, "test"));
    graph.extend(constants.iter().flat_map(|c| bytes(5, c)));
    graph.extend(inputs.iter().flat_map(|p| bytes(11, &port(p))));
    graph.extend(outputs.iter().flat_map(|p| bytes(12, &port(p))));
    let version = [text(1, ""), number(2, 18)].concat();
    [number(1, 8), bytes(7, &graph), bytes(8, &version)].concat()
}
