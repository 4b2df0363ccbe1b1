//! The deletion budget.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::deletions::{ALLOW, Budget};

/// A request of a composite in `default` with these observed Services and metadata of its parent.
#[allow(clippy::needless_pass_by_value, reason = "cases are written as values")]
fn observing(budget: Budget, observed: &[Value], parent: Value) -> Request {
    let mut request = composite();
    let mut services = serde_json::Map::new();
    for metadata in observed {
        services.insert(
            format!("default/{}", metadata["name"]),
            json!({ "metadata": metadata }),
        );
    }
    let body = json!({"parent": {"metadata": parent}, "children": {"Service.v1": services, "Deployment.apps/v1": {}}});
    request.observed = observed.len();
    request.deletions = Some(Deletions::read(
        budget,
        &body.to_string(),
        ControllerKind::Composite,
    ));
    request
}

fn named(name: &str) -> Value {
    json!({"name": name, "namespace": "default"})
}

/// An answer with Services of these names.
fn keeping(names: &[&str]) -> String {
    let children: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"{name}"}}}}"#))
        .collect();
    format!(r#"{{"status":{{}},"children":[{}]}}"#, children.join(","))
}

impl Request {
    /// Whether the budget allows an answer. The fast way must say the same.
    fn allows(&self, answer: &str) -> bool {
        let outcome = self.review(answer);
        let rule = outcome.as_ref().err().map(|violation| violation.rule);
        assert!(matches!(rule, None | Some(Rule::Deletions)), "{outcome:?}");
        assert_eq!(
            scan::is_as_it_is(answer, &self.context()),
            rule.is_none(),
            "{answer}"
        );
        rule.is_none()
    }
}

#[test]
fn more_than_the_budget_is_refused() {
    let four = [named("a"), named("b"), named("c"), named("d")];
    let table: [(&str, &[&str], bool); 12] = [
        ("50%", &["a", "b"], true),
        ("50%", &["a"], false),
        ("50%", &[], false),
        ("100%", &[], true),
        ("0", &["a", "b", "c", "d"], true),
        ("0", &["a", "b", "c"], false),
        ("0%", &["a", "b", "c"], false),
        ("1", &["a", "b", "c"], true),
        ("1", &["a", "b"], false),
        ("4", &[], true),
        // New children do not make up for those that go: a move to other objects deletes the old ones.
        ("50%", &["e", "f", "g", "h"], false),
        ("3", &["a", "e", "f", "g", "h"], true),
    ];
    for (budget, kept, is_allowed) in table {
        let request = observing(budget.parse().unwrap(), &four, json!({"generation": 1}));
        assert_eq!(request.allows(&keeping(kept)), is_allowed, "{budget} {kept:?}");
    }
    let one = observing(Budget::Percent(50), &four[..1], json!({}));
    assert!(!one.allows(&keeping(&[])), "the only child is all of them");
    let none = observing(Budget::Count(0), &[], json!({}));
    assert!(none.allows(&keeping(&[])) && none.allows(&keeping(&["a"])));
}

#[test]
fn a_child_of_another_kind_or_namespace_is_another_child() {
    let mut request = observing(Budget::Count(0), &[named("a")], json!({"generation": 1}));
    let answer = |child: &str| format!(r#"{{"status":{{}},"children":[{child}]}}"#);
    let deployment = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}"#;
    assert!(!request.allows(&answer(deployment)));
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","namespace":"default"}}"#;
    assert!(request.allows(&answer(service)));
    request.parent.namespace = None;
    assert!(request.allows(&answer(service)));
    assert!(!request.allows(&answer(&service.replace("\"default\"", "\"other\""))));
}

#[test]
fn what_goes_already_does_not_count() {
    let going = json!({"name": "b", "namespace": "default", "deletionTimestamp": "2026-01-01T00:00:00Z"});
    let request = observing(
        Budget::Percent(50),
        &[named("a"), going.clone(), named("c")],
        json!({}),
    );
    assert!(request.allows(&keeping(&["a"])));
    assert!(!request.allows(&keeping(&[])));
    assert!(observing(Budget::Count(0), &[going], json!({})).allows(&keeping(&[])));
}

