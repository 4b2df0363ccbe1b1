//! The admin routes: is it alive, is it ready, what does it do, what does it log.
//!
//! There is no authentication: whoever reaches the address may read all this, and change what is logged. It is
//! of loopback unless it is configured otherwise.

mod health;
mod log;
mod metrics;
mod plugins;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;

use super::Shared;
use super::respond::text;
pub(super) use metrics::metrics;

const ROUTES: &str = "/livez, /readyz, /metrics, /plugins, /log";

pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route(
            "/",
            get(async || text(StatusCode::OK, format!("there is {ROUTES}"))),
        )
        .route("/livez", get(async || text(StatusCode::OK, "alive".to_owned())))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::page))
        .route("/plugins", get(plugins::list))
        .route("/log", get(log::show).put(log::change))
        // axum adds `Allow`.
        .method_not_allowed_fallback(async |method: Method| {
            let sentence = format!("this admin route does not take {method}");
            text(StatusCode::METHOD_NOT_ALLOWED, sentence)
        })
        .fallback(nothing)
        .with_state(shared)
}

async fn nothing() -> Response {
    let sentence = format!("there is nothing at this path; there is {ROUTES}");
    text(StatusCode::NOT_FOUND, sentence)
}
