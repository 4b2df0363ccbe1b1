//! Requests that are recorded while a host serves them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use metawasm_tests::process::{Folder, HANG, Host, run, show};
use metawasm_tests::{fixture, function_plugin};
use serde_json::{Value, json};

const WRITTEN: &str = r#"metawasm_recorded_total{result="written"}"#;

fn serve(folder: &Path, more: &[&str]) -> Host {
    let args = [&["--record", folder.to_str().unwrap()], more].concat();
    Host::serve(&[("function", &function_plugin())], &args)
}

/// All recorded cases, once so many are written.
fn cases(host: &Host, folder: &Path, written: f64) -> Vec<PathBuf> {
    let start = Instant::now();
    while host.metric(WRITTEN) != Some(written) {
        assert!(start.elapsed() < HANG, "{:?}", host.metric(WRITTEN));
        std::thread::sleep(Duration::from_millis(10));
    }
    let under = |path: PathBuf| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let hooks = under(folder.join("function"));
    let mut all: Vec<PathBuf> = hooks.flat_map(under).collect();
    all.sort();
    all
}

#[test]
fn a_request_is_recorded_once_and_replayed() {
    let folder = Folder::new("record");
    let at = folder.path().join("requests");
    let host = serve(&at, &[]);
    let body = fixture("composite-v2-sync-ready.body");
    let answer = host.post("/function/sync", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    // The memo answers it: nothing new.
    assert_eq!(host.post("/function/sync", &body).status, 200);
    assert_eq!(
        host.post("/function/customize", &fixture("composite-v2-customize.body"))
            .status,
        200
    );
    let all = cases(&host, &at, 2.0);
    assert_eq!(all.len(), 2, "{all:?}");
    let case = all
        .iter()
        .find(|path| path.starts_with(at.join("function/sync")))
        .unwrap();
    let request: Value = serde_json::from_slice(&fs::read(case.join("request.json")).unwrap()).unwrap();
    assert_eq!(request, serde_json::from_slice::<Value>(&body).unwrap());
    let expected: Value =
        serde_saphyr::from_str(&fs::read_to_string(case.join("expected.yaml")).unwrap()).unwrap();
    assert_eq!(expected, answer.json());
    let about = fs::read_to_string(case.join("case.yaml")).unwrap();
    assert!(
        about.starts_with("# Recorded from plugin function, sha256:") && about.ends_with("\nhook: sync\n"),
        "{about}"
    );
    let name = case.file_name().unwrap().to_str().unwrap();
    let metadata = &request["parent"]["metadata"];
    let subject = format!(
        "{}.{}-",
        metadata["namespace"].as_str().unwrap(),
        metadata["name"].as_str().unwrap()
    );
    assert!(name.starts_with(&subject), "{name}");
    for path in [case.join("request.json"), case.clone()] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", path.display());
    }
    let plugin = function_plugin();
    let output = run([
        "replay",
        plugin.to_str().unwrap(),
        case.join("request.json").to_str().unwrap(),
        "--expect",
        case.join("expected.yaml").to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", show(&output));
    // The next host knows what is there.
    drop(host);
    let host = serve(&at, &[]);
    assert_eq!(host.post("/function/sync", &body).status, 200);
    let known = r#"metawasm_recorded_total{result="known"}"#;
    let start = Instant::now();
    while host.metric(known) != Some(1.0) {
        assert!(start.elapsed() < HANG);
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn no_secret_reaches_the_disk() {
    let folder = Folder::new("record-secret");
    let at = folder.path().join("requests");
    let host = serve(&at, &[]);
    let mut request: Value = serde_json::from_slice(&fixture("composite-v2-sync-ready.body")).unwrap();
    request["related"]["Secret.v1"] = json!({"default/s": {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"},
        "data": {"password": "aHVudGVyMmh1bnRlcjI="}
    }});
    request["parent"]["metadata"]["annotations"]["example.com/api-token"] = json!("hunter2hunter2");
    assert_eq!(
        host.post("/function/sync", request.to_string().as_bytes()).status,
        200
    );
    let all = cases(&host, &at, 1.0);
    let text = fs::read_to_string(all[0].join("request.json")).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVy"), "{text}");
    let about = fs::read_to_string(all[0].join("case.yaml")).unwrap();
    assert!(about.contains("# 2 secret values are masked"), "{about}");
    assert!(!all[0].join("expected.yaml").exists());
}

#[test]
fn a_directory_that_others_can_write_is_refused() {
    let folder = Folder::new("record-open");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let plugin = format!("function=file:{}", function_plugin().display());
    let record = folder.path().to_str().unwrap();
    let output = run([
        "serve",
        "--listen=127.0.0.1:0",
        "--admin=127.0.0.1:0",
        "--plugin",
        &plugin,
        "--record",
        record,
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", show(&output));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("other users can write the directory (mode 0777); use `chmod go-w`"),
        "{stderr}"
    );
}
