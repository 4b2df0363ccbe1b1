//! What must hold of any input, checked against `serde_json`: the bodies of the fuzz targets.
//!
//! The fuzzer calls them with what it makes up (`fuzz/`, `cargo xtask fuzz`), the tests below with
//! recorded requests and answers that are broken here and there. Each panics where something
//! does not hold.

#![allow(clippy::panic, reason = "a panic is how a fuzz target says what is wrong")]

use std::collections::HashSet;

use serde_json::Value;

use super::{
    ApplyStrategy, Budget, ControllerKind, Deletions, GroupKey, Hook, HookVersion, ObjectRef, ReviewContext,
    View, read_envelope,
};

/// A recorded request.
const REQUEST: &[u8] = include_bytes!("../../tests/fixtures/composite-v2-sync-ready.body");

/// What a request says of which nothing may be deleted.
const BUDGETED: &str = r#"{"parent":{"metadata":{}},"children":{"Service.v1":{"s":{"metadata":{"name":"s","namespace":"cap2"}}}}}"#;

/// An answer to any hook: what passes the review is what Metacontroller can take.
pub fn review(data: &[u8]) {
    let Some((&choice, Ok(answer))) = data
        .split_first()
        .map(|(first, rest)| (first, std::str::from_utf8(rest)))
    else {
        return;
    };
    let bit = |n: u8| choice >> n & 1 == 1;
    let hook = match choice & 3 {
        0 | 1 => Hook::Sync,
        2 => Hook::Finalize,
        _ => Hook::Customize,
    };
    let parent = ObjectRef {
        api_version: "core.openfunction.io/v1beta2".into(),
        kind: "Function".into(),
        namespace: (!bit(2)).then(|| "cap2".into()),
        name: "hello".into(),
        uid: "u".into(),
    };
    let declared = [
        GroupKey::new("apps/v1", "Deployment"),
        GroupKey::new("v1", "Service"),
    ];
    let deletions = Deletions::read(Budget::Count(0), BUDGETED, ControllerKind::Composite);
    let context = ReviewContext {
        hook,
        kind: if bit(3) {
            ControllerKind::Decorator
        } else {
            ControllerKind::Composite
        },
        version: if bit(4) { HookVersion::V2 } else { HookVersion::V1 },
        parent: &parent,
        declared: &declared,
        observed: usize::from(bit(5)),
        finalizing: hook == Hook::Finalize,
        max_bytes: 1 << 20,
        apply: if bit(6) {
            ApplyStrategy::ServerSide
        } else {
            ApplyStrategy::Dynamic
        },
        scopes: [None; 2],
        deletions: bit(7).then_some(&deletions),
    };
    let Ok(reviewed) = super::review(answer, &context) else {
        return;
    };
    let again = super::review(&reviewed.body, &context).map(|again| again.body.into_owned());
    assert_eq!(again.as_deref(), Ok(&*reviewed.body), "it does not settle");
    let Some(value) = parse(&reviewed.body) else {
        return;
    };
    assert!(value.is_object() && !has_null_element(&value), "{value}");
    if hook == Hook::Customize {
        return;
    }
    let children = value.get(context.kind.children_key());
    assert!(
        context.observed == 0 || children.is_some(),
        "children are forgotten: {value}"
    );
    let mut seen = HashSet::new();
    for child in children.and_then(Value::as_array).into_iter().flatten() {
        let text = |pointer| child.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = GroupKey::new(text("/apiVersion"), text("/kind"));
        assert!(declared.contains(&kind), "not declared: {child}");
        let own = parent.namespace.as_deref().unwrap_or_default();
        let namespace = Some(text("/metadata/namespace"))
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or(own);
        assert!(own.is_empty() || namespace == own, "elsewhere: {child}");
        let name = text("/metadata/name");
        assert!(!name.is_empty(), "nameless: {child}");
        assert!(
            seen.insert((kind, namespace.to_owned(), name.to_owned())),
            "twice: {child}"
        );
        assert!(child.get("status").is_none(), "with a status: {child}");
        assert!(
            context.apply == ApplyStrategy::ServerSide || !has_name_twice(child),
            "Metacontroller would lose an item: {child}"
        );
    }
}

/// Whether any list has a name twice where all items have a name and none of the keys that come first.
fn has_name_twice(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(has_name_twice),
        Value::Array(items) => {
            let mut seen = HashSet::new();
            let names = || items.iter().map(|item| item.get("name"));
            let first = ["containerPort", "port", "mountPath"];
            let is_named = names().all(|name| name.is_some_and(Value::is_string))
                && items
                    .iter()
                    .all(|item| first.iter().all(|key| item.get(key).is_none()));
            (is_named && !names().all(|name| seen.insert(name))) || items.iter().any(has_name_twice)
        }
        _ => false,
    }
}

