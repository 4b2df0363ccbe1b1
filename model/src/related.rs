//! Which selections customize may answer, and what they select.

use metawasm_contract::HookVersion;
use serde_json::Value;

use crate::object::{Id, text};

/// Whether a rule is one that Metacontroller takes. `namespaced`: the rule's resource is.
///
/// # Errors
/// What is wrong with it.
pub fn check(
    rule: &Value,
    version: HookVersion,
    parent_namespace: &str,
    namespaced: bool,
) -> Result<(), String> {
    let has = |key: &str| {
        rule.get(key)
            .is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    };
    let has_names = rule
        .get("names")
        .and_then(Value::as_array)
        .is_some_and(|names| !names.is_empty());
    let resource = text(rule, "/resource");
    let wrong = |what: &str| Err(format!("related resource {resource}: {what}"));
    if has_names && (has("labelSelector") || has("namespaceSelector")) {
        return wrong("names cannot be combined with labelSelector or namespaceSelector");
    }
    if has("namespace") && has("namespaceSelector") {
        return wrong("namespace cannot be combined with namespaceSelector");
    }
    if has("namespaceSelector") && !namespaced {
        return wrong("namespaceSelector needs a namespaced resource");
    }
    if version == HookVersion::V1 && !parent_namespace.is_empty() {
        if has("namespaceSelector") {
            return wrong("namespaceSelector needs a parent without a namespace, or hook version v2");
        }
        if has("namespace") && text(rule, "/namespace") != parent_namespace {
            return wrong("the namespace is not the parent's, which hook version v1 does not allow");
        }
    }
    Ok(())
}

/// Whether a rule that is legal selects an object of its resource. `namespace` is the labels of the object's.
pub fn selects(
    rule: &Value,
    version: HookVersion,
    parent_namespace: &str,
    object: &Value,
    namespace: &Value,
) -> bool {
    let id = Id::of(object);
    let wanted = match text(rule, "/namespace") {
        none if none.is_empty() && version == HookVersion::V1 => parent_namespace.to_owned(),
        wanted => wanted,
    };
    let names = rule
        .get("names")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let labels = object.pointer("/metadata/labels").unwrap_or(&Value::Null);
    (wanted.is_empty() || wanted == id.namespace)
        && (names.is_empty() || names.iter().any(|name| *name == id.name.as_str()))
        && matches(rule.get("labelSelector").unwrap_or(&Value::Null), labels)
        && matches(rule.get("namespaceSelector").unwrap_or(&Value::Null), namespace)
}

/// Whether a label selector matches labels (an annotation selector, annotations). None matches all.
pub fn matches(selector: &Value, labels: &Value) -> bool {
    let exact = ["matchLabels", "matchAnnotations"]
        .into_iter()
        .filter_map(|key| selector.get(key)?.as_object());
    if !exact.flatten().all(|(key, value)| labels.get(key) == Some(value)) {
        return false;
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    expressions.into_iter().flatten().all(|expression| {
        let found = labels.get(text(expression, "/key"));
        let values = expression.get("values").and_then(Value::as_array);
        let is_in = || found.is_some_and(|found| values.is_some_and(|values| values.contains(found)));
        match text(expression, "/operator").as_str() {
            "In" => is_in(),
            "NotIn" => !is_in(),
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn legal() {
        let any = json!({});
        let table = [
            (json!({}), HookVersion::V1, "ns", true, true),
            (
                json!({"names": ["a"], "namespace": "ns"}),
                HookVersion::V1,
                "ns",
                true,
                true,
            ),
            (
                json!({"names": ["a"], "labelSelector": any}),
                HookVersion::V2,
                "ns",
                true,
                false,
            ),
            (
                json!({"names": [], "labelSelector": any}),
                HookVersion::V2,
                "ns",
                true,
                true,
            ),
            (
                json!({"names": ["a"], "namespaceSelector": any}),
                HookVersion::V2,
                "",
                true,
                false,
            ),
            (
                json!({"namespace": "x", "namespaceSelector": any}),
                HookVersion::V2,
                "",
                true,
                false,
            ),
            (
                json!({"namespaceSelector": any}),
                HookVersion::V2,
                "",
                false,
                false,
            ),
            (
                json!({"namespaceSelector": any}),
                HookVersion::V2,
                "ns",
                true,
                true,
            ),
            (
                json!({"namespaceSelector": any}),
                HookVersion::V1,
                "ns",
                true,
                false,
            ),
            (json!({"namespaceSelector": any}), HookVersion::V1, "", true, true),
            (json!({"namespace": "x"}), HookVersion::V1, "ns", true, false),
            (json!({"namespace": "x"}), HookVersion::V2, "ns", true, true),
            (json!({"namespace": "x"}), HookVersion::V1, "", true, true),
        ];
        for (rule, version, parent, namespaced, legal) in table {
            let checked = check(&rule, version, parent, namespaced);
            assert_eq!(checked.is_ok(), legal, "{rule} {version:?} {parent}: {checked:?}");
        }
    }

    #[test]
    fn selected() {
        let object = json!({"metadata": {"name": "o", "namespace": "ns", "labels": {"a": "b"}}});
        let table = [
            (json!({}), HookVersion::V1, "ns", true),
            (json!({}), HookVersion::V1, "other", false),
            (json!({}), HookVersion::V2, "other", true),
            (json!({"namespace": "ns"}), HookVersion::V2, "other", true),
            (json!({"names": ["x", "o"]}), HookVersion::V2, "ns", true),
            (json!({"names": ["x"]}), HookVersion::V2, "ns", false),
            (
                json!({"labelSelector": {"matchLabels": {"a": "b"}}}),
                HookVersion::V2,
                "ns",
                true,
            ),
            (
                json!({"labelSelector": {"matchLabels": {"a": "c"}}}),
                HookVersion::V2,
                "ns",
                false,
            ),
            (
                json!({"namespaceSelector": {"matchLabels": {"team": "x"}}}),
                HookVersion::V2,
                "ns",
                true,
            ),
            (
                json!({"namespaceSelector": {"matchLabels": {"team": "y"}}}),
                HookVersion::V2,
                "ns",
                false,
            ),
        ];
        for (rule, version, parent, expected) in table {
            let found = selects(&rule, version, parent, &object, &json!({"team": "x"}));
            assert_eq!(found, expected, "{rule} {version:?} {parent}");
        }
    }

    #[test]
    fn expressions() {
        let labels = json!({"a": "b"});
        let table = [
            ("In", "a", true),
            ("In", "c", false),
            ("NotIn", "a", false),
            ("NotIn", "c", true),
            ("Exists", "a", true),
            ("Exists", "c", false),
            ("DoesNotExist", "a", false),
            ("DoesNotExist", "c", true),
            ("Near", "a", false),
        ];
        for (operator, key, expected) in table {
            let selector = json!({"matchExpressions": [{"key": key, "operator": operator, "values": ["b"]}]});
            assert_eq!(matches(&selector, &labels), expected, "{operator} {key}");
        }
        assert!(matches(&json!({"matchAnnotations": {"a": "b"}}), &labels));
        assert!(matches(&Value::Null, &Value::Null));
    }
}
