//! The user's pod spec → the form in which the API server stores it.
//!
//! Whatever the server would rewrite differs from what is observed, and costs a write at every
//! sync: nulls, empty lists, fields that Go omits, numbers and quantities in another notation, and
//! the few defaults below a list that is compared as a whole. Everything else passes through as it
//! is, of whichever Kubernetes version it may be.

use super::pod_types::{OTHER, POD, Rule, Shape};
use crate::json::{Json, Object};
use crate::notes::{Notes, Path};
use crate::quantity;
use crate::written::{quoted, shown, wrong_shape};

/// The names of a pod's account, the one that counts first: the server writes either into both.
pub(crate) const ACCOUNTS: [&str; 2] = ["serviceAccountName", "serviceAccount"];

pub(super) fn normalize<'a>(template: Json<'a>, at: &Path<'_>, notes: &mut Notes) -> Object<'a> {
    match template {
        Json::Null => Object::new(),
        Json::Object(mut template) => {
            store_object(&mut template, &POD, at, notes);
            one_account(&mut template, at, notes);
            template
        }
        other => {
            wrong_shape(at, &other, "an object", notes);
            Object::new()
        }
    }
}

/// Brings an object of which nothing is known into the form in which it is stored.
pub(super) fn store(object: &mut Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    store_object(object, &OTHER, at, notes);
}

/// The account by the name that counts.
fn one_account(template: &mut Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let [name, other] = ACCOUNTS;
    let Some(old) = template.remove(other) else { return };
    match template.get(name) {
        None => template.insert(name, old),
        Some(found) if found.as_text() == old.as_text() => {}
        Some(_) => notes.warn(
            &at.field(other),
            "is not used: serviceAccountName names another one",
        ),
    }
}

fn store_object(object: &mut Object<'_>, shape: &Shape, at: &Path<'_>, notes: &mut Notes) {
    object.retain(|key, value| match value {
        Json::Null => false,
        Json::List(list) => !list.is_empty(),
        _ => !shape.omits(key, value),
    });
    for (key, value) in object.iter_mut() {
        let at = at.field(key);
        match (shape.rule(key), value) {
            (Some(Rule::Texts), Json::Object(texts)) => store_object(texts, &OTHER, &at, notes),
            (Some(Rule::Quantities), Json::Object(quantities)) => {
                quantities.retain(|_, value| !matches!(value, Json::Null));
                for (name, value) in quantities.iter_mut() {
                    store_quantity(value, quantity::MILLI, &at.key(name), notes);
                }
            }
            (Some(Rule::Quantity), value @ (Json::Text(_) | Json::Number(_))) => {
                store_quantity(value, quantity::NANO, &at, notes);
            }
            (Some(Rule::Projected), Json::Object(projected)) => {
                store_object(projected, shape.below(key), &at, notes);
                complete_projected(projected);
            }
            (_, Json::Object(object)) => store_object(object, shape.below(key), &at, notes),
            (_, Json::List(list)) => store_list(list, shape.below(key), &at, notes),
            (_, value) => store_number(value, &at, notes),
        }
    }
}

