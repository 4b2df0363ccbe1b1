//! The server of the page: its files, and the calls that it asks for.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::BytesRejection;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use metawasm_formats::text::shown;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::guard::Guard;
use super::page::{file, protect};
use super::problem::Problem;
use super::route::{Job, Route};

/// Bytes of a request.
const BODY: usize = 8 << 20;

/// Bytes of a sentence.
const WORDS: usize = 2000;

/// What the server needs.
pub(super) struct Site {
    pub(super) guard: Guard,
    /// The thread that has the plugins.
    pub(super) jobs: SyncSender<Job>,
}

/// Serves for ever.
pub(super) async fn serve(site: Site, listener: TcpListener) -> std::io::Result<()> {
    let site = Arc::new(site);
    let router = Router::new()
        .fallback(move |request: Request<Body>| {
            let site = site.clone();
            async move { protect(site.answer(request).await) }
        })
        .layer(DefaultBodyLimit::max(BODY));
    axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await
}

impl Site {
    async fn answer(&self, request: Request<Body>) -> Response {
        let path = request.uri().path().to_owned();
        let rest = match self.guard.admit(&path, request.headers()) {
            Ok(Some(rest)) => rest,
            Ok(None) => return Redirect::permanent(&format!("{path}/")).into_response(),
            Err(refusal) => return text(StatusCode::FORBIDDEN, refusal.to_string()),
        };
        let Some(api) = rest.strip_prefix("api/") else {
            let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
            return match file(rest).filter(|_| is_read) {
                Some(file) => file,
                None => text(StatusCode::NOT_FOUND, "file not found".to_owned()),
            };
        };
        match self.ask(api, request).await {
            Ok((status, value)) => (
                status,
                [(header::CONTENT_TYPE, "application/json")],
                value.to_string(),
            )
                .into_response(),
            Err(problem) => {
                let (status, sentence) = problem.told();
                let body = json!({"error": shown(&sentence, WORDS)}).to_string();
                (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
            }
        }
    }

    async fn ask(&self, api: &str, request: Request<Body>) -> Result<(StatusCode, Value), Problem> {
        let route = Route::of(api).ok_or_else(|| Problem::Unknown("route not found".to_owned()))?;
        let wanted = match route {
            Route::Plugins => Method::GET,
            Route::Call(_) | Route::Simulate(_) | Route::Save(_) => Method::POST,
        };
        if *request.method() != wanted {
            return Err(Problem::Invalid(format!("use {wanted} for this route")));
        }
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if wanted == Method::POST && !is_json {
            return Err(Problem::Invalid("use Content-Type: application/json".to_owned()));
        }
        let body = body(request).await?;
        let status = match route {
            Route::Save(_) => StatusCode::CREATED,
            _ => StatusCode::OK,
        };
        let (answer, answered) = oneshot::channel();
        let job = Job {
            route,
            body,
            since: Instant::now(),
            answer,
        };
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Problem::Busy("too many requests wait; try again".to_owned()),
            TrySendError::Disconnected(_) => panicked(),
        })?;
        let value = answered.await.map_err(|_| panicked())?;
        Ok((status, value?))
    }
}

/// The thread of the plugins is gone.
fn panicked() -> Problem {
    Problem::Failed("the thread of the plugins panicked, which is a bug".to_owned())
}

async fn body(request: Request<Body>) -> Result<Bytes, Problem> {
    use axum::extract::FromRequest;
    Bytes::from_request(request, &())
        .await
        .map_err(|rejection: BytesRejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                return Problem::TooLarge(format!("the request is larger than {} MiB", BODY >> 20));
            }
            Problem::Invalid(rejection.to_string())
        })
}

fn text(status: StatusCode, mut sentence: String) -> Response {
    sentence.push('\n');
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        sentence,
    )
        .into_response()
}
