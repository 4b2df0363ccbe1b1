//! The host's page on the admin listener: which plugins run, how fast, and what went wrong last.
//!
//! It only reads. Its history and its data are made by a thread of its own ([`worker`]) from the counters that metrics
//! have, so that calls pay nothing for them.

mod assets;
mod guard;
mod history;
mod point;
mod render;
mod watchers;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use metawasm_formats::text::shown;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use guard::{Guard, Target, secured};
use render::Sources;
use watchers::WatchError;
use worker::Core;

use super::Shared;
use super::incidents::Incidents;
use super::options::ServeOptions;
use super::recording::Mask;
use super::respond::text;

/// The routes, for those who ask for others.
pub(super) const ROUTES: &str = "/status, /events, /page/NAME";

/// How long an answer of `/status` is given again.
const FRESH: Duration = Duration::from_secs(1);

/// Bytes of an unknown name that are shown.
const NAME: usize = 100;

/// The page.
#[derive(Clone)]
pub(super) struct Page(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    guard: Guard,
    /// Wakes the thread, which ends when this is gone.
    wake: SyncSender<()>,
    /// The last answer of `/status`.
    status: Mutex<Option<(Instant, Bytes)>>,
}

impl Page {
    /// Starts the thread that keeps the history.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub(super) fn start(
        options: &ServeOptions,
        shared: Shared,
        incidents: Arc<Incidents>,
    ) -> io::Result<Self> {
        let core = Arc::new(Core::new(Sources {
            shared,
            incidents,
            mask: Mask::new(options.mask.clone()),
            recorded: options.record.as_ref().map(|record| record.directory.clone()),
            most_connections: options.connections.most,
            started: Instant::now(),
            process: render::process(),
        }));
        let (wake, asleep) = sync_channel(1);
        let worker = core.clone();
        thread::Builder::new()
            .name("page".to_owned())
            .spawn(move || worker.run(&asleep))?;
        Ok(Self(Arc::new(Inner {
            core,
            guard: Guard::new(options.admin),
            wake,
            status: Mutex::default(),
        })))
    }

    /// Ends all streams: the host shuts down.
    pub(super) fn drain(&self) {
        self.0.core.watchers.close();
    }

    /// Returns the page for a client that asks for HTML, as browsers do.
    pub(super) fn root(&self, headers: &HeaderMap) -> Option<Response> {
        let accept = headers.get_all(header::ACCEPT).iter();
        let mut accept = accept.filter_map(|value| value.to_str().ok());
        if !accept.any(takes_html) {
            return None;
        }
        let refused = self.0.guard.refuses(headers, Target::Document);
        Some(refused.unwrap_or_else(assets::page))
    }

    /// The routes of the page's files and data.
    pub(super) fn router<S>(&self) -> Router<S> {
        Router::new()
            .route("/page/{name}", get(file))
            .route("/status", get(status))
            .route("/events", get(events))
            .with_state(self.clone())
    }
}

/// Whether a value of `Accept` names HTML.
fn takes_html(accept: &str) -> bool {
    let mut types = accept.split(',').filter_map(|one| one.split(';').next());
    types.any(|one| one.trim().eq_ignore_ascii_case("text/html"))
}

async fn file(State(page): State<Page>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    if let Some(refused) = page.0.guard.refuses(&headers, Target::Part) {
        return refused;
    }
    assets::file(&name).unwrap_or_else(|| {
        let sentence = format!("the page has no file {}", shown(&name, NAME));
        secured(text(StatusCode::NOT_FOUND, sentence))
    })
}

/// All data once.
async fn status(State(page): State<Page>, headers: HeaderMap) -> Response {
    if let Some(refused) = page.0.guard.refuses(&headers, Target::Part) {
        return refused;
    }
    // With many plugins it takes milliseconds, for which no call should wait. One at a time: the others get the same.
    let mut last = page.0.status.lock().await;
    if let Some((at, json)) = &*last
        && at.elapsed() < FRESH
    {
        return secured(([(header::CONTENT_TYPE, "application/json")], json.clone()).into_response());
    }
    let core = page.0.core.clone();
    let snapshot = spawn_blocking(move || Bytes::from(format!("{}\n", core.snapshot()))).await;
    *last = snapshot.as_ref().ok().map(|json| (Instant::now(), json.clone()));
    drop(last);
    match snapshot {
        Ok(json) => secured(([(header::CONTENT_TYPE, "application/json")], json).into_response()),
        Err(_) => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal error: the status cannot be shown; report it".to_owned(),
        ),
    }
}

/// All data, and from then on what changes.
async fn events(State(page): State<Page>, headers: HeaderMap) -> Response {
    if let Some(refused) = page.0.guard.refuses(&headers, Target::Part) {
        return refused;
    }
    match page.0.core.watchers.add(Instant::now()) {
        Ok(stream) => {
            // If it is full, the thread is about to wake up.
            page.0.wake.try_send(()).ok();
            let headers = [(header::CONTENT_TYPE, "text/event-stream")];
            secured((headers, Body::new(stream)).into_response())
        }
        Err(error) => {
            let status = match error {
                WatchError::Full => StatusCode::TOO_MANY_REQUESTS,
                WatchError::Draining => StatusCode::SERVICE_UNAVAILABLE,
            };
            secured(text(status, error.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_ask_for_html_and_other_clients_do_not() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        assert!(takes_html(chromium) && takes_html("application/json, Text/HTML;q=0.5"));
        for plain in [
            "*/*",
            "text/*",
            "application/json",
            "text/htmlx",
            "text/plain;a=text/html",
            "",
        ] {
            assert!(!takes_html(plain), "{plain}");
        }
    }
}
