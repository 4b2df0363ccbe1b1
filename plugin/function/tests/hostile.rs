//! No input makes the plugin slow, big or panic. Every value of every golden case's request is
//! replaced by hostile ones in turn, so that a new field is tried without a word here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use metawasm_function::{Failure, customize, finalize, sync as hook};
use serde_json::{Value, json};
use support::{applied, cases};

/// A request with a hole, in which something else is put.
struct Place {
    /// Where the hole is, of whatever case: it is tried once.
    path: String,
    before: String,
    after: String,
    /// What is there in the case.
    value: Value,
    settings: String,
}

/// Elements of a list and members of an object. What takes time by their square takes minutes.
const MANY: usize = 20_000;
/// Their bytes, at most.
const ROOM: usize = 1 << 19;
/// As deep as JSON is read, and the request around it.
const DEEP: usize = 100;
/// The time of a processor. Work that grows with the input alone needs a hundredth of it.
const SLOW: Duration = Duration::from_millis(500);
/// The sandbox's stack.
const STACK: usize = 1 << 20;
/// What is in both contexts of a function and of Dapr's proxy, with escapes of escapes.
const COPIES: usize = 8;
/// What an answer may have besides, and what an invalid Function's may have.
const SMALL: usize = 200 << 10;
const HOLE: &str = "@hole@";

/// As many as there is room for.
fn many(open: char, one: impl Fn(usize) -> String, close: char) -> String {
    let mut text = String::from(open);
    for index in 0..MANY {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&one(index));
        if text.len() > ROOM {
            break;
        }
    }
    text.push(close);
    text
}

fn list(element: impl Fn(usize) -> String) -> String {
    many('[', element, ']')
}

/// The keys come in no order.
fn object(value: impl Fn(usize) -> String) -> String {
    let member = |index| format!("\"k{}\":{}", index * 7919 % MANY, value(index));
    many('{', member, '}')
}

/// What is put in every place.
fn everywhere() -> Vec<(&'static str, String)> {
    vec![
        ("deep lists", "[".repeat(DEEP) + &"]".repeat(DEEP)),
        ("deep objects", "{\"a\":".repeat(DEEP) + "1" + &"}".repeat(DEEP)),
        ("a number beyond i64", "18446744073709551616".to_owned()),
        ("a large number", "1e308".to_owned()),
        ("a number of many digits", "1".repeat(100_000)),
        ("null", "null".to_owned()),
        ("an empty text", "\"\"".to_owned()),
        ("a text", "\"a b\"".to_owned()),
        ("a list of texts", "[\"a\"]".to_owned()),
        ("an object of an object", "{\"a\":{}}".to_owned()),
    ]
}

/// What is put where a text is.
fn texts() -> Vec<(&'static str, String)> {
    let text = |text: &str| json!(text).to_string();
    vec![
        ("a long text", text(&"7".repeat(1 << 20))),
        ("a long text of quotes", text(&"\"\u{e9},".repeat(1 << 16))),
    ]
}

/// What is put where a list is.
fn lists() -> Vec<(&'static str, String)> {
    vec![
        ("many empty objects", list(|_| "{}".to_owned())),
        ("many nulls", list(|_| "null".to_owned())),
        ("many equal texts", list(|_| "\"a\"".to_owned())),
        ("many texts", list(|index| format!("\"a{index}\""))),
        ("many equal names", list(|_| "{\"name\":\"a\"}".to_owned())),
        ("many names", list(|index| format!("{{\"name\":\"a{index}\"}}"))),
    ]
}

/// What is put where an object is.
fn objects() -> Vec<(&'static str, String)> {
    vec![
        ("many members without anything", object(|_| "{}".to_owned())),
        ("many nulls by key", object(|_| "null".to_owned())),
        ("many texts by key", object(|index| format!("\"a{index}\""))),
    ]
}

