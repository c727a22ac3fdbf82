//! Scores and reports.
