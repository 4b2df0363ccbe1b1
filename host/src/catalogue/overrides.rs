//! Settings that flags give, over those of the file: `--set PLUGIN.PATH=VALUE`.

use std::path::Path;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Map, Value};

use crate::yaml;

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

impl Override {
    /// Reads `PLUGIN.PATH=VALUE`, where the path has dots between its keys, and the value is YAML.
    ///
    /// # Errors
    ///
    /// A sentence, without the text itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = || "PLUGIN.PATH=VALUE is expected, such as function.defaultEngine=keda".to_owned();
        let (keys, value) = text.split_once('=').ok_or_else(form)?;
        let mut keys = keys.split('.').map(str::to_owned);
        let plugin = keys.next().unwrap_or_default();
        let path: Vec<String> = keys.collect();
        if plugin.is_empty() || path.is_empty() || path.iter().any(String::is_empty) {
            return Err(form());
        }
        if path.len() > MOST_KEYS {
            return Err(format!(
                "a path has at most {MOST_KEYS} keys, and this one has {}",
                path.len()
            ));
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
    /// A sentence, where the path leads through something that is no object.
    pub fn apply(&self, settings: &mut Option<Value>) -> Result<(), String> {
        let mut at = settings.get_or_insert_with(|| Value::Object(Map::new()));
        let mut walked: Vec<&str> = Vec::new();
        let mut keys = self.path.iter().peekable();
        while let Some(key) = keys.next() {
            let Value::Object(members) = at else {
                let place = match walked.as_slice() {
                    [] => "the plugin's settings are".to_owned(),
                    keys => format!("{} is", keys.join(".")),
                };
                return Err(format!("{place} {at}, and nothing can be set in that"));
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

    fn set(settings: Option<Value>, flags: &[&str]) -> Result<Value, String> {
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
        let form = "PLUGIN.PATH=VALUE is expected";
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
                "engine is \"keda\", and nothing can be set in that",
            ),
            ("f.list.0=1", "list is [1], and nothing can be set in that"),
        ] {
            let file = json!({"engine": "keda", "list": [1]});
            let error = set(Some(file), &[flag]).unwrap_err();
            assert!(error.contains(words) && !error.contains('\n'), "{flag}: {error}");
        }
        let error = set(Some(json!(7)), &["f.a=1"]).unwrap_err();
        assert_eq!(
            error,
            "the plugin's settings are 7, and nothing can be set in that"
        );
    }
}