/// The same as there is already, many times; `apart` makes each another.
fn of_its_kind(value: &Value, apart: bool) -> Option<String> {
    let one = |value: &Value| value.to_string();
    let nth = |value: &Value, index| {
        if apart {
            numbered(value, index).to_string()
        } else {
            one(value)
        }
    };
    match value {
        Value::Array(all) => all.last().map(|last| list(|index| nth(last, index))),
        Value::Object(all) => all
            .values()
            .next_back()
            .map(|last| object(|index| nth(last, index))),
        _ => None,
    }
}

/// The same with another name and another port.
fn numbered(value: &Value, index: usize) -> Value {
    match value {
        Value::Object(all) => all
            .iter()
            .map(|(key, value)| {
                let value = match value {
                    Value::String(text)
                        if ["name", "value", "mountPath", "topic"].contains(&key.as_str()) =>
                    {
                        json!(format!("{text}{index}"))
                    }
                    Value::Number(_) if key.ends_with("Port") => json!(index % 65_535 + 1),
                    value => numbered(value, index),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::String(text) => json!(format!("{index}{text}")),
        value => value.clone(),
    }
}

/// Every place of every case, and of every case once its children are there.
fn places() -> Vec<Place> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for case in cases() {
        let (mut request, settings) = support::case(&case);
        let answer = hook(&request.to_string(), &settings.to_string()).unwrap();
        collect(&request, &settings, &mut seen, &mut all);
        for child in applied(&serde_json::from_str(&answer).unwrap()) {
            let text = |at: &str| child.pointer(at).and_then(Value::as_str).unwrap().to_owned();
            let group = format!("{}.{}", text("/kind"), text("/apiVersion"));
            request["children"][group][text("/metadata/name")] = child.clone();
        }
        collect(&request, &settings, &mut seen, &mut all);
    }
    all
}

fn collect(request: &Value, settings: &Value, seen: &mut BTreeSet<String>, all: &mut Vec<Place>) {
    let mut pointers = Vec::new();
    walk(request, String::new(), String::new(), &mut pointers);
    for (pointer, path) in pointers {
        if !seen.insert(path.clone()) {
            continue;
        }
        let mut request = request.clone();
        let value = request.pointer_mut(&pointer).unwrap();
        let value = std::mem::replace(value, json!(HOLE));
        let text = request.to_string();
        let (before, after) = text.split_once(&format!("\"{HOLE}\"")).unwrap();
        all.push(Place {
            path,
            before: before.to_owned(),
            after: after.to_owned(),
            value,
            settings: settings.to_string(),
        });
    }
}

/// The pointers of a value, each with the same path for all elements of a list.
fn walk(value: &Value, pointer: String, path: String, all: &mut Vec<(String, String)>) {
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, format!("{pointer}/{index}"), format!("{path}/*"), all);
            }
        }
        Value::Object(object) => {
            let is_group = path.matches('/').count() == 2
                && (path.starts_with("/children/") || path.starts_with("/related/"));
            for (key, value) in object {
                let step = key.replace('~', "~0").replace('/', "~1");
                let shown = if is_group { "*" } else { &step };
                walk(value, format!("{pointer}/{step}"), format!("{path}/{shown}"), all);
            }
        }
        _ => {}
    }
    all.push((pointer, path));
}

/// How long this thread has had a processor, where the system tells it: others may be busy too.
fn used() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// What something makes, and how long it takes.
fn timed<T>(call: impl FnOnce() -> T) -> (T, Duration) {
    let (before, start) = (used(), Instant::now());
    let made = call();
    let took = before.zip(used()).map(|(before, after)| after - before);
    (made, took.unwrap_or_else(|| start.elapsed()))
}

