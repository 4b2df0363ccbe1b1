//! Functions of core.openfunction.io/v1beta1, field by field.

use serde_json::{Value, json};

use super::{answer, function, merged, problems, warnings};

/// A base in both spellings.
struct Base {
    older: Value,
    newer: Value,
}

/// A function on Knative.
fn knative() -> Base {
    Base {
        older: json!({"image": "i", "serving": {"runtime": "knative"}}),
        newer: json!({"image": "i", "serving": {"triggers": {"http": {"engine": "knative"}}}}),
    }
}

/// A function that a topic calls.
fn asynchronous() -> Base {
    let pubsub = json!({"queue": {"type": "pubsub.kafka", "version": "v1"},
        "results": {"type": "pubsub.redis", "version": "v1"}});
    Base {
        older: json!({"image": "i", "serving": {"runtime": "async", "pubsub": pubsub,
            "inputs": [{"name": "in", "component": "queue", "topic": "t"}]}}),
        newer: json!({"image": "i", "serving": {"pubsub": pubsub,
            "triggers": {"dapr": [{"name": "queue", "inputName": "in", "topic": "t"}]}}}),
    }
}

fn with(mut spec: Value, patch: &Value) -> Value {
    merged(&mut spec, patch);
    spec
}

/// A Function in the older version makes the same children as one in the newer version, and says these sentences beside
/// those of its base.
#[track_caller]
fn same(base: &Base, older: &Value, newer: &Value, sentences: &[&str]) {
    let older = with(base.older.clone(), older);
    let newer = with(base.newer.clone(), newer);
    let of_base = answer(&function(base.older.clone()));
    let (found, wanted) = (answer(&function(older.clone())), answer(&function(newer)));
    assert_eq!((problems(&found), problems(&wanted)), ("", ""), "{older}");
    assert_eq!(found["children"], wanted["children"], "{older}");
    let mut told = warnings(&found).to_owned();
    for known in [warnings(&of_base), warnings(&wanted)] {
        for sentence in known.split("; ").filter(|sentence| !sentence.is_empty()) {
            told = told.replace(sentence, "");
        }
    }
    for sentence in sentences {
        assert!(told.contains(sentence), "{sentence}: {told}");
        told = told.replace(sentence, "");
    }
    assert_eq!(told.replace("; ", ""), "", "{older}");
    // The same where the Function says its version.
    let mut versioned = function(older);
    versioned["apiVersion"] = json!("core.openfunction.io/v1beta1");
    let versioned = answer(&versioned);
    assert_eq!(versioned["children"], wanted["children"]);
    let first = "apiVersion: core.openfunction.io/v1beta1 is read as core.openfunction.io/v1beta2";
    assert!(
        warnings(&versioned).starts_with(first),
        "{}",
        warnings(&versioned)
    );
}

