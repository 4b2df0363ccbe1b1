//! Which component a trigger, an input, an output or a state means, and under which name the function knows it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeSet;

use metawasm_function::customize;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{KINDS, parent, request_with, sync};

const COMPONENT: &str = "Component.dapr.io/v1alpha1";

/// A Function with a component `a` in each of `sections`.
fn function(sections: &[&str], rest: &Value) -> Value {
    let mut serving = rest.clone();
    for section in sections {
        let spec = json!({"type": format!("{section}.x"), "version": "v1"});
        match *section {
            "state" => serving["states"]["a"] = json!({"spec": spec}),
            section => serving[section]["a"] = spec,
        }
    }
    parent(json!({"metadata": {"name": "f"}, "spec": {"image": "x", "serving": serving}}))
}

fn answer(function: &Value) -> Value {
    let kinds = [&KINDS[..], &[COMPONENT, "Service.serving.knative.dev/v1"]].concat();
    sync(&request_with(function, &kinds, &[], &[]), &json!({}))
}

fn condition<'a>(answer: &'a Value, r#type: &str) -> (&'a str, &'a str) {
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == r#type)
        .unwrap();
    (
        found["reason"].as_str().unwrap(),
        found["message"].as_str().unwrap(),
    )
}

/// `FUNC_CONTEXT` and `FUNC_CONTEXT_V1BETA2`.
fn contexts(answer: &Value) -> [Value; 2] {
    let children = answer["children"].as_array().unwrap();
    let workload = children
        .iter()
        .find(|child| child["kind"] == "Deployment")
        .unwrap();
    let env = workload["spec"]["template"]["spec"]["containers"][0]["env"]
        .as_array()
        .unwrap();
    ["FUNC_CONTEXT", "FUNC_CONTEXT_V1BETA2"].map(|name| {
        let variable = env.iter().find(|variable| variable["name"] == name).unwrap();
        serde_json::from_str(variable["value"].as_str().unwrap()).unwrap()
    })
}

/// The name of a Component, or part of the sentence about the mistake.
type Row = (&'static [&'static str], Value, Result<&'static str, &'static str>);

#[test]
fn a_reference_is_resolved_by_section_and_type() {
    const BOTH: &[&str] = &["bindings", "pubsub"];
    const ALL: &[&str] = &["bindings", "pubsub", "state"];
    let dapr = |item: &Value| json!({"triggers": {"dapr": [item]}});
    let output =
        |item: &Value| json!({"triggers": {"http": {"engine": "keda"}}, "outputs": [{"dapr": item}]});
    let input = |item: &Value| json!({"triggers": {"http": {"engine": "keda"}, "inputs": [{"dapr": item}]}});
    // What is called and what is written to: bindings and pubsub.
    let rows: Vec<Row> = vec![
        (BOTH, json!({"type": "bindings.x"}), Ok("f-bindings-a")),
        (BOTH, json!({"type": "pubsub.x", "topic": "t"}), Ok("f-pubsub-a")),
        (ALL, json!({"type": "pubsub.x", "topic": "t"}), Ok("f-pubsub-a")),
        (ALL, json!({}), Ok("f-bindings-a")),
        (ALL, json!({"topic": "t"}), Ok("f-pubsub-a")),
        (&["bindings", "state"], json!({}), Ok("f-bindings-a")),
        (&["pubsub", "state"], json!({"topic": "t"}), Ok("f-pubsub-a")),
        (
            &["bindings", "state"],
            json!({"type": "pubsub.x", "topic": "t"}),
            Ok("a"),
        ),
        (&["pubsub"], json!({"type": "bindings.x"}), Ok("a")),
        (&["state"], json!({"type": "bindings.x"}), Ok("a")),
        (&[], json!({"type": "bindings.x"}), Ok("a")),
        (
            &["bindings"],
            json!({"type": "bindings.other"}),
            Ok("f-bindings-a"),
        ),
    ];
    for (sections, item, expected) in rows {
        let mut item = item;
        item["name"] = json!("a");
        for (place, part) in [(dapr(&item), "inputs"), (output(&item), "outputs")] {
            let answer = answer(&function(sections, &place));
            let [one, two] = contexts(&answer);
            let found = one[part]["a"]["componentName"].as_str();
            assert_eq!(found, expected.ok(), "{sections:?} {item} {part}");
            let other = match part {
                "inputs" => &two["triggers"]["dapr"][0]["name"],
                _ => &two["outputs"]["a"]["componentName"],
            };
            assert_eq!(other.as_str(), found, "{sections:?} {item} {part}");
        }
    }
    // What is read may be a state store too.
    let rows: Vec<Row> = vec![
        (ALL, json!({"type": "bindings.x"}), Ok("f-bindings-a")),
        (ALL, json!({"type": "pubsub.x", "topic": "t"}), Ok("f-pubsub-a")),
        (ALL, json!({"type": "state.x"}), Ok("f-state-a")),
        (ALL, json!({"topic": "t"}), Ok("f-pubsub-a")),
        (BOTH, json!({}), Ok("f-bindings-a")),
        (&["pubsub", "state"], json!({}), Ok("f-state-a")),
        (&["state"], json!({}), Ok("f-state-a")),
        (&["state"], json!({"type": "pubsub.x", "topic": "t"}), Ok("a")),
        (
            ALL,
            json!({}),
            Err("spec.serving.bindings and in spec.serving.states"),
        ),
        (
            &["bindings", "state"],
            json!({"topic": "t"}),
            Err("spec.serving.bindings and in spec.serving.states"),
        ),
    ];
    for (sections, item, expected) in rows {
        let mut item = item;
        item["name"] = json!("a");
        let answer = answer(&function(sections, &input(&item)));
        match expected {
            Ok(name) => {
                let [_, two] = contexts(&answer);
                assert_eq!(two["inputs"]["a"]["componentName"], name, "{sections:?} {item}");
            }
            Err(why) => {
                let (reason, message) = condition(&answer, "Ready");
                assert_eq!(reason, "Invalid");
                assert_eq!(
                    message,
                    format!(
                        "spec.serving.triggers.inputs[0].dapr.type: Required value: \"a\" is in {why}: write the \
                         type of the one that is meant, bindings.… or state.…"
                    )
                );
            }
        }
    }
}

