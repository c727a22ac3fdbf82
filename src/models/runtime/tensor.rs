//! What graphs take and give.

use ort::session::SessionInputValue;
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};

use super::failure::first_line;

/// What a graph is fed.
pub enum Feed<'a> {
    /// Numbers of 32 bits.
    F32(&'a [usize], &'a [f32]),
    /// Indices and labels.
    I64(&'a [usize], &'a [i64]),
    /// Labels and switches as other exporters declare them.
    I32(&'a [usize], &'a [i32]),
    /// Switches, one for each of many.
    Bool(&'a [usize], &'a [bool]),
    /// What another graph gave, fed without a copy.
    Output(&'a Output),
}

/// What a graph gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// Its values, last axis fastest.
    pub data: Vec<f32>,
}

impl Tensor {
    /// Itself as an input.
    pub fn feed(&self) -> Feed<'_> {
        Feed::F32(&self.shape, &self.data)
    }
}

/// What a graph gave, left where the runtime put it, or numbers of ours in its place: to be fed to
/// the next graph.
pub enum Output {
    /// Of a graph.
    Held(DynValue),
    /// Ours.
    Plain(Tensor),
}

/// Our code cannot read an output: what the runtime says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Output {
    /// Its values, last axis fastest.
    ///
    /// # Errors
    /// [`Unreadable`] where they lie on a device, or are of another kind.
    pub fn numbers(&self) -> Result<&[f32], Unreadable> {
        match self {
            Self::Held(value) => {
                value.try_extract_tensor().map(|(_, data)| data).map_err(|e| Unreadable(first_line(&e)))
            }
            Self::Plain(tensor) => Ok(&tensor.data),
        }
    }

    /// Itself as an input.
    pub fn input(&self) -> ort::Result<SessionInputValue<'_>> {
        Ok(match self {
            Self::Held(value) => value.into(),
            Self::Plain(Tensor { shape, data }) => {
                TensorRef::from_array_view((shape.as_slice(), data.as_slice()))?.into()
            }
        })
    }
}

/// Where a graph leaves its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Where our code can read them.
    Host,
    /// On the graph's device, for the next graph.
    Device,
}

/// An input or an output as a graph declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its element type, "float32" and "int64" among them.
    pub kind: String,
    /// Its axes; -1 for one that varies.
    pub shape: Vec<i64>,
}

impl Port {
    /// What `outlet` declares.
    pub fn new(outlet: &ort::value::Outlet) -> Self {
        let (kind, shape) = match outlet.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => {
                ("float32".to_owned(), shape.to_vec())
            }
            ValueType::Tensor { ty: TensorElementType::Int64, shape, .. } => {
                ("int64".to_owned(), shape.to_vec())
            }
            ValueType::Tensor { ty, shape, .. } => (ty.to_string(), shape.to_vec()),
            _ => ("no tensor".to_owned(), Vec::new()),
        };
        Self { name: outlet.name().to_owned(), kind, shape }
    }
}
