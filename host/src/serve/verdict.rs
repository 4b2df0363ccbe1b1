//! The outcome table: label, status, log level and `Retry-After` of everything that a request can come to.
//!
//! The pipeline's outcomes and the server's own rejections share it. `docs/operations.md` explains each label.

use std::sync::LazyLock;

use axum::http::StatusCode;
use tracing::Level;

use super::rejection::Rejection;
use crate::pipeline::Outcome;
use crate::sandbox::{CallError, Failure};

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome's name in logs and metrics.
    pub label: &'static str,
    /// The status. Metacontroller takes 200 as an answer, waits quietly after a 429, and retries
    /// with back-off after any other, with the body as an Event on the parent.
    pub status: StatusCode,
    /// The level of its log line.
    pub level: Level,
    /// Seconds for `Retry-After`, from 1 to 3,600. Metacontroller retries a 429 without one at once, for ever.
    pub retry_after: Option<u32>,
}

/// Seconds that a caller is told to wait at most. Metacontroller asks again after exactly the time that it is told, and
/// until then only when something changes: a plugin could stop it from looking for 136 years.
const LONGEST_WAIT: u32 = 3600;

macro_rules! table {
    ($($row:ident $label:literal $status:ident $level:ident $retry_after:expr;)*) => {
        $(const $row: Verdict = Verdict {
            label: $label,
            status: StatusCode::$status,
            level: Level::$level,
            retry_after: $retry_after,
        };)*
        /// All rows.
        const ROWS: &[Verdict] = &[$($row),*];
    };
}

table! {
    // row            label               status                 level  Retry-After
    ANSWER            "ok"                OK                     DEBUG  None;
    NOT_MODIFIED      "not_modified"      NOT_MODIFIED           DEBUG  None;
    NOT_FOUND         "not_found"         NOT_FOUND              WARN   None;
    METHOD            "not_found"         METHOD_NOT_ALLOWED     WARN   None;
    LOADING           "loading"           SERVICE_UNAVAILABLE    INFO   Some(2);
    NOT_LOADED        "not_loaded"        SERVICE_UNAVAILABLE    ERROR  None;
    BAD_REQUEST       "bad_request"       BAD_REQUEST            WARN   None;
    BODY_TIMEOUT      "bad_request"       REQUEST_TIMEOUT        WARN   None;
    TOO_LARGE         "bad_request"       PAYLOAD_TOO_LARGE      WARN   None;
    UNAUTHORIZED      "unauthorized"      UNAUTHORIZED           WARN   None;
    OVERLOAD          "overload"          TOO_MANY_REQUESTS      WARN   Some(1);
    DRAINING          "draining"          TOO_MANY_REQUESTS      DEBUG  Some(1);
    PLUGIN_TRANSIENT  "plugin_transient"  TOO_MANY_REQUESTS      INFO   Some(1);
    PLUGIN_INVALID    "plugin_invalid"    INTERNAL_SERVER_ERROR  WARN   None;
    PLUGIN_INTERNAL   "plugin_internal"   INTERNAL_SERVER_ERROR  ERROR  None;
    DEADLINE          "deadline"          GATEWAY_TIMEOUT        ERROR  None;
    MEMORY            "memory"            INTERNAL_SERVER_ERROR  ERROR  None;
    TRAP              "trap"              INTERNAL_SERVER_ERROR  ERROR  None;
    BAD_OUTPUT        "bad_output"        BAD_GATEWAY            ERROR  None;
    LOST              "lost"              INTERNAL_SERVER_ERROR  ERROR  None;
}

/// Label and level of a request whose caller hung up before the answer. Nobody is left to send a status to.
pub(super) const GONE: (&str, Level) = ("gone", Level::INFO);

/// Every label, once: what metrics are made for.
pub static LABELS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut labels: Vec<_> = ROWS.iter().map(|row| row.label).chain([GONE.0]).collect();
    labels.dedup();
    labels
});

/// Returns the row of an outcome.
pub fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Answer { .. } => ANSWER,
        Outcome::NotModified { .. } => NOT_MODIFIED,
        Outcome::NoRoute { .. } => NOT_FOUND,
        Outcome::Loading { .. } => LOADING,
        Outcome::NotLoaded { .. } => NOT_LOADED,
        Outcome::BadRequest { .. } | Outcome::NotForThis { .. } => BAD_REQUEST,
        Outcome::Overload { retry_after, .. } => OVERLOAD.after(*retry_after),
        Outcome::Refused { .. } => BAD_OUTPUT,
        Outcome::Failed { error, .. } => match error {
            CallError::Plugin(Failure::RetryLater { after_seconds, .. }) => {
                PLUGIN_TRANSIENT.after(*after_seconds)
            }
            CallError::Plugin(Failure::Invalid(_)) => PLUGIN_INVALID,
            CallError::Plugin(Failure::Internal(_)) => PLUGIN_INTERNAL,
            CallError::Crowded => OVERLOAD,
            CallError::Deadline { .. } => DEADLINE,
            CallError::Memory { .. } | CallError::Table { .. } => MEMORY,
            CallError::Trap { .. } => TRAP,
            CallError::Unreadable { .. } => BAD_OUTPUT,
            CallError::NoSuchHook { .. } => NOT_FOUND,
            CallError::Lost => LOST,
        },
    }
}

impl Verdict {
    /// Returns the row of a request that the server itself rejects.
    pub(super) fn of_rejection(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::Draining => DRAINING,
            Rejection::NoRoom => OVERLOAD,
            Rejection::Unauthorized { .. } => UNAUTHORIZED,
            Rejection::Method(_) => METHOD,
            Rejection::Framing | Rejection::CutOff => BAD_REQUEST,
            Rejection::TooLarge(_) => TOO_LARGE,
            Rejection::Slow(_) | Rejection::GaveWay => BODY_TIMEOUT,
        }
    }

    /// The same row with another wait.
    fn after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds.clamp(1, LONGEST_WAIT)),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::Bytes;
    use metawasm_contract::ObjectRef;

    use super::*;
    use crate::pipeline::Who;

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
    fn a_label_stands_once_in_the_list_and_a_429_always_has_a_wait() {
        let labels: BTreeSet<_> = LABELS.iter().collect();
        assert_eq!(labels.len(), LABELS.len());
        for row in ROWS {
            let waits = row.status == StatusCode::TOO_MANY_REQUESTS || row.label == "loading";
            assert_eq!(row.retry_after.is_some(), waits, "{row:?}");
        }
    }

    #[test]
    fn every_label_is_in_the_documentation() {
        let docs = include_str!("../../../docs/operations.md");
        for label in &*LABELS {
            assert!(
                docs.contains(&format!("| `{label}` |")),
                "{label} is not in docs/operations.md"
            );
        }
    }
}
