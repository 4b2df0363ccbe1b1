//! Plugins that are added, changed and removed in the configuration file.

use super::*;

#[test]
fn plugins_come_change_and_go_by_editing_the_file() {
    let mut bed = Bed::new("");
    bed.put("q.wasm", echo().component());
    let with = |settings: &str| plugin("p") + &plugin("q") + &format!("  settings: {settings}\n");
    bed.under_load(&["p"], |bed| {
        bed.configure(&with("{version: 5}"));
        until("it comes", || bed.call("q").status == 200);
        assert_eq!(
            bed.host
                .metric("metawasm_requests_total{plugin=\"q\",hook=\"sync\",outcome=\"trap\"}"),
            Some(0.0),
            "its metrics exist"
        );
        assert_eq!(bed.version("q"), 5);
        bed.configure(&with("{version: 6}"));
        until("it changes", || bed.version("q") == 6);
        bed.configure(&with("{version: six}"));
        until("it is told", || bed.plugin("q")["candidate"]["state"] == "failed");
        let reason = bed.plugin("q")["candidate"]["reason"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            reason.contains("invalid settings: ") && reason.contains("version"),
            "{reason}"
        );
        assert_eq!(bed.version("q"), 6);
        bed.configure(&plugin("p"));
        until("it goes", || bed.call("q").status == 404);
    });
    assert_eq!(bed.plugin("q"), Value::Null);
    assert_eq!(bed.host.metric("metawasm_plugin_loaded{plugin=\"q\"}"), None);
    assert_eq!(bed.host.metric("metawasm_calls_running{plugin=\"q\"}"), None);
}

/// A plugin that answers with its settings as the status.
fn echo() -> Guest {
    let (before, after) = (r#"{"status":"#, r#","children":[]}"#);
    let add = |from: &str, length: &str| {
        format!(
            "(memory.copy (local.get $to) {from} {length}) (local.set $to (i32.add (local.get $to) {length}))"
        )
    };
    let text = |at: usize, text: &str| {
        add(
            &format!("(i32.const {at})"),
            &format!("(i32.const {})", text.len()),
        )
    };
    const ANSWER: usize = 16 << 10;
    let code = format!(
        "(local $to i32) (drop (memory.grow (i32.const 8))) (local.set $to (global.get $top))
         {} {} {}
         (i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (global.get $top))
         (i32.store (i32.const 24) (i32.sub (local.get $to) (global.get $top))) (i32.const 16)",
        text(ANSWER, before),
        add("(local.get 2)", "(local.get 3)"),
        text(ANSWER + before.len(), after),
    );
    let schema = json!({"type": "object", "properties": {"version": {"type": "integer"}}});
    Guest::running(&code)
        .saying([before, after].concat())
        .describe(&describing(&json!({ "settings": schema })))
}

#[test]
fn a_wrong_file_is_refused_as_a_whole_with_its_place_and_a_right_one_is_taken_again() {
    let mut bed = Bed::new("");
    bed.put("q.wasm", version(2).component());
    // Both a plugin more and an error: nothing of it counts.
    let wrong = plugin("q") + "  limits: {speed: 3}\n";
    bed.configure(&wrong);
    let line = bed
        .host
        .wait_for_line("the configuration is invalid; still using the previous one");
    assert!(
        line.contains("metawasm.yaml") && line.contains("speed") && line.contains("line 6"),
        "{line}"
    );
    let answer = bed.post_admin("/reload");
    assert_eq!(answer.status, 422, "{answer:?}");
    let config = &answer.json()["config"];
    assert_eq!(config["result"], "refused");
    assert!(config["reason"].as_str().unwrap().contains("column"), "{config}");
    assert_eq!((bed.version("p"), bed.call("q").status), (json!(1), 404));
    assert!(
        bed.host
            .metric("metawasm_reloads_total{section=\"config\",result=\"failed\"}")
            >= Some(2.0)
    );
    bed.configure(&(plugin("p") + &plugin("q")));
    until("it is taken", || bed.call("q").status == 200);
    assert_eq!(bed.version("p"), 1);
    bed.configure("  []\n");
    let answer = bed.post_admin("/reload");
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.body.contains("no plugin configured"), "{answer:?}");
    assert_eq!(bed.version("p"), 1);
}

