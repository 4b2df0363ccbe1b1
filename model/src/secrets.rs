//! Hides the values of Secrets in what people read.

use serde_json::Value;

use crate::fields::FieldChange;
use crate::object::Id;

/// What is shown instead of a value.
pub const HIDDEN: &str = "(hidden)";

/// The members of a Secret that hold its values.
const VALUES: [&str; 2] = ["data", "stringData"];

/// Hides the values of a Secret in its changes; that they differ is still seen. Other objects are left alone.
pub fn hide_changes(object: &Id, changes: &mut [FieldChange]) {
    if !is_secret(object) {
        return;
    }
    for change in changes {
        let FieldChange { path, old, new } = change;
        let root = path.split(['.', '[']).next().unwrap_or_default();
        for value in [old, new].into_iter().flatten() {
            if VALUES.contains(&root) {
                hide(value);
            } else if root.is_empty() {
                hide_values(object, value);
            }
        }
    }
}

/// Hides the values of a Secret. Other objects are left alone.
pub fn hide_values(object: &Id, value: &mut Value) {
    if !is_secret(object) {
        return;
    }
    for key in VALUES {
        if let Some(values) = value.get_mut(key) {
            hide(values);
        }
    }
}

fn is_secret(object: &Id) -> bool {
    object.kind == "Secret" && object.api_version == "v1"
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(hide),
        value => *value = Value::from(HIDDEN),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::fields;

    #[test]
    fn values_of_secrets_are_hidden_and_nothing_else() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eA=="},
            "type": "Opaque"});
        let other = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eQ=="},
            "stringData": {"b": "c"}, "type": "x"});
        let mut changes = fields(&secret, &other);
        hide_changes(&Id::of(&secret), &mut changes);
        let told: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                r#"data.a: "(hidden)" → "(hidden)""#,
                r#"stringData: added {"b":"(hidden)"}"#,
                r#"type: "Opaque" → "x""#,
            ]
        );
        let mut whole = other.clone();
        hide_values(&Id::of(&secret), &mut whole);
        assert_eq!(whole.pointer("/stringData/b"), Some(&json!(HIDDEN)));
        assert_eq!(whole.pointer("/metadata/name"), Some(&json!("s")));
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}});
        let mut same = config.clone();
        hide_values(&Id::of(&config), &mut same);
        assert_eq!(same, config);
    }
}
