//! What is fixed in the format of a preset.

/// The version of the format, and the key that tells a preset from other JSON.
pub const VERSION: u64 = 1;
pub const MARK: &str = "airotoPreset";
/// The largest file that is read, in bytes; ours have less than a thousandth of it.
pub const MOST_BYTES: u64 = 1 << 20;
/// The most characters of a name, a sentence or a text in it.
pub const MOST_CHARACTERS: usize = 4096;
