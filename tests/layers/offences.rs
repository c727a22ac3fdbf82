//! What does not satisfy a check, and the list of what does not yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Something that does not satisfy a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offence {
    /// Which check, in one word.
    pub check: &'static str,
    /// The file and what in it; the same for as long as the fault is the same.
    pub what: String,
    /// What is too large, where the check has a limit.
    pub size: Option<usize>,
    /// One sentence.
    pub why: String,
}

impl Offence {
    /// An offence without a size.
    pub fn new(check: &'static str, what: String, why: String) -> Self {
        Self { check, what, size: None, why }
    }

    /// Something that is larger than it may be.
    pub fn of_size(check: &'static str, what: String, size: usize, why: String) -> Self {
        Self { check, what, size: Some(size), why }
    }
}

/// The list in `offences.txt`: what is known, and how large each may be at the most.
pub struct Known(BTreeMap<String, Option<usize>>);

impl Known {
    /// Reads the list: a line is a check and what offends, and a size where there is one.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(
            lines
                .map(|line| match line.rsplit_once(' ') {
                    Some((key, size)) if size.parse::<usize>().is_ok() => (key.to_owned(), size.parse().ok()),
                    _ => (line.to_owned(), None),
                })
                .collect(),
        )
    }

    /// What is wrong with the offences of a check: those that are not known or have grown, and those that are known
    /// and gone.
    pub fn complaints(&self, check: &str, found: &[Offence]) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut present = BTreeSet::new();
        for offence in found.iter().filter(|offence| offence.check == check) {
            let key = format!("{check} {}", offence.what);
            match self.0.get(&key) {
                None => complaints.push(format!("{}: {}", offence.what, offence.why)),
                Some(most) if offence.size > *most => {
                    complaints.push(format!("{} has grown: {}", offence.what, offence.why));
                }
                Some(_) => {}
            }
            present.insert(key);
        }
        let of_check = self.0.keys().filter(|key| key.split(' ').next() == Some(check));
        for key in of_check.filter(|key| !present.contains(*key)) {
            complaints.push(format!("{key}: is gone; take the line out of tests/layers/offences.txt"));
        }
        complaints.dedup();
        complaints
    }
}

/// The text of the list for these offences.
pub fn list(found: &[Offence]) -> String {
    let mut lines: Vec<String> = found
        .iter()
        .map(|offence| {
            let size = offence.size.map(|size| format!(" {size}")).unwrap_or_default();
            format!("{} {}{size}", offence.check, offence.what)
        })
        .collect();
    lines.sort();
    lines.dedup();
    let mut text = String::from(
        "# What does not satisfy a check of tests/layers yet. A line may go or its number fall; none may be added,\n\
         # except where a file was renamed.\n",
    );
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}
