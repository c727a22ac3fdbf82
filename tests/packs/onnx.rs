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
