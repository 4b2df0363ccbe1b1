//! What a shadow was seen to do: counts, and the last differences, in bounds.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use metawasm_contract::{Hook, ObjectRef};
use metawasm_formats::text::shown;
use serde_json::{Value, json};

use crate::catalogue::Plugin;
use crate::compare::{Change, ChildChange, ChildId, Comparison, FieldChange};
use crate::telemetry::{Bucket, LinePermit};

/// Differences and failures that are kept.
const KEPT: usize = 32;
/// Children, and fields of each, that a difference names.
const CHILDREN: usize = 20;
const FIELDS: usize = 20;
/// Bytes of a path, a value or a sentence.
const WORDS: usize = 300;

/// How many requests were compared, and with what result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShadowCounts {
    /// Both versions answer the same.
    pub equal: u64,
    /// They answer differently.
    pub different: u64,
    /// The shadow did not answer, or its answer was rejected.
    pub failed: u64,
    /// Requests that were not compared because the shadow was busy.
    pub skipped: u64,
}

/// What came of one request.
pub(super) enum Verdict {
    Compared(Comparison),
    /// The shadow gave no answer; the sentence says why.
    Failed(String),
}

/// Everything that was seen of a shadow.
pub(super) struct Record {
    equal: AtomicU64,
    different: AtomicU64,
    failed: AtomicU64,
    skipped: AtomicU64,
    kept: Mutex<VecDeque<Value>>,
    lines: Bucket,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            equal: AtomicU64::new(0),
            different: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            kept: Mutex::default(),
            lines: Bucket::new(10, Duration::from_secs(10)),
        }
    }
}

impl Record {
    pub(super) fn counts(&self) -> ShadowCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ShadowCounts {
            equal: of(&self.equal),
            different: of(&self.different),
            failed: of(&self.failed),
            skipped: of(&self.skipped),
        }
    }

    /// The newest first.
    pub(super) fn differences(&self) -> Vec<Value> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().cloned().collect()
    }

    pub(super) fn skipped(&self) {
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what came of a request, and keeps it if the answers differ.
    pub(super) fn add(
        &self,
        serving: &Plugin,
        shadow: &Plugin,
        hook: Hook,
        parent: Option<&ObjectRef>,
        verdict: Verdict,
    ) {
        let parent = parent.map(|parent| shown(&parent.to_string(), WORDS));
        let (mut told, words) = match verdict {
            Verdict::Compared(comparison) if comparison.is_equal() => {
                self.equal.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Verdict::Compared(comparison) => {
                self.different.fetch_add(1, Ordering::Relaxed);
                let first = first(&comparison);
                (
                    difference(&comparison),
                    format!("the shadow answers differently: {first}"),
                )
            }
            Verdict::Failed(why) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let why = shown(&why, WORDS);
                (json!({ "failed": why }), format!("the shadow failed: {why}"))
            }
        };
        if let LinePermit::Granted { held_back } = self.lines.take(Instant::now()) {
            tracing::warn!(
                plugin = &*serving.name,
                hook = hook.as_str(),
                parent,
                serving = serving.digest,
                shadow = shadow.digest,
                held_back = (held_back > 0).then_some(held_back),
                "{words}"
            );
        }
        if let Some(told) = told.as_object_mut() {
            told.insert("parent".to_owned(), json!(parent));
            told.insert("hook".to_owned(), json!(hook.as_str()));
            told.insert("serving".to_owned(), json!(serving.digest));
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // One of each parent: the newest.
        let same = |other: &Value| {
            ["parent", "hook"]
                .iter()
                .all(|key| other.get(key) == told.get(key))
        };
        kept.retain(|other| !same(other));
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(told);
    }
}

/// The first difference, for a line of the log.
fn first(comparison: &Comparison) -> String {
    let count = comparison.children.len() + usize::from(!comparison.fields.is_empty());
    let more = match count {
        0 | 1 => String::new(),
        more => format!("; {} more", more - 1),
    };
    let text = match (comparison.children.first(), comparison.fields.first()) {
        (Some(ChildChange { child, change }), _) => match change {
            Change::Added(_) => format!("{child} added"),
            Change::Removed(_) => format!("{child} removed"),
            Change::Changed(fields) => {
                let field = match fields.first() {
                    Some(field) if is_secret(child) => field.path.clone(),
                    Some(field) => field.to_string(),
                    None => String::new(),
                };
                format!("{child} {field}")
            }
        },
        (None, Some(field)) => field.to_string(),
        (None, None) => String::new(),
    };
    format!("{}{more}", shown(&text, WORDS))
}

/// A difference as JSON, in bounds.
fn difference(comparison: &Comparison) -> Value {
    let mut told = json!({
        "children": comparison.children.iter().take(CHILDREN).map(child).collect::<Vec<_>>(),
        "fields": comparison.fields.iter().take(FIELDS).map(field).collect::<Vec<_>>(),
    });
    let left = comparison.children.len().saturating_sub(CHILDREN);
    if let (Some(told), true) = (told.as_object_mut(), left > 0) {
        told.insert("moreChildren".to_owned(), json!(left));
    }
    told
}

/// Whether the values of a child are nobody's business.
fn is_secret(child: &ChildId) -> bool {
    child.kind == "Secret"
}

fn child(ChildChange { child, change }: &ChildChange) -> Value {
    let name = shown(&child.to_string(), WORDS);
    let told = |of: &FieldChange| {
        if is_secret(child) {
            json!({ "path": shown(&of.path, WORDS) })
        } else {
            field(of)
        }
    };
    match change {
        Change::Added(_) => json!({ "child": name, "change": "added" }),
        Change::Removed(_) => json!({ "child": name, "change": "removed" }),
        Change::Changed(fields) => json!({
            "child": name,
            "change": "changed",
            "fields": fields.iter().take(FIELDS).map(told).collect::<Vec<_>>(),
            "moreFields": fields.len().saturating_sub(FIELDS),
        }),
    }
}

fn field(FieldChange { path, old, new }: &FieldChange) -> Value {
    // A value that is cut is text.
    let value = |value: &Option<Value>| {
        let value = value.as_ref()?;
        let text = value.to_string();
        Some(if text.len() > WORDS {
            json!(shown(&text, WORDS))
        } else {
            value.clone()
        })
    };
    json!({ "path": shown(path, WORDS), "old": value(old), "new": value(new) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare;

    #[test]
    fn a_difference_is_bounded_however_large_the_answers_are() {
        let child = |name: usize, value: &str| json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": format!("{name:03}")}, "spec": {"v": value}});
        let many =
            |value: &str| json!({"children": (0..500).map(|name| child(name, value)).collect::<Vec<_>>()});
        let comparison = compare(&many("a"), &many(&"b".repeat(10_000)), None);
        assert_eq!(comparison.children.len(), 500);
        let told = difference(&comparison);
        assert!(told.to_string().len() < 30_000, "{}", told.to_string().len());
        assert_eq!(told["moreChildren"], 480);
        assert_eq!(told["children"][0]["fields"][0]["path"], "spec.v");
        assert!(
            first(&comparison).ends_with("; 499 more"),
            "{}",
            first(&comparison)
        );
    }

    #[test]
    fn values_of_secrets_are_not_kept() {
        let secret = |value: &str| {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": value}});
            json!({ "children": [secret] })
        };
        let comparison = compare(&secret("dG9w"), &secret("c2VjcmV0"), None);
        let told = format!("{} {}", difference(&comparison), first(&comparison));
        assert!(told.contains("data.k"), "{told}");
        assert!(!told.contains("dG9w") && !told.contains("c2VjcmV0"), "{told}");
    }
}
