//! `GET` and `PUT /log`: what is logged.

use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use metawasm_formats::text::{Escaped, shown};
use tokio::time::timeout;

use crate::serve::respond::text;
use crate::telemetry::{Bucket, FilterError, LinePermit, current_filter, set_filter};

/// Bytes of a filter at most, and how long it may take to arrive.
const MOST: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(5);

/// Bounds the lines about changes: anybody who reaches the listener can make some.
static CHANGES: Bucket = Bucket::new(20, Duration::from_secs(1));

/// The filter that counts now.
pub(super) async fn show() -> Response {
    match current_filter() {
        Some(filter) => text(StatusCode::OK, filter),
        None => text(StatusCode::NOT_FOUND, FilterError::Fixed.to_string()),
    }
}

/// Sets the filter to the body. It counts until the process ends or it is set again.
pub(super) async fn change(headers: HeaderMap, body: Body) -> Response {
    let body = match timeout(PATIENCE, to_bytes(body, MOST)).await {
        Ok(Ok(body)) => String::from_utf8_lossy(&body).into_owned(),
        _ => {
            let sentence = format!("the body is a log filter of at most {MOST} bytes");
            return text(StatusCode::BAD_REQUEST, sentence);
        }
    };
    let filter = body.trim();
    match set_filter(filter) {
        Ok(before) => {
            let by = headers.get(header::USER_AGENT);
            let by = by.map(|agent| String::from_utf8_lossy(agent.as_bytes()));
            // A warning, so that it is seen with nearly every filter: before and after it, lines are missing.
            if let LinePermit::Granted { held_back } = CHANGES.take(Instant::now()) {
                tracing::warn!(
                    before,
                    filter,
                    by = %shown(&by.unwrap_or_default(), 200),
                    held_back = (held_back > 0).then_some(held_back),
                    "the log filter was changed on the admin listener"
                );
            }
            text(StatusCode::OK, filter.to_owned())
        }
        Err(error) => text(StatusCode::BAD_REQUEST, Escaped(&error.to_string()).to_string()),
    }
}
