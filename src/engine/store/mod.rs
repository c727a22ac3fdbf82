//! The track store: mattes, memories of trackers and what frames looked like, by digest.

mod confidences;
mod disk;
pub mod entry;
mod entry_cache;
pub mod memory_entry;
pub mod path_entry;
mod record;
mod scratch;
#[cfg(test)]
mod tests;
mod track_store;
pub mod tracker_entry;
mod trouble;
mod writer;

pub use path_entry::NotedFrame;
pub use record::{Damaged, Record, RecordSummary};
pub use track_store::TrackStore;
pub use trouble::StoreTrouble;
