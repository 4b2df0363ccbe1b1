//! In which order the children of a deleted Function go.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::{Value, json};
use support::{KINDS, applied, example, request, sync};

fn finalize(observed: &[Value]) -> Value {
    let mut request = request(&example("hello.yaml"), &KINDS, observed);
    request["finalizing"] = json!(true);
    let answer = metawasm_function::finalize(&request.to_string(), "{}").unwrap();
    serde_json::from_str(&answer).unwrap()
}

fn names(answer: &Value) -> Vec<String> {
    let children = answer["children"].as_array().unwrap().iter();
    let name = |child: &Value| {
        let text = |pointer| child.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        format!("{} {}", text("/kind"), text("/metadata/name"))
    };
    children.map(name).collect()
}

#[test]
fn routes_go_first_and_scalers_after_the_workload() {
    let mut observed = applied(&sync(&request(&example("hello.yaml"), &KINDS, &[]), &json!({})));
    let mut steps = Vec::new();
    loop {
        let answer = finalize(&observed);
        let kept = names(&answer);
        steps.push(kept.clone());
        assert_eq!(answer["finalized"], observed.is_empty());
        if answer["finalized"] == true {
            break;
        }
        let before = observed.len();
        observed.retain(|object| kept.contains(&names(&json!({"children": [object]}))[0]));
        assert!(observed.len() < before, "nothing went: {steps:?}");
    }
    assert_eq!(
        steps,
        [
            vec!["Deployment hello", "HTTPScaledObject hello", "Service hello-svc"],
            vec!["HTTPScaledObject hello"],
            vec![],
            vec![],
        ]
    );
}

#[test]
fn what_is_kept_is_what_was_asked_for() {
    let first = sync(&request(&example("hello.yaml"), &KINDS, &[]), &json!({}));
    let answer = finalize(&applied(&first));
    for kept in answer["children"].as_array().unwrap() {
        assert!(first["children"].as_array().unwrap().contains(kept), "{kept}");
    }
}

#[test]
fn the_status_says_what_goes_next() {
    let observed = applied(&sync(&request(&example("hello.yaml"), &KINDS, &[]), &json!({})));
    let ready = finalize(&observed)["status"]["conditions"][0].clone();
    assert_eq!(ready["reason"], "Deleting");
    assert_eq!(
        ready["message"],
        "the Function is being deleted; deleted next: Service hello"
    );
    let ready = finalize(&[])["status"]["conditions"][0].clone();
    assert_eq!(
        ready["message"],
        "the Function is being deleted; all its children are gone"
    );
}

/// Under server-side apply nobody knows what was asked for: what cannot be kept goes, and the
/// Function is not held up.
#[test]
fn without_memory_everything_goes_at_once() {
    let mut observed = applied(&sync(&request(&example("hello.yaml"), &KINDS, &[]), &json!({})));
    for object in &mut observed {
        object["metadata"].as_object_mut().unwrap().remove("annotations");
    }
    let answer = finalize(&observed);
    assert_eq!(
        (&answer["children"], &answer["finalized"]),
        (&json!([]), &json!(false))
    );
}

#[test]
fn a_function_that_is_invalid_can_be_deleted() {
    let text = json!({"parent": {"spec": 7}, "children": {}, "finalizing": true}).to_string();
    let answer: Value = serde_json::from_str(&metawasm_function::finalize(&text, "{}").unwrap()).unwrap();
    assert_eq!(answer["finalized"], true);
    assert!(metawasm_function::finalize("{}", "{}").is_err());
}
