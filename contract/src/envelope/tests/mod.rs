mod etag;
mod properties;

use serde_json::{Value, json};

use super::*;

const FIXTURES: [(&str, Hook, &str); 8] = [
    (
        "composite v1 ready",
        Hook::Sync,
        include_str!("../../../../tests/fixtures/composite-v1-sync-ready.body"),
    ),
    (
        "composite customize",
        Hook::Customize,
        include_str!("../../../../tests/fixtures/composite-v2-customize.body"),
    ),
    (
        "composite finalize",
        Hook::Finalize,
        include_str!("../../../../tests/fixtures/composite-v2-finalize.body"),
    ),
    (
        "composite first",
        Hook::Sync,
        include_str!("../../../../tests/fixtures/composite-v2-sync-first.body"),
    ),
    ("composite ready", Hook::Sync, READY),
    (
        "composite second",
        Hook::Sync,
        include_str!("../../../../tests/fixtures/composite-v2-sync-second.body"),
    ),
    (
        "decorator finalize",
        Hook::Finalize,
        include_str!("../../../../tests/fixtures/decorator-v2-finalize.body"),
    ),
    (
        "decorator first",
        Hook::Sync,
        include_str!("../../../../tests/fixtures/decorator-v2-sync-first.body"),
    ),
];
const READY: &str = include_str!("../../../../tests/fixtures/composite-v2-sync-ready.body");

fn sync(body: &str) -> Result<Envelope, EnvelopeError> {
    read(body.as_bytes(), Hook::Sync, &View::default())
}

fn refused(body: &str) -> String {
    sync(body).unwrap_err().to_string()
}

// ---- a slow way to cut, to compare with ---------------------------------------------------

const OBJECTS: [&str; 5] = [
    "/parent",
    "/object",
    "/children/*/*",
    "/attachments/*/*",
    "/related/*/*",
];
const IDENTITY: [&str; 5] = [
    "apiVersion",
    "kind",
    "metadata/name",
    "metadata/namespace",
    "metadata/uid",
];

/// Whether a pattern leads to a path, `from` steps of it at most.
fn leads(pattern: &str, path: &[String]) -> bool {
    let steps: Vec<&str> = pattern.split('/').skip(1).collect();
    steps
        .iter()
        .zip(path)
        .all(|(step, key)| *step == "*" || step.replace("~1", "/").replace("~0", "~") == *key)
}

fn length(pattern: &str) -> usize {
    pattern.split('/').count() - 1
}

/// What is left of a value at a path; `None` when it goes.
fn cut(value: &Value, path: &mut Vec<String>, keep: bool, patterns: &[String]) -> Option<Value> {
    let identity: Vec<String> = OBJECTS
        .iter()
        .flat_map(|object| IDENTITY.map(|field| format!("{object}/{field}")))
        .collect();
    let above = |patterns: &[String]| patterns.iter().any(|p| length(p) <= path.len() && leads(p, path));
    let below = |patterns: &[String]| patterns.iter().any(|p| length(p) > path.len() && leads(p, path));
    if above(&identity) {
        return Some(value.clone());
    }
    let (whole, into) = if keep {
        (above(patterns), below(patterns) || below(&identity))
    } else if above(patterns) {
        (false, below(&identity))
    } else {
        (false, true)
    };
    if whole {
        return Some(value.clone());
    }
    if !into {
        return None;
    }
    let mut inside = |key: String, value: &Value| {
        path.push(key);
        let left = cut(value, path, keep, patterns);
        path.pop();
        left
    };
    Some(match value {
        Value::Object(map) => map
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), inside(key.clone(), value)?)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .filter_map(|(index, value)| inside(index.to_string(), value))
            .collect(),
        scalar => scalar.clone(),
    })
}

fn check(body: &str, hook: Hook, view: &View, keep: bool, patterns: &[String]) {
    let trimmed = read(body.as_bytes(), hook, view).unwrap().trimmed;
    let all: Value = serde_json::from_str(body).unwrap();
    let left = cut(&all, &mut Vec::new(), keep, patterns).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&trimmed).unwrap(),
        left,
        "{patterns:?} of {body}"
    );
}

// -------------------------------------------------------------------------------------------

#[test]
fn a_recorded_request_says_who_asks_what() {
    let envelope = sync(READY).unwrap();
    let parent = ObjectRef {
        api_version: "core.openfunction.io/v1beta2".into(),
        kind: "Function".into(),
        namespace: Some("cap2".into()),
        name: "hello".into(),
        uid: "6f7d1ef9-e0bc-4ca5-a0f8-81e3dc8d22a4".into(),
    };
    assert_eq!(
        (envelope.kind, envelope.version),
        (ControllerKind::Composite, HookVersion::V2)
    );
    assert_eq!(envelope.parent, parent);
    let declared: Vec<String> = envelope.declared.iter().map(ToString::to_string).collect();
    assert_eq!(
        declared,
        [
            "Deployment.apps/v1",
            "HTTPScaledObject.http.keda.sh/v1alpha1",
            "Service.serving.knative.dev/v1",
            "Service.v1"
        ]
    );
    assert_eq!((envelope.observed, envelope.finalizing), (3, false));
    assert_eq!(envelope.timeout.as_deref(), Some("10s"));
    assert_eq!(envelope.trimmed.len(), 10_149);
}

