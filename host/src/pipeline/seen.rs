//! All that an answer depends on, as bytes, and the ETag made of them.

use std::sync::Arc;

use metawasm_contract::{ControllerKind, Deletions, Envelope, Hook, HookVersion, ObjectRef};

use super::rules::Rules;
use crate::catalogue::Identity;

/// What the guest and the review see of a request, and who the guest is.
///
/// Two requests with equal bytes here get equal answers: a guest is a pure function of its request and
/// settings, and the review of the answer and of what is listed in [`Seen::new`]. The encoding is
/// unambiguous: every text has its length before it, so that different requests have different bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen(Box<[u8]>);

/// Raised whenever the encoding or what an answer depends on changes without a new version of the host.
const FORMAT: u8 = 2;

impl Seen {
    /// `deletions` is what its plugin's deletion budget has read of the request, `rules` what all answers are held
    /// against.
    pub(super) fn new(
        identity: &Identity,
        hook: Hook,
        envelope: &Envelope,
        deletions: Option<&Deletions>,
        rules: &Rules,
    ) -> Self {
        // Everything that the review reads has to be named below. A field that the review gets and this
        // does not name is an error of the compiler here, not a stale answer.
        let Envelope {
            kind,
            parent,
            declared,
            observed,
            finalizing,
            version,
            timeout: _,
            etag: _,
            rolling: _,
            trimmed,
        } = envelope;
        let ObjectRef {
            api_version,
            kind: parent_kind,
            namespace,
            name,
            uid,
        } = parent;
        const ROOM: usize = 512;
        let mut to = Vec::with_capacity(ROOM + 48 * declared.len() + trimmed.len());
        to.extend_from_slice(identity.as_bytes());
        to.extend_from_slice(&[
            FORMAT,
            match hook {
                Hook::Sync => 0,
                Hook::Finalize => 1,
                Hook::Customize => 2,
            },
            match kind {
                ControllerKind::Composite => 0,
                ControllerKind::Decorator => 1,
            },
            match version {
                HookVersion::V1 => 1,
                HookVersion::V2 => 2,
            },
            u8::from(*finalizing),
            u8::from(namespace.is_some()),
        ]);
        number(&mut to, *observed);
        for part in [api_version, parent_kind, name, uid] {
            text(&mut to, part);
        }
        text(&mut to, namespace.as_deref().unwrap_or_default());
        number(&mut to, declared.len());
        for group in declared {
            text(&mut to, group.as_str());
        }
        text(&mut to, trimmed);
        rules.write(&mut to);
        if let Some(deletions) = deletions {
            deletions.write(&mut |part| text(&mut to, part));
        }
        Self(to.into_boxed_slice())
    }

    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The strong validator of the answer: the same on every host of this version.
    pub(super) fn etag(&self) -> Arc<str> {
        Arc::from(format!("\"{}\"", blake3::hash(&self.0).to_hex()))
    }
}

fn number(to: &mut Vec<u8>, number: usize) {
    to.extend_from_slice(&(number as u64).to_le_bytes());
}

