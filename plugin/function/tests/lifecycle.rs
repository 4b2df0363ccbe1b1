//! What a Function lives through: created, settled, broken, repaired.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use metawasm_function::{Failure, sync as hook};
use serde_json::{Value, json};
use support::{KINDS, applied, example, parent, request, sync};

const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";

fn invalid(function: &Value) -> Value {
    let mut function = function.clone();
    function["spec"]["image"] = json!(7);
    function
}

fn ready(answer: &Value) -> (&str, &str) {
    let condition = &answer["status"]["conditions"][0];
    assert_eq!(condition["type"], "Ready");
    (
        condition["status"].as_str().unwrap(),
        condition["reason"].as_str().unwrap(),
    )
}

#[test]
fn an_invalid_edit_touches_nothing() {
    for function in [example("function.yaml"), example("hello.yaml")] {
        let none = json!({});
        let first = sync(&request(&function, &KINDS, &[]), &none);
        let observed = applied(&first);
        let broken = sync(&request(&invalid(&function), &KINDS, &observed), &none);
        assert_eq!(ready(&broken), ("False", "Invalid"));
        // The order is that of the kinds in the request; Metacontroller does not mind.
        let sorted = |answer: &Value| {
            let mut children = answer["children"].as_array().unwrap().clone();
            children.sort_by_key(Value::to_string);
            children
        };
        assert_eq!(sorted(&broken), sorted(&first));
        let repaired = sync(&request(&function, &KINDS, &observed), &none);
        assert_eq!(repaired["children"], first["children"]);
    }
}

