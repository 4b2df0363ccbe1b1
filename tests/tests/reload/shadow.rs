//! A version that runs beside the one that serves.

use super::*;

const SHADOW: &str = "  shadow: file:next.wasm\n";

/// Serves version 1 with another one beside it.
fn bed(next: &Guest) -> Bed {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &version(1).component());
    put(&folder, "next.wasm", &next.component());
    Bed::with(folder, &(plugin("p") + SHADOW))
}

/// The version 2, which has a child more.
fn next() -> Guest {
    Guest::answering(
        json!({"status": {"version": 2}, "children": [{
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "more"},
            "spec": {"selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}},
        }]})
        .to_string(),
    )
}

#[test]
fn what_a_shadow_would_change_is_shown_and_it_serves_when_it_is_promoted() {
    let mut bed = bed(&next());
    assert_eq!(bed.version("p"), 1, "only the one that serves answers");
    until("it is compared", || bed.shadow("p")["different"] == 1);
    let told = bed.shadow("p");
    let (serving, shadow) = (
        told["serving"]["digest"].clone(),
        told["shadow"]["digest"].clone(),
    );
    assert_ne!(serving, shadow);
    assert_eq!(
        (&told["compared"], &told["failed"], &told["equal"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let difference = &told["differences"][0];
    let parent = difference["parent"].as_str().unwrap();
    assert!(parent.starts_with("Function "), "{difference}");
    let namespace = parent
        .strip_prefix("Function ")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    assert_eq!(
        difference["children"],
        json!([{"child": format!("Deployment.apps {namespace}/more"), "change": "added"}])
    );
    assert_eq!(
        difference["fields"],
        json!([{"path": "status.version", "old": 1, "new": 2}])
    );
    let line = bed.host.wait_for_event("the shadow answers differently: ");
    assert_eq!((&line["serving"], &line["shadow"]), (&serving, &shadow), "{line}");
    assert_eq!(
        bed.host
            .metric("metawasm_shadow_total{plugin=\"p\",result=\"different\"}"),
        Some(1.0)
    );
    // The same request is compared once, though it is answered again.
    assert_eq!((bed.version("p"), bed.version("p")), (json!(1), json!(1)));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(bed.shadow("p")["compared"], 1);

    let wrong = bed.post_admin(&format!(
        "/plugins/p/promote?digest={}",
        serving.as_str().unwrap()
    ));
    assert_eq!(wrong.status, 409, "{wrong:?}");
    assert_eq!(bed.version("p"), 1);
    let right = format!("/plugins/p/promote?digest={}", shadow.as_str().unwrap());
    let (_, done) = bed.under_load(&["p", "p"], |bed| bed.post_admin(&right));
    assert_eq!(
        done.json(),
        json!({"name": "p", "result": "promoted", "from": serving, "to": shadow})
    );
    assert_eq!(
        (bed.version("p"), &bed.plugin("p")["digest"]),
        (json!(2), &shadow)
    );
    // Neither a reload nor the watch undoes it.
    bed.reload();
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(bed.version("p"), 2);
    assert_eq!(bed.post_admin("/plugins/p/rollback").status, 200);
    assert_eq!(bed.version("p"), 1);
    // To make it last, the configuration names it.
    bed.configure("- name: p\n  source: file:next.wasm\n");
    bed.reload();
    assert_eq!(bed.version("p"), 2);
    assert_eq!(bed.host.get_admin("/plugins/p/shadow").status, 404);
}

#[test]
fn a_shadow_that_answers_the_same_is_equal_and_a_new_version_of_it_is_compared_anew() {
    let same = Guest::answering(r#"{"children": [], "status": {"version": 1.0}}"#);
    let bed = bed(&same);
    bed.version("p");
    until("it is compared", || bed.shadow("p")["equal"] == 1);
    bed.put("next.wasm", next().component());
    until("the new version is there", || bed.shadow("p")["equal"] == 0);
    bed.version("p");
    until("it is compared", || bed.shadow("p")["different"] == 1);
    // The serving one changes: what was seen is about another one.
    bed.put("p.wasm", version(3).component());
    until("it serves", || bed.version("p") == 3);
    until("it is compared", || {
        bed.version("p");
        let fields = &bed.shadow("p")["differences"][0]["fields"];
        *fields == json!([{"path": "status.version", "old": 3, "new": 2}])
    });
}

#[test]
fn a_shadow_that_traps_loops_lies_or_floods_the_log_is_counted_and_hurts_nobody() {
    let flood =
        r#"(loop $l (call $log (i32.const 3) (i32.const 1024) (i32.const 100)) (br $l)) (unreachable)"#;
    let flood = Guest::running(flood)
        .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#);
    let refused = Guest::answering(r#"{"status":{},"children":[{"kind":"Secret"}]}"#);
    for (shadow, part) in [
        (Guest::running("(unreachable)"), "trapped"),
        (Guest::endless(), "timed out"),
        (flood, "timed out"),
        (refused, "/children/0"),
    ] {
        let mut bed = bed(&shadow);
        bed.under_load(&["p", "p"], |bed| {
            until("it is counted", || bed.shadow("p")["failed"] == 1);
        });
        let told = bed.shadow("p");
        let why = told["differences"][0]["failed"].as_str().unwrap();
        assert!(why.contains(part), "{part}: {why}");
        assert_eq!(
            bed.host.count_lines("\"target\":\"guest\""),
            0,
            "its log lines are dropped"
        );
        assert!(bed.host.count_lines("the shadow failed: ") <= 10);
    }
}

#[test]
fn a_slow_shadow_skips_what_does_not_fit_into_its_queue() {
    let bed = bed(&Guest::endless());
    for number in 0..60 {
        // Another request each time.
        let mut body: Value = serde_json::from_slice(&body()).unwrap();
        body["parent"]["metadata"]["generation"] = json!(number + 10);
        let answer = bed.host.post("/p/sync", &serde_json::to_vec(&body).unwrap());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let skipped = bed.shadow("p")["skipped"].as_u64().unwrap();
    assert!(skipped >= 30, "{skipped}");
}

#[test]
fn a_shadow_that_cannot_be_loaded_is_told_and_comes_when_its_file_is_right() {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &version(1).component());
    put(&folder, "next.wasm", b"garbage");
    let bed = Bed::with(folder, &(plugin("p") + SHADOW));
    assert_eq!(bed.version("p"), 1);
    let told = bed.shadow("p");
    assert_eq!(told["candidate"]["state"], "failed");
    assert!(
        told["candidate"]["reason"]
            .as_str()
            .unwrap()
            .contains("not a WebAssembly component"),
        "{told}"
    );
    assert_eq!(bed.post_admin("/plugins/p/promote").status, 409);
    bed.put("next.wasm", next().component());
    until("it is there", || bed.shadow("p")["shadow"]["digest"].is_string());
    assert_eq!(bed.shadow("p")["candidate"], Value::Null);
    bed.configure(&plugin("p"));
    until("it goes", || {
        bed.host.get_admin("/plugins/p/shadow").status == 404
    });
}
