//! `POST /<plugin>/<hook>`.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tracing::Level;

use super::respond::{Verdict, respond, text};
use super::{Shared, body};
use crate::pipeline::{Ask, Outcome};

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/{plugin}/{hook}", any(hook))
        .fallback(nothing)
        .with_state(shared)
}

async fn hook(
    State(shared): State<Shared>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request<Body>,
) -> Response {
    // A path that is no UTF-8 names nothing that there is.
    let Ok(Path((plugin, hook))) = path else {
        return nothing(State(shared), request).await;
    };
    let (head, body) = request.into_parts();
    let asked = shared
        .telemetry
        .begin(&plugin, &hook, head.uri.path(), &head.headers);
    if head.method != Method::POST {
        let sentence = format!("a hook is called with POST, not {}", head.method);
        let verdict = refusal(StatusCode::METHOD_NOT_ALLOWED, "not_found");
        asked.refused(verdict, &sentence);
        return ([(header::ALLOW, "POST")], text(verdict.status, sentence)).into_response();
    }
    // Before a byte of the body is read: nobody gets room for what nobody will look at.
    let route = match shared.pipeline.route(&plugin, &hook) {
        Ok(route) => route,
        Err(outcome) => {
            asked.stopped(&outcome);
            return ([(header::CONNECTION, "close")], respond(outcome)).into_response();
        }
    };
    match body::read(&head.headers, body, shared.body).await {
        Ok(body) => {
            let ask = Ask {
                body,
                if_none_match: head
                    .headers
                    .get(header::IF_NONE_MATCH)
                    .and_then(|value| value.to_str().ok()),
            };
            let done = shared.pipeline.answer(&route, ask).await;
            asked.done(&done);
            respond(done.outcome)
        }
        Err((status, sentence)) => {
            asked.refused(refusal(status, "bad_request"), &sentence);
            // What is left of the body would be taken for the next request.
            ([(header::CONNECTION, "close")], text(status, sentence)).into_response()
        }
    }
}

async fn nothing(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let outcome = Outcome::NoRoute {
        routes: shared.pipeline.catalogue().routes(),
    };
    shared
        .telemetry
        .begin("", "", request.uri().path(), request.headers())
        .stopped(&outcome);
    respond(outcome)
}

/// The row of what the server itself refuses.
fn refusal(status: StatusCode, label: &'static str) -> Verdict {
    Verdict {
        status,
        label,
        level: Level::WARN,
        retry_after: None,
    }
}
