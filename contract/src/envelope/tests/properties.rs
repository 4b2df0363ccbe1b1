use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        any::<i32>().prop_map(Value::from),
        "[a-c\"\\\\é\n]{0,9}".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any_key(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("spec"),
        Just("status"),
        Just("metadata"),
        Just("labels"),
        Just("a"),
        Just("b"),
        Just("0"),
        Just("a/b"),
        Just("q\"é"),
    ]
    .prop_map(String::from)
}

fn any_object() -> impl Strategy<Value = Value> {
    let extra = || prop::collection::btree_map(any_key(), any_value(), 0..4);
    (extra(), extra(), any::<bool>()).prop_map(|(fields, metadata, namespaced)| {
        let mut object: serde_json::Map<_, _> = fields.into_iter().collect();
        let mut metadata: serde_json::Map<_, _> = metadata.into_iter().collect();
        metadata.insert("name".into(), "n".into());
        metadata.insert("uid".into(), "u".into());
        if namespaced {
            metadata.insert("namespace".into(), "ns".into());
        }
        object.insert("apiVersion".into(), "v1".into());
        object.insert("kind".into(), "K".into());
        object.insert("metadata".into(), metadata.into());
        object.into()
    })
}

fn any_request() -> impl Strategy<Value = Value> {
    let groups = || {
        let group = prop::collection::btree_map("n[a-c]/[a-c]", any_object(), 0..3);
        prop::collection::btree_map(
            prop_oneof![Just("Pod.v1".to_owned()), Just("Job.batch/v1".to_owned())],
            group,
            0..3,
        )
    };
    (any_object(), groups(), groups(), any_value(), any::<bool>(), any::<bool>()).prop_map(
        |(parent, children, related, extra, finalizing, decorator)| {
            let (own, of) = if decorator { ("object", "attachments") } else { ("parent", "children") };
            json!({own: parent, of: children, "related": related, "spec": extra, "finalizing": finalizing, "controller": {"metadata": {"name": "c"}}})
        },
    )
}

fn any_path() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        3 => Just("*".to_owned()),
        3 => any_key().prop_map(|key| key.replace('/', "~1")),
        2 => prop_oneof![Just("name"), Just("kind"), Just("Pod.v1"), Just("uid")].prop_map(String::from),
    ];
    let root = prop_oneof![
        Just("/parent"),
        Just("/object"),
        Just("/children"),
        Just("/attachments/*/*"),
        Just("/children/*/*"),
        Just("/related"),
        Just("/*"),
        Just("")
    ];
    (root, prop::collection::vec(step, 0..5))
        .prop_map(|(root, steps)| steps.iter().fold(root.to_owned(), |path, step| path + "/" + step))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_cut_leaves_what_a_slow_cut_leaves(
        request in any_request(),
        paths in prop::collection::vec(any_path(), 0..6),
        keep: bool,
        pretty: bool,
    ) {
        let view = View::from_json(&json!({if keep { "keep" } else { "drop" }: paths})).unwrap();
        let body = if pretty { serde_json::to_string_pretty(&request) } else { serde_json::to_string(&request) }.unwrap();
        check(&body, Hook::Sync, &view, keep, &paths);
    }

    #[test]
    fn a_broken_request_never_panics(at in 0..READY.len(), byte: u8) {
        let mut body = READY.as_bytes().to_vec();
        body[at] = byte;
        let _ = read(&body, Hook::Sync, &View::default());
        let _ = read(&body[..at], Hook::Sync, &View::default());
    }
}