#[test]
fn runtimes() {
    let told = |base: &Base| warnings(&answer(&function(base.older.clone()))).to_owned();
    assert_eq!(
        told(&knative()),
        "spec.serving.runtime: is v1beta1's spelling, read as spec.serving.triggers.http.engine: knative"
    );
    assert_eq!(
        told(&asynchronous()),
        "spec.serving.inputs: is v1beta1's spelling, read as spec.serving.triggers.dapr; spec.serving.runtime: is \
         v1beta1's spelling of a function without spec.serving.triggers.http"
    );
    same(&knative(), &json!({}), &json!({}), &[]);
    same(&asynchronous(), &json!({}), &json!({}), &[]);
    let alone = answer(&function(json!({"image": "i", "serving": {"runtime": "Async"}})));
    let kinds: Vec<&Value> = alone["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| &child["kind"])
        .collect();
    assert_eq!(kinds, ["Deployment"]);
    for (serving, sentence) in [
        (
            json!({"runtime": "async", "triggers": {"http": {"engine": "keda"}}}),
            "spec.serving.runtime: is not used: spec.serving.triggers.http is set",
        ),
        (
            json!({"runtime": "knative", "triggers": {"http": {"engine": "keda"}}}),
            "spec.serving.runtime: is not used: spec.serving.triggers.http.engine is \"keda\"",
        ),
    ] {
        let answer = answer(&function(json!({"image": "i", "serving": serving})));
        assert_eq!(warnings(&answer), sentence);
        assert_eq!(answer["children"][0]["kind"], "Deployment");
    }
    let wrong = answer(&function(
        json!({"image": "i", "serving": {"runtime": "OpenFuncAsync"}}),
    ));
    assert_eq!(
        problems(&wrong),
        "spec.serving.runtime: Unsupported value: \"OpenFuncAsync\": supported values: \"async\", \"knative\""
    );
}

#[test]
fn fields_beside_serving() {
    let route = json!({"hostnames": ["a.example.com"], "gatewayRef": {"name": "openfunction", "namespace": "openfunction"},
        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/a"}}]}]});
    let http = |name: &str, value: &Value| json!({"serving": {"triggers": {"http": {name: value}}}});
    for (name, value) in [("port", json!(9000)), ("route", route)] {
        let sentence =
            format!("spec.{name}: is v1beta1's spelling, read as spec.serving.triggers.http.{name}");
        same(
            &knative(),
            &json!({name: value}),
            &http(name, &value),
            &[&sentence],
        );
        let sentence = format!("spec.{name}: is not used: spec.serving.runtime is async");
        same(&asynchronous(), &json!({name: value}), &json!({}), &[&sentence]);
        let mut both = with(http(name, &value), &json!({name: value}));
        both["serving"]["runtime"] = json!("knative");
        let sentence = format!("spec.{name}: is not used: spec.serving.triggers.http.{name} is set");
        same(&knative(), &both, &http(name, &value), &[&sentence]);
    }
    let built = json!({"image": "i", "port": 80, "build": {"builder": "b", "srcRepo": {"url": "u"}}});
    assert_eq!(
        warnings(&answer(&function(built))),
        "spec.port: is not used: spec.serving is not set"
    );
    // Without a runtime, a port and a route are those of a function that is called by http.
    let answer = answer(&function(json!({"image": "i", "port": 81, "serving": {}})));
    assert_eq!(
        answer["children"][0]["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"],
        81
    );
    // These are the same in both.
    for patch in [
        json!({"version": "v1.0.0"}),
        json!({"imageCredentials": {"name": "registry"}}),
        json!({"workloadRuntime": "WasmEdge"}),
    ] {
        same(&knative(), &patch, &patch, &[]);
        same(&asynchronous(), &patch, &patch, &[]);
    }
}

#[test]
fn fields_of_a_build() {
    let build = |patch: &Value| {
        let mut build = json!({"builder": "b", "srcRepo": {"url": "https://example.com/repo.git"}});
        merged(&mut build, patch);
        json!({"build": build})
    };
    for patch in [
        json!({}),
        json!({"builder": "other"}),
        json!({"builderCredentials": {"name": "a"}}),
        json!({"shipwright": {"strategy": {"name": "s", "kind": "BuildStrategy"}, "timeout": "5m"}}),
        json!({"env": {"FUNC_NAME": "Fn"}}),
        json!({"srcRepo": {"revision": "main", "sourceSubPath": "p", "credentials": {"name": "git"}}}),
        json!({"srcRepo": {"url": null, "bundleContainer": {"image": "bundle"}}}),
        json!({"dockerfile": "Dockerfile"}),
        json!({"timeout": "5m"}),
        json!({"successfulBuildsHistoryLimit": 2, "failedBuildsHistoryLimit": 2}),
        json!({"builderMaxAge": "1h"}),
    ] {
        same(&knative(), &build(&patch), &build(&patch), &[]);
    }
    let moved = "spec.build.params: is v1beta1's spelling, read as spec.build.shipwright.params";
    let list = json!([{"name": "a", "value": "x"}, {"name": "b", "value": ""}]);
    let newer = build(&json!({"shipwright": {"params": list}}));
    for params in [json!({"a": "x", "b": ""}), list.clone()] {
        same(&knative(), &build(&json!({"params": params})), &newer, &[moved]);
    }
    let both = build(&json!({"params": {"b": ""}, "shipwright": {"params": [{"name": "a", "value": "x"}]}}));
    same(&knative(), &both, &newer, &[moved]);
    let wrong = with(knative().older, &build(&json!({"params": {"a": 1}})));
    assert_eq!(
        problems(&answer(&function(wrong))),
        "spec.build.shipwright.params[0].value: Invalid value: 1: must be a string"
    );
}

#[test]
fn inputs_and_outputs() {
    let serving = |serving: Value| json!({"serving": serving});
    let flat = "spec.serving.outputs[0]: is read as if it were inside dapr";
    let older =
        json!({"outputs": [{"name": "out", "component": "results", "topic": "r", "params": {"a": "b"}}]});
    let newer = json!({"outputs": [{"dapr": {"name": "results", "outputName": "out", "topic": "r",
        "metadata": {"a": "b"}}}]});
    same(
        &asynchronous(),
        &serving(older.clone()),
        &serving(newer.clone()),
        &[flat],
    );
    let pubsub = json!({"pubsub": {"results": {"type": "pubsub.redis", "version": "v1"}}});
    same(
        &knative(),
        &serving(with(older, &pubsub)),
        &serving(with(newer, &pubsub)),
        &[flat],
    );
    // Groups in place of types, of v1alpha2.
    for group in ["pubsub", "bindings"] {
        let component = if group == "pubsub" { "results" } else { "api" };
        let base = json!({"bindings": {"api": {"type": "bindings.http", "version": "v1"}}});
        let output = |r#type: Value| json!({"outputs": [{"dapr": {"name": component, "type": r#type}}]});
        same(
            &asynchronous(),
            &serving(with(base.clone(), &output(json!(group)))),
            &serving(with(base, &output(Value::Null))),
            &["spec.serving.outputs[0].dapr.type: is a group of types: the type is looked up"],
        );
    }
    let inputs = json!({"pubsub": {"results": {"type": "pubsub.redis", "version": "v1"}},
        "inputs": [{"name": "in", "component": "results", "topic": "r", "params": {"a": "b"}, "operation": "get"}]});
    let triggers = json!({"pubsub": {"results": {"type": "pubsub.redis", "version": "v1"}},
        "triggers": {"inputs": [{"dapr": {"name": "results", "inputName": "in", "topic": "r"}}]}});
    same(
        &knative(),
        &serving(inputs),
        &serving(triggers),
        &[
            "spec.serving.inputs: is v1beta1's spelling, read as spec.serving.triggers.inputs",
            "spec.serving.triggers.inputs[0].operation: unknown field, ignored",
            "spec.serving.triggers.inputs[0].params: unknown field, ignored",
            "spec.serving.triggers.inputs[0]: is read as if it were inside dapr",
        ],
    );
    let both = json!({"triggers": {"dapr": [{"name": "queue", "inputName": "in", "topic": "t"}]}});
    let answer = answer(&function(with(asynchronous().older, &serving(both))));
    assert!(
        warnings(&answer).contains("spec.serving.inputs: is not used: spec.serving.triggers.dapr is set")
    );
}

#[test]
fn states() {
    let spec = json!({"type": "state.redis", "version": "v1", "ignoreErrors": true, "initTimeout": "5s",
        "metadata": [{"name": "a", "value": "b"}]});
    for base in [knative(), asynchronous()] {
        same(
            &base,
            &json!({"serving": {"states": {"store": spec}}}),
            &json!({"serving": {"states": {"store": {"spec": spec}}}}),
            &["spec.serving.states[store]: is v1beta1's spelling, read as spec.serving.states[store].spec"],
        );
    }
}

#[test]
fn fields_that_scale() {
    let trigger = json!({"type": "kafka", "name": "a", "metadata": {"bootstrapServers": "b:9092", "consumerGroup": "g", "topic": "t"}, "useCachedMetrics": true,
        "metricType": "AverageValue", "authenticationRef": {"name": "auth", "kind": "TriggerAuthentication"}});
    let moved =
        "spec.serving.triggers: is v1beta1's spelling, read as spec.serving.scaleOptions.keda.triggers";
    let kind = "spec.serving.scaleOptions.keda.triggers[0].targetKind: is not used: spec.serving.workloadType says \
                whether triggers start Jobs";
    let older = |keda: Value, trigger: &Value| json!({"serving": {"triggers": [trigger], "scaleOptions": {"keda": keda}}});
    // By reference: rustc 1.95 reuses the place of an empty object that is passed by value and changed there.
    let newer = |keda: &Value, workload: &str| {
        let mut keda = keda.clone();
        merged(&mut keda, &json!({"triggers": [trigger]}));
        json!({"serving": {"workloadType": workload, "scaleOptions": {"keda": keda}}})
    };
    same(
        &asynchronous(),
        &older(json!({}), &trigger),
        &newer(&json!({}), ""),
        &[moved],
    );
    for target in ["object", "job"] {
        let targeted = with(trigger.clone(), &json!({"targetKind": target}));
        same(
            &asynchronous(),
            &older(json!({}), &targeted),
            &newer(&json!({}), ""),
            &[moved, kind],
        );
    }
    let object = json!({"scaledObject": {"pollingInterval": 5, "cooldownPeriod": 6, "minReplicaCount": 1,
        "maxReplicaCount": 7, "advanced": {"restoreToOriginalReplicaCount": true}}});
    same(
        &asynchronous(),
        &older(object.clone(), &trigger),
        &newer(&object, ""),
        &[moved],
    );
    for workload in ["Deployment", "StatefulSet"] {
        let typed = with(
            object.clone(),
            &json!({"scaledObject": {"workloadType": workload}}),
        );
        let sentence = "spec.serving.scaleOptions.keda.scaledObject.workloadType: is v1beta1's spelling, read as \
                        spec.serving.workloadType";
        same(
            &asynchronous(),
            &older(typed, &trigger),
            &newer(&object, workload),
            &[moved, sentence],
        );
    }
    let job = json!({"scaledJob": {"restartPolicy": "Never", "pollingInterval": 5, "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 2, "maxReplicaCount": 7, "scalingStrategy": {"strategy": "accurate"}}});
    let sentence = "spec.serving.scaleOptions.keda.scaledJob: is v1beta1's spelling, read as \
                    spec.serving.workloadType: Job";
    same(
        &asynchronous(),
        &older(job.clone(), &trigger),
        &newer(&job, "Job"),
        &[moved, sentence],
    );
    // Both bounds, in both.
    for patch in [
        json!({"serving": {"scaleOptions": {"minReplicas": 1, "maxReplicas": 3}}}),
        json!({"serving": {"scaleOptions": {"knative": {"autoscaling.knative.dev/target": "5"}}}}),
    ] {
        same(&knative(), &patch, &patch, &[]);
        same(&asynchronous(), &patch, &patch, &[]);
    }
    let both = json!({"serving": {"triggers": [trigger], "scaleOptions": {"keda": {"triggers": [trigger]}}}});
    let answer = answer(&function(with(
        json!({"image": "i", "serving": {"runtime": "async"}}),
        &both,
    )));
    assert!(warnings(&answer).contains(
        "spec.serving.triggers: is not used: a list is v1beta1's spelling of \
         spec.serving.scaleOptions.keda.triggers, which is set"
    ));
}

/// Without `runtime`: what is written says what it is.
#[test]
fn a_list_of_triggers_alone() {
    let trigger = json!([{"type": "kafka", "metadata": {"bootstrapServers": "b:9092", "consumerGroup": "g", "topic": "t"}}]);
    let answer = answer(&function(json!({"image": "i", "serving": {"triggers": trigger}})));
    let kinds: Vec<&Value> = answer["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| &child["kind"])
        .collect();
    assert_eq!(kinds, ["Deployment", "ScaledObject"]);
    assert_eq!(answer["children"][1]["spec"]["triggers"], trigger);
}

#[test]
fn fields_that_are_the_same_in_both() {
    for patch in [
        json!({"params": {"A": "b"}}),
        json!({"labels": {"a": "b"}}),
        json!({"annotations": {"a": "b"}}),
        json!({"template": {"containers": [{"name": "function", "imagePullPolicy": "Always"}]}}),
        json!({"timeout": "1m"}),
        json!({"bindings": {"api": {"type": "bindings.http", "version": "v1", "metadata": [{"name": "url", "value": "u"}]}}}),
    ] {
        let patch = json!({"serving": patch});
        same(&knative(), &patch, &patch, &[]);
        same(&asynchronous(), &patch, &patch, &[]);
    }
}

#[test]
fn versions() {
    for (version, problem) in [
        (json!("core.openfunction.io/v1beta2"), ""),
        (json!("core.openfunction.io/v1beta1"), ""),
        (Value::Null, ""),
        (
            json!("core.openfunction.io/v1alpha2"),
            "apiVersion: Unsupported value: \"core.openfunction.io/v1alpha2\": supported values: \
             \"core.openfunction.io/v1beta2\", \"core.openfunction.io/v1beta1\"",
        ),
        (
            json!("serving.knative.dev/v1"),
            "apiVersion: Unsupported value: \"serving.knative.dev/v1\": supported values: \
             \"core.openfunction.io/v1beta2\", \"core.openfunction.io/v1beta1\"",
        ),
        (
            json!(7),
            "apiVersion: Unsupported value: 7: supported values: \"core.openfunction.io/v1beta2\", \
             \"core.openfunction.io/v1beta1\"",
        ),
    ] {
        let mut function = function(json!({"image": "i", "serving": {}}));
        function["apiVersion"] = version.clone();
        assert_eq!(problems(&answer(&function)), problem, "{version}");
    }
}

/// A wrong shape stays a sentence, wherever a field moves.
#[test]
fn anything_may_be_written() {
    let odd = [
        json!(null),
        json!(7),
        json!("x"),
        json!([]),
        json!([null, 7]),
        json!({}),
        json!({"a": null}),
    ];
    for value in &odd {
        for other in &odd {
            for spec in [
                json!({"port": value, "serving": {"triggers": other}}),
                json!({"route": value, "serving": {"triggers": {"http": other}}}),
                json!({"port": 1, "route": value, "serving": other}),
                json!({"serving": {"inputs": value, "triggers": other, "runtime": "async"}}),
                json!({"serving": {"inputs": [value], "runtime": other}}),
                json!({"serving": {"triggers": [value], "scaleOptions": other}}),
                json!({"serving": {"triggers": [{}], "scaleOptions": {"keda": other}, "states": {"a": value}}}),
                json!({"serving": {"states": {"a": {"type": value}}, "runtime": other}}),
                json!({"serving": {"scaleOptions": {"keda": {"scaledObject": {"workloadType": value}}},
                    "workloadType": other}}),
                json!({"serving": {"runtime": "async", "scaleOptions": {"keda": {"scaledJob": value}}}}),
                json!({"build": {"params": value, "shipwright": other}}),
                json!({"build": {"params": {"a": value}, "shipwright": {"params": other}}}),
            ] {
                let mut spec = spec;
                spec["image"] = json!("i");
                answer(&function(spec));
            }
        }
    }
}
