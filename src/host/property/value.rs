//! Values of properties, and strings as the C side has them.

use std::ffi::{CStr, CString};
use std::sync::Arc;

/// A string that a plugin may hold the address of.
pub(in crate::host) type Text = Arc<CStr>;

/// A string for the C side; it ends at its first NUL.
pub(in crate::host) fn text(s: &str) -> Text {
    let bytes = s.as_bytes();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default().into()
}

/// A name of the C API as a Rust string.
pub(in crate::host) fn name(bytes: &'static [u8]) -> &'static str {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).unwrap_or_default()
}

/// Values of one of the four types that properties have.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::host) enum Values {
    Int(Vec<i32>),
    Double(Vec<f64>),
    Text(Vec<Text>),
    Pointer(Vec<usize>),
}

impl Values {
    pub(in crate::host) fn len(&self) -> usize {
        match self {
            Self::Int(v) => v.len(),
            Self::Double(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Pointer(v) => v.len(),
        }
    }

    pub(in crate::host) fn word(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Pointer(_) => "pointer",
        }
    }
}

/// A Rust type that properties can hold.
pub(in crate::host) trait Kind: Sized + Clone {
    const WORD: &'static str;
    fn list(values: &Values) -> Option<&Vec<Self>>;
    fn list_mut(values: &mut Values) -> Option<&mut Vec<Self>>;
    fn blank() -> Self;
}

macro_rules! kind {
    ($type:ty, $variant:ident, $word:literal, $blank:expr) => {
        impl Kind for $type {
            const WORD: &'static str = $word;
            fn list(values: &Values) -> Option<&Vec<Self>> {
                match values {
                    Values::$variant(v) => Some(v),
                    _ => None,
                }
            }
            fn list_mut(values: &mut Values) -> Option<&mut Vec<Self>> {
                match values {
                    Values::$variant(v) => Some(v),
                    _ => None,
                }
            }
            fn blank() -> Self {
                $blank
            }
        }
    };
}

kind!(i32, Int, "int", 0);
kind!(f64, Double, "double", 0.0);
kind!(Text, Text, "string", text(""));
kind!(usize, Pointer, "pointer", 0);
