//! Where the time of a request went.

use std::time::Duration;

use super::Outcome;

/// What came of a request, and what it took.
#[derive(Debug)]
pub struct Done {
    /// What came of it.
    pub outcome: Outcome,
    /// What it took.
    pub report: Report,
}

/// What a request took. A step that was not reached has no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Waiting for a place to run.
    pub queue: Option<Duration>,
    /// In the sandbox: instantiation, the guest, and taking it down.
    pub run: Option<Duration>,
    /// The review of the answer.
    pub review: Option<Duration>,
    /// Bytes of memory that the guest had at most.
    pub memory: Option<usize>,
}
