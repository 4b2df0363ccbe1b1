//! Plugins that come, change and go while a host serves: no call fails, and what cannot be used changes nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod config;
mod faults;
mod shadow;
mod swap;
mod tags;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use metawasm_tests::client::{Connection, Wait};
use metawasm_tests::guest::{DESCRIPTION, Guest};
use metawasm_tests::process::{Answer, Folder, HANG, Host, request};
use metawasm_tests::{Over, fixture, metawasm};
use serde_json::{Value, json};

/// A request without observed children.
fn body() -> Vec<u8> {
    fixture("composite-v2-sync-first.body")
}

/// A plugin that says which version it is.
fn version(number: u32) -> Guest {
    Guest::answering(json!({"status": {"version": number}, "children": []}).to_string())
}

/// What a plugin says of itself, with something more.
fn describing(more: &Value) -> String {
    let mut description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let fields = more.as_object().unwrap().clone();
    description.as_object_mut().unwrap().extend(fields);
    description.to_string()
}

/// A host with a configuration file, which it watches.
struct Bed {
    folder: Folder,
    host: Host,
}

impl Bed {
    /// Serves `p`, of version 1, and what `more` configures.
    fn new(more: &str) -> Self {
        let folder = Folder::new("reload");
        put(&folder, "p.wasm", &version(1).component());
        Self::with(folder, &format!("{}{more}", plugin("p")))
    }

    fn with(folder: Folder, plugins: &str) -> Self {
        let path = configure(&folder, plugins);
        let args = ["--config".to_owned(), path.to_str().unwrap().to_owned()];
        let host = Host::start(Command::new(metawasm()), &args);
        Self { folder, host }
    }

    fn configure(&self, plugins: &str) {
        configure(&self.folder, plugins);
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        put(&self.folder, name, bytes.as_ref())
    }

    fn call(&self, plugin: &str) -> Answer {
        self.host.post(&format!("/{plugin}/sync"), &body())
    }

    /// The version that answers.
    fn version(&self, plugin: &str) -> Value {
        let answer = self.call(plugin);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["status"]["version"].clone()
    }

    fn post_admin(&self, path: &str) -> Answer {
        request(self.host.admin, "POST", path, b"")
    }

    /// Reloads; everything is as configured then.
    fn reload(&self) -> Value {
        let answer = self.post_admin("/reload");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// What `/plugins` says of a plugin.
    fn plugin(&self, name: &str) -> Value {
        let all = self.host.get_admin("/plugins").json();
        let mut plugins = all["plugins"].as_array().unwrap().iter();
        plugins
            .find(|plugin| plugin["name"] == name)
            .cloned()
            .unwrap_or(Value::Null)
    }

    fn shadow(&self, name: &str) -> Value {
        let answer = self.host.get_admin(&format!("/plugins/{name}/shadow"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Calls plugins without a pause while something is done, which begins when each was called. Returns how often, having seen no call fail.
    fn under_load<T>(&mut self, plugins: &[&str], work: impl FnOnce(&mut Self) -> T) -> (usize, T) {
        let hooks = self.host.hooks;
        let over = AtomicBool::new(false);
        // Nothing is sent: each caller closes its end after the first call, or when it fails.
        let (begun, all_begun) = channel::<()>();
        std::thread::scope(|scope| {
            let callers: Vec<_> = plugins
                .iter()
                .map(|plugin| {
                    let (over, mut begun) = (&over, Some(begun.clone()));
                    scope.spawn(move || {
                        let head = format!(
                            "POST /{plugin}/sync HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n",
                            body().len()
                        );
                        let request = [head.as_bytes(), &body()].concat();
                        let mut connection = Connection::open(hooks, Wait::Sleep).unwrap();
                        let mut calls = 0;
                        while !over.load(Ordering::SeqCst) {
                            let answer = connection.call(&request).unwrap();
                            assert_eq!((answer.status, answer.last), (200, false), "after {calls}");
                            calls += 1;
                            drop(begun.take());
                        }
                        calls
                    })
                })
                .collect();
            let ends = Over(&over);
            drop(begun);
            all_begun.recv().unwrap_err();
            let done = work(self);
            drop(ends);
            let calls: usize = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
            (calls, done)
        })
    }
}

/// A plugin in the configuration, of the file with its name.
fn plugin(name: &str) -> String {
    format!("- name: {name}\n  source: file:{name}.wasm\n")
}

fn configure(folder: &Folder, plugins: &str) -> PathBuf {
    let text = format!("reload: {{files: 100ms, tags: 100ms}}\nlog: {{filter: info}}\nplugins:\n{plugins}");
    put(folder, "metawasm.yaml", text.as_bytes())
}

/// Puts a file in its place all at once.
fn put(folder: &Folder, name: &str, bytes: &[u8]) -> PathBuf {
    let new = folder.write(&format!("{name}.new"), bytes);
    let path = folder.path().join(name);
    std::fs::rename(new, &path).unwrap();
    path
}

/// Waits until something is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + HANG;
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn link(to: &Path, from: &Path) {
    std::os::unix::fs::symlink(to, from).unwrap();
}
