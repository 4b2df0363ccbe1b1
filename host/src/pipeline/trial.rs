//! Calls whose answer goes to nobody: the self-test of a version, and a shadow.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use metawasm_contract::{Hook, ObjectRef};
use metawasm_formats::text::shown;
use tokio::time::Instant;

use super::admission::QueueId;
use super::outcome::Outcome;
use super::read::read;
use super::report::Report;
use super::route::Route;
use super::{Pipeline, Purpose};
use crate::catalogue::{Plugin, SelfTest};

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

impl Pipeline {
    /// Runs the self-test of a version: each case is a call within the ordinary limits whose answer must pass the review.
    ///
    /// # Errors
    ///
    /// The first case that failed.
    pub async fn self_test(&self, plugin: &Arc<Plugin>) -> Result<(), SelfTestFailure> {
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
