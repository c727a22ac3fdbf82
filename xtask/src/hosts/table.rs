//! What was tried, and how it went, as a table.

use super::limited::Ended;
use super::pixels::Difference;

/// One host in the table.
#[derive(Debug)]
pub struct Row {
    /// The host.
    pub host: &'static str,
    /// What the host says of its version.
    pub version: String,
    /// Whether it was tried.
    pub outcome: Outcome,
}

/// Whether a host was tried, and what came of it.
#[derive(Debug)]
pub enum Outcome {
    /// It was not, for this reason.
    NotTried(String),
    /// It was.
    Tried(Trial),
}

/// What came of a host that was tried.
#[derive(Debug)]
pub struct Trial {
    /// The mattes that it wrote and that were compared.
    pub frames: usize,
    /// How far they are from those of `airoto render`; none if there was nothing to compare.
    pub difference: Option<Difference>,
    /// Its exit status in words.
    pub status: String,
    /// What went wrong, a sentence each; none if all is well.
    pub wrong: Vec<String>,
}

impl Row {
    /// Whether the host was tried and failed.
    pub fn failed(&self) -> bool {
        matches!(&self.outcome, Outcome::Tried(trial) if !trial.wrong.is_empty())
    }
}

impl Trial {
    /// A host that could not be made to run.
    pub fn impossible(reason: String) -> Self {
        Self { frames: 0, difference: None, status: "-".to_owned(), wrong: vec![reason] }
    }

    /// Judges how the host ended and what it drew; `steps` is the precision of its pixels.
    pub fn judge(ended: &Ended, drawn: crate::error::Result<(usize, Difference)>, steps: u16) -> Self {
        let mut wrong = Vec::new();
        wrong.extend(ended.reason());
        wrong.extend(ended.complaints());
        let (frames, difference) = match drawn {
            Ok((frames, difference)) => {
                if difference.steps > steps {
                    wrong.push(format!(
                        "the mattes differ from those of `airoto render` by {}, expected at most {steps}/{}",
                        difference.words(),
                        difference.of
                    ));
                }
                (frames, Some(difference))
            }
            Err(error) => {
                wrong.push(error.to_string());
                (0, None)
            }
        };
        Self { frames, difference, status: ended.words(), wrong }
    }
}

/// The rows as text, columns aligned.
pub fn text(rows: &[Row]) -> String {
    let heads = ["host", "version", "tried", "frames", "largest difference", "exit status"];
    let mut lines = vec![heads.map(str::to_owned)];
    for row in rows {
        lines.push(match &row.outcome {
            Outcome::NotTried(why) => {
                [row.host, "-", &format!("not tried: {why}"), "-", "-", "-"].map(str::to_owned)
            }
            Outcome::Tried(trial) => [
                row.host.to_owned(),
                row.version.clone(),
                if trial.wrong.is_empty() { "good" } else { "FAILED" }.to_owned(),
                trial.frames.to_string(),
                trial.difference.map_or_else(|| "-".to_owned(), |difference| difference.words()),
                trial.status.clone(),
            ],
        });
    }
    let wide = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(wide);
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    for row in rows {
        if let Outcome::Tried(trial) = &row.outcome {
            for sentence in &trial.wrong {
                text.push_str(&format!("{}: {sentence}\n", row.host));
            }
        }
    }
    text
}

/// "not tried: melt (not installed), HostSupport (no --openfx)", if there are such.
pub fn not_tried(rows: &[Row]) -> Option<String> {
    let names: Vec<String> = rows
        .iter()
        .filter_map(|row| match &row.outcome {
            Outcome::NotTried(why) => Some(format!("{} ({why})", row.host)),
            Outcome::Tried(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| format!("not tried: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::time::Duration;

    fn ended(status: Option<std::process::ExitStatus>, said: &str) -> Ended {
        Ended { status, said: said.to_owned(), took: Duration::from_secs(300) }
    }

    fn tried(trial: Trial) -> Row {
        Row { host: "melt", version: "7.41.0".to_owned(), outcome: Outcome::Tried(trial) }
    }

    fn missing() -> Row {
        Row {
            host: "NatronRenderer",
            version: String::new(),
            outcome: Outcome::NotTried("not installed".to_owned()),
        }
    }

    const ONE_STEP: Difference = Difference { steps: 1, of: 255, pixels: 1, all: 200 };

    #[test]
    fn a_host_is_good_only_if_status_words_and_pixels_are() {
        let good = std::process::ExitStatus::default();
        let trial = Trial::judge(&ended(Some(good), "grumble"), Ok((10, ONE_STEP)), 1);
        assert!(trial.wrong.is_empty(), "{trial:?}");
        assert_eq!((trial.frames, trial.status.as_str()), (10, "0"));
        let far = Trial::judge(&ended(Some(good), ""), Ok((10, Difference { steps: 2, ..ONE_STEP })), 1);
        assert!(far.wrong[0].contains("2/255") && far.wrong[0].contains("1/255"), "{far:?}");
        let late = Trial::judge(&ended(None, ""), Ok((10, ONE_STEP)), 1);
        assert_eq!(late.wrong, ["it did not end and was killed after 300 s"]);
        let rude = Trial::judge(&ended(Some(good), "error: no"), Ok((10, ONE_STEP)), 1);
        assert_eq!(rude.wrong, ["error: no"]);
        let empty = Trial::judge(&ended(Some(good), ""), Err(Error::program("there are no pictures")), 1);
        assert_eq!(empty.wrong, ["there are no pictures"]);
        assert!(tried(empty).failed() && !missing().failed());
    }

    #[test]
    fn what_was_not_tried_is_never_good() {
        let good = std::process::ExitStatus::default();
        let rows = [tried(Trial::judge(&ended(Some(good), ""), Ok((10, ONE_STEP)), 1)), missing()];
        let table = text(&rows);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        let words = |line: &str| {
            line.split("  ").map(str::trim).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("|")
        };
        assert_eq!(words(lines[1]), "melt|7.41.0|good|10|1/255 in 1 of 200 pixels|0");
        assert_eq!(words(lines[2]), "NatronRenderer|-|not tried: not installed|-|-|-");
        assert_eq!(lines[0].find("version"), lines[1].find("7.41.0"), "{table}");
        assert_eq!(not_tried(&rows).as_deref(), Some("not tried: NatronRenderer (not installed)"));
        assert_eq!(not_tried(&rows[..1]), None);
    }

    #[test]
    fn what_went_wrong_is_below_the_table() {
        let table = text(&[tried(Trial::impossible("it does not compile".to_owned()))]);
        assert!(table.contains("FAILED"), "{table}");
        assert!(table.ends_with("melt: it does not compile\n"), "{table}");
    }
}
