//! What objects are called and where they are, whatever the release and its namespace are called.

use serde_json::{Value, json};

use crate::{Chart, objects, offline, stdout};

/// A release's name has 53 characters at most, a Service's 63, and the chart puts more behind it.
#[test]
fn names_are_never_too_long() {
    let Some(chart) = Chart::new() else { return };
    let all = "--set=interceptor.port80Service=helm,kinds.gatewayApi=true,rbac.metacontroller=true,tls.enabled=true,\
               serviceMonitor.enabled=true,prometheusRule.enabled=true,grafanaDashboard.enabled=true";
    let long = "a".repeat(53);
    let with_chart = format!("{}-metawasm", "b".repeat(44));
    let hyphen = "c".repeat(39);
    let nameless = format!("--set=nameOverride={}", "e".repeat(63));
    for (release, more, name) in [
        (&long, None, "a".repeat(40)),
        (&with_chart, None, "b".repeat(40)),
        // Not cut behind the hyphen.
        (&hyphen, None, hyphen.clone()),
        (&"f".to_owned(), Some(&*nameless), format!("f-{}", "e".repeat(38))),
    ] {
        let template = ["template", release, &chart.chart, all];
        let more: Vec<&str> = more.into_iter().collect();
        let objects = objects(&stdout(&offline(&chart.helm, &[&template, &*more].concat())));
        let names = objects
            .iter()
            .map(|object| object["metadata"]["name"].as_str().unwrap());
        for own in names.clone() {
            assert!(own.len() <= 63, "{own} has {} characters", own.len());
        }
        assert!(names.clone().any(|own| own == name), "{release} makes no {name}");
    }
}

#[test]
fn names_are_those_of_the_release_or_of_the_values() {
    let Some(chart) = Chart::new() else { return };
    let namespaced = |args: &[&str], name: &str, label: &str| {
        let template = ["template", args[0], &chart.chart, "--namespace=elsewhere"];
        let objects = objects(&stdout(&offline(&chart.helm, &[&template, &args[1..]].concat())));
        for object in &objects {
            let own = object["metadata"]["name"].as_str().unwrap();
            // What Kubernetes and Metacontroller know by a name of its own.
            let fixed = ["function", "functions.core.openfunction.io"].contains(&own);
            assert!(fixed || own.starts_with(name), "{own} is not {name}…");
            assert_eq!(
                object["metadata"]["labels"]["app.kubernetes.io/name"], label,
                "{own}"
            );
        }
        let find = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
        assert_eq!(
            find("CompositeController")["spec"]["hooks"]["sync"]["webhook"]["url"],
            format!("http://{name}.elsewhere.svc:8080/function/sync")
        );
        let pods = &find("Deployment")["spec"]["template"];
        assert_eq!(pods["metadata"]["labels"]["app.kubernetes.io/name"], label);
        assert_eq!(pods["spec"]["serviceAccountName"], name);
        for (kind, selector) in [
            ("Deployment", "/spec/selector/matchLabels"),
            ("Service", "/spec/selector"),
            ("NetworkPolicy", "/spec/podSelector/matchLabels"),
            ("PodDisruptionBudget", "/spec/selector/matchLabels"),
        ] {
            let selector = find(kind).pointer(selector);
            assert_eq!(
                selector,
                Some(&json!({"app.kubernetes.io/name": label})),
                "{kind}"
            );
        }
    };
    namespaced(&["metawasm"], "metawasm", "metawasm");
    namespaced(&["my-metawasm"], "my-metawasm", "metawasm");
    namespaced(&["prod"], "prod-metawasm", "metawasm");
    namespaced(&["prod", "--set=nameOverride=wasm"], "prod-wasm", "wasm");
    namespaced(&["prod", "--set=fullnameOverride=hooks"], "hooks", "metawasm");
}

/// YAML takes some names for numbers or for true, and Kubernetes then refuses the object.
#[test]
fn a_name_that_looks_like_something_else_is_a_text() {
    fn types(value: &Value) -> Value {
        match value {
            Value::String(_) => json!("text"),
            Value::Array(items) => items.iter().map(types).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, field)| (key.clone(), types(field)))
                .collect(),
            other => other.clone(),
        }
    }
    let Some(chart) = Chart::new() else { return };
    let render = |release: &str, namespace: &str, names: &[(&str, &str)]| -> Vec<Value> {
        let names: Vec<_> = names
            .iter()
            .map(|(path, name)| format!("--set-string={path}={name}"))
            .collect();
        let template = [
            "template",
            release,
            &chart.chart,
            "--namespace",
            namespace,
            "--set=kinds.gatewayApi=true,rbac.metacontroller=true,serviceMonitor.enabled=true,tls.enabled=true",
            "--set=interceptor.port80Service=helm,prometheusRule.enabled=true,grafanaDashboard.enabled=true",
        ];
        let args: Vec<_> = template
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .collect();
        objects(&stdout(&offline(&chart.helm, &args)))
    };
    let of = |name: &'static str, full: &'static str| {
        [
            ("nameOverride", name),
            ("fullnameOverride", full),
            ("image.repository", name),
            ("image.tag", name),
            ("metacontroller.namespace", name),
            ("metacontroller.serviceAccount", name),
            ("networkPolicy.monitoringNamespace", name),
            ("interceptor.namespace", name),
            ("tls.existingSecret", name),
            ("gateway.name", name),
            ("gateway.namespace", name),
            ("priorityClassName", name),
            ("topologySpread.topologyKeys[0]", name),
        ]
    };
    let right: Vec<_> = render("a", "b", &of("c", "d")).iter().map(types).collect();
    for (release, names) in [
        ("true", of("true", "true")),
        ("123", of("30", "a123")),
        ("0x1", of("1e3", "null")),
    ] {
        let rendered = render(release, "123", &names);
        for object in &rendered {
            let labels = &object["metadata"]["labels"];
            assert_eq!(labels["app.kubernetes.io/instance"], release, "{object}");
            assert_eq!(labels["app.kubernetes.io/name"], names[0].1, "{object}");
        }
        let types: Vec<_> = rendered.iter().map(types).collect();
        assert_eq!(types, right, "{release}: {rendered:?}");
    }
    let notes = chart.notes(&["nameOverride=wasm"]);
    let logs = "kubectl --namespace metawasm logs --selector app.kubernetes.io/name=wasm\n";
    assert!(notes.contains(logs), "{notes}");
}
