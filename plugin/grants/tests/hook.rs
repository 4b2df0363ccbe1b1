//! What holds for every Namespace, and what is said of a controller that is wrong.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use metawasm_grants::{Failure, sync as hook};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{GRANTS, labelled, namespace, request, sync};

/// Whether a text can name an object: a DNS subdomain.
fn is_name(text: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= 253 && text.split('.').all(label)
}

fn grant(name: &str) -> Value {
    let answer = sync(&request(&labelled(name), &[GRANTS], &[]), &json!({}));
    assert_eq!(answer["attachments"].as_array().unwrap().len(), 1);
    answer["attachments"][0].clone()
}

proptest! {
    #[test]
    fn every_namespace_has_a_grant_of_its_own(one in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", other in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?") {
        let (a, b) = (grant(&one), grant(&other));
        let name = a["metadata"]["name"].as_str().unwrap();
        prop_assert!(is_name(name), "{name}");
        prop_assert_eq!(&a["spec"]["from"][0]["namespace"], &json!(one));
        prop_assert_eq!(a["metadata"]["name"] == b["metadata"]["name"], one == other);
    }

    /// Which other labels a Namespace has, and what is there already, changes nothing but when to look again.
    #[test]
    fn the_label_alone_decides(
        routes in proptest::option::of("enabled|Enabled|true||enabled "),
        others in proptest::collection::btree_map("[a-z]{1,8}", "[a-z]{0,8}", 0..4),
        observed in any::<bool>(),
    ) {
        let mut labels = json!(others);
        if let Some(value) = &routes {
            labels["openfunction.io/routes"] = json!(value);
        }
        let there = observed.then(|| grant("demo"));
        let answer = sync(&request(&namespace("demo", &labels), &[GRANTS], there.as_slice()), &json!({}));
        let wanted = routes.as_deref() == Some("enabled");
        prop_assert_eq!(&answer["attachments"], &if wanted { json!([grant("demo")]) } else { json!([]) });
        prop_assert_eq!(answer.get("resyncAfterSeconds").is_some(), wanted && !observed);
    }

    #[test]
    fn a_text_that_is_no_request_is_a_failure(text in ".{0,80}") {
        for (request, settings) in [(&*text, "{}"), (&*request(&labelled("demo"), &[GRANTS], &[]).to_string(), &*text)] {
            let failed = matches!(hook(request, settings), Err(Failure::Internal(_)));
            prop_assert!(failed, "{request} {settings}");
        }
    }
}

#[test]
fn a_namespace_with_the_longest_name_is_named_in_full() {
    let name = "n".repeat(63);
    assert_eq!(
        grant(&name)["metadata"]["name"],
        format!("metawasm-routes-{name}")
    );
}

#[test]
fn a_wrong_controller_is_told_of_only_where_a_grant_is_wanted() {
    const LATER: &str = "ReferenceGrant.gateway.networking.k8s.io/v1";
    const FOREIGN: &str = "ReferenceGrant.example.com/v1";
    let answer =
        |namespace: &Value, declared: &[&str]| hook(&request(namespace, declared, &[]).to_string(), "{}");
    let plain = namespace("demo", &json!({}));
    for (declared, sentence) in [
        (
            &["ConfigMap.v1", FOREIGN][..],
            "the DecoratorController declares no ReferenceGrant: add apiVersion gateway.networking.k8s.io/v1beta1, \
             resource referencegrants, to its attachments",
        ),
        (
            &[GRANTS, LATER][..],
            "the DecoratorController's attachments name ReferenceGrants as gateway.networking.k8s.io/v1 and as \
             gateway.networking.k8s.io/v1beta1, which are the same objects: keep one",
        ),
    ] {
        assert_eq!(
            answer(&labelled("demo"), declared),
            Err(Failure::Invalid(sentence.to_owned()))
        );
        assert_eq!(answer(&plain, declared), Ok(r#"{"attachments":[]}"#.to_owned()));
    }
}

#[test]
fn nothing_but_a_namespace_gets_a_grant() {
    for (api_version, kind) in [("v1", "Node"), ("apps/v1", "Namespace")] {
        let mut object = labelled("demo");
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(kind);
        let failure = hook(&request(&object, &[GRANTS], &[]).to_string(), "{}").unwrap_err();
        let sentence = format!(
            "grants are for Namespaces, and this is a {kind} of {api_version}: the DecoratorController's resources should \
             name apiVersion v1, resource namespaces, alone"
        );
        assert_eq!(failure, Failure::Invalid(sentence));
    }
}

#[test]
fn settings_that_it_does_not_have_are_refused() {
    let request = request(&labelled("demo"), &[GRANTS], &[]).to_string();
    for (settings, part) in [
        (json!({"interceptors": {}}), "unknown field `interceptors`"),
        (json!({"interceptor": {"port": 80}}), "unknown field `port`"),
        (json!({"interceptor": {"service": 7}}), "expected a string"),
    ] {
        match hook(&request, &settings.to_string()) {
            Err(Failure::Internal(text)) => {
                assert!(
                    text.starts_with("the plugin's settings: ") && text.contains(part),
                    "{text}"
                );
            }
            other => panic!("{settings}: {other:?}"),
        }
    }
}

/// An installation sets both alike.
#[test]
fn the_interceptor_is_set_as_for_functions() {
    let interceptor = |description: String| -> Value {
        let description: Value = serde_json::from_str(&description).unwrap();
        description["settings"]["properties"]["interceptor"]["properties"].clone()
    };
    let (own, functions) = (
        interceptor(metawasm_grants::describe()),
        interceptor(metawasm_function::describe()),
    );
    for (setting, schema) in own.as_object().unwrap() {
        for field in ["type", "maxLength", "default"] {
            assert_eq!(schema[field], functions[setting][field], "{setting}: {field}");
        }
    }
    let defaults = json!({"interceptor": {"service": own["service"]["default"], "namespace": own["namespace"]["default"]}});
    let request = request(&labelled("demo"), &[GRANTS], &[]);
    assert_eq!(sync(&request, &defaults), sync(&request, &json!({})));
}

#[test]
fn it_says_what_it_is() {
    let description: Value = serde_json::from_str(&metawasm_grants::describe()).unwrap();
    assert_eq!(description["version"], env!("CARGO_PKG_VERSION"));
    let child = &description["children"][0];
    let made = grant("demo");
    assert_eq!(
        (&child["apiVersion"], &child["kind"]),
        (&made["apiVersion"], &made["kind"])
    );
}
