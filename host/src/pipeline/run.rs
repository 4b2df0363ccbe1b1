//! Running a version of a plugin: a call in the sandbox, and the review of its answer.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use metawasm_contract::{Hook, ObjectRef};
use metawasm_formats::text::shown;
use tokio::time::Instant;

use super::admission::QueueId;
use super::answered::Answered;
use super::aside::aside;
use super::outcome::{Outcome, Who};
use super::read::{ParsedRequest, read};
use super::report::Report;
use super::route::Route;
use super::rules::Rules;
use crate::catalogue::{Plugin, SelfTest};
use crate::sandbox::{Call, Level, LogLine, Sandbox};

/// Time of all cases of a self-test together. Each has the deadline of the plugin besides.
const SELF_TEST: Duration = Duration::from_secs(10);
/// Bytes of what is said of a case that failed.
const WORDS: usize = 1000;

/// A case of a self-test that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("case {case}: {why}")]
pub struct SelfTestFailure {
    /// The case's name, or its number.
    pub case: String,
    /// What is wrong.
    pub why: String,
}

/// What a call is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its caller waits for the answer.
    Answer,
    /// The answer is looked at and thrown away: a self-test, a shadow. It counts less than a call that somebody waits for,
    /// and its log lines are dropped.
    Trial,
}

/// What plugins run in, and the rules for their answers.
pub(super) struct Runner {
    pub(super) sandbox: Sandbox,
    pub(super) rules: Arc<Rules>,
}

impl Runner {
    /// Runs a call now, and reviews its answer. `hold` is dropped when its instance is gone.
    pub(super) async fn execute(
        &self,
        request: ParsedRequest<'_>,
        purpose: Purpose,
        hold: Box<dyn Any + Send>,
        report: &mut Report,
    ) -> Outcome {
        let ParsedRequest {
            route: Route { plugin, hook, .. },
            mut envelope,
            deletions,
            who,
            until,
            length,
        } = request;
        let running = Instant::now();
        let mut limits = plugin.limits;
        limits.deadline = limits.deadline.min(until.patience);
        let caller = who.clone();
        let call = Call {
            hook: hook.as_str(),
            request: std::mem::take(&mut envelope.trimmed),
            settings: plugin.settings.clone(),
            limits,
            until: Some(until.at.into_std()),
            log: match purpose {
                Purpose::Answer => Box::new(move |line| guest_log(&caller, &line, limits.log_line)),
                Purpose::Trial => Box::new(|_| ()),
            },
            hold,
        };
        let (answer, used) = match purpose {
            Purpose::Answer => self.sandbox.call_measured(&plugin.program, call).await,
            Purpose::Trial => (self.sandbox.call_aside(&plugin.program, call).await, None),
        };
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

    /// Runs the self-test of a version: each case is a call within the ordinary limits whose answer must pass the review.
    ///
    /// # Errors
    ///
    /// The first case that failed.
    pub(super) async fn self_test(&self, plugin: &Arc<Plugin>) -> Result<(), SelfTestFailure> {
        let end = Instant::now() + SELF_TEST;
        for (index, SelfTest { name, hook, request }) in plugin.description.self_test.iter().enumerate() {
            let failed = |why: String| SelfTestFailure {
                case: if name.is_empty() {
                    (index + 1).to_string()
                } else {
                    format!("{} ({name})", index + 1)
                },
                why,
            };
            if Instant::now() >= end {
                let limit = SELF_TEST.as_secs();
                return Err(failed(format!("the self-test exceeds {limit} s")));
            }
            let hook: Hook = hook.parse().map_err(|_| failed(format!("unknown hook {hook}")))?;
            if !plugin.program.hooks().any(|other| other == hook.as_str()) {
                return Err(failed(format!("the plugin does not export the hook {hook}")));
            }
            let body = Bytes::from(request.to_string());
            match self.trial(plugin, hook, &body, end).await.0 {
                Outcome::Answer { .. } => {}
                other => return Err(failed(shown(&other.sentence(), WORDS))),
            }
        }
        Ok(())
    }

    /// Calls a hook of a version that need not be the one that serves, without the memo and without a place among the
    /// calls that somebody waits for. The caller bounds how many there are. Returns the parent
    /// too, if it can be read.
    pub(super) async fn trial(
        &self,
        plugin: &Arc<Plugin>,
        hook: Hook,
        body: &Bytes,
        end: Instant,
    ) -> (Outcome, Option<Arc<ObjectRef>>) {
        let route = Route {
            plugin: plugin.clone(),
            hook,
            queue: QueueId::NONE,
        };
        let mut report = Report::default();
        let outcome = match read(&route, body, Instant::now(), &mut report).await {
            Ok(mut request) => {
                request.until.at = request.until.at.min(end);
                self.execute(request, Purpose::Trial, Box::new(()), &mut report)
                    .await
            }
            Err(outcome) => outcome,
        };
        (outcome, report.parent)
    }
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
