//! Certificate, key and secrets: read at the start, and again when their files change.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use super::auth::{Auth, Known};
use super::files::{Files, Looked};
use super::tls::Tls;
use super::{AuthStatus, ServeOptions, TlsStatus};

/// What a server proves itself with, and its callers.
#[derive(Default)]
pub struct Secrets {
    tls: Option<Tls>,
    auth: Option<Auth>,
}

impl Secrets {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// One sentence: the field and the file that is missing or no good, or an address of other machines that
    /// would be served in the clear without anybody having asked for it.
    pub fn load(options: &ServeOptions) -> Result<Self, String> {
        if options.tls.is_none() && !options.plain && !options.listen.ip().is_loopback() {
            return Err(format!(
                "the hooks would be served in the clear on {}; give the server a certificate (`tls`, --tls-cert \
                 and --tls-key), or say that it is to be so (`plain: true`, --plain)",
                options.listen
            ));
        }
        let tls = options.tls.as_ref().map(Tls::load).transpose();
        Ok(Self {
            tls: tls.map_err(|why| format!("`tls`: {why}"))?,
            auth: Auth::load(&options.auth).map_err(|why| format!("`auth`: {why}"))?,
        })
    }

    /// What is wrong with them though they will do: a certificate that has expired.
    pub fn warning(&self) -> Option<&str> {
        self.tls.as_ref()?.warning.as_deref()
    }

    /// What is known of the certificate.
    pub fn tls_status(&self) -> Option<Arc<TlsStatus>> {
        self.tls.as_ref().map(|tls| tls.status.clone())
    }

    /// What became of new secrets.
    pub fn auth_status(&self) -> Option<Arc<AuthStatus>> {
        self.auth.as_ref().map(|auth| auth.status.clone())
    }

    pub(super) fn tls(&self) -> Option<Arc<ArcSwap<ServerConfig>>> {
        self.tls.as_ref().map(|tls| tls.config.clone())
    }

    pub(super) fn known(&self) -> Option<Arc<ArcSwap<Known>>> {
        self.auth.as_ref().map(|auth| auth.known.clone())
    }

    /// Looks at the files every so often, for ever.
    pub(super) async fn watch(self, every: Duration) {
        let mut watched = Vec::new();
        if let Some(Tls { files, status, .. }) = self.tls {
            watched.push(Watched::new("tls", files, move |good| {
                let (yes, no) = (&status.reloads, &status.failures);
                if good { count(yes) } else { count(no) }
            }));
        }
        if let Some(Auth { files, status, .. }) = self.auth {
            watched.push(Watched::new("auth", files, move |good| {
                let (yes, no) = (&status.reloads, &status.failures);
                if good { count(yes) } else { count(no) }
            }));
        }
        if watched.is_empty() {
            return;
        }
        loop {
            tokio::time::sleep(every).await;
            // A file system may take its time; the executor does not wait for it.
            let looked = tokio::task::spawn_blocking(move || {
                for watched in &mut watched {
                    watched.look();
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

fn count(number: &AtomicU64) {
    number.fetch_add(1, Ordering::Relaxed);
}

/// Files of a section of the configuration.
struct Watched {
    section: &'static str,
    files: Files,
    tell: Box<dyn Fn(bool) + Send>,
}

impl Watched {
    fn new(section: &'static str, files: Files, tell: impl Fn(bool) + Send + 'static) -> Self {
        Self {
            section,
            files,
            tell: Box::new(tell),
        }
    }

    fn look(&mut self) {
        let section = self.section;
        match self.files.look() {
            Looked::Same => {}
            Looked::Taken => {
                (self.tell)(true);
                tracing::info!("`{section}`: new files are in use");
            }
            Looked::Refused(why) => {
                (self.tell)(false);
                tracing::error!("`{section}`: new files are no good, the old ones stay in use: {why}");
            }
        }
    }
}
