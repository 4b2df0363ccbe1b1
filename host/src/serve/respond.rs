//! The outcome table: what the caller gets, and how loudly we say so.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tracing::Level;

use super::asked::GONE;
use crate::pipeline::Outcome;
use crate::sandbox::{CallError, Failure};

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The status. Metacontroller takes 200 as an answer, waits quietly after a 429, and retries
    /// with back-off after any other, with the body as an Event on the parent.
    pub status: StatusCode,
    /// The outcome's name in logs and metrics.
    pub label: &'static str,
    /// How loudly it is logged.
    pub level: Level,
    /// Seconds for `Retry-After`, from 1 to [`LONGEST_WAIT`]; a 429 without one would be retried at once, for ever.
    pub retry_after: Option<u32>,
}

/// Seconds that a caller is told to wait at most. Metacontroller asks again after exactly the time that it is told, and
/// until then only when something changes: a plugin could stop it from looking for 136 years.
pub(super) const LONGEST_WAIT: u32 = 3600;

/// Every label that a request can end with, those that the server itself gives too: what metrics are made
/// for. `docs/operations.md` says what each one means.
pub const LABELS: [&str; 18] = [
    "ok",
    "not_modified",
    "not_found",
    "loading",
    "not_loaded",
    "bad_request",
    "unauthorized",
    "overload",
    "draining",
    "plugin_transient",
    "plugin_invalid",
    "plugin_internal",
    "deadline",
    "memory",
    "trap",
    "bad_output",
    "lost",
    GONE,
];

/// Seconds after which to ask again for a plugin that is being loaded.
const LOADING: u32 = 2;

/// The table.
pub fn verdict(outcome: &Outcome) -> Verdict {
    let row = |status, label, level| Verdict {
        status,
        label,
        level,
        retry_after: None,
    };
    let wait = |seconds: u32, label, level| Verdict {
        status: StatusCode::TOO_MANY_REQUESTS,
        label,
        level,
        retry_after: Some(seconds.clamp(1, LONGEST_WAIT)),
    };
    match outcome {
        Outcome::Answer { .. } => row(StatusCode::OK, "ok", Level::DEBUG),
        Outcome::NotModified { .. } => row(StatusCode::NOT_MODIFIED, "not_modified", Level::DEBUG),
        Outcome::NoRoute { .. } => row(StatusCode::NOT_FOUND, "not_found", Level::WARN),
        Outcome::Loading { .. } => Verdict {
            retry_after: Some(LOADING),
            ..row(StatusCode::SERVICE_UNAVAILABLE, "loading", Level::INFO)
        },
        Outcome::NotLoaded { .. } => row(StatusCode::SERVICE_UNAVAILABLE, "not_loaded", Level::ERROR),
        Outcome::BadRequest { .. } | Outcome::NotForThis { .. } => {
            row(StatusCode::BAD_REQUEST, "bad_request", Level::WARN)
        }
        Outcome::Overload { retry_after, .. } => wait(*retry_after, "overload", Level::WARN),
        Outcome::Refused { .. } => row(StatusCode::BAD_GATEWAY, "bad_output", Level::ERROR),
        Outcome::Failed { error, .. } => match error {
            CallError::Plugin(Failure::RetryLater { after_seconds, .. }) => {
                wait(*after_seconds, "plugin_transient", Level::INFO)
            }
            CallError::Crowded => wait(1, "overload", Level::WARN),
            CallError::Plugin(Failure::Invalid(_)) => {
                row(StatusCode::INTERNAL_SERVER_ERROR, "plugin_invalid", Level::WARN)
            }
            CallError::Plugin(Failure::Internal(_)) => {
                row(StatusCode::INTERNAL_SERVER_ERROR, "plugin_internal", Level::ERROR)
            }
            CallError::Deadline { .. } => row(StatusCode::GATEWAY_TIMEOUT, "deadline", Level::ERROR),
            CallError::Memory { .. } | CallError::Table { .. } => {
                row(StatusCode::INTERNAL_SERVER_ERROR, "memory", Level::ERROR)
            }
            CallError::Trap { .. } => row(StatusCode::INTERNAL_SERVER_ERROR, "trap", Level::ERROR),
            CallError::Unreadable { .. } => row(StatusCode::BAD_GATEWAY, "bad_output", Level::ERROR),
            CallError::NoSuchHook { .. } => row(StatusCode::NOT_FOUND, "not_found", Level::WARN),
            CallError::Lost => row(StatusCode::INTERNAL_SERVER_ERROR, "lost", Level::ERROR),
        },
    }
}

