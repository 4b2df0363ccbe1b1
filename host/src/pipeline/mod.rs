//! The way of a request, from the caller's bytes to an [`Outcome`].
//!
//! ```text
//! same body? → envelope → same request? → admission → sandbox → review → schema → memo
//! ```
//!
//! The server, `metawasm render` and `metawasm replay` all go this way, so what a person sees
//! offline is what the cluster gets. A step that fails ends the way; none of them can turn a
//! failure into an answer. What was answered before waits for no place: the memo is before the admission.

mod admission;
mod aside;
mod etag;
mod memo;
mod outcome;
mod report;
mod rules;
mod seen;
mod until;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use admission::{Admission, Lane};
pub use admission::{AdmissionOptions, Load};
use aside::aside;
use etag::{Validation, matches};
use memo::{Joined, Kept, Memo};
pub use memo::{MemoOptions, MemoStats};
pub use outcome::{Outcome, Who};
pub use report::{Done, MemoUse, Report};
pub use rules::RuleOptions;
use rules::{Matched, Rules};
use seen::Seen;
use until::Until;

use crate::catalogue::{Catalogue, Controller, Description, Entry, Plugin};
use crate::sandbox::{Call, Level, LogLine, PoolUse, Sandbox};
use metawasm_contract::object::group_of;
use metawasm_contract::{
    Asked, ControllerKind, Deletions, Envelope, EnvelopeError, Hook, Note, Reviewed, read_envelope, review,
};
use metawasm_formats::text::shown;

/// A hook of a plugin that is loaded.
pub struct Route {
    plugin: Arc<Plugin>,
    hook: Hook,
    lane: Lane,
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
    memo: Option<Memo>,
    rules: Arc<Rules>,
}

impl Pipeline {
    /// Puts a host together. It has no memo.
    pub fn new(sandbox: Sandbox, catalogue: Catalogue, admission: AdmissionOptions) -> Self {
        let admission = Admission::new(admission, &catalogue);
        Self {
            sandbox,
            catalogue,
            admission,
            memo: None,
            rules: Arc::new(Rules::new(RuleOptions::default())),
        }
    }

    /// The same host with other rules than the default ones.
    #[must_use]
    pub fn with_rules(mut self, options: RuleOptions) -> Self {
        self.rules = Arc::new(Rules::new(options));
        self
    }

    /// The same host with a memo, if the options say so.
    #[must_use]
    pub fn with_memo(mut self, options: MemoOptions) -> Self {
        self.memo = options.enabled.then(|| Memo::new(options.size));
        self
    }

    /// Lets no new call run from now on: it comes to [`Outcome::Overload`], so that its caller asks another
    /// host. Calls that run or wait are finished, and what the memo knows is still answered.
    pub fn refuse_new(&self) {
        self.admission.close();
    }

    /// How many calls wait and run, plugin by plugin.
    pub fn load(&self) -> Vec<Load> {
        self.admission.load()
    }

    /// What the pool of instances holds; `None` where there is no pool.
    pub fn pool(&self) -> Option<PoolUse> {
        self.sandbox.pool()
    }

    /// What the memo holds; `None` where there is none.
    pub fn memo_stats(&self) -> Option<MemoStats> {
        self.memo.as_ref().map(Memo::stats)
    }

    /// What the plugins run in.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
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

    async fn way(&self, route: &Route, ask: Ask<'_>, report: &mut Report) -> Outcome {
        let start = Instant::now();
        let Route { plugin, hook, .. } = route;
        let Ask { body, if_none_match } = ask;
        if let Some((kept, validation)) = self.same_body(route, &body) {
            return again(&kept, validation, if_none_match, MemoUse::Hit, report);
        }
        let length = body.len();
        let (bytes, reader, of) = (body.clone(), plugin.clone(), *hook);
        let read = aside(length, move || read(&bytes, of, &reader)).await;
        let (envelope, deletions) = match read {
            Ok(read) => read,
            Err(error) => {
                return Outcome::BadRequest {
                    plugin: plugin.name.clone(),
                    hook: hook.as_str(),
                    error,
                };
            }
        };
        let who = Who::new(&plugin.name, *hook, &envelope.parent);
        report.parent = Some(who.parent.clone());
        if let Some(expected) = not_for_this(&plugin.description, &envelope) {
            return Outcome::NotForThis { who, expected };
        }
        let validation = Validation::of(&envelope);
        let wanted = validation.wanted(if_none_match);
        let call = Asking {
            route,
            until: Until::new(start, envelope.timeout.as_deref()),
            envelope,
            deletions,
            who,
            length,
        };
        if self.memo.is_none() && !wanted {
            // What waits has no need of it.
            drop(body);
            return self.run(call, report).await;
        }
        let seen = Seen::new(
            &plugin.identity,
            *hook,
            &call.envelope,
            call.deletions.as_ref(),
            &self.rules,
        );
        if let Some(memo) = &self.memo
            && let Some(kept) = memo.seen(&seen)
        {
            memo.keep_body(&plugin.identity, *hook, &body, validation, &kept);
            return again(&kept, validation, if_none_match, MemoUse::HitTrimmed, report);
        }
        // An ETag is only ever given out with an answer that passed the review, and an equal one stands for
        // an equal request to an equal plugin: so what the caller holds is the answer, known here or not.
        let etag = wanted.then(|| seen.etag());
        if let (Some(header), Some(etag)) = (if_none_match, &etag)
            && matches(header, etag)
        {
            report.memo = Some(MemoUse::NotModified);
            return Outcome::NotModified { etag: etag.clone() };
        }
        drop(body);
        let mut outcome = match &self.memo {
            None => self.run(call, report).await,
            Some(memo) => match self.together(memo, call, seen, report).await {
                Shared::Known(kept) => {
                    return again(&kept, validation, if_none_match, MemoUse::Joined, report);
                }
                Shared::Own(outcome) => outcome,
            },
        };
        if let Outcome::Answer { etag: of_answer, .. } = &mut outcome {
            *of_answer = etag;
        }
        outcome
    }

