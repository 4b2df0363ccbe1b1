//! A host with a memo answers as one without.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use metawasm::catalogue::{Catalogue, Fetcher, Source, load};
use metawasm::config::plugin_spec;
use metawasm::pipeline::{AdmissionOptions, HookRequest, MemoOptions, MemoUse, Outcome, Pipeline};
use metawasm::sandbox::{Sandbox, SandboxOptions};
use metawasm::serve::verdict;
use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::Folder;
use metawasm_tests::{fixture, function_plugin};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A guest whose answer shows all that it sees: request and settings.
fn mirror(view: Value) -> Guest {
    const ANSWER: u32 = 16 << 10;
    let parts = [r#"{"status":{"seen":"#, r#","settings":"#, r#"},"children":[]}"#];
    let from: Vec<usize> = parts
        .iter()
        .scan(ANSWER as usize, |at, part| {
            let from = *at;
            *at += part.len();
            Some(from)
        })
        .collect();
    let add = |from: &str, length: &str| {
        format!(
            "(memory.copy (local.get $to) {from} {length}) (local.set $to (i32.add (local.get $to) {length}))"
        )
    };
    let part = |index: usize| {
        let (from, length) = (from[index], parts[index].len());
        add(&format!("(i32.const {from})"), &format!("(i32.const {length})"))
    };
    let code = format!(
        "(local $to i32) (drop (memory.grow (i32.const 8))) (local.set $to (global.get $top))
         {} {} {} {} {}
         (i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (global.get $top))
         (i32.store (i32.const 24) (i32.sub (local.get $to) (global.get $top))) (i32.const 16)",
        part(0),
        add("(local.get 0)", "(local.get 1)"),
        part(1),
        add("(local.get 2)", "(local.get 3)"),
        part(2),
    );
    let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    description["settings"] = json!({"type": "object"});
    description["view"] = view;
    Guest::running(&code)
        .saying(parts.concat())
        .describe(&description.to_string())
}

/// Names of the plugins: two settings, two views, one bound, and the real one.
const PLUGINS: [&str; 5] = ["one", "set", "view", "small", "function"];

async fn pipeline(memo: Option<usize>) -> Pipeline {
    let folder = Folder::new("memo");
    let all = folder.write("all.wasm", mirror(json!({"drop": []})).component());
    let less = folder.write(
        "less.wasm",
        mirror(json!({"drop": ["/controller", "/parent/spec"]})).component(),
    );
    let sandbox = Sandbox::new(SandboxOptions {
        concurrency: 8,
        memory: 64 << 20,
        table_elements: 100_000,
    })
    .unwrap();
    let mut catalogue = Catalogue::default();
    for name in PLUGINS {
        let file = match name {
            "function" => function_plugin(),
            "view" => less.clone(),
            _ => all.clone(),
        };
        let mut spec = plugin_spec(name.to_owned(), Source::File(file));
        match name {
            "set" => spec.settings = Some(json!({"a": 1})),
            "small" => spec.limits.answer = 64 << 10,
            _ => {}
        }
        catalogue.insert(name, load(&sandbox, &Fetcher::default(), &spec).await);
    }
    assert!(catalogue.complete());
    Pipeline::new(sandbox, catalogue, AdmissionOptions::default()).with_memo(MemoOptions {
        enabled: memo.is_some(),
        size: memo.unwrap_or_default(),
    })
}

struct Hosts {
    runtime: Runtime,
    /// With a memo; with one that is nearly always full; without.
    all: [Arc<Pipeline>; 3],
}

static HOSTS: LazyLock<Hosts> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let all = [Some(64 << 20), Some(1 << 20), None].map(|size| Arc::new(runtime.block_on(pipeline(size))));
    Hosts { runtime, all }
});

/// What a caller gets: status, body, ETag.
type Got = (u16, Bytes, Option<Arc<str>>);

async fn ask(
    host: &Pipeline,
    plugin: &str,
    body: Bytes,
    if_none_match: Option<&str>,
) -> (Got, Option<MemoUse>) {
    let route = host
        .route(plugin, "sync")
        .unwrap_or_else(|_| panic!("{plugin} has no sync"));
    let done = host.answer(&route, HookRequest { body, if_none_match }).await;
    let status = verdict(&done.outcome).status.as_u16();
    let got = match done.outcome {
        Outcome::Answer { body, etag } => (status, body, etag),
        Outcome::NotModified { etag } => (status, Bytes::new(), Some(etag)),
        // It names the plugin, not the host.
        other => (status, Bytes::from(other.sentence()), None),
    };
    (got, done.report.memo)
}

/// A change of a request.
#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    /// Only a view that cuts the controller hides it.
    Timeout,
    Etag,
    Rolling,
    Version,
    /// Only a view that cuts `/parent/spec` hides it.
    Spec(u8),
    /// Nothing hides these.
    Uid,
    Name,
    Finalizing,
    Observed,
    Declared,
    /// The default view hides it, these do not.
    ManagedFields(u8),
    /// Refused.
    OtherParent,
    NoParent,
    Cut,
    /// The same values in other bytes.
    Space,
}

fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    prop_oneof![
        4 => Just(None), 1 => Just(Timeout), 3 => Just(Etag), 2 => Just(Rolling), 1 => Just(Version),
        2 => (0..2_u8).prop_map(Spec), 1 => Just(Uid), 1 => Just(Name), 1 => Just(Finalizing),
        1 => Just(Observed), 1 => Just(Declared), 2 => (0..2_u8).prop_map(ManagedFields),
        1 => Just(OtherParent), 1 => Just(NoParent), 1 => Just(Cut), 1 => Just(Space),
    ]
}

static BODIES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    ["first", "second", "ready"]
        .iter()
        .map(|name| serde_json::from_slice(&fixture(&format!("composite-v2-sync-{name}.body"))).unwrap())
        .collect()
});

fn body(which: usize, changes: &[Change]) -> Bytes {
    let mut body = BODIES[which].clone();
    let mut text: fn(String) -> String = |text| text;
    for change in changes {
        let webhook = &mut body["controller"]["spec"]["hooks"]["sync"]["webhook"];
        match change {
            Change::None => {}
            Change::Timeout => webhook["timeout"] = json!("7s"),
            Change::Etag => webhook["etag"] = json!({"enabled": true}),
            Change::Rolling => {
                body["controller"]["spec"]["childResources"][0]["updateStrategy"] =
                    json!({"method": "RollingInPlace"});
            }
            Change::Version => body["controller"]["spec"]["hooks"]["sync"]["version"] = json!("v1"),
            Change::Spec(n) => body["parent"]["spec"]["more"] = json!(n),
            Change::Uid => body["parent"]["metadata"]["uid"] = json!("other"),
            Change::Name => body["parent"]["metadata"]["name"] = json!("other"),
            Change::Finalizing => body["finalizing"] = json!(true),
            Change::Observed => body["children"]["Service.v1"] = json!({}),
            Change::Declared => body["children"]["Extra.e.io/v1"] = json!({}),
            Change::ManagedFields(n) => body["parent"]["metadata"]["managedFields"] = json!([{"manager": n}]),
            Change::OtherParent => body["parent"]["kind"] = json!("Other"),
            Change::NoParent => drop(body.as_object_mut().and_then(|body| body.remove("parent"))),
            Change::Cut => text = |text| text[..text.len() / 2].to_owned(),
            Change::Space => text = |text| format!("{text} "),
        }
    }
    Bytes::from(text(body.to_string()))
}

/// A request: plugin, recorded body, changes of it, and what the caller holds.
type Request = (usize, usize, Vec<Change>, u8);

fn request() -> impl Strategy<Value = Request> {
    let changes = proptest::collection::vec(change(), 1..3);
    (0..PLUGINS.len(), 0..3_usize, changes, 0..6_u8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The same statuses, bytes and ETags with a memo, with a small one and without, whatever was asked
    /// before and at the same time; and equal ETags are equal answers.
    #[test]
    fn a_memo_changes_nothing_that_a_caller_gets(
        requests in proptest::collection::vec(request(), 1..40),
        at_once in 1..8_usize,
    ) {
        let mut answers = HashMap::<Arc<str>, Bytes>::new();
        // Twice, so that what was kept is asked for.
        let twice: Vec<&Request> = requests.iter().chain(&requests).collect();
        for some in twice.chunks(at_once) {
            let mut tasks = Vec::new();
            for (plugin, which, changes, holds) in some {
                let (plugin, body, holds) = (PLUGINS[*plugin], body(*which, changes), *holds);
                for host in &HOSTS.all {
                    let (host, body) = (host.clone(), body.clone());
                    tasks.push(HOSTS.runtime.spawn(async move {
                        let first = match holds {
                            0..3 => None,
                            3 => Some("*".to_owned()),
                            4 => Some("\"0\", W/\"1\"".to_owned()),
                            // What it got before.
                            _ => {
                                let (got, _) = ask(&host, plugin, body.clone(), Some("\"0\"")).await;
                                Some(got.2.map_or_else(|| "\"0\"".to_owned(), |etag| etag.to_string()))
                            }
                        };
                        ask(&host, plugin, body, first.as_deref()).await.0
                    }));
                }
            }
            let mut got = Vec::new();
            for task in tasks {
                got.push(HOSTS.runtime.block_on(task).unwrap());
            }
            for (request, got) in some.iter().zip(got.chunks(HOSTS.all.len())) {
                let rolling = request.2.iter().any(|change| matches!(change, Change::Rolling));
                prop_assert!(got.iter().all(|other| *other == got[0]), "{request:?}: {got:?}");
                let (status, body, etag) = &got[0];
                prop_assert!(etag.is_none() || (!rolling && matches!(status, 200 | 304)));
                if let (200, Some(etag)) = (status, etag) {
                    let before = answers.entry(etag.clone()).or_insert_with(|| body.clone());
                    prop_assert_eq!(before, body, "one ETag, two answers");
                }
            }
        }
    }
}

fn etag(plugin: &str, body: Bytes) -> Arc<str> {
    let ((status, text, etag), _) = HOSTS
        .runtime
        .block_on(ask(&HOSTS.all[0], plugin, body, Some("\"0\"")));
    assert_eq!(status, 200, "{text:?}");
    etag.unwrap()
}

#[test]
fn what_the_guest_or_the_review_sees_changes_the_etag_and_what_is_cut_does_not() {
    use Change::*;
    // The mirror "view" sees neither controller nor the parent's spec.
    let plain = etag("view", body(2, &[None]));
    for hidden in [Timeout, Etag, Spec(0), Space] {
        let same = etag("view", body(2, &[hidden]));
        // White space at the end is part of what is left.
        assert_eq!(same == plain, !matches!(hidden, Space), "{hidden:?}");
    }
    for seen in [
        Version,
        Uid,
        Name,
        Finalizing,
        Observed,
        Declared,
        ManagedFields(0),
    ] {
        assert_ne!(etag("view", body(2, &[seen])), plain, "{seen:?}");
    }
    // Each plugin, setting, view and bound has its own.
    let mut all: Vec<Arc<str>> = PLUGINS
        .iter()
        .map(|plugin| etag(plugin, body(2, &[None])))
        .collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), PLUGINS.len());
}

