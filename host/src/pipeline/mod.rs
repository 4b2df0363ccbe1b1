//! The way of a request, from the caller's bytes to an [`Outcome`].
//!
//! ```text
//! envelope → admission → sandbox → review
//! ```
//!
//! The server, `metawasm render` and `metawasm replay` all go this way, so what a person sees
//! offline is what the cluster gets. A step that fails ends the way; none of them can turn a
//! failure into an answer.

mod admission;
mod aside;
mod outcome;
mod report;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

pub use admission::{Admission, AdmissionOptions};
use aside::aside;
pub use outcome::{Outcome, Who};
pub use report::{Done, Report};

use crate::catalogue::{Catalogue, Controller, Description, Entry, Plugin};
use crate::contract::object::group_of;
use crate::contract::{Asked, ControllerKind, Envelope, Hook, Reviewed, read_envelope, review};
use crate::sandbox::{Call, Level, LogLine, Sandbox};
use crate::units::go_duration;

/// A hook of a plugin that is loaded.
pub struct Route {
    plugin: Arc<Plugin>,
    hook: Hook,
}

impl Route {
    /// The plugin.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// The hook.
    pub fn hook(&self) -> Hook {
        self.hook
    }
}

/// A request, as its caller sends it.
pub struct Ask<'a> {
    /// The body.
    pub body: Bytes,
    /// The header `If-None-Match`, as it is.
    pub if_none_match: Option<&'a str>,
}

/// A host: the plugins, and what they run in.
pub struct Pipeline {
    sandbox: Sandbox,
    catalogue: Catalogue,
    admission: Admission,
}

impl Pipeline {
    /// Puts a host together.
    pub fn new(sandbox: Sandbox, catalogue: Catalogue, admission: AdmissionOptions) -> Self {
        let admission = Admission::new(admission, &catalogue);
        Self {
            sandbox,
            catalogue,
            admission,
        }
    }

    /// The plugins.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Answers one request.
    ///
    /// # Guarantees
    ///
    /// An [`Outcome::Answer`] has passed the review; every other outcome leaves the children
    /// in the cluster as they are. Dropping the future stops the guest.
    pub async fn call(&self, plugin: &str, hook: &str, body: &[u8]) -> Outcome {
        match self.route(plugin, hook) {
            Ok(route) => {
                let ask = Ask {
                    body: Bytes::copy_from_slice(body),
                    if_none_match: None,
                };
                self.answer(&route, ask).await.outcome
            }
            Err(outcome) => outcome,
        }
    }

    /// The same for a route that was looked up before, so that its caller need not have a body yet,
    /// and with a report.
    pub async fn answer(&self, route: &Route, ask: Ask<'_>) -> Done {
        let mut report = Report::default();
        let outcome = self.way(route, ask, &mut report).await;
        Done { outcome, report }
    }

    async fn way(&self, Route { plugin, hook }: &Route, ask: Ask<'_>, report: &mut Report) -> Outcome {
        let start = Instant::now();
        let hook = *hook;
        let (body, reader) = (ask.body.clone(), plugin.clone());
        let read = move || read_envelope(&body, hook, &reader.view);
        let mut envelope = match aside(ask.body.len(), read).await {
            Ok(envelope) => envelope,
            Err(error) => {
                return Outcome::BadRequest {
                    plugin: plugin.name.clone(),
                    hook: hook.as_str(),
                    error,
                };
            }
        };
        // An answer that comes when the caller has gone is worth nothing: with waiting and all, there
        // are nine tenths of its patience.
        let patience = envelope
            .timeout
            .as_deref()
            .and_then(go_duration)
            .map(|time| time.saturating_mul(9) / 10);
        let until = patience.and_then(|patience| start.checked_add(patience));
        let request = std::mem::take(&mut envelope.trimmed);
        let who = Who::new(&plugin.name, hook, &envelope.parent);
        if let Some(expected) = not_for_this(&plugin.description, &envelope) {
            return Outcome::NotForThis { who, expected };
        }
        let queued = Instant::now();
        let permit = self.admission.admit(&plugin.name, until).await;
        let running = Instant::now();
        report.queue = Some(running.duration_since(queued));
        let Some(permit) = permit else {
            return Outcome::Overload {
                who,
                retry_after: self.admission.retry_after(),
            };
        };
        let mut limits = plugin.limits;
        limits.deadline = patience.map_or(limits.deadline, |patience| limits.deadline.min(patience));
        let caller = who.clone();
        let call = Call {
            hook: hook.as_str(),
            request,
            settings: plugin.settings.clone(),
            limits,
            until,
            log: Box::new(move |line| guest_log(&caller, &line)),
            hold: Box::new(permit),
        };
        let (answer, used) = self.sandbox.call_measured(&plugin.program, call).await;
        report.memory = used.map(|used| used.memory);
        let reviewing = Instant::now();
        report.run = Some(reviewing.duration_since(running));
        match answer {
            Ok(answer) => {
                // What the request declares and observes is looked at too.
                let size = ask.body.len().max(answer.len());
                let outcome = aside(size, move || {
                    reviewed(hook, answer, &envelope, who, limits.answer)
                })
                .await;
                report.review = Some(reviewing.elapsed());
                outcome
            }
            Err(error) => Outcome::Failed { who, error },
        }
    }

