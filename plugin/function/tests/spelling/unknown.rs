//! Fields that nobody knows.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::functions;
use super::{answer, function, problems, warnings};

/// Where users choose the keys, and what others know: nothing there is an unknown field. `*` is any key or index, and
/// what is below counts too where it ends in `/`.
const OTHERS: [&str; 18] = [
    "/serving/annotations/",
    "/serving/bindings",
    "/serving/bindings/*/metadata/*/value/",
    "/build/env/",
    "/serving/labels/",
    "/serving/outputs/*/dapr/metadata/",
    "/serving/outputs/*/metadata/",
    "/serving/outputs/*/params/",
    "/serving/params/",
    "/serving/pubsub",
    "/serving/pubsub/*/metadata/*/value/",
    "/serving/scaleOptions/keda/triggers/*/metadata/",
    "/serving/scaleOptions/knative/",
    "/serving/states",
    "/serving/template/",
    "/serving/tracing/baggage/",
    "/serving/tracing/tags/",
    "/serving/triggers/http/route/rules/*/backendRefs/",
];

fn matches(pattern: &str, place: &str) -> bool {
    let (pattern, and_below) = match pattern.strip_suffix('/') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut steps = place.split('/');
    for wanted in pattern.split('/') {
        match steps.next() {
            Some(step) if wanted == "*" || wanted == step => {}
            _ => return false,
        }
    }
    and_below || steps.next().is_none()
}

/// The objects of a spec with fields of their own: as a JSON pointer, and as a warning shows the path.
fn objects(value: &Value, place: &str, path: &str, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            if !OTHERS.iter().any(|pattern| matches(pattern, place)) {
                all.push((place.to_owned(), path.to_owned()));
            }
            let has_keys = ["bindings", "pubsub", "states"].map(|name| format!("/serving/{name}"));
            for (key, below) in members {
                let path = match has_keys.iter().any(|map| map == place) {
                    true => format!("{path}[{key}]"),
                    false => format!("{path}.{key}"),
                };
                objects(below, &format!("{place}/{key}"), &path, all);
            }
        }
        Value::Array(list) => {
            for (index, below) in list.iter().enumerate() {
                objects(
                    below,
                    &format!("{place}/{index}"),
                    &format!("{path}[{index}]"),
                    all,
                );
            }
        }
        _ => {}
    }
}

fn places(function: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    objects(&function["spec"], "", "spec", &mut all);
    all
}

/// Ways to write a name wrongly, each at a letter.
#[derive(Debug, Clone, Copy)]
enum Slip {
    Drop,
    Double,
    Swap,
    Case,
}

fn misspelt(name: &str, slip: Slip, at: usize) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let at = at % letters.len();
    match slip {
        Slip::Drop => drop(letters.remove(at)),
        Slip::Double => letters.insert(at, letters[at]),
        Slip::Swap => {
            let next = (at + 1) % letters.len();
            letters.swap(at, next);
        }
        Slip::Case => {
            let letter = letters[at];
            letters[at] = match letter.is_lowercase() {
                true => letter.to_ascii_uppercase(),
                false => letter.to_ascii_lowercase(),
            };
        }
    }
    letters.into_iter().collect()
}

/// How long a name must be for a slip to be recognised.
fn is_recognised(name: &str, slip: Slip) -> bool {
    match slip {
        Slip::Case => true,
        Slip::Drop | Slip::Double => name.len() > 3,
        Slip::Swap => name.len() > 6,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_field_that_nobody_knows_is_named(
        mut function in functions::function(), place in any::<prop::sample::Index>(), key in "x[a-z]{2,9}X[a-zA-Z]{0,4}",
        value in prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!({"a": [1]})), Just(json!([]))],
    ) {
        let before = answer(&function);
        let all = places(&function);
        let (place, path) = place.get(&all);
        let object = function["spec"].pointer_mut(place).unwrap().as_object_mut().unwrap();
        object.insert(key.clone(), value);
        let after = answer(&function);
        prop_assert_eq!(problems(&after), problems(&before));
        let warnings = warnings(&after);
        prop_assert!(warnings.contains(&format!("{path}.{key}: unknown field, ")), "{path}.{key}: {warnings}");
    }

    #[test]
    fn a_misspelt_field_is_named_with_what_was_meant(
        mut function in functions::function(), place in any::<prop::sample::Index>(),
        field in any::<prop::sample::Index>(), at in 0_usize..20,
        slip in prop_oneof![Just(Slip::Drop), Just(Slip::Double), Just(Slip::Swap), Just(Slip::Case)],
    ) {
        let all = places(&function);
        let (place, path) = place.get(&all);
        let object = function["spec"].pointer_mut(place).unwrap().as_object_mut().unwrap();
        let names: Vec<String> = object.keys().cloned().collect();
        prop_assume!(!names.is_empty());
        let name = field.get(&names);
        let wrong = misspelt(name, slip, at);
        let value = object[name].clone();
        prop_assume!(!value.is_null() && wrong != *name && !object.contains_key(&wrong));
        object.remove(name);
        object.insert(wrong.clone(), value);
        let answer = answer(&function);
        let warnings = warnings(&answer);
        // `values` without its s is another field.
        prop_assume!(!["dap", "value", "timeout"].contains(&&*wrong));
        let start = format!("{path}.{wrong}: unknown field, ");
        prop_assert!(warnings.contains(&start), "{name} {start}: {warnings} {}", problems(&answer));
        if is_recognised(name, slip) {
            let own = warnings.split(&start).nth(1).unwrap().split("?").next().unwrap();
            prop_assert!(own.ends_with(&format!("did you mean {name:?}")), "{name} {start}: {warnings}");
        }
    }
}

