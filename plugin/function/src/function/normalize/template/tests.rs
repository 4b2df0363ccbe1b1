use super::*;
use crate::formats::json;
use crate::formats::json::Keep;
use serde_json::{Value, json};

/// A pod spec as it is stored, and what is said about it.
fn stored(template: &Value) -> (Value, Notes) {
    stored_with(template, &[])
}

/// The same where the setting `extraPodFields` has these paths.
fn stored_with(template: &Value, extra: &[&str]) -> (Value, Notes) {
    let extra: Vec<String> = extra.iter().map(|path| (*path).to_owned()).collect();
    let text = template.to_string();
    let template = json::read(&text, Keep::All).unwrap();
    let mut notes = Notes::default();
    let stored = normalize(template, &extra, &Path::root("t"), &mut notes);
    (
        serde_json::from_str(&Json::Object(stored).to_string()).unwrap(),
        notes,
    )
}

/// An object of which nothing is known, as it is stored.
fn stored_unknown(object: &Value) -> (Value, Notes) {
    let text = object.to_string();
    let mut object = json::read(&text, Keep::All).unwrap();
    let mut notes = Notes::default();
    store(object.as_object_mut().unwrap(), &Path::root("t"), &mut notes);
    (serde_json::from_str(&object.to_string()).unwrap(), notes)
}

#[test]
fn nulls_and_empty_lists_go_and_empty_objects_stay() {
    let object = json!({"a": null, "args": [], "volumes": [{"name": "x", "emptyDir": {}, "b": null}]});
    let expected = json!({"volumes": [{"name": "x", "emptyDir": {}}]});
    assert_eq!(stored_unknown(&object).0, expected);
    assert_eq!(stored(&object).0, expected);
}

