//! Responses to outcomes and rejections, by the table of [`super::verdict()`].

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::record::RequestRecord;
use super::rejection::Rejection;
use super::verdict::{Verdict, verdict};
use crate::pipeline::Outcome;

/// Returns the response to an outcome.
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

/// Returns a response with one sentence as its body.
pub(super) fn text(status: StatusCode, mut sentence: String) -> Response {
    sentence.push('\n');
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        sentence,
    )
        .into_response()
}

impl Rejection {
    /// The response, which is told on the way.
    pub(super) fn respond(self, record: RequestRecord<'_>) -> Response {
        record.rejected(Verdict::of_rejection(&self), &self.sentence());
        self.response()
    }

    /// It ends its connection, for what is left of the body would be taken for the next request.
    fn response(self) -> Response {
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
pub(super) fn close(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::Method;

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