    /// Finds the hook that a path names.
    ///
    /// # Errors
    ///
    /// What a request to that path comes to, whatever its body.
    pub fn route(&self, plugin: &str, hook: &str) -> Result<Route, Outcome> {
        let no_route = || Outcome::NoRoute {
            routes: self.catalogue.routes(),
        };
        let plugin = match self.catalogue.get(plugin).ok_or_else(no_route)? {
            Entry::Loaded(plugin) => plugin.clone(),
            Entry::Failed(reason) => {
                return Err(Outcome::NotLoaded {
                    plugin: plugin.to_owned(),
                    reason: reason.clone(),
                });
            }
        };
        let hook = hook.parse::<Hook>().map_err(|_| no_route())?;
        if plugin.program.hooks().any(|name| name == hook.as_str()) {
            Ok(Route { plugin, hook })
        } else {
            Err(no_route())
        }
    }
}

/// The review of an answer, as an outcome.
fn reviewed(hook: Hook, answer: String, envelope: &Envelope, who: Who, limit: usize) -> Outcome {
    let asked = Asked::new(hook, envelope, limit);
    let (rewritten, notes) = match review(&answer, &asked) {
        Ok(Reviewed {
            body: Cow::Owned(body),
            notes,
        }) => (Some(body), notes),
        Ok(Reviewed { notes, .. }) => (None, notes),
        Err(refusal) => return Outcome::Refused { who, refusal },
    };
    for note in notes {
        tracing::info!(plugin = %who.plugin, hook = who.hook, parent = %who.parent, "{note}");
    }
    Outcome::Answer {
        body: Bytes::from(rewritten.unwrap_or(answer)),
        etag: None,
    }
}

/// What the plugin is for, when that is not what it is asked.
///
/// A plugin that is asked for another kind of parent finds nothing that it knows, and might well
/// answer that no children are wanted.
fn not_for_this(description: &Description, envelope: &Envelope) -> Option<String> {
    let (controller, expected) = match description.controller {
        Controller::Composite => (ControllerKind::Composite, "CompositeController"),
        Controller::Decorator => (ControllerKind::Decorator, "DecoratorController"),
    };
    if envelope.kind != controller {
        return Some(format!("a {expected}"));
    }
    // A decorator may be for several kinds; of a composite's parent the version may move on.
    let (own, asked) = (&description.parent, &envelope.parent);
    let same = own.kind == asked.kind && group_of(&own.api_version) == group_of(&asked.api_version);
    (controller == ControllerKind::Composite && !same).then(|| format!("{} of {}", own.kind, own.api_version))
}

/// A line of a guest's log, as one of ours.
fn guest_log(who: &Who, line: &LogLine<'_>) {
    let Who { plugin, hook, parent } = who;
    // Control characters would let a guest forge lines of a log that people read.
    let message = line.message.escape_debug();
    match line.level {
        Level::Debug => tracing::debug!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Info => tracing::info!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Warn => tracing::warn!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Error => tracing::error!(target: "guest", %plugin, hook, %parent, "{message}"),
    }
}
