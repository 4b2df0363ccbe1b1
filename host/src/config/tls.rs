//! Certificate and key, and who may call.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::serve::{AuthFiles, TlsFiles};

/// `tls`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TlsEntry {
    /// The certificate of the hooks' address and, behind it, those between it and its CA, in PEM. This file and the others of `tls` and `auth` are read again when they change.
    #[serde(deserialize_with = "path")]
    #[schemars(with = "String", extend("flag" = "--tls-cert", "env" = "METAWASM_TLS_CERT"))]
    cert: PathBuf,
    /// The certificate's private key, in PEM.
    #[serde(deserialize_with = "path")]
    #[schemars(with = "String", extend("flag" = "--tls-key", "env" = "METAWASM_TLS_KEY"))]
    key: PathBuf,
    /// CAs, in PEM: every client must show a certificate of one of them.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--tls-client-ca", "env" = "METAWASM_TLS_CLIENT_CA"))]
    client_ca: Option<PathBuf>,
}

/// `auth`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuthEntry {
    /// A file of bearer tokens, one a line; each of them will do.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--auth-bearer", "env" = "METAWASM_AUTH_BEARER"))]
    bearer: Option<PathBuf>,
    /// A file of `NAME:PASSWORD`, one a line; each of them will do.
    #[serde(default, deserialize_with = "maybe_path")]
    #[schemars(with = "Option<String>", extend("flag" = "--auth-basic", "env" = "METAWASM_AUTH_BASIC"))]
    basic: Option<PathBuf>,
}

impl TlsEntry {
    /// The files; relative paths are taken from `base`.
    pub(super) fn decode(self, base: &Path) -> TlsFiles {
        TlsFiles {
            cert: base.join(self.cert),
            key: base.join(self.key),
            client_ca: self.client_ca.map(|path| base.join(path)),
        }
    }
}

impl AuthEntry {
    /// The files; relative paths are taken from `base`.
    pub(super) fn decode(self, base: &Path) -> AuthFiles {
        AuthFiles {
            bearer: self.bearer.map(|path| base.join(path)),
            basic: self.basic.map(|path| base.join(path)),
        }
    }
}

fn path<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    match String::deserialize(from)? {
        text if text.is_empty() => Err(D::Error::custom("the path of a file is expected")),
        text => Ok(text.into()),
    }
}

fn maybe_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    match Option::<String>::deserialize(from)? {
        Some(text) if text.is_empty() => Err(D::Error::custom("the path of a file is expected")),
        text => Ok(text.map(PathBuf::from)),
    }
}
