//! Certificate, key and secrets: read at the start, and again when their files change.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::sync::Notify;

use super::auth::{Auth, AuthError, Known};
use super::files::{Files, Looked, Reloads};
use super::options::ServeOptions;
use super::tls::{Tls, TlsError};

/// The certificate of a server, and the secrets of its callers.
#[derive(Default)]
pub struct Secrets {
    tls: Option<Tls>,
    auth: Option<Auth>,
}

/// Reasons why a server cannot start with its certificate and secrets.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// Plain HTTP on an address that other machines reach, which the options do not allow.
    #[error(
        "the hooks would be served without TLS (plain HTTP) on {listen}; configure a certificate (`tls`, --tls-cert \
         and --tls-key), or allow plain HTTP (`plain: true`, --plain)"
    )]
    Plain {
        /// The address.
        listen: SocketAddr,
    },
    /// The certificate, the key or the CA bundle.
    #[error("`tls`: {0}")]
    Tls(#[from] TlsError),
    /// The secrets of callers.
    #[error("`auth`: {0}")]
    Auth(#[from] AuthError),
}

impl Secrets {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`SecretsError`]: a file is missing or invalid, or other machines would be served without TLS although the
    /// options do not allow it.
    pub fn load(options: &ServeOptions) -> Result<Self, SecretsError> {
        if options.tls.is_none() && !options.plain && !options.listen.ip().is_loopback() {
            return Err(SecretsError::Plain {
                listen: options.listen,
            });
        }
        let tls = options.tls.as_ref().map(Tls::load).transpose();
        Ok(Self {
            tls: tls?,
            auth: Auth::load(&options.auth)?,
        })
    }

    /// What is wrong with them though they will do: a certificate that has expired.
    pub fn warning(&self) -> Option<&str> {
        self.tls.as_ref()?.warning.as_deref()
    }

    /// What became of new files, by section of the configuration.
    pub(super) fn reloads(&self) -> Vec<(&'static str, Arc<Reloads>)> {
        self.files()
            .map(|(section, files)| (section, files.reloads()))
            .collect()
    }

    /// Until when the certificate is valid.
    pub(super) fn not_after(&self) -> Option<Arc<AtomicU64>> {
        self.tls.as_ref().map(|tls| tls.not_after.clone())
    }

    fn files(&self) -> impl Iterator<Item = (&'static str, &Files)> {
        let tls = self.tls.iter().map(|tls| ("tls", &tls.files));
        tls.chain(self.auth.iter().map(|auth| ("auth", &auth.files)))
    }

    pub(super) fn tls(&self) -> Option<Arc<ArcSwap<ServerConfig>>> {
        self.tls.as_ref().map(|tls| tls.config.clone())
    }

    pub(super) fn known(&self) -> Option<Arc<ArcSwap<Known>>> {
        self.auth.as_ref().map(|auth| auth.known.clone())
    }

    /// Looks at the files every so often and whenever it is told to, for ever.
    pub(super) async fn watch(self, every: Duration, now: Arc<Notify>) {
        let tls = self.tls.map(|tls| ("tls", tls.files));
        let auth = self.auth.map(|auth| ("auth", auth.files));
        let mut watched: Vec<_> = tls.into_iter().chain(auth).collect();
        if watched.is_empty() {
            return;
        }
        loop {
            tokio::time::timeout(every, now.notified()).await.ok();
            // A file system may take its time; the executor does not wait for it.
            let looked = tokio::task::spawn_blocking(move || {
                for (section, files) in &mut watched {
                    tell(section, &files.look());
                }
                watched
            });
            match looked.await {
                Ok(back) => watched = back,
                Err(error) => {
                    tracing::error!(%error, "certificates and secrets are not looked at any more");
                    return;
                }
            }
        }
    }
}

/// A line for what a look at the files of a section came to.
fn tell(section: &str, looked: &Looked) {
    match looked {
        Looked::Same => {}
        Looked::Taken => tracing::info!("`{section}`: new files are in use"),
        Looked::Refused(why) => {
            tracing::error!("`{section}`: ignored invalid files; still using the previous ones: {why}");
        }
    }
}
