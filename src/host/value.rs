//! Values of params.

use super::kinds::ParamKind;
use serde::Serialize;

/// A value of a param, in the shape that its [`ParamKind`] asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Integer, Choice (the index of the option).
    Int(i32),
    /// Boolean.
    Bool(bool),
    /// Integer2D and Integer3D.
    Ints(Vec<i32>),
    /// Double.
    Double(f64),
    /// Double2D, Double3D, RGB, RGBA.
    Doubles(Vec<f64>),
    /// String, Custom, StrChoice; for a Choice, the label or the name of an option.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// The value as whole numbers, when it is made of them.
    #[must_use]
    pub fn ints(&self) -> Option<Vec<i32>> {
        match self {
            Self::Int(v) => Some(vec![*v]),
            Self::Bool(v) => Some(vec![i32::from(*v)]),
            Self::Ints(v) => Some(v.clone()),
            _ => None,
        }
    }

    /// The value as numbers, when it is made of them.
    #[must_use]
    pub fn doubles(&self) -> Option<Vec<f64>> {
        match self {
            Self::Double(v) => Some(vec![*v]),
            Self::Doubles(v) => Some(v.clone()),
            _ => self.ints().map(|v| v.into_iter().map(f64::from).collect()),
        }
    }

    /// The value as text, when it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(v) => Some(v),
            _ => None,
        }
    }

    /// The value of a number-valued kind from its components.
    #[must_use]
    pub(super) fn from_ints(kind: ParamKind, v: &[i32]) -> Self {
        match (kind, v) {
            (ParamKind::Boolean, [v]) => Self::Bool(*v != 0),
            (_, [v]) => Self::Int(*v),
            _ => Self::Ints(v.to_vec()),
        }
    }

    /// The value of a number-valued kind from its components.
    #[must_use]
    pub(super) fn from_doubles(v: &[f64]) -> Self {
        match v {
            [v] => Self::Double(*v),
            _ => Self::Doubles(v.to_vec()),
        }
    }

    /// What a param of this kind holds before anything is declared.
    #[must_use]
    pub(super) fn empty(kind: ParamKind) -> Self {
        if kind.is_integer() {
            Self::from_ints(kind, &vec![0; kind.dimension()])
        } else if kind.is_double() {
            Self::from_doubles(&vec![0.0; kind.dimension()])
        } else if kind == ParamKind::Bytes {
            Self::Bytes(Vec::new())
        } else {
            Self::Text(String::new())
        }
    }

    /// This value in the shape of `kind`, or `None` when it does not fit.
    #[must_use]
    pub(super) fn fit(&self, kind: ParamKind) -> Option<Self> {
        let n = kind.dimension();
        if kind.is_integer() {
            self.ints().filter(|v| v.len() == n).map(|v| Self::from_ints(kind, &v))
        } else if kind.is_double() {
            self.doubles().filter(|v| v.len() == n).map(|v| Self::from_doubles(&v))
        } else if kind.is_text() {
            self.text().map(|v| Self::Text(v.to_owned()))
        } else {
            match (kind, self) {
                (ParamKind::Bytes, Self::Bytes(v)) => Some(Self::Bytes(v.clone())),
                _ => None,
            }
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn list<T: std::fmt::Display>(f: &mut std::fmt::Formatter<'_>, v: &[T]) -> std::fmt::Result {
            for (i, v) in v.iter().enumerate() {
                write!(f, "{}{v}", if i == 0 { "" } else { ", " })?;
            }
            Ok(())
        }
        match self {
            Self::Int(v) => write!(f, "{v}"),
            Self::Bool(v) => write!(f, "{v}"),
            Self::Double(v) => write!(f, "{v}"),
            Self::Ints(v) => list(f, v),
            Self::Doubles(v) => list(f, v),
            Self::Text(v) => write!(f, "{v:?}"),
            Self::Bytes(v) => write!(f, "{} bytes", v.len()),
        }
    }
}

impl From<i32> for Value {
    fn from(v: i32) -> Self {
        Self::Int(v)
    }
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}

impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Double(v)
    }
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}

impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(v)
    }
}

impl<const N: usize> From<[f64; N]> for Value {
    fn from(v: [f64; N]) -> Self {
        Self::from_doubles(&v)
    }
}

impl<const N: usize> From<[i32; N]> for Value {
    fn from(v: [i32; N]) -> Self {
        match v.as_slice() {
            [v] => Self::Int(*v),
            v => Self::Ints(v.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_shape_of_their_param() {
        assert_eq!(Value::from(true).fit(ParamKind::Integer), Some(Value::Int(1)));
        assert_eq!(Value::from(2).fit(ParamKind::Double), Some(Value::Double(2.0)));
        assert_eq!(Value::from([1.0, 2.0]).fit(ParamKind::Double3D), None);
        assert_eq!(Value::from("x").fit(ParamKind::Integer), None);
    }
}