/// Calls the hooks for which the place matters.
fn attempt(place: &Place, what: &str, shape: &str) -> Vec<String> {
    let request = format!("{}{shape}{}", place.before, place.after);
    let mut wrong = Vec::new();
    let starts = |all: &[&str]| all.iter().any(|start| place.path.starts_with(start));
    type Hook = fn(&str, &str) -> Result<String, Failure>;
    let hooks: [(&str, Hook, bool); 3] = [
        ("sync", hook, true),
        ("customize", customize, starts(&["/parent/spec", "/controller"])),
        (
            "finalize",
            finalize,
            starts(&["/children", "/parent/metadata", "/parent/status"]),
        ),
    ];
    for (name, hook, matters) in hooks {
        if !matters {
            continue;
        }
        let (answer, took) = timed(|| catch_unwind(|| hook(&request, &place.settings)));
        let mut say =
            |wrong_how: String| wrong.push(format!("{name}: {what} at {}: {wrong_how}", place.path));
        if took > SLOW {
            say(format!("takes {took:?}"));
        }
        if let Ok(least) = std::env::var("HOSTILE_SLOW")
            && took > Duration::from_millis(least.parse().unwrap())
        {
            println!(
                "SLOW {took:?} {name}: {what} at {} ({} bytes)",
                place.path,
                request.len()
            );
        }
        match answer {
            Err(_) => say("panics".to_owned()),
            Ok(Ok(answer)) => {
                let limit = match answer.contains("\"reason\":\"Invalid\"") {
                    true => place.before.len() + place.after.len() + SMALL,
                    false => COPIES * request.len() + SMALL,
                };
                if answer.len() > limit {
                    say(format!("{} bytes answer {}", answer.len(), request.len()));
                }
            }
            Ok(Err(
                Failure::Invalid(reason) | Failure::Internal(reason) | Failure::RetryLater { reason, .. },
            )) => {
                if reason.is_empty() || reason.len() > SMALL {
                    say(format!("fails with {} bytes", reason.len()));
                }
            }
        }
    }
    wrong
}

#[test]
fn nothing_in_any_place_is_slow_or_big_or_panics() {
    let (everywhere, texts, lists, objects) = (everywhere(), texts(), lists(), objects());
    let places = places();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
            let shapes = match place.value {
                Value::Array(_) => &*lists,
                Value::Object(_) => &*objects,
                Value::String(_) => &*texts,
                _ => &[],
            };
            for (what, shape) in everywhere.iter().chain(shapes) {
                wrong.extend(attempt(place, what, shape));
            }
            for (what, apart) in [("many times the same", false), ("many of the same kind", true)] {
                if let Some(shape) = of_its_kind(&place.value, apart) {
                    wrong.extend(attempt(place, what, &shape));
                }
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let thread = || {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .unwrap()
        };
        let threads = [thread(), thread()];
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(places.len() > 500, "{}", places.len());
}

/// What is looked for, and where: each grows alone, and both together.
#[test]
fn nothing_multiplies_across_places() {
    let objects = |kind: &str, version: &str, rest: Value| -> Value {
        let all = (0..MANY).map(|index| {
            let name = format!("a{index}");
            let mut object = rest.clone();
            object["apiVersion"] = json!(version);
            object["kind"] = json!(kind);
            object["metadata"]["name"] = json!(name);
            object["metadata"]["namespace"] = json!("demo");
            (name, object)
        });
        Value::Object(all.collect())
    };
    let names = |other: &str| -> Value {
        (0..MANY)
            .map(|index| json!({"name": format!("{other}{index}")}))
            .collect()
    };
    let keys =
        || -> Value { Value::Object((0..MANY).map(|index| (format!("a{index}"), json!({}))).collect()) };
    let tried = |what: &str, request: &Value| {
        let text = request.to_string();
        let settings = json!({"checkNames": true}).to_string();
        for hook in [hook, customize, finalize] {
            let (_, took) = timed(|| hook(&text, &settings));
            assert!(took < SLOW, "{what} takes {took:?}");
        }
    };

    let (mut dapr, _) = support::case("dapr_existing");
    dapr["controller"]["spec"]["childResources"] =
        json!([{"apiVersion": "dapr.io/v1alpha1", "resource": "components"}]);
    dapr["related"]["Component.dapr.io/v1alpha1"] = objects("Component", "dapr.io/v1alpha1", json!({}));
    for (field, value) in [("inputs", names("a")), ("dapr", names("b"))] {
        let mut request = dapr.clone();
        request["parent"]["spec"]["serving"]["triggers"][field] = value;
        tried(field, &request);
    }
    for (field, value) in [("outputs", names("a")), ("states", keys())] {
        let mut request = dapr.clone();
        request["parent"]["spec"]["serving"][field] = value;
        tried(field, &request);
    }

    let (mut build, _) = support::case("build_history");
    build["parent"]["spec"]["build"]["successfulBuildsHistoryLimit"] = json!(i32::MAX);
    let done = json!({"status": {"conditions": [{"type": "Succeeded", "status": "True"}]}});
    build["children"]["BuildRun.shipwright.io/v1beta1"] = objects("BuildRun", "shipwright.io/v1beta1", done);
    tried("history", &build);

    // A move from one runtime to another, which keeps what the earlier one has.
    let (mut moving, _) = support::case("knative");
    let text =
        |name: &str| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}).to_string();
    let mut services = objects("Service", "v1", json!({}));
    for (name, service) in services.as_object_mut().unwrap() {
        service["metadata"]["annotations"]["metacontroller.k8s.io/last-applied-configuration"] =
            json!(text(name));
    }
    moving["children"]["Service.v1"] = services;
    let name = moving["parent"]["metadata"]["name"].clone();
    let mut old = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}});
    old["metadata"]["annotations"]["metacontroller.k8s.io/last-applied-configuration"] =
        json!(old.to_string());
    moving["children"]["Deployment.apps/v1"]["old"] = old;
    tried("a move", &moving);
}

