//! A schema, compiled and evaluated: hostile work, for a child process.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError};
use metawasm_formats::nearest::nearest;
use metawasm_formats::text::shown;
use serde_json::Value;

use super::{CheckResult, Wrong, bounds};
use crate::catalogue::overrides::{Override, flags};

/// Places that are named in a sentence about settings.
const MOST_WRONG: usize = 20;
/// Bytes of what is said of one place, which may quote the schema and the settings.
const MOST_WORDS: usize = 400;

/// Checks settings against a schema. `texts` are the flags in the settings, as they were written.
pub(super) fn evaluate(schema: &Value, settings: &Value, texts: &[String]) -> CheckResult {
    if let Err(too_much) = bounds::check(schema) {
        return CheckResult::TooMuch(too_much.to_string());
    }
    // An engine without backtracking: the time is linear, and a pattern takes no more memory than this.
    let patterns = PatternOptions::regex()
        .size_limit(bounds::PATTERN_MEMORY)
        .dfa_size_limit(bounds::PATTERN_MEMORY);
    let compiled = jsonschema::options()
        .offline()
        .with_pattern_options(patterns)
        .build(schema);
    let validator = match compiled {
        Ok(validator) => validator,
        Err(error) => return CheckResult::Schema(place_and_words(&error, error.to_string()) + hint(&error)),
    };
    let overrides: Vec<Override> = texts
        .iter()
        .filter_map(|text| Override::parse(text).ok())
        .collect();
    let wrong = wrong(validator.iter_errors(settings), schema, &overrides);
    if wrong.is_empty() {
        CheckResult::Fits
    } else {
        CheckResult::Invalid(wrong)
    }
}

/// Decides what to say of each error. A value of a wrong type that also is not among the allowed values is said once, by
/// the allowed values.
fn wrong<'a>(
    errors: impl Iterator<Item = ValidationError<'a>>,
    schema: &Value,
    overrides: &[Override],
) -> Vec<Wrong> {
    let errors: Vec<ValidationError<'_>> = errors.take(MOST_WRONG).collect();
    let is_enum = |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Enum { .. });
    let said_by_enum = |error: &ValidationError<'_>| {
        let same_place = |other: &ValidationError<'_>| other.instance_path() == error.instance_path();
        matches!(error.kind(), ValidationErrorKind::Type { .. })
            && errors.iter().any(|other| is_enum(other) && same_place(other))
    };
    let wrong = |error: &ValidationError<'_>| {
        let by_flag = flags(overrides, error);
        let quotes = if by_flag.is_empty() {
            quotes(error)
        } else {
            String::new()
        };
        Wrong {
            pointer: place(error),
            sentence: place_and_words(error, words(error, schema)) + &quotes + &by_flag,
            by_flag: !by_flag.is_empty(),
        }
    };
    let errors = errors.iter().filter(|error| !said_by_enum(error));
    errors.map(wrong).collect()
}

/// Returns the pointer to what a person has to change: an unknown field, or the value.
fn place(error: &ValidationError<'_>) -> String {
    let mut pointer = error.instance_path().to_string();
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
        && let Some(first) = unexpected.first()
    {
        pointer.push_str(&format!("/{}", first.replace('~', "~0").replace('/', "~1")));
    }
    pointer
}

/// Says how to write a number or a boolean where YAML should have a string.
fn quotes(error: &ValidationError<'_>) -> String {
    let instance = error.instance();
    let wants_string = match error.kind() {
        ValidationErrorKind::Type { kind } => format!("{kind:?}").contains("String"),
        ValidationErrorKind::Enum { options } => {
            let text = instance.to_string();
            options
                .as_array()
                .is_some_and(|options| options.iter().any(|option| option.as_str() == Some(&text)))
        }
        _ => false,
    };
    if wants_string && (instance.is_number() || instance.is_boolean()) {
        format!("; quote it: \"{instance}\"")
    } else {
        String::new()
    }
}

/// Explains why a regular expression may be invalid: the library says only that it is.
fn hint(error: &ValidationError<'_>) -> &'static str {
    match error.kind() {
        ValidationErrorKind::Format { .. } => {
            " (look-around and backreferences are not supported, and a pattern may take at most 256 KiB once compiled)"
        }
        _ => "",
    }
}

fn place_and_words(error: &ValidationError<'_>, words: String) -> String {
    let path = error.instance_path().to_string();
    let words = if path.is_empty() {
        words
    } else {
        format!("{path}: {words}")
    };
    shown(&words, MOST_WORDS)
}

/// Says what is wrong. The library shortens the list of allowed values, and does not know which field was meant.
fn words(error: &ValidationError<'_>, schema: &Value) -> String {
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            format!("{} is not one of {}", error.instance(), listed(options))
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_fields(error, schema);
            let field = |name: &String| {
                let hint = nearest(name, &mut known.iter().copied());
                let hint = hint
                    .map(|known| format!("; did you mean `{known}`?"))
                    .unwrap_or_default();
                format!("unknown field '{name}'{hint}")
            };
            unexpected.iter().map(field).collect::<Vec<_>>().join(", ")
        }
        _ => error.to_string(),
    }
}

/// Returns the fields that the schema knows where an unknown one was found.
fn known_fields<'s>(error: &ValidationError<'_>, schema: &'s Value) -> Vec<&'s str> {
    let place = error.schema_path().to_string();
    let object = place
        .rsplit_once('/')
        .and_then(|(object, _)| schema.pointer(object));
    let properties = object.and_then(|object| object.get("properties")?.as_object());
    properties
        .into_iter()
        .flat_map(|fields| fields.keys().map(String::as_str))
        .collect()
}

fn listed(options: &Value) -> String {
    let all: Vec<String> = options
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    all.join(", ")
}
