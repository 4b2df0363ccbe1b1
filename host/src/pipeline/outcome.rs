//! What came of a request.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::catalogue::LoadFailure;
use crate::contract::{EnvelopeError, Hook, ObjectRef, Refusal};
use crate::sandbox::CallError;
use crate::text::shown;

/// What came of a request. Only [`Outcome::Answer`] and [`Outcome::NotModified`] are successes.
#[derive(Debug)]
pub enum Outcome {
    /// The reviewed answer.
    Answer {
        /// JSON, as Metacontroller gets it.
        body: Bytes,
        /// The strong validator of this answer, with its quotes; none where an answer must not be
        /// taken for another.
        etag: Option<Arc<str>>,
    },
    /// The answer is the one that the caller holds.
    NotModified {
        /// Its strong validator, with its quotes: one of the caller's `If-None-Match`.
        etag: Arc<str>,
    },
    /// No such plugin, or it has no such hook.
    NoRoute {
        /// The paths that there are.
        routes: Vec<String>,
    },
    /// The plugin is configured but could not be loaded.
    NotLoaded {
        /// Its name.
        plugin: String,
        /// Why.
        reason: Arc<LoadFailure>,
    },
    /// The body is no request of Metacontroller's.
    BadRequest {
        /// The plugin that was asked.
        plugin: Arc<str>,
        /// The hook.
        hook: &'static str,
        /// What is wrong with the body.
        error: EnvelopeError,
    },
    /// A request for another kind of controller or parent than the plugin's: a controller that
    /// names the wrong URL.
    NotForThis {
        /// The call that was not made.
        who: Who,
        /// What the plugin is for.
        expected: String,
    },
    /// Too much to do already.
    Overload {
        /// The call that was not made.
        who: Who,
        /// Seconds, at least 1.
        retry_after: u32,
    },
    /// The plugin gave no answer.
    Failed {
        /// The call.
        who: Who,
        /// Why.
        error: CallError,
    },
    /// The plugin's answer would do harm.
    Refused {
        /// The call.
        who: Who,
        /// The rule that it breaks, and where.
        refusal: Refusal,
    },
}

/// A call, for sentences and log lines.
#[derive(Clone, Debug)]
pub struct Who {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// The hook.
    pub hook: &'static str,
    /// The parent.
    pub parent: Arc<ObjectRef>,
}

impl Who {
    pub(super) fn new(plugin: &Arc<str>, hook: Hook, parent: &ObjectRef) -> Self {
        Self {
            plugin: plugin.clone(),
            hook: hook.as_str(),
            parent: Arc::new(parent.clone()),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {}, {} of {}", self.plugin, self.hook, self.parent)
    }
}

/// Bytes of a sentence at most: it ends up in an Event, which has room for 1,024. How much is missing comes on top.
const MOST: usize = 980;

impl Outcome {
    /// One sentence for the person who will read the Event or the terminal: no secret, no path of
    /// the host, no backtrace, no control characters, at most 1 KiB. Empty for a success.
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::Answer { .. } | Self::NotModified { .. } => String::new(),
            Self::NoRoute { routes } if routes.is_empty() => {
                "there is nothing at this path: no plugin is configured".to_owned()
            }
            Self::NoRoute { routes } => {
                format!("there is nothing at this path; there is {}", routes.join(", "))
            }
            Self::NotLoaded { plugin, reason } => {
                format!("plugin {plugin} is not loaded: {}", reason.for_callers())
            }
            Self::BadRequest { plugin, hook, error } => format!("plugin {plugin}, {hook}: {error}"),
            Self::NotForThis { who, expected } => {
                format!("{who}: this plugin answers for {expected}; does the controller name the right URL?")
            }
            Self::Overload { who, retry_after } => {
                format!("{who}: too many calls are running or waiting; try again in {retry_after} s")
            }
            Self::Failed { who, error } => format!("{who}: {error}"),
            Self::Refused { who, refusal } => format!("{who}: the answer is refused: {refusal}"),
        };
        shown(&text, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_fits_into_an_event() {
        let routes = (0..500).map(|n| format!("/plugin-{n}/sync")).collect();
        let text = Outcome::NoRoute { routes }.sentence();
        assert!(
            text.len() <= 1024 && text.ends_with(" bytes more)"),
            "{}",
            text.len()
        );
    }
}
