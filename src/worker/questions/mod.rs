//! What a plugin may ask the engine, each question with the type of its answer.

mod detect;
mod frame_question;
mod known;
mod question;
mod track;

pub use detect::Detect;
pub use known::Known;
pub use question::Question;
pub use track::Track;