#[test]
fn a_state_is_a_state_whatever_else_has_its_key() {
    let function = function(
        &["bindings", "pubsub", "state"],
        &json!({"triggers": {"http": {"engine": "keda"}},
        "outputs": [{"dapr": {"name": "a", "type": "bindings.x"}}]}),
    );
    for context in contexts(&answer(&function)) {
        assert_eq!(
            context["states"]["a"],
            json!({"componentName": "f-state-a", "componentType": "state.x"})
        );
    }
}

/// An existing state store beside a component of the Function's own with its key.
#[test]
fn what_exists_is_asked_for_even_if_another_section_has_its_key() {
    let mut function = function(
        &["bindings"],
        &json!({"triggers": {"http": {"engine": "keda"}},
        "outputs": [{"dapr": {"name": "a", "type": "bindings.x"}}], "states": {"a": {}}}),
    );
    let asked = |function: &Value| -> bool {
        let declared = json!([{"apiVersion": "dapr.io/v1alpha1", "resource": "components"}]);
        let request = json!({"controller": {"spec": {"childResources": declared}}, "parent": function});
        let answer: Value = serde_json::from_str(&customize(&request.to_string(), "{}").unwrap()).unwrap();
        answer.to_string().contains(r#""names":["a"]"#)
    };
    assert!(asked(&function));
    for context in contexts(&answer(&function)) {
        assert_eq!(context["states"]["a"]["componentName"], "a");
        assert_eq!(context["outputs"]["a"]["componentName"], "f-bindings-a");
    }
    function["spec"]["serving"]["states"] = json!(null);
    assert!(!asked(&function));
}

#[test]
fn a_type_that_is_not_the_components_is_said() {
    for (sections, item, sentence) in [
        (
            &["bindings"][..],
            json!({"name": "a", "type": "bindings.y"}),
            "spec.serving.outputs[0].dapr.type: is \"bindings.y\", but spec.serving.bindings[a] is \"bindings.x\"",
        ),
        (
            &["bindings"],
            json!({"name": "a", "type": "pubsub.y", "topic": "t"}),
            "spec.serving.outputs[0].dapr.type: is \"pubsub.y\", so an existing Dapr Component \"a\" is meant, \
             and not spec.serving.bindings[a]",
        ),
        (
            &["state"],
            json!({"name": "a", "type": "bindings.y"}),
            "spec.serving.outputs[0].dapr.type: is \"bindings.y\", so an existing Dapr Component \"a\" is \
             meant, and not spec.serving.states[a]",
        ),
        (
            &["bindings"],
            json!({"name": "a", "type": "bindings"}),
            "spec.serving.outputs[0].dapr.type: is a group of types: the type is looked up",
        ),
        (
            &["bindings", "pubsub"],
            json!({"name": "a", "type": "pubsub", "topic": "t"}),
            "spec.serving.outputs[0].dapr.type: is a group of types: the type is looked up",
        ),
        (
            &["bindings"],
            json!({"name": "a", "topic": "t"}),
            "spec.serving.outputs[0].dapr.topic: is not used: only a pubsub component has topics",
        ),
        (
            &["pubsub"],
            json!({"name": "a", "topic": "t", "operation": "create"}),
            "spec.serving.outputs[0].dapr.operation: is not used: only a binding has operations",
        ),
        (
            &["pubsub"],
            json!({"name": "a"}),
            "spec.serving.outputs[0].dapr.topic: is missing: without a topic a pubsub component delivers nothing",
        ),
    ] {
        let serving = json!({"triggers": {"http": {"engine": "keda"}}, "outputs": [{"dapr": item}]});
        let answer = answer(&function(sections, &serving));
        assert_eq!(condition(&answer, "Normalized"), ("Warnings", sentence));
    }
}

#[test]
fn the_pair_of_component_and_topic_is_what_is_named_twice() {
    let sub = |topic: &str| json!({"name": "a", "topic": topic});
    let wrap = |items: &[Value]| -> Value { items.iter().map(|item| json!({"dapr": item})).collect() };
    let http = json!({"engine": "keda"});
    let places = |items: &[Value]| {
        [
            ("triggers.dapr", "", json!({"triggers": {"dapr": items}})),
            (
                "triggers.inputs",
                ".dapr",
                json!({"triggers": {"http": http, "inputs": wrap(items)}}),
            ),
            (
                "outputs",
                ".dapr",
                json!({"triggers": {"http": http}, "outputs": wrap(items)}),
            ),
        ]
    };
    for (place, _, serving) in places(&[sub("t"), sub("u"), sub("v")]) {
        let answer = answer(&function(&["pubsub"], &serving));
        assert_eq!(condition(&answer, "Ready").0, "Creating", "{place}");
        let [one, two] = contexts(&answer);
        let (found, topic) = match place {
            "triggers.dapr" => (&one["inputs"], "uri"),
            "triggers.inputs" => (&two["inputs"], "topic"),
            _ => (&one["outputs"], "uri"),
        };
        let component =
            |name: &str| json!({"componentName": "f-pubsub-a", "componentType": "pubsub.x", topic: name});
        assert_eq!(
            *found,
            json!({"a": component("t"), "a/u": component("u"), "a/v": component("v")}),
            "{place}"
        );
        if place == "outputs" {
            let component = |name: &str| json!({"componentName": "f-pubsub-a", "componentType": "pubsub.x", "topic": name});
            assert_eq!(
                two["outputs"],
                json!({"a": component("t"), "a/u": component("u"), "a/v": component("v")})
            );
            let because = "in the function, because an earlier one has \"a\"; choose names with outputName";
            assert_eq!(
                condition(&answer, "Normalized").1,
                format!(
                    "spec.serving.outputs[1].dapr: has the name \"a/u\" {because}; \
                     spec.serving.outputs[2].dapr: has the name \"a/v\" {because}"
                )
            );
        } else {
            assert_eq!(condition(&answer, "Normalized").0, "AsWritten", "{place}");
        }
    }
    for (place, inner, serving) in places(&[sub("t"), sub("u"), sub("t")]) {
        let answer = answer(&function(&["pubsub"], &serving));
        let sentence = format!("spec.serving.{place}[2]{inner}: Duplicate value: \"a\" with the topic \"t\"");
        assert_eq!(condition(&answer, "Ready"), ("Invalid", &*sentence));
    }
    // The same without a topic, which a binding does not have.
    for (place, inner, serving) in places(&[json!({"name": "a"}), json!({"name": "a"})]) {
        let answer = answer(&function(&["bindings"], &serving));
        let sentence = format!("spec.serving.{place}[1]{inner}: Duplicate value: \"a\"");
        assert_eq!(condition(&answer, "Ready"), ("Invalid", &*sentence));
    }
    // One key in two sections is two components.
    let both = [
        json!({"name": "a", "type": "bindings.x"}),
        json!({"name": "a", "type": "pubsub.x", "topic": "t"}),
    ];
    for (place, _, serving) in places(&both) {
        let answer = answer(&function(&["bindings", "pubsub"], &serving));
        assert_eq!(condition(&answer, "Ready").0, "Creating", "{place}");
    }
}

/// A component may be written to in several ways, each by its own name.
#[test]
fn outputs_of_one_component_are_told_apart_by_their_names() {
    let output = |name: &str, operation: &str| json!({"dapr": {"name": "a", "type": "bindings.x", "outputName": name, "operation": operation}});
    let serving = |second: &str| json!({"triggers": {"http": {"engine": "keda"}}, "outputs": [output("get", "get"), output(second, "create")]});
    let good = answer(&function(&["bindings"], &serving("put")));
    assert_eq!(condition(&good, "Normalized").0, "AsWritten");
    let [one, _] = contexts(&good);
    let keys: Vec<&String> = one["outputs"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["get", "put"]);
    let same = answer(&function(&["bindings"], &serving("get")));
    assert_eq!(
        condition(&same, "Ready"),
        ("Invalid", "spec.serving.outputs[1].dapr: Duplicate value: \"a\"")
    );
}

/// Keys, names and topics clash as often as they can.
fn item() -> impl Strategy<Value = Value> {
    let group = prop_oneof![Just("bindings"), Just("pubsub"), Just("state")];
    let r#type = prop::option::of((group, "[xy]"));
    let text = |pattern: &'static str| prop::option::of(pattern);
    ("[ab]", r#type, text("[tu]"), text("(a|b|a/t|a/u|a-2)")).prop_map(|(name, r#type, topic, alias)| {
        let mut item = Map::new();
        item.insert("name".to_owned(), json!(name));
        if let Some((group, end)) = r#type {
            item.insert("type".to_owned(), json!(format!("{group}.{end}")));
        }
        for (key, value) in [("topic", topic), ("alias", alias)] {
            if let Some(value) = value {
                item.insert(key.to_owned(), json!(value));
            }
        }
        Value::Object(item)
    })
}