#[test]
fn a_parent_that_goes_takes_its_children_along() {
    let gone = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
    assert!(observing(Budget::Count(0), &[named("a")], gone).allows(&keeping(&[])));
    assert!(
        !observing(
            Budget::Count(0),
            &[named("a")],
            json!({"deletionTimestamp": null})
        )
        .allows(&keeping(&[]))
    );
    let mut finalizing = observing(Budget::Count(0), &[named("a")], json!({}));
    (finalizing.hook, finalizing.finalizing) = (Hook::Finalize, true);
    assert!(finalizing.allows(&keeping(&[])));
}

#[test]
fn a_person_allows_it_for_one_generation() {
    let annotated = |generation: Value, value: Value| {
        let parent = json!({"generation": generation, "annotations": {ALLOW: value}});
        observing(Budget::Count(0), &[named("a")], parent).allows(&keeping(&[]))
    };
    assert!(annotated(json!(7), json!("7")));
    for (generation, value) in [
        (json!(7), json!("8")),
        (json!(8), json!("7")),
        (json!(7), json!("true")),
        (json!(7), json!("until-removed")),
        (json!(7), json!("")),
        (json!(7), json!(7)),
        (json!(7), json!(" 7")),
        (Value::Null, json!("")),
        (Value::Null, json!("null")),
        (json!("7"), json!("7")),
    ] {
        assert!(
            !annotated(generation.clone(), value.clone()),
            "{generation} {value}"
        );
    }
    assert!(
        annotated(Value::Null, json!("until-removed")),
        "a ConfigMap has no generation"
    );
}

#[test]
fn the_sentence_names_what_would_go_and_how_to_allow_it() {
    let observed: Vec<Value> = (0..9).map(|n| named(&format!("s{n}"))).collect();
    let parent = json!({"generation": 3, "annotations": {ALLOW: "2"}});
    let request = observing(Budget::Percent(50), &observed, parent);
    request.refuses(
        &keeping(&["s0", "s1"]),
        Rule::Deletions,
        "/children",
        "would delete 7 of 9 observed children, and the deletion budget is 50%: Service default/s2, Service default/s3, \
         Service default/s4, Service default/s5, Service default/s6 and 2 more. To allow it, annotate the parent with \
         metawasm.dev/allow-deletions: \"3\" (it is \"2\" now); it ends with the next edit of the spec",
    );
    let mut attached = decorator();
    let body =
        json!({"object": {"metadata": {}}, "attachments": {"Service.v1": {"a": {"metadata": named("a")}}}});
    attached.observed = 1;
    attached.deletions = Some(Deletions::read(
        Budget::Count(0),
        &body.to_string(),
        ControllerKind::Decorator,
    ));
    attached.refuses(
        r#"{"attachments":[]}"#,
        Rule::Deletions,
        "/attachments",
        "would delete 1 of 1 observed children, and the deletion budget is 0: Service default/a. To allow it, annotate \
         the parent with metawasm.dev/allow-deletions: \"until-removed\"; remove the annotation afterwards",
    );
    let long: Vec<Value> = (0..9)
        .map(|n| named(&format!("{n}{}", "x".repeat(5000))))
        .collect();
    let request = observing(Budget::Count(0), &long, json!({}));
    let violation = request.review(r#"{"status":{},"children":[]}"#).unwrap_err();
    assert!(
        violation.message.contains(ALLOW) && violation.message.len() < 750,
        "{violation}"
    );
}

proptest! {
    /// Whatever is observed and answered, as many as the budget allows go, and no more.
    #[test]
    fn it_is_a_count(observed in prop::collection::btree_set("[a-f]", 0..6), kept in prop::collection::btree_set("[a-f]", 0..6),
        count in 0..6_u32, share in 0..=100_u8) {
        let all: Vec<Value> = observed.iter().map(|name| named(name)).collect();
        let kept_names: Vec<&str> = kept.iter().map(String::as_str).collect();
        let going = observed.difference(&kept).count();
        for (budget, is_allowed) in [
            (Budget::Count(count), going <= count as usize),
            (Budget::Percent(share), going * 100 <= all.len() * usize::from(share)),
        ] {
            let request = observing(budget, &all, json!({"generation": 1}));
            prop_assert_eq!(request.allows(&keeping(&kept_names)), is_allowed);
        }
    }
}
