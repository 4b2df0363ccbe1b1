//! Registries, the content store, and signatures.

use std::path::{Path, PathBuf};
use std::time::Duration;

use metawasm_registry::{Options, Timeouts};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use super::bounds;
use crate::catalogue::{FetchOptions, Policy};

/// `registries`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RegistriesEntry {
    /// CA bundle (PEM) of registries, in addition to the CAs of the system.
    #[schemars(with = "Option<String>", extend("flag" = "--registry-ca", "env" = "METAWASM_REGISTRY_CA"))]
    ca: Option<PathBuf>,
    /// Maximum duration of connecting to a registry, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "10s"))]
    connect: Option<Duration>,
    /// Files with credentials of registries, in the format of docker's `config.json` (the `.dockerconfigjson` of a Secret).
    /// They are read for each pull. Default: docker's own file, if it exists.
    #[schemars(with = "Option<Vec<String>>", extend("flag" = "--credentials"))]
    credentials: Option<Vec<PathBuf>>,
    /// Maximum time without a byte from a registry, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "30s"))]
    idle: Option<Duration>,
    /// Registries without TLS, each as `HOST` or `HOST:PORT`. Default: loopback addresses, unless `ca` is set.
    #[schemars(extend("flag" = "--plain-http"))]
    plain_http: Option<Vec<String>>,
    /// Directory for plugins from registries, so that a restart needs no registry. It is created if it does not exist. It
    /// must be owned by, and writable only by, the user running metawasm. Several hosts may share it. Default: nothing is
    /// kept.
    #[schemars(with = "Option<String>", extend("flag" = "--store", "env" = "METAWASM_STORE"))]
    store: Option<PathBuf>,
    /// Maximum size of `store`, 1Mi to 1024Gi. At the limit, the content that was not used for the longest time is removed.
    #[serde(default, deserialize_with = "room")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "2Gi"))]
    store_size: Option<usize>,
    /// Maximum duration of a whole pull, 100ms to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "5m"))]
    time: Option<Duration>,
}

/// `verify`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct VerifyEntry {
    /// Files of public keys. If there are any, a plugin must have a signature of one of them: ECDSA P-256 (cosign) for
    /// `oci:`, minisign for `file:`. They are read each time a plugin is loaded.
    #[schemars(with = "Option<Vec<String>>", extend("default" = [], "flag" = "--verify-key"))]
    keys: Option<Vec<PathBuf>>,
    /// Refuse plugins for which no key is configured.
    #[schemars(extend("default" = false, "flag" = "--verify-required", "env" = "METAWASM_VERIFY_REQUIRED"))]
    required: Option<bool>,
}

/// `verify` of a plugin.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PluginVerifyEntry {
    /// Files of public keys for this plugin, in place of `verify.keys`. An empty list checks no signature, which
    /// `verify.required` refuses.
    #[schemars(with = "Vec<String>")]
    keys: Vec<PathBuf>,
}

impl RegistriesEntry {
    /// Converts the entry. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> FetchOptions {
        let (default, times) = (FetchOptions::default(), Timeouts::default());
        FetchOptions {
            registry: Options {
                credentials: paths(self.credentials, base),
                ca: self.ca.map(|path| base.join(path)),
                plain_http: self.plain_http,
                timeouts: Timeouts {
                    connect: self.connect.unwrap_or(times.connect),
                    idle: self.idle.unwrap_or(times.idle),
                    whole: self.time.unwrap_or(times.whole),
                },
            },
            store: self.store.map(|path| base.join(path)),
            store_size: self.store_size.unwrap_or(default.store_size),
            ..default
        }
    }
}

impl VerifyEntry {
    /// Converts the entry. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> Policy {
        Policy {
            required: self.required.unwrap_or_default(),
            keys: paths(self.keys, base),
        }
    }
}

impl PluginVerifyEntry {
    /// Replaces the keys of the policy for all plugins. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path, all: &Policy) -> Policy {
        Policy {
            required: all.required,
            keys: paths(Some(self.keys), base),
        }
    }
}

fn paths(paths: Option<Vec<PathBuf>>, base: &Path) -> Vec<PathBuf> {
    let paths = paths.unwrap_or_default().into_iter();
    paths.map(|path| base.join(path)).collect()
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    bounds::duration(
        from,
        Duration::from_millis(100)..=Duration::from_secs(3600),
        "a duration from 100ms to 1h",
    )
}

fn room<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    bounds::size(from, 1 << 20..=1 << 40, "a size from 1Mi to 1024Gi")
}
