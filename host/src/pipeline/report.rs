//! Where the time of a request went.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use metawasm_contract::{Note, ObjectRef};

use super::outcome::Outcome;

/// What came of a request, and what it took.
#[derive(Debug)]
pub struct Done {
    /// What came of it.
    pub outcome: Outcome,
    /// What it took.
    pub report: Report,
}

/// What a request took. A step that was not reached has no time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whom it was about; `None` where the request was not read.
    pub parent: Option<Arc<ObjectRef>>,
    /// What the review changed in the answer.
    pub notes: Vec<Note>,
    /// What the memo or the caller's ETag had to do with it; `None` where neither was asked.
    pub memo: Option<MemoUse>,
    /// Waiting for a place to run.
    pub queue: Option<Duration>,
    /// In the sandbox: instantiation, the guest, and taking it down.
    pub run: Option<Duration>,
    /// The review of the answer.
    pub review: Option<Duration>,
    /// Bytes of memory that the guest had at most.
    pub memory: Option<usize>,
    /// Children of the answer that do not match the schema of their kind.
    pub mismatched: usize,
    /// The answer that the caller holds already, where it is known.
    pub(super) known: Option<Bytes>,
}

/// What the memo, or the ETag that the caller holds, had to do with an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoUse {
    /// The same body was answered before.
    Hit,
    /// The same request, but for what the plugin's view cuts, was answered before.
    HitTrimmed,
    /// The caller holds the answer.
    NotModified,
    /// It waited for another call that asked the same.
    Joined,
    /// The plugin was run.
    Miss,
}

impl MemoUse {
    /// All uses.
    pub const ALL: [Self; 5] = [
        Self::Hit,
        Self::HitTrimmed,
        Self::NotModified,
        Self::Joined,
        Self::Miss,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::HitTrimmed => "hit_trimmed",
            Self::NotModified => "not_modified",
            Self::Joined => "joined",
            Self::Miss => "miss",
        }
    }
}