fn store_list(list: &mut [Json<'_>], shape: &Shape, at: &Path<'_>, notes: &mut Notes) {
    for (index, value) in list.iter_mut().enumerate() {
        match value {
            Json::Null => notes.invalid(&at.index(index), "null", "must not be null"),
            Json::Object(object) => store_object(object, shape, &at.index(index), notes),
            Json::List(list) => store_list(list, &OTHER, &at.index(index), notes),
            _ => store_number(value, &at.index(index), notes),
        }
    }
}

/// What Go's integers do not hold is refused. A fraction passes through: no field of today has one.
pub(super) fn store_number(value: &mut Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    if !matches!(value, Json::Number(_)) {
        return;
    }
    if let Some(stored) = value.in_go() {
        *value = stored;
        return;
    }
    wrong_shape(at, value, "a whole number of at most 64 bits", notes);
    // Said, and not to be said again by what wants another shape.
    *value = Json::Null;
}

/// `finest` is the power of ten of the smallest step that is kept there.
pub(super) fn store_quantity(value: &mut Json<'_>, finest: i32, at: &Path<'_>, notes: &mut Notes) {
    const WANTED: &str = "must be a quantity, such as 500m, 2 or 64Mi";
    let stored = match &*value {
        Json::Text(text) => match quantity::stored(text, finest) {
            Ok(stored) if stored == **text => return,
            Ok(stored) => stored.into_owned(),
            Err(_) => return notes.invalid(at, quoted(text), WANTED),
        },
        Json::Number(number) => {
            let text = number.to_string();
            match quantity::stored(&text, finest) {
                Ok(stored) => stored.into_owned(),
                Err(_) => return notes.invalid(at, text, WANTED),
            }
        }
        other => return notes.invalid(at, shown(other), WANTED),
    };
    *value = Json::from(stored);
}

/// `sources` has no merge key, so that the defaults below it must be written out.
fn complete_projected(projected: &mut Object<'_>) {
    projected.insert_default("defaultMode", 0o644.into());
    let sources = projected.get_mut("sources").and_then(Json::as_list_mut);
    for source in sources.into_iter().flatten() {
        complete(source, "serviceAccountToken", "expirationSeconds", 3600.into());
        complete(source, "podCertificate", "maxExpirationSeconds", 86_400.into());
        let items = source.get_mut("downwardAPI").and_then(|api| api.get_mut("items"));
        for item in items.and_then(Json::as_list_mut).into_iter().flatten() {
            complete(item, "fieldRef", "apiVersion", "v1".into());
            complete(item, "resourceFieldRef", "divisor", "0".into());
        }
    }
}

/// Writes a default into an object below another, where there is one.
fn complete<'a>(above: &mut Json<'a>, name: &str, field: &'static str, default: Json<'a>) {
    if let Some(object) = above.get_mut(name).and_then(Json::as_object_mut) {
        object.insert_default(field, default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{self, Keep};
    use serde_json::{Value, json};

    fn stored(template: &Value) -> (Value, Notes) {
        let text = template.to_string();
        let template = json::read(&text, Keep::All).unwrap();
        let mut notes = Notes::default();
        let stored = normalize(template, &Path::root("t"), &mut notes);
        (serde_json::to_value(&stored).unwrap(), notes)
    }

    #[test]
    fn nulls_and_empty_lists_go_and_empty_objects_stay() {
        let (template, _) = stored(&json!({
            "a": null, "args": [], "volumes": [{"name": "x", "emptyDir": {}, "b": null}],
        }));
        assert_eq!(template, json!({"volumes": [{"name": "x", "emptyDir": {}}]}));
    }

    #[test]
    fn quantities_are_canonical_wherever_they_are() {
        let (template, notes) = stored(&json!({
            "containers": [{"resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": 1}}}],
            "initContainers": [{"resources": {"limits": {"cpu": 0.5}}}],
            "ephemeralContainers": [{"resources": {"limits": {"cpu": "0.5"}}}],
            "overhead": {"cpu": "0.25"},
            "resources": {"limits": {"cpu": "0.1m"}},
            "volumes": [
                {"emptyDir": {"sizeLimit": "1024Ki"}},
                {"ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1024Mi"}}}}}},
                {"downwardAPI": {"items": [{"resourceFieldRef": {"divisor": "0.1m"}}]}},
            ],
        }));
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(
            template,
            json!({
                "containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1"}}}],
                "initContainers": [{"resources": {"limits": {"cpu": "500m"}}}],
                "ephemeralContainers": [{"resources": {"limits": {"cpu": "500m"}}}],
                "overhead": {"cpu": "250m"},
                "resources": {"limits": {"cpu": "1m"}},
                "volumes": [
                    {"emptyDir": {"sizeLimit": "1Mi"}},
                    {"ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}}},
                    {"downwardAPI": {"items": [{"resourceFieldRef": {"divisor": "100u"}}]}},
                ],
            })
        );
    }

    #[test]
    fn a_quantity_that_is_null_goes() {
        let (template, notes) = stored(&json!({"resources": {"limits": {"cpu": null, "memory": "1Gi"}}}));
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(template, json!({"resources": {"limits": {"memory": "1Gi"}}}));
    }

    #[test]
    fn what_is_no_quantity_is_a_problem() {
        let (_, notes) =
            stored(&json!({"containers": [{"resources": {"limits": {"cpu": "one", "memory": true}}}]}));
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
        let (template, _) = stored(
            &json!({"containers": [{"env": [{"name": "A", "value": ""}, {"name": "B", "value": "x"}]}]}),
        );
        assert_eq!(
            template,
            json!({"containers": [{"env": [{"name": "A"}, {"name": "B", "value": "x"}]}]})
        );
    }

    #[test]
    fn null_in_a_list_is_a_problem() {
        let (_, notes) = stored(&json!({"args": ["a", null]}));
        assert_eq!(
            notes.problems,
            ["t.args[1]: Invalid value: null: must not be null"]
        );
    }

    /// The rule of a field by its mark in the list of Go's types.
    fn rule(field: &str) -> (&str, Option<Rule>) {
        for (mark, rule) in [
            (".", None),
            ("?", Some(Rule::Flag)),
            ("#", Some(Rule::Number)),
            ("%", Some(Rule::Texts)),
            ("*", Some(Rule::Quantities)),
            ("=", Some(Rule::Quantity)),
        ] {
            if let Some(name) = field.strip_prefix(mark) {
                return (name, rule);
            }
        }
        (field, Some(Rule::Text))
    }

    /// Compares a shape with a type of Go's and with all that is below it, and counts the fields.
    fn compare(shape: &Shape, of: &str, at: &str) -> usize {
        let all = include_str!("../../tests/support/cluster/stored/pod_types.txt");
        let line = all
            .lines()
            .find_map(|line| line.strip_prefix(of)?.strip_prefix(':'))
            .unwrap();
        let (fields, below) = line.split_once('|').unwrap();
        let mut count = 0;
        for field in fields.split_whitespace() {
            let (name, rule) = rule(field);
            assert!(shape.rule(name) == rule, "{at}.{name} of {of}");
            count += 1;
        }
        for pair in below.split_whitespace() {
            let (name, of) = pair.split_once('=').unwrap();
            count += compare(shape.below(name), of, &format!("{at}.{name}"));
        }
        count
    }

    #[test]
    fn every_field_is_stored_as_go_stores_it() {
        assert!(compare(&POD, "PodSpec", "t") > 400);
    }

    #[test]
    fn zero_values_go_where_go_omits_them_and_nowhere_else() {
        let kept = json!({
            "a": "", "b": false, "c": 0, "d": {}, "name": "", "runtimeClassName": "", "hostUsers": false,
            "containers": [{"livenessProbe": {"terminationGracePeriodSeconds": 0, "grpc": {"service": ""}}}],
            "nodeSelector": {"hostname": "", "hostPort": "", "limits": "1000m", "sizeLimit": "1024Mi"},
            "volumes": [{"csi": {"volumeAttributes": {"sizeLimit": "1024Mi", "readOnly": ""}}, "emptyDir": {}}],
        });
        let (template, notes) = stored(&kept);
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(template, kept);
        let mut zero = kept.clone();
        for (place, field, value) in [
            ("", "hostname", json!("")),
            ("", "hostIPC", json!(false)),
            ("", "overhead", json!({})),
            ("/containers/0/livenessProbe", "initialDelaySeconds", json!(0)),
            ("/containers/0/livenessProbe", "periodSeconds", json!(-0.0)),
            ("/containers/0", "tty", json!(false)),
            ("/volumes/0/emptyDir", "medium", json!("")),
        ] {
            zero.pointer_mut(place).unwrap()[field] = value;
        }
        assert_eq!(stored(&zero).0, kept);
        // A zero of another type is for the API server to tell of.
        let wrong = json!({"hostname": false, "hostIPC": "", "overhead": 0, "nodeSelector": ""});
        assert_eq!(stored(&wrong).0, wrong);
    }

    #[test]
    fn a_map_of_nulls_is_empty() {
        let (template, _) = stored(&json!({"overhead": {"cpu": null}, "nodeSelector": {"a": null}}));
        assert_eq!(template, json!({}));
    }

    #[test]
    fn the_account_has_one_name() {
        for (template, account, warnings) in [
            (
                json!({"serviceAccount": "a"}),
                json!({"serviceAccountName": "a"}),
                0,
            ),
            (
                json!({"serviceAccount": "a", "serviceAccountName": ""}),
                json!({"serviceAccountName": "a"}),
                0,
            ),
            (
                json!({"serviceAccount": "a", "serviceAccountName": "a"}),
                json!({"serviceAccountName": "a"}),
                0,
            ),
            (
                json!({"serviceAccount": "b", "serviceAccountName": "a"}),
                json!({"serviceAccountName": "a"}),
                1,
            ),
            (json!({"serviceAccount": ""}), json!({}), 0),
        ] {
            let (stored, notes) = stored(&template);
            assert_eq!((stored, notes.warnings.len()), (account, warnings), "{template}");
        }
    }

    #[test]
    fn whole_numbers_have_no_point() {
        let (template, notes) = stored(&json!({"a": [10.0, -0.0, 0.5, {"b": 1e18}], "c": -3}));
        assert_eq!(notes.problems, [""; 0]);
        assert_eq!(
            template.to_string(),
            r#"{"a":[10,0,0.5,{"b":1000000000000000000}],"c":-3}"#
        );
    }

    #[test]
    fn a_projected_volume_gets_the_defaults_of_the_server() {
        let volume = |projected: Value| json!({"volumes": [{"projected": projected}]});
        let (template, _) = stored(&volume(json!({"sources": [
            {"serviceAccountToken": {"path": "p", "audience": ""}},
            {"podCertificate": {"keyType": "ED25519"}},
            {"downwardAPI": {"items": [{"fieldRef": {"fieldPath": "f"}}, {"resourceFieldRef": {"resource": "r"}}]}},
            {"configMap": {"name": ""}},
        ]})));
        assert_eq!(
            template,
            volume(json!({"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"path": "p", "expirationSeconds": 3600}},
                {"podCertificate": {"keyType": "ED25519", "maxExpirationSeconds": 86400}},
                {"downwardAPI": {"items": [
                    {"fieldRef": {"apiVersion": "v1", "fieldPath": "f"}},
                    {"resourceFieldRef": {"divisor": "0", "resource": "r"}},
                ]}},
                {"configMap": {}},
            ]}))
        );
    }
}
