//! How well mattes agree with the true alpha, as a mean over frames.

use super::numbered;
use crate::error::{Error, Result};
use crate::picture::Picture;
use std::path::{Path, PathBuf};

/// The agreement of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The mean of intersection over union, both cut at one half.
    pub iou: f64,
    /// The same without a cut: the sum of the lesser alpha over the sum of the greater.
    pub soft: f64,
    /// The frames that count.
    pub frames: usize,
}

/// Scores the mattes against the files of the same frame numbers; prompted frames do not count.
pub fn against(truth: &Path, mattes: &[(i64, PathBuf)], prompted: &[i64]) -> Result<Score> {
    let truth = numbered(truth, "", ".png")?;
    let (mut iou, mut soft, mut frames) = (0.0, 0.0, 0);
    for (number, path) in &truth {
        if prompted.contains(number) {
            continue;
        }
        let matte = mattes.iter().find(|(of, _)| of == number);
        let (_, matte) =
            matte.ok_or_else(|| Error::program(format!("there is no matte for frame {number}")))?;
        let (found, wanted) = (Picture::read(matte)?, Picture::read(path)?);
        if (found.width, found.height) != (wanted.width, wanted.height) {
            return Err(Error::program(format!(
                "{} is {}x{}, the clip's true alpha {}x{} pixels",
                matte.display(),
                found.width,
                found.height,
                wanted.width,
                wanted.height
            )));
        }
        let (cut, uncut) = of_frame(&found, &wanted);
        (iou, soft, frames) = (iou + cut, soft + uncut, frames + 1);
    }
    if frames == 0 {
        return Err(Error::program("every frame of the clip has a prompt, so none can be scored"));
    }
    Ok(Score { iou: iou / frames as f64, soft: soft / frames as f64, frames })
}

/// The two measures of one frame; two empty mattes agree.
fn of_frame(found: &Picture, wanted: &Picture) -> (f64, f64) {
    let (mut both, mut either, mut least, mut most) = (0u64, 0u64, 0u64, 0u64);
    for (a, b) in found.rgb.iter().zip(&wanted.rgb) {
        let (a, b) = (a[0], b[0]);
        // 128 of 255 is the first value above one half.
        both += u64::from(a >= 128 && b >= 128);
        either += u64::from(a >= 128 || b >= 128);
        least += u64::from(a.min(b));
        most += u64::from(a.max(b));
    }
    let ratio = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    (ratio(both, either), ratio(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(values: &[u8]) -> Picture {
        Picture { width: values.len(), height: 1, rgb: values.iter().map(|v| [*v; 3]).collect() }
    }

    #[test]
    fn a_frame_is_scored_with_and_without_a_cut() {
        let (cut, soft) = of_frame(&grey(&[255, 255, 0, 100]), &grey(&[255, 0, 0, 100]));
        assert_eq!(cut, 0.5);
        assert_eq!(soft, 355.0 / 610.0);
        assert_eq!(of_frame(&grey(&[0, 0]), &grey(&[0, 0])), (1.0, 1.0));
        assert_eq!(of_frame(&grey(&[127]), &grey(&[128])).0, 0.0);
    }

    #[test]
    fn prompted_frames_do_not_count_and_missing_ones_are_named() {
        let place = tempfile::tempdir().expect("a folder can be made");
        let mut mattes = Vec::new();
        for (number, value) in [(0, 255), (1, 255), (2, 0)] {
            let path = place.path().join(format!("{number:05}.png"));
            grey(&[255]).write(&path).expect("it can be written");
            let matte = place.path().join(format!("m.{number}.png"));
            grey(&[value]).write(&matte).expect("it can be written");
            mattes.push((number, matte));
        }
        let score = against(place.path(), &mattes, &[0]).expect("it can be scored");
        assert_eq!(score, Score { iou: 0.5, soft: 0.5, frames: 2 });
        let error = against(place.path(), &mattes[..2], &[0]).expect_err("one is missing");
        assert_eq!(error.to_string(), "there is no matte for frame 2");
        assert!(against(place.path(), &mattes, &[0, 1, 2]).is_err());
    }
}
