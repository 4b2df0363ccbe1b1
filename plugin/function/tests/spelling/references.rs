//! Optional objects that are written empty: `{}`.

use serde_json::{Value, json};

use super::{answer, function, merged, problems, warnings};

fn whole() -> Value {
    json!({
        "image": "example.com/fn:v1",
        "imageCredentials": {"name": "registry"},
        "build": {"builder": "b", "srcRepo": {"url": "https://example.com/repo.git"}},
        "serving": {"triggers": {"http": {"engine": "keda"}}},
    })
}

/// A whole spec with a value at a place.
fn with(place: &str, value: Value) -> Value {
    let patch = place.rsplit('.').fold(value, |value, name| json!({name: value}));
    let mut spec = whole();
    if let Some(name) = place.split('.').next().filter(|name| *name == place) {
        spec.as_object_mut().unwrap().remove(name);
    }
    merged(&mut spec, &patch);
    spec
}

/// As for OpenFunction, whose types hold the same for both.
#[test]
fn an_empty_object_is_as_an_absent_one() {
    for place in [
        "imageCredentials",
        "build.builderCredentials",
        "build.shipwright",
        "build.srcRepo.credentials",
        "serving.hooks",
        "serving.scaleOptions",
        "serving.scaleOptions.keda",
        "serving.scaleOptions.knative",
        "serving.template",
        "serving.triggers.http.route",
        "serving.annotations",
        "serving.bindings",
        "serving.labels",
        "serving.params",
        "serving.pubsub",
        "serving.states",
    ] {
        let absent = {
            let mut spec = whole();
            spec.as_object_mut().unwrap().remove(place);
            answer(&function(spec))
        };
        let mut spec = with(place, json!({}));
        if place == "imageCredentials" {
            spec[place] = json!({});
        }
        let empty = answer(&function(spec));
        assert_eq!((problems(&empty), warnings(&empty)), ("", ""), "{place}");
        assert_eq!(empty["children"], absent["children"], "{place}");
    }
}

#[test]
fn a_secret_without_a_name_is_none() {
    for place in [
        "imageCredentials",
        "build.builderCredentials",
        "build.srcRepo.credentials",
    ] {
        for empty in [json!({"name": ""}), json!({"name": null})] {
            let mut spec = with(place, json!({}));
            let place = format!("/{}", place.replace('.', "/"));
            *spec.pointer_mut(&place).unwrap() = empty;
            let found = answer(&function(spec.clone()));
            *spec.pointer_mut(&place).unwrap() = json!({});
            assert_eq!(problems(&found), "", "{place}");
            assert_eq!(found["children"], answer(&function(spec))["children"], "{place}");
        }
    }
}

/// What OpenFunction's CRD refuses, and what its absence would not mean.
#[test]
fn an_empty_object_that_must_say_something_is_a_mistake() {
    for (place, sentence) in [
        (
            "build.srcRepo.bundleContainer",
            "spec.build.srcRepo.bundleContainer.image: Required value: the image with the source",
        ),
        (
            "build.shipwright.strategy",
            "spec.build.shipwright.strategy.name: Required value: the strategy that makes the image",
        ),
        (
            "serving.triggers.http.route.gatewayRef",
            "spec.serving.triggers.http.route.gatewayRef.name: Required value: an OpenFunction Gateway; \
             spec.serving.triggers.http.route.gatewayRef.namespace: Required value: the namespace of the Gateway",
        ),
        (
            "serving.tracing",
            "spec.serving.tracing.enabled: Required value: true or false; spec.serving.tracing.provider: \
             Required value: the tracing provider",
        ),
    ] {
        let answer = answer(&function(with(place, json!({}))));
        assert_eq!(problems(&answer), sentence, "{place}");
    }
    let misspelt = with("imageCredentials", json!({"nam": "registry"}));
    assert_eq!(
        problems(&answer(&function(misspelt))),
        "spec.imageCredentials.name: Required value: the Secret with which the image is pulled"
    );
}
