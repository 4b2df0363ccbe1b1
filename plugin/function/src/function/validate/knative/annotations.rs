//! What Knative's autoscaler takes in annotations, besides the bounds.
//!
//! Source: Knative Serving 1.20, `pkg/apis/autoscaling/annotation_validation.go`.

use super::place::place;
use crate::formats::duration::Duration;
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::knative;
use crate::function::types::Serving;

/// What a value must be.
#[derive(Clone, Copy)]
enum Rule {
    /// A number in thousandths, from the one to the other.
    Number(i64, i64),
    /// A duration in seconds, from the one to the other, and whether they must be whole.
    Seconds(i64, i64, bool),
    /// One of these.
    Word(&'static [&'static str]),
}

const HOUR: i64 = 3600;
const SECOND: i64 = 1_000_000_000;

/// Keys below `autoscaling.knative.dev/` in lower case without dashes, since most have two
/// spellings; what the value must be, and the same in words.
const RULES: &[(&str, Rule, &str)] = &[
    (
        "activationscale",
        Rule::Number(2000, i64::MAX),
        "must be a number of at least 2",
    ),
    (
        "initialscale",
        Rule::Number(0, i64::MAX),
        "must be a number of at least 0",
    ),
    (
        "panicthresholdpercentage",
        Rule::Number(110_000, 1_000_000),
        "must be a number from 110 to 1000",
    ),
    (
        "panicwindowpercentage",
        Rule::Number(1000, 100_000),
        "must be a number from 1 to 100",
    ),
    (
        "scaledowndelay",
        Rule::Seconds(0, HOUR, true),
        "must be whole seconds of at most an hour, such as 60s",
    ),
    (
        "scaletozeropodretentionperiod",
        Rule::Seconds(0, HOUR, false),
        "must be a duration of at most an hour, such as 60s",
    ),
    (
        "target",
        Rule::Number(10, i64::MAX),
        "must be a number of at least 0.01",
    ),
    (
        "targetutilizationpercentage",
        Rule::Number(1000, 100_000),
        "must be a number from 1 to 100",
    ),
    (
        "window",
        Rule::Seconds(6, HOUR, true),
        "must be whole seconds from 6s to an hour, such as 60s",
    ),
];
const PREFIX: &str = "autoscaling.knative.dev/";
const METRIC: &str = "autoscaling.knative.dev/metric";
const CLASS: &str = "autoscaling.knative.dev/class";
/// Knative's own autoscaler, which is the default.
const OWN_CLASS: &str = "kpa.autoscaling.knative.dev";
const CLASSES: Rule = Rule::Word(&["hpa.autoscaling.knative.dev", OWN_CLASS]);
const METRICS: Rule = Rule::Word(&["concurrency", "rps"]);

/// Checks what the autoscaler reads, wherever it is written.
pub(super) fn validate(serving: &Serving<'_>, notes: &mut Notes) {
    let class = knative::value(serving, CLASS).map_or(OWN_CLASS, |(class, _)| class);
    for key in serving.annotations.keys().chain(serving.scale.knative.keys()) {
        let Some(name) = key.strip_prefix(PREFIX) else {
            continue;
        };
        let Some((text, of_knative)) = knative::value(serving, key) else {
            continue;
        };
        let found = match key {
            METRIC if class == OWN_CLASS => Some((METRICS, "")),
            // Other autoscalers have names of their own.
            CLASS if text.ends_with(".autoscaling.knative.dev") => Some((CLASSES, "")),
            _ => {
                let name = name.replace('-', "").to_ascii_lowercase();
                let rule = RULES.iter().find(|(known, ..)| *known == name);
                rule.map(|(_, rule, why)| (*rule, *why))
            }
        };
        if let Some((rule, why)) = found {
            check(text, rule, why, &Path::root(&place(key, of_knative)), notes);
        }
    }
}

fn check(text: &str, rule: Rule, why: &str, at: &Path<'_>, notes: &mut Notes) {
    let is_right = match rule {
        // Go reads more notations, which are left to Knative.
        Rule::Number(least, most) => match syntax::thousandths(text) {
            Some(number) => (least..=most).contains(&number),
            None => text.contains(['e', 'E', 'x', 'X']),
        },
        Rule::Seconds(least, most, whole) => Duration::parse(text).is_some_and(|duration| {
            let nanoseconds = duration.nanoseconds();
            let range = least.saturating_mul(SECOND)..=most.saturating_mul(SECOND);
            range.contains(&nanoseconds) && !(whole && nanoseconds % SECOND != 0)
        }),
        Rule::Word(known) => {
            if !known.contains(&text) {
                notes.unsupported(at, quoted(text), known);
            }
            return;
        }
    };
    if !is_right {
        notes.invalid(at, quoted(text), why);
    }
}
