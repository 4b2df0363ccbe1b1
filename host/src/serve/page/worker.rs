//! The thread that keeps the history and makes the data for those who watch.
//!
//! It has a low priority, renders once for all watchers, and rests longer the longer that takes. Without watchers it only
//! adds a point to the history now and then.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::setpriority_process;
use rustix::thread::gettid;
use serde_json::{Value, json};

use super::history::{History, INTERVAL};
use super::render::{self, Sources};
use super::watchers::{Message, Watchers};

/// The least time between two states.
const PACE: Duration = Duration::from_secs(1);
/// The thread rests for so many times as long as a state took to make: a host with thousands of plugins tells of them less
/// often.
const REST: u32 = 19;
/// But not longer than this: the page takes a stream that is silent for 15 s as lost.
const LONGEST: Duration = Duration::from_secs(5);
/// How much less the thread counts than calls.
const NICE: i32 = 10;

/// What the thread shares with the routes.
pub(super) struct Core {
    pub(super) sources: Sources,
    pub(super) watchers: Watchers,
    history: Mutex<History>,
}

impl Core {
    pub(super) fn new(sources: Sources) -> Self {
        Self {
            history: Mutex::new(History::new(sources.started)),
            sources,
            watchers: Watchers::default(),
        }
    }

    /// All data, as it is now.
    pub(super) fn snapshot(&self) -> Value {
        self.with_history(|history| {
            json!({
                "state": self.state(history, Instant::now()),
                "history": render::history(&self.sources, history),
                "incidents": render::incidents(&self.sources),
            })
        })
    }

    /// Keeps the history and sends to watchers until `wake` has no sender any more.
    pub(super) fn run(self: &Arc<Self>, wake: &Receiver<()>) {
        setpriority_process(Some(gettid()), NICE).ok();
        let mut told = Told::default();
        let mut sample = Instant::now() + INTERVAL;
        loop {
            let now = Instant::now();
            if now >= sample {
                self.with_history(|history| history.sample(&self.sources.shared.telemetry.metrics, now));
                sample += INTERVAL;
                // After a standstill, such as that of a suspended machine, the points do not come in a hurry.
                if sample <= now {
                    sample = now + INTERVAL;
                }
            }
            let next = if self.watchers.count() == 0 {
                told = Told::default();
                sample
            } else {
                self.tell(&mut told, now).min(sample)
            };
            let pause = next.saturating_duration_since(Instant::now());
            if wake.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    /// Sends what has changed. Returns when to do so again.
    fn tell(&self, told: &mut Told, now: Instant) -> Instant {
        let is_due = told.next.is_none_or(|next| now >= next);
        if !is_due && !self.watchers.any_new() {
            return told.next.unwrap_or(now);
        }
        let mut changed = Vec::new();
        self.with_history(|history| {
            if told
                .history
                .as_ref()
                .is_none_or(|(version, _)| *version != history.version())
            {
                let message = message("history", &render::history(&self.sources, history));
                told.history = Some((history.version(), message.clone()));
                changed.push(message);
            }
            if told.state.is_none() || is_due {
                let message = message("state", &self.state(history, now));
                told.state = Some(message.clone());
                told.next = Some(now + now.elapsed().saturating_mul(REST).clamp(PACE, LONGEST));
                changed.push(message);
            }
        });
        let version = self.sources.incidents.version();
        if told
            .incidents
            .as_ref()
            .is_none_or(|(before, _)| *before != version)
        {
            let message = message("incidents", &render::incidents(&self.sources));
            told.incidents = Some((version, message.clone()));
            changed.push(message);
        }
        let kept = [
            told.history.as_ref().map(|(_, message)| message),
            told.incidents.as_ref().map(|(_, message)| message),
            told.state.as_ref(),
        ];
        let everything: Vec<Message> = kept.into_iter().flatten().cloned().collect();
        self.watchers.send(&everything, &changed, now);
        told.next.unwrap_or(now)
    }

    fn state(&self, history: &History, now: Instant) -> Value {
        render::state(&self.sources, history, self.watchers.count(), now)
    }

    fn with_history<T>(&self, run: impl FnOnce(&mut History) -> T) -> T {
        run(&mut self.history.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The last messages, for new watchers, each with the version of what it tells.
#[derive(Default)]
struct Told {
    history: Option<(u64, Message)>,
    incidents: Option<(u64, Message)>,
    state: Option<Message>,
    /// When the next state is due.
    next: Option<Instant>,
}

fn message(event: &str, value: &Value) -> Message {
    Message::new(event, &value.to_string())
}
