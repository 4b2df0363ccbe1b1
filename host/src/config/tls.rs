//! TLS and authentication.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::serve::{AuthFiles, TlsFiles};

/// `tls`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TlsEntry {
    /// Server certificate chain (PEM). This file and the other files of `tls` and `auth` are reloaded when they change.
    #[serde(deserialize_with = "path")]
    #[schemars(with = "String", extend("flag" = "--tls-cert", "env" = "METAWASM_TLS_CERT"))]
    cert: PathBuf,
    /// Private key of the server certificate (PEM).
    #[serde(deserialize_with = "path")]
    #[schemars(with = "String", extend("flag" = "--tls-key", "env" = "METAWASM_TLS_KEY"))]
    key: PathBuf,
    /// CA bundle (PEM). Clients must present a certificate signed by it.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--tls-client-ca", "env" = "METAWASM_TLS_CLIENT_CA"))]
    client_ca: Option<PathBuf>,
}

/// `auth`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuthEntry {
    /// File of bearer tokens, one per line. Callers must send one of them.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--auth-bearer", "env" = "METAWASM_AUTH_BEARER"))]
    bearer: Option<PathBuf>,
    /// File of `NAME:PASSWORD` credentials, one per line. Callers must send one of them.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--auth-basic", "env" = "METAWASM_AUTH_BASIC"))]
    basic: Option<PathBuf>,
}

impl TlsEntry {
    /// Returns the files. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> TlsFiles {
        TlsFiles {
            cert: base.join(self.cert),
            key: base.join(self.key),
            client_ca: self.client_ca.map(|path| base.join(path)),
        }
    }
}

impl AuthEntry {
    /// Returns the files. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> AuthFiles {
        AuthFiles {
            bearer: self.bearer.map(|path| base.join(path)),
            basic: self.basic.map(|path| base.join(path)),
        }
    }
}

fn path<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    match String::deserialize(from)? {
        text if text.is_empty() => Err(D::Error::custom("expected a file path")),
        text => Ok(text.into()),
    }
}

fn maybe_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) if text.is_empty() => Err(D::Error::custom("expected a file path")),
        text => Ok(text.map(PathBuf::from)),
    }
}
