//! Shows the answers of `metawasm render` and `metawasm replay`, and decides what is an error in them.

use clap::ValueEnum;
use metawasm_contract::ControllerKind;
use metawasm_contract::request::identity;
use metawasm_formats::text::{Escaped, shown};
use serde_json::Value;

use super::offline::Offline;
use super::{Failure, Output, output};
use crate::yaml;

/// The format of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The complete answer
    Yaml,
    /// The complete answer, in one line
    Json,
    /// Tables of children and conditions
    Summary,
    /// The children alone, as YAML documents with their namespaces, for kubectl, kubeconform and --observed
    Manifests,
}

/// What makes the exit code 1, besides a hook that fails or an invalid answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Strict {
    /// A condition Ready is False with a reason that starts with Invalid, or the parent does not match its CRD
    Errors,
    /// The same, and warnings that the plugin logs, and conditions whose reason starts with Warning
    Warnings,
}

/// Arguments: strictness.
#[derive(Debug, clap::Args)]
pub(super) struct StrictArgs {
    /// Exit with code 1 if a condition Ready is False with a reason that starts with Invalid, or if the parent does not
    /// match its CRD; with --strict=warnings, also if the plugin logs a warning, or if the reason of a condition starts
    /// with Warning
    #[arg(long, value_name = "LEVEL", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "errors")]
    strict: Option<Strict>,
}

/// Answers, as they are added.
pub(super) struct Answers {
    format: Format,
    strict: Option<Strict>,
    /// Whether there is more than one, so that each needs its parent's name.
    several: bool,
    output: Output,
    /// Documents or lines so far.
    written: usize,
}

/// The request of an answer.
pub(super) struct Asked<'a> {
    /// The parent.
    pub(super) parent: &'a Value,
    /// Whether children were observed.
    pub(super) observed: bool,
}

impl Answers {
    pub(super) fn new(format: Format, strict: &StrictArgs, several: bool) -> Self {
        let output = Output {
            styled: format == Format::Summary,
            ..Output::default()
        };
        Self {
            format,
            strict: strict.strict,
            several,
            output,
            written: 0,
        }
    }

