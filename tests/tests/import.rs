//! `metawasm import`, on the examples of stock hooks and on directories as people have them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use metawasm_tests::process::{Folder, Host, run, show};
use metawasm_tests::tool::find;
use metawasm_tests::{has_engine, root};
use serde_json::{Value, json};

const SECRETS: &str = "\
# Copies of Secrets.
apiVersion: metacontroller.k8s.io/v1alpha1
kind: DecoratorController
metadata:
  name: secrets.copy
spec:
  resources:
  - {apiVersion: v1, resource: namespaces}
  attachments:
  - {apiVersion: v1, resource: secrets}
  hooks:
    sync:
      webhook:
        url: http://secrets.hooks/sync   # the Node server
        timeout: 5s
    finalize:
      webhook: {url: http://secrets.hooks/sync}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: secrets-hooks
data:
  sync.js: |
    module.exports = async function (context) {
      return { status: 200, body: { attachments: [] } };
    };
";

fn controller(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: metacontroller.k8s.io/v1alpha1\nkind: CompositeController\nmetadata: {{name: {name}}}\nspec:\n  \
         parentResource: {{apiVersion: apps/v1, resource: deployments}}\n  childResources: [{{apiVersion: v1, resource: services}}]\n{rest}"
    )
}

fn import(folder: &Folder, args: &[&str]) -> std::process::Output {
    run([&["import", folder.path().to_str().unwrap()], args].concat())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn read(folder: &Folder, path: &str) -> Value {
    let text = fs::read_to_string(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_saphyr::from_str(&text).unwrap()
}

#[test]
fn hooks_in_a_config_map_are_copied_and_the_patch_applies() {
    let folder = Folder::new("import");
    folder.write("deploy/secrets.yaml", SECRETS);
    let output = import(&folder, &["--url", "https://m.example:9/"]);
    assert!(output.status.success(), "{}", show(&output));
    let patch = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        patch,
        "\
--- a/deploy/secrets.yaml
+++ b/deploy/secrets.yaml
@@ -11,10 +11,10 @@
   hooks:
     sync:
       webhook:
-        url: http://secrets.hooks/sync   # the Node server
+        url: https://m.example:9/secrets-copy/sync   # the Node server
         timeout: 5s
     finalize:
-      webhook: {url: http://secrets.hooks/sync}
+      webhook: {url: https://m.example:9/secrets-copy/finalize}
 ---
 apiVersion: v1
 kind: ConfigMap
"
    );
    assert_eq!(
        read(&folder, "metawasm.yaml")["plugins"],
        json!([{"name": "secrets-copy", "source": "file:plugins/secrets-copy"}])
    );
    let plugin = read(&folder, "plugins/secrets-copy/plugin.yaml");
    assert_eq!(plugin["controller"], "decorator");
    assert_eq!(
        plugin["parent"],
        json!({"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces", "scope": "Cluster"})
    );
    assert_eq!(plugin["hooks"], json!({"sync": "sync.js", "finalize": "sync.js"}));
    let script = fs::read_to_string(folder.path().join("plugins/secrets-copy/sync.js")).unwrap();
    assert!(script.starts_with("module.exports = "), "{script}");

    // Once more changes nothing; another file there is not overwritten.
    assert!(
        import(&folder, &["--url", "https://m.example:9/"])
            .status
            .success()
    );
    folder.write("metawasm.yaml", "plugins: []\n");
    let refused = import(&folder, &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        show(&refused).contains("metawasm.yaml exists; nothing was written; use --force"),
        "{}",
        show(&refused)
    );
    assert!(import(&folder, &["--force"]).status.success());

    if let Some(tool) = find("TEST_PATCH", "patch") {
        let file = folder.write("urls.patch", patch);
        let output = Command::new(tool)
            .args(["-p1", "-i"])
            .arg(file)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", show(&output));
        let text = fs::read_to_string(folder.path().join("deploy/secrets.yaml")).unwrap();
        assert_eq!(
            text,
            SECRETS
                .replacen(
                    "http://secrets.hooks/sync",
                    "https://m.example:9/secrets-copy/sync",
                    1
                )
                .replacen(
                    "http://secrets.hooks/sync",
                    "https://m.example:9/secrets-copy/finalize",
                    1
                )
        );
    }
}

#[test]
fn the_stock_hooks_are_imported_and_served() {
    let folder = Folder::new("import-stock");
    for name in [
        "blue-green",
        "ordered-set",
        "service-per-pod",
        "config-propagation",
    ] {
        let to = folder.path().join(name);
        copy(&root().join("examples/hooks").join(name).join("jsonnet"), &to);
        fs::remove_file(to.join("plugin.yaml")).ok();
        fs::copy(
            root().join("examples/hooks").join(name).join("controller.yaml"),
            to.join("deploy.yaml"),
        )
        .unwrap();
    }
    let output = import(&folder, &[]);
    assert!(output.status.success(), "{}", show(&output));
    assert_eq!(
        read(&folder, "ordered-set/plugin.yaml")["hooks"],
        json!({"sync": "sync.jsonnet", "finalize": "sync.jsonnet"})
    );
    assert_eq!(
        read(&folder, "config-propagation/plugin.yaml")["parent"],
        json!({"apiVersion": "example.com/v1", "kind": "ConfigCopy", "resource": "configcopies", "scope": "Cluster"})
    );
    if !has_engine("jsonnet") {
        return;
    }
    let config = folder.path().join("metawasm.yaml");
    let host = Host::serve(&[], &["--config", config.to_str().unwrap()]);
    for (path, request) in [
        ("/blue-green/sync", "blue-green/requests/sync-first"),
        ("/ordered-set/finalize", "ordered-set/requests/finalize-first"),
        (
            "/service-per-pod/finalize",
            "service-per-pod/requests/finalize-done",
        ),
        (
            "/config-propagation/customize",
            "config-propagation/requests/customize",
        ),
    ] {
        let body = fs::read(root().join(format!("examples/hooks/{request}.json"))).unwrap();
        let answer = host.post(path, &body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

#[test]
fn controllers_that_share_a_directory_get_copies() {
    let folder = Folder::new("import-shared");
    for name in ["one", "two"] {
        let hooks = format!("  hooks:\n    sync: {{webhook: {{url: http://jsonnetd.hooks/sync-{name}}}}}\n");
        folder.write(&format!("{name}.yaml"), controller(name, &hooks));
        folder.write(
            &format!("hooks/sync-{name}.jsonnet"),
            "function(request) { children: [] }",
        );
    }
    folder.write("hooks/lib.libsonnet", "{}");
    let output = import(&folder, &[]);
    assert!(output.status.success(), "{}", show(&output));
    for name in ["one", "two"] {
        assert_eq!(
            read(&folder, &format!("plugins/{name}/plugin.yaml"))["hooks"],
            json!({"sync": format!("sync-{name}.jsonnet")})
        );
        assert!(
            folder
                .path()
                .join(format!("plugins/{name}/lib.libsonnet"))
                .is_file()
        );
    }
}

/// What cannot be taken over, and the sentence that says so.
#[test]
fn what_cannot_be_served_is_said() {
    let hooks = "  hooks: {sync: {webhook: {url: http://a/sync}}}\n";
    let unknown = controller("a", hooks).replace(
        "apps/v1, resource: deployments",
        "example.com/v1, resource: sites",
    );
    let js = (
        "sync.js",
        "module.exports = async () => ({status: 200, body: {}})",
    );
    /// Files, the exit code, and a part of the sentence.
    type Case<'a> = (&'a [(&'a str, &'a str)], i32, &'a str);
    let cases: [Case<'_>; 6] = [
        (
            &[
                ("a.yaml", &controller("a", hooks)),
                ("server.py", "serve_forever()"),
            ],
            1,
            "server.py is a server in Python, which no engine runs",
        ),
        (
            &[("a.yaml", &controller("a", hooks))],
            1,
            "no file answers its sync hook (path /sync): expected sync.js or sync.jsonnet",
        ),
        (&[("a.yaml", &controller("a", "")), js], 1, "it has no hooks"),
        (
            &[("a.yaml", &unknown), js],
            1,
            "`parent: {apiVersion: example.com/v1, kind: KIND, resource: sites}`",
        ),
        (
            &[js],
            2,
            "has no manifest of a CompositeController or DecoratorController",
        ),
        (
            &[
                (
                    "a.yaml",
                    &controller(
                        "a",
                        "  hooks: {sync: {webhook: {path: /sync, service: {name: a}}}}\n",
                    ),
                ),
                js,
            ],
            0,
            "set spec.hooks.sync.webhook of a to `{url: http://metawasm.metawasm.svc:8080/a/sync}` by hand",
        ),
    ];
    for (files, code, part) in cases {
        let folder = Folder::new("import-not");
        for (name, text) in files {
            folder.write(name, text);
        }
        let output = import(&folder, &[]);
        let said = show(&output);
        assert!(
            output.status.code() == Some(code) && said.contains(part),
            "expected {code}, {part}\n{said}"
        );
    }
}

#[test]
fn a_directory_is_bounded_and_links_are_not_followed() {
    let folder = Folder::new("import-bounds");
    let outside = Folder::new("import-outside");
    outside.write("secrets.yaml", SECRETS);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink(
        outside.path().join("secrets.yaml"),
        folder.path().join("link.yaml"),
    )
    .unwrap();
    let output = import(&folder, &[]);
    let said = show(&output);
    assert!(
        output.status.code() == Some(2) && said.contains("has no manifest of a CompositeController"),
        "{said}"
    );

    folder.write(&format!("{}a.yaml", "d/".repeat(13)), SECRETS);
    let said = show(&import(&folder, &[]));
    assert!(
        said.contains("has more than 12 levels of directories; import a smaller directory"),
        "{said}"
    );
}