#[test]
fn more_memory_than_the_pool_was_made_for_needs_a_restart_and_less_does_not() {
    let bed = Bed::new("");
    bed.configure(&(plugin("p") + "  limits: {memory: 512Mi}\n"));
    let answer = bed.post_admin("/reload");
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.body.contains("restart the host"), "{answer:?}");
    assert_eq!(bed.version("p"), 1);
    bed.configure(&(plugin("p") + "  limits: {memory: 32Mi, concurrency: 3}\n"));
    bed.reload();
    assert_eq!(bed.plugin("p")["limits"]["memory"], 32 << 20);
    assert_eq!(bed.plugin("p")["limits"]["concurrency"], 3);
    assert_eq!(bed.plugin("p")["candidate"], Value::Null);
}

#[test]
fn equal_files_are_compiled_once_under_any_number_of_names() {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &version(1).component());
    let names: String = (0..50)
        .map(|number| format!("- name: p{number}\n  source: file:p.wasm\n"))
        .collect();
    let mut bed = Bed::with(folder, &names);
    assert_eq!(bed.host.count_lines("\"code\":\"compiled\""), 1);
    assert_eq!(bed.host.count_lines("\"code\":\"shared\""), 49);
    bed.put("p.wasm", version(2).component());
    let report = bed.reload();
    assert!(
        report["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .all(|plugin| plugin["result"] != "failed"),
        "{report}"
    );
    assert_eq!((bed.version("p0"), bed.version("p49")), (json!(2), json!(2)));
    assert_eq!(bed.host.count_lines("\"code\":\"compiled\""), 2);
}

#[test]
fn a_web_page_changes_nothing_and_unknown_names_are_told() {
    let bed = Bed::new("");
    let from_page = |method: &str, path: &str| {
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: h\r\nOrigin: https://example.com\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        metawasm_tests::process::raw(bed.host.admin, text.as_bytes())
    };
    for (method, path) in [
        ("POST", "/reload"),
        ("POST", "/plugins/p/rollback"),
        ("PUT", "/log"),
    ] {
        let answer = from_page(method, path);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    assert!(from_page("GET", "/plugins").starts_with("HTTP/1.1 200 "));
    let answer = bed.post_admin("/plugins/q/promote");
    assert_eq!(answer.status, 404, "{answer:?}");
    assert!(
        answer.body.contains("unknown plugin \"q\"; configured: p"),
        "{answer:?}"
    );
    assert_eq!(bed.post_admin("/plugins/p/promote").status, 409, "no shadow");
    assert_eq!(bed.post_admin("/plugins/p/promote?dig=1").status, 400);
    assert_eq!(bed.host.get_admin("/plugins/q/shadow").status, 404);
    assert_eq!(bed.host.get_admin("/plugins/p/shadow").status, 404);
    assert_eq!(bed.host.get_admin("/reload").status, 405);
}

/// Threads that each look at one file kept memory, for each of them, and were as many as plugins.
#[test]
fn looking_at_the_files_of_many_plugins_takes_few_threads() {
    const PLUGINS: usize = 80;
    let folder = Folder::new("reload-threads");
    let file = folder.write("p.wasm", version(1).component());
    let mut config = "reload: {files: 100ms}\nplugins:\n".to_owned();
    for number in 0..PLUGINS {
        config += &format!("- name: p{number}\n  source: file:{}\n", file.display());
    }
    let config = folder.write("metawasm.yaml", config);
    let host = Host::start(
        Command::new(metawasm()),
        &["--config".to_owned(), config.display().to_string()],
    );
    let tasks = format!("/proc/{}/task", host.id());
    let threads = || std::fs::read_dir(&tasks).unwrap().count();
    let most = (0..40)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            threads()
        })
        .max();
    let cores = std::thread::available_parallelism().unwrap().get();
    assert!(most.unwrap() < PLUGINS / 2 + cores, "{most:?} threads");
}
