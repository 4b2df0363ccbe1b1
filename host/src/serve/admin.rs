//! The admin routes: is it alive, is it ready, what does it do, what does it log.
//!
//! They have no authentication: any client that reaches the address may read all this, change what is logged, have the
//! configuration read again, and choose between the versions that it names. It is of loopback unless it is configured
//! otherwise.

mod change;
pub(super) mod health;
mod log;
mod metrics;
pub(super) mod plugins;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use metawasm_formats::text::shown;

use super::Shared;
use super::activity::Activity;
use super::connection::Answer;
use super::framing::Framing;
use super::page::{self, Page};
use super::rejection::{METHOD, Rejection};
use super::respond::{close, text};
pub(super) use metrics::metrics;

const ROUTES: &str = "/livez, /readyz, /metrics, /plugins, /plugins/NAME/shadow, /plugins/NAME/promote, \
                      /plugins/NAME/rollback, /reload, /log";

/// The admin routes.
#[derive(Clone)]
pub(super) struct Admin(TowerToHyperService<Router>);

impl Admin {
    /// The routes, with those of the page if there is one.
    pub(super) fn new(shared: Shared, page: Option<Page>) -> Self {
        Self(TowerToHyperService::new(router(shared, page)))
    }
}

impl Answer for Admin {
    async fn answer(self, request: Request<Incoming>, _: Arc<Activity>) -> Response<Body> {
        let framing = Framing::of(request.headers());
        if framing == Framing::Unsupported {
            return close(text(StatusCode::BAD_REQUEST, Rejection::Framing.sentence()));
        }
        // A page in a browser can send requests to loopback, and cannot hide where it is from. No other client says so.
        if !request.method().is_safe() && request.headers().contains_key(header::ORIGIN) {
            let sentence =
                "requests from web pages (with the header Origin) cannot change anything here; use curl";
            return close(text(StatusCode::FORBIDDEN, sentence.to_owned()));
        }
        // A router always has an answer.
        let response = self.0.call(request).await.unwrap_or_else(|never| match never {});
        if framing == Framing::Chunked {
            return close(response);
        }
        response
    }
}

fn router(shared: Shared, page: Option<Page>) -> Router {
    let routes = match &page {
        Some(_) => Arc::from(format!("{ROUTES}, {}", page::ROUTES)),
        None => Arc::from(ROUTES),
    };
    let others: Arc<str> = Arc::clone(&routes);
    let of_page = page.as_ref().map(Page::router).unwrap_or_default();
    Router::new()
        .route(
            "/",
            get(async move |headers: HeaderMap| {
                let page = page.as_ref().and_then(|page| page.root(&headers));
                page.unwrap_or_else(|| text(StatusCode::OK, format!("there is {routes}")))
            }),
        )
        .merge(of_page)
        .route("/livez", get(async || text(StatusCode::OK, "alive".to_owned())))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::page))
        .route("/plugins", get(plugins::list))
        .route("/plugins/{name}/shadow", get(plugins::shadow))
        .route("/plugins/{name}/promote", post(change::promote))
        .route("/plugins/{name}/rollback", post(change::roll_back))
        .route("/reload", post(change::reload))
        .route("/log", get(log::show).put(log::change))
        // axum adds `Allow`.
        .method_not_allowed_fallback(async |method: Method| {
            let sentence = format!(
                "this admin route does not take {}",
                shown(method.as_str(), METHOD)
            );
            text(StatusCode::METHOD_NOT_ALLOWED, sentence)
        })
        .fallback(async move || {
            let sentence = format!("path not found; available paths: {others}");
            text(StatusCode::NOT_FOUND, sentence)
        })
        .with_state(shared)
}
