//! Fields of the HTTP add-on's kinds pass through as far as the installed one has them.

use serde_json::{Value, json};

use super::{answer_with, child, function, merged, problems, warnings};

const AT: &str = "spec.serving.scaleOptions.keda.httpScaledObject";

/// An http function with this in `httpScaledObject`, and the answer under a setting `httpAddon`.
fn scaled(profile: &str, section: &Value) -> Value {
    let mut serving = json!({"triggers": {"http": {"engine": "keda"}}});
    serving["scaleOptions"]["keda"]["httpScaledObject"] = section.clone();
    let function = function(json!({"image": "i", "serving": serving}));
    answer_with(&function, &json!({"httpAddon": profile}))
}

fn kind(profile: &str) -> &'static str {
    match profile {
        "interceptor-route" => "InterceptorRoute",
        _ => "HTTPScaledObject",
    }
}

/// What a field makes of the object's spec; what is not there is null.
fn patched(profile: &str, section: &Value) -> Value {
    let (plain, answer) = (scaled(profile, &json!({})), scaled(profile, section));
    assert_eq!(
        (problems(&answer), warnings(&answer)),
        ("", ""),
        "{profile} {section}"
    );
    let (mut before, after) = (
        child(&plain, kind(profile))["spec"].clone(),
        child(&answer, kind(profile))["spec"].clone(),
    );
    let mut changes = json!({});
    for (key, value) in after.as_object().unwrap() {
        if before[key].take() != *value {
            changes[key] = value.clone();
        }
    }
    changes
}

#[test]
fn fields_of_the_installed_kind_pass_through() {
    let rate = json!({"requestRate": {"targetValue": 5, "window": "30s", "granularity": "2s"}});
    let failover = json!({"service": "s", "port": 80, "timeoutSeconds": 10});
    let cold = json!({"fallback": {"service": {"name": "s", "port": 80}},
        "placeholder": {"response": {"body": "", "headers": {"a": "b"}, "statusCode": 503}}});
    let headers = json!([{"name": "x", "value": ""}, {"name": "y"}]);
    for (profile, section, changes) in [
        (
            "0.8",
            json!({"scalingMetric": rate}),
            json!({"scalingMetric": rate}),
        ),
        (
            "interceptor-route",
            json!({"scalingMetric": rate}),
            json!({"scalingMetric": rate}),
        ),
        (
            "0.8",
            json!({"scalingMetric": {"requestRate": {}}, "targetPendingRequests": 7}),
            json!({"scalingMetric": {"requestRate": {"targetValue": 7, "window": "1m0s", "granularity": "1s"}}}),
        ),
        (
            "interceptor-route",
            json!({"scalingMetric": {"requestRate": {"targetValue": 3}, "concurrency": {"targetValue": 4}}}),
            json!({"scalingMetric": {"requestRate": {"targetValue": 3, "window": "1m0s", "granularity": "1s"},
                "concurrency": {"targetValue": 4}}}),
        ),
        ("0.8", json!({"scalingMetric": {}}), json!({})),
        (
            "0.8",
            json!({"initialCooldownPeriod": 30}),
            json!({"initialCooldownPeriod": 30}),
        ),
        ("0.8", json!({"headers": headers}), json!({"headers": headers})),
        (
            "0.8",
            json!({"coldStartTimeoutFailoverRef": failover}),
            json!({"coldStartTimeoutFailoverRef": failover}),
        ),
        (
            "0.8",
            json!({"timeouts": {"conditionWait": "90s", "responseHeader": "5s"}}),
            json!({"timeouts": {"conditionWait": "1m30s", "responseHeader": "5s"}}),
        ),
        (
            "0.8",
            json!({"timeouts": {"readiness": "5s"}}),
            json!({"timeouts": {"conditionWait": "5s"}}),
        ),
        (
            "interceptor-route",
            json!({"timeouts": {"readiness": "5s", "request": "1m", "responseHeader": "6s"}}),
            json!({"timeouts": {"readiness": "5s", "request": "1m0s", "responseHeader": "6s"}}),
        ),
        (
            "interceptor-route",
            json!({"timeouts": {"conditionWait": "5s"}}),
            json!({"timeouts": {"readiness": "5s"}}),
        ),
        (
            "interceptor-route",
            json!({"coldStart": cold}),
            json!({"coldStart": cold}),
        ),
    ] {
        assert_eq!(patched(profile, &section), changes, "{profile} {section}");
    }
    let rules = patched("interceptor-route", &json!({"headers": headers}));
    assert_eq!(rules["rules"][0]["headers"], headers);
    let answer = scaled("interceptor-route", &json!({"initialCooldownPeriod": 30}));
    assert_eq!(warnings(&answer), "");
    assert_eq!(
        child(&answer, "ScaledObject")["spec"]["initialCooldownPeriod"],
        30
    );
}

