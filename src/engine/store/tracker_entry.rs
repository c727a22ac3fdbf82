//! The identity of a tracker as it is kept on disk: a list of its name, version and device in JSON.

use crate::engine::digest::{Digest, Recipe};
use crate::job::ModelInfo;

/// By what the identity is known of the tracker that is asked for as `tracker` on `device`.
pub fn key(tracker: &str, device: &str) -> Digest {
    Recipe::new("tracker asked for").text(tracker).text(device).done()
}

/// The identity of a tracker as it is kept.
pub fn write(info: &ModelInfo) -> Vec<u8> {
    serde_json::json!([info.name, info.version, info.device]).to_string().into_bytes()
}

/// The identity that was kept as `bytes`, which may be anything; none where it is damaged.
pub fn read(bytes: &[u8]) -> Option<ModelInfo> {
    let (name, version, device) = serde_json::from_slice(bytes).ok()?;
    Some(ModelInfo { name, version, device, note: None })
}
