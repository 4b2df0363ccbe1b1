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
mod answered;
mod aside;
mod etag;
mod known;
mod memo;
mod outcome;
mod read;
mod report;
mod route;
mod rules;
mod run;
mod seen;
mod shadow;
mod until;

use std::sync::Arc;

use bytes::Bytes;
use metawasm_contract::Hook;
use tokio::time::Instant;

use admission::Admission;
pub use admission::{AdmissionOptions, Load};
use known::{Known, Turn};
use memo::Memo;
pub use memo::{MemoOptions, MemoStats};
pub use outcome::{Outcome, Who};
use read::{ParsedRequest, read};
pub use report::{Done, MemoUse, Report};
pub use route::Route;
pub use rules::RuleOptions;
use rules::Rules;
pub use run::SelfTestFailure;
use run::{Purpose, Runner};
use shadow::Shadows;
pub use shadow::{Shadow, ShadowCounts};

use crate::catalogue::{Catalogue, Change, Entry, Place, Plugin};
use crate::sandbox::{PoolUse, Sandbox};

/// A request, as its caller sends it.
pub struct HookRequest<'a> {
    /// The body.
    pub body: Bytes,
    /// The header `If-None-Match`, as it is.
    pub if_none_match: Option<&'a str>,
}

/// A host: the plugins, and what they run in.
pub struct Pipeline {
    runner: Arc<Runner>,
    catalogue: Catalogue,
    admission: Admission,
    memo: Option<Memo>,
    shadows: Shadows,
}

impl Pipeline {
    /// Puts a host together. It has no memo.
    pub fn new(sandbox: Sandbox, catalogue: Catalogue, admission: AdmissionOptions) -> Self {
        let admission = Admission::new(admission);
        for (name, entry) in catalogue.iter() {
            if let Entry::Loaded(plugin) = entry {
                admission.set(&name, plugin.concurrency, plugin.queue);
            }
        }
        Self {
            runner: Arc::new(Runner {
                sandbox,
                rules: Arc::new(Rules::new(RuleOptions::default())),
            }),
            catalogue,
            admission,
            memo: None,
            shadows: Shadows::default(),
        }
    }

    /// The same host with other rules than the default ones.
    #[must_use]
    pub fn with_rules(mut self, options: RuleOptions) -> Self {
        // Nobody else has it yet: shadows come later.
        if let Some(runner) = Arc::get_mut(&mut self.runner) {
            runner.rules = Arc::new(Rules::new(options));
        }
        self
    }

    /// The same host with a memo, if the options say so.
    #[must_use]
    pub fn with_memo(mut self, options: MemoOptions) -> Self {
        self.memo = options.enabled.then(|| Memo::new(options.size));
        self
    }

    /// Gives a plugin that is to be loaded its place and its queue.
    pub fn add(&self, name: &str, concurrency: usize, queue: usize) -> Arc<Place> {
        let place = self.catalogue.add(name);
        self.admission.set(place.name(), concurrency, queue);
        place
    }

    /// Has a version of a plugin serve from now on, and returns the one that served before. Calls that run finish on
    /// the version that they began with.
    pub fn serve(&self, place: &Place, plugin: Arc<Plugin>, change: Change) -> Option<Arc<Plugin>> {
        self.admission.set(place.name(), plugin.concurrency, plugin.queue);
        place.serve(plugin, change)
    }

    /// Takes a plugin out. Calls that run are finished; new ones find no plugin.
    pub fn remove(&self, name: &str) {
        self.shadows.stop(name);
        self.catalogue.remove(name);
        self.admission.retire(name);
    }

    /// Runs a version of a plugin beside the one that serves, in place of the shadow that there was. Its answers are
    /// compared with those of the one that serves, and go to nobody.
    ///
    /// # Errors
    ///
    /// If its thread cannot be started.
    pub fn set_shadow(&self, name: &str, plugin: Arc<Plugin>) -> std::io::Result<()> {
        self.shadows.start(name, plugin, self.runner.clone())
    }

    /// Runs the self-test of a version: each case is a call within the ordinary limits whose answer must pass the review.
    ///
    /// # Errors
    ///
    /// The first case that failed.
    pub async fn self_test(&self, plugin: &Arc<Plugin>) -> Result<(), SelfTestFailure> {
        self.runner.self_test(plugin).await
    }

