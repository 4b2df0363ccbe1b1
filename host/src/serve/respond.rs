//! Responses to outcomes, by the table of [`super::verdict`].

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::verdict::verdict;
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
