//! What the page can ask for.

use std::time::Instant;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::oneshot;

use super::problem::Problem;

/// A request of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// What plugins there are.
    Plugins,
    /// A call of a plugin.
    Call(String),
    /// A simulation.
    Simulate(String),
    /// A case to save.
    Save(String),
}

impl Route {
    /// Reads what follows `api/` in a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let route = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("plugins"), None, _, _) => Self::Plugins,
            (Some("plugins"), Some(id), Some("call"), None) => Self::Call(id.to_owned()),
            (Some("plugins"), Some(id), Some("simulate"), None) => Self::Simulate(id.to_owned()),
            (Some("plugins"), Some(id), Some("save"), None) => Self::Save(id.to_owned()),
            _ => return None,
        };
        Some(route)
    }
}

/// A request that waits for the plugins.
pub(super) struct Job {
    pub(super) route: Route,
    pub(super) body: Bytes,
    /// When it came.
    pub(super) since: Instant,
    pub(super) answer: oneshot::Sender<Result<Value, Problem>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read() {
        for (path, route) in [
            ("plugins", Some(Route::Plugins)),
            ("plugins/a/call", Some(Route::Call("a".to_owned()))),
            ("plugins/a/simulate", Some(Route::Simulate("a".to_owned()))),
            ("plugins/a/save", Some(Route::Save("a".to_owned()))),
            ("plugins/a", None),
            ("plugins/a/call/b", None),
            ("", None),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
