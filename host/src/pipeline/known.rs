//! What is known of a request without running its plugin. Everything that the pipeline asks the memo, and the ETag
//! that the caller holds, it asks here.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::etag::{Validation, matches};
use super::memo::{Joined, Kept, Leader, Memo};
use super::outcome::Outcome;
use super::read::ParsedRequest;
use super::report::{MemoUse, Report};
use super::route::Route;
use super::rules::Rules;
use super::seen::Seen;

/// The memo, if there is one, and what the caller holds.
pub(super) struct Known<'a> {
    pub(super) memo: Option<&'a Memo>,
    pub(super) route: &'a Route,
    pub(super) if_none_match: Option<&'a str>,
}

/// A request as the memo and ETags tell it from others.
pub(super) struct Question {
    seen: Seen,
    validation: Validation,
    /// The ETag of the answer, if the caller gets one.
    etag: Option<Arc<str>>,
}

/// What comes of looking for the same request in flight.
pub(super) enum Turn<'a> {
    /// Another call has found the answer.
    Answered(Outcome),
    /// The caller cannot wait any longer for the other call.
    TimedOut,
    /// This call runs the plugin; the leader gives its answer to those who wait.
    Run(Option<Leader<'a>>),
}

impl<'a> Known<'a> {
    /// Returns the answer to a body that came before, byte for byte.
    pub(super) fn by_body(&self, body: &[u8], report: &mut Report) -> Option<Outcome> {
        let Route { plugin, hook, .. } = self.route;
        let (kept, validation) = self.memo?.body(&plugin.identity, *hook, body)?;
        Some(self.again(&kept, validation, MemoUse::Hit, report))
    }

    /// Returns the question of a request, or `None` if neither the memo nor an ETag needs it.
    pub(super) fn question(&self, request: &ParsedRequest<'_>, rules: &Rules) -> Option<Question> {
        let validation = Validation::of(&request.envelope);
        if self.memo.is_none() && !validation.wanted(self.if_none_match) {
            return None;
        }
        let Route { plugin, hook, .. } = self.route;
        let deletions = request.deletions.as_ref();
        Some(Question {
            seen: Seen::new(&plugin.identity, *hook, &request.envelope, deletions, rules),
            validation,
            etag: None,
        })
    }

    /// Returns the answer to a request of which the plugin saw the same before, or 304 if the caller holds the answer.
    pub(super) fn by_request(
        &self,
        question: &mut Question,
        body: &[u8],
        report: &mut Report,
    ) -> Option<Outcome> {
        let validation = question.validation;
        if let Some(memo) = self.memo
            && let Some(kept) = memo.seen(&question.seen)
        {
            let Route { plugin, hook, .. } = self.route;
            memo.keep_body(&plugin.identity, *hook, body, validation, &kept);
            return Some(self.again(&kept, validation, MemoUse::HitTrimmed, report));
        }
        // An ETag is only ever given out with an answer that passed the review, and an equal one stands for
        // an equal request to an equal plugin: so what the caller holds is the answer, known here or not.
        question.etag = validation
            .wanted(self.if_none_match)
            .then(|| question.seen.etag());
        self.not_modified(question.etag.as_ref(), report)
    }

    /// Waits for another call with the same question, or returns that this call has to run.
    pub(super) async fn turn(&self, question: &Question, until: Instant, report: &mut Report) -> Turn<'a> {
        let Some(memo) = self.memo else {
            return Turn::Run(None);
        };
        // A call that waits here takes no place of those that may run.
        let Ok(joined) = timeout_at(until, memo.join(&question.seen)).await else {
            report.memo = Some(MemoUse::Joined);
            return Turn::TimedOut;
        };
        let leader = match joined {
            Joined::Answer(kept) => {
                return Turn::Answered(self.again(&kept, question.validation, MemoUse::Joined, report));
            }
            Joined::Lead(leader) => Some(leader),
            Joined::Alone => None,
        };
        report.memo = Some(MemoUse::Miss);
        Turn::Run(leader)
    }

    /// Gives an answer that was found before.
    fn again(&self, kept: &Kept, validation: Validation, found: MemoUse, report: &mut Report) -> Outcome {
        report.memo = Some(found);
        let etag = validation.wanted(self.if_none_match).then(|| kept.etag().clone());
        report.known = Some(kept.body.clone());
        self.not_modified(etag.as_ref(), report)
            .unwrap_or_else(|| Outcome::Answer {
                body: kept.body.clone(),
                etag,
            })
    }

    fn not_modified(&self, etag: Option<&Arc<str>>, report: &mut Report) -> Option<Outcome> {
        let (header, etag) = (self.if_none_match?, etag?);
        matches(header, etag).then(|| {
            report.memo = Some(MemoUse::NotModified);
            Outcome::NotModified { etag: etag.clone() }
        })
    }
}

impl Question {
    /// Keeps the answer of a call that has run, gives it to those who wait for it, and adds its ETag.
    pub(super) fn answered(self, leader: Option<Leader<'_>>, body: Bytes) -> Outcome {
        if let Some(leader) = leader {
            leader.found(self.seen, body.clone());
        }
        Outcome::Answer {
            body,
            etag: self.etag,
        }
    }
}