/// Texts that others have taken YAML libraries down with, wherever YAML is read.
#[test]
fn no_text_of_yaml_is_slow_or_big_or_stops_the_function() {
    let bomb = (1..10).fold("a0: &a0 [lol]\n".to_owned(), |text, level| {
        let one = format!("*a{}", level - 1);
        format!("{text}a{level}: &a{level} [{}]\n", [&*one; 9].join(", "))
    });
    let tracing = "enabled: true\nprovider: {name: skywalking}\ntags:\n";
    let tags: String = (0..2000)
        .map(|index| format!("  k{index}: 'a\u{e9}\"'\n"))
        .collect();
    let repeated = format!("{tracing}  a: &a '{}'\n{}", "x\"".repeat(900), {
        let members = (0..30).map(|index| format!("  k{index}: *a\n"));
        members.collect::<String>()
    });
    let texts = [
        bomb.clone(),
        format!("pre: [a]\n{bomb}"),
        format!("{tracing}{tags}"),
        repeated,
        format!("pre: [{}]", "a, ".repeat(4000)),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "&a ".repeat(350_000),
        "- &a [*a, *a]\n".repeat(50_000),
        format!("pre: '{}", "a".repeat(60_000)),
        format!("{}: a", "a".repeat(60_000)),
        format!("? {}\n", "a ".repeat(30_000)),
        "a: b\n".repeat(13_000),
        (0..6000).map(|index| format!("k{index}: b\n")).collect(),
        format!("pre:\n{}", "- {a: b}\n".repeat(1000)),
        "x".repeat(1 << 20),
        "|\n a\n".repeat(10_000),
        "\u{feff}".repeat(20_000),
    ];
    for text in &texts {
        for key in ["plugins", "plugins.tracing"] {
            let (mut request, settings) = support::case("plugins_annotation");
            request["parent"]["metadata"]["annotations"] = json!({key: text});
            let (mut global, _) = support::case("hooks_global");
            let config = "ConfigMap.v1";
            let name = global["related"][config]
                .as_object()
                .unwrap()
                .keys()
                .next()
                .unwrap()
                .clone();
            global["related"][config][&name]["data"] = json!({key: text});
            for request in [request, global] {
                let request = request.to_string();
                for hook in [hook, customize, finalize] {
                    let shown: String = text.chars().take(40).collect();
                    let (answer, took) = timed(|| hook(&request, &settings.to_string()).unwrap());
                    assert!(took < SLOW, "{shown:?} takes {took:?}");
                    let limit = COPIES * text.len().max(1 << 16) + SMALL;
                    assert!(answer.len() < limit, "{shown:?} answers {}", answer.len());
                    assert!(!answer.contains("\"reason\":\"Invalid\""), "{shown:?}: {answer}");
                }
            }
        }
    }
}
