//! Whether plugin and worker understand each other.

/// Changes whenever a message does.
const PROTOCOL: u32 = 10;

/// What both sides must agree on.
#[must_use]
pub fn version() -> String {
    format!("{} (protocol {PROTOCOL})", env!("CARGO_PKG_VERSION"))
}
