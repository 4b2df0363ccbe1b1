//! The content store: a host that starts again needs no registry.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use metawasm_tests::process::{Folder, Host, show};
use metawasm_tests::registry::Registry;

use super::{command, component, names, run_in, success};

const REQUEST: &str = r#"{"controller": {"kind": "CompositeController", "metadata": {"name": "c"}},
    "parent": {"apiVersion": "core.openfunction.io/v1beta2", "kind": "Function",
        "metadata": {"name": "f", "namespace": "default", "uid": "1"}},
    "children": {"Deployment.apps/v1": {}}, "related": {}, "finalizing": false}"#;

fn args(folder: &Folder, source: &str) -> Vec<String> {
    let store = folder.path().join("store").display().to_string();
    ["--plugin", &format!("f={source}"), "--store", &store]
        .map(str::to_owned)
        .to_vec()
}

fn serve(folder: &Folder, source: &str) -> Host {
    Host::start(command(folder), &args(folder, source))
}

fn answer(host: &Host) -> String {
    let answer = host.post("/f/sync", REQUEST.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// Checks a configuration with the store, and returns whether the plugin can be loaded, and what was said.
fn check(folder: &Folder, source: &str) -> (bool, String) {
    let output = run_in(
        folder,
        ["serve".to_owned(), "--check-config".to_owned()]
            .into_iter()
            .chain(args(folder, source)),
    );
    (output.status.success(), show(&output))
}

/// The file of the store with a component.
fn stored(folder: &Folder, content: &[u8]) -> PathBuf {
    let store = folder.path().join("store");
    let mut files = names(&store).into_iter().map(|name| store.join(name));
    files
        .find(|path| std::fs::read(path).unwrap() == content)
        .unwrap()
}

fn flip_a_bit(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_host_that_starts_again_needs_no_registry() {
    let Some(mut registry) = Registry::start() else {
        return;
    };
    let folder = Folder::new("store");
    folder.write("f.wasm", component("first"));
    let source = registry.oci("f:1");
    let digest = success(&folder, ["push", "f.wasm", &source]);
    let mut host = serve(&folder, &source);
    let line = host.wait_for_event("\"loaded\"");
    assert_eq!(line["manifest"], digest.as_str(), "{line}");
    assert!(answer(&host).contains("first"));
    let plugins = host.get_admin("/plugins").json();
    assert_eq!(plugins["plugins"][0]["manifest"], digest.as_str());
    drop(host);
    registry.stop();
    let mut host = serve(&folder, &source);
    let line = host.wait_for_line("cannot ask the registry");
    assert!(
        line.contains("Connection refused") && line.contains("WARN"),
        "{line}"
    );
    assert!(answer(&host).contains("first"));
    drop(host);
    // By digest there is nothing to ask.
    let pinned = registry.oci(&format!("f@{digest}"));
    let (valid, text) = check(&folder, &pinned);
    assert!(valid && !text.contains("cannot ask"), "{text}");
    // A tag that was never seen.
    let (valid, text) = check(&folder, &registry.oci("f:2"));
    assert!(
        !valid && text.contains("cannot pull oci://") && text.contains("Connection refused"),
        "{text}"
    );
}

#[test]
fn a_flipped_bit_costs_a_download() {
    let Some(mut registry) = Registry::start() else {
        return;
    };
    let folder = Folder::new("store");
    let plugin = component("flipped");
    folder.write("f.wasm", &plugin);
    let source = registry.oci("f:1");
    success(&folder, ["push", "f.wasm", &source]);
    let (valid, text) = check(&folder, &source);
    assert!(valid, "{text}");
    let file = stored(&folder, &plugin);
    flip_a_bit(&file);
    let (valid, text) = check(&folder, &source);
    assert!(
        valid && text.contains("in the store was changed: its digest is sha256:"),
        "{text}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), plugin, "it was pulled again");
    flip_a_bit(&file);
    registry.stop();
    let (valid, text) = check(&folder, &source);
    assert!(!valid && text.contains("cannot connect to"), "{text}");
}

#[test]
fn a_tag_that_moved_is_pulled_at_the_next_start() {
    let Some(registry) = Registry::start() else { return };
    let folder = Folder::new("store");
    let source = registry.oci("f:1");
    for word in ["one", "two", "one"] {
        folder.write("f.wasm", component(word));
        success(&folder, ["push", "f.wasm", &source]);
        assert!(answer(&serve(&folder, &source)).contains(word));
    }
}

#[test]
fn many_hosts_use_one_store_at_once() {
    let Some(registry) = Registry::start() else { return };
    let folder = Folder::new("store");
    let plugin = component("many");
    folder.write("f.wasm", &plugin);
    let source = registry.oci("f:1");
    success(&folder, ["push", "f.wasm", &source]);
    let start = || {
        let mut command = command(&folder);
        command
            .args(["serve", "--check-config"])
            .args(args(&folder, &source));
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for _ in 0..3 {
        let hosts: Vec<_> = (0..4).map(|_| start()).collect();
        for host in hosts {
            let output = host.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", show(&output));
        }
        // The next round pulls again, while others read.
        std::fs::remove_file(stored(&folder, &plugin)).unwrap();
    }
    let left = names(&folder.path().join("store"));
    assert!(!left.iter().any(|name| name.starts_with(".new-")), "{left:?}");
}

#[test]
fn a_store_of_others_is_not_used() {
    let Some(registry) = Registry::start() else { return };
    let folder = Folder::new("store");
    folder.write("f.wasm", component("others"));
    let source = registry.oci("f:1");
    success(&folder, ["push", "f.wasm", &source]);
    let store = folder.path().join("store");
    std::fs::create_dir(&store).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(&store, mode).unwrap();
    let (valid, text) = check(&folder, &source);
    assert!(
        valid && text.contains("content store: ") && text.contains("plugins are pulled at each start"),
        "{text}"
    );
    assert!(names(&store).is_empty());
}
