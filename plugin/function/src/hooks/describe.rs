//! What the plugin is, for the host: read once, when it is loaded.
//!
//! `describe.json` is the text. Its children are written by `cargo xtask manifests` from `kinds`, the schema is
//! that of `settings`, and `view`, what is read of a request, is the table in `request`; tests hold
//! them together. A view is an allow list: what is not in it is not copied into the sandbox, and
//! does not make a new request of an old one.

const DESCRIPTION: &str = include_str!("describe.json");

/// What the plugin is, as JSON: name, version, parent, children, the schema of its settings and
/// what it reads of a request.
#[must_use]
pub fn describe() -> String {
    DESCRIPTION.replacen("{version}", env!("CARGO_PKG_VERSION"), 1)
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::function::settings::Settings;
    use crate::kinds::{self, Update};
    use serde_json::{Value, json};

    fn described() -> Value {
        serde_json::from_str(&describe()).unwrap()
    }

    #[test]
    fn the_children_are_those_of_the_table() {
        let kinds = kinds::ALL.iter().map(|kind| {
            let mut child = json!({"apiVersion": kind.api_version, "kind": kind.kind,
                "resource": kind.resource, "updateStrategy": kind.update.map(Update::method)});
            if kind.feature.is_some() {
                child["optional"] = json!(true);
            }
            child
        });
        assert_eq!(described()["children"], json!(kinds.collect::<Vec<_>>()));
    }

    /// The defaults that the schema tells, as settings.
    fn defaults(schema: &Value) -> Value {
        let Some(properties) = schema["properties"].as_object() else {
            return schema["default"].clone();
        };
        let properties = properties.iter();
        properties
            .map(|(key, schema)| (key.clone(), self::defaults(schema)))
            .collect()
    }

    #[test]
    fn the_defaults_are_those_of_the_settings() {
        let told = defaults(&described()["settings"]).to_string();
        assert_eq!(Settings::parse(&told), Ok(Settings::default()));
    }
}
