//! What the answers of all plugins are held against besides the rules that every answer has to keep: how
//! Metacontroller applies children, and the schemas of their kinds.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metawasm_contract::{ApplyStrategy, Rule, Violation};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::outcome::Who;
use crate::schema::{Finding, Findings, SchemaMode, Schemas, children};
use crate::telemetry::{Bucket, LinePermit};

/// What the answers of all plugins are held against.
#[derive(Clone, Debug, Default)]
pub struct RuleOptions {
    /// How Metacontroller applies children.
    pub apply: ApplyStrategy,
    /// What to do about children that do not match the schema of their kind.
    pub schema: SchemaMode,
    /// The schemas.
    pub schemas: Arc<Schemas>,
}

/// The same, with what was found before.
pub(super) struct Rules {
    options: RuleOptions,
    /// Findings by the hash of a child's text; and none by that of an answer whose children all match.
    known: Cache<u128, Arc<Findings>, Weigh>,
    seed: u64,
    lines: Bucket,
}

/// Findings that are kept of one child.
const MOST: usize = 5;
/// Bytes of all findings that are kept: some ten thousand children, where nearly all have none.
const ROOM: u64 = 1 << 20;
/// Lines of the log about schemas: so many at once, and one more each second. One content is written once, but a
/// plugin may make up new ones.
const BURST: u32 = 20;
const EVERY: Duration = Duration::from_secs(1);
/// Keeps hashes of whole answers apart from those of children.
const WHOLE: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bytes of a sentence or line about findings.
const SENTENCE: usize = 700;

/// What came of holding an answer's children against their schemas.
#[derive(Debug, Default)]
pub(super) struct Matched {
    /// Children that do not match.
    pub(super) mismatched: usize,
    /// Why the answer is refused.
    pub(super) violation: Option<Violation>,
}

impl Rules {
    pub(super) fn new(options: RuleOptions) -> Self {
        Self {
            options,
            known: Cache::with_weighter(16 << 10, ROOM, Weigh),
            seed: RandomState::new().hash_one(ROOM),
            lines: Bucket::new(BURST, EVERY),
        }
    }

    /// How answers are reviewed.
    pub(super) fn options(&self) -> &RuleOptions {
        &self.options
    }

    /// What of the options an answer depends on.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let RuleOptions {
            apply,
            schema,
            schemas,
        } = &self.options;
        to.push(match apply {
            ApplyStrategy::Dynamic => 0,
            ApplyStrategy::ServerSide => 1,
        });
        to.push(u8::from(*schema == SchemaMode::Refuse));
        to.extend_from_slice(&schemas.digest());
    }

    /// Holds the children of a reviewed answer against their schemas, and warns where the options say so.
    pub(super) fn matched(&self, answer: &str, key: &str, who: &Who) -> Matched {
        let mut matched = Matched::default();
        if self.options.schema == SchemaMode::Off {
            return matched;
        }
        // Most answers are as they were before: one whose children all match is known as a whole.
        let whole = xxh3_128_with_seed(answer.as_bytes(), self.seed ^ WHOLE);
        if self.known.get(&whole).is_some() {
            return matched;
        }
        for (index, child) in children(answer, key).into_iter().enumerate() {
            let hash = xxh3_128_with_seed(child.as_bytes(), self.seed);
            let (findings, is_new) = match self.known.get(&hash) {
                Some(known) => (known, false),
                None => {
                    let found = Arc::new(self.options.schemas.check(child, MOST));
                    self.known.insert(hash, found.clone());
                    (found, true)
                }
            };
            if findings.is_empty() {
                continue;
            }
            matched.mismatched += 1;
            let place = format!("/{key}/{index}");
            if self.options.schema == SchemaMode::Refuse {
                matched
                    .violation
                    .get_or_insert_with(|| violation(&findings, &place));
            } else if is_new {
                self.warn(&findings, &place, who);
            }
        }
        if matched.mismatched == 0 {
            self.known.insert(whole, Arc::default());
        }
        matched
    }

    fn warn(&self, findings: &Findings, place: &str, who: &Who) {
        let LinePermit::Granted { held_back } = self.lines.take(Instant::now()) else {
            return;
        };
        let Who { plugin, hook, parent } = who;
        let held_back = (held_back > 0).then_some(held_back);
        let text = listed(findings, place, findings.list());
        tracing::warn!(%plugin, hook, %parent, held_back, "a child does not match the schema of its kind: {text}");
    }
}

