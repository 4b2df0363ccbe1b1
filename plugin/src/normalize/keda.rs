//! KEDA's own sections of `scaleOptions.keda` → the form in which KEDA stores them.
//!
//! What a section may hold is a table: its fields are checked by KEDA's rules and by those of the
//! autoscaler that KEDA makes of them, and written as Go writes them. A field that no table has
//! passes through: newer versions of KEDA have more.
//!
//! Source: KEDA's `apis/keda/v1alpha1`, Kubernetes' `pkg/apis/autoscaling/validation`.

use std::borrow::Cow;

use super::{element, template};
use crate::json::{Json, Object};
use crate::notes::Notes;
use crate::written::{Written, quoted};

/// A field of a section.
struct Field {
    name: &'static str,
    rule: Rule,
    /// What it is for, if it must be there.
    needed: &'static str,
}

/// What a field must be.
enum Rule {
    /// A whole number from the one to the other.
    Number(i32, i32),
    /// One of these. Empty is none.
    Word(&'static [&'static str]),
    /// Any string. Empty is none.
    Text,
    /// A decimal fraction, as a string. Empty is none.
    Fraction,
    /// `false` is none.
    Flag,
    /// A list of strings.
    Texts,
    /// Strings by keys that the user chooses.
    Strings,
    Section(&'static [Field]),
    Sections(&'static [Field]),
}

/// Names are compared with each other.
const MAX_TRIGGERS: usize = 64;
const NO_LIMIT: i32 = i32::MAX;

const SCALED_OBJECT: &[Field] = &[
    optional("advanced", Rule::Section(ADVANCED)),
    optional("cooldownPeriod", Rule::Number(0, NO_LIMIT)),
    optional("fallback", Rule::Section(FALLBACK)),
    optional("idleReplicaCount", Rule::Number(0, NO_LIMIT)),
    optional("pollingInterval", Rule::Number(1, NO_LIMIT)),
];

const ADVANCED: &[Field] = &[
    optional("horizontalPodAutoscalerConfig", Rule::Section(AUTOSCALER)),
    optional("restoreToOriginalReplicaCount", Rule::Flag),
];

const AUTOSCALER: &[Field] = &[
    optional("behavior", Rule::Section(BEHAVIOR)),
    optional("name", Rule::Text),
];

const BEHAVIOR: &[Field] = &[
    optional("scaleDown", Rule::Section(SCALING_RULES)),
    optional("scaleUp", Rule::Section(SCALING_RULES)),
];

const SCALING_RULES: &[Field] = &[
    optional("policies", Rule::Sections(POLICY)),
    optional("selectPolicy", Rule::Word(&["Disabled", "Max", "Min"])),
    optional("stabilizationWindowSeconds", Rule::Number(0, 3600)),
];

const POLICY: &[Field] = &[
    needed("periodSeconds", Rule::Number(1, 1800), "the seconds to look back"),
    needed("type", Rule::Word(&["Percent", "Pods"]), "Percent or Pods"),
    needed("value", Rule::Number(1, NO_LIMIT), "the change that is allowed"),
];

const FALLBACK: &[Field] = &[
    needed(
        "failureThreshold",
        Rule::Number(1, NO_LIMIT),
        "after how many failures",
    ),
    needed(
        "replicas",
        Rule::Number(0, NO_LIMIT),
        "how many replicas there are then",
    ),
];

const SCALED_JOB: &[Field] = &[
    optional("failedJobsHistoryLimit", Rule::Number(0, NO_LIMIT)),
    optional("pollingInterval", Rule::Number(1, NO_LIMIT)),
    optional("restartPolicy", Rule::Word(&["Never", "OnFailure"])),
    optional("scalingStrategy", Rule::Section(SCALING_STRATEGY)),
    optional("successfulJobsHistoryLimit", Rule::Number(0, NO_LIMIT)),
];

const SCALING_STRATEGY: &[Field] = &[
    optional(DEDUCTION, Rule::Number(0, NO_LIMIT)),
    optional(PERCENTAGE, Rule::Fraction),
    optional(
        "multipleScalersCalculation",
        Rule::Word(&["avg", "max", "min", "sum"]),
    ),
    optional("pendingPodConditions", Rule::Texts),
    optional(
        "strategy",
        Rule::Word(&["accurate", "custom", "default", "eager"]),
    ),
];
const DEDUCTION: &str = "customScalingQueueLengthDeduction";
const PERCENTAGE: &str = "customScalingRunningJobPercentage";

const TRIGGER: &[Field] = &[
    optional("authenticationRef", Rule::Section(AUTHENTICATION)),
    needed("metadata", Rule::Strings, "the scaler's settings"),
    optional(
        "metricType",
        Rule::Word(&["AverageValue", "Utilization", "Value"]),
    ),
    optional("name", Rule::Text),
    needed("type", Rule::Text, "a scaler of KEDA's, such as kafka"),
    optional("useCachedMetrics", Rule::Flag),
];

const AUTHENTICATION: &[Field] = &[
    optional(
        "kind",
        Rule::Word(&["ClusterTriggerAuthentication", "TriggerAuthentication"]),
    ),
    needed("name", Rule::Text, "the TriggerAuthentication"),
];

const fn optional(name: &'static str, rule: Rule) -> Field {
    needed(name, rule, "")
}

const fn needed(name: &'static str, rule: Rule, needed: &'static str) -> Field {
    Field { name, rule, needed }
}

/// `keda.scaledObject` but for its bounds.
pub(super) fn scaled_object<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Object<'a> {
    let mut options = Object::new();
    read(written, SCALED_OBJECT, &mut options, notes);
    options
}

