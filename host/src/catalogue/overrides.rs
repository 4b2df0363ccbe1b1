//! Settings that flags give, over those of the file: `--set PLUGIN.PATH=VALUE`.

use std::path::Path;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use crate::yaml::{self, YamlError};

/// Keys of a path at most: beyond any that a schema has, and few enough for what walks down them.
const MOST_KEYS: usize = 100;

/// One setting of one plugin, as a flag gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The name that the plugin is served under.
    pub plugin: String,
    /// The keys that lead to it; at least one.
    path: Vec<String>,
    value: Value,
    /// As it was written, for sentences.
    text: String,
}

/// Reasons why a setting cannot be read or set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OverrideError {
    /// Not `PLUGIN.PATH=VALUE`.
    #[error("expected PLUGIN.PATH=VALUE, such as function.defaultEngine=keda")]
    Form,
    /// The path has too many keys.
    #[error("the path has {keys} keys; at most {MOST_KEYS} are allowed")]
    TooDeep {
        /// The number of keys.
        keys: usize,
    },
    /// The value is not valid YAML.
    #[error(transparent)]
    Value(#[from] YamlError),
    /// The path leads through a value that is not an object.
    #[error("cannot set a field of {}, which is {value}, not an object", place(.path))]
    NotAnObject {
        /// The keys that lead to the value; empty for all settings.
        path: String,
        /// The value.
        value: Value,
    },
}

fn place(path: &str) -> &str {
    match path {
        "" => "the plugin's settings",
        path => path,
    }
}

impl Override {
    /// Reads `PLUGIN.PATH=VALUE`, where the path has dots between its keys, and the value is YAML.
    ///
    /// # Errors
    ///
    /// [`OverrideError`], whose message does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, OverrideError> {
        let (keys, value) = text.split_once('=').ok_or(OverrideError::Form)?;
        let mut keys = keys.split('.').map(str::to_owned);
        let plugin = keys.next().unwrap_or_default();
        let path: Vec<String> = keys.collect();
        if plugin.is_empty() || path.is_empty() || path.iter().any(String::is_empty) {
            return Err(OverrideError::Form);
        }
        if path.len() > MOST_KEYS {
            return Err(OverrideError::TooDeep { keys: path.len() });
        }
        let value = match value {
            // In YAML nothing at all is null; who writes nothing means the empty text.
            "" => Value::String(String::new()),
            value => yaml::decode(value, Path::new("VALUE"))?,
        };
        Ok(Self {
            plugin,
            path,
            value,
            text: text.to_owned(),
        })
    }

    /// The flag as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Puts the value in its place, and the objects that lead to it; null takes away what is there.
    ///
    /// # Errors
    ///
    /// [`OverrideError::NotAnObject`], if the path leads through a value that is not an object.
    pub fn apply(&self, settings: &mut Option<Value>) -> Result<(), OverrideError> {
        let mut at = settings.get_or_insert_with(|| Value::Object(Map::new()));
        let mut walked: Vec<&str> = Vec::new();
        let mut keys = self.path.iter().peekable();
        while let Some(key) = keys.next() {
            let Value::Object(members) = at else {
                return Err(OverrideError::NotAnObject {
                    path: walked.join("."),
                    value: at.clone(),
                });
            };
            if keys.peek().is_none() {
                match &self.value {
                    Value::Null => drop(members.remove(key)),
                    value => drop(members.insert(key.clone(), value.clone())),
                }
                return Ok(());
            }
            if self.value.is_null() && !members.contains_key(key) {
                return Ok(());
            }
            walked.push(key);
            at = members
                .entry(key.clone())
                .or_insert_with(|| Value::Object(Map::new()));
        }
        Ok(())
    }

    /// Whether what is wrong with the settings may come of this one.
    fn concerns(&self, error: &ValidationError<'_>) -> bool {
        let place = error.instance_path().to_string();
        let keys: Vec<&str> = place.split('/').skip(1).collect();
        let (ours, theirs) = (self.path.iter(), keys.iter());
        if ours.zip(theirs).any(|(ours, theirs)| ours != theirs) {
            return false;
        }
        match (error.kind(), self.path.get(keys.len())) {
            (ValidationErrorKind::AdditionalProperties { unexpected }, Some(key)) => unexpected.contains(key),
            _ => true,
        }
    }

    /// How to write the value as a text, where a text is wanted and the value is none.
    fn as_text(&self, error: &ValidationError<'_>) -> Option<String> {
        let is_of_type = matches!(
            error.kind(),
            ValidationErrorKind::Type { .. } | ValidationErrorKind::Enum { .. }
        );
        let is_plain = self.value.is_number() || self.value.is_boolean();
        let (keys, value) = self.text.split_once('=')?;
        (is_of_type && is_plain).then(|| format!("as a text it is '{keys}=\"{value}\"'"))
    }
}

/// What a sentence about settings ends in: the flags that they may come of.
pub(super) fn flags(overrides: &[Override], error: &ValidationError<'_>) -> String {
    let mut end = String::new();
    for flag in overrides.iter().filter(|flag| flag.concerns(error)) {
        let hint = flag.as_text(error);
        let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
        end.push_str(&format!(" (--set {}{hint})", flag.text));
    }
    end
}

/// All of them, likewise.
pub(super) fn all_flags(overrides: &[Override]) -> String {
    let all = overrides.iter().map(|flag| format!(" (--set {})", flag.text));
    all.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(settings: Option<Value>, flags: &[&str]) -> Result<Value, OverrideError> {
        let mut settings = settings;
        for flag in flags {
            Override::parse(flag)?.apply(&mut settings)?;
        }
        Ok(settings.unwrap())
    }

    #[test]
    fn values_are_yaml_and_paths_are_made() {
        let flags = [
            "f.engine=keda",
            "f.interceptor.port=80",
            "f.checkNames=true",
            "f.httpAddon=\"0.8\"",
            "f.empty=",
            "f.equation=a=b",
        ];
        assert_eq!(
            set(None, &flags).unwrap(),
            json!({"engine": "keda", "interceptor": {"port": 80}, "checkNames": true, "httpAddon": "0.8",
                "empty": "", "equation": "a=b"})
        );
    }

    #[test]
    fn the_last_one_counts_and_leaves_its_neighbours() {
        let file = json!({"interceptor": {"port": 8080, "service": "s"}, "engine": "keda"});
        let set = |flags: &[&str]| set(Some(file.clone()), flags).unwrap();
        assert_eq!(
            set(&["f.interceptor.port=1", "f.interceptor.port=2"]),
            json!({"interceptor": {"port": 2, "service": "s"}, "engine": "keda"})
        );
        assert_eq!(
            set(&["f.interceptor=null", "f.nothing.there=null"]),
            json!({"engine": "keda"})
        );
    }

    #[test]
    fn what_cannot_be_set_is_said() {
        let form = "expected PLUGIN.PATH=VALUE";
        for (flag, words) in [
            ("f", form),
            ("=1", form),
            ("f=1", form),
            ("f.=1", form),
            (".a=1", form),
            ("f..a=1", form),
            ("f.a=[1", "VALUE: "),
            (
                "f.engine.x=1",
                "cannot set a field of engine, which is \"keda\", not an object",
            ),
            (
                "f.list.0=1",
                "cannot set a field of list, which is [1], not an object",
            ),
        ] {
            let file = json!({"engine": "keda", "list": [1]});
            let error = set(Some(file), &[flag]).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains('\n'), "{flag}: {error}");
        }
        let error = set(Some(json!(7)), &["f.a=1"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "cannot set a field of the plugin's settings, which is 7, not an object"
        );
    }
}