    /// Ends the shadow of a plugin, and returns it.
    pub fn stop_shadow(&self, name: &str) -> Option<Arc<Shadow>> {
        self.shadows.stop(name)
    }

    /// The shadow of a plugin.
    pub fn shadow(&self, name: &str) -> Option<Arc<Shadow>> {
        self.shadows.get(name)
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
        self.runner.sandbox.pool()
    }

    /// What the memo holds; `None` where there is none.
    pub fn memo_stats(&self) -> Option<MemoStats> {
        self.memo.as_ref().map(Memo::stats)
    }

    /// What the plugins run in.
    pub fn sandbox(&self) -> &Sandbox {
        &self.runner.sandbox
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
                let request = HookRequest {
                    body: Bytes::copy_from_slice(body),
                    if_none_match: None,
                };
                self.answer(&route, request).await.outcome
            }
            Err(outcome) => outcome,
        }
    }

    /// The same for a route that was looked up before, so that its caller need not have a body yet,
    /// and with a report.
    pub async fn answer(&self, route: &Route, request: HookRequest<'_>) -> Done {
        let mut report = Report::default();
        // Held only where the shadow has room for it.
        let shadow = self.shadows.of(&route.plugin);
        let observed = shadow
            .as_ref()
            .and_then(|shadow| shadow.observe(route, &request.body));
        let outcome = self.process(route, request, &mut report).await;
        if let (Some(shadow), Some(observed)) = (shadow, observed) {
            let answer = match &outcome {
                Outcome::Answer { body, .. } => Some(body.clone()),
                _ => report.known.take(),
            };
            shadow.offer(observed, answer);
        }
        Done { outcome, report }
    }

    async fn process(&self, route: &Route, request: HookRequest<'_>, report: &mut Report) -> Outcome {
        let start = Instant::now();
        let HookRequest { body, if_none_match } = request;
        let known = Known {
            memo: self.memo.as_ref(),
            route,
            if_none_match,
        };
        if let Some(outcome) = known.by_body(&body, report) {
            return outcome;
        }
        let parsed = match read(route, &body, start, report).await {
            Ok(parsed) => parsed,
            Err(outcome) => return outcome,
        };
        let question = known.question(&parsed, &self.runner.rules);
        let Some(mut question) = question else {
            // A call that waits has no need of it.
            drop(body);
            return self.run(parsed, report).await;
        };
        if let Some(outcome) = known.by_request(&mut question, &body, report) {
            return outcome;
        }
        drop(body);
        let leader = match known.turn(&question, parsed.until.at, report).await {
            Turn::Answered(outcome) => return outcome,
            Turn::TimedOut => {
                return Outcome::Overload {
                    retry_after: self.admission.refused(route.queue).retry_after,
                    who: parsed.who,
                };
            }
            Turn::Run(leader) => leader,
        };
        match self.run(parsed, report).await {
            Outcome::Answer { body, .. } => question.answered(leader, body),
            other => other,
        }
    }

    /// Runs a call when it is its turn, and reviews its answer.
    async fn run(&self, request: ParsedRequest<'_>, report: &mut Report) -> Outcome {
        let queued = Instant::now();
        let admitted = self.admission.admit(request.route.queue, request.until.at).await;
        report.queue = Some(queued.elapsed());
        match admitted {
            Ok(permit) => {
                self.runner
                    .execute(request, Purpose::Answer, Box::new(permit), report)
                    .await
            }
            Err(refused) => Outcome::Overload {
                who: request.who,
                retry_after: refused.retry_after,
            },
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
            Entry::Loaded(plugin) => plugin,
            Entry::Loading => {
                return Err(Outcome::Loading {
                    plugin: plugin.to_owned(),
                });
            }
            Entry::Failed(reason) => {
                return Err(Outcome::NotLoaded {
                    plugin: plugin.to_owned(),
                    reason,
                });
            }
        };
        let hook = hook.parse::<Hook>().map_err(|_| no_route())?;
        if !plugin.program.hooks().any(|name| name == hook.as_str()) {
            return Err(no_route());
        }
        let queue = self.admission.queue(&plugin.name).ok_or_else(no_route)?;
        Ok(Route { plugin, hook, queue })
    }
}
