//! Requests that the server rejects before they reach the pipeline.

use std::time::Duration;

use axum::http::{HeaderValue, Method};
use metawasm_formats::text::shown;

/// Bytes of a method that are shown. A client may call one as it likes.
pub(super) const METHOD: usize = 40;

/// Reasons why the server rejects a request.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The server is draining.
    Draining,
    /// All room for bodies is taken.
    NoRoom,
    /// The caller shows no secret, or an unknown one.
    Unauthorized {
        /// The schemes that the server accepts.
        challenges: Vec<HeaderValue>,
    },
    /// The end of the body is missing or ambiguous.
    Framing,
    /// Another method than POST.
    Method(Method),
    /// The body is larger than so many bytes.
    TooLarge(usize),
    /// The body took longer than this to arrive.
    Slow(Duration),
    /// The body was slow when others needed the room.
    GaveWay,
    /// The body ended before its end, or is not framed as HTTP has it.
    CutOff,
}

impl Rejection {
    /// One sentence for the person who reads the Event or the log.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Draining => "the server is shutting down; try again".to_owned(),
            Self::NoRoom => {
                "the limit on request bodies in memory is reached (`connections.bodies`); try again"
                    .to_owned()
            }
            Self::Unauthorized { .. } => {
                "unauthorized: the webhook's authorization is missing, or not among the secrets of this host"
                    .to_owned()
            }
            Self::Method(method) => {
                format!(
                    "method {} is not allowed; hooks are called with POST",
                    shown(method.as_str(), METHOD)
                )
            }
            Self::Framing => "unsupported Transfer-Encoding: send the body with Content-Length, or with \
                              `Transfer-Encoding: chunked`, once and alone"
                .to_owned(),
            Self::TooLarge(limit) => format!(
                "the request body is larger than {limit} bytes, the limit of this host; raise it with `body` in \
                 the configuration or --body, or have the customize hook select fewer related objects"
            ),
            Self::Slow(time) => format!(
                "timed out after {} s while reading the request body",
                time.as_secs_f64()
            ),
            Self::GaveWay => {
                "the request body arrived too slowly while the room for request bodies was short \
                 (`connections.bodies`): send it without pauses"
                    .to_owned()
            }
            Self::CutOff => "the request body was cut off".to_owned(),
        }
    }
}
