//! Which other objects a Function asks to see.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::{example, request_with, sync};

const DECLARED: [&str; 4] = [
    "Deployment.apps/v1",
    "Service.v1",
    "HTTPScaledObject.http.keda.sh/v1alpha1",
    "ScaledObject.keda.sh/v1alpha1",
];

/// `apiVersion resource namespace/name`, for everything that is asked for.
fn wanted(function: &Value, declared: &[(&str, &str)], settings: &Value) -> Vec<String> {
    let declared: Vec<Value> = declared
        .iter()
        .map(|(api_version, resource)| json!({"apiVersion": api_version, "resource": resource}))
        .collect();
    let request = json!({"controller": {"spec": {"childResources": declared}}, "parent": function});
    let answer = metawasm_function::customize(&request.to_string(), &settings.to_string()).unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let mut all = Vec::new();
    for rule in answer["relatedResources"].as_array().unwrap() {
        let text = |key: &str| rule[key].as_str().unwrap();
        for name in rule["names"].as_array().unwrap() {
            all.push(format!(
                "{} {} {}/{}",
                text("apiVersion"),
                text("resource"),
                text("namespace"),
                name.as_str().unwrap()
            ));
        }
    }
    all
}

#[test]
fn the_global_configuration_is_asked_for_unless_there_is_none() {
    let function = example("hello.yaml");
    assert_eq!(
        wanted(&function, &[], &json!({})),
        ["v1 configmaps openfunction/openfunction-config"]
    );
    let settings = json!({"globalConfig": {"name": "all", "namespace": "faas"}});
    assert_eq!(wanted(&function, &[], &settings), ["v1 configmaps faas/all"]);
    let settings = json!({"globalConfig": {"name": ""}});
    assert_eq!(wanted(&function, &[], &settings), [""; 0]);
}

#[test]
fn objects_of_our_names_are_asked_for_where_their_kinds_are_there() {
    let settings = json!({"globalConfig": {"name": ""}, "checkNames": true});
    let declared = [("apps/v1", "deployments"), ("v1", "services")];
    assert_eq!(
        wanted(&example("hello.yaml"), &declared, &settings),
        [
            "apps/v1 deployments default/hello",
            "v1 services default/hello-svc",
            "v1 services default/hello",
        ]
    );
}

#[test]
fn a_name_that_another_object_has_is_told_and_left_alone() {
    let function = example("hello.yaml");
    let settings = json!({"checkNames": true});
    let service = |owner: &str| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "hello", "namespace": "default",
            "ownerReferences": [{"kind": "Function", "uid": owner}]}})
    };
    let uid = function["metadata"]["uid"].as_str().unwrap();
    let kinds = |answer: &Value| answer["children"].as_array().unwrap().len();
    let answer = |owner, settings: &Value| {
        sync(
            &request_with(&function, &DECLARED, &[], &[service(owner)]),
            settings,
        )
    };

    let taken = answer("another", &settings);
    let ready = &taken["status"]["conditions"][0];
    assert_eq!(ready["reason"], "NameTaken");
    assert_eq!(
        ready["message"],
        "another object already has the name of Service hello. Delete or rename that object, or rename the Function; this plugin does not change it"
    );
    assert_eq!(kinds(&taken), 3);
    assert_eq!(taken["resyncAfterSeconds"], 10);

    let ours = answer(uid, &settings);
    assert_eq!(ours["status"]["conditions"][0]["reason"], "Creating");
    assert_eq!(kinds(&ours), 4);

    let unchecked = answer("another", &json!({}));
    assert_eq!(kinds(&unchecked), 4);
}

#[test]
fn whatever_is_wrong_with_a_function_is_no_matter_here() {
    for spec in [json!(null), json!(7), json!({"serving": {"triggers": "x"}})] {
        let function = json!({"metadata": {"name": "x"}, "spec": spec});
        wanted(&function, &[], &json!({"checkNames": true}));
    }
    let text = json!({"controller": 7, "parent": {}}).to_string();
    assert_eq!(
        metawasm_function::customize(&text, "{}").unwrap(),
        r#"{"relatedResources":[]}"#
    );
    assert!(metawasm_function::customize("{}", "{}").is_err());
}
