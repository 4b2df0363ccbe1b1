//! No merge key twice, held against Metacontroller's own merge.

use metawasm_model::{three_way, twice};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// An answer with a Service that has these members besides.
fn service(rest: &str) -> String {
    with(r#""name":"a""#, rest)
}

#[test]
fn one_key_twice_is_refused_under_dynamic_apply_alone() {
    let list = |items: &str| format!(r#","spec":{{"x":[{items}]}}"#);
    let table = [
        // (what follows the metadata, the second one's place)
        (
            list(r#"{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}"#),
            "/spec/x/1/port",
        ),
        (
            list(r#"{"containerPort":1,"name":"a"},{"containerPort":1,"name":"b"}"#),
            "/spec/x/1/containerPort",
        ),
        (
            list(r#"{"mountPath":"/a","name":"a"},{"mountPath":"/a","name":"b"}"#),
            "/spec/x/1/mountPath",
        ),
        (
            list(r#"{"name":"a","value":"1"},{"name":"b"},{"name":"a","value":"2"}"#),
            "/spec/x/2/name",
        ),
        (list(r#"{"uid":"a"},{"uid":"a"}"#), "/spec/x/1/uid"),
        (
            list(r#"{"ip":"a","hostnames":["a"]},{"ip":"a","hostnames":["b"]}"#),
            "/spec/x/1/ip",
        ),
        (list(r#"{"path":"/"},{"path":"/"}"#), "/spec/x/1/path"),
        // An equal item is the same one twice.
        (list(r#"{"name":"a"},{"name":"a"}"#), "/spec/x/1/name"),
        // As Go prints them.
        (list(r#"{"port":80},{"port":"80"}"#), "/spec/x/1/port"),
        (list(r#"{"port":80},{"port":80.0}"#), "/spec/x/1/port"),
        (list(r#"{"port":1.5},{"port":1.50}"#), "/spec/x/1/port"),
        (list(r#"{"port":true},{"port":"true"}"#), "/spec/x/1/port"),
        (list("{\"name\":\"a\"},{\"name\":\"\\u0061\"}"), "/spec/x/1/name"),
        (list(r#"{"n\u0061me":"a"},{"name":"a"}"#), "/spec/x/1/name"),
        (
            list(
                r#"{"path":{"type":"Exact","value":"/"},"method":"GET"},{"path":{"value":"/","type":"Exact"}}"#,
            ),
            "/spec/x/1/path",
        ),
        (
            list(r#"{"path":[1,{"a":null}]},{"path":[1,{}]}"#),
            "/spec/x/1/path",
        ),
        // A null goes, so that the next key is the first that all have.
        (
            list(r#"{"port":null,"name":"a"},{"port":1,"name":"a"}"#),
            "/spec/x/1/name",
        ),
        // Anywhere in a child.
        (r#","x":[{"name":"a"},{"name":"a"}]"#.to_owned(), "/x/1/name"),
        (
            r#","spec":[[{"name":"a"},{"name":"a"}]]"#.to_owned(),
            "/spec/0/1/name",
        ),
        (
            list(r#"{"port":1,"y":[{"ip":"a"},{"ip":"a"}]}"#),
            "/spec/x/0/y/1/ip",
        ),
    ];
    for (rest, place) in table {
        let answer = service(&rest);
        let violation = composite().review(&answer).expect_err(&answer);
        assert_eq!(
            (violation.rule, &*violation.pointer),
            (Rule::MergeKey, &*format!("/children/0{place}")),
            "{answer}"
        );
        assert!(
            violation.message.contains("--apply-strategy=server-side-apply"),
            "{violation}"
        );
        let mut server_side = composite();
        server_side.apply = ApplyStrategy::ServerSide;
        server_side.review(&answer).expect(&answer);
    }
    let text = composite()
        .review(&service(r#","spec":{"ports":[{"port":53},{"port":53}]}"#))
        .unwrap_err();
    assert!(
        text.to_string().starts_with(
            "/children/0/spec/ports/1/port: is 53, as in item 0 of this list: Metacontroller merges the list by `port`"
        ),
        "{text}"
    );
}

#[test]
fn lists_that_are_not_merged_by_a_key_may_say_anything_twice() {
    for rest in [
        r#","spec":{"x":[{"port":1,"name":"a"},{"port":2,"name":"a"}]}"#,
        r#","spec":{"x":[{"name":"a"}]}"#,
        r#","spec":{"x":[{"name":"a"},{"name":"a"},{"key":"a"}]}"#,
        r#","spec":{"x":[{"name":"a"},{"name":"a"},"a"]}"#,
        r#","spec":{"x":[{"Name":"a"},{"Name":"a"}]}"#,
        r#","spec":{"x":["a","a",1,1,[1],[1],{},{}]}"#,
        r#","spec":{"x":[{"y":{"name":"a"}},{"y":{"name":"a"}}]}"#,
        r#","metadatas":[{"name":"a"},{"name":"b"}]"#,
    ] {
        let answer = service(rest);
        composite().takes(&answer);
        assert!(scan::is_as_it_is(&answer, &composite().context()), "{answer}");
    }
    // What is not sent is not merged.
    let answer = service(r#","status":{"x":[{"name":"a"},{"name":"a"}]}"#);
    composite().review(&answer).unwrap();
    let fields = r#""name":"a","managedFields":[{"name":"a"},{"name":"a"}]"#;
    composite().review(&with(fields, "")).unwrap();
    composite().takes(r#"{"status":{"x":[{"name":"a"},{"name":"a"}]},"children":[]}"#);
}

#[test]
fn many_items_take_linear_time() {
    let items = |last: &str| {
        let items: Vec<String> = (0..100_000).map(|n| format!("{{\"name\":\"n{n}\"}}")).collect();
        service(&format!(
            r#","spec":{{"x":[{},{{"name":"{last}"}}]}}"#,
            items.join(",")
        ))
    };
    let mut large = composite();
    large.max_bytes = 64 << 20;
    let context = large.context();
    let refuses = |answer: &str| {
        assert!(!scan::is_as_it_is(answer, &context));
        by_rules(answer, &context).unwrap_err().rule
    };
    let start = std::time::Instant::now();
    assert_eq!(refuses(&items("n7")), Rule::MergeKey);
    // Too large for its annotation, and otherwise good.
    assert_eq!(refuses(&items("other")), Rule::Size);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

/// Lists of items with some of the merge keys, and few values.
fn any_list(inside: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        3 => Just("name"), 2 => Just("port"), 1 => Just("containerPort"), 1 => Just("path"), 1 => Just("ip"), 1 => Just("other")
    ];
    let value = prop_oneof![
        4 => (0..4_u8).prop_map(|n| json!(n)),
        4 => (0..4_u8).prop_map(|n| json!(n.to_string())),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
        1 => (0..2_u8).prop_map(|n| json!({"b": n, "a": [n]})),
        2 => ("[ab]{1,2}", "[ab]{1,2}").prop_map(|(a, b)| json!({"a": a, "b": b})),
        1 => inside,
    ];
    let item = prop::collection::btree_map(key.prop_map(String::from), value, 1..4);
    let item = prop_oneof![20 => item.prop_map(|map| json!(map)), 1 => Just(json!("x"))];
    prop::collection::vec(item, 0..4).prop_map(Value::from)
}

fn any_spec() -> impl Strategy<Value = Value> {
    let nested = any_list(any_list(Just(json!(1))));
    prop::collection::btree_map("[a-c]", prop_oneof![any_list(Just(json!(1))), nested], 1..3)
        .prop_map(|map| json!(map))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// The review refuses what Metacontroller's rules call twice, at that place; and an answer that it takes is
    /// merged with itself without loss.
    #[test]
    fn it_is_what_metacontroller_merges(spec in any_spec()) {
        let answer = service(&format!(",\"spec\":{spec}"));
        let child = serde_json::from_str::<Value>(&answer).unwrap()["children"][0].clone();
        let expected = twice(&child).map(|place| format!("/children/0{place}"));
        let found = match composite().review(&answer) {
            Ok(_) => None,
            Err(violation) => {
                prop_assert_eq!(violation.rule, Rule::MergeKey);
                Some(violation.pointer)
            }
        };
        prop_assert_eq!(&found, &expected, "{}", answer);
        // The fast way is never wrong, and sees all but what only the tables can tell.
        prop_assert!(!scan::is_as_it_is(&answer, &composite().context()) || expected.is_none(), "{}", answer);
        if found.is_none() {
            prop_assert_eq!(three_way(&child, &child, &child), child);
        }
    }
}
