//! What the admission of a child's own kind refuses: each rule with its source, and the sentence that
//! the user reads instead of waiting for a child that never comes.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a row hands over the value that it makes"
)]

use serde_json::{Value, json};

use super::{http, message, patched, serving, spec};

mod keda;
mod knative;

/// Where the rule is, what is changed of a Function that is right, and what is said.
type Row = (&'static str, Value, String);

fn template(template: Value) -> Value {
    serving(json!({"template": template}))
}

fn row(source: &'static str, patch: Value, path: &str, sentence: &str) -> Row {
    (source, patch, format!("spec.serving.{path}: {sentence}"))
}

/// Each row is invalid with exactly its sentence.
fn invalid(rows: Vec<Row>, answer: fn(&Value) -> Value) {
    for (source, patch, sentence) in rows {
        let answer = answer(&patch);
        assert_eq!(
            message(&answer, "Ready", "Invalid"),
            sentence,
            "{source}: {patch}"
        );
        assert_eq!(answer["children"], json!([]), "{source}");
    }
}

#[test]
fn the_gateway_api_refuses_these_rules() {
    let rule = |rule: Value| http(json!({"route": {"hostnames": ["a.example.com"], "rules": [rule]}}));
    let filter = |filter: Value| rule(json!({"filters": [filter]}));
    let mirror = |fraction: Value| {
        filter(json!({"type": "RequestMirror",
            "requestMirror": {"backendRef": {"name": "a", "port": 1}, "fraction": fraction}}))
    };
    let source = "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml";
    let mut rows = Vec::new();
    let mut add = |patch: Value, path: &str, sentence: &str| {
        let path = format!("triggers.http.route.rules[0].{path}");
        rows.push(row(source, patch, &path, sentence));
    };
    add(
        rule(json!({"timeouts": {"request": "1s", "backendRequest": "2s"}})),
        "timeouts.backendRequest",
        "Invalid value: \"2s\": must not be longer than timeouts.request",
    );
    add(
        filter(json!({"type": "RequestRedirect", "requestRedirect": {"statusCode": 304}})),
        "filters[0].requestRedirect.statusCode",
        "Invalid value: 304: must be one of 301, 302, 303, 307, 308",
    );
    add(
        mirror(json!({"numerator": 3, "denominator": 2})),
        "filters[0].requestMirror.fraction.numerator",
        "Invalid value: 3: must not be greater than the denominator, which is 2",
    );
    add(
        rule(json!({"retry": {"codes": [200]}})),
        "retry.codes[0]",
        "Invalid value: 200: must be between 400 and 599",
    );
    add(
        rule(json!({"sessionPersistence": {"cookieConfig": {"lifetimeType": "Permanent"}}})),
        "sessionPersistence.absoluteTimeout",
        "Required value: how long a cookie with the lifetime Permanent lasts",
    );
    add(
        rule(json!({"sessionPersistence": {"type": "Header", "cookieConfig": {}}})),
        "sessionPersistence.cookieConfig",
        "Forbidden: the type is Header",
    );
    let named = json!({"route": {"rules": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}});
    rows.push(row(
        source,
        http(named),
        "triggers.http.route.rules[2].name",
        "Duplicate value: \"a\"",
    ));
    invalid(rows, patched);
    for fine in [
        rule(json!({"timeouts": {"request": "0s", "backendRequest": "2s"}})),
        rule(json!({"timeouts": {"request": "2s", "backendRequest": "2s"}})),
        mirror(json!({"numerator": 100})),
        rule(json!({"retry": {"codes": [500, 503], "attempts": 2, "backoff": "100ms"}})),
        http(json!({"route": {"rules": [{"name": "a"}, {"name": "b"}, {}, {}]}})),
    ] {
        message(&patched(&fine), "Ready", "Creating");
    }
}

#[test]
fn shipwright_refuses_these_builds() {
    let build = |more: Value| {
        let mut build = json!({"builder": "b", "srcRepo": {"url": "u"}});
        super::merge(&mut build, &more);
        spec(json!({"build": build}))
    };
    for name in ["shp-source-root", "shp-output-image"] {
        let patch = build(json!({"shipwright": {"params": [{"name": name, "value": "x"}]}}));
        let answer = patched(&patch);
        assert_eq!(
            message(&answer, "Ready", "Invalid"),
            "spec.build.shipwright.params[0].name: Forbidden: Shipwright itself sets the parameters that start \
             with shp-",
            "pkg/validate/params.go"
        );
    }
}

#[test]
fn kubernetes_refuses_these_fields_in_a_template() {
    let source = "pkg/apis/apps/validation, pkg/apis/core/validation";
    invalid(
        vec![
            row(
                source,
                template(json!({"activeDeadlineSeconds": 10})),
                "template.activeDeadlineSeconds",
                "Forbidden: only the pods of a Job may have a deadline",
            ),
            row(
                source,
                template(json!({"ephemeralContainers": [{"name": "a", "image": "x"}]})),
                "template.ephemeralContainers",
                "Forbidden: they are added to pods that run already, and are not allowed in a template",
            ),
        ],
        patched,
    );
}
