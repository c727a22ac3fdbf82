//! The inputs and outputs that a graph declares.

use std::fmt;

use super::fault::Fault;
use super::wire::{Fields, Value, message, short, text};

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

/// A name and a type; none for what is no tensor.
pub fn port(fields: Fields) -> Result<Option<Port>, Fault> {
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
