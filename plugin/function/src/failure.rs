//! Why a hook has no answer.

/// Why a hook did not answer. In every case the children stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The Function is invalid, and stays invalid until a person edits it. One sentence for that
    /// person, with field paths.
    Invalid(String),
    /// The hook cannot answer now.
    RetryLater {
        /// Seconds until the next attempt.
        after_seconds: u32,
        /// One sentence for the log.
        reason: String,
    },
    /// A bug in the plugin, or a host that breaks the contract.
    Internal(String),
}
