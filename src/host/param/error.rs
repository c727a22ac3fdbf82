//! Values that a param cannot take.

use crate::host::kinds::ParamKind;
use crate::host::value::Value;

/// Why a param cannot take a value. Caller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(in crate::host) enum ValueError {
    /// A choice has no such option.
    #[error("param {param} has no option {wanted:?}, only {}", options.join(", "))]
    Option {
        /// The param.
        param: String,
        /// The option that was asked for.
        wanted: String,
        /// Those that there are.
        options: Vec<String>,
    },
    /// The value is of another type.
    #[error("param {param} of type {kind} cannot take {value}")]
    Kind {
        /// The param.
        param: String,
        /// Its type.
        kind: ParamKind,
        /// The value.
        value: Value,
    },
    /// The value is outside of the range.
    #[error("param {param} takes {low} to {high}, found {value}")]
    Range {
        /// The param.
        param: String,
        /// The smallest value that it takes.
        low: f64,
        /// The largest.
        high: f64,
        /// The value.
        value: Value,
    },
}
