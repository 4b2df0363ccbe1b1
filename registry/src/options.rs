//! How registries are reached.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Maximum size of a CA bundle.
const BUNDLE: u64 = 4 << 20;

/// How registries are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Files in the format of docker's `config.json`. Without any, docker's own is read.
    pub credentials: Vec<PathBuf>,
    /// A CA bundle (PEM), in addition to the CAs of the system.
    pub ca: Option<PathBuf>,
    /// Registries without TLS, each a host with an optional port. `None` allows loopback addresses, unless there is a CA
    /// bundle.
    pub plain_http: Option<Vec<String>>,
    /// Limits of time.
    pub timeouts: Timeouts,
}

/// Limits of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, with its TLS handshake.
    pub connect: Duration,
    /// Between two pieces of a response.
    pub idle: Duration,
    /// For a whole pull or push.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(300),
        }
    }
}

/// Reasons why the options cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OptionsError {
    /// The CA bundle cannot be read.
    #[error("cannot read the CA bundle {}: {reason}", path.display())]
    Ca {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// Not a registry.
    #[error(
        "invalid registry {0:?} in the list of plain HTTP; expected a host with an optional port, such as localhost:5000"
    )]
    Plain(String),
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// Reads a CA bundle.
pub(crate) fn read_ca(path: &Path) -> Result<Vec<CertificateDer<'static>>, OptionsError> {
    let failed = |reason: String| OptionsError::Ca {
        path: path.to_owned(),
        reason,
    };
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path)?;
        io::Read::read_to_end(&mut io::Read::take(file, BUNDLE + 1), &mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > BUNDLE {
        return Err(failed(format!("larger than {} MiB", BUNDLE >> 20)));
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(failed("no PEM certificate in it".to_owned())),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(failed(error.to_string())),
    }
}
