//! The user's pod spec → the form in which the API server stores it.
//!
//! Whatever the server would rewrite differs from what is observed, and costs a write at every
//! sync: nulls, empty lists, empty env values, quantities in another notation, and the few
//! defaults below a list that is compared as a whole. Everything else passes through as it is,
//! of whichever Kubernetes version it may be.

use serde_json::{Map, Value};

use crate::api::field::{Field, quoted};
use crate::notes::{Notes, Path};
use crate::quantity::canonical;

/// The server keeps these lists even when they are empty.
const KEPT_WHEN_EMPTY: [&str; 2] = ["nodeSelectorTerms", "sources"];

pub(super) fn normalize(
    field: Field<Map<String, Value>>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut template = notes.take(field, at).unwrap_or_default();
    store_object(&mut template, at, notes);
    template
}

fn store_object(object: &mut Map<String, Value>, at: &Path<'_>, notes: &mut Notes) {
    object.retain(|key, value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty() || KEPT_WHEN_EMPTY.contains(&key.as_str()),
        _ => true,
    });
    for (key, value) in object.iter_mut() {
        store_member(key, value, &at.field(key), notes);
    }
}

fn store_member(key: &str, value: &mut Value, at: &Path<'_>, notes: &mut Notes) {
    match (key, value) {
        ("requests" | "limits" | "overhead", Value::Object(quantities)) => {
            quantities.retain(|_, value| !value.is_null());
            for (name, value) in quantities.iter_mut() {
                store_quantity(value, &at.key(name), notes);
            }
        }
        ("sizeLimit" | "divisor", value @ (Value::String(_) | Value::Number(_))) => {
            store_quantity(value, at, notes);
        }
        ("env", Value::Array(variables)) => {
            for variable in variables.iter_mut().filter_map(Value::as_object_mut) {
                if variable.get("value").and_then(Value::as_str) == Some("") {
                    variable.remove("value");
                }
            }
            store_list(variables, at, notes);
        }
        ("projected", Value::Object(projected)) => {
            store_projected(projected);
            store_object(projected, at, notes);
        }
        (_, Value::Object(object)) => store_object(object, at, notes),
        (_, Value::Array(list)) => store_list(list, at, notes),
        _ => {}
    }
}

fn store_list(list: &mut [Value], at: &Path<'_>, notes: &mut Notes) {
    for (index, value) in list.iter_mut().enumerate() {
        match value {
            Value::Null => notes.invalid(&at.index(index), "null", "must not be null"),
            Value::Object(object) => store_object(object, &at.index(index), notes),
            Value::Array(list) => store_list(list, &at.index(index), notes),
            _ => {}
        }
    }
}

fn store_quantity(value: &mut Value, at: &Path<'_>, notes: &mut Notes) {
    const WANTED: &str = "must be a quantity, such as 500m, 2 or 64Mi";
    let stored = match &*value {
        Value::String(text) => match canonical(text) {
            Ok(stored) if stored == *text => return,
            Ok(stored) => stored.into_owned(),
            Err(_) => return notes.invalid(at, quoted(text), WANTED),
        },
        Value::Number(number) => {
            let text = number.to_string();
            match canonical(&text) {
                Ok(stored) => stored.into_owned(),
                Err(_) => return notes.invalid(at, text, WANTED),
            }
        }
        other => return notes.invalid(at, other, WANTED),
    };
    *value = Value::String(stored);
}

/// `sources` has no merge key, so that the defaults below it must be written out.
fn store_projected(projected: &mut Map<String, Value>) {
    projected.entry("defaultMode").or_insert_with(|| 0o644.into());
    let sources = projected.get_mut("sources").and_then(Value::as_array_mut);
    for source in sources.into_iter().flatten() {
        if let Some(token) = source
            .get_mut("serviceAccountToken")
            .and_then(Value::as_object_mut)
        {
            token.entry("expirationSeconds").or_insert_with(|| 3600.into());
        }
        let items = source
            .pointer_mut("/downwardAPI/items")
            .and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            if let Some(field) = item.get_mut("fieldRef").and_then(Value::as_object_mut) {
                field.entry("apiVersion").or_insert_with(|| "v1".into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored(template: Value) -> (Value, Notes) {
        let Value::Object(object) = template else {
            panic!("no object")
        };
        let mut notes = Notes::default();
        let stored = normalize(Field::Is(object), &Path::root("t"), &mut notes);
        (Value::Object(stored), notes)
    }

    #[test]
    fn nulls_and_empty_lists_go_and_empty_objects_stay() {
        let (template, _) = stored(json!({
            "a": null, "args": [], "volumes": [{"name": "x", "emptyDir": {}, "b": null}],
            "affinity": {"nodeAffinity": {"required": {"nodeSelectorTerms": []}}},
        }));
        assert_eq!(
            template,
            json!({
                "volumes": [{"name": "x", "emptyDir": {}}],
                "affinity": {"nodeAffinity": {"required": {"nodeSelectorTerms": []}}},
            })
        );
    }

    #[test]
    fn quantities_are_canonical_wherever_they_are() {
        let (template, notes) = stored(json!({
            "containers": [{"resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": 1}}}],
            "initContainers": [{"resources": {"limits": {"cpu": 0.5}}}],
            "ephemeralContainers": [{"resources": {"limits": {"cpu": "0.5"}}}],
            "overhead": {"cpu": "0.25"},
            "volumes": [{"emptyDir": {"sizeLimit": "1024Ki"}}],
        }));
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(
            template,
            json!({
                "containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1"}}}],
                "initContainers": [{"resources": {"limits": {"cpu": "500m"}}}],
                "ephemeralContainers": [{"resources": {"limits": {"cpu": "500m"}}}],
                "overhead": {"cpu": "250m"},
                "volumes": [{"emptyDir": {"sizeLimit": "1Mi"}}],
            })
        );
    }

    #[test]
    fn a_quantity_that_is_null_goes() {
        let (template, notes) = stored(json!({"resources": {"limits": {"cpu": null, "memory": "1Gi"}}}));
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(template, json!({"resources": {"limits": {"memory": "1Gi"}}}));
    }

    #[test]
    fn what_is_no_quantity_is_a_problem() {
        let (_, notes) =
            stored(json!({"containers": [{"resources": {"limits": {"cpu": "one", "memory": true}}}]}));
        assert_eq!(
            notes.problems,
            [
                "t.containers[0].resources.limits[cpu]: Invalid value: \"one\": must be a quantity, such as 500m, 2 or 64Mi",
                "t.containers[0].resources.limits[memory]: Invalid value: true: must be a quantity, such as 500m, 2 or 64Mi",
            ]
        );
    }

    #[test]
    fn empty_env_values_go_and_others_stay() {
        let (template, _) = stored(json!({"env": [{"name": "A", "value": ""}, {"name": "B", "value": "x"}]}));
        assert_eq!(
            template,
            json!({"env": [{"name": "A"}, {"name": "B", "value": "x"}]})
        );
    }

    #[test]
    fn null_in_a_list_is_a_problem() {
        let (_, notes) = stored(json!({"args": ["a", null]}));
        assert_eq!(
            notes.problems,
            ["t.args[1]: Invalid value: null: must not be null"]
        );
    }

    #[test]
    fn a_projected_volume_gets_the_defaults_of_the_server() {
        let (template, _) =
            stored(json!({"projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}}));
        assert_eq!(
            template,
            json!({"projected": {"defaultMode": 420,
                "sources": [{"serviceAccountToken": {"path": "p", "expirationSeconds": 3600}}]}})
        );
    }
}