#[test]
fn bounds_and_cooldown_have_two_names() {
    for profile in ["0.5", "0.7", "0.8", "interceptor-route"] {
        let ours = scaled(
            profile,
            &json!({"minReplicaCount": 2, "maxReplicaCount": 7, "cooldownPeriod": 30}),
        );
        let theirs = scaled(
            profile,
            &json!({"replicas": {"min": 2, "max": 7}, "scaledownPeriod": 30}),
        );
        assert_eq!(ours["children"], theirs["children"], "{profile}");
        assert_eq!(warnings(&theirs), "", "{profile}");
    }
    let both = scaled(
        "0.8",
        &json!({"minReplicaCount": 2, "replicas": {"min": 3}, "cooldownPeriod": 1, "scaledownPeriod": 2}),
    );
    assert_eq!(
        warnings(&both),
        format!(
            "{AT}.scaledownPeriod: 2 is not used: cooldownPeriod is 1; {AT}.replicas.min: 3 is not used: \
             minReplicaCount is 2"
        )
    );
    let wrong = scaled("0.8", &json!({"replicas": {"min": 3, "max": 2}}));
    assert_eq!(
        problems(&wrong),
        format!("{AT}.replicas.min: Invalid value: 3: must not be greater than replicas.max, which is 2")
    );
}

#[test]
fn fields_that_the_installed_kind_has_not_are_named() {
    let since = |since: &str, profile: &str| {
        format!(
            "is not used: the HTTP add-on has it from {since} on, and the setting httpAddon is {profile:?}"
        )
    };
    let only = |profile: &str| {
        format!("is not used: only an InterceptorRoute has it, and the setting httpAddon is {profile:?}")
    };
    let failover = json!({"service": "s", "port": 80});
    let cold = json!({"fallback": {"service": {"name": "s", "port": 80}}});
    for (profile, section, field, sentence) in [
        (
            "0.5",
            json!({"scalingMetric": {"concurrency": {}}}),
            "scalingMetric",
            since("0.8", "0.5"),
        ),
        (
            "0.7",
            json!({"scalingMetric": {"concurrency": {}}}),
            "scalingMetric",
            since("0.8", "0.7"),
        ),
        (
            "0.7",
            json!({"initialCooldownPeriod": 1}),
            "initialCooldownPeriod",
            since("0.10", "0.7"),
        ),
        (
            "0.7",
            json!({"timeouts": {"readiness": "1s"}}),
            "timeouts",
            since("0.11", "0.7"),
        ),
        (
            "0.7",
            json!({"headers": [{"name": "x"}]}),
            "headers",
            since("0.12", "0.7"),
        ),
        (
            "0.7",
            json!({"coldStartTimeoutFailoverRef": failover}),
            "coldStartTimeoutFailoverRef",
            since("0.11", "0.7"),
        ),
        (
            "interceptor-route",
            json!({"coldStartTimeoutFailoverRef": failover}),
            "coldStartTimeoutFailoverRef",
            "is not used: an InterceptorRoute has coldStart.fallback instead".to_owned(),
        ),
        ("0.5", json!({"coldStart": cold}), "coldStart", only("0.5")),
        ("0.8", json!({"coldStart": cold}), "coldStart", only("0.8")),
        (
            "0.8",
            json!({"timeouts": {"request": "1s"}}),
            "timeouts.request",
            only("0.8"),
        ),
        (
            "0.8",
            json!({"timeouts": {"conditionWait": "1s", "readiness": "2s"}}),
            "timeouts.readiness",
            "is not used: conditionWait is set, which says the same".to_owned(),
        ),
    ] {
        let answer = scaled(profile, &section);
        assert_eq!(
            warnings(&answer),
            format!("{AT}.{field}: {sentence}"),
            "{profile}"
        );
    }
}