/// `keda.scaledJob`.
pub(super) fn scaled_job<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Object<'a> {
    let mut options = Object::new();
    read(written, SCALED_JOB, &mut options, notes);
    let strategy = written.field("scalingStrategy");
    let found = options.get("scalingStrategy");
    if found.and_then(|found| found.get("strategy")?.as_text()) == Some("custom") {
        for name in [DEDUCTION, PERCENTAGE] {
            if found.is_some_and(|found| found.get(name).is_none()) {
                notes.required(&strategy.field(name).at, "the strategy custom needs it");
            }
        }
    }
    options
}

/// `keda.triggers`.
pub(super) fn triggers<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Vec<Json<'a>> {
    let elements = written.elements(notes);
    notes.at_most(&written.at, elements.len(), MAX_TRIGGERS);
    let mut all: Vec<Json<'a>> = Vec::new();
    for trigger in elements.take(MAX_TRIGGERS) {
        let Some(read) = element_section(&trigger, TRIGGER, notes) else {
            continue;
        };
        if let Some(name) = read.get("name").and_then(Json::as_text)
            && all
                .iter()
                .any(|earlier| earlier.get("name").and_then(Json::as_text) == Some(name))
        {
            notes.duplicate(&trigger.field("name").at, quoted(name));
        }
        all.push(read);
    }
    all
}

/// An element of a list, where `null` is none.
fn element_section<'a>(written: &Written<'_, 'a>, fields: &[Field], notes: &mut Notes) -> Option<Json<'a>> {
    if !written.is_present() {
        notes.invalid(&written.at, "null", "must be an object");
    }
    section(written, fields, notes)
}

/// A section that is there: its own fields, and others as they are.
fn section<'a>(written: &Written<'_, 'a>, fields: &[Field], notes: &mut Notes) -> Option<Json<'a>> {
    let object = written.object(notes)?;
    let unknown = object
        .iter()
        .filter(|(key, _)| !fields.iter().any(|field| field.name == *key));
    let mut section: Object<'a> = unknown.map(|(key, value)| (key, value.clone())).collect();
    template::store(&mut section, &written.at, notes);
    read(written, fields, &mut section, notes);
    Some(Json::Object(section))
}

/// Reads the fields of a section.
fn read<'a>(written: &Written<'_, 'a>, fields: &[Field], into: &mut Object<'a>, notes: &mut Notes) {
    for field in fields {
        let below = written.field(field.name);
        match value(&below, &field.rule, notes) {
            Some(value) => into.insert(field.name, value),
            None if !field.needed.is_empty() => notes.required(&below.at, field.needed),
            None => {}
        }
    }
}

fn value<'a>(written: &Written<'_, 'a>, rule: &Rule, notes: &mut Notes) -> Option<Json<'a>> {
    match rule {
        Rule::Number(least, most) => number(written, *least, *most, notes).map(Json::from),
        Rule::Word(words) => {
            let word = written.non_empty(notes)?;
            if !words.contains(&word) {
                notes.unsupported(&written.at, quoted(word), words);
            }
            Some(word.into())
        }
        Rule::Text => written.non_empty(notes).map(Json::from),
        Rule::Fraction => fraction(written, notes),
        Rule::Flag => written.flag(notes).filter(|flag| *flag).map(Json::from),
        Rule::Texts => {
            let elements = written.elements(notes);
            let texts: Vec<Json<'a>> = elements
                .filter_map(|text| element(&text, notes).map(Json::from))
                .collect();
            (!texts.is_empty()).then_some(Json::List(texts))
        }
        Rule::Strings => {
            written.object(notes)?;
            let members = written.members(notes);
            let texts = members.filter_map(|(key, text)| Some((key, Json::from(element(&text, notes)?))));
            Some(Json::Object(texts.collect()))
        }
        Rule::Section(fields) => section(written, fields, notes),
        Rule::Sections(fields) => {
            let elements = written.elements(notes);
            let sections: Vec<Json<'a>> = elements
                .filter_map(|element| element_section(&element, fields, notes))
                .collect();
            (!sections.is_empty()).then_some(Json::List(sections))
        }
    }
}

/// A number in a range. One outside of it is a problem and still there.
fn number(written: &Written<'_, '_>, least: i32, most: i32, notes: &mut Notes) -> Option<i32> {
    let number = written.number(notes)?;
    if number < least && most == NO_LIMIT {
        notes.invalid(&written.at, number, format_args!("must be at least {least}"));
    } else if !(least..=most).contains(&number) {
        let why = format_args!("must be between {least} and {most}");
        notes.invalid(&written.at, number, why);
    }
    Some(number)
}

/// A fraction as KEDA reads it. OpenFunction lets percentages pass, of which KEDA then makes
/// nothing: it scales by another strategy.
fn fraction<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Json<'a>> {
    let text = written.non_empty(notes)?;
    let (number, is_percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end_matches(' '), true),
        None => (text, false),
    };
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let is_number =
        whole.len() + rest.len() > 0 && whole.bytes().chain(rest.bytes()).all(|b| b.is_ascii_digit());
    if !is_number {
        notes.invalid(
            &written.at,
            quoted(text),
            "must be a fraction such as 0.5, or 50%",
        );
    }
    if !is_number || !is_percent {
        return Some(text.into());
    }
    // Two digits further to the left.
    let digits = format!("{whole:0>3}");
    let (whole, hundredths) = digits.split_at_checked(digits.len().saturating_sub(2))?;
    let fraction = [whole, ".", hundredths, rest].concat();
    notes.warn(
        &written.at,
        format_args!("{} is read as {fraction}", quoted(text)),
    );
    Some(Json::Text(Cow::Owned(fraction)))
}
