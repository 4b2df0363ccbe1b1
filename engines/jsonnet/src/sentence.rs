//! Errors as sentences: `FILE:LINE:COLUMN: what is wrong`, on one line.

use jrsonnet_evaluator::Error;
use jrsonnet_evaluator::error::ErrorKind;
use jrsonnet_ir::{SourceVirtual, Span};

use crate::Failure;
use crate::evaluate::DEPTH;
use crate::files::{HELPERS, InTable};

/// The text before the sentence of an error that says that the parent is invalid.
const INVALID: &str = "invalid: ";
/// The text before the seconds of an error that asks for a retry: `retry later (10 s): reason`.
const RETRY: &str = "retry later (";

/// Returns the place of a span: `FILE:LINE:COLUMN`.
pub(crate) fn place(span: &Span) -> String {
    let (line, column) = position(span);
    format!("{}:{line}:{column}", path(span))
}

/// Returns the line of a span: `FILE:LINE`.
pub(crate) fn line(span: &Span) -> String {
    format!("{}:{}", path(span), position(span).0)
}

/// The path of a span's file. A file that is only analysed is a virtual one of that name.
fn path(span: &Span) -> String {
    let source = span.0.source_path();
    match source.downcast_ref::<SourceVirtual>() {
        Some(SourceVirtual(name)) => name.to_string(),
        None => source.to_string(),
    }
}

/// Line and column from 1. The column counts characters.
fn position(span: &Span) -> (usize, usize) {
    let text = span.0.code();
    let mut offset = (span.1 as usize).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = text.split_at(offset).0;
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before.split_at(start).1.chars().count() + 1)
}

/// Puts a text on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the sentence of an error, with its place.
pub(crate) fn of(error: Error) -> String {
    let what = message(error.error());
    match span(&error) {
        Some(span) => format!("{}: {what}", place(span)),
        None => what,
    }
}

/// Returns the failure that an error of a hook is.
pub(crate) fn failure(error: Error) -> Failure {
    if let ErrorKind::RuntimeError(text) = error.error() {
        if let Some(sentence) = text.strip_prefix(INVALID) {
            return Failure::Invalid(one_line(sentence));
        }
        if let Some((after_seconds, reason)) = retry(text) {
            return Failure::RetryLater { after_seconds, reason };
        }
    }
    Failure::Internal(of(error))
}

fn retry(text: &str) -> Option<(u32, String)> {
    let (seconds, reason) = text.strip_prefix(RETRY)?.split_once(" s): ")?;
    Some((seconds.parse().ok()?, one_line(reason)))
}

/// The innermost place in a file of the script. The helpers' own code is not the author's.
fn span(error: &Error) -> Option<&Span> {
    match error.error() {
        ErrorKind::ImportSyntaxError { error, .. } => return Some(&error.location),
        ErrorKind::StaticAnalysisError(list) => {
            if let Some(span) = list.iter().find_map(|one| one.span.as_ref()) {
                return Some(span);
            }
        }
        _ => {}
    }
    let places = error.trace().0.iter().filter_map(|element| element.location.as_ref());
    let in_script = |span: &&Span| {
        let path = span.0.source_path().downcast_ref::<InTable>();
        path.is_some_and(|path| path.0 != HELPERS)
    };
    places.clone().find(in_script).or_else(|| places.clone().next())
}

fn message(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::RuntimeError(text) if text.is_empty() => "error without a text".to_owned(),
        ErrorKind::RuntimeError(text) => one_line(text),
        ErrorKind::ImportCallbackError(sentence) => sentence.clone(),
        ErrorKind::ImportSyntaxError { error, .. } => format!("syntax error: {}", one_line(&error.message)),
        ErrorKind::StaticAnalysisError(list) => {
            let first = list.iter().map(|one| one_line(&one.message)).next();
            first.unwrap_or_else(|| "invalid Jsonnet".to_owned())
        }
        ErrorKind::AssertionFailed(text) => format!("assertion failed: {}", one_line(text)),
        ErrorKind::StackOverflow => format!("more than {DEPTH} calls inside each other; does a function call itself without end?"),
        ErrorKind::InfiniteRecursionDetected => "infinite recursion: a value, or an import, needs itself".to_owned(),
        ErrorKind::UndefinedExternalVariable(name) => format!(
            "std.extVar(\"{name}\") is not available: a hook has no external variables; use the settings of the plugin: \
             function(request, settings)"
        ),
        ErrorKind::NoSuchField(name, similar) => match similar.first() {
            Some(nearest) => format!("no field `{name}`; did you mean `{nearest}`?"),
            None => format!("no field `{name}`"),
        },
        other => one_line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::retry;

    #[test]
    fn the_text_of_a_retry() {
        for (text, expected) in [
            ("retry later (10 s): no address", Some((10, "no address"))),
            ("retry later (0 s): two\nlines", Some((0, "two lines"))),
            ("retry later (-1 s): x", None),
            ("retry later (99999999999 s): x", None),
            ("retry later: x", None),
            ("please retry later (10 s): x", None),
        ] {
            assert_eq!(retry(text), expected.map(|(after, reason)| (after, reason.to_owned())), "{text}");
        }
    }
}
