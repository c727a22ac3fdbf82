//! Changes to the prompts, as artists make them: plain functions on the document that the prompts parameter
//! holds. What a function does not know stays as it is.

pub mod points;