    /// Calls the plugin and adds its answer. A failure is a line, and other answers are still shown.
    pub(super) fn add(
        &mut self,
        offline: &Offline,
        asked: &Asked<'_>,
        call: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        let name = title(asked.parent);
        let before = offline.warnings();
        let unknown = offline.parent_mismatches(asked.parent);
        let outcome = call();
        for line in &unknown {
            let level = self.level(self.strict.is_some());
            self.say(&format!("{level}: {name}: {line}"));
        }
        let answer = match outcome {
            Ok(answer) => answer,
            Err(Failure::Refused(sentence)) => {
                self.refuse(&format!("error: {sentence}"));
                return Ok(());
            }
            Err(Failure::Trapped { sentence, trace }) => {
                self.refuse(&format!("error: {sentence}"));
                self.output
                    .words
                    .extend(trace.iter().map(|line| format!("  {line}")));
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        let mismatches = offline.mismatches(&answer);
        if !mismatches.is_empty() {
            self.mismatched(&name, &mismatches);
            return Ok(());
        }
        let value = parse(&answer)?;
        self.judge(&name, &value, offline.warnings() - before);
        self.show(&name, asked, &value, &answer)
    }

    /// Returns everything.
    pub(super) fn finish(self) -> Output {
        self.output
    }

    /// Adds a line for standard error.
    pub(super) fn say(&mut self, line: &str) {
        self.output.words.push(shown(line, 2000));
    }

    fn refuse(&mut self, line: &str) {
        self.say(line);
        self.output.refused = true;
    }

    fn level(&mut self, is_error: bool) -> &'static str {
        self.output.refused |= is_error;
        if is_error { "error" } else { "warning" }
    }

    /// Only the errors, so that nobody applies the answer by mistake.
    fn mismatched(&mut self, name: &str, lines: &[String]) {
        let place = if self.several {
            format!("{name}: ")
        } else {
            String::new()
        };
        let count = match lines.len() {
            1 => "1 error in the answer: a child does not match the schema of its kind".to_owned(),
            many => format!("{many} errors in the answer: children do not match the schemas of their kinds"),
        };
        self.refuse(&format!(
            "error: {place}{count}; use --no-validate to print the answer"
        ));
        self.output
            .words
            .extend(lines.iter().map(|line| format!("  {}", shown(line, 1000))));
    }

    fn judge(&mut self, name: &str, answer: &Value, logged: usize) {
        let Some(strict) = self.strict else {
            return;
        };
        let mut lines = Vec::new();
        let conditions = answer.pointer("/status/conditions").and_then(Value::as_array);
        for condition in conditions.into_iter().flatten() {
            let text = |field| condition.get(field).and_then(Value::as_str).unwrap_or_default();
            let (of, status, reason) = (text("type"), text("status"), text("reason"));
            let invalid = of.ends_with("Ready") && status == "False" && reason.starts_with("Invalid");
            let warns = strict == Strict::Warnings && reason.starts_with("Warning");
            if invalid || warns {
                lines.push(format!("{of} is {status} ({reason}): {}", text("message")));
            }
        }
        if strict == Strict::Warnings && logged > 0 {
            let lines_logged = if logged == 1 {
                "a warning".to_owned()
            } else {
                format!("{logged} warnings")
            };
            lines.push(format!(
                "the plugin logged {lines_logged}; use --log warn to see them"
            ));
        }
        for line in lines {
            self.refuse(&format!("error: {name}: {line}"));
        }
    }

    fn show(&mut self, name: &str, asked: &Asked<'_>, value: &Value, answer: &str) -> Result<(), Failure> {
        let mut text = String::new();
        match self.format {
            // As the plugin wrote it; of several, each in one line.
            Format::Json if self.several => text.push_str(&format!("{value}\n")),
            Format::Json => text.push_str(answer),
            Format::Yaml => {
                if self.several {
                    let mark = if self.written == 0 { "" } else { "---\n" };
                    text.push_str(&format!("{mark}# {}\n", Escaped(name)));
                }
                text.push_str(&encode(value)?);
                self.written += 1;
            }
            Format::Summary => {
                if self.several {
                    let (space, style) = (if self.written == 0 { "" } else { "\n" }, output::HEADING);
                    text.push_str(&format!("{space}{style}{}{style:#}\n", Escaped(name)));
                }
                text.push_str(&output::summary(value, asked.observed));
                self.written += 1;
            }
            Format::Manifests => {
                for child in manifests(asked.parent, value) {
                    text.push_str(if self.written == 0 { "" } else { "---\n" });
                    if self.several {
                        text.push_str(&format!("# of {}\n", Escaped(name)));
                    }
                    text.push_str(&encode(&child)?);
                    self.written += 1;
                }
            }
        }
        self.output.data.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Returns the children of an answer as Metacontroller creates them: in the namespace of their parent, if they name
/// none.
fn manifests(parent: &Value, answer: &Value) -> Vec<Value> {
    let own = parent
        .pointer("/metadata/namespace")
        .filter(|own| own.as_str() != Some(""));
    let lists = [ControllerKind::Composite, ControllerKind::Decorator]
        .map(|kind| answer.get(kind.children_key()).and_then(Value::as_array));
    let mut children: Vec<Value> = lists.into_iter().flatten().flatten().cloned().collect();
    for child in &mut children {
        if let (Some(own), Some(Value::Object(metadata))) = (own, child.get_mut("metadata")) {
            metadata.entry("namespace").or_insert_with(|| own.clone());
        }
    }
    children
}

/// `Function default/hello`.
pub(super) fn title(parent: &Value) -> String {
    let Ok((_, kind, name)) = identity(parent, "the parent") else {
        return "the parent".to_owned();
    };
    match parent.pointer("/metadata/namespace").and_then(Value::as_str) {
        Some(namespace) if !namespace.is_empty() => format!("{kind} {namespace}/{name}"),
        _ => format!("{kind} {name}"),
    }
}

fn encode(value: &Value) -> Result<String, Failure> {
    yaml::encode(value).map_err(Failure::refused)
}

fn parse(answer: &str) -> Result<Value, Failure> {
    serde_json::from_str(answer)
        .map_err(|error| Failure::Refused(format!("the answer is not valid JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn children_get_the_namespace_of_their_parent() {
        let answer = json!({"children": [
            {"kind": "ConfigMap", "metadata": {"name": "a"}},
            {"kind": "ConfigMap", "metadata": {"name": "b", "namespace": "other"}},
        ]});
        let namespaces = |parent: Value| -> Vec<Value> {
            let children = manifests(&parent, &answer);
            children
                .iter()
                .map(|child| child["metadata"]["namespace"].clone())
                .collect()
        };
        assert_eq!(
            namespaces(json!({"metadata": {"namespace": "own"}})),
            [json!("own"), json!("other")]
        );
        assert_eq!(namespaces(json!({"metadata": {}})), [json!(null), json!("other")]);
    }

    #[test]
    fn strict_reads_conditions() {
        let condition = |of: &str, status: &str, reason: &str| json!({"status": {"conditions": [{"type": of, "status": status, "reason": reason, "message": "m"}]}});
        let judged = |strict, answer: &Value, logged| {
            let args = StrictArgs { strict };
            let mut answers = Answers::new(Format::Yaml, &args, false);
            answers.judge("P p", answer, logged);
            answers.finish().words
        };
        let (errors, warnings) = (Some(Strict::Errors), Some(Strict::Warnings));
        let invalid = condition("Ready", "False", "InvalidSpec");
        assert_eq!(
            judged(errors, &invalid, 0),
            ["error: P p: Ready is False (InvalidSpec): m"]
        );
        assert!(judged(None, &invalid, 1).is_empty());
        assert!(judged(errors, &condition("Ready", "False", "Waiting"), 1).is_empty());
        let warned = condition("Accepted", "True", "Warnings");
        assert!(judged(errors, &warned, 0).is_empty());
        assert_eq!(judged(warnings, &warned, 0).len(), 1);
        assert_eq!(
            judged(warnings, &json!({}), 2),
            ["error: P p: the plugin logged 2 warnings; use --log warn to see them"]
        );
    }
}
