//! What the tests of whole processes share: guests of every kind, and the real binary.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: a panic is how it says what is wrong"
)]

pub mod bodies;
pub mod client;
pub mod compiled;
pub mod events;
pub mod guest;
pub mod kustomize;
pub mod machine;
pub mod npm;
pub mod page;
pub mod pod;
pub mod process;
pub mod python;
pub mod registry;
pub mod slow;
pub mod tls;
pub mod tool;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

/// Says that a test does not run here, and why. Straight to standard error: what a test prints that passes is not
/// shown.
pub fn skip(why: impl Display) {
    writeln!(io::stderr(), "skipped: {why}").ok();
}

/// Says that a test is over, also where it panics: threads of it that wait for that would keep it from ending.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Returns JSON for a comparison: without a difference between 1 and 1.0.
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        other => other.clone(),
    }
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate is in the workspace")
        .to_owned()
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// What `cargo xtask build` leaves: the Function plugin.
pub fn function_plugin() -> PathBuf {
    built(target().join("plugins/function.wasm"))
}

/// What `cargo xtask build` leaves: the Function plugin's module with the names of its functions.
pub fn function_module() -> PathBuf {
    built(target().join("wasm32-unknown-unknown/plugin/metawasm_function_component.wasm"))
}

/// What `cargo xtask build` leaves: the host's own steps as a module.
pub fn steps_module() -> PathBuf {
    built(target().join("wasm32-unknown-unknown/plugin/metawasm_steps.wasm"))
}

/// What `cargo xtask build` leaves: the host. `METAWASM_HOST` names another one, such as the image's.
pub fn metawasm() -> PathBuf {
    match std::env::var_os("METAWASM_HOST") {
        Some(host) => host.into(),
        None => built(target().join("release/metawasm")),
    }
}

/// A recorded request: the exact bytes that Metacontroller sent.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = root().join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What `cargo xtask build` leaves: the plugin that makes ReferenceGrants, a decorator.
pub fn grants_plugin() -> PathBuf {
    built(target().join("plugins/grants.wasm"))
}

fn built(path: PathBuf) -> PathBuf {
    assert!(
        path.exists(),
        "{} is not there: run `cargo xtask build` first",
        path.display()
    );
    path
}

/// Whether the engine of scripts has been built. In CI it must be; elsewhere the test is skipped.
pub fn has_engine(name: &str) -> bool {
    let there = target().join(format!("engines/{name}.wasm")).is_file();
    if !there {
        assert!(
            std::env::var_os("CI").is_none(),
            "the engine {name} is missing; run cargo xtask build"
        );
        skip(format!("the engine {name} is not built"));
    }
    there
}
