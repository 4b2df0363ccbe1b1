//! The outcome of a request.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use metawasm_contract::{EnvelopeError, Hook, ObjectRef, Violation};
use metawasm_formats::text::shown_value;

use crate::catalogue::LoadFailure;
use crate::sandbox::CallError;

/// The outcome of a request. Only [`Outcome::Answer`] and [`Outcome::NotModified`] are successes.
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
        /// The paths of all hooks.
        routes: Vec<String>,
    },
    /// The plugin is configured and not loaded yet.
    Loading {
        /// Its name.
        plugin: String,
    },
    /// The plugin is configured but could not be loaded.
    NotLoaded {
        /// Its name.
        plugin: String,
        /// Why.
        reason: Arc<LoadFailure>,
    },
    /// The body is not a request of Metacontroller.
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
    /// Too many calls are running or waiting.
    Overload {
        /// The call that was not made.
        who: Who,
        /// Seconds, at least 1.
        retry_after: u32,
    },
    /// The call failed.
    Failed {
        /// The call.
        who: Who,
        /// Why.
        error: CallError,
    },
    /// The review refused the plugin's answer.
    Refused {
        /// The call.
        who: Who,
        /// The rule that it breaks, and where.
        violation: Violation,
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
        match self {
            Self::Answer { .. } | Self::NotModified { .. } => String::new(),
            other => shown_value(&Sentence(other), MOST),
        }
    }
}

/// The sentence of an outcome, of any length and with any characters: texts of plugins and callers are in it as they
/// came.
struct Sentence<'a>(&'a Outcome);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Outcome::Answer { .. } | Outcome::NotModified { .. } => Ok(()),
            Outcome::NoRoute { routes } if routes.is_empty() => {
                f.write_str("path not found: no plugin is configured")
            }
            Outcome::NoRoute { routes } => {
                f.write_str("path not found; available paths: ")?;
                let mut separator = "";
                routes.iter().try_for_each(|route| {
                    f.write_str(std::mem::replace(&mut separator, ", "))?;
                    f.write_str(route)
                })
            }
            Outcome::Loading { plugin } => write!(f, "plugin {plugin} is loading; try again in 2 s"),
            Outcome::NotLoaded { plugin, reason } => {
                write!(f, "plugin {plugin} is not loaded: {}", reason.for_callers())
            }
            Outcome::BadRequest { plugin, hook, error } => write!(f, "plugin {plugin}, {hook}: {error}"),
            Outcome::NotForThis { who, expected } => {
                write!(
                    f,
                    "{who}: wrong plugin: it answers for {expected}; check the webhook URL in the controller"
                )
            }
            Outcome::Overload { who, retry_after } => {
                write!(
                    f,
                    "{who}: too many calls are running or waiting; try again in {retry_after} s"
                )
            }
            Outcome::Failed { who, error } => write!(f, "{who}: {error}"),
            Outcome::Refused { who, violation } => write!(f, "{who}: invalid answer: {violation}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Failure;

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

    fn who() -> Who {
        let parent = ObjectRef {
            api_version: "core.openfunction.io/v1beta2".to_owned(),
            kind: "Function".to_owned(),
            namespace: Some("default".to_owned()),
            name: "hello".to_owned(),
            uid: String::new(),
        };
        Who::new(&Arc::from("p"), Hook::Sync, &parent)
    }

    /// Each text of a plugin, of any size and with any characters, and each outcome that has one.
    #[test]
    fn a_sentence_costs_no_more_than_it_shows_whatever_the_size_of_its_texts() {
        let text = "\u{1b}[31m\n\u{202e}".repeat(8 << 20);
        let failed = |error| Outcome::Failed { who: who(), error };
        let refused = |pointer: &str, message: &str| Outcome::Refused {
            who: who(),
            violation: Violation {
                rule: metawasm_contract::Rule::Json,
                pointer: pointer.to_owned(),
                message: message.to_owned(),
            },
        };
        let outcomes = [
            failed(CallError::Plugin(Failure::Invalid(text.clone()))),
            failed(CallError::Plugin(Failure::Internal(text.clone()))),
            failed(CallError::Plugin(Failure::RetryLater {
                after_seconds: 1,
                reason: text.clone(),
            })),
            failed(CallError::Trap {
                what: text.clone(),
                detail: text.clone(),
            }),
            failed(CallError::Unreadable {
                limit: 1,
                detail: text.clone(),
            }),
            refused(&text, "is wrong"),
            refused("/children/0", &text),
            Outcome::NotForThis {
                who: who(),
                expected: text.clone(),
            },
            Outcome::NoRoute {
                routes: vec![text.clone(), text.clone()],
            },
        ];
        let start = std::time::Instant::now();
        for outcome in &outcomes {
            for _ in 0..100 {
                let text = outcome.sentence();
                assert!(text.len() <= 1024, "{}", text.len());
                assert!(
                    !text.contains(|c: char| c.is_control() || c == '\u{202e}'),
                    "{text}"
                );
            }
        }
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
