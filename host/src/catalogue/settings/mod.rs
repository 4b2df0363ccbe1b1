//! A plugin's settings against the schema that it gives.
//!
//! The schema is the plugin's, so it is hostile: to compile and evaluate one can take any time and memory. A child
//! process does that, and its verdict is kept in the code cache.

mod bounds;
mod schema;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::overrides::{Override, all_flags};
use crate::child::{self, ChildError, CompileBounds, WorkError};
use crate::sandbox::ChildProcesses;
use crate::yaml::Places;

/// The hidden command of the child that checks.
pub(crate) const COMMAND: &str = "check-settings";
/// What a check may use at most. One of an ordinary schema takes milliseconds and a few MiB.
const BOUNDS: CompileBounds = CompileBounds {
    time: Duration::from_secs(5),
    memory: 256 << 20,
};

/// Reasons why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The schema is invalid.
    #[error("the plugin's settings schema is not a valid JSON Schema: {0}")]
    Schema(String),
    /// The schema is too large, or its check takes too much.
    #[error("the plugin's settings schema is too complex: {0}")]
    TooMuch(String),
    /// The check could not be done.
    #[error("cannot check the settings: {0}")]
    Check(String),
    /// Settings for a plugin that has none.
    #[error("the plugin accepts no settings{0}")]
    None(String),
    /// Settings that do not match the schema: a sentence for each place.
    #[error("invalid settings: {}", sentences(.0))]
    Invalid(Vec<Wrong>),
}

/// What is wrong in one place of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrong {
    /// JSON pointer of the place.
    pointer: String,
    /// What is wrong, with the pointer.
    sentence: String,
    /// Whether a flag may have caused it. Its place is then the flag, which the sentence names.
    by_flag: bool,
}

fn sentences(wrong: &[Wrong]) -> String {
    let all: Vec<&str> = wrong.iter().map(|wrong| wrong.sentence.as_str()).collect();
    all.join("; ")
}

impl SettingsError {
    /// Adds the file, the line and the column to each sentence about a value that stands in a file.
    pub(super) fn in_file(self, places: &Places) -> Self {
        let Self::Invalid(mut all) = self else {
            return self;
        };
        for wrong in all.iter_mut().filter(|wrong| !wrong.by_flag) {
            if let Some(place) = places.of(&wrong.pointer) {
                wrong.sentence = format!("{place}: {}", wrong.sentence);
            }
        }
        Self::Invalid(all)
    }
}

/// A schema, settings, and the flags that are in them.
#[derive(Serialize, Deserialize)]
struct Question {
    schema: Value,
    settings: Value,
    flags: Vec<String>,
}

/// What comes of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum CheckResult {
    /// The settings fit.
    Fits,
    /// They do not: a sentence for each place.
    Invalid(Vec<Wrong>),
    /// The schema is invalid.
    Schema(String),
    /// The schema is too large, or its check took too much.
    TooMuch(String),
}

impl CheckResult {
    fn result(self) -> Result<(), SettingsError> {
        match self {
            Self::Fits => Ok(()),
            Self::Invalid(wrong) => Err(SettingsError::Invalid(wrong)),
            Self::Schema(why) => Err(SettingsError::Schema(why)),
            Self::TooMuch(why) => Err(SettingsError::TooMuch(why)),
        }
    }
}

/// Checks settings, each question once.
#[derive(Default)]
pub(super) struct Checker {
    known: Mutex<HashMap<blake3::Hash, CheckResult>>,
}

impl Checker {
    /// Checks settings against a schema and returns them as the plugin gets them. What is wrong is said with the flag
    /// that it comes from. Without `children`, this process checks.
    pub(super) fn check(
        &self,
        children: Option<&ChildProcesses>,
        schema: Option<&Value>,
        settings: Option<&Value>,
        overrides: &[Override],
    ) -> Result<String, SettingsError> {
        let empty = Value::Object(Map::new());
        let settings = settings.unwrap_or(&empty);
        match schema {
            None if *settings == empty => {}
            None => return Err(SettingsError::None(all_flags(overrides))),
            Some(schema) => {
                let question = Question {
                    schema: schema.clone(),
                    settings: settings.clone(),
                    flags: overrides.iter().map(|flag| flag.text().to_owned()).collect(),
                };
                self.check_once(children, &question)?.result()?;
            }
        }
        Ok(settings.to_string())
    }

    fn check_once(
        &self,
        children: Option<&ChildProcesses>,
        question: &Question,
    ) -> Result<CheckResult, SettingsError> {
        let broken = |error: &dyn std::fmt::Display| SettingsError::Check(error.to_string());
        let text = serde_json::to_string(question).map_err(|error| broken(&error))?;
        let hash = blake3::hash(text.as_bytes());
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = known().get(&hash) {
            return Ok(result.clone());
        }
        let result = match children {
            None => schema::evaluate(&question.schema, &question.settings, &question.flags),
            Some(children) => asked(children, &text)?,
        };
        known().insert(hash, result.clone());
        Ok(result)
    }
}

