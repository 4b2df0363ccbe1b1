//! Plugins that take long to compile, or for ever: the host listens before it looks at them, serves what is ready, and
//! remembers what failed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, HANG, Host, run, show};
use metawasm_tests::{fixture, metawasm};

const BOMBS: u32 = 3;
const BODY: &str = "composite-v2-sync-first.body";

/// A configuration with bombs, behind them a good plugin, and a code cache.
fn config(folder: &Folder) -> String {
    let mut text = "compile: {time: 4s, cache: code}\nplugins:\n".to_owned();
    for number in 0..BOMBS {
        folder.write(
            &format!("bomb{number}.wasm"),
            Guest::compile_bomb(number).component(),
        );
        text.push_str(&format!("- {{name: bomb{number}, source: bomb{number}.wasm}}\n"));
    }
    folder.write("good.wasm", Guest::answering(r#"{"children":[]}"#).component());
    text.push_str("- {name: good, source: good.wasm}\n");
    folder.write("metawasm.yaml", text).to_str().unwrap().to_owned()
}

fn listening(config: &str, args: &[&str]) -> Host {
    let mut all = vec!["--config".to_owned(), config.to_owned()];
    all.extend(args.iter().map(|&arg| arg.to_owned()));
    Host::listening(Command::new(metawasm()), &all)
}

/// The compiler had too little time or memory.
fn is_a_bombs_end(text: &str) -> bool {
    text.contains("compilation timed out after 4 s") || text.contains("the compiler crashed")
}

/// The states of all plugins, by name.
fn states(host: &Host) -> Vec<(String, String)> {
    let page = host.get_admin("/plugins").json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let plugins = page["plugins"].as_array().unwrap().iter();
    plugins
        .map(|plugin| (text(&plugin["name"]), text(&plugin["state"])))
        .collect()
}

#[test]
fn bombs_keep_neither_the_host_nor_a_good_plugin_from_serving_and_fail_at_once_the_next_time() {
    let folder = Folder::new("bombs");
    let config = config(&folder);
    let body = fixture(BODY);
    let mut host = listening(&config, &[]);

    assert_eq!(host.get_admin("/livez").status, 200);
    let ready = host.get_admin("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("plugin bomb0 is loading"), "{}", ready.body);
    let answer = host.post("/bomb0/sync", &body);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (503, Some("2")),
        "{answer:?}"
    );
    assert_eq!(answer.body, "plugin bomb0 is loading; try again in 2 s\n");
    let state = |state| format!(r#"metawasm_plugin_state{{plugin="bomb0",state="{state}"}}"#);
    assert_eq!(host.metric(&state("loading")), Some(1.0));

    // The good one is the last, and ready before all bombs had their time.
    let end = Instant::now() + HANG;
    while host.post("/good/sync", &body).status != 200 {
        assert!(Instant::now() < end, "the good plugin is not served");
        std::thread::sleep(Duration::from_millis(20));
    }
    let loading = states(&host)
        .iter()
        .filter(|(_, state)| state == "loading")
        .count();
    assert!(loading > 0, "{:?}", states(&host));

    host.wait_for_event("\"serving\"");
    let answer = host.post("/bomb0/sync", &body);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(is_a_bombs_end(&answer.body), "{}", answer.body);
    assert_eq!(host.metric(&state("failed")), Some(1.0));
    let failed = states(&host)
        .iter()
        .filter(|(_, state)| state == "failed")
        .count();
    assert_eq!(failed, BOMBS as usize);
    assert_eq!(host.post("/good/sync", &body).status, 200);
    drop(host);

    // Where the machine gave the compilers too little of its processors, they say so and are tried again.
    let end = Instant::now() + HANG;
    let mut host = loop {
        let mut host = listening(&config, &[]);
        let start = Instant::now();
        host.wait_for_event("\"serving\"");
        let quick = start.elapsed() < Duration::from_secs(2);
        let answers = (0..BOMBS).map(|number| host.post(&format!("/bomb{number}/sync"), &body).body);
        let remembered = answers.filter(|answer| {
            is_a_bombs_end(answer)
                && answer.contains("at an earlier start")
                && answer.contains("--retry-failed")
        });
        if remembered.count() == BOMBS as usize && quick {
            break host;
        }
        assert!(Instant::now() < end, "{:?}", host.get_admin("/plugins"));
    };
    assert_eq!(host.post("/good/sync", &body).status, 200);
    assert!(host.alive());
    drop(host);

    let host = listening(&config, &["--retry-failed"]);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(
        states(&host)[0],
        ("bomb0".to_owned(), "loading".to_owned()),
        "it is tried again"
    );
}

/// Processes that a process has started and that still run.
fn children(of: u32) -> Vec<u32> {
    let parent = format!("PPid:\t{of}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if status.lines().any(|line| line == parent) {
            found.push(id);
        }
    }
    found
}

#[test]
fn a_host_that_still_loads_ends_when_it_is_told_and_takes_its_compilers_along() {
    let folder = Folder::new("bombs-end");
    let host = listening(&config(&folder), &[]);
    let end = Instant::now() + HANG;
    let mut compilers = Vec::new();
    while compilers.is_empty() {
        assert!(Instant::now() < end, "nothing is compiled");
        compilers = children(host.id());
    }
    let start = Instant::now();
    host.signal("TERM");
    let status = host.wait();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(status.code(), Some(0), "{status}");
    for compiler in compilers {
        while fs::read_to_string(format!("/proc/{compiler}/comm")).is_ok_and(|name| name.starts_with("exe")) {
            assert!(start.elapsed() < HANG, "compiler {compiler} still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn checking_a_configuration_with_bombs_ends_within_their_time() {
    let folder = Folder::new("bombs-check");
    let start = Instant::now();
    let output = run([
        "serve",
        "--log=off",
        "--check-config",
        "--config",
        &config(&folder),
    ]);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr
            .split("; plugin ")
            .filter(|text| is_a_bombs_end(text))
            .count(),
        BOMBS as usize,
        "{stderr}"
    );
    assert!(start.elapsed() < HANG, "{:?}", start.elapsed());
}
