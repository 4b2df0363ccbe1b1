//! `POST /<plugin>/<hook>`.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::respond::{respond, text};
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
        return nothing(State(shared)).await;
    };
    if request.method() != Method::POST {
        let sentence = format!("a hook is called with POST, not {}", request.method());
        tracing::warn!(plugin, hook, outcome = "not_found", "{sentence}");
        return (
            [(header::ALLOW, "POST")],
            text(StatusCode::METHOD_NOT_ALLOWED, sentence),
        )
            .into_response();
    }
    // Before a byte of the body is read: nobody gets room for what nobody will look at.
    let route = match shared.pipeline.route(&plugin, &hook) {
        Ok(route) => route,
        Err(outcome) => return ([(header::CONNECTION, "close")], respond(outcome)).into_response(),
    };
    let (head, body) = request.into_parts();
    match body::read(&head.headers, body, shared.body).await {
        Ok(body) => {
            let ask = Ask {
                body,
                if_none_match: head
                    .headers
                    .get(header::IF_NONE_MATCH)
                    .and_then(|value| value.to_str().ok()),
            };
            respond(shared.pipeline.answer(&route, ask).await.outcome)
        }
        Err((status, sentence)) => {
            tracing::warn!(
                plugin,
                hook,
                outcome = "bad_request",
                status = status.as_u16(),
                "{sentence}"
            );
            // What is left of the body would be taken for the next request.
            ([(header::CONNECTION, "close")], text(status, sentence)).into_response()
        }
    }
}

async fn nothing(State(shared): State<Shared>) -> Response {
    respond(Outcome::NoRoute {
        routes: shared.pipeline.catalogue().routes(),
    })
}