#[test]
fn every_recorded_request_is_read() {
    use ControllerKind::{Composite, Decorator};
    use HookVersion::{V1, V2};
    let read: Vec<_> = FIXTURES
        .iter()
        .map(|&(name, hook, body)| {
            let envelope = super::read(body.as_bytes(), hook, &View::everything()).unwrap();
            assert_eq!(envelope.trimmed, body, "{name}");
            (
                envelope.kind,
                envelope.version,
                envelope.observed,
                envelope.finalizing,
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (Composite, V1, 3, false),
            (Composite, V2, 0, false),
            (Composite, V2, 3, true),
            (Composite, V2, 0, false),
            (Composite, V2, 3, false),
            (Composite, V2, 3, false),
            (Decorator, V2, 1, true),
            (Decorator, V2, 0, false),
        ]
    );
}

#[test]
fn the_default_view_drops_bookkeeping() {
    let mut drops = vec![];
    for object in OBJECTS.iter().chain(&["/controller"]) {
        drops.push(format!("{object}/metadata/managedFields"));
        drops.push(format!(
            "{object}/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"
        ));
    }
    for (_, hook, body) in FIXTURES {
        check(body, hook, &View::default(), false, &drops);
    }
}

#[test]
fn a_view_that_keeps_names_what_it_keeps() {
    let paths = [
        "/parent/spec",
        "/children/*/*/spec/replicas",
        "/children/*/*/status",
        "/finalizing",
    ]
    .map(String::from);
    let view = View::from_json(&json!({"keep": paths})).unwrap();
    for (_, hook, body) in FIXTURES {
        check(body, hook, &view, true, &paths);
        let trimmed = read(body.as_bytes(), hook, &view).unwrap().trimmed;
        assert!(!trimmed.contains("\"controller\":"), "{trimmed}");
    }
}

#[test]
fn what_is_cut_whole_is_still_looked_at() {
    let view = View::from_json(&json!({"drop": ["/controller", "/finalizing"]})).unwrap();
    let envelope = read(FIXTURES[2].2.as_bytes(), Hook::Finalize, &view).unwrap();
    assert_eq!(
        (envelope.version, envelope.timeout.as_deref()),
        (HookVersion::V2, Some("10s"))
    );
    assert!(envelope.finalizing && !envelope.trimmed.contains("\"finalizing\""));
}

#[test]
fn commas_are_right_whatever_is_cut() {
    let view = View::from_json(&json!({"drop": ["/a", "/l/0", "/l/2", "/o/*"]})).unwrap();
    let rest = r#""parent":{"apiVersion":"v1","kind":"K","metadata":{"name":"n"}},"children":{}"#;
    let table = [
        (r#""a":1,"#, "", ""),
        ("", r#","a":1"#, ""),
        (r#" "a" : 1 , "#, "", " "),
        (r#""l":[1],"#, "", r#""l":[],"#),
        (r#""l":[1,2,3],"#, "", r#""l":[2],"#),
        (r#""l":[1, 2, 3, 4],"#, "", r#""l":[2, 4],"#),
        (r#""o":{"x":1,"y":[]},"b":2,"#, "", r#""o":{},"b":2,"#),
    ];
    for (before, after, left) in table {
        let trimmed = read(format!("{{{before}{rest}{after}}}").as_bytes(), Hook::Sync, &view)
            .unwrap()
            .trimmed;
        assert_eq!(trimmed, format!("{{{left}{rest}}}"));
    }
}

#[test]
fn customize_takes_its_controller_kind_from_the_controller() {
    let parent = r#""parent":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n"}}"#;
    for (controller, kind) in [
        (
            r#""controller":{"kind":"DecoratorController"},"#,
            ControllerKind::Decorator,
        ),
        (
            r#""controller":{"kind":"CompositeController"},"#,
            ControllerKind::Composite,
        ),
        ("", ControllerKind::Composite),
    ] {
        let body = format!("{{{controller}{parent}}}");
        let envelope = read(body.as_bytes(), Hook::Customize, &View::default()).unwrap();
        assert_eq!(
            (envelope.kind, envelope.parent.to_string()),
            (kind, "Pod n/p".to_owned())
        );
    }
}

#[test]
fn what_is_wrong_with_a_request_is_one_sentence() {
    let error = read(b"{\"a\": \"\xff\"}", Hook::Sync, &View::default()).unwrap_err();
    assert_eq!(error, EnvelopeError::NotUtf8 { offset: 7 });
    let table = [
        (
            "",
            "the body is not JSON: line 1, column 1: the text ends here, inside of a value",
        ),
        (
            "{\n \"parent\": nope}",
            "the body is not JSON: line 2, column 12: expected true, false or null",
        ),
        (
            "[]",
            "the body is a list; expected an object with `parent` or `object` as Metacontroller sends it",
        ),
        (
            r#"{"parents": {}, "b": 1}"#,
            "the body has no `parent` or `object`; Metacontroller sends `controller`, `parent`, `children`, `related`, \
             `finalizing` (a decorator `object` and `attachments` instead), here is \"parents\", \"b\"",
        ),
        (
            r#"{"parent": []}"#,
            "/parent is a list (line 1, column 12); expected an object",
        ),
        (
            r#"{"parent": {"metadata": 1}}"#,
            "/parent/metadata is a number (line 1, column 25); expected an object",
        ),
        (
            r#"{"parent": {"kind": 1}}"#,
            "/parent/kind is a number (line 1, column 21); expected a string",
        ),
        (
            r#"{"parent": {"kind": "K"}, "children": {}}"#,
            "/parent/apiVersion is missing; expected the apiVersion of the parent",
        ),
        (
            r#"{"object": {"kind": "K", "apiVersion": "v1"}, "attachments": {}}"#,
            "/object/metadata/name is missing; expected the name of the parent",
        ),
        (
            r#"{"parent": {}, "object": {}}"#,
            "the body has both `parent` and `object`; expected `parent` and `children` of a \
             CompositeController or `object` and `attachments` of a DecoratorController",
        ),
        (
            r#"{"parent": {}, "parent": {}}"#,
            "duplicate key /parent at line 1, column 16; each key must be unique",
        ),
        (
            r#"{"parent": {}, "p\u0061rent": {}}"#,
            "duplicate key /parent at line 1, column 16; each key must be unique",
        ),
        (
            r#"{"parent": {"metadata": {"name": "a", "name": "b"}}}"#,
            "duplicate key /parent/metadata/name at line 1, column 39; each key must be unique",
        ),
        (
            r#"{"children": {"Pod.v1": {"a/b": {}, "a/b": {}}}}"#,
            "duplicate key /children/Pod.v1/a~1b at line 1, column 37; each key must be unique",
        ),
        (
            r#"{"children": {"Pod.v1": {}, "Pod.v1": {}}}"#,
            "duplicate key /children/Pod.v1 at line 1, column 29; each key must be unique",
        ),
        (
            r#"{"children": [1]}"#,
            "/children is a list (line 1, column 14); expected an object",
        ),
        (
            r#"{"children": {"Pod.v1": 1}}"#,
            "/children/Pod.v1 is a number (line 1, column 25); expected an object",
        ),
        (
            r#"{"children": {"Pod.v1": {"a": null}}}"#,
            "/children/Pod.v1/a is null (line 1, column 31); expected an object",
        ),
        (
            r#"{"children": {"Pod": {}}}"#,
            "/children/Pod is under a key that names no kind (line 1, column 22); expected keys like \
             \"Deployment.apps/v1\" or \"Service.v1\"",
        ),
        (
            r#"{"finalizing": "no"}"#,
            "/finalizing is a string (line 1, column 16); expected true or false",
        ),
        (
            r#"{"controller": {"spec": {"hooks": {"sync": {"version": "v3"}}}}}"#,
            "/controller/spec/hooks/sync/version is \"v3\" (line 1, column 56); expected \"v1\" or \"v2\"",
        ),
    ];
    for (body, sentence) in table {
        assert_eq!(refused(body), sentence, "{body}");
    }
    assert!(
        refused(r#"{"parent": {"kind": "K"}}"#)
            .starts_with("the body has `parent` but no `children`; Metacontroller")
    );
    let deep = format!("{{\"x\":{}", "[".repeat(8 << 20));
    assert_eq!(
        refused(&deep),
        "the body is refused at line 1, column 133: objects and lists may be nested 128 deep"
    );
    let keys: String = (0..5000)
        .map(|n| format!("\"{}{n}\":1,", "k".repeat(100)))
        .collect();
    assert!(refused(&format!("{{{keys}\"z\":1}}")).len() < 700);
}

#[test]
fn a_hostile_body_takes_time_in_proportion_to_its_length() {
    let parent = r#""parent":{"apiVersion":"v1","kind":"K","metadata":{"name":"n"}}"#;
    let started = std::time::Instant::now();
    let escapes = "\\u005c".repeat(1 << 20);
    let mut bodies = vec![format!("{{{parent},\"children\":{{}},\"x\":\"{escapes}\"}}")];
    bodies.push(format!(
        "{{{parent},\"children\":{{}},\"x\":[{}1]}}",
        "[],".repeat(2 << 20)
    ));
    let keys = (0..100_000)
        .map(|n| format!("\"{n}\":{{}}"))
        .collect::<Vec<_>>()
        .join(",");
    bodies.push(format!("{{{parent},\"children\":{{\"Pod.v1\":{{{keys}}}}}}}"));
    bodies.push(format!("{{{parent},\"children\":{{}},{keys}}}"));
    for body in &bodies {
        sync(body).unwrap();
    }
    let _ = sync(&format!("{{\"{escapes}"));
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}
