//! What is read of graphs and what is refused.

use super::wire::{Fields, Value};
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
            let reason = inspect(&bytes).expect_err("refused").to_string();
            assert!(reason.contains("numbers of weight in another file"), "{reason}");
        }
    }
}

#[test]
fn operators_from_elsewhere_and_those_without_an_end_are_refused() {
    let custom = model(&[node("Run", &bytes(7, b"my.company"))], &[]);
    let reason = inspect(&custom).expect_err("refused").to_string();
    assert!(reason.contains("operator Run of my.company"), "{reason}");
    let defined = [bytes(1, b"Run"), bytes(10, b"my.company"), bytes(7, &node("Identity", &[]))].concat();
    assert!(inspect(&[custom, bytes(25, &defined)].concat()).is_ok(), "a function of known operators");
    for kind in ["Loop", "Scan", "EPContext"] {
        let reason = inspect(&model(&[node(kind, &[])], &[])).expect_err("refused").to_string();
        assert!(reason.contains(kind), "{reason}");
    }
}

#[test]
fn a_tensor_that_is_larger_than_its_file_is_refused() {
    let huge = [bytes(1, &[0xff, 0xff, 0xff, 0x7f]), bytes(8, b"huge"), bytes(9, &[0; 8])].concat();
    let reason =
        inspect(&model(&[node("Identity", &[])], &bytes(5, &huge))).expect_err("refused").to_string();
    assert!(reason.contains("declares 268435455 numbers for huge and has at most 9 bytes"), "{reason}");
}

#[test]
fn graphs_within_graphs_end_somewhere() {
    let mut inner = bytes(1, &node("Identity", &[]));
    for _ in 0..40 {
        inner = bytes(1, &node("If", &bytes(5, &bytes(6, &inner))));
    }
    let reason = inspect(&bytes(7, &inner)).expect_err("refused").to_string();
    assert!(reason.contains("deeper than 16"), "{reason}");
}

#[test]
fn what_is_no_graph_is_named() {
    let files: [(&[u8], &str); 7] = [
        (b"\x80\x04\x95code", "a Python pickle"),
        (b"PK\x03\x04archive", "a zip archive"),
        (b"cposix\nsystem\n(S'true'\ntR.", "a Python pickle"),
        (&[0; 100], "begins with zeros"),
        (b"confidential", "not an ONNX graph"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"", "not an ONNX graph"),
    ];
    for (bytes, said) in files {
        let reason = inspect(bytes).expect_err("refused").to_string();
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
