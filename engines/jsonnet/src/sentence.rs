//! Errors as sentences: `FILE:LINE:COLUMN: what is wrong`, on one line.

use std::cell::RefCell;

use jrsonnet_evaluator::Error;
use jrsonnet_evaluator::error::ErrorKind;
use jrsonnet_ir::{SourceVirtual, Span};

use crate::evaluate::DEPTH;
use crate::files::{HELPERS, InTable};
use crate::{Failure, File};

thread_local! {
    static FILES: RefCell<Vec<File>> = const { RefCell::new(Vec::new()) };
    static ENTRY: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The text before the sentence of an error that says that the parent is invalid.
const INVALID: &str = "invalid: ";
/// The text before the seconds of an error that asks for a retry: `retry later (10 s): reason`.
const RETRY: &str = "retry later (";

/// Returns the place of a span: `FILE:LINE:COLUMN`.
pub(crate) fn place(span: &Span) -> String {
    let (line, column) = position(span.0.code(), span.1 as usize);
    format!("{}:{line}:{column}", path(span))
}

/// Returns the line of a span: `FILE:LINE`.
pub(crate) fn line(span: &Span) -> String {
    format!("{}:{}", path(span), position(span.0.code(), span.1 as usize).0)
}

/// The path of a span's file. A file that is only analysed is a virtual one of that name.
fn path(span: &Span) -> String {
    let source = span.0.source_path();
    match source.downcast_ref::<SourceVirtual>() {
        Some(SourceVirtual(name)) => name.to_string(),
        None => source.to_string(),
    }
}

/// Line and column of an offset in bytes, from 1. The column counts characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
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

/// Keeps the files of the evaluation: some errors of the evaluator have no place, which is then looked for.
pub(crate) fn remember(files: &[File]) {
    FILES.with_borrow_mut(|known| files.clone_into(known));
}

/// Keeps the path of the file with hooks that is evaluated.
pub(crate) fn within(path: &str) {
    ENTRY.replace(path.to_owned());
}

/// Returns the sentence of an error, with its place.
#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn of(error: Error) -> String {
    let what = message(error.error());
    if let ErrorKind::NoSuchField(name, _) = error.error()
        && let Some(place) = use_of(name)
    {
        return format!("{place}: {what}");
    }
    if let Some(span) = span(&error) {
        return format!("{}: {what}", place(span));
    }
    let file = ENTRY.take();
    let field = in_answer(&error).map_or_else(String::new, |field| format!(" (in the answer's `{field}`)"));
    format!("{file}:1:1: {what}{field}")
}

/// The place where a field is read, if there is only one.
fn use_of(field: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let read = [
        format!(".{field}"),
        format!("['{field}']"),
        format!("[\"{field}\"]"),
    ];
    FILES.with_borrow(|files| {
        let mut uses = files.iter().flat_map(|file| {
            read.iter()
                .flat_map(move |read| file.content.match_indices(read.as_str()))
                .filter(move |(at, read)| {
                    let after = file
                        .content
                        .get(at + read.len()..)
                        .and_then(|rest| rest.chars().next());
                    !(read.starts_with('.') && after.is_some_and(is_name))
                })
                .map(move |(at, _)| (file, at + 1))
        });
        match (uses.next(), uses.next()) {
            (Some((file, at)), None) => {
                let (line, column) = position(&file.content, at);
                Some(format!("{}:{line}:{column}", file.path))
            }
            _ => None,
        }
    })
}

/// The field of the answer that was being evaluated.
fn in_answer(error: &Error) -> Option<String> {
    let steps = error.trace().0.iter().rev().filter_map(|step| {
        let (kind, rest) = step.desc.split_once(" <")?;
        let (name, doing) = rest.rsplit_once("> ")?;
        ["evaluation", "manifestification"]
            .contains(&doing)
            .then(|| match kind {
                "elem" => format!("[{name}]"),
                _ => format!(".{name}"),
            })
    });
    // An object without an end has a path as long as the stack.
    const STEPS: usize = 8;
    let mut steps = steps.peekable();
    let mut path: String = steps.by_ref().take(STEPS).collect();
    if steps.peek().is_some() {
        path.push('…');
    }
    Some(path.trim_start_matches('.').to_owned()).filter(|path| !path.is_empty())
}

/// Returns the failure that an error of a hook is.
pub(crate) fn failure(error: Error) -> Failure {
    if let ErrorKind::RuntimeError(text) = error.error() {
        if let Some(sentence) = text.strip_prefix(INVALID) {
            return Failure::Invalid(one_line(sentence));
        }
        if let Some((after_seconds, reason)) = retry(text) {
            return Failure::RetryLater {
                after_seconds,
                reason,
            };
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
    let places = error
        .trace()
        .0
        .iter()
        .filter_map(|element| element.location.as_ref());
    let in_script = |span: &&Span| {
        let path = span.0.source_path().downcast_ref::<InTable>();
        path.is_some_and(|path| path.0 != HELPERS)
    };
    places.clone().find(in_script).or_else(|| places.clone().next())
}

fn message(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::RuntimeError(text) if text.is_empty() => "error without a text".to_owned(),
        ErrorKind::RuntimeError(text) if text.as_str() == "tried to manifest function" => {
            "the answer contains a function; call it".to_owned()
        }
        ErrorKind::RuntimeError(text) => one_line(text),
        ErrorKind::ImportCallbackError(sentence) => sentence.clone(),
        ErrorKind::ImportSyntaxError { error, .. } => format!("syntax error: {}", one_line(&error.message)),
        ErrorKind::StaticAnalysisError(list) => {
            let first = list.iter().map(|one| one_line(&one.message)).next();
            first.unwrap_or_else(|| "invalid Jsonnet".to_owned())
        }
        ErrorKind::AssertionFailed(text) => format!("assertion failed: {}", one_line(text)),
        ErrorKind::StackOverflow => {
            format!(
                "more than {DEPTH} calls or values inside each other; does a function, or an object, contain itself without end?"
            )
        }
        ErrorKind::InfiniteRecursionDetected => {
            "infinite recursion: a value, or an import, needs itself".to_owned()
        }
        ErrorKind::UndefinedExternalVariable(name) => format!(
            "std.extVar(\"{name}\") is not available: a hook has no external variables; use the settings of the plugin: \
             function(request, settings)"
        ),
        ErrorKind::NoSuchField(name, similar) => match similar.first() {
            Some(nearest) => format!("no field `{name}`; did you mean `{nearest}`?"),
            None => format!("no field `{name}`"),
        },
        ErrorKind::ConvertNumValue(_) => "the result is not a finite number".to_owned(),
        ErrorKind::DivisionByZero => "division by zero".to_owned(),
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
            assert_eq!(
                retry(text),
                expected.map(|(after, reason)| (after, reason.to_owned())),
                "{text}"
            );
        }
    }
}
