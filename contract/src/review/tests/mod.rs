//! A request that is answered, and what came of it. Each rule has answers that break only it.

mod budget;
mod canonical;
mod children;
mod customize;
mod fast;
mod merge;
mod namespace;
mod properties;
mod rules;
mod whole;

use super::*;
use crate::deletions::Deletions;
use crate::hook::{ControllerKind, HookVersion};
use crate::object::{GroupKey, ObjectRef};
use crate::scope::{Scope, Scopes};

/// A request that is answered.
#[derive(Clone)]
struct Request {
    hook: Hook,
    kind: ControllerKind,
    version: HookVersion,
    parent: ObjectRef,
    declared: Vec<GroupKey>,
    observed: usize,
    finalizing: bool,
    max_bytes: usize,
    apply: ApplyStrategy,
    scopes: Scopes,
    deletions: Option<Deletions>,
}

fn request(hook: Hook, kind: ControllerKind) -> Request {
    let parent = ObjectRef {
        api_version: "core.openfunction.io/v1beta2".into(),
        kind: "Function".into(),
        namespace: Some("default".into()),
        name: "hello".into(),
        uid: "u".into(),
    };
    let declared = [
        "Deployment.apps/v1",
        "Service.v1",
        "Function.core.openfunction.io/v1beta2",
    ];
    Request {
        hook,
        kind,
        version: HookVersion::V2,
        parent,
        declared: declared.iter().map(|key| key.parse().unwrap()).collect(),
        observed: 0,
        finalizing: hook == Hook::Finalize,
        max_bytes: 1 << 20,
        apply: ApplyStrategy::Dynamic,
        scopes: Scopes::default(),
        deletions: None,
    }
}

fn composite() -> Request {
    request(Hook::Sync, ControllerKind::Composite)
}

fn decorator() -> Request {
    request(Hook::Sync, ControllerKind::Decorator)
}

fn customize() -> Request {
    request(Hook::Customize, ControllerKind::Composite)
}

impl Request {
    fn context(&self) -> ReviewContext<'_> {
        ReviewContext {
            hook: self.hook,
            kind: self.kind,
            version: self.version,
            parent: &self.parent,
            declared: &self.declared,
            observed: self.observed,
            finalizing: self.finalizing,
            max_bytes: self.max_bytes,
            apply: self.apply,
            scopes: [Some(&self.scopes), None],
            deletions: self.deletions.as_ref(),
        }
    }

    fn review<'a>(&self, answer: &'a str) -> Result<Reviewed<'a>, Violation> {
        review(answer, &self.context())
    }

    /// Refuses with this rule, place and sentence.
    fn refuses(&self, answer: &str, rule: Rule, pointer: &str, message: &str) {
        let violation = self.review(answer).expect_err(answer);
        assert_eq!(
            (violation.rule, &*violation.pointer, &*violation.message),
            (rule, pointer, message),
            "{answer}"
        );
        assert!(violation.to_string().len() <= 1024);
    }

    /// Accepts as it is.
    fn takes(&self, answer: &str) {
        let reviewed = self
            .review(answer)
            .unwrap_or_else(|violation| panic!("{violation}: {answer}"));
        assert!(
            matches!(reviewed.body, Cow::Borrowed(body) if body == answer),
            "{answer} → {}",
            reviewed.body
        );
        assert_eq!(reviewed.notes, []);
    }

    /// Rewrites to this, with these notes.
    fn writes(&self, answer: &str, body: &str, notes: &[&str]) {
        let reviewed = self
            .review(answer)
            .unwrap_or_else(|violation| panic!("{violation}: {answer}"));
        assert_eq!(reviewed.body, body, "{answer}");
        assert!(matches!(reviewed.body, Cow::Owned(_)), "{answer}");
        assert_eq!(
            reviewed.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            notes
        );
        self.takes(body);
    }
}

/// An answer of a composite with one Service.
fn with(metadata: &str, rest: &str) -> String {
    format!(
        r#"{{"status":{{}},"children":[{{"apiVersion":"v1","kind":"Service","metadata":{{{metadata}}}{rest}}}]}}"#
    )
}

fn related(rule: &str) -> String {
    format!(r#"{{"relatedResources":[{{"apiVersion":"v1","resource":"configmaps"{rule}}}]}}"#)
}
