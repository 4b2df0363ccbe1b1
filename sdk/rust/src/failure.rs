//! The reasons why a hook does not answer.

/// What a hook returns.
pub type Result<T> = std::result::Result<T, Failure>;

/// The reason why a hook did not answer. Metacontroller leaves the children unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The parent is invalid until a person edits it. The text becomes an Event of the parent.
    Invalid(String),
    /// The plugin cannot answer yet.
    RetryLater {
        /// Seconds until the next attempt, from 1 to 3600.
        after_seconds: u32,
        /// One sentence, for the log of the host.
        reason: String,
    },
    /// A bug in the plugin. The text becomes an Event of the parent.
    Internal(String),
}

/// Returns the failure for an invalid parent. Write one sentence, with field paths: `spec.size: expected 1 to 9`.
pub fn invalid(text: impl Into<String>) -> Failure {
    Failure::Invalid(text.into())
}

/// Returns the failure of a plugin that cannot answer yet. Metacontroller calls again after `after_seconds`.
pub fn retry_later(after_seconds: u32, reason: impl Into<String>) -> Failure {
    Failure::RetryLater {
        after_seconds,
        reason: reason.into(),
    }
}

/// Returns the failure for a bug in the plugin.
pub fn internal(text: impl Into<String>) -> Failure {
    Failure::Internal(text.into())
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid(text) | Self::Internal(text) => f.write_str(text),
            Self::RetryLater { reason, .. } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {}

/// JSON that cannot be read or written is a bug. Use [`Object::spec`](crate::Object::spec) for what people write.
impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