/// A request to any hook: a view does not decide whether it is one, and what is left of it was in it. In a text that is not
/// JSON nothing is promised but an end: most of it is not looked at.
pub fn envelope(data: &[u8]) {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    let hook = match choice & 3 {
        0 | 1 => Hook::Sync,
        2 => Hook::Finalize,
        _ => Hook::Customize,
    };
    let read = |view| read_envelope(body, hook, &view).map(|envelope| envelope.trimmed);
    let (whole, less) = (read(View::everything()), read(View::default()));
    let Ok(all) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    assert_eq!(whole.is_ok(), less.is_ok(), "a view decides what is a request");
    if let (Ok(whole), Ok(less)) = (whole, less) {
        assert_eq!(whole.as_bytes(), body);
        let left = parse(&less).unwrap_or_default();
        assert!(is_part(&left, &all), "{left} is not in {all}");
    }
}

/// A view: whatever it says, the parent's identity stays, and what is left was there.
pub fn view(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let Ok(view) = View::from_json(&value) else {
        return;
    };
    let left = read_envelope(REQUEST, Hook::Sync, &view).map(|envelope| parse(&envelope.trimmed));
    let (Ok(Some(left)), Ok(all)) = (left, serde_json::from_slice::<Value>(REQUEST)) else {
        panic!("a recorded request is not read with {value}");
    };
    for pointer in ["/parent/apiVersion", "/parent/kind", "/parent/metadata/uid"] {
        assert_eq!(left.pointer(pointer), all.pointer(pointer), "{value}");
    }
    assert!(is_part(&left, &all), "{value}");
}

/// What `serde_json` reads, which must take what we took. It goes less deep.
fn parse(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(depth(text) >= 127, "{error}: {text}");
            None
        }
    }
}

fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => now += 1,
            b']' | b'}' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

fn has_null_element(value: &Value) -> bool {
    match value {
        Value::Array(list) => list
            .iter()
            .any(|value| value.is_null() || has_null_element(value)),
        Value::Object(map) => map.values().any(has_null_element),
        _ => false,
    }
}

/// Whether all of one value is in another, in lists in the same order.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|whole| is_part(value, whole))),
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|value| rest.any(|whole| is_part(value, whole)))
        }
        _ => part == whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"status":{"a":[1,2.5]},"children":[{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"hello","labels":{"a":"b"}},"spec":{"replicas":1.0}},{"apiVersion":"v1","kind":"Service","metadata":{"name":"hello","namespace":"cap2","annotations":{"a":"\u00e9"}}}],"resyncAfterSeconds":10,"finalized":true}"#;
    const VIEW: &str =
        r#"{"keep":["/parent/spec","/children/*/*/status","/related/*/*/data","/*/metadata"]}"#;
    /// What makes more of a difference than a random byte.
    const PIECES: [&str; 14] = [
        "null",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "1e9",
        "-0",
        "\\u0061",
        "\"status\":{},",
        "*",
        "/~1",
    ];

    /// Breaks an input here and there, `times` times, the same way at every run.
    fn mutate(input: &[u8], times: usize, target: fn(&[u8])) {
        target(input);
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed >> 33).unwrap() % below.max(1)
        };
        for _ in 0..times {
            let mut data = input.to_vec();
            data[0] = u8::try_from(next(256)).unwrap();
            for _ in 0..=next(3) {
                let at = 1 + next(data.len() - 1);
                let end = (at + next(12)).min(data.len());
                match next(4) {
                    0 => data[at] = u8::try_from(next(256)).unwrap(),
                    1 => drop(data.drain(at..end)),
                    2 => drop(data.splice(at..at, PIECES[next(PIECES.len())].bytes())),
                    _ => {
                        let again = data[at..end].to_vec();
                        drop(data.splice(at..at, again));
                    }
                }
                data.push(b' ');
            }
            target(&data);
        }
    }

    #[test]
    fn broken_answers_hold() {
        mutate(format!("\0{ANSWER}").as_bytes(), 20_000, review);
        mutate(
            format!("\x08{}", ANSWER.replace("children", "attachments")).as_bytes(),
            20_000,
            review,
        );
        let related = r#"{"relatedResources":[{"apiVersion":"v1","resource":"pods","names":["a"]}]}"#;
        mutate(format!("\x03{related}").as_bytes(), 5000, review);
    }

    #[test]
    fn broken_requests_hold() {
        let small = crate::tests::fixture("decorator-v2-sync-first.body");
        for body in [REQUEST, &small] {
            mutate(&[&[0], body].concat(), 2000, envelope);
        }
    }

    #[test]
    fn broken_views_hold() {
        view(VIEW.as_bytes());
        mutate(format!(" {VIEW}").as_bytes(), 2000, |data| {
            view(data.get(1..).unwrap_or_default());
        });
    }
}
