//! Reloads the configuration and the plugins: on SIGHUP, on `POST /reload`, and when their files change.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use metawasm_formats::text::shown;
use tokio::sync::{Notify, oneshot};

use super::signals::Harmless;
use super::{Failure, boot};
use crate::catalogue::{Source, Version};
use crate::config::Config;
use crate::rollout::{Ask, Control, ReloadReport, Rollout, Verdict};
use crate::telemetry::{FilterError, set_filter};

/// Maximum length in bytes of an error in the log.
const TEXT: usize = 1000;
/// How long the thread sleeps at most if nothing is watched.
const IDLE: Duration = Duration::from_secs(3600);

/// The owner of the configuration and the plugins. All changes are made by its thread, one after the other.
pub(super) struct Reload<R> {
    /// The configuration that the server runs with.
    pub(super) running: Config,
    /// Reads the configuration: file, environment and flags.
    pub(super) read: R,
    /// The configuration file, if there is one.
    pub(super) path: Option<PathBuf>,
    pub(super) rollout: Rollout,
    pub(super) control: Arc<Control>,
}

/// Asks for a reload after each SIGHUP, forever. `files` notifies the watcher of certificates and secrets.
pub(super) async fn on_hangup(mut signals: Harmless, files: Arc<Notify>, control: Arc<Control>) {
    loop {
        signals.reload().await;
        tracing::info!("SIGHUP: reloading the configuration, plugins, certificates and secrets");
        files.notify_one();
        // If the queue is full, the reloads in it see the newest files too.
        control.ask(Ask::Reload(None)).ok();
    }
}

/// The configuration file, as it was seen.
#[derive(Default)]
struct Watched {
    /// What was read last.
    taken: Option<Version>,
    /// What was there at the last look, if it is something else.
    seen: Option<Version>,
}

impl<R: Fn() -> Result<Config, Failure>> Reload<R> {
    /// Loads the plugins, says what came of it, and then does what is asked for until nobody can ask any more.
    pub(super) fn run(mut self, asks: &Receiver<Ask>, loaded: oneshot::Sender<Result<(), Failure>>) {
        let mut file = Watched {
            taken: self.stamp(),
            seen: None,
        };
        let outcome = boot::load(&mut self.rollout, &self.running.plugins);
        // Without a receiver, the server has ended.
        loaded.send(outcome).ok();
        let mut waiting = VecDeque::new();
        let mut next = Instant::now();
        loop {
            let watch = self.running.reload;
            let interval = if watch.watch {
                watch.intervals.files.min(watch.intervals.tags)
            } else {
                IDLE
            };
            let ask = match waiting.pop_front() {
                Some(ask) => Ok(ask),
                None => asks.recv_timeout(next.saturating_duration_since(Instant::now())),
            };
            match ask {
                Ok(Ask::Reload(reply)) => {
                    // What is asked for before it begins, it does too.
                    let mut replies = vec![reply];
                    for ask in asks.try_iter() {
                        match ask {
                            Ask::Reload(reply) => replies.push(reply),
                            other => waiting.push_back(other),
                        }
                    }
                    file.taken = self.stamp();
                    file.seen = None;
                    let report = self.reload();
                    for reply in replies.into_iter().flatten() {
                        reply.send(report.clone()).ok();
                    }
                }
                Ok(Ask::Promote(aim)) => {
                    let done = self.rollout.promote(&aim.plugin, aim.digest.as_deref());
                    aim.reply.send(done).ok();
                }
                Ok(Ask::RollBack(aim)) => {
                    let done = self.rollout.roll_back(&aim.plugin, aim.digest.as_deref());
                    aim.reply.send(done).ok();
                }
                Err(RecvTimeoutError::Timeout) => {
                    if watch.watch {
                        self.look(&mut file);
                    }
                    next = Instant::now() + interval;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn stamp(&self) -> Option<Version> {
        self.rollout.version(&Source::File(self.path.clone()?))
    }

    /// Looks at the configuration file and the sources.
    fn look(&mut self, file: &mut Watched) {
        let now = self.stamp();
        if now.is_none() || now == file.taken {
            file.seen = None;
        } else if now == file.seen {
            file.taken = now;
            file.seen = None;
            tracing::info!("the configuration file changed: reloading");
            self.reload();
            return;
        } else {
            // It may still be being written.
            file.seen = now;
        }
        self.rollout.look(self.running.reload.intervals, Instant::now());
    }

    /// Reads the configuration, and brings the plugins and the log filter to what it says.
    fn reload(&mut self) -> ReloadReport {
        let new = match (self.read)() {
            Ok(new) => new,
            Err(
                Failure::Usage(why)
                | Failure::Load(why)
                | Failure::Refused(why)
                | Failure::Trapped { sentence: why, .. },
            ) => {
                return self.refused(&why);
            }
            // The panic hook has logged it.
            Err(Failure::Bug) => return self.refused("a bug in metawasm; see the log"),
        };
        self.control.count(false);
        match set_filter(&new.log.filter) {
            Ok(before) if before == new.log.filter => {}
            Ok(before) => tracing::warn!(
                before,
                filter = new.log.filter,
                "the log filter was changed by a reload"
            ),
            Err(FilterError::Fixed) => {}
            Err(error) => tracing::error!("the log filter was not changed: {error}"),
        }
        let restart = self.running.restart_for(&new);
        self.running.reload = new.reload;
        self.running.plugins = new.plugins;
        let plugins = self.rollout.apply(&self.running.plugins);
        let count = |verdict| plugins.iter().filter(|report| report.verdict == verdict).count();
        let (loaded, swapped) = (count(Verdict::Loaded), count(Verdict::Swapped));
        let (removed, failed) = (count(Verdict::Removed), count(Verdict::Failed));
        match restart.as_slice() {
            [] => tracing::info!(
                loaded,
                swapped,
                removed,
                failed,
                "reloaded; no field needs a restart"
            ),
            fields => tracing::warn!(
                loaded,
                swapped,
                removed,
                failed,
                fields = fields.join(" "),
                "reloaded, except for fields that need a restart"
            ),
        }
        ReloadReport {
            refused: None,
            restart,
            plugins,
        }
    }

    fn refused(&self, why: &str) -> ReloadReport {
        self.control.count(true);
        let why = shown(why, TEXT);
        tracing::error!("the configuration is invalid; still using the previous one: {why}");
        ReloadReport {
            refused: Some(why),
            ..ReloadReport::default()
        }
    }
}
