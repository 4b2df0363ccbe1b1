//! The admin routes: is it alive, is it ready.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use super::Shared;
use super::connection::Answer;
use super::respond::text;
use crate::catalogue::Entry;
use crate::text::printable;

const ROUTES: &str = "there is nothing at this path; there is /livez, /readyz";

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
        .route("/livez", get(async || text(StatusCode::OK, "alive".to_owned())))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(async || {
            text(
                StatusCode::METHOD_NOT_ALLOWED,
                "an admin route is asked with GET".to_owned(),
            )
        })
        .fallback(async || text(StatusCode::NOT_FOUND, ROUTES.to_owned()))
        .with_state(shared)
}

/// Ready unless draining, or with a plugin that could not be loaded.
async fn ready(State(shared): State<Shared>) -> Response {
    if *shared.draining.borrow() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "draining".to_owned());
    }
    let catalogue = shared.pipeline.catalogue();
    if catalogue.complete() {
        return text(StatusCode::OK, "ready".to_owned());
    }
    let failed = catalogue.iter().filter_map(|(name, entry)| match entry {
        Entry::Failed(reason) => Some(format!(
            "plugin {name} is not loaded: {}",
            printable(&reason.to_string())
        )),
        Entry::Loaded(_) => None,
    });
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        failed.collect::<Vec<_>>().join("\n"),
    )
}
