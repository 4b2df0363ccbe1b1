//! Why the page does not get what it asks for.

use axum::http::StatusCode;

use crate::cli::{Failure, panics};

/// Why the page does not get what it asks for.
#[derive(Debug)]
pub(super) enum Problem {
    /// The request is wrong.
    Invalid(String),
    /// The plugin or the route is unknown.
    Unknown(String),
    /// The case exists.
    Exists(String),
    /// The request is too large.
    TooLarge(String),
    /// Too many requests wait.
    Busy(String),
    /// Nothing came of it.
    Failed(String),
}

impl Problem {
    /// The status and the sentence.
    pub(super) fn told(self) -> (StatusCode, String) {
        match self {
            Self::Invalid(sentence) => (StatusCode::BAD_REQUEST, sentence),
            Self::Unknown(sentence) => (StatusCode::NOT_FOUND, sentence),
            Self::Exists(sentence) => (StatusCode::CONFLICT, sentence),
            Self::TooLarge(sentence) => (StatusCode::PAYLOAD_TOO_LARGE, sentence),
            Self::Busy(sentence) => (StatusCode::SERVICE_UNAVAILABLE, sentence),
            Self::Failed(sentence) => (StatusCode::UNPROCESSABLE_ENTITY, sentence),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Usage(sentence) => Self::Invalid(sentence),
            Failure::Refused(sentence) | Failure::Trapped { sentence, .. } | Failure::Load(sentence) => {
                Self::Failed(sentence)
            }
            Failure::Bug => Self::Failed(panics::SENTENCE.to_owned()),
        }
    }
}
