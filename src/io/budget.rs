//! What a file may take that is read: one budget for each, whatever its format.
//!
//! A header of a few bytes can claim any size, and a file that is damaged or made to do harm does. So every
//! reader holds what the header says against the budget before it decodes or takes memory.

use std::path::Path;
use std::sync::OnceLock;

use super::IoError;
use crate::raster::room::megabytes;

/// No side of a picture may be longer, in pixels: a header that claims more is damaged.
const LONGEST_SIDE: u32 = 65_535;
/// A million: pixels and bytes are counted in it wherever a person sees them.
const MILLION: u64 = 1_000_000;
/// Bytes that a pixel takes at most while its file is read: 16 as floats of R, G, B and A, and as many in the
/// form that they are decoded from.
const BYTES_A_PIXEL: u64 = 32;

/// The variable of the environment that sets [`Budget::pixels`], in millions.
pub const PIXELS_VARIABLE: &str = "AIROTO_MAX_PIXELS";
/// The variable of the environment that sets [`Budget::bytes`], in megabytes of a million bytes.
pub const MEMORY_VARIABLE: &str = "AIROTO_MAX_MEMORY";

/// What reading one file may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most pixels of the picture.
    pub pixels: u64,
    /// Most bytes of memory at a time: the picture, and what it is decoded from.
    pub bytes: u64,
}

impl Default for Budget {
    /// 160 million pixels, which 16K plates (16384x8640) and round ones of 12K (12288x12288) have and damaged
    /// headers exceed, and 5,120 MB: 32 bytes for each of those pixels.
    fn default() -> Self {
        Self { pixels: 160 * MILLION, bytes: 160 * MILLION * BYTES_A_PIXEL }
    }
}

static OF_PROCESS: OnceLock<Budget> = OnceLock::new();

impl Budget {
    /// The budget that the variables [`PIXELS_VARIABLE`] and [`MEMORY_VARIABLE`] give, each the default where it
    /// is not set.
    ///
    /// # Errors
    /// [`VariableError`] that names the variable whose value is no number of millions.
    pub fn from_environment() -> Result<Self, VariableError> {
        let read = |variable: &'static str| match std::env::var_os(variable).filter(|v| !v.is_empty()) {
            Some(value) => {
                let value = value.to_string_lossy();
                let refuse = |reason| VariableError { variable, value: value.clone().into_owned(), reason };
                millions(&value).map(Some).map_err(refuse)
            }
            None => Ok(None),
        };
        let whole = Self::default();
        Ok(Self {
            pixels: read(PIXELS_VARIABLE)?.unwrap_or(whole.pixels),
            bytes: read(MEMORY_VARIABLE)?.unwrap_or(whole.bytes),
        })
    }

    /// The budget of whatever this process reads: the one that was [set](Self::set_for_process), else that of the
    /// environment, else the default.
    #[must_use]
    pub fn of_process() -> Self {
        *OF_PROCESS.get_or_init(|| {
            Self::from_environment().unwrap_or_else(|reason| {
                log::warn!("{reason}");
                Self::default()
            })
        })
    }

    /// Sets the budget of whatever this process reads. Only the first call has an effect, and it has none once
    /// something was read.
    pub fn set_for_process(self) {
        // Whoever comes later is told by what is in force.
        let _ = OF_PROCESS.set(self);
    }

    /// Whether a file may claim this size.
    pub(super) fn picture(&self, path: &Path, width: u32, height: u32) -> Result<(), IoError> {
        if width == 0 || height == 0 {
            return Err(IoError::damaged(path, format!("it is {width}x{height} pixels")));
        }
        if width > LONGEST_SIDE || height > LONGEST_SIDE {
            return Err(IoError::too_large(
                path,
                format!("it is {width}x{height} pixels, expected at most {LONGEST_SIDE} on a side"),
            ));
        }
        if u64::from(width) * u64::from(height) > self.pixels {
            return Err(IoError::too_large(
                path,
                format!(
                    "it is {width}x{height} pixels, more than the limit of {} million, which --max-pixels or \
                     {PIXELS_VARIABLE} sets",
                    self.pixels / MILLION
                ),
            ));
        }
        Ok(())
    }

    /// Whether a file may take this many bytes of memory at a time.
    pub(super) fn memory(&self, path: &Path, bytes: u64) -> Result<(), IoError> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let reason = format!(
            "reading it takes {}, more than the limit of {}, which --max-memory or {MEMORY_VARIABLE} sets",
            megabytes(bytes),
            megabytes(self.bytes)
        );
        Err(IoError::too_large(path, reason))
    }
}

/// A number of millions, as `--max-pixels` and `--max-memory` take it.
///
/// # Errors
/// [`NotMillions`] when it is no whole number of millions above 0, or more than 64 bits hold.
pub fn millions(text: &str) -> Result<u64, NotMillions> {
    let number = text.trim().parse::<u64>().ok().filter(|n| *n > 0);
    number.and_then(|n| n.checked_mul(MILLION)).ok_or(NotMillions)
}

/// A text that is no number of millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number of millions above 0")]
pub struct NotMillions;

/// A variable of the environment that sets no budget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {value:?}, {reason}")]
pub struct VariableError {
    variable: &'static str,
    value: String,
    reason: NotMillions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_pass_and_claims_do_not() {
        let (path, budget) = (Path::new("a.exr"), Budget::default());
        for (width, height) in [(7680, 4320), (15_360, 8640), (16_384, 8640), (12_288, 12_288), (65_535, 1)] {
            assert_eq!(budget.picture(path, width, height), Ok(()), "{width}x{height}");
            // As floats of four channels, decoded from as much.
            let pixels = u64::from(width) * u64::from(height);
            assert_eq!(budget.memory(path, pixels * BYTES_A_PIXEL), Ok(()), "{width}x{height}");
        }
        let refused = |width, height| budget.picture(path, width, height).expect_err("refused").to_string();
        assert_eq!(
            refused(16_384, 16_384),
            "a.exr is too large: it is 16384x16384 pixels, more than the limit of 160 million, which --max-pixels \
             or AIROTO_MAX_PIXELS sets"
        );
        assert!(refused(65_536, 1).contains("expected at most 65535 on a side"));
        assert!(refused(0, 9).contains("is damaged or incomplete: it is 0x9 pixels"));
        let refused = budget.memory(path, 7_000_000_001).expect_err("refused").to_string();
        assert!(refused.contains("takes 7001 MB, more than the limit of 5120 MB"), "{refused}");
    }

    #[test]
    fn numbers_of_millions() {
        assert_eq!(millions(" 300 "), Ok(300_000_000));
        for wrong in ["", "0", "-1", "1.5", "many", "99999999999999999999", "18446744073710"] {
            assert!(millions(wrong).is_err(), "{wrong:?}");
        }
    }
}
