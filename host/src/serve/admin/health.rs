//! `GET /readyz`.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use metawasm_formats::text::Escaped;

use crate::catalogue::Entry;
use crate::serve::Shared;
use crate::serve::respond::text;

/// One thing that readiness depends on: its name, and what is wrong.
type Check = (String, Option<String>);

/// Ready unless draining, or with a plugin that is being loaded or could not be loaded. The body names what is wrong; with
/// `?verbose` it has a line for everything that was looked at.
pub(super) async fn ready(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let checks = checks(&shared);
    let good = checks.iter().all(|(_, wrong)| wrong.is_none());
    let verbose = query.is_some_and(|query| {
        query
            .split('&')
            .any(|part| part.split('=').next() == Some("verbose"))
    });
    let mut lines = Vec::new();
    for (name, wrong) in checks {
        match wrong {
            Some(wrong) if verbose => lines.push(format!("[-] {name}: {wrong}")),
            Some(wrong) => lines.push(wrong),
            None if verbose => lines.push(format!("[+] {name}")),
            None => {}
        }
    }
    if good {
        lines.push("ready".to_owned());
        return text(StatusCode::OK, lines.join("\n"));
    }
    text(StatusCode::SERVICE_UNAVAILABLE, lines.join("\n"))
}

pub(in crate::serve) fn checks(shared: &Shared) -> Vec<Check> {
    let draining = shared.draining.borrow().then(|| "draining".to_owned());
    let mut checks = vec![("serving".to_owned(), draining)];
    for (name, entry) in shared.pipeline.catalogue().iter() {
        let wrong = match &entry {
            Entry::Loaded(_) => None,
            Entry::Loading => Some(format!("plugin {name} is loading")),
            Entry::Failed(reason) => Some(format!(
                "plugin {name} is not loaded: {}",
                Escaped(&reason.to_string())
            )),
        };
        checks.push((format!("plugin {name}"), wrong));
    }
    checks
}

/// Whether all is well.
pub(super) fn is_ready(shared: &Shared) -> bool {
    !*shared.draining.borrow() && shared.pipeline.catalogue().complete()
}
