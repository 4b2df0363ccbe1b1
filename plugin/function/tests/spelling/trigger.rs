//! A function without a trigger: called by http, or by events where something says so.

use serde_json::{Value, json};

use super::{function, problems, warnings};

/// A Function with this in `serving`, and no trigger. It names the engine keda by the setting.
fn kinds(serving: &Value) -> (Vec<String>, String) {
    let function = function(json!({"image": "i", "serving": serving}));
    let answer = super::answer_with(
        &function,
        &json!({"defaultEngine": "keda", "exposure": {"by": "none"}}),
    );
    assert_eq!(problems(&answer), "", "{serving}");
    let children = answer["children"].as_array().unwrap().iter();
    let kinds = children.map(|child| child["kind"].as_str().unwrap().to_owned());
    (kinds.collect(), warnings(&answer).to_owned())
}

const HTTP: [&str; 4] = ["Deployment", "Service", "Service", "HTTPScaledObject"];

#[test]
fn what_only_an_async_function_has_makes_it_one() {
    let trigger = json!([{"type": "kafka", "metadata": {"bootstrapServers": "b:9092", "consumerGroup": "g", "topic": "t"}}]);
    for (serving, reason, expected) in [
        (
            json!({"scaleOptions": {"keda": {"triggers": trigger}}}),
            "scaleOptions.keda.triggers",
            vec!["Deployment", "ScaledObject"],
        ),
        (
            json!({"scaleOptions": {"keda": {"triggers": trigger, "scaledObject": {"pollingInterval": 5}}}}),
            "scaleOptions.keda.triggers",
            vec!["Deployment", "ScaledObject"],
        ),
        (
            json!({"scaleOptions": {"keda": {"scaledObject": {"triggers": trigger}}}}),
            "scaleOptions.keda.scaledObject",
            vec!["Deployment", "ScaledObject"],
        ),
        (
            json!({"scaleOptions": {"keda": {"scaledObject": {"pollingInterval": 5}}}}),
            "scaleOptions.keda.scaledObject",
            vec!["Deployment"],
        ),
        (
            json!({"scaleOptions": {"keda": {"scaledJob": {}}}}),
            "scaleOptions.keda.scaledJob",
            vec!["Deployment"],
        ),
        (
            json!({"scaleOptions": {"keda": {"scaledJob": {}, "triggers": trigger}}, "workloadType": "Job"}),
            "scaleOptions.keda.triggers",
            vec!["ScaledJob"],
        ),
        (json!({"workloadType": "Job"}), "workloadType", vec!["Job"]),
        (
            json!({"workloadType": "Deployment"}),
            "workloadType",
            vec!["Deployment"],
        ),
        (
            json!({"workloadType": "StatefulSet", "triggers": {}}),
            "workloadType",
            vec!["StatefulSet", "Service"],
        ),
        (
            json!({"workloadType": "Job", "triggers": {"dapr": [], "http": null}}),
            "workloadType",
            vec!["Job"],
        ),
    ] {
        let (found, warnings) = kinds(&serving);
        assert_eq!(found, expected, "{serving}");
        let sentence = format!(
            "spec.serving.triggers: neither http nor dapr is set: the function is asynchronous because \
             spec.serving.{reason} is set; for a function that is called by HTTP, set http: {{}}"
        );
        assert!(warnings.contains(&sentence), "{serving}: {warnings}");
    }
}

#[test]
fn without_any_of_it_a_function_is_called_by_http() {
    for serving in [
        json!({}),
        json!({"triggers": {}}),
        json!({"triggers": {"inputs": []}}),
        json!({"workloadType": ""}),
        json!({"scaleOptions": {"minReplicas": 1, "keda": {}}}),
        json!({"scaleOptions": {"keda": {"triggers": []}}}),
        json!({"scaleOptions": {"keda": {"scaledObject": null, "scaledJob": null}}}),
        json!({"scaleOptions": {"keda": {"httpScaledObject": {}}}}),
    ] {
        assert_eq!(
            kinds(&serving),
            (HTTP.map(str::to_owned).to_vec(), String::new()),
            "{serving}"
        );
    }
    // What is written counts: such a section beside it is not used, and said.
    for serving in [
        json!({"triggers": {"http": {}}, "workloadType": "Job"}),
        json!({"triggers": {"http": {}}, "scaleOptions": {"keda": {"scaledObject": {"pollingInterval": 5}}}}),
        json!({"triggers": {"http": {}}, "scaleOptions": {"keda": {"scaledJob": {}}}}),
    ] {
        let (found, warnings) = kinds(&serving);
        assert_eq!(found, HTTP, "{serving}");
        assert!(warnings.contains(" used"), "{serving}: {warnings}");
    }
}

#[test]
fn customize_goes_by_the_same_rule() {
    let declared = json!([{"apiVersion": "keda.sh/v1alpha1", "resource": "scaledobjects"},
        {"apiVersion": "apps/v1", "resource": "deployments"}]);
    let parent = super::parent(function(
        json!({"image": "i", "serving": {"workloadType": "Job"}}),
    ));
    let request = json!({"parent": parent, "controller": {"spec": {"childResources": declared}}});
    let wanted = metawasm_function::customize(&request.to_string(), r#"{"defaultEngine": "keda"}"#).unwrap();
    assert!(!wanted.contains("scaledobjects"), "{wanted}");
    // The same Function with http has the add-on's ScaledObject.
    let mut http = request;
    http["parent"]["spec"]["serving"] = json!({});
    let wanted = metawasm_function::customize(&http.to_string(), r#"{"defaultEngine": "keda"}"#).unwrap();
    assert!(wanted.contains("scaledobjects"), "{wanted}");
}
