//! TLS: a certificate, its key, and whose certificates clients must show.
//!
//! rustls with ring, TLS 1.2 and 1.3. A new certificate is for new connections; those that are open live on.
//! Session tickets are of one set of files: who was let in under an old client CA must show its certificate
//! again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{CertificateError, Error, InconsistentKeys, RootCertStore, ServerConfig};

use super::files::{FileError, Files, read_all};

/// The protocols that a client may choose from.
pub(super) const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and behind it those between it and its CA.
    pub cert: PathBuf,
    /// The certificate's key.
    pub key: PathBuf,
    /// CAs of clients. Where it is there, every client must show a certificate of one of them.
    pub client_ca: Option<PathBuf>,
}

/// What connections are set up with, always that of the files that were good last.
pub(super) struct Tls {
    pub(super) config: Arc<ArcSwap<ServerConfig>>,
    /// Until when the certificate is valid, in seconds since 1970; 0 where that is not known.
    pub(super) not_after: Arc<AtomicU64>,
    /// The files it is made of.
    pub(super) files: Files,
    /// What is wrong with a certificate that is served all the same.
    pub(super) warning: Option<String>,
}

/// Reasons why a certificate, a key or a CA bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file has no certificate.
    #[error("{}: no complete PEM certificate found", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// A file has no private key.
    #[error("{}: no complete PEM private key found; the key must not be encrypted", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// A certificate of the CA bundle is invalid.
    #[error("{}: {source}", .path.display())]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// rustls' error.
        source: Error,
    },
    /// The CA bundle cannot verify clients.
    #[error("{}: {source}", .path.display())]
    Verifier {
        /// The file.
        path: PathBuf,
        /// rustls' error.
        source: VerifierBuilderError,
    },
    /// Key and certificate do not belong together.
    #[error("{}: the key does not match the certificate in {}", .key.display(), .cert.display())]
    Mismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        cert: PathBuf,
    },
    /// Key and certificate are invalid in another way.
    #[error("{} and {}: {source}", .cert.display(), .key.display())]
    Pair {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        cert: PathBuf,
        /// rustls' error.
        source: Error,
    },
    /// The certificate has expired.
    #[error("{}: the certificate expired {} ago; clients will reject it", .path.display(), span(*.ago))]
    Expired {
        /// The file.
        path: PathBuf,
        /// Seconds since then.
        ago: u64,
    },
    /// rustls cannot be configured.
    #[error("{0}")]
    Config(#[from] Error),
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// The file that is missing, is no PEM, or does not fit to another one.
    pub(super) fn load(names: &TlsFiles) -> Result<Self, TlsError> {
        let paths: Vec<PathBuf> = [&names.cert, &names.key]
            .into_iter()
            .chain(&names.client_ca)
            .cloned()
            .collect();
        let contents = read_all(&paths)?;
        let (config, expiry) = build(names, &contents)?;
        let config = Arc::new(ArcSwap::from_pointee(config));
        // At the start there is no better one, and the next one may come any moment.
        let warning = expired(names, expiry).err().map(|error| error.to_string());
        let not_after = Arc::new(AtomicU64::new(seconds(expiry)));
        let (target, told, names) = (config.clone(), not_after.clone(), names.clone());
        let take = move |contents: &[Vec<u8>]| {
            let (config, expiry) = build(&names, contents)?;
            expired(&names, expiry)?;
            target.store(Arc::new(config));
            told.store(seconds(expiry), Ordering::Relaxed);
            Ok(())
        };
        Ok(Self {
            config,
            not_after,
            files: Files::new(paths, &contents, Box::new(take)),
            warning,
        })
    }
}

/// What the files' contents make, and until when the certificate is valid.
fn build(names: &TlsFiles, contents: &[Vec<u8>]) -> Result<(ServerConfig, Option<UnixTime>), TlsError> {
    let part = |index: usize| contents.get(index).map(Vec::as_slice).unwrap_or_default();
    let chain = certificates(part(0), &names.cert)?;
    let key = PrivateKeyDer::from_pem_slice(part(1)).map_err(|_| TlsError::Key {
        path: names.key.clone(),
    })?;
    let provider = Arc::new(default_provider());
    let expiry = chain.first().and_then(|cert| not_after(cert, &provider));
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let builder = match &names.client_ca {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let path = || name.clone();
            let mut roots = RootCertStore::empty();
            for cert in certificates(part(2), name)? {
                roots
                    .add(cert)
                    .map_err(|source| TlsError::ClientCa { path: path(), source })?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|source| TlsError::Verifier { path: path(), source })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch {
                key: names.key.clone(),
                cert: names.cert.clone(),
            },
            source => TlsError::Pair {
                key: names.key.clone(),
                cert: names.cert.clone(),
                source,
            },
        })?;
    config.alpn_protocols = vec![H2.to_vec(), HTTP1.to_vec()];
    config.ticketer = Ticketer::new()?;
    Ok((config, expiry))
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::Certificate {
            path: path.to_owned(),
        }),
    }
}

fn seconds(time: Option<UnixTime>) -> u64 {
    time.map_or(0, |time| time.as_secs())
}

fn expired(names: &TlsFiles, expiry: Option<UnixTime>) -> Result<(), TlsError> {
    let now = UnixTime::now().as_secs();
    match expiry.map(|expiry| now.checked_sub(expiry.as_secs())) {
        Some(Some(ago @ 1..)) => Err(TlsError::Expired {
            path: names.cert.clone(),
            ago,
        }),
        _ => Ok(()),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Until when a certificate is valid. rustls does not say it of a server's own; but a verifier that is asked
/// at the end of time says since when it is not valid any more.
fn not_after(cert: &CertificateDer<'static>, provider: &Arc<CryptoProvider>) -> Option<UnixTime> {
    let mut roots = RootCertStore::empty();
    roots.add(cert.clone()).ok()?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .ok()?;
    let name = ServerName::try_from("localhost").ok()?;
    let end = UnixTime::since_unix_epoch(Duration::from_secs(u64::MAX));
    match verifier.verify_server_cert(cert, &[], &name, &[], end) {
        Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => Some(not_after),
        _ => None,
    }
}