/// The response to an outcome.
pub(super) fn respond(outcome: Outcome) -> Response {
    let verdict = verdict(&outcome);
    match outcome {
        Outcome::Answer { body, etag } => {
            let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
            add_etag(&mut response, etag.as_deref());
            return response;
        }
        Outcome::NotModified { etag } => {
            let mut response = verdict.status.into_response();
            add_etag(&mut response, Some(&etag));
            return response;
        }
        _ => {}
    }
    match verdict.retry_after {
        // Metacontroller does not read the body of a 429, and an unread body costs the connection.
        Some(seconds) if verdict.status == StatusCode::TOO_MANY_REQUESTS => (
            verdict.status,
            [(header::RETRY_AFTER, seconds.to_string())],
            Body::empty(),
        )
            .into_response(),
        Some(seconds) => {
            let mut response = text(verdict.status, outcome.sentence());
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            response
        }
        None => text(verdict.status, outcome.sentence()),
    }
}

fn add_etag(response: &mut Response, etag: Option<&str>) {
    if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
}

/// A sentence.
pub(super) fn text(status: StatusCode, mut sentence: String) -> Response {
    sentence.push('\n');
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        sentence,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::Bytes;

    use super::*;
    use crate::pipeline::Who;
    use metawasm_contract::ObjectRef;

    fn answer() -> Outcome {
        Outcome::Answer {
            body: Bytes::new(),
            etag: None,
        }
    }

    fn failed(error: CallError) -> Outcome {
        let parent = Arc::new(ObjectRef::default());
        Outcome::Failed {
            who: Who {
                plugin: Arc::from("p"),
                hook: "sync",
                parent,
            },
            error,
        }
    }

    #[test]
    fn only_an_answer_is_a_200_and_a_429_always_says_when() {
        let retry = |after_seconds| Failure::RetryLater {
            after_seconds,
            reason: "no".to_owned(),
        };
        let table = [
            (answer(), 200, "ok", None),
            (
                Outcome::NotModified {
                    etag: Arc::from("\"x\""),
                },
                304,
                "not_modified",
                None,
            ),
            (Outcome::NoRoute { routes: vec![] }, 404, "not_found", None),
            (
                Outcome::Loading {
                    plugin: "p".to_owned(),
                },
                503,
                "loading",
                Some(2),
            ),
            (
                failed(CallError::Plugin(retry(0))),
                429,
                "plugin_transient",
                Some(1),
            ),
            (
                failed(CallError::Plugin(retry(30))),
                429,
                "plugin_transient",
                Some(30),
            ),
            (
                failed(CallError::Plugin(retry(3600))),
                429,
                "plugin_transient",
                Some(3600),
            ),
            (
                failed(CallError::Plugin(retry(3601))),
                429,
                "plugin_transient",
                Some(3600),
            ),
            (
                failed(CallError::Plugin(retry(u32::MAX))),
                429,
                "plugin_transient",
                Some(3600),
            ),
            (
                failed(CallError::Plugin(Failure::Invalid(String::new()))),
                500,
                "plugin_invalid",
                None,
            ),
            (
                failed(CallError::Plugin(Failure::Internal(String::new()))),
                500,
                "plugin_internal",
                None,
            ),
            (
                failed(CallError::Deadline {
                    limit: Duration::ZERO,
                }),
                504,
                "deadline",
                None,
            ),
            (
                failed(CallError::Memory { asked: 2, limit: 1 }),
                500,
                "memory",
                None,
            ),
            (
                failed(CallError::Table { asked: 2, limit: 1 }),
                500,
                "memory",
                None,
            ),
            (
                failed(CallError::Trap {
                    what: String::new(),
                    detail: String::new(),
                }),
                500,
                "trap",
                None,
            ),
            (
                failed(CallError::Unreadable {
                    limit: 1,
                    detail: String::new(),
                }),
                502,
                "bad_output",
                None,
            ),
            (failed(CallError::Crowded), 429, "overload", Some(1)),
            (
                failed(CallError::NoSuchHook { hook: String::new() }),
                404,
                "not_found",
                None,
            ),
            (failed(CallError::Lost), 500, "lost", None),
        ];
        for (outcome, status, label, retry_after) in table {
            let row = verdict(&outcome);
            assert_eq!(
                (row.status.as_u16(), row.label, row.retry_after),
                (status, label, retry_after)
            );
            assert!(LABELS.contains(&label), "{label}");
        }
    }

    #[test]
    fn every_label_is_in_the_documentation() {
        let docs = include_str!("../../../docs/operations.md");
        for label in LABELS {
            assert!(
                docs.contains(&format!("| `{label}` |")),
                "{label} is not in docs/operations.md"
            );
        }
    }
}
