//! The file as it is written.

use std::path::PathBuf;

use metawasm_contract::ApplyStrategy;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::bounds;
use super::compile::CompileEntry;
use super::connections::ConnectionsEntry;
use super::memo::MemoEntry;
use super::plugin::PluginEntry;
use super::telemetry::{LogEntry, TracesEntry};
use super::tls::{AuthEntry, TlsEntry};
use crate::schema::SchemaMode;
use crate::units::{Address, Size, Span};

/// The file. What is not there has its default.
///
/// `default`, `flag` and `env` are for the reference; a test holds them against the program.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    /// Address of the hooks: `POST /NAME/sync`, `/NAME/finalize`, `/NAME/customize`.
    #[schemars(extend("default" = "127.0.0.1:8080", "flag" = "--listen", "env" = "METAWASM_LISTEN"))]
    pub(super) listen: Option<Address>,
    /// Address of the admin routes: `/livez`, `/readyz`, `/metrics`, `/plugins`, `/log`. They ask for no password.
    #[schemars(extend("default" = "127.0.0.1:8081", "flag" = "--admin", "env" = "METAWASM_ADMIN"))]
    pub(super) admin: Option<Address>,
    /// The largest request body.
    #[schemars(extend("default" = "8Mi", "flag" = "--body", "env" = "METAWASM_BODY"))]
    pub(super) body: Option<Size>,
    /// How long calls may take to finish after SIGTERM.
    #[schemars(extend("default" = "20s", "flag" = "--grace", "env" = "METAWASM_GRACE"))]
    pub(super) grace: Option<Span>,
    /// Calls that run at once, of all plugins; 1 to 10000.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 64))]
    pub(super) concurrency: Option<u32>,
    /// The plugins.
    #[schemars(extend("flag" = "--plugin NAME=SOURCE"))]
    pub(super) plugins: Option<Vec<PluginEntry>>,
    /// How plugins are compiled: each in a process of its own.
    pub(super) compile: Option<CompileEntry>,
    /// Calls that wait, of all plugins, before more are told to come back later; 1 to 100000. A plugin of which
    /// none waits may have one wait in any case.
    #[serde(default, deserialize_with = "bounds::queue")]
    #[schemars(extend("default" = 1024))]
    pub(super) queue: Option<u32>,
    /// Threads that serve and run plugins, 1 to 1024; where nothing is said, one for each core.
    #[serde(default, deserialize_with = "bounds::threads")]
    pub(super) workers: Option<usize>,
    /// Answers that are kept.
    pub(super) memo: Option<MemoEntry>,
    /// TLS of the hooks. The admin routes are served in the clear.
    pub(super) tls: Option<TlsEntry>,
    /// Whether hooks may be served in the clear to other machines: without `tls`, on an address that is not of loopback.
    #[schemars(extend("default" = false, "flag" = "--plain", "env" = "METAWASM_PLAIN"))]
    pub(super) plain: Option<bool>,
    /// Who may call a hook; anybody where there is nothing.
    pub(super) auth: Option<AuthEntry>,
    /// Bounds of the hooks' connections.
    pub(super) connections: Option<ConnectionsEntry>,
    /// What is logged, to standard error. The filter can be changed on the admin listener (`PUT /log`).
    pub(super) log: Option<LogEntry>,
    /// The `--apply-strategy` of Metacontroller: `dynamic-apply` or `server-side-apply`. Under `dynamic-apply` an answer
    /// is refused if a list of a child has one merge key twice, because Metacontroller would lose one of the items.
    #[serde(default, deserialize_with = "apply_strategy")]
    #[schemars(with = "Option<String>", extend("default" = "dynamic-apply", "flag" = "--apply-strategy", "env" = "METAWASM_APPLY_STRATEGY"))]
    pub(super) apply_strategy: Option<ApplyStrategy>,
    /// What to do about children with fields that their kind does not have or with values of another type: `off`,
    /// `warn` (a line in the log for each content) or `refuse` (the answer).
    #[schemars(extend("default" = "warn", "flag" = "--schema", "env" = "METAWASM_SCHEMA"))]
    pub(super) schema: Option<SchemaMode>,
    /// Files and folders of CustomResourceDefinitions, YAML: the schemas and scopes of kinds that Kubernetes does not
    /// own. A kind without a schema is not checked. Relative paths are taken from the folder of this file.
    #[schemars(with = "Option<Vec<String>>", extend("default" = [], "flag" = "--crds PATH"))]
    pub(super) crds: Option<Vec<PathBuf>>,
    /// Whether and where traces of requests go.
    pub(super) traces: Option<TracesEntry>,
}

fn apply_strategy<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ApplyStrategy>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}