#[test]
fn an_invalid_function_with_children_is_still_told_of() {
    let function = example("hello.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    observed[0]["spec"]["replicas"] = json!(1);
    observed[0]["status"] = json!({"observedGeneration": 1, "replicas": 1, "readyReplicas": 1,
        "conditions": [{"type": "Available", "status": "True"}]});
    let broken = sync(&request(&invalid(&function), &KINDS, &observed), &json!({}));
    let conditions = broken["status"]["conditions"].as_array().unwrap();
    assert_eq!(conditions[1]["type"], "Workload");
    assert_eq!(conditions[1]["status"], "True");
    assert_eq!(broken["status"]["replicas"], 1);
}

#[test]
fn an_invalid_function_is_reached_as_before() {
    let mut function = example("hello.yaml");
    let first = sync(&request(&function, &KINDS, &[]), &json!({}));
    function["status"] = first["status"].clone();
    let broken = sync(
        &request(&invalid(&function), &KINDS, &applied(&first)),
        &json!({}),
    );
    assert!(first["status"]["addresses"][0]["value"].is_string());
    assert_eq!(broken["status"]["addresses"], first["status"]["addresses"]);
    assert_eq!(broken["status"]["route"], first["status"]["route"]);
    let gone = sync(&request(&invalid(&function), &KINDS, &[]), &json!({}));
    assert_eq!(gone["status"].get("addresses"), None);
    assert_eq!(gone["status"].get("route"), None);
}

#[test]
fn a_child_without_memory_fails_the_hook_instead_of_being_deleted() {
    let function = example("hello.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    observed[2]["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .remove(LAST_APPLIED);
    let request = request(&invalid(&function), &KINDS, &observed);
    assert_eq!(
        hook(&request.to_string(), "{}"),
        Err(Failure::Invalid(
            "spec.image: Invalid value: 7: must be a string; no child changes, because Service hello has no \
             last-applied configuration"
                .to_owned()
        ))
    );
}

#[test]
fn an_engine_that_the_cluster_lacks_takes_nothing_down() {
    let mut function = example("hello.yaml");
    let first = sync(&request(&function, &KINDS, &[]), &json!({}));
    function["spec"]["serving"]["triggers"]["http"]["engine"] = json!("knative");
    let answer = sync(&request(&function, &KINDS, &applied(&first)), &json!({}));
    assert_eq!(ready(&answer), ("False", "KindNotDeclared"));
    assert_eq!(answer["children"].as_array().unwrap().len(), 4);
}

#[test]
fn a_function_without_serving_has_no_children() {
    let mut function = example("hello.yaml");
    let first = sync(&request(&function, &KINDS, &[]), &json!({}));
    function["spec"]["serving"].take();
    function["spec"]["build"] = json!({"dockerfile": "Dockerfile", "srcRepo": {"url": "u"}});
    let answer = sync(&request(&function, &KINDS, &applied(&first)), &json!({}));
    assert_eq!(ready(&answer), ("False", "KindNotDeclared"));
    assert_eq!(answer["status"]["serving"]["state"], "Skipped");
    assert_eq!(answer["children"], json!([]));
}

#[test]
fn it_comes_back_only_while_a_child_is_missing() {
    let function = example("hello.yaml");
    let first = sync(&request(&function, &KINDS, &[]), &json!({}));
    assert_eq!(first["resyncAfterSeconds"], 10);
    let observed = applied(&first);
    for missing in 0..observed.len() {
        let mut some = observed.clone();
        some.remove(missing);
        let answer = sync(&request(&function, &KINDS, &some), &json!({}));
        assert_eq!(answer["resyncAfterSeconds"], 10);
        assert_eq!(ready(&answer), ("False", "Creating"));
    }
    let settled = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(settled.get("resyncAfterSeconds"), None);
}

#[test]
fn a_settled_status_stays_as_it_is() {
    let mut function = example("function.yaml");
    let observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    let settled = sync(&request(&function, &KINDS, &observed), &json!({}));
    function["status"] = settled["status"].clone();
    let again = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(again, settled);
}

#[test]
fn a_deployment_of_an_older_generation_is_not_ready() {
    let function = example("hello.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    observed[0]["status"] =
        json!({"observedGeneration": 1, "conditions": [{"type": "Available", "status": "True"}]});
    let answer = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(ready(&answer), ("True", "Running"));
    observed[0]["metadata"]["generation"] = json!(2);
    let answer = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(ready(&answer), ("False", "Starting"));
}

#[test]
fn the_seed_renders_as_the_proposal_shows() {
    let answer = sync(&request(&example("function.yaml"), &KINDS, &[]), &json!({}));
    let kinds: Vec<(&str, &str)> = answer["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| {
            (
                child["kind"].as_str().unwrap(),
                child["metadata"]["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("Deployment", "logs-async-handler"),
            ("Service", "logs-async-handler-svc"),
            ("Service", "logs-async-handler"),
            ("HTTPScaledObject", "logs-async-handler"),
            ("Ingress", "logs-async-handler"),
        ]
    );
    let scaler = &answer["children"][3]["spec"];
    assert_eq!(scaler["hosts"][0], "async-demo.com");
    assert_eq!(scaler["replicas"], json!({"min": 0, "max": 10}));
    assert_eq!(scaler["scalingMetric"]["concurrency"]["targetValue"], 100);
    assert_eq!(scaler["scaledownPeriod"], 60);
}

#[test]
fn the_keys_of_children_do_not_matter() {
    let function = example("hello.yaml");
    let observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    let v2 = request(&function, &KINDS, &observed);
    let mut v1 = v2.clone();
    for group in v1["children"].as_object_mut().unwrap().values_mut() {
        let objects = std::mem::take(group.as_object_mut().unwrap());
        *group = objects
            .into_iter()
            .map(|(key, object)| (key.replace("demo/", ""), object))
            .collect();
    }
    assert_ne!(v1, v2);
    assert_eq!(sync(&v1, &json!({})), sync(&v2, &json!({})));
}

#[test]
fn odd_observations_never_fail_a_sync() {
    let function = parent(example("hello.yaml"));
    let mut odd = request(&function, &KINDS, &[]);
    odd["children"]["Service.v1"] = json!({"a": null, "b": 7, "c": {}, "d": {"metadata": []}});
    odd["children"]["Deployment.apps/v1"] = json!({"hello": {"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "hello", "generation": "x"}, "spec": [], "status": {"conditions": [1, null,
        {"type": 7, "status": {}, "lastTransitionTime": null}], "replicas": "many"}}});
    odd["related"] = json!({"Gateway.x/v1": "?"});
    odd["parent"]["status"] = json!({"conditions": {"a": 1}});
    let answer = sync(&odd, &json!({}));
    assert_eq!(ready(&answer), ("False", "Creating"));
}

/// Go writes a map that was never made as null.
#[test]
fn null_children_are_none() {
    let function = parent(example("hello.yaml"));
    let whole = request(&function, &KINDS, &[]);
    let mut groups = whole.clone();
    for group in groups["children"].as_object_mut().unwrap().values_mut() {
        *group = json!(null);
    }
    assert_eq!(sync(&groups, &json!({})), sync(&whole, &json!({})));
    let mut none = whole.clone();
    none["children"] = json!(null);
    let mut empty = whole;
    empty["children"] = json!({});
    let answer = sync(&none, &json!({}));
    assert_eq!(answer, sync(&empty, &json!({})));
    assert_eq!(ready(&answer), ("False", "KindNotDeclared"));
}

#[test]
fn whoever_does_not_know_what_is_observed_deletes_nothing() {
    let function = example("hello.yaml");
    let mut odd = request(&function, &KINDS, &[]);
    for children in [json!(7), json!([]), json!("x")] {
        odd["children"] = children;
        let failure = Failure::Internal("invalid request: children must be an object".to_owned());
        assert_eq!(hook(&odd.to_string(), "{}"), Err(failure));
    }
    let mut odd = request(&invalid(&function), &KINDS, &[]);
    for object in [json!(null), json!(7), json!([])] {
        odd["children"]["Service.v1"] = json!({"a": object});
        let Err(Failure::Invalid(sentence)) = hook(&odd.to_string(), "{}") else {
            panic!("{odd}")
        };
        assert!(
            sentence.contains("an observed child that is not an object has no last-applied configuration"),
            "{sentence}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_a_sentence() {
    for (request, settings, sentence) in [
        (
            "",
            "{}",
            "invalid request: line 1, column 1: the text ends here, inside of a value",
        ),
        ("[]", "{}", "invalid request: it must be an object"),
        ("{}", "{}", "invalid request: parent must be an object"),
        (
            r#"{"parent":{}}"#,
            "{}",
            "invalid request: children must be an object",
        ),
        (
            "{}",
            "[",
            "invalid settings: EOF while parsing a list at line 1 column 1",
        ),
        (
            "{}",
            "7",
            "invalid settings: invalid type: integer `7`, expected struct Settings at line 1 column 1",
        ),
    ] {
        assert_eq!(
            hook(request, settings),
            Err(Failure::Internal(sentence.to_owned())),
            "{request} {settings}"
        );
    }
    let empty: Value = serde_json::from_str(&hook(r#"{"parent":{},"children":{}}"#, "{}").unwrap()).unwrap();
    assert_eq!(ready(&empty), ("False", "Invalid"));
}

/// OpenFunction's printer columns, and the scripts of its users, read these.
#[test]
fn the_status_has_what_openfunctions_has() {
    let of = |spec: Value| parent(json!({"metadata": {"name": "fn"}, "spec": spec}));
    let knative = "Service.serving.knative.dev/v1";
    let shipwright = ["Build.shipwright.io/v1beta1", "BuildRun.shipwright.io/v1beta1"];
    let kinds = [&KINDS[..], &[knative], &shipwright[..]].concat();
    let http = |engine: &str| json!({"image": "i", "serving": {"triggers": {"http": {"engine": engine}}}});
    let build = json!({"builder": "b", "srcRepo": {"url": "u"}});
    let none = Value::Null;
    for (spec, states, names) in [
        (http("keda"), ["Skipped", "Created"], [&none, &json!("fn")]),
        (http("knative"), ["Skipped", "Created"], [&none, &json!("fn")]),
        (
            json!({"image": "i", "serving": {"workloadType": "Job"}}),
            ["Skipped", "Created"],
            [&none, &json!("fn")],
        ),
        (
            json!({"image": "i", "serving": {"workloadType": "StatefulSet"}}),
            ["Skipped", "Created"],
            [&none, &json!("fn")],
        ),
        (
            json!({"image": "i", "build": build}),
            ["Created", "Skipped"],
            [&json!("fn-"), &none],
        ),
        (
            json!({"image": "i", "build": build, "serving": {}}),
            ["Created", ""],
            [&json!("fn-"), &none],
        ),
        (
            json!({"image": 7, "serving": {}}),
            ["Skipped", "Failed"],
            [&none, &none],
        ),
        (json!({"image": "i"}), ["Skipped", "Failed"], [&none, &none]),
    ] {
        let answer = sync(&request(&of(spec.clone()), &kinds, &[]), &json!({}));
        let status = &answer["status"];
        let state = |part: &str| status[part]["state"].as_str().unwrap_or_default();
        assert_eq!([state("build"), state("serving")], states, "{spec}");
        for (part, name) in ["build", "serving"].into_iter().zip(names) {
            let found = status[part]["resourceRef"].as_str().unwrap_or_default();
            let wanted = name.as_str().unwrap_or_default();
            assert!(
                found.starts_with(wanted) && found.is_empty() == wanted.is_empty(),
                "{spec}: {found}"
            );
        }
    }
}

#[test]
fn what_served_last_with_success_is_named_until_something_else_does() {
    let mut function = example("hello.yaml");
    let mut observed = applied(&sync(&request(&function, &KINDS, &[]), &json!({})));
    let last = |answer: &Value| answer["status"]["serving"]["lastSuccessfulResourceRef"].clone();
    assert_eq!(
        last(&sync(&request(&function, &KINDS, &observed), &json!({}))),
        Value::Null
    );
    observed[0]["spec"]["replicas"] = json!(1);
    observed[0]["status"] = json!({"observedGeneration": 1, "replicas": 1, "readyReplicas": 1,
        "conditions": [{"type": "Available", "status": "True"}]});
    let served = sync(&request(&function, &KINDS, &observed), &json!({}));
    assert_eq!(last(&served), "hello");
    function["status"] = served["status"].clone();
    observed[0]["status"] = json!({});
    assert_eq!(
        last(&sync(&request(&function, &KINDS, &observed), &json!({}))),
        "hello"
    );
    assert_eq!(
        last(&sync(
            &request(&invalid(&function), &KINDS, &observed),
            &json!({})
        )),
        "hello"
    );
}
