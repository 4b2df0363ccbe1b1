//! New versions that are broken or hostile: the one before serves on, and everybody is told why.

use super::*;

/// A description with a self-test that asks for the fixture.
fn with_self_test(guest: Guest) -> Guest {
    let request: Value = serde_json::from_slice(&body()).unwrap();
    guest.describe(&describing(&json!({
        "selfTest": [{"name": "first sync", "request": request}]
    })))
}

#[test]
fn a_version_that_cannot_be_used_leaves_the_one_before_and_both_digests_are_told_with_the_reason() {
    let mut bed = Bed::new("");
    let serving = bed.plugin("p")["digest"].clone();
    let broken = Guest::answering(r#"{"status":{},"children":[{"kind":"Deployment"}]}"#);
    let slow = Guest::default().start("(loop $l (br $l))");
    let table: [(Vec<u8>, &str, &str); 8] = [
        (b"garbage".to_vec(), "program", "not a WebAssembly component"),
        (
            version(2).component()[..400].to_vec(),
            "program",
            "is not a plugin: ",
        ),
        (
            Guest::with_a_clock().component(),
            "program",
            "unsupported imports: clock",
        ),
        (
            version(2).of_package(
                &std::fs::read_to_string(metawasm_tests::root().join("wit/hook.wit"))
                    .unwrap()
                    .replace("@0.1.0", "@0.9.0"),
                "0.9.0",
            ),
            "program",
            "0.9.0",
        ),
        (
            version(2).describe("{\"name\": 7}").component(),
            "description",
            "`describe` returned invalid JSON",
        ),
        (slow.component(), "program", "`describe` failed: "),
        (
            with_self_test(broken).component(),
            "self_test",
            "failed its self-test 1 (first sync): ",
        ),
        (
            with_self_test(Guest::running("(unreachable)")).component(),
            "self_test",
            "trapped",
        ),
    ];
    bed.under_load(&["p", "p"], |bed| {
        for (bytes, kind, part) in table {
            bed.put("p.wasm", bytes);
            let answer = bed.post_admin("/reload");
            assert_eq!(answer.status, 422, "{part}: {answer:?}");
            let report = &answer.json()["plugins"][0];
            assert_eq!((&report["result"], &report["from"]), (&json!("failed"), &serving), "{report}");
            assert!(report["reason"].as_str().unwrap().contains(part), "{part}: {report}");
            let candidate = report["to"].as_str().unwrap();
            let told = bed.plugin("p");
            assert_eq!((&told["digest"], &told["state"]), (&serving, &json!("ready")));
            assert_eq!(told["candidate"]["digest"], candidate);
            assert_eq!(told["candidate"]["reason"], report["reason"]);
            let series = format!(
                "metawasm_plugin_candidate{{plugin=\"p\",digest=\"{candidate}\",state=\"failed\",reason=\"{kind}\"}}"
            );
            assert_eq!(bed.host.metric(&series), Some(1.0), "{series}");
            let line = bed.host.wait_for_event(candidate);
            assert_eq!(line["serving"], serving, "{line}");
            assert!(line["message"].as_str().unwrap().contains(part), "{line}");
        }
    });
    assert_eq!(bed.host.get_admin("/readyz").status, 200);
    bed.put("p.wasm", with_self_test(version(3)).component());
    bed.reload();
    assert_eq!(
        (bed.version("p"), &bed.plugin("p")["candidate"]),
        (json!(3), &Value::Null)
    );
}

#[test]
fn a_plugin_that_is_removed_while_its_calls_run_finishes_them() {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &version(1).component());
    put(&folder, "q.wasm", &Guest::endless().component());
    let bed = Bed::with(folder, &(plugin("p") + &plugin("q")));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| bed.call("q"));
        until("it runs", || {
            bed.host.metric("metawasm_calls_running{plugin=\"q\"}") == Some(1.0)
        });
        bed.configure(&plugin("p"));
        let report = bed.reload();
        let removed = report["plugins"].as_array().unwrap().iter();
        assert!(
            removed.clone().any(|plugin| plugin["result"] == "removed"),
            "{report}"
        );
        assert_eq!(bed.call("q").status, 404);
        assert_eq!(running.join().unwrap().status, 504, "its own deadline ended it");
    });
    // It comes again, with a queue that is whole.
    bed.put("q.wasm", version(9).component());
    bed.configure(&(plugin("p") + &plugin("q")));
    bed.reload();
    assert_eq!(bed.version("q"), 9);
}

#[test]
fn reloads_at_the_same_time_follow_each_other_and_the_last_one_sees_the_newest() {
    let bed = Bed::new("");
    for number in 2..6 {
        bed.put("p.wasm", version(number).component());
        std::thread::scope(|scope| {
            let reloads: Vec<_> = (0..6).map(|_| scope.spawn(|| bed.reload())).collect();
            for reload in reloads {
                let report = reload.join().unwrap();
                assert_ne!(report["plugins"][0]["result"], "failed", "{report}");
            }
        });
        assert_eq!(bed.version("p"), number);
    }
    let swapped = &bed.plugin("p")["changes"]["swapped"];
    assert_eq!(swapped, 4, "each version once");
}

#[test]
fn a_version_that_takes_long_to_compile_delays_no_call_and_not_the_end_of_the_host() {
    let mut bed = Bed::new("");
    let bomb = Guest::compile_bomb(1).component();
    bed.under_load(&["p"], |bed| {
        bed.put("p.wasm", bomb);
        bed.host.signal("HUP");
        until("it is being loaded", || {
            bed.plugin("p")["candidate"]["state"] == "loading"
        });
        assert_eq!(bed.version("p"), 1);
        assert_eq!(bed.plugin("p")["state"], "ready");
    });
    let start = Instant::now();
    bed.host.signal("TERM");
    assert_eq!(bed.host.wait().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
