//! Reloads the configuration after SIGHUP, and logs the fields that need a restart.

use std::sync::Arc;

use metawasm_formats::text::shown;
use tokio::sync::Notify;

use super::Failure;
use super::signals::Harmless;
use crate::config::Config;
use crate::telemetry::{FilterError, set_filter};

/// Maximum length in bytes of an error in the log.
const TEXT: usize = 1000;

/// The state that a reload needs.
pub(super) struct Reload<R> {
    /// The configuration that the server runs with.
    pub(super) running: Config,
    /// Reads the configuration: file, environment and flags.
    pub(super) read: R,
    /// Notifies the watcher of certificates and secrets.
    pub(super) files: Arc<Notify>,
}

impl<R: Fn() -> Result<Config, Failure> + Send + Sync + 'static> Reload<R> {
    /// Reloads after each SIGHUP, forever.
    pub(super) async fn run(self, mut signals: Harmless) {
        let reload = Arc::new(self);
        loop {
            signals.reload().await;
            tracing::info!("SIGHUP: reloading the configuration, certificates and secrets");
            reload.files.notify_one();
            let own = reload.clone();
            // A file system may be slow; the serving threads do not wait for it.
            let done = tokio::task::spawn_blocking(move || own.configuration()).await;
            if let Err(error) = done {
                tracing::error!(%error, "cannot reload the configuration: a bug in the host");
            }
        }
    }

    /// Reads the configuration and applies the log filter.
    fn configuration(&self) {
        let new = match (self.read)() {
            Ok(new) => new,
            Err(
                Failure::Usage(why)
                | Failure::Load(why)
                | Failure::Refused(why)
                | Failure::Trapped { sentence: why, .. },
            ) => {
                let why = shown(&why, TEXT);
                tracing::error!("the configuration is invalid; still using the previous one: {why}");
                return;
            }
            // The panic hook has logged it.
            Err(Failure::Bug) => return,
        };
        match set_filter(&new.log.filter) {
            Ok(before) if before == new.log.filter => {}
            Ok(before) => tracing::warn!(
                before,
                filter = new.log.filter,
                "the log filter was changed by SIGHUP"
            ),
            Err(FilterError::Fixed) => {}
            Err(error) => tracing::error!("the log filter was not changed: {error}"),
        }
        match self.running.restart_for(&new).as_slice() {
            [] => tracing::info!("reloaded; no field needs a restart"),
            fields => tracing::warn!(
                fields = fields.join(" "),
                "reloaded, except for fields that need a restart"
            ),
        }
    }
}