#[test]
fn what_is_computed_is_not_taken_from_the_function() {
    let hosts = "spec.serving.triggers.http.route.hostnames has the host names";
    let paths = "spec.serving.triggers.http.route.rules has the paths";
    let target = "requests go to the function's own Service";
    for (field, value, why) in [
        ("host", json!("a.example.com"), hosts),
        ("hosts", json!(["a.example.com"]), hosts),
        ("pathPrefixes", json!(["/a"]), paths),
        ("rules", json!([{"hosts": ["a"]}]), paths),
        ("scaleTargetRef", json!({"service": "s", "port": 80}), target),
        ("target", json!({"service": "s", "port": 80}), target),
    ] {
        for profile in ["0.5", "0.7", "0.8", "interceptor-route"] {
            let (plain, answer) = (
                scaled(profile, &json!({})),
                scaled(profile, &json!({field: value})),
            );
            assert_eq!(answer["children"], plain["children"], "{field}");
            assert_eq!(warnings(&answer), format!("{AT}.{field}: is not used: {why}"));
        }
    }
}

#[test]
fn a_field_of_a_newer_add_on_passes_through_and_is_named() {
    for profile in ["0.5", "0.7", "0.8", "interceptor-route"] {
        let answer = scaled(profile, &json!({"newField": [{"a": 1}]}));
        assert_eq!(
            child(&answer, kind(profile))["spec"]["newField"],
            json!([{"a": 1}])
        );
        assert_eq!(
            warnings(&answer),
            format!("{AT}.newField: unknown field, passed to KEDA unchanged")
        );
    }
}

#[test]
fn the_section_counts_more_than_annotations() {
    let annotation = |key: &str, value: &str, section: Value| {
        let mut serving = json!({"triggers": {"http": {"engine": "keda"}}, "annotations": {key: value}});
        merged(&mut serving["scaleOptions"]["keda"]["httpScaledObject"], &section);
        answer_with(&function(json!({"image": "i", "serving": serving})), &json!({}))
    };
    let answer = annotation(
        "openfunction.io/scaling-metric",
        "requestRate",
        json!({"scalingMetric": {"concurrency": {"targetValue": 2}}, "targetPendingRequests": 3}),
    );
    assert_eq!(
        child(&answer, "HTTPScaledObject")["spec"]["scalingMetric"],
        json!({"concurrency": {"targetValue": 2}})
    );
    assert_eq!(
        warnings(&answer),
        format!(
            "spec.serving.annotations[openfunction.io/scaling-metric]: is not used: \
             keda.httpScaledObject.scalingMetric is set; {AT}.targetPendingRequests: is not used: scalingMetric has \
             a targetValue"
        )
    );
    let answer = annotation(
        "openfunction.io/readiness-timeout",
        "5s",
        json!({"timeouts": {"readiness": "6s"}}),
    );
    assert_eq!(
        child(&answer, "HTTPScaledObject")["spec"]["timeouts"],
        json!({"conditionWait": "6s"})
    );
    assert_eq!(
        warnings(&answer),
        "spec.serving.annotations[openfunction.io/readiness-timeout]: is not used: \
         keda.httpScaledObject.timeouts is set"
    );
}

#[test]
fn wrong_values_are_mistakes() {
    for (section, sentence) in [
        (
            json!({"scalingMetric": {"concurrency": {}, "requestRate": {}}}),
            "scalingMetric: Forbidden: an HTTPScaledObject has one of concurrency and requestRate",
        ),
        (
            json!({"scalingMetric": {"concurrency": {"targetValue": 0}}}),
            "scalingMetric.concurrency.targetValue: Invalid value: 0: must be at least 1",
        ),
        (
            json!({"timeouts": {"readiness": "soon"}}),
            "timeouts.readiness: Invalid value: \"soon\": must be a duration, such as 30s or 1m30s",
        ),
        (
            json!({"headers": [{"value": "x"}]}),
            "headers[0].name: Required value: the header",
        ),
        (
            json!({"initialCooldownPeriod": -1}),
            "initialCooldownPeriod: Invalid value: -1: must be at least 0",
        ),
    ] {
        let answer = scaled("0.8", &section);
        assert_eq!(problems(&answer), format!("{AT}.{sentence}"));
    }
}
