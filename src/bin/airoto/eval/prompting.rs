//! Prompts made from the truth, as a person would give them.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use airoto::qc;
use airoto::raster::Matte;
use serde_json::{Value, json};

/// What is said of the object on a key frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompting {
    /// Its mask.
    Mask,
    /// The box around it.
    Box,
    /// So many clicks, each in the middle of the largest error that the clicks before it leave.
    Points(u32),
}

impl FromStr for Prompting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("points:").map(str::parse)) {
            ("mask", _) => Ok(Self::Mask),
            ("box", _) => Ok(Self::Box),
            (_, Some(Ok(count @ 1..=100))) => Ok(Self::Points(count)),
            _ => Err("expected mask, box or points:N, N from 1 to 100".to_owned()),
        }
    }
}

impl fmt::Display for Prompting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mask => f.write_str("mask"),
            Self::Box => f.write_str("box"),
            Self::Points(count) => write!(f, "points:{count}"),
        }
    }
}

/// The mask in the file `path`.
pub fn mask(frame: i64, path: &Path) -> Value {
    json!({ "frame": frame, "mask": path.to_string_lossy() })
}

/// The box around what is inside; none when nothing is.
pub fn bounds(frame: i64, truth: &Matte) -> Option<Value> {
    let width = truth.width() as usize;
    let inside =
        || truth.data().iter().enumerate().filter(|v| *v.1 > 0.5).map(|v| (v.0 % width, v.0 / width));
    let (x0, x1) = (inside().map(|p| p.0).min()?, inside().map(|p| p.0).max()?);
    let (y0, y1) = (inside().map(|p| p.1).min()?, inside().map(|p| p.1).max()?);
    Some(json!({ "frame": frame, "box": [x0, y0, x1 + 1, y1 + 1] }))
}

/// A click on the largest error of `found`; none when there is none.
pub fn click(frame: i64, found: &Matte, truth: &Matte) -> Option<Value> {
    let error = qc::largest_error(found, truth)?;
    let label = if error.missing { "positive" } else { "negative" };
    Some(json!({ "frame": frame, "point": [error.at.x, error.at.y], "label": label }))
}

/// The prompts file of one object.
pub fn document(prompts: &[Value]) -> String {
    json!({ "objects": [{ "name": "object", "prompts": prompts }] }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_holds_whole_pixels() {
        let mut truth = Matte::filled(8, 6, 0.0);
        for (x, y) in [(2, 1), (4, 3)] {
            truth.data_mut()[y * 8 + x] = 1.0;
        }
        assert_eq!(bounds(7, &truth), Some(json!({ "frame": 7, "box": [2, 1, 5, 4] })));
        assert_eq!(bounds(7, &Matte::filled(8, 6, 0.0)), None);
    }

    #[test]
    fn the_first_click_is_on_the_object() {
        let nothing = Matte::filled(9, 9, 0.0);
        let all = Matte::filled(9, 9, 1.0);
        let wanted = json!({ "frame": 0, "point": [4.5, 4.5], "label": "positive" });
        assert_eq!(click(0, &nothing, &all), Some(wanted));
        assert_eq!(click(0, &all, &nothing).map(|c| c["label"].clone()), Some(json!("negative")));
        assert_eq!(click(0, &all, &all), None);
    }

    #[test]
    fn names() {
        for (text, prompting) in [("mask", Prompting::Mask), ("points:3", Prompting::Points(3))] {
            assert_eq!(text.parse(), Ok(prompting));
            assert_eq!(prompting.to_string(), text);
        }
        for wrong in ["points", "points:0", "points:x", "boxes"] {
            assert!(wrong.parse::<Prompting>().is_err(), "{wrong}");
        }
    }
}