/// One that has not been asked by any other test.
fn host() -> Arc<Pipeline> {
    Arc::new(HOSTS.runtime.block_on(pipeline(Some(8 << 20))))
}

#[test]
fn each_way_to_an_answer_is_told_apart() {
    let host = host();
    let ask = |body: Bytes, holds: Option<&str>| HOSTS.runtime.block_on(ask(&host, "view", body, holds));
    let (first, used) = ask(body(2, &[Change::None]), None);
    assert_eq!((first.0, used), (200, Some(MemoUse::Miss)));
    // The answer is kept at the second time, the body at the third.
    for expected in [MemoUse::Miss, MemoUse::HitTrimmed, MemoUse::Hit, MemoUse::Hit] {
        let (again, used) = ask(body(2, &[Change::None]), None);
        assert_eq!((again, used), (first.clone(), Some(expected)));
    }
    let (other, used) = ask(body(2, &[Change::Timeout]), None);
    assert_eq!((other, used), (first.clone(), Some(MemoUse::HitTrimmed)));
    let (asked, _) = ask(body(2, &[Change::None]), Some("\"0\""));
    let etag = asked.2.unwrap();
    for changes in [[Change::None], [Change::Timeout]] {
        let (held, used) = ask(body(2, &changes), Some(&etag));
        assert_eq!((held.0, used), (304, Some(MemoUse::NotModified)));
    }
    let stats = host.memo_stats().unwrap();
    assert_eq!((stats.entries, stats.evictions), (3, 0), "{stats:?}");
}

#[test]
fn of_equal_requests_at_once_those_that_come_while_one_runs_do_not_run() {
    let host = host();
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let host = host.clone();
            HOSTS
                .runtime
                .spawn(async move { ask(&host, "function", body(2, &[Change::None]), None).await })
        })
        .collect();
    let got: Vec<_> = tasks
        .into_iter()
        .map(|task| HOSTS.runtime.block_on(task).unwrap())
        .collect();
    assert!(
        got.iter().all(|(one, _)| one.0 == 200 && *one == got[0].0),
        "{got:?}"
    );
    let runs = got
        .iter()
        .filter(|(_, used)| *used == Some(MemoUse::Miss))
        .count();
    // One that comes when the first is over and nobody has waited for it is the second to come.
    assert!((1..=2).contains(&runs), "{runs}");
}

#[test]
fn a_host_that_is_about_to_stop_gives_what_it_knows_and_runs_nothing_new() {
    let host = host();
    let ask = |changes: Change, holds| {
        HOSTS
            .runtime
            .block_on(ask(&host, "one", body(2, &[changes]), holds))
            .0
    };
    let known = ask(Change::None, None);
    assert_eq!(known.0, 200);
    // Known is what came twice.
    ask(Change::None, None);
    let etag = ask(Change::Uid, Some("\"0\"")).2.unwrap();
    host.refuse_new();
    assert_eq!(ask(Change::None, None), known);
    assert_eq!(ask(Change::Uid, Some(&etag)).0, 304);
    assert_eq!(ask(Change::Name, None).0, 429);
    assert!(
        host.load()
            .iter()
            .all(|load| (load.waiting, load.running) == (0, 0))
    );
}
