//! How others ask the owner of a rollout.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use tokio::sync::oneshot;

use super::report::{ChangeError, PluginReport, ReloadReport};

/// Requests that wait for their turn.
const QUEUE: usize = 64;

/// What can be asked for.
#[derive(Debug)]
pub enum Ask {
    /// Read the configuration and all sources again. Whoever waits is told what came of it.
    Reload(Option<oneshot::Sender<ReloadReport>>),
    /// Have the shadow of a plugin serve.
    Promote(Aim),
    /// Have the previous version of a plugin serve.
    RollBack(Aim),
}

/// A plugin, the digest that is expected, and who is told.
#[derive(Debug)]
pub struct Aim {
    /// The plugin.
    pub plugin: String,
    /// `sha256:…` of the version that is to serve, if the person said so.
    pub digest: Option<String>,
    /// Whoever waits.
    pub reply: oneshot::Sender<Result<PluginReport, ChangeError>>,
}

/// Too many requests wait, or the host is ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many reloads are waiting, or the host is shutting down; try again later")]
pub struct Busy;

/// Asks the owner of a rollout.
#[derive(Debug)]
pub struct Control {
    sender: SyncSender<Ask>,
    taken: AtomicU64,
    refused: AtomicU64,
}

impl Control {
    /// Both ends.
    pub fn channel() -> (Arc<Self>, Receiver<Ask>) {
        let (sender, receiver) = sync_channel(QUEUE);
        let control = Self {
            sender,
            taken: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        (Arc::new(control), receiver)
    }

    /// Asks for something, without waiting for it.
    ///
    /// # Errors
    ///
    /// [`Busy`].
    pub fn ask(&self, ask: Ask) -> Result<(), Busy> {
        self.sender.try_send(ask).map_err(|_| Busy)
    }

    /// Counts a configuration that was read again.
    pub fn count(&self, refused: bool) {
        let count = if refused { &self.refused } else { &self.taken };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// How often the configuration was read again: taken and refused.
    pub fn config_reloads(&self) -> (u64, u64) {
        (
            self.taken.load(Ordering::Relaxed),
            self.refused.load(Ordering::Relaxed),
        )
    }
}
