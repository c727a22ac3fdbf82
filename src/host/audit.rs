//! What plugins do against the API, and what is worth knowing about how they use it.

use parking_lot::Mutex;
use serde::Serialize;
use std::sync::Arc;

/// Findings that are kept; a plugin that errs in every pixel must not fill the memory.
const MOST_FINDINGS: usize = 1000;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The plugin broke a rule of the API.
    Fault,
    /// Allowed, and of use to whoever looks for the reason of something else.
    Remark,
}

/// Something that a plugin did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub what: String,
}

/// A list of findings, each kept once. What an effect does is also known to its binary.
#[derive(Default)]
pub(super) struct Audit {
    findings: Mutex<Vec<Finding>>,
    parent: Option<Arc<Audit>>,
}

impl Audit {
    /// A list whose findings `parent` learns too.
    pub(super) fn within(parent: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { findings: Mutex::default(), parent: Some(parent.clone()) })
    }

    /// Records that a rule was broken.
    pub(super) fn fault(&self, what: impl Into<String>) {
        self.add(Finding { severity: Severity::Fault, what: what.into() });
    }

    /// Records something of use.
    pub(super) fn remark(&self, what: impl Into<String>) {
        self.add(Finding { severity: Severity::Remark, what: what.into() });
    }

    fn add(&self, finding: Finding) {
        let mut findings = self.findings.lock();
        if !findings.contains(&finding) && findings.len() < MOST_FINDINGS {
            log::debug!("{:?}: {}", finding.severity, finding.what);
            findings.push(finding.clone());
        }
        drop(findings);
        if let Some(parent) = &self.parent {
            parent.add(finding);
        }
    }

    /// All findings so far.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.findings.lock().clone()
    }

    /// The sentences of all faults so far.
    pub(super) fn faults(&self) -> Vec<String> {
        let findings = self.findings.lock();
        findings.iter().filter(|f| f.severity == Severity::Fault).map(|f| f.what.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_once_and_upwards() {
        let binary = Arc::new(Audit::default());
        let effect = Audit::within(&binary);
        effect.fault("x");
        effect.fault("x");
        effect.remark("y");
        assert_eq!(effect.faults(), ["x"]);
        assert_eq!(binary.findings().len(), 2);
    }
}
