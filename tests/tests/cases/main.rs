//! Cases of plugins: `metawasm test`, `metawasm simulate` and `metawasm diff`, as a person runs them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod diff;
mod simulate;
mod test;

use std::path::{Path, PathBuf};
use std::process::Output;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, run, show};

/// What the guests say of themselves.
const DESCRIPTION: &str = r#"{"name":"shop","version":"1",
"parent":{"apiVersion":"example.com/v1","kind":"Shop","resource":"shops"},
"children":[{"apiVersion":"v1","kind":"ConfigMap","resource":"configmaps"},
{"apiVersion":"v1","kind":"Secret","resource":"secrets"},
{"apiVersion":"v1","kind":"PersistentVolumeClaim","resource":"persistentvolumeclaims"}]}"#;

const PARENT: &str =
    "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: shop, namespace: demo}\nspec: {colour: red}\n";

/// An answer with these children.
fn answer(children: &[&str]) -> String {
    format!(
        r#"{{"status":{{"ready":true}},"children":[{}]}}"#,
        children.join(",")
    )
}

fn config(name: &str, value: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}"}},"data":{{"colour":"{value}"}}}}"#
    )
}

/// A folder with `plugin.wasm` in it.
fn with_plugin(guest: &Guest) -> Folder {
    let folder = Folder::new("cases");
    folder.write("plugin.wasm", guest.clone().describe(DESCRIPTION).component());
    folder
}

/// Writes a case.
fn case(folder: &Folder, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::create_dir_all(&path).unwrap();
    for (file, text) in files {
        std::fs::write(path.join(file), text).unwrap();
    }
    path
}

/// Runs a command on the folder's plugin. What is printed names files from the folder on.
fn metawasm(folder: &Folder, command: &str, rest: &[&str]) -> (Option<i32>, String) {
    let at = |path: &str| folder.path().join(path).display().to_string();
    let is_path = |word: &str| folder.path().join(word).exists() && !word.starts_with('-');
    let rest = rest.iter().map(|word| {
        if is_path(word) {
            at(word)
        } else {
            (*word).to_owned()
        }
    });
    let args: Vec<String> = [command.to_owned(), at("plugin.wasm")]
        .into_iter()
        .chain(rest)
        .collect();
    said(&run(args), folder.path())
}

/// The exit code, and what was printed.
fn said(output: &Output, root: &Path) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = if text.is_empty() { show(output) } else { text };
    assert!(!text.contains('\u{1b}'), "no colour in a pipe: {text}");
    (
        output.status.code(),
        text.replace(&format!("{}/", root.display()), ""),
    )
}
