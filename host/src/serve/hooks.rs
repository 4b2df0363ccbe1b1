//! `POST /<plugin>/<hook>`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use hyper::body::Incoming;

use super::activity::Activity;
use super::auth::Known;
use super::body::Reader;
use super::connection::Answer;
use super::framing::Framing;
use super::record::Telemetry;
use super::recording::Recorder;
use super::rejection::Rejection;
use super::respond::{close, respond};
use crate::pipeline::{HookRequest, Outcome, Pipeline};

/// The hook routes.
#[derive(Clone)]
pub(super) struct Hooks(Arc<State>);

/// What every request needs.
pub(super) struct State {
    pub(super) pipeline: Arc<Pipeline>,
    /// Who may call; anybody where there is nothing.
    pub(super) known: Option<Arc<ArcSwap<Known>>>,
    pub(super) reader: Reader,
    /// Whether the server is draining.
    pub(super) draining: Arc<AtomicBool>,
    pub(super) telemetry: Telemetry,
    pub(super) recorder: Option<Recorder>,
}

impl Hooks {
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(state))
    }
}

impl Answer for Hooks {
    async fn answer(self, request: Request<Incoming>, connection: Arc<Activity>) -> Response<Body> {
        let framing = Framing::of(request.headers());
        let response = self.hook(request, framing, &connection).await;
        if framing == Framing::Chunked || self.draining() {
            return close(response);
        }
        response
    }
}

impl Hooks {
    async fn hook(
        &self,
        request: Request<Incoming>,
        framing: Framing,
        connection: &Arc<Activity>,
    ) -> Response<Body> {
        let (head, body) = request.into_parts();
        // Names of plugins and hooks have no character that is written otherwise in a path.
        let (plugin, hook) = names(head.uri.path()).unwrap_or_default();
        let record = self.0.telemetry.begin(
            self.0.pipeline.catalogue(),
            plugin,
            hook,
            head.uri.path(),
            &head.headers,
        );
        if self.draining() {
            return Rejection::Draining.respond(record);
        }
        if framing == Framing::Unsupported {
            return Rejection::Framing.respond(record);
        }
        if let Some(known) = &self.0.known {
            let known = known.load();
            if !known.admits(head.headers.get(header::AUTHORIZATION)) {
                let challenges = known.challenges().collect();
                return Rejection::Unauthorized { challenges }.respond(record);
            }
        }
        if hook.is_empty() {
            let outcome = Outcome::NoRoute {
                routes: self.0.pipeline.catalogue().routes(),
            };
            record.stopped(&outcome);
            return close(respond(outcome));
        }
        // Before a byte of the body is read: nobody gets room for what nobody will look at.
        let route = self.0.pipeline.route(plugin, hook);
        // An unknown path is not found, whatever the method.
        if head.method != Method::POST && !matches!(route, Err(Outcome::NoRoute { .. })) {
            return Rejection::Method(head.method).respond(record);
        }
        let route = match route {
            Ok(route) => route,
            Err(outcome) => {
                record.stopped(&outcome);
                return close(respond(outcome));
            }
        };
        // Its room is held until the call is done.
        let (body, _held) = match self.0.reader.read(&head.headers, body, connection).await {
            Ok(read) => read,
            Err(rejection) => return rejection.respond(record),
        };
        let recorded = self.0.recorder.as_ref().map(|recorder| (recorder, body.clone()));
        let ask = HookRequest {
            body,
            if_none_match: head
                .headers
                .get(header::IF_NONE_MATCH)
                .and_then(|value| value.to_str().ok()),
        };
        let done = self.0.pipeline.answer(&route, ask).await;
        if let Some((recorder, body)) = recorded {
            recorder.offer(&route, body, &done);
        }
        record.done(&done);
        respond(done.outcome)
    }

    fn draining(&self) -> bool {
        self.0.draining.load(Ordering::Relaxed)
    }
}

/// Plugin and hook of a path.
fn names(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('/')?
        .split_once('/')
        .filter(|(plugin, hook)| !plugin.is_empty() && !hook.is_empty() && !hook.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_plugin_and_a_hook_and_nothing_else() {
        assert_eq!(names("/function/sync"), Some(("function", "sync")));
        for path in [
            "",
            "/",
            "/function",
            "/function/",
            "//sync",
            "/function/sync/",
            "/a/b/c",
            "*",
        ] {
            assert_eq!(names(path), None, "{path}");
        }
    }
}
