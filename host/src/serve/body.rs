//! Reading a request body within bounds.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// How long a body may take to arrive. Metacontroller sends it in one go.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole body.
///
/// # Errors
///
/// Status and sentence: 413 over the limit (known from the header where there is one, before
/// anything is read), 408 too slow, 400 cut off.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Bytes, (StatusCode, String)> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the request body was cut off".to_owned())),
        Err(_) => {
            let text = format!(
                "the request body took longer than {} s to arrive",
                PATIENCE.as_secs()
            );
            Err((StatusCode::REQUEST_TIMEOUT, text))
        }
    }
}

fn too_large(limit: usize) -> (StatusCode, String) {
    let text = format!(
        "the request body has more than {limit} bytes, the limit of this host; raise it with `body` in the \
         configuration or --body, or have the customize hook select fewer related objects"
    );
    (StatusCode::PAYLOAD_TOO_LARGE, text)
}
