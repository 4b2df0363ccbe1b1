//! The configuration file, as deserialized.

use std::path::PathBuf;

use metawasm_contract::ApplyStrategy;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::bounds;
use super::compile::CompileEntry;
use super::connections::ConnectionsEntry;
use super::engines::EnginesEntry;
use super::memo::MemoEntry;
use super::plugin::PluginEntry;
use super::record::RecordEntry;
use super::registries::{RegistriesEntry, VerifyEntry};
use super::reload::ReloadEntry;
use super::telemetry::{LogEntry, TracesEntry};
use super::tls::{AuthEntry, TlsEntry};
use crate::schema::SchemaMode;
use crate::units::{Address, Size, Span};

/// The configuration file. An absent field has its default.
///
/// `default`, `flag` and `env` appear in the reference. A test compares them with the program.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct File {
    /// IP address and port of the hooks: `POST /NAME/sync`, `/NAME/finalize`, `/NAME/customize`.
    #[schemars(extend("default" = "127.0.0.1:8080", "flag" = "--listen", "env" = "METAWASM_LISTEN"))]
    pub(super) listen: Option<Address>,
    /// IP address and port of the admin routes: `/livez`, `/readyz`, `/metrics`, `/plugins`, `/reload`, `/log` and the page. They have no authentication.
    #[schemars(extend("default" = "127.0.0.1:8081", "flag" = "--admin", "env" = "METAWASM_ADMIN"))]
    pub(super) admin: Option<Address>,
    /// Serve the host's page to browsers on the admin address: `/`, with its data at `/status` and `/events`.
    #[schemars(extend("default" = true, "flag" = "--page", "env" = "METAWASM_PAGE"))]
    pub(super) page: Option<bool>,
    /// Maximum size of a request body.
    #[schemars(extend("default" = "8Mi", "flag" = "--body", "env" = "METAWASM_BODY"))]
    pub(super) body: Option<Size>,
    /// Maximum time for running calls to finish after SIGTERM.
    #[schemars(extend("default" = "20s", "flag" = "--grace", "env" = "METAWASM_GRACE"))]
    pub(super) grace: Option<Span>,
    /// Maximum number of running calls of all plugins, 1 to 10000.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 64))]
    pub(super) concurrency: Option<u32>,
    /// Plugins to serve.
    #[schemars(extend("flag" = "--plugin NAME=SOURCE"))]
    pub(super) plugins: Option<Vec<PluginEntry>>,
    /// Engines of plugins that are scripts.
    pub(super) engines: Option<EnginesEntry>,
    /// How changes of plugins and of this file are noticed.
    pub(super) reload: Option<ReloadEntry>,
    /// Compilation of plugins. Each plugin is compiled in a separate process.
    pub(super) compile: Option<CompileEntry>,
    /// Maximum number of waiting calls of all plugins, 1 to 100000. Further calls get 429. One call of each plugin may
    /// always wait.
    #[serde(default, deserialize_with = "bounds::queue")]
    #[schemars(extend("default" = 1024))]
    pub(super) queue: Option<u32>,
    /// Number of threads that serve and run plugins, 1 to 1024. Default: the number of CPU cores.
    #[serde(default, deserialize_with = "bounds::threads")]
    pub(super) workers: Option<usize>,
    /// Stored answers for repeated requests.
    pub(super) memo: Option<MemoEntry>,
    /// TLS of the hooks. The admin routes are always served without TLS (plain HTTP).
    pub(super) tls: Option<TlsEntry>,
    /// Allow serving the hooks without TLS (plain HTTP) on an address other than loopback.
    #[schemars(extend("default" = false, "flag" = "--plain", "env" = "METAWASM_PLAIN"))]
    pub(super) plain: Option<bool>,
    /// Authentication of callers. Without it, any client can call the hooks.
    pub(super) auth: Option<AuthEntry>,
    /// Limits for connections to the hooks.
    pub(super) connections: Option<ConnectionsEntry>,
    /// Log on standard error. `PUT /log` on the admin address changes the filter.
    pub(super) log: Option<LogEntry>,
    /// Value of Metacontroller's flag `--apply-strategy`: `dynamic-apply` or `server-side-apply`. With `dynamic-apply`, an
    /// answer is rejected if a list of a child has a duplicate merge key, because Metacontroller would lose one of the items.
    #[serde(default, deserialize_with = "apply_strategy")]
    #[schemars(with = "Option<String>", extend("default" = "dynamic-apply", "flag" = "--apply-strategy", "env" = "METAWASM_APPLY_STRATEGY"))]
    pub(super) apply_strategy: Option<ApplyStrategy>,
    /// Action for children with unknown fields or wrong types: `off`, `warn` (one log line for each content) or `refuse`
    /// (reject the answer).
    #[schemars(extend("default" = "warn", "flag" = "--schema", "env" = "METAWASM_SCHEMA"))]
    pub(super) schema: Option<SchemaMode>,
    /// YAML files or directories of CustomResourceDefinitions, for the schemas and scopes of custom resources. Kinds
    /// without a schema are not checked. Paths are relative to the directory of this file.
    #[schemars(with = "Option<Vec<String>>", extend("default" = [], "flag" = "--crds PATH"))]
    pub(super) crds: Option<Vec<PathBuf>>,
    /// Recording of requests, for tests and for comparing a new version of a plugin.
    pub(super) record: Option<RecordEntry>,
    /// Export of traces.
    pub(super) traces: Option<TracesEntry>,
    /// OCI registries, for plugins with the source `oci://…`. Proxies are those of the variables `HTTPS_PROXY`, `HTTP_PROXY`
    /// and `NO_PROXY`.
    pub(super) registries: Option<RegistriesEntry>,
    /// Signatures that plugins need.
    pub(super) verify: Option<VerifyEntry>,
}

fn apply_strategy<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ApplyStrategy>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}
