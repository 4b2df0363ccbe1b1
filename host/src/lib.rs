//! **metawasm** runs Metacontroller hooks as sandboxed WebAssembly.
//!
//! Metacontroller posts a parent object and the children that it observes. A plugin, a pure
//! function compiled to a component, answers with the children that should exist. The host
//! ensures that no plugin, broken or hostile, can harm the cluster, the host or another
//! plugin.
//!
//! # Request pipeline
//!
//! ```text
//! Metacontroller ── POST /NAME/sync ──▶ serve      TLS, authentication, route; limits on heads, bodies, connections
//!                                         │
//!                                       memo       the same body as before: the same answer
//!                                         │
//!                                      envelope    one scan: parent, declared kinds, observed children; cut what the
//!                                         │        plugin does not read
//!                                       memo       what the plugin would see is the same: the same answer; 304 if the
//!                                         │        caller holds it
//!                                      admission   a fair place in the queue, or 429 with Retry-After
//!                                         │
//!                                      sandbox     a fresh instance, a memory limit, a deadline:
//!                                         │        sync(request, settings)
//!                                      review      is this answer safe to give to Metacontroller? schemas of children
//!                                         │
//! ◀── 200 · 304 · 429 · one sentence ─ respond     one table: outcome → status, metric label, log level
//! ```
//!
//! [`pipeline`] is everything from the first memo to the review. [`serve`] adds HTTP, and [`cli`] the commands that do
//! the same offline. Dependencies point one way:
//! `cli → serve → pipeline → {schema → contract, catalogue, sandbox}`.
//!
//! | module | what |
//! |---|---|
//! | [`compare`] | the differences between two answers
//! | [`contract`] | Metacontroller's requests, and the review of answers |
//! | [`schema`] | the fields that kinds have |
//! | [`sandbox`] | a narrow wasmtime: compile, call, limits |
//! | [`registry`] | plugins in OCI registries: pull, push, signatures |
//! | [`store`] | content from registries, kept by digest |
//! | [`catalogue`] | plugins: load, describe, check settings |
//! | [`pipeline`] | one request, from its bytes to an [`Outcome`](pipeline::Outcome) |
//! | [`rollout`] | the life of plugins: versions come, serve and go |
//! | [`serve`] | HTTP, TLS, authentication, metrics |
//! | [`config`] | the configuration file |
//! | [`telemetry`] | metrics, logs, traces |
//!
//! # Embed a host
//!
//! A host without HTTP is a [`Sandbox`](sandbox::Sandbox), a [`Catalogue`](catalogue::Catalogue) and a
//! [`Pipeline`](pipeline::Pipeline). It needs a tokio runtime with timers.
//!
//! ```
//! use metawasm::catalogue::{Catalogue, Fetcher, Source, load};
//! use metawasm::config::plugin_spec;
//! use metawasm::pipeline::{AdmissionOptions, MemoOptions, Outcome, Pipeline};
//! use metawasm::sandbox::{Sandbox, SandboxOptions};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = metawasm_tests::process::Folder::new("embed");
//! # let guest = metawasm_tests::guest::Guest::answering(r#"{"status": {"ready": true}, "children": []}"#);
//! # let plugin = folder.write("hello.wasm", guest.component());
//! // `plugin` is the path of a component for parents of kind Function.
//! let sandbox = Sandbox::new(SandboxOptions {
//!     concurrency: 8,
//!     memory: 64 << 20,
//!     table_elements: 100_000,
//! })?;
//! let spec = plugin_spec("hello".to_owned(), Source::File(plugin));
//! let mut catalogue = Catalogue::default();
//! catalogue.insert("hello", load(&sandbox, &Fetcher::default(), &spec).await);
//! let host = Pipeline::new(sandbox, catalogue, AdmissionOptions::default())
//!     .with_memo(MemoOptions::default());
//!
//! let request = br#"{
//!     "controller": {"kind": "CompositeController", "metadata": {"name": "c"}},
//!     "parent": {
//!         "apiVersion": "core.openfunction.io/v1beta2", "kind": "Function",
//!         "metadata": {"name": "hello", "namespace": "default", "uid": "1"}
//!     },
//!     "children": {"Deployment.apps/v1": {}},
//!     "related": {},
//!     "finalizing": false
//! }"#;
//! match host.call("hello", "sync", request).await {
//!     Outcome::Answer { body, .. } => assert!(body.starts_with(b"{\"status\"")),
//!     failed => panic!("{}", failed.sentence()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `Sandbox::new` compiles in this process. A host that loads plugins of others compiles in child processes
//! ([`Compiler::ChildProcesses`](sandbox::Compiler::ChildProcesses)), which limits the compiler's time and memory; that
//! needs the `metawasm` binary.

pub mod catalogue;
mod child;
pub mod cli;
pub mod compare;
pub mod config;
mod input;
mod memory;
pub mod pipeline;
pub mod rollout;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod store;
pub mod telemetry;
mod units;
mod yaml;

pub use input::InputError;
pub use metawasm_contract as contract;
pub use metawasm_registry as registry;
pub use yaml::{Places, YamlError};
