//! `metawasm replay`: runs a recorded request.

use std::path::PathBuf;

use metawasm_contract::Hook;
use metawasm_formats::text::{Escaped, cut};
use serde_json::Value;

use super::offline::{Offline, PluginArgs, RuleArgs, hook_parser, mismatched, read, read_bytes};
use super::{Failure, Output};

/// Run a recorded request, and optionally compare the answer
///
/// The request is a request body of Metacontroller. With its flag `--zap-log-level=6`, Metacontroller logs the bodies
/// of all hook calls.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm replay function.wasm request.json
  metawasm replay function.wasm request.json --expect response.json

Exit codes:
  0  success
  1  the hook failed, or its answer was rejected or differs from --expect
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Request body (JSON file); - reads standard input
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// Hook to call [default: detected from the request: customize if it has no children, finalize if it has
    /// `finalizing: true`, otherwise sync]
    #[arg(long, value_parser = hook_parser())]
    hook: Option<Hook>,
    /// Expected response (JSON file); prints the differences and exits with code 1 if the answer differs
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
}

/// Maximum number of differences that are listed.
const MOST: usize = 20;

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let offline = Offline::start_with(&args.plugin, &args.rules)?;
    let body = read_bytes(&args.request)?;
    let hook = args.hook.unwrap_or_else(|| guess(&body));
    let answer = offline.call(hook, &body)?;
    let lines = offline.mismatches(&answer);
    if !lines.is_empty() {
        return Ok(mismatched(&lines));
    }
    let Some(path) = &args.expect else {
        return Ok(Output {
            data: answer.into_bytes(),
            ..Output::default()
        });
    };
    let no_json = |error| Failure::Usage(format!("invalid JSON in {}: {error}", path.display()));
    let expected: Value = serde_json::from_str(&read(path)?).map_err(no_json)?;
    let found: Value = serde_json::from_str(&answer).map_err(no_json)?;
    let mut differences = Vec::new();
    compare(&mut String::new(), &expected, &found, &mut differences);
    if differences.is_empty() {
        return Ok(Output {
            words: vec![format!("the answer matches {}", path.display())],
            ..Output::default()
        });
    }
    let more = differences.len().saturating_sub(MOST);
    let path = path.display().to_string();
    let mut text = format!("{} differences from {}:\n", differences.len(), Escaped(&path));
    for difference in differences.iter().take(MOST) {
        text.push_str(&format!("{}\n", Escaped(difference)));
    }
    if more > 0 {
        text.push_str(&format!("and {more} more\n"));
    }
    Ok(Output {
        data: text.into_bytes(),
        refused: true,
        ..Output::default()
    })
}

/// Detects the hook of a request. An invalid body is reported later, by the envelope.
fn guess(body: &[u8]) -> Hook {
    match serde_json::from_slice::<Value>(body) {
        Ok(request) if request.get("finalizing") == Some(&Value::Bool(true)) => Hook::Finalize,
        Ok(Value::Object(request))
            if !["children", "attachments"]
                .iter()
                .any(|f| request.contains_key(*f)) =>
        {
            Hook::Customize
        }
        _ => Hook::Sync,
    }
}

/// Lists the differences of two values, by JSON pointer.
fn compare(pointer: &mut String, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    let mut below = |step: &str, expected: Option<&Value>, found: Option<&Value>| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        match (expected, found) {
            (Some(expected), Some(found)) => compare(pointer, expected, found, differences),
            (Some(expected), None) => {
                differences.push(format!("{pointer}: expected {}, not found", short(expected)));
            }
            (None, Some(found)) => {
                differences.push(format!("{pointer}: unexpected, found {}", short(found)));
            }
            (None, None) => {}
        }
        pointer.truncate(length);
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                below(key, Some(value), found.get(key));
            }
            for (key, value) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                below(key, None, Some(value));
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            for index in 0..expected.len().max(found.len()) {
                below(&index.to_string(), expected.get(index), found.get(index));
            }
        }
        _ if expected == found => {}
        _ => {
            let place = if pointer.is_empty() {
                "(root)"
            } else {
                pointer.as_str()
            };
            differences.push(format!(
                "{place}: expected {}, found {}",
                short(expected),
                short(found)
            ));
        }
    }
}

fn short(value: &Value) -> String {
    cut(&value.to_string(), 200).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_named_with_its_pointer() {
        let mut differences = Vec::new();
        let expected = json!({"a": [1, {"b/c": 2}], "gone": null, "same": "x"});
        let found = json!({"a": [1, {"b/c": 3}, 4], "new": true, "same": "x"});
        compare(&mut String::new(), &expected, &found, &mut differences);
        assert_eq!(
            differences,
            [
                "/a/1/b~1c: expected 2, found 3",
                "/a/2: unexpected, found 4",
                "/gone: expected null, not found",
                "/new: unexpected, found true",
            ]
        );
    }

    #[test]
    fn the_hook_is_told_by_the_request() {
        assert_eq!(
            guess(br#"{"parent": {}, "children": {}, "finalizing": false}"#),
            Hook::Sync
        );
        assert_eq!(
            guess(br#"{"parent": {}, "children": {}, "finalizing": true}"#),
            Hook::Finalize
        );
        assert_eq!(guess(br#"{"controller": {}, "parent": {}}"#), Hook::Customize);
        assert_eq!(guess(b"no json"), Hook::Sync);
    }
}
