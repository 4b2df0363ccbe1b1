//! A schema, compiled and evaluated: hostile work, for a child process.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError};
use metawasm_formats::text::shown;
use serde_json::Value;

use super::{CheckResult, bounds};
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
        Err(error) => return CheckResult::Schema(sentence(&error) + hint(&error)),
    };
    let overrides: Vec<Override> = texts
        .iter()
        .filter_map(|text| Override::parse(text).ok())
        .collect();
    let wrong: Vec<String> = validator
        .iter_errors(settings)
        .take(MOST_WRONG)
        .map(|error| sentence(&error) + &flags(&overrides, &error))
        .collect();
    if wrong.is_empty() {
        CheckResult::Fits
    } else {
        CheckResult::Invalid(wrong)
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

fn sentence(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let words = if path.is_empty() {
        error.to_string()
    } else {
        format!("{path}: {error}")
    };
    shown(&words, MOST_WORDS)
}