    fn same_body(&self, route: &Route, body: &[u8]) -> Option<(Arc<Kept>, Validation)> {
        let memo = self.memo.as_ref()?;
        memo.body(&route.plugin.identity, route.hook, body)
    }

    /// Runs a call for all who ask the same at this time, or waits for the one that does.
    async fn together(&self, memo: &Memo, call: Asking<'_>, seen: Seen, report: &mut Report) -> Shared {
        // Who waits here takes no place of those who may run.
        let Ok(joined) = timeout_at(call.until.at, memo.join(&seen)).await else {
            let retry_after = self.admission.refused(call.route.lane).retry_after;
            report.memo = Some(MemoUse::Joined);
            return Shared::Own(Outcome::Overload {
                who: call.who,
                retry_after,
            });
        };
        let leader = match joined {
            Joined::Answer(kept) => return Shared::Known(kept),
            Joined::Lead(leader) => Some(leader),
            Joined::Alone => None,
        };
        report.memo = Some(MemoUse::Miss);
        let outcome = self.run(call, report).await;
        if let (Some(leader), Outcome::Answer { body, .. }) = (leader, &outcome) {
            leader.found(seen, body.clone());
        }
        Shared::Own(outcome)
    }

    /// Runs a call when it is its turn, and reviews its answer.
    async fn run(&self, call: Asking<'_>, report: &mut Report) -> Outcome {
        let Asking {
            route: Route { plugin, hook, lane },
            mut envelope,
            deletions,
            who,
            until,
            length,
        } = call;
        let queued = Instant::now();
        let admitted = self.admission.admit(*lane, until.at).await;
        let running = Instant::now();
        report.queue = Some(running.duration_since(queued));
        let permit = match admitted {
            Ok(permit) => permit,
            Err(refused) => {
                return Outcome::Overload {
                    who,
                    retry_after: refused.retry_after,
                };
            }
        };
        let mut limits = plugin.limits;
        limits.deadline = limits.deadline.min(until.patience);
        let caller = who.clone();
        let call = Call {
            hook: hook.as_str(),
            request: std::mem::take(&mut envelope.trimmed),
            settings: plugin.settings.clone(),
            limits,
            until: Some(until.at.into_std()),
            log: Box::new(move |line| guest_log(&caller, &line, limits.log_line)),
            hold: Box::new(permit),
        };
        let (answer, used) = self.sandbox.call_measured(&plugin.program, call).await;
        report.memory = used.map(|used| used.memory);
        let reviewing = Instant::now();
        report.run = Some(reviewing.duration_since(running));
        match answer {
            Ok(answer) => {
                // What the request declares and observes is looked at too.
                let size = length.max(answer.len());
                let hook = *hook;
                let (rules, plugin) = (self.rules.clone(), plugin.clone());
                let (outcome, notes, mismatched) = aside(size, move || {
                    let answered = Answered {
                        hook,
                        envelope: &envelope,
                        deletions: deletions.as_ref(),
                        who,
                        limit: limits.answer,
                        plugin: &plugin,
                        rules: &rules,
                    };
                    answered.reviewed(answer)
                })
                .await;
                report.mismatched = mismatched;
                report.review = Some(reviewing.elapsed());
                report.notes = notes;
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
            Entry::Loading => {
                return Err(Outcome::Loading {
                    plugin: plugin.to_owned(),
                });
            }
            Entry::Failed(reason) => {
                return Err(Outcome::NotLoaded {
                    plugin: plugin.to_owned(),
                    reason: reason.clone(),
                });
            }
        };
        let hook = hook.parse::<Hook>().map_err(|_| no_route())?;
        if !plugin.program.hooks().any(|name| name == hook.as_str()) {
            return Err(no_route());
        }
        let lane = self.admission.lane(&plugin.name).ok_or_else(no_route)?;
        Ok(Route { plugin, hook, lane })
    }
}

/// Reads a request, and what its plugin's deletion budget has to know of it.
fn read(body: &[u8], hook: Hook, plugin: &Plugin) -> Result<(Envelope, Option<Deletions>), EnvelopeError> {
    let envelope = read_envelope(body, hook, &plugin.view)?;
    let budget = plugin
        .deletions
        .filter(|_| hook == Hook::Sync && !envelope.finalizing);
    let deletions = budget.map(|budget| {
        let text = std::str::from_utf8(body).unwrap_or_default();
        Deletions::read(budget, text, envelope.kind)
    });
    Ok((envelope, deletions))
}

/// A request whose plugin has answered.
struct Answered<'a> {
    hook: Hook,
    envelope: &'a Envelope,
    deletions: Option<&'a Deletions>,
    who: Who,
    limit: usize,
    plugin: &'a Plugin,
    rules: &'a Rules,
}