#[test]
fn quantities_are_canonical_wherever_they_are() {
    let (template, notes) = stored(&json!({
        "containers": [{"name": "a", "resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"cpu": 1}}}],
        "initContainers": [{"name": "a", "resources": {"limits": {"cpu": 0.5}}}],
        "ephemeralContainers": [{"name": "a", "resources": {"limits": {"cpu": "0.5"}}}],
        "overhead": {"cpu": "0.25"},
        "resources": {"limits": {"cpu": "0.1m"}},
        "volumes": [
            {"name": "a", "emptyDir": {"sizeLimit": "1024Ki"}},
            {"name": "b", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1024Mi"}}}}}},
            {"name": "c", "downwardAPI": {"items": [{"path": "p", "resourceFieldRef": {"resource": "r", "divisor": "0.1m"}}]}},
        ],
    }));
    assert_eq!(notes.problems, [""; 0]);
    assert_eq!(
        template,
        json!({
            "containers": [{"name": "a", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1"}}}],
            "initContainers": [{"name": "a", "resources": {"limits": {"cpu": "500m"}}}],
            "ephemeralContainers": [{"name": "a", "resources": {"limits": {"cpu": "500m"}}}],
            "overhead": {"cpu": "250m"},
            "resources": {"limits": {"cpu": "1m"}},
            "volumes": [
                {"name": "a", "emptyDir": {"sizeLimit": "1Mi"}},
                {"name": "b", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}}},
                {"name": "c", "downwardAPI": {"items": [{"path": "p", "resourceFieldRef": {"resource": "r", "divisor": "100u"}}]}},
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
    let (_, notes) = stored(
        &json!({"containers": [{"name": "a", "resources": {"limits": {"cpu": "one", "memory": true}}}]}),
    );
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
        stored(&json!({"containers": [{"env": [{"name": "A", "value": ""}, {"name": "B", "value": "x"}]}]}));
    assert_eq!(
        template,
        json!({"containers": [{"env": [{"name": "A"}, {"name": "B", "value": "x"}]}]})
    );
}

#[test]
fn null_in_a_list_is_a_problem() {
    let (_, notes) = stored_unknown(&json!({"args": ["a", null]}));
    assert_eq!(
        notes.problems,
        ["t.args[1]: Invalid value: null: must not be null"]
    );
    let (_, notes) = stored(&json!({"containers": [{"name": "a", "args": ["a", null]}, null]}));
    assert_eq!(
        notes.problems,
        [
            "t.containers[0].args[1]: Invalid value: null: must not be null",
            "t.containers[1]: Invalid value: null: must not be null",
        ]
    );
}

/// The zero value of a field by its mark in the list of Go's types, if the field is left out with it.
fn zero(field: &str) -> (&str, Option<Value>) {
    for (mark, zero) in [
        (".", None),
        ("?", Some(json!(false))),
        ("#", Some(json!(0))),
        ("%", Some(json!({}))),
        ("*", Some(json!({}))),
        ("=", None),
    ] {
        if let Some(name) = field.strip_prefix(mark) {
            return (name, zero);
        }
    }
    (field, Some(json!("")))
}

/// Whether a field is left out with its zero value.
fn is_omitted(field: &Field) -> bool {
    let plain = matches!(
        field.of.holds,
        Holds::Text | Holds::Word(_) | Holds::Flag | Holds::Number | Holds::Map | Holds::Quantities
    );
    plain && !field.of.kept
}

/// Compares a shape with a type of Go's and with all that is below it, and counts the fields.
fn compare(shape: &Shape, of: &str, at: &str) -> usize {
    let all = include_str!("../../../../../../model/src/server/stored/pod_types.txt");
    let line = all
        .lines()
        .find_map(|line| line.strip_prefix(of)?.strip_prefix(':'))
        .unwrap();
    let (fields, below) = line.split_once('|').unwrap();
    let mut count = 0;
    for written in fields.split_whitespace() {
        let (name, zero) = zero(written);
        let field = shape.field(name).unwrap_or_else(|| panic!("{at}.{name} of {of}"));
        // Without a required field there is no object.
        let expected = zero.is_some() && !field.of.needed;
        assert_eq!(is_omitted(field), expected, "{at}.{name} of {of}");
        count += 1;
    }
    for pair in below.split_whitespace() {
        let (name, of) = pair.split_once('=').unwrap();
        let below = shape.field(name).and_then(Field::below).unwrap();
        count += compare(below, of, &format!("{at}.{name}"));
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
        "runtimeClassName": "", "hostUsers": false, "priority": 0,
        "containers": [{"name": "a", "livenessProbe": {
            "terminationGracePeriodSeconds": 0, "grpc": {"port": 0, "service": ""}}}],
        "nodeSelector": {"hostname": "", "hostPort": "", "limits": "1000m", "sizeLimit": "1024Mi"},
        "securityContext": {"sysctls": [{"name": "a", "value": ""}]},
        "volumes": [{"name": "a", "csi": {"driver": "d",
            "volumeAttributes": {"sizeLimit": "1024Mi", "readOnly": ""}}, "emptyDir": {}}],
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
}

#[test]
fn a_value_of_another_type_is_a_problem() {
    let (_, notes) = stored(&json!({
        "affinity": [], "hostIPC": "", "hostname": false, "nodeSelector": {"a": 1}, "overhead": 0,
        "priority": 0.5, "resources": {"limits": {"cpu": {}}}, "tolerations": {},
        "securityContext": {"supplementalGroups": ["x"]},
        "volumes": [{"name": "a", "emptyDir": {"sizeLimit": []}}],
        "containers": [{"name": "a", "args": [1], "livenessProbe": {"httpGet": {"port": true}}}, 7],
    }));
    assert_eq!(
        notes.problems,
        [
            "t.affinity: Invalid value: a list: must be an object",
            "t.containers[0].args[0]: Invalid value: 1: must be a string",
            "t.containers[0].livenessProbe.httpGet.port: Invalid value: true: must be a port number or the \
             name of a port",
            "t.containers[1]: Invalid value: 7: must be an object",
            "t.hostIPC: Invalid value: \"\": must be true or false",
            "t.hostname: Invalid value: false: must be a string",
            "t.nodeSelector[a]: Invalid value: 1: must be a string",
            "t.overhead: Invalid value: 0: must be an object",
            "t.priority: Invalid value: 0.5: must be a whole number of at most 64 bits",
            "t.resources.limits[cpu]: Invalid value: an object: must be a quantity, such as 500m, 2 or 64Mi",
            "t.securityContext.supplementalGroups[0]: Invalid value: \"x\": must be a whole number",
            "t.tolerations: Invalid value: an object: must be a list",
            "t.volumes[0].emptyDir.sizeLimit: Invalid value: a list: must be a quantity, such as 500m, 2 or 64Mi",
        ]
    );
}

#[test]
fn a_word_that_the_server_does_not_know_is_a_problem() {
    let template = json!({"dnsPolicy": "", "tolerations": [{"operator": "Is"}]});
    let (_, notes) = stored(&template);
    assert_eq!(
        notes.problems,
        [
            "t.tolerations[0].operator: Unsupported value: \"Is\": supported values: \"Equal\", \"Exists\", \
             \"Gt\", \"Lt\""
        ]
    );
    assert_eq!(
        stored_with(&template, &["tolerations.operator"]).1.problems,
        [""; 0]
    );
}

#[test]
fn a_field_of_a_newer_kubernetes_is_sent_where_the_settings_have_it() {
    let template = json!({
        "newPolicy": {"a": 1, "b": null},
        "containers": [{"name": "a", "newPolicy": 1.0}, {"name": "b", "newPolicy": [2]}],
    });
    for (extra, sent, warnings) in [
        (&[][..], json!([null, null, null]), 3),
        (&["newPolicy"], json!([{"a": 1}, null, null]), 2),
        (&["containers.newPolicy"], json!([null, 1, [2]]), 1),
        (
            &["containers[0].newPolicy", "initContainers.newPolicy"],
            json!([null, null, null]),
            3,
        ),
        (&["*"], json!([{"a": 1}, 1, [2]]), 0),
    ] {
        let (template, notes) = stored_with(&template, extra);
        let found = [
            &template["newPolicy"],
            &template["containers"][0]["newPolicy"],
            &template["containers"][1]["newPolicy"],
        ];
        assert_eq!(json!(found), sent, "{extra:?}");
        assert_eq!(notes.warnings.len(), warnings, "{extra:?}: {:?}", notes.warnings);
        assert_eq!(notes.problems, [""; 0]);
    }
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
    let (object, notes) = stored_unknown(&json!({"a": [10.0, -0.0, 0.5, {"b": 1e18}], "c": -3}));
    assert_eq!(notes.problems, [""; 0]);
    assert_eq!(
        object.to_string(),
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
        {"configMap": {"name": "c"}},
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
            {"configMap": {"name": "c"}},
        ]}))
    );
}