fn items() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(item(), 0..5)
}

fn renamed(items: &[Value], alias: &str, wrap: bool) -> Value {
    let items = items.iter().map(|item| {
        let mut item = item.clone();
        if let Some(name) = item.as_object_mut().unwrap().remove("alias") {
            item[alias] = name;
        }
        if wrap { json!({"dapr": item}) } else { item }
    });
    items.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reference_is_to_a_component_of_its_types_section(
        defined in prop::collection::btree_set(("[ab]", 0..4_usize), 0..8),
        triggers in items(), inputs in items(), outputs in items(),
    ) {
        let mut serving = json!({"triggers": {"http": {"engine": "keda"}, "dapr": renamed(&triggers, "inputName", false),
            "inputs": renamed(&inputs, "inputName", true)}, "outputs": renamed(&outputs, "outputName", true)});
        let mut own = BTreeSet::new();
        for (key, section) in &defined {
            let group = ["bindings", "pubsub", "state", "state"][*section];
            let spec = json!({"type": format!("{group}.x"), "version": "v1"});
            match *section {
                3 => if serving["states"].get(key).is_none() { serving["states"][key] = json!({}) },
                2 => serving["states"][key] = json!({"spec": spec}),
                _ => serving[group][key] = spec,
            }
            if *section < 3 {
                own.insert((group, key.clone()));
            }
        }
        let function = parent(json!({"metadata": {"name": "f"}, "spec": {"image": "x", "serving": serving}}));
        let answer = answer(&function);
        let (reason, message) = condition(&answer, "Ready");
        if reason == "Invalid" {
            let known = ["Duplicate value", "must be bindings.…", "write the type of the one", "its type must be written",
                "write its type here"];
            prop_assert!(message.split("; spec").all(|part| known.iter().any(|known| part.contains(known))), "{}", message);
            return Ok(());
        }
        let right = |binding: &Value, name: &str, key: &str| -> Result<(), TestCaseError> {
            let group = binding["componentType"].as_str().or(binding["type"].as_str()).unwrap_or("state");
            let group = group.split('.').next().unwrap();
            let expected = match own.contains(&(group, key.to_owned())) {
                true => format!("f-{group}-{key}"),
                false => key.to_owned(),
            };
            prop_assert_eq!(name, expected, "{} {}", binding, function);
            Ok(())
        };
        let [one, two] = contexts(&answer);
        let count = |context: &Value, part: &str| context[part].as_object().map_or(0, Map::len);
        let called = triggers.len();
        let listed = two["triggers"]["dapr"].as_array().map_or(0, Vec::len);
        // A state store triggers nothing and is among the states.
        prop_assert!(listed <= called);
        prop_assert_eq!(count(&one, "inputs"), listed);
        prop_assert_eq!(count(&one, "outputs"), outputs.len());
        prop_assert_eq!(count(&two, "inputs"), inputs.len());
        prop_assert_eq!(count(&two, "outputs"), outputs.len());
        for (context, part) in [(&one, "inputs"), (&one, "outputs"), (&two, "inputs"), (&two, "outputs"), (&one, "states"), (&two, "states")] {
            for (_, binding) in context[part].as_object().into_iter().flatten() {
                let name = binding["componentName"].as_str().unwrap();
                let key = name.rsplit('-').next().unwrap();
                right(binding, name, key)?;
            }
        }
        for trigger in two["triggers"]["dapr"].as_array().into_iter().flatten() {
            let name = trigger["name"].as_str().unwrap();
            right(trigger, name, name.rsplit('-').next().unwrap())?;
        }
        // Each topic is subscribed to once.
        let subscribed = one["inputs"].as_object().into_iter().flatten();
        let subscribed = subscribed.filter(|(_, input)| input["componentType"].as_str().unwrap().starts_with("pubsub."));
        let subscribed: Vec<_> =
            subscribed.map(|(_, input)| (input["componentName"].to_string(), input["uri"].to_string())).collect();
        let apart: BTreeSet<_> = subscribed.iter().collect();
        prop_assert_eq!(apart.len(), subscribed.len());
    }
}
