//! The user's pod spec → the form in which the API server stores it.
//!
//! Whatever the server would rewrite differs from what is observed, and costs a write at every
//! sync: nulls, empty lists, empty env values, fields that Go omits, numbers and quantities in
//! another notation, and the few defaults below a list that is compared as a whole. Everything
//! else passes through as it is, of whichever Kubernetes version it may be.

use super::omitted::{self, Shape};
use crate::json::{Json, Object};
use crate::notes::{Notes, Path};
use crate::quantity::canonical;
use crate::written::{quoted, shown, wrong_shape};

/// The server keeps these lists even when they are empty.
const KEPT_WHEN_EMPTY: [&str; 2] = ["nodeSelectorTerms", "sources"];

pub(super) fn normalize<'a>(template: Json<'a>, at: &Path<'_>, notes: &mut Notes) -> Object<'a> {
    match template {
        Json::Null => Object::new(),
        Json::Object(mut template) => {
            store_object(&mut template, &omitted::POD, at, notes);
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
    store_object(object, Shape::other(), at, notes);
}

fn store_object(object: &mut Object<'_>, shape: &Shape, at: &Path<'_>, notes: &mut Notes) {
    object.retain(|key, value| match value {
        Json::Null => false,
        Json::List(list) => !list.is_empty() || KEPT_WHEN_EMPTY.contains(&key),
        _ => !shape.omits(key, value),
    });
    for (key, value) in object.iter_mut() {
        store_member(key, value, shape.below(key), &at.field(key), notes);
    }
}

fn store_member(key: &str, value: &mut Json<'_>, shape: &Shape, at: &Path<'_>, notes: &mut Notes) {
    match (key, value) {
        ("requests" | "limits" | "overhead", Json::Object(quantities)) => {
            quantities.retain(|_, value| !matches!(value, Json::Null));
            for (name, value) in quantities.iter_mut() {
                store_quantity(value, &at.key(name), notes);
            }
        }
        ("sizeLimit" | "divisor", value @ (Json::Text(_) | Json::Number(_))) => {
            store_quantity(value, at, notes);
        }
        ("env", Json::List(variables)) => {
            for variable in variables.iter_mut().filter_map(Json::as_object_mut) {
                if variable.get("value").and_then(Json::as_text) == Some("") {
                    variable.remove("value");
                }
            }
            store_list(variables, shape, at, notes);
        }
        ("projected", Json::Object(projected)) => {
            store_projected(projected);
            store_object(projected, shape, at, notes);
        }
        (_, Json::Object(object)) => store_object(object, shape, at, notes),
        (_, Json::List(list)) => store_list(list, shape, at, notes),
        (_, value) => store_number(value, at, notes),
    }
}

fn store_list(list: &mut [Json<'_>], shape: &Shape, at: &Path<'_>, notes: &mut Notes) {
    for (index, value) in list.iter_mut().enumerate() {
        match value {
            Json::Null => notes.invalid(&at.index(index), "null", "must not be null"),
            Json::Object(object) => store_object(object, shape, &at.index(index), notes),
            Json::List(list) => store_list(list, Shape::other(), &at.index(index), notes),
            _ => store_number(value, &at.index(index), notes),
        }
    }
}

/// A whole number is stored without a point, and what Go's integers do not hold is refused. A
/// fraction passes through: no field of today has one.
pub(super) fn store_number(value: &mut Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    /// 2^63, as a float exactly.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let Json::Number(number) = &*value else {
        return;
    };
    if number.is_i64() {
        return;
    }
    let float = number.as_f64().unwrap_or(LIMIT);
    if !(-LIMIT..LIMIT).contains(&float) {
        wrong_shape(at, value, "a whole number of at most 64 bits", notes);
        // Said, and not to be said again by what wants another shape.
        *value = Json::Null;
    } else if float.fract() == 0.0 {
        *value = (float as i64).into();
    }
}

fn store_quantity(value: &mut Json<'_>, at: &Path<'_>, notes: &mut Notes) {
    const WANTED: &str = "must be a quantity, such as 500m, 2 or 64Mi";
    let stored = match &*value {
        Json::Text(text) => match canonical(text) {
            Ok(stored) if stored == **text => return,
            Ok(stored) => stored.into_owned(),
            Err(_) => return notes.invalid(at, quoted(text), WANTED),
        },
        Json::Number(number) => {
            let text = number.to_string();
            match canonical(&text) {
                Ok(stored) => stored.into_owned(),
                Err(_) => return notes.invalid(at, text, WANTED),
            }
        }
        other => return notes.invalid(at, shown(other), WANTED),
    };
    *value = Json::from(stored);
}

/// `sources` has no merge key, so that the defaults below it must be written out.
fn store_projected(projected: &mut Object<'_>) {
    projected.insert_default("defaultMode", 0o644.into());
    let sources = projected.get_mut("sources").and_then(Json::as_list_mut);
    for source in sources.into_iter().flatten() {
        let token = source.get_mut("serviceAccountToken");
        if let Some(token) = token.and_then(Json::as_object_mut) {
            token.insert_default("expirationSeconds", 3600.into());
        }
        let items = source.get_mut("downwardAPI").and_then(|api| api.get_mut("items"));
        for item in items.and_then(Json::as_list_mut).into_iter().flatten() {
            let field = item.get_mut("fieldRef");
            if let Some(field) = field.and_then(Json::as_object_mut) {
                field.insert_default("apiVersion", "v1".into());
            }
        }
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
        let (template, notes) = stored(&json!({
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
        let (template, _) =
            stored(&json!({"env": [{"name": "A", "value": ""}, {"name": "B", "value": "x"}]}));
        assert_eq!(
            template,
            json!({"env": [{"name": "A"}, {"name": "B", "value": "x"}]})
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

    /// Every field that Go omits, by its place, with its zero value.
    const OMITTED: [(&str, &[&str], &[&str]); 14] = [
        (
            "",
            &[
                "serviceAccountName",
                "serviceAccount",
                "hostname",
                "subdomain",
                "schedulerName",
                "priorityClassName",
                "nodeName",
                "restartPolicy",
                "dnsPolicy",
            ],
            &["hostNetwork", "hostPID", "hostIPC"],
        ),
        ("/containers/0", &CONTAINER_TEXTS, &["stdin", "stdinOnce", "tty"]),
        (
            "/initContainers/0",
            &CONTAINER_TEXTS,
            &["stdin", "stdinOnce", "tty"],
        ),
        (
            "/containers/0/volumeMounts/0",
            &["subPath", "subPathExpr"],
            &["readOnly"],
        ),
        (
            "/containers/0/livenessProbe/httpGet",
            &["path", "host", "scheme"],
            &[],
        ),
        (
            "/containers/0/readinessProbe/httpGet",
            &["path", "host", "scheme"],
            &[],
        ),
        (
            "/containers/0/startupProbe/httpGet",
            &["path", "host", "scheme"],
            &[],
        ),
        (
            "/containers/0/lifecycle/preStop/httpGet",
            &["path", "host", "scheme"],
            &[],
        ),
        ("/containers/0/lifecycle/postStart/tcpSocket", &["host"], &[]),
        ("/containers/0/livenessProbe/tcpSocket", &["host"], &[]),
        ("/containers/0/readinessProbe/tcpSocket", &["host"], &[]),
        ("/containers/0/startupProbe/tcpSocket", &["host"], &[]),
        ("/containers/0/ports/0", &["name", "hostIP", "protocol"], &[]),
        ("/volumes/0/emptyDir", &["medium"], &[]),
    ];
    const CONTAINER_TEXTS: [&str; 5] = [
        "image",
        "workingDir",
        "imagePullPolicy",
        "terminationMessagePath",
        "terminationMessagePolicy",
    ];

    /// A pod spec in which every place of [`OMITTED`] is, and fields that are pointers in Go.
    fn places() -> Value {
        let probe =
            json!({"httpGet": {"kept": 1}, "tcpSocket": {"kept": 1}, "grpc": {"port": 1, "service": ""}});
        let container = json!({
            "name": "", "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe,
            "lifecycle": {"preStop": probe, "postStart": probe},
            "ports": [{"kept": 1}], "volumeMounts": [{"kept": 1, "name": "", "mountPath": ""}],
            "restartPolicy": "", "securityContext": {"allowPrivilegeEscalation": false, "procMount": ""},
            "env": [{"name": "", "valueFrom": {"configMapKeyRef": {"name": "", "optional": false}}}],
        });
        json!({
            "runtimeClassName": "", "enableServiceLinks": false, "automountServiceAccountToken": false,
            "hostUsers": false, "shareProcessNamespace": false, "preemptionPolicy": "",
            "nodeSelector": {"hostname": "", "image": "", "path": ""},
            "metadata": {"labels": {"nodeName": "", "name": ""}, "annotations": {"medium": ""}},
            "containers": [container], "initContainers": [container],
            "securityContext": {"seccompProfile": {"type": "", "localhostProfile": ""}},
            "volumes": [{"name": "", "emptyDir": {"kept": 1}, "secret": {"optional": false, "medium": ""}}],
        })
    }

    #[test]
    fn fields_that_go_omits_go_and_only_there() {
        let bare = places();
        assert_eq!(stored(&bare).0, bare, "all of this stays");
        let mut zero = bare.clone();
        for (place, texts, flags) in OMITTED {
            for (fields, empty, other) in [(texts, json!(""), json!("x")), (flags, json!(false), json!(true))]
            {
                for field in fields {
                    zero.pointer_mut(place).unwrap()[field] = empty.clone();
                    let mut set = bare.clone();
                    set.pointer_mut(place).unwrap()[field] = other.clone();
                    assert_eq!(stored(&set).0, set, "{place}/{field} is kept with a value");
                    let mut wrong = bare.clone();
                    wrong.pointer_mut(place).unwrap()[field] =
                        if empty == "" { json!(false) } else { json!("") };
                    assert_eq!(
                        stored(&wrong).0,
                        wrong,
                        "{place}/{field} of another type is told of"
                    );
                }
            }
        }
        assert_eq!(stored(&zero).0, bare);
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
        let (template, _) =
            stored(&json!({"projected": {"sources": [{"serviceAccountToken": {"path": "p"}}]}}));
        assert_eq!(
            template,
            json!({"projected": {"defaultMode": 420,
                "sources": [{"serviceAccountToken": {"path": "p", "expirationSeconds": 3600}}]}})
        );
    }
}
