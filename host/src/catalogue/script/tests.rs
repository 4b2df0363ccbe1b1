use std::os::unix::fs::symlink;
use std::path::Path;

use metawasm_tests::process::Folder;
use serde_json::json;

use super::bundle::Bundle;
use super::error::{FILES, SIZE};
use super::{Layout, described};

const ENDINGS: [&str; 4] = ["js", "mjs", "cjs", "jsonnet"];

fn read(path: &Path) -> Result<Bundle, String> {
    let layout = Layout::of(path, None, &ENDINGS).map_err(|error| error.to_string())?;
    let layout = layout.expect("a script");
    layout.read(&ENDINGS).map_err(|error| error.to_string())
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new("script");
    for (name, content) in files {
        folder.write(name, content);
    }
    folder
}

/// A file with hooks, and the hook that it has.
type Found<'a> = (&'a str, Option<&'a str>);

fn entries(bundle: &Bundle) -> Vec<Found<'_>> {
    let entries = bundle.entries.iter();
    entries
        .map(|entry| (entry.path.as_str(), entry.hook.as_deref()))
        .collect()
}

#[test]
fn the_files_with_hooks_are_found() {
    let table: &[(&[&str], &[Found<'_>])] = &[
        (&["hook.js"], &[("hook.js", None)]),
        (&["index.js", "other.js"], &[("index.js", None)]),
        (&["main.jsonnet", "lib.libsonnet"], &[("main.jsonnet", None)]),
        (&["hook.js", "data.json"], &[("hook.js", None)]),
        (&["sync.js", "other.js"], &[("sync.js", Some("sync"))]),
        (
            &["customize.js", "finalize.js", "sync.mjs"],
            &[
                ("sync.mjs", Some("sync")),
                ("finalize.js", Some("finalize")),
                ("customize.js", Some("customize")),
            ],
        ),
        // A single file says itself which hooks it has.
        (&["sync.js"], &[("sync.js", None)]),
    ];
    for (files, found) in table {
        let files: Vec<_> = files.iter().map(|name| (*name, "text")).collect();
        assert_eq!(entries(&read(folder(&files).path()).unwrap()), *found);
    }
}

#[test]
fn a_folder_is_one_script_with_its_texts() {
    let folder = folder(&[
        ("index.js", "main"),
        ("lib/a.js", "a"),
        ("data.json", "{}"),
        ("README.md", "words"),
        ("tests/hello/request.json", "{}"),
        ("node_modules/x/index.js", "x"),
        (".hidden.js", "editor"),
        ("plugin.yaml", "parent: {apiVersion: a/v1, kind: A, resource: as}"),
    ]);
    std::fs::write(folder.path().join("logo.png"), [0xff, 0xfe]).unwrap();
    let bundle = read(folder.path()).unwrap();
    let names: Vec<&str> = bundle.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["data.json", "index.js", "lib/a.js"]);
    assert_eq!(bundle.description["parent"]["kind"], "A");
    assert_eq!(Bundle::parse(&bundle.to_bytes()).unwrap().unwrap(), bundle);
}

#[test]
fn a_config_map_that_kubernetes_mounts_is_a_script() {
    let folder = folder(&[("..2026/hook.js", "text")]);
    symlink("..2026", folder.path().join("..data")).unwrap();
    symlink("..data/hook.js", folder.path().join("hook.js")).unwrap();
    assert_eq!(entries(&read(folder.path()).unwrap()), [("hook.js", None)]);
}

#[test]
fn what_is_no_script_or_not_a_whole_one_is_said() {
    let says = |files: &[(&str, &str)], words: &str| {
        let folder = folder(files);
        let error = read(folder.path()).unwrap_err();
        assert!(error.contains(words), "{error}");
        assert!(!error.contains('\n'), "{error}");
    };
    says(
        &[("README.md", "")],
        "contains neither a component (*.wasm) nor a script (*.js, *.mjs, *.cjs, *.jsonnet)",
    );
    says(
        &[("a.js", ""), ("b.js", "")],
        "has several scripts (a.js, b.js), and none is called sync",
    );
    says(
        &[("sync.js", ""), ("finalize.jsonnet", "")],
        "has hooks in files of several languages (js, jsonnet)",
    );
    for (yaml, words) in [
        (
            "hooks: {sync: c.js}",
            "`hooks.sync` names c.js, which is not a file of the script",
        ),
        ("main: ../a.js", "`main` names ../a.js, which"),
        ("main: 3", "`main` must be the name of a file"),
        ("hooks: a.js", "`hooks` must be a mapping of hooks to files"),
        (
            "hooks: {snyc: a.js}",
            "`hooks.snyc` must be sync, finalize or customize",
        ),
        ("parnet: {}", "unknown field parnet; did you mean parent?"),
        ("- a", "must be a mapping of fields"),
        ("main: [", "at line 1, column 7"),
    ] {
        says(&[("a.js", ""), ("plugin.yaml", yaml)], words);
    }
    let large = "x".repeat(usize::try_from(SIZE).unwrap() / 2 + 1);
    says(
        &[("index.js", &large), ("b.js", &large)],
        "has more than 4 MiB of text, the limit for a script",
    );
    let names: Vec<String> = (0..=FILES).map(|n| format!("{n}.js")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    says(&many, "has more than 500 files, the limit for a script");
    says(
        &[("index.js", ""), ("a/b/c/d/e/f/g/h/i.js", "")],
        "has folders deeper than 8 levels",
    );
}

#[test]
fn a_file_that_is_not_text_and_a_link_out_of_the_folder_are_refused() {
    let bad = folder(&[("index.js", "")]);
    std::fs::write(bad.path().join("lib.js"), b"a\xff").unwrap();
    let error = read(bad.path()).unwrap_err();
    assert!(
        error.ends_with("lib.js is not valid UTF-8: invalid byte at offset 1"),
        "{error}"
    );
    let linked = folder(&[("index.js", "")]);
    symlink("/etc/hostname", linked.path().join("host.js")).unwrap();
    let error = read(linked.path()).unwrap_err();
    assert!(error.contains("is a symbolic link that leads out of"), "{error}");
}

#[test]
fn typescript_is_not_a_script() {
    let project = folder(&[("index.ts", ""), ("metawasm.d.ts", "")]);
    for path in [project.path().to_owned(), project.path().join("index.ts")] {
        let error = read(&path).unwrap_err();
        assert!(
            error.contains("is TypeScript, which no engine runs; run `metawasm build`"),
            "{error}"
        );
    }
    project.write("site.js", "");
    assert_eq!(entries(&read(project.path()).unwrap()), [("site.js", None)]);
}

#[test]
fn python_is_not_a_script() {
    let project = folder(&[("hook.py", ""), ("README.md", "")]);
    for path in [project.path().to_owned(), project.path().join("hook.py")] {
        let error = read(&path).unwrap_err();
        assert!(
            error.contains(
                "is Python, which no engine runs; run `metawasm build` in its project, and use the .wasm file"
            ),
            "{error}"
        );
    }
}

#[test]
fn what_is_beside_a_file_describes_it() {
    let folder = folder(&[
        ("a.js", ""),
        ("b.js", ""),
        ("plugin.yaml", "version: all"),
        ("a.plugin.yaml", "version: own"),
    ]);
    for (name, version) in [("a.js", "own"), ("b.js", "all")] {
        let bundle = read(&folder.path().join(name)).unwrap();
        assert_eq!(bundle.description["version"], version);
        assert_eq!(bundle.files.len(), 1);
    }
}

const CONTROLLERS: &str = "
apiVersion: metacontroller.k8s.io/v1alpha1
kind: CompositeController
metadata: {name: catset-controller}
spec:
  parentResource: {apiVersion: ctl.example.com/v1, resource: catsets}
  childResources:
  - {apiVersion: v1, resource: pods}
  - {apiVersion: v1, resource: persistentvolumeclaims, updateStrategy: {method: Recreate}}
  hooks:
    sync: {webhook: {url: http://hooks.catset/sync}}
---
apiVersion: metacontroller.k8s.io/v1alpha1
kind: DecoratorController
metadata: {name: service-per-pod}
spec:
  resources: [{apiVersion: apps/v1, resource: statefulsets}]
  attachments: [{apiVersion: v1, resource: services}]
  hooks:
    sync: {webhook: {url: http://hooks/service-per-pod/sync}}
    finalize: {webhook: {url: http://hooks/service-per-pod/finalize}}
";
const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: catsets.ctl.example.com}
spec:
  group: ctl.example.com
  scope: Cluster
  names: {kind: CatSet, plural: catsets}
";

#[test]
fn a_controller_says_what_its_script_does_not_say() {
    let with = |name: &str, files: &[(&str, &str)]| {
        let mut all = vec![(name, ""), ("controller.yaml", CONTROLLERS)];
        all.extend(files);
        let folder = folder(&all);
        read(&folder.path().join(name))
    };
    let bundle = with("catset-controller.js", &[("crd.yaml", CRD)]).unwrap();
    assert_eq!(bundle.hooks, ["sync"]);
    assert_eq!(
        json!(bundle.description)["parent"],
        json!({"apiVersion": "ctl.example.com/v1", "kind": "CatSet", "resource": "catsets", "scope": "Cluster"})
    );
    let children = &bundle.description["children"];
    assert_eq!(children[0]["kind"], "Pod");
    assert_eq!(
        children[0]["updateStrategy"], "OnDelete",
        "Metacontroller's default"
    );
    assert_eq!(children[1]["kind"], "PersistentVolumeClaim");
    assert_eq!(children[1]["updateStrategy"], "Recreate");

    // The part of a URL names the script too.
    let bundle = with("service-per-pod.js", &[]).unwrap();
    assert_eq!(bundle.hooks, ["sync", "finalize"]);
    assert_eq!(bundle.description["controller"], "decorator");
    assert_eq!(bundle.description["parent"]["kind"], "StatefulSet");

    let error = with("other.js", &[]).unwrap_err();
    assert!(
        error.contains("has 2 CompositeControllers and DecoratorControllers; expected one, or"),
        "{error}"
    );
    let error = with("catset-controller.js", &[]).unwrap_err();
    assert!(
        error.contains("the kind of catsets of ctl.example.com/v1 is not known")
            && error.contains("`parent: {apiVersion: ctl.example.com/v1, kind: KIND, resource: catsets}`"),
        "{error}"
    );
    let plugin = "parent: {apiVersion: ctl.example.com/v1, kind: CatSet, resource: catsets}";
    let bundle = with("catset-controller.js", &[("plugin.yaml", plugin)]).unwrap();
    assert_eq!(bundle.description["parent"]["kind"], "CatSet");
}

#[test]
fn a_script_says_more_than_what_is_beside_it() {
    let folder = folder(&[
        ("site.js", ""),
        ("plugin.yaml", "{version: '1', view: {keep: []}}"),
    ]);
    let bundle = read(&folder.path().join("site.js")).unwrap();
    let digest = "sha256:0123456789abcdef0123";
    let missing = described(&bundle, "", digest).unwrap().unwrap_err().to_string();
    assert!(
        missing.contains("`parent: {apiVersion: example.com/v1, kind: Site, resource: sites}`"),
        "{missing}"
    );
    let own = r#"{"version": "2", "parent": {"apiVersion": "v1", "kind": "Pod", "resource": "pods"}}"#;
    let text = described(&bundle, own, digest).unwrap().unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&all["name"], &all["version"]), (&json!("site"), &json!("2")));
    assert_eq!(all["view"], json!({"keep": []}));
    assert!(described(&bundle, "[]", digest).is_err());
}