/// The verdict of a child, or of one at an earlier start.
fn asked(children: &ChildProcesses, question: &str) -> Result<CheckResult, SettingsError> {
    let bounds = CompileBounds {
        time: BOUNDS.time.min(children.bounds.time),
        memory: BOUNDS.memory.min(children.bounds.memory),
    };
    let kept = children.recall(question.as_bytes(), &bounds);
    if let Some(result) = kept.and_then(|text| serde_json::from_str(&text).ok())
        && !(children.retry && matches!(result, CheckResult::TooMuch(_)))
    {
        return Ok(result);
    }
    let broken = |why: String| SettingsError::Check(why);
    let result = match children.ask(COMMAND, question.as_bytes(), bounds) {
        Ok(answer) => serde_json::from_str(&answer).map_err(|error| broken(error.to_string()))?,
        Err(
            error @ (ChildError::Time { starved: false, .. }
            | ChildError::Crashed { .. }
            | ChildError::Panicked),
        ) => CheckResult::TooMuch(format!("its check failed: {error}; make the schema simpler")),
        Err(error) => return Err(broken(error.to_string())),
    };
    if let Ok(text) = serde_json::to_string(&result) {
        children.remember(question.as_bytes(), &bounds, &text);
    }
    Ok(result)
}

/// What the child does: a question from standard input to a verdict on standard output.
pub(crate) fn check_stdin(bounds: &CompileBounds) -> ExitCode {
    child::main(bounds, |question| {
        let question: Question =
            serde_json::from_slice(question).map_err(|error| WorkError::Machine(error.to_string()))?;
        let result = schema::evaluate(&question.schema, &question.settings, &question.flags);
        serde_json::to_vec(&result).map_err(|error| WorkError::Machine(error.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Option<&Value>, settings: Option<&Value>) -> Result<String, SettingsError> {
        Checker::default().check(None, schema, settings, &[])
    }

    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": false, "properties": {
            "engine": {"enum": ["keda", "knative"]}, "interceptor": {"type": "object", "properties": {"port": {"type": "integer"}}}
        }})
    }

    #[test]
    fn settings_that_fit_are_passed_on() {
        let given = json!({"engine": "keda"});
        assert_eq!(
            check(Some(&schema()), Some(&given)).unwrap(),
            r#"{"engine":"keda"}"#
        );
        assert_eq!(check(Some(&schema()), None).unwrap(), "{}");
        assert_eq!(check(None, None).unwrap(), "{}");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_with_its_place() {
        let given = json!({"engine": "other", "interceptor": {"port": "x"}, "more": 1});
        let text = check(Some(&schema()), Some(&given)).unwrap_err().to_string();
        assert!(
            text.contains("/engine: ") && text.contains("/interceptor/port: "),
            "{text}"
        );
        assert!(text.contains("more"), "{text}");
    }

    /// What is wrong with settings that flags alone give.
    fn wrong(schema: Option<&Value>, flags: &[&str]) -> String {
        let mut settings = None;
        let flags: Vec<Override> = flags.iter().map(|flag| Override::parse(flag).unwrap()).collect();
        for flag in &flags {
            flag.apply(&mut settings).unwrap();
        }
        let checked = Checker::default().check(None, schema, settings.as_ref(), &flags);
        checked.unwrap_err().to_string()
    }

    #[test]
    fn what_a_flag_does_wrong_is_said_with_the_flag() {
        let text = wrong(
            Some(&schema()),
            &[
                "p.engine=0.8",
                "p.interceptor.port=x",
                "p.more=1",
                "p.interceptor.service=s",
            ],
        );
        let wrong_flags: Vec<&str> = text.split("; ").filter(|part| part.contains("--set")).collect();
        assert_eq!(wrong_flags.len(), 3, "{text}");
        for (place, flag) in [
            ("/engine: ", "(--set p.engine=0.8"),
            ("/interceptor/port: ", "(--set p.interceptor.port=x)"),
            ("'more'", "(--set p.more=1)"),
        ] {
            let part = wrong_flags.iter().find(|part| part.contains(place));
            assert!(part.is_some_and(|part| part.contains(flag)), "{place}: {text}");
        }
        assert!(text.contains("as a text it is 'p.engine=\"0.8\"'"), "{text}");
        assert_eq!(
            wrong(None, &["p.a=1"]),
            "the plugin accepts no settings (--set p.a=1)"
        );
    }

    #[test]
    fn a_plugin_without_a_schema_takes_no_settings() {
        let error = check(None, Some(&json!({"a": 1}))).unwrap_err();
        assert_eq!(error.to_string(), "the plugin accepts no settings");
        let error = check(Some(&json!({"type": 7})), None).unwrap_err();
        assert!(matches!(error, SettingsError::Schema(_)), "{error}");
    }
}