impl Answered<'_> {
    /// The review of the answer, as an outcome, what it changed, and how many children do not match their schema.
    fn reviewed(self, answer: String) -> (Outcome, Vec<Note>, usize) {
        let who = self.who;
        let options = self.rules.options();
        let asked = Asked {
            apply: options.apply,
            scopes: [Some(options.schemas.scopes()), Some(&self.plugin.scopes)],
            deletions: self.deletions,
            ..Asked::new(self.hook, self.envelope, self.limit)
        };
        let (rewritten, notes) = match review(&answer, &asked) {
            Ok(Reviewed {
                body: Cow::Owned(body),
                notes,
            }) => (Some(body), notes),
            Ok(Reviewed { notes, .. }) => (None, notes),
            Err(refusal) => return (Outcome::Refused { who, refusal }, Vec::new(), 0),
        };
        let body = rewritten.unwrap_or(answer);
        let key = (self.hook != Hook::Customize).then(|| asked.kind.children_key());
        let matched = key.map_or_else(Matched::default, |key| self.rules.matched(&body, key, &who));
        if let Some(refusal) = matched.refusal {
            return (Outcome::Refused { who, refusal }, Vec::new(), matched.mismatched);
        }
        let outcome = Outcome::Answer {
            // Without the room that it does not use: it may be kept for long.
            body: Bytes::from(body.into_boxed_str().into_boxed_bytes()),
            etag: None,
        };
        (outcome, notes, matched.mismatched)
    }
}

/// A request that was read.
struct Asking<'a> {
    route: &'a Route,
    envelope: Envelope,
    deletions: Option<Deletions>,
    who: Who,
    until: Until,
    /// Bytes of its body.
    length: usize,
}

/// What came of a call that others may have made too.
enum Shared {
    /// The answer that another one found.
    Known(Arc<Kept>),
    /// What this one found itself.
    Own(Outcome),
}

/// Gives an answer that was found before.
fn again(
    kept: &Kept,
    validation: Validation,
    if_none_match: Option<&str>,
    found: MemoUse,
    report: &mut Report,
) -> Outcome {
    report.memo = Some(found);
    let etag = validation.wanted(if_none_match).then(|| kept.etag().clone());
    if let (Some(header), Some(etag)) = (if_none_match, &etag)
        && matches(header, etag)
    {
        report.memo = Some(MemoUse::NotModified);
        return Outcome::NotModified { etag: etag.clone() };
    }
    Outcome::Answer {
        body: kept.body.clone(),
        etag,
    }
}

/// What the plugin is for, when that is not what it is asked.
///
/// A plugin that is asked for another kind of parent finds nothing that it knows, and might well
/// answer that no children are wanted.
fn not_for_this(description: &Description, envelope: &Envelope) -> Option<String> {
    let controller = match description.controller {
        Controller::Composite => ControllerKind::Composite,
        Controller::Decorator => ControllerKind::Decorator,
    };
    if envelope.kind != controller {
        return Some(format!("a {}", description.controller.kind()));
    }
    // A decorator may be for several kinds; of a composite's parent the version may move on.
    let (own, asked) = (&description.parent, &envelope.parent);
    let same = own.kind == asked.kind && group_of(&own.api_version) == group_of(&asked.api_version);
    (controller == ControllerKind::Composite && !same).then(|| format!("{} of {}", own.kind, own.api_version))
}

/// Logs a line of a guest, of at most `most` bytes once it is escaped.
fn guest_log(who: &Who, line: &LogLine<'_>, most: usize) {
    let Who { plugin, hook, parent } = who;
    // Control characters would let a guest forge lines of a log that people read.
    let message = shown(line.message, most);
    match line.level {
        Level::Debug => tracing::debug!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Info => tracing::info!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Warn => tracing::warn!(target: "guest", %plugin, hook, %parent, "{message}"),
        Level::Error => tracing::error!(target: "guest", %plugin, hook, %parent, "{message}"),
    }
}
