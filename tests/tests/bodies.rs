//! The requests that benchmarks send are requests: they have their sizes, and the plugin answers
//! them as a request deserves, in the host as natively.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use metawasm_tests::process::Host;
use metawasm_tests::{bodies, function_plugin};
use serde_json::Value;

#[test]
fn they_have_their_sizes() {
    for (body, about) in [
        (bodies::small(), 2 << 10),
        (bodies::recorded(), 20 << 10),
        (bodies::large(), 200 << 10),
    ] {
        let size = body.len();
        assert!(
            (about * 9 / 10..about * 11 / 10).contains(&size),
            "{size} for {about}"
        );
    }
}

#[test]
fn they_are_the_same_each_time() {
    assert_eq!(bodies::small(), bodies::small());
    assert_eq!(bodies::large(), bodies::large());
}

/// What the host answers, with all that it cuts and reviews, is what the plugin says of the whole.
#[test]
fn the_host_answers_them_as_the_plugin_does() {
    let host = Host::serve(&[("function", &function_plugin())], &[]);
    for body in [bodies::small(), bodies::recorded(), bodies::large()] {
        let native = metawasm_function::sync(std::str::from_utf8(&body).unwrap(), "{}").unwrap();
        let answer = host.post("/function/sync", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body, native);
    }
}

#[test]
fn in_the_large_one_all_that_is_asked_for_is_there() {
    let body = bodies::large();
    let request: Value = serde_json::from_slice(&body).unwrap();
    let answer = metawasm_function::sync(std::str::from_utf8(&body).unwrap(), "{}").unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let wanted = answer["children"].as_array().unwrap().len();
    let groups = request["children"].as_object().unwrap().values();
    let observed: usize = groups.map(|group| group.as_object().unwrap().len()).sum();
    assert_eq!(wanted, observed);
    assert!(wanted > 40, "{wanted}");
    assert_eq!(answer["status"], request["parent"]["status"], "it is settled");
    assert!(answer["resyncAfterSeconds"].is_null(), "nothing is missing");
}
