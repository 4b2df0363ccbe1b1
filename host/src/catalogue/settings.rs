//! A plugin's settings against the schema that it gives.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::overrides::{Override, all_flags, flags};

/// Why settings do not fit the plugin.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The schema is none.
    #[error("the settings schema that the plugin describes is no JSON Schema: {0}")]
    Schema(String),
    /// Settings for a plugin that has none.
    #[error("the plugin takes no settings, but some are given{0}")]
    None(String),
    /// Settings that the schema refuses, all of them.
    #[error("settings do not fit the plugin: {}", .0.join("; "))]
    Invalid(Vec<String>),
}

/// A plugin's schema, compiled when settings are first checked against it: to compile one takes a
/// millisecond, and memory for as long as it is kept.
#[derive(Default)]
pub(super) struct Schema(OnceLock<Result<Validator, String>>);

impl Schema {
    /// Checks settings against the schema, always the same one, and gives them as the plugin gets them. What is
    /// wrong is said with the flag that it comes of.
    pub(super) fn check(
        &self,
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
                let compiled = self
                    .0
                    .get_or_init(|| jsonschema::validator_for(schema).map_err(|error| error.to_string()));
                let validator = compiled
                    .as_ref()
                    .map_err(|error| SettingsError::Schema(error.clone()))?;
                let wrong: Vec<String> = validator
                    .iter_errors(settings)
                    .map(|error| sentence(&error) + &flags(overrides, &error))
                    .collect();
                if !wrong.is_empty() {
                    return Err(SettingsError::Invalid(wrong));
                }
            }
        }
        Ok(settings.to_string())
    }
}

fn sentence(error: &jsonschema::ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    if path.is_empty() {
        error.to_string()
    } else {
        format!("{path}: {error}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Option<&Value>, settings: Option<&Value>) -> Result<String, SettingsError> {
        Schema::default().check(schema, settings, &[])
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
        let checked = Schema::default().check(schema, settings.as_ref(), &flags);
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
            "the plugin takes no settings, but some are given (--set p.a=1)"
        );
    }

    #[test]
    fn a_plugin_without_a_schema_takes_no_settings() {
        let error = check(None, Some(&json!({"a": 1}))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the plugin takes no settings, but some are given"
        );
        let error = check(Some(&json!({"type": 7})), None).unwrap_err();
        assert!(matches!(error, SettingsError::Schema(_)), "{error}");
    }
}
