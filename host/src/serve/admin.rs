//! The admin routes: is it alive, is it ready, what does it do, what does it log.
//!
//! There is no authentication: whoever reaches the address may read all this, and change what is logged. It is
//! of loopback unless it is configured otherwise.

mod health;
mod log;
mod metrics;
mod plugins;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::Shared;
use super::connection::Answer;
use super::respond::text;
pub(super) use metrics::metrics;

const ROUTES: &str = "/livez, /readyz, /metrics, /plugins, /log";

/// The admin routes.
#[derive(Clone)]
pub(super) struct Admin(TowerToHyperService<Router>);

impl Admin {
    pub(super) fn new(shared: Shared) -> Self {
        Self(TowerToHyperService::new(router(shared)))
    }
}

impl Answer for Admin {
    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        // A router always has an answer.
        self.0.call(request).await.unwrap_or_else(|never| match never {})
    }
}

fn router(shared: Shared) -> Router {
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
