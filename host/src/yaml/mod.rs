//! Reads YAML and JSON, with the place of errors.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use metawasm_formats::text::{on_terminal, one_line};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::{Error, MessageFormatter, Options, UserMessageFormatter};

use crate::units::BOOL;

mod placed;

pub(crate) use placed::Placed;
pub use placed::Places;

/// Reasons why YAML cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlError {
    /// The text is invalid, or does not fit its type.
    #[error("{}: {message}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A value cannot be written.
    #[error("cannot write YAML: {0}")]
    Write(String),
}

/// Decodes one document.
///
/// # Errors
///
/// [`YamlError::Invalid`], with the file, the line and the column.
pub(crate) fn decode<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T, YamlError> {
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| invalid(path, &error))
}

/// Decodes all documents of a file that are not empty.
///
/// # Errors
///
/// As [`decode`].
pub(crate) fn documents(text: &str, path: &Path) -> Result<Vec<Value>, YamlError> {
    let all: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|error| invalid(path, &error))?;
    Ok(all.into_iter().filter(|document| !document.is_null()).collect())
}

/// Writes one document, without a hidden character: where a text has one, the document is JSON, which is YAML too and
/// has an escape for each of them.
pub(crate) fn encode(value: &Value) -> Result<String, YamlError> {
    let text = serde_saphyr::to_string(value).map_err(|error| YamlError::Write(error.to_string()))?;
    if let Cow::Borrowed(_) = on_terminal(&text) {
        return Ok(text);
    }
    let json = serde_json::to_string_pretty(value).map_err(|error| YamlError::Write(error.to_string()))?;
    Ok(format!("{}\n", on_terminal(&json)))
}

/// As deep as the server's JSON may be.
const DEPTH: usize = 128;

fn options() -> Options {
    serde_saphyr::options! { budget: serde_saphyr::budget! { max_depth: DEPTH } }
}

fn invalid(path: &Path, error: &Error) -> YamlError {
    let text = error.without_snippet().render_with_formatter(&Words);
    YamlError::Invalid {
        path: path.to_owned(),
        message: one_line(&text),
    }
}

/// Replaces the messages of the YAML library by messages for people who write YAML.
struct Words;

impl MessageFormatter for Words {
    fn format_message<'a>(&self, error: &'a Error) -> Cow<'a, str> {
        let words = match error {
            Error::Unexpected {
                expected: "sequence start",
                ..
            } => "expected a list",
            Error::Unexpected {
                expected: "mapping start",
                ..
            } => "expected an object (fields with values)",
            Error::InvalidScalar { ty, .. } if ty.starts_with(['u', 'i']) => "expected a whole number",
            Error::InvalidScalar { ty: "boolean", .. } => BOOL,
            Error::Unexpected {
                expected: "string scalar",
                ..
            } => "expected a string",
            Error::MultipleDocuments { .. } => "found a second document; expected exactly one",
            Error::Budget { .. } => "the document is too large or too deeply nested",
            Error::RecursiveReferencesRequireWeakTypes { .. } => "an alias must not contain itself",
            other => return UserMessageFormatter.format_message(other),
        };
        Cow::Borrowed(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_in_the_words_of_the_author_with_their_place() {
        let table = [
            ("a: 1\na: 2\n", "duplicate mapping key `a`", "line 2, column 1"),
            ("a: [1\nb: 2\n", "", "line"),
            ("a: &x [*x]\n", "an alias must not contain itself", "line 1"),
            ("a: *gone\n", "unknown", "line 1, column 4"),
            (
                "a: 1\n--- \nb: 1\n",
                "found a second document; expected exactly one",
                "line",
            ),
        ];
        for (text, words, place) in table {
            let error = decode::<Value>(text, Path::new("f.yaml"))
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("f.yaml: ") && error.contains(words) && error.contains(place),
                "{text}: {error}"
            );
        }
        let error = decode::<Vec<u8>>("a: 1\n", Path::new("f.yaml"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected a list at line 1, column 1"), "{error}");
        let error = decode::<String>("[1]\n", Path::new("f.yaml"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected a string at line 1"), "{error}");
        let error = decode::<u8>("x\n", Path::new("f.yaml")).unwrap_err().to_string();
        assert!(error.contains("expected a whole number"), "{error}");
    }

    #[test]
    fn no_hidden_character_is_written_and_the_value_is_the_same() {
        let texts = [
            "\u{1b}[0m",
            "\u{9b}",
            "\u{202e}",
            "\u{200b}",
            "\u{e0041}",
            "a\nb\r\tc",
            "\u{2028}",
            "é 漢",
            "x",
        ];
        for text in texts {
            let value = serde_json::json!({text: [text], "n": 1});
            let written = encode(&value).unwrap();
            assert!(matches!(on_terminal(&written), Cow::Borrowed(_)), "{written:?}");
            assert_eq!(
                decode::<Value>(&written, Path::new("f.yaml")).unwrap(),
                value,
                "{written}"
            );
        }
    }

    #[test]
    fn a_document_may_be_as_deep_as_a_request_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(decode::<Value>(&nested(120), Path::new("f.yaml")).is_ok());
        for depth in [200, 100_000] {
            let error = decode::<Value>(&nested(depth), Path::new("f.yaml"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("deeply") || error.contains("recursion limit"),
                "{error}"
            );
            assert!(error.contains("line 1, column "), "{error}");
        }
    }
}
