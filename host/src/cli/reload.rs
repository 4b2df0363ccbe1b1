//! What SIGHUP reloads, and what it says about the rest.

use std::sync::Arc;

use metawasm_formats::text::shown;
use tokio::sync::Notify;

use super::Failure;
use super::signals::Harmless;
use crate::config::Config;
use crate::telemetry::{FilterError, set_filter};

/// Bytes of an error text in the log.
const TEXT: usize = 1000;

/// What is reloaded, and from where.
pub(super) struct Reload<R> {
    /// What the server runs with.
    pub(super) running: Config,
    /// Reads the configuration again: file, environment and flags.
    pub(super) read: R,
    /// Has the files of certificates and secrets looked at now.
    pub(super) files: Arc<Notify>,
}

impl<R: Fn() -> Result<Config, Failure> + Send + Sync + 'static> Reload<R> {
    /// Reloads at each SIGHUP, for ever.
    pub(super) async fn run(self, mut signals: Harmless) {
        let reload = Arc::new(self);
        loop {
            signals.reload().await;
            tracing::info!("SIGHUP: reading the configuration, certificates and secrets again");
            reload.files.notify_one();
            let own = reload.clone();
            // A file system may be slow; the threads that serve do not wait for it.
            let done = tokio::task::spawn_blocking(move || own.configuration()).await;
            if let Err(error) = done {
                tracing::error!(%error, "the configuration was not read again: a bug of the host");
            }
        }
    }

    /// Reads the configuration, and applies what can be applied.
    fn configuration(&self) {
        let new = match (self.read)() {
            Ok(new) => new,
            Err(Failure::Usage(why) | Failure::Load(why) | Failure::Refused(why)) => {
                let why = shown(&why, TEXT);
                tracing::error!("the configuration is invalid; still using the previous one: {why}");
                return;
            }
            // The log has it by now.
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
            [] => tracing::info!("reloaded; nothing in the configuration needs a restart"),
            fields => tracing::warn!(
                fields = fields.join(" "),
                "reloaded, except for changes in the configuration that need a restart"
            ),
        }
    }
}
