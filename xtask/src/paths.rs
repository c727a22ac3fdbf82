//! Where things lie in the repository.

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    // xtask/ lies in the root. Cargo sets the variable at run time too, which follows a moved clone.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// What set-up brings. In `target/` of the root wherever cargo builds, because
/// `.cargo/config.toml` names it by that path.
pub fn tools() -> PathBuf {
    root().join("target").join("tools")
}

/// Where cargo builds: `CARGO_TARGET_DIR`, else `target/` in the root.
pub fn target() -> PathBuf {
    let root = root();
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// Where the bundle is laid out unless a task is told otherwise.
pub fn bundles() -> PathBuf {
    root().join("target").join("bundle")
}
