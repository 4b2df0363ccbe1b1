//! `metawasm replay`: runs recorded requests.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use metawasm_contract::{ControllerKind, Hook};
use metawasm_formats::text::{Escaped, cut};
use serde_json::Value;

use super::answers::{Answers, Asked, Format, StrictArgs};
use super::cases::{self, Case};
use super::offline::{Offline, PluginArgs, RuleArgs, hook_parser, mismatched, read, read_bytes};
use super::{Failure, Output};
use crate::catalogue::Plugin;
use crate::yaml;

/// Run recorded requests, and optionally compare the answer
///
/// A request is a request body of Metacontroller. `metawasm serve --record` writes them. With its flag
/// `--zap-log-level=6`, Metacontroller logs the bodies of all hook calls.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm replay function.wasm request.json
  metawasm replay function.wasm request.json --expect response.json
  metawasm replay function.wasm recorded/ -o summary --log debug

Exit codes:
  0  success
  1  the hook failed, its answer was rejected or differs from --expect, or --strict found an error
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Request body (JSON file), or a directory with cases, which are directories with request.json or parent.yaml; -
    /// reads standard input
    #[arg(value_name = "REQUEST", required = true)]
    requests: Vec<PathBuf>,
    /// Hook to call [default: detected from the request: customize if it has no children, finalize if it has
    /// `finalizing: true`, otherwise sync]
    #[arg(long, value_parser = hook_parser())]
    hook: Option<Hook>,
    /// Expected response (YAML or JSON file) to exactly one request; prints the differences and exits with code 1 if the answer
    /// differs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "strict"])]
    expect: Option<PathBuf>,
    /// Output format. yaml and json: the complete answer; summary: tables of children and conditions; manifests: the
    /// children alone, as YAML documents with their namespaces
    #[arg(short, long, value_enum, default_value_t = Format::Json)]
    output: Format,
}

/// Maximum number of differences that are listed.
const MOST: usize = 20;

/// A request to run.
struct Recorded {
    hook: Hook,
    body: Vec<u8>,
    request: Value,
    /// The settings file of the case.
    settings: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let offline = Offline::start_with(&args.plugin, &args.rules)?;
    let requests = requests(args, offline.plugin()?)?;
    if let Some(expected) = &args.expect {
        return match &*requests {
            [request] => expect(&offline, request, expected),
            many => Err(Failure::Usage(format!(
                "--expect requires exactly one request; found {}",
                many.len()
            ))),
        };
    }
    let mut answers = Answers::new(args.output, &args.strict, requests.len() > 1);
    let mut others: BTreeMap<PathBuf, Offline> = BTreeMap::new();
    for Recorded {
        hook,
        body,
        request,
        settings,
    } in requests
    {
        let asked = Asked {
            parent: parent(&request),
            observed: observed(&request),
        };
        let offline = match settings.filter(|_| args.plugin.settings.is_none()) {
            None => &offline,
            Some(path) => match others.entry(path) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let settings = Some(entry.key().clone());
                    let plugin = PluginArgs {
                        settings,
                        ..args.plugin.clone()
                    };
                    entry.insert(Offline::start_with(&plugin, &args.rules)?)
                }
            },
        };
        answers.add(offline, &asked, || offline.call(hook, &body))?;
    }
    Ok(answers.finish())
}

/// Reads the requests: files, and of a directory the cases in it.
fn requests(args: &Args, plugin: &Plugin) -> Result<Vec<Recorded>, Failure> {
    let mut all = Vec::new();
    for path in &args.requests {
        if path.is_dir() {
            for folder in cases::find(std::slice::from_ref(path))? {
                let Case { hook, body, request } = folder.case(plugin)?;
                all.push(Recorded {
                    hook: args.hook.unwrap_or(hook),
                    body: body.into_bytes(),
                    request,
                    settings: folder.settings(),
                });
            }
        } else {
            let body = read_bytes(path)?;
            // An invalid request is reported by the envelope.
            let request = serde_json::from_slice::<Value>(&body).ok();
            let hook = request.as_ref().map_or(Hook::Sync, cases::guess);
            all.push(Recorded {
                hook: args.hook.unwrap_or(hook),
                body,
                request: request.unwrap_or_default(),
                settings: None,
            });
        }
    }
    Ok(all)
}

/// Returns the parent of a request. An invalid request is reported by the envelope.
fn parent(request: &Value) -> &Value {
    let keys = [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::parent_key);
    let parent = keys.into_iter().find_map(|key| request.get(key));
    parent.unwrap_or(&Value::Null)
}

/// Returns whether a request has observed children.
fn observed(request: &Value) -> bool {
    let keys = [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::children_key);
    let groups = keys.into_iter().filter_map(|key| request.get(key)?.as_object());
    let mut groups = groups.flat_map(|groups| groups.values());
    groups.any(|group| group.as_object().is_some_and(|group| !group.is_empty()))
}

/// Compares the answer to a request with the expected one.
fn expect(offline: &Offline, request: &Recorded, path: &Path) -> Result<Output, Failure> {
    let answer = offline.call(request.hook, &request.body)?;
    let lines = offline.mismatches(&answer);
    if !lines.is_empty() {
        return Ok(mismatched(&lines));
    }
    let text = read(path)?;
    // JSON with raw control characters is not YAML.
    let expected = serde_json::from_str::<Value>(&text).or_else(|_| yaml::decode(&text, path));
    let expected = expected.map_err(Failure::usage)?;
    let found: Value = serde_json::from_str(&answer).map_err(Failure::refused)?;
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
}