fn text(to: &mut Vec<u8>, text: &str) {
    number(to, text.len());
    to.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::RuleOptions;
    use super::*;
    use crate::schema::{SchemaMode, Schemas};
    use metawasm_contract::{ApplyStrategy, Budget, GroupKey};

    fn envelope() -> Envelope {
        Envelope {
            kind: ControllerKind::Composite,
            parent: ObjectRef {
                api_version: "a/v1".to_owned(),
                kind: "K".to_owned(),
                namespace: Some("ns".to_owned()),
                name: "n".to_owned(),
                uid: "u".to_owned(),
            },
            declared: vec![
                GroupKey::new("v1", "Service"),
                GroupKey::new("apps/v1", "Deployment"),
            ],
            observed: 1,
            finalizing: false,
            version: HookVersion::V2,
            timeout: None,
            etag: false,
            rolling: false,
            trimmed: "{}".to_owned(),
        }
    }

    fn seen(identity: &Identity, hook: Hook, envelope: &Envelope) -> Seen {
        Seen::new(
            identity,
            hook,
            envelope,
            None,
            &Rules::new(RuleOptions::default()),
        )
    }

    /// Whatever a rule reads besides the envelope makes another ETag.
    #[test]
    fn rules_and_budgets_make_another_etag() {
        let crd = concat!(env!("CARGO_MANIFEST_DIR"), "/../metacontroller/crd/function.yaml");
        let with_crd = || Arc::new(Schemas::with_crds(&[crd.into()]).unwrap());
        let rules = [
            RuleOptions::default(),
            RuleOptions {
                apply: ApplyStrategy::ServerSide,
                ..RuleOptions::default()
            },
            RuleOptions {
                schema: SchemaMode::Refuse,
                ..RuleOptions::default()
            },
            RuleOptions {
                schemas: with_crd(),
                ..RuleOptions::default()
            },
        ];
        let requests = [
            r#"{"parent":{"metadata":{"generation":1}}}"#,
            r#"{"parent":{"metadata":{"generation":2}}}"#,
            r#"{"parent":{"metadata":{"generation":1,"deletionTimestamp":"now"}}}"#,
            r#"{"parent":{"metadata":{"generation":1,"annotations":{"metawasm.dev/allow-deletions":"1"}}}}"#,
            r#"{"parent":{"metadata":{"generation":1}},"children":{"A.v1":{"a":{"metadata":{"name":"a"}}}}}"#,
            r#"{"parent":{"metadata":{"generation":1}},"children":{"A.v1":{"a":{"metadata":{"name":"b"}}}}}"#,
        ];
        let read = |budget, request| Deletions::read(budget, request, ControllerKind::Composite);
        let deletions: Vec<Option<Deletions>> = std::iter::once(None)
            .chain(requests.map(|request| Some(read(Budget::Count(1), request))))
            .chain([Some(read(Budget::Percent(1), requests[0]))])
            .collect();
        let identity = Identity::new("sha256:x", "{}", 1);
        let mut all = std::collections::HashSet::new();
        for options in &rules {
            for deletions in &deletions {
                let rules = Rules::new(options.clone());
                let seen = Seen::new(&identity, Hook::Sync, &envelope(), deletions.as_ref(), &rules);
                assert!(all.insert(seen.etag()), "{options:?} {deletions:?}");
            }
        }
        let warns = RuleOptions {
            schema: SchemaMode::Off,
            ..RuleOptions::default()
        };
        let seen = Seen::new(&identity, Hook::Sync, &envelope(), None, &Rules::new(warns));
        assert!(all.contains(&seen.etag()), "a warning changes no answer");
    }

    fn etag(hook: Hook, envelope: &Envelope) -> Arc<str> {
        seen(&Identity::new("sha256:x", "{}", 1), hook, envelope).etag()
    }

    #[test]
    fn whatever_the_review_reads_makes_another_etag() {
        let changes: Vec<fn(&mut Envelope)> = vec![
            |e| e.kind = ControllerKind::Decorator,
            |e| e.parent.api_version.push('1'),
            |e| e.parent.kind.push('1'),
            |e| e.parent.name.push('1'),
            |e| e.parent.uid.push('1'),
            |e| e.parent.namespace = None,
            |e| e.parent.namespace = Some(String::new()),
            |e| e.parent.namespace = Some("other".to_owned()),
            |e| drop(e.declared.pop()),
            |e| e.declared.reverse(),
            |e| e.declared.push(GroupKey::new("v1", "Secret")),
            |e| e.observed = 2,
            |e| e.finalizing = true,
            |e| e.version = HookVersion::V1,
            |e| e.trimmed.push(' '),
            // The same letters, divided in another way.
            |e| {
                e.parent.api_version = "a/v1K".to_owned();
                e.parent.kind = String::new();
            },
        ];
        let mut all = vec![
            etag(Hook::Sync, &envelope()),
            etag(Hook::Finalize, &envelope()),
            etag(Hook::Customize, &envelope()),
        ];
        for change in changes {
            let mut other = envelope();
            change(&mut other);
            all.push(etag(Hook::Sync, &other));
        }
        for identity in [
            Identity::new("sha256:y", "{}", 1),
            Identity::new("sha256:x", "{\"a\":1}", 1),
            Identity::new("sha256:x", "{}", 2),
        ] {
            all.push(seen(&identity, Hook::Sync, &envelope()).etag());
        }
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| one != other), "{index}");
        }
    }

    #[test]
    fn what_no_answer_depends_on_makes_no_other_etag() {
        let mut other = envelope();
        (other.timeout, other.etag, other.rolling) = (Some("3s".to_owned()), true, true);
        assert_eq!(etag(Hook::Sync, &other), etag(Hook::Sync, &envelope()));
    }

    proptest! {
        /// Different requests have different bytes.
        #[test]
        fn the_encoding_is_unambiguous(
            one in proptest::collection::vec("[a1/]{0,3}", 6),
            other in proptest::collection::vec("[a1/]{0,3}", 6),
        ) {
            let of = |parts: &[String]| {
                let mut envelope = envelope();
                envelope.parent.api_version.clone_from(&parts[0]);
                envelope.parent.kind.clone_from(&parts[1]);
                envelope.parent.name.clone_from(&parts[2]);
                envelope.parent.uid.clone_from(&parts[3]);
                envelope.parent.namespace = Some(parts[4].clone());
                envelope.trimmed.clone_from(&parts[5]);
                seen(&Identity::new("", "", 0), Hook::Sync, &envelope)
            };
            prop_assert_eq!(of(&one) == of(&other), one == other);
        }
    }
}
