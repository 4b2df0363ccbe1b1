//! `POST /reload`, `/plugins/NAME/promote` and `/plugins/NAME/rollback`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metawasm_formats::text::Escaped;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::rollout::{Aim, Ask, ChangeError, Control, PATIENCE, PluginReport};
use crate::serve::Shared;
use crate::serve::respond::text;

/// Has the configuration and all plugins read again, and waits for what comes of it.
pub(super) async fn reload(State(shared): State<Shared>) -> Response {
    let report = asked(shared.control.as_deref(), |reply| Ask::Reload(Some(reply))).await;
    match report {
        Ok(report) if report.is_good() => json(StatusCode::OK, &report.json()),
        Ok(report) => json(StatusCode::UNPROCESSABLE_ENTITY, &report.json()),
        Err(response) => response,
    }
}

/// Has the shadow of a plugin serve.
pub(super) async fn promote(shared: State<Shared>, name: Path<String>, query: RawQuery) -> Response {
    change(shared, name, query, Ask::Promote).await
}

/// Has the previous version of a plugin serve.
pub(super) async fn roll_back(shared: State<Shared>, name: Path<String>, query: RawQuery) -> Response {
    change(shared, name, query, Ask::RollBack).await
}

async fn change(
    State(shared): State<Shared>,
    Path(plugin): Path<String>,
    RawQuery(query): RawQuery,
    ask: fn(Aim) -> Ask,
) -> Response {
    let digest = match expected(query.as_deref()) {
        Ok(digest) => digest,
        Err(sentence) => return text(StatusCode::BAD_REQUEST, sentence),
    };
    let aim = |reply| {
        ask(Aim {
            plugin,
            digest,
            reply,
        })
    };
    let changed: Result<Result<PluginReport, ChangeError>, Response> =
        asked(shared.control.as_deref(), aim).await;
    match changed {
        Ok(Ok(report)) => json(StatusCode::OK, &report.json()),
        Ok(Err(error)) => {
            let status = match error {
                ChangeError::Unknown { .. } => StatusCode::NOT_FOUND,
                ChangeError::NoShadow { .. }
                | ChangeError::NoPrevious { .. }
                | ChangeError::OtherVersion { .. } => StatusCode::CONFLICT,
            };
            text(status, Escaped(&error.to_string()).to_string())
        }
        Err(response) => response,
    }
}

/// The digest of the query `digest=sha256:…`.
fn expected(query: Option<&str>) -> Result<Option<String>, String> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Ok(None);
    };
    let digest = query.strip_prefix("digest=").map(|text| text.replace("%3A", ":"));
    match digest {
        Some(digest) if digest.starts_with("sha256:") && digest.len() < 100 => Ok(Some(digest)),
        _ => Err("unsupported query; expected digest=sha256:…".to_owned()),
    }
}

/// Asks, and waits for the reply.
async fn asked<T>(
    control: Option<&Control>,
    ask: impl FnOnce(oneshot::Sender<T>) -> Ask,
) -> Result<T, Response> {
    let Some(control) = control else {
        let sentence = "the plugins of this host do not change".to_owned();
        return Err(text(StatusCode::NOT_IMPLEMENTED, sentence));
    };
    let (reply, answer) = oneshot::channel();
    if let Err(busy) = control.ask(ask(reply)) {
        return Err(text(StatusCode::SERVICE_UNAVAILABLE, busy.to_string()));
    }
    match timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => {
            let sentence = "the host stopped before it was done; see its log".to_owned();
            Err(text(StatusCode::INTERNAL_SERVER_ERROR, sentence))
        }
        Err(_) => {
            let sentence = "the reload is still running; see GET /plugins".to_owned();
            Err(text(StatusCode::GATEWAY_TIMEOUT, sentence))
        }
    }
}

fn json(status: StatusCode, value: &Value) -> Response {
    let page = format!("{value}\n");
    (status, [(header::CONTENT_TYPE, "application/json")], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_digest_or_nothing() {
        assert_eq!(expected(None), Ok(None));
        assert_eq!(
            expected(Some("digest=sha256:ab")),
            Ok(Some("sha256:ab".to_owned()))
        );
        assert_eq!(
            expected(Some("digest=sha256%3Aab")),
            Ok(Some("sha256:ab".to_owned()))
        );
        // A misspelt guard must not be none.
        for wrong in [
            "digest=ab",
            "Digest=sha256:ab",
            "force",
            "digest=sha256:ab&x=1&y=2".repeat(9).as_str(),
        ] {
            assert!(expected(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