#[test]
fn unknown_fields() {
    let http = |http: Value| function(json!({"image": "i", "serving": {"triggers": {"http": http}}}));
    let serving = |serving: Value| {
        let mut spec = json!({"image": "i", "serving": {"triggers": {"http": {"engine": "keda"}}}});
        super::merged(&mut spec["serving"], &serving);
        function(spec)
    };
    let keda = |keda: Value| serving(json!({"scaleOptions": {"keda": keda}}));
    for (function, sentence) in [
        (
            http(json!({"engin": "keda"})),
            "spec.serving.triggers.http.engin: unknown field, ignored; did you mean \"engine\"?",
        ),
        (
            serving(json!({"servingg": {}})),
            "spec.serving.servingg: unknown field, ignored",
        ),
        (
            serving(json!({"Params": {"A": "b"}})),
            "spec.serving.Params: unknown field, ignored; did you mean \"params\"?",
        ),
        (
            serving(json!({"engine": "keda"})),
            "spec.serving.engine: unknown field, ignored; did you mean \"spec.serving.triggers.http.engine\"?",
        ),
        (
            serving(json!({"scaleOptions": {"httpScaledObject": {}}})),
            "spec.serving.scaleOptions.httpScaledObject: unknown field, ignored; did you mean \
             \"spec.serving.scaleOptions.keda.httpScaledObject\"?",
        ),
        (
            keda(json!({"httpScaledObject": {"targetPendingRequest": 5}})),
            "spec.serving.scaleOptions.keda.httpScaledObject.targetPendingRequest: unknown field, passed to KEDA as \
             it is; did you mean \"targetPendingRequests\"?",
        ),
        (serving(json!({"hooks": {"pre": ["a"], "previous": null}})), ""),
        (
            serving(json!({"bindings": {"a": {"type": "bindings.x", "version": "v1", "metdata": []}}})),
            "spec.serving.bindings[a].metdata: unknown field, ignored: a Dapr Component has no such field; did you \
             mean \"metadata\"?",
        ),
        (
            http(json!({"engine": "keda", "route": {"rules": [{"filter": []}]}})),
            "spec.serving.triggers.http.route.rules[0].filter: unknown field, passed to the Gateway API unchanged; did \
             you mean \"filters\"?",
        ),
        (
            serving(
                json!({"outputs": [{"dapr": {"name": "a", "type": "bindings.cron"}, "operation": "create"}]}),
            ),
            "spec.serving.outputs[0].operation: is not used: the field dapr beside it is; \
             spec.serving.outputs[0].dapr.name: the Function defines no component \"a\"; an existing Dapr Component \
             of that name is meant",
        ),
    ] {
        let answer = super::answer_by_default(&function);
        assert_eq!(problems(&answer), "", "{function}");
        assert_eq!(warnings(&answer), sentence, "{function}");
    }
}

/// What is missing may be there by another name.
#[test]
fn a_misspelt_field_that_is_required_is_named_beside_the_mistake() {
    let answer = answer(&function(json!({"imgae": "i", "serving": {}})));
    assert_eq!(problems(&answer), "spec.image: Required value: the image to run");
    assert!(warnings(&answer).starts_with("spec.imgae: unknown field, ignored"));
}

#[test]
fn any_number_of_unknown_fields_costs_little() {
    let long = "n".repeat(5000);
    let many = |start: &str| -> Value {
        let members = (0..100_000).map(|index| (format!("{start}{index}"), json!(0)));
        Value::Object(members.collect())
    };
    for (spec, least) in [
        (json!({"image": "i", "serving": many("engine")}), 100_000),
        (
            json!({"image": "i", "serving": {"scaleOptions": {"keda": {"httpScaledObject": many("t")}}}}),
            100_000,
        ),
        (
            json!({"image": "i", "serving": {"bindings": {"a": many(&long[..40])}}}),
            100_000,
        ),
        (json!({"image": "i", "serving": {(long.clone()): 1}}), 1),
    ] {
        let function = function(spec);
        let start = Instant::now();
        let answer = answer(&function);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        let warnings = warnings(&answer);
        assert!(warnings.len() < 20_000, "{}", warnings.len());
        if least > 32 {
            assert!(
                warnings.ends_with(" more"),
                "{}",
                &warnings[warnings.len() - 100..]
            );
        }
    }
}