/// Returns the violation of an answer with a child that does not match its schema.
fn violation(findings: &Findings, place: &str) -> Violation {
    let (pointer, message) = match findings.list() {
        [] => (place.to_owned(), String::new()),
        [first] => (format!("{place}{}", first.pointer), first.message.clone()),
        [first, rest @ ..] => (
            format!("{place}{}", first.pointer),
            format!("{}; {}", first.message, listed(findings, place, rest)),
        ),
    };
    Violation {
        rule: Rule::Schema,
        pointer,
        message,
    }
}

/// Findings in one sentence.
fn listed(findings: &Findings, place: &str, list: &[Finding]) -> String {
    let mut text = String::new();
    let mut more = findings.more();
    for finding in list {
        let separator = if text.is_empty() { "" } else { "; " };
        let next = format!("{separator}{place}{finding}");
        if text.len() + next.len() > SENTENCE && !text.is_empty() {
            more += 1;
        } else {
            text.push_str(&next);
        }
    }
    if more > 0 {
        text.push_str(&format!(" (and {more} more)"));
    }
    text
}

#[derive(Clone)]
struct Weigh;

impl Weighter<u128, Arc<Findings>> for Weigh {
    fn weight(&self, _: &u128, findings: &Arc<Findings>) -> u64 {
        let texts = findings
            .list()
            .iter()
            .map(|of| of.pointer.len() + of.message.len() + 48);
        64 + texts.sum::<usize>() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metawasm_contract::ObjectRef;

    const GOOD: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1"}}"#;
    const BAD: &str =
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":1},"dta":{}}"#;

    fn rules(schema: SchemaMode) -> Rules {
        Rules::new(RuleOptions {
            schema,
            ..RuleOptions::default()
        })
    }

    fn who() -> Who {
        Who {
            plugin: "p".into(),
            hook: "sync",
            parent: Arc::new(ObjectRef::default()),
        }
    }

    fn answer(children: &[&str]) -> String {
        format!("{{\"status\":{{}},\"children\":[{}]}}", children.join(","))
    }

    #[test]
    fn the_mode_decides_what_becomes_of_a_mismatch() {
        let answer = answer(&[GOOD, BAD]);
        for (mode, mismatched) in [(SchemaMode::Off, 0), (SchemaMode::Warn, 1)] {
            let matched = rules(mode).matched(&answer, "children", &who());
            assert_eq!(
                (matched.mismatched, matched.violation),
                (mismatched, None),
                "{mode}"
            );
        }
        let rules = rules(SchemaMode::Refuse);
        for _ in 0..2 {
            let matched = rules.matched(&answer, "children", &who());
            let violation = matched.violation.expect("it is refused");
            assert_eq!(
                (violation.rule, &*violation.pointer),
                (Rule::Schema, "/children/1/data/a")
            );
            assert_eq!(
                violation.message,
                "is a number; expected a string, in quotes; /children/1/dta: unknown field `dta`; did you mean `data`?"
            );
        }
        assert_eq!(rules.known.len(), 2, "equal children are looked at once");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let rules = rules(SchemaMode::Warn);
        for n in 0..5_000 {
            let fields: Vec<String> = (0..50)
                .map(|field| format!("\"f{n}x{field}{}\":1", "y".repeat(200)))
                .collect();
            let child = BAD.replace("\"dta\":{}", &fields.join(","));
            rules.matched(&answer(&[&child]), "children", &who());
        }
        assert!(rules.known.weight() <= ROOM, "{}", rules.known.weight());
    }

    #[test]
    fn a_sentence_is_bounded() {
        let fields: Vec<String> = (0..50)
            .map(|field| format!("\"f{field}{}\":1", "y".repeat(400)))
            .collect();
        let child = BAD.replace("\"dta\":{}", &fields.join(","));
        let matched = rules(SchemaMode::Refuse).matched(&answer(&[&child]), "children", &who());
        let text = matched.violation.expect("it is refused").to_string();
        assert!(text.len() <= 1024 && text.contains("(and "), "{text}");
    }
}
