//! Requests that the server rejects before they reach the pipeline.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, header};
use metawasm_formats::text::shown;

use super::record::RequestRecord;
use super::respond::text;
use super::verdict::Verdict;

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

    /// The response, which is told on the way.
    pub(super) fn respond(self, record: RequestRecord<'_>) -> Response<Body> {
        record.rejected(Verdict::of_rejection(&self), &self.sentence());
        self.response()
    }

    /// It ends its connection, for what is left of the body would be taken for the next request.
    fn response(self) -> Response<Body> {
        let Verdict {
            status, retry_after, ..
        } = Verdict::of_rejection(&self);
        let mut response = match retry_after {
            Some(seconds) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = status;
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            None => text(status, self.sentence()),
        };
        let headers = response.headers_mut();
        match self {
            // It has no body as a rule, and the connection may well be used again.
            Self::Method(_) => {
                headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
                return response;
            }
            Self::Unauthorized { challenges } => {
                for challenge in challenges {
                    headers.append(header::WWW_AUTHENTICATE, challenge);
                }
            }
            _ => {}
        }
        close(response)
    }
}

/// Makes it the last response of its connection.
pub(super) fn close(mut response: Response<Body>) -> Response<Body> {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_429_says_when_and_nothing_else_and_any_other_is_a_sentence() {
        let table = [
            (Rejection::Draining, 429, "draining"),
            (Rejection::NoRoom, 429, "overload"),
            (
                Rejection::Unauthorized {
                    challenges: vec![
                        HeaderValue::from_static("Bearer"),
                        HeaderValue::from_static("Basic"),
                    ],
                },
                401,
                "unauthorized",
            ),
            (Rejection::Method(Method::GET), 405, "not_found"),
            (Rejection::Framing, 400, "bad_request"),
            (Rejection::TooLarge(1), 413, "bad_request"),
            (Rejection::Slow(Duration::from_secs(1)), 408, "bad_request"),
            (Rejection::GaveWay, 408, "bad_request"),
            (Rejection::CutOff, 400, "bad_request"),
        ];
        for (rejection, status, label) in table {
            let verdict = Verdict::of_rejection(&rejection);
            assert_eq!((verdict.status.as_u16(), verdict.label), (status, label));
            let response = rejection.response();
            let empty = http_body_util::BodyExt::boxed_unsync(response.into_body());
            let empty = hyper::body::Body::is_end_stream(&empty);
            assert_eq!(
                (verdict.retry_after, empty),
                if status == 429 {
                    (Some(1), true)
                } else {
                    (None, false)
                }
            );
        }
    }
}
