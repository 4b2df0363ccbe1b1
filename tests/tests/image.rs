//! The container image as others see it: skopeo, a registry, GNU tar.
//!
//! They need those tools and what `cargo xtask image` leaves in `target/image-check`, so they are ignored unless asked
//! for: `cargo xtask test` does.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use metawasm_tests::process::Folder;
use metawasm_tests::registry::Registry;
use metawasm_tests::target;
use serde_json::{Value, json};

const TAG: &str = "check";
const TITLE: &str = "org.opencontainers.image.title";

/// Where the image is.
fn layout() -> PathBuf {
    let folder = target().join("image-check");
    assert!(
        folder.join("index.json").exists(),
        "{} is not there: `cargo xtask test` makes it",
        folder.display()
    );
    folder
}

fn tool(variable: &str, name: &str) -> Command {
    Command::new(std::env::var_os(variable).unwrap_or_else(|| name.into()))
}

/// Runs skopeo to its end and returns what it printed.
fn skopeo(args: &[&str]) -> String {
    let output = tool("SKOPEO", "skopeo")
        .arg("--insecure-policy")
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("skopeo cannot be started: {error}"));
    assert!(
        output.status.success(),
        "skopeo {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn inspect(image: &str, args: &[&str]) -> Value {
    let printed = skopeo(&[&["inspect"], args, &[image]].concat());
    serde_json::from_str(&printed).unwrap()
}

fn in_layout(folder: &Path) -> String {
    format!("oci:{}:{TAG}", folder.display())
}

/// The digest that `index.json` gives to the image.
fn digest(folder: &Path) -> String {
    let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
    index["manifests"][0]["digest"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs skopeo and an image: `cargo xtask test`"]
fn skopeo_reads_it() {
    let folder = layout();
    for image in [
        in_layout(&folder),
        format!("oci-archive:{}.tar:{TAG}", folder.display()),
    ] {
        let seen = inspect(&image, &[]);
        assert_eq!(seen["Digest"], digest(&folder), "{image}");
        assert_eq!(seen["Os"], "linux");
        assert_eq!(seen["Labels"][TITLE], "metawasm");
        assert_eq!(seen["Layers"].as_array().unwrap().len(), 3);
        let config = inspect(&image, &["--config"]);
        assert_eq!(config["config"]["Entrypoint"], json!(["/metawasm"]));
        assert_eq!(config["config"]["User"], "65532:65532");
    }
}

#[test]
#[ignore = "needs skopeo, a registry and an image: `cargo xtask test`"]
fn a_registry_takes_it_and_gives_it_back() {
    let folder = layout();
    let registry = Registry::start().expect("a registry");
    let remote = format!("docker://{}/metawasm:{TAG}", registry.address());
    skopeo(&[
        "copy",
        "--all",
        "--dest-tls-verify=false",
        &in_layout(&folder),
        &remote,
    ]);
    let seen = inspect(&remote, &["--tls-verify=false"]);
    assert_eq!(seen["Digest"], digest(&folder));

    // As a manifest that is pinned asks for it.
    let pinned = format!("docker://{}/metawasm@{}", registry.address(), digest(&folder));
    let seen = inspect(&pinned, &["--tls-verify=false"]);
    assert_eq!(seen["Digest"], digest(&folder));

    let back = Folder::new("image-back");
    skopeo(&[
        "copy",
        "--all",
        "--src-tls-verify=false",
        &remote,
        &in_layout(back.path()),
    ]);
    assert_eq!(digest(back.path()), digest(&folder));
}

#[test]
#[ignore = "needs an image: `cargo xtask test`"]
fn its_layers_are_the_host_and_the_plugins() {
    let folder = layout();
    let blob = |digest: &Value| {
        folder
            .join("blobs")
            .join(digest.as_str().unwrap().replace(':', "/"))
    };
    let manifest: Value = serde_json::from_slice(&fs::read(blob(&digest(&folder).into())).unwrap()).unwrap();

    let root = Folder::new("image-root");
    let mut listing = String::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let layer = blob(&layer["digest"]);
        let list = ["--list", "--verbose", "--numeric-owner", "--utc", "--full-time"];
        let output = Command::new("tar").args(list).arg("-zf").arg(&layer).output();
        listing.push_str(&String::from_utf8(output.unwrap().stdout).unwrap());
        let status = Command::new("tar")
            .arg("-xzf")
            .arg(&layer)
            .arg("-C")
            .arg(root.path())
            .status();
        assert!(status.unwrap().success());
    }
    for line in listing.lines() {
        assert!(line.contains(" 0/0 "), "{line}");
        assert!(line.contains(" 1970-01-01 00:00:00 "), "{line}");
        let mode = if line.ends_with(" metawasm") {
            "-rwxr-xr-x"
        } else if line.ends_with('/') {
            "drwxr-xr-x"
        } else {
            "-rw-r--r--"
        };
        assert!(line.starts_with(mode), "{line}");
    }

    let unpacked = |path: &str| fs::read(root.path().join(path)).unwrap();
    assert_eq!(
        unpacked("metawasm"),
        fs::read(target().join("release/metawasm")).unwrap()
    );
    let built: Vec<_> = fs::read_dir(root.path().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(built.contains(&"function.wasm".to_owned()), "{built:?}");
    for name in &built {
        let path = target().join("plugins").join(name);
        assert_eq!(unpacked(&format!("plugins/{name}")), fs::read(path).unwrap());
    }
}
