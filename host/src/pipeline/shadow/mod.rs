//! A version that runs beside the one that serves, to see what it would change.
//!
//! After a caller has its answer, the request and the answer go to the shadow's own thread, of low priority: it calls
//! the other version, one call at a time, and compares the reviewed answers. What does not fit into its short queue is
//! skipped, so that a shadow that is slow, loops or traps delays nobody. Each request is compared once.

mod record;

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use metawasm_contract::{Hook, ObjectRef};
use rustix::process::setpriority_process;
use rustix::thread::gettid;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_128_with_seed;

pub use record::ShadowCounts;
use record::{Record, Verdict};

use super::outcome::Outcome;
use super::route::Route;
use super::run::Runner;
use crate::catalogue::Plugin;
use crate::compare::compare;

/// Requests that wait for a shadow.
const QUEUE: usize = 16;
/// Bytes of requests and answers that wait for a shadow.
const BYTES: usize = 8 << 20;
/// Requests that are remembered as compared. Then they are forgotten, and compared again.
const REMEMBERED: usize = 16_384;
/// How much less a shadow counts than calls that somebody waits for.
const NICE: i32 = 10;
/// Longer than any deadline.
const DAY: Duration = Duration::from_secs(86_400);

/// The shadows of all plugins.
#[derive(Default)]
pub(super) struct Shadows(ArcSwap<BTreeMap<String, Arc<Shadow>>>);

/// A version that runs beside the one that serves.
pub struct Shadow {
    plugin: Arc<Plugin>,
    sender: Sender<Observed>,
    waiting: Arc<AtomicUsize>,
    seed: u64,
    compared: Arc<Mutex<HashSet<u128>>>,
    record: Arc<Record>,
}

/// A request that was answered.
pub(super) struct Observed {
    serving: Arc<Plugin>,
    hook: Hook,
    body: Bytes,
    answer: Bytes,
    claim: Claim,
    /// Gives back what it takes of [`BYTES`] when it is dropped.
    room: Room,
}

/// A request that is not compared a second time, unless it is not compared at all.
struct Claim {
    compared: Arc<Mutex<HashSet<u128>>>,
    hash: u128,
    kept: bool,
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.kept {
            lock(&self.compared).remove(&self.hash);
        }
    }
}

fn lock(compared: &Mutex<HashSet<u128>>) -> MutexGuard<'_, HashSet<u128>> {
    compared.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Room {
    waiting: Arc<AtomicUsize>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Shadows {
    /// The shadow of a plugin.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Shadow>> {
        self.0.load().get(name).cloned()
    }

    /// The shadow that a call of this version is to be compared with.
    pub(super) fn of(&self, serving: &Plugin) -> Option<Arc<Shadow>> {
        let shadows = self.0.load();
        if shadows.is_empty() {
            return None;
        }
        shadows.get(&*serving.name).cloned()
    }

    pub(super) fn start(&self, name: &str, plugin: Arc<Plugin>, runner: Arc<Runner>) -> io::Result<()> {
        let (sender, receiver) = channel(QUEUE);
        let record = Arc::new(Record::default());
        let worker = Worker {
            plugin: plugin.clone(),
            runner,
            record: record.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        thread::Builder::new().name("shadow".to_owned()).spawn(move || {
            // On Linux a thread has a priority of its own. Where it may not be lowered it stays.
            setpriority_process(Some(gettid()), NICE).ok();
            runtime.block_on(worker.run(receiver));
        })?;
        let shadow = Arc::new(Shadow {
            plugin,
            sender,
            waiting: Arc::default(),
            seed: RandomState::new().hash_one(name),
            compared: Arc::default(),
            record,
        });
        self.0.rcu(|shadows| {
            let mut shadows = BTreeMap::clone(shadows);
            shadows.insert(name.to_owned(), shadow.clone());
            shadows
        });
        Ok(())
    }

    pub(super) fn stop(&self, name: &str) -> Option<Arc<Shadow>> {
        let before = self.0.rcu(|shadows| {
            let mut shadows = BTreeMap::clone(shadows);
            shadows.remove(name);
            shadows
        });
        before.get(name).cloned()
    }
}

impl Shadow {
    /// The version.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// How many requests were compared, and with what result.
    pub fn counts(&self) -> ShadowCounts {
        self.record.counts()
    }

    /// The last differences and failures, the newest first.
    pub fn differences(&self) -> Vec<Value> {
        self.record.differences()
    }

    /// Takes note of a request that is about to be answered, if there is something to learn from it and room for it.
    pub(super) fn observe(&self, route: &Route, body: &Bytes) -> Option<Observed> {
        let hash = xxh3_128_with_seed(body, self.seed ^ route.hook as u64);
        if lock(&self.compared).contains(&hash) {
            return None;
        }
        // The answer is of about the same size.
        let bytes = body.len() * 2;
        let waiting = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let room = Room {
            waiting: self.waiting.clone(),
            bytes,
        };
        if waiting + bytes > BYTES || self.sender.capacity() == 0 {
            self.record.skipped();
            return None;
        }
        let mut compared = lock(&self.compared);
        if compared.len() >= REMEMBERED {
            compared.clear();
        }
        // The same request may have come in between.
        compared.insert(hash).then(|| Observed {
            serving: route.plugin.clone(),
            hook: route.hook,
            body: body.clone(),
            answer: Bytes::new(),
            claim: Claim {
                compared: self.compared.clone(),
                hash,
                kept: false,
            },
            room,
        })
    }

    /// Has an answer compared, if it fits into the queue. Without an answer there is nothing to compare with.
    pub(super) fn offer(&self, mut observed: Observed, answer: Option<Bytes>) {
        let Some(answer) = answer else { return };
        let more = answer.len().saturating_sub(observed.body.len());
        self.waiting.fetch_add(more, Ordering::Relaxed);
        observed.room.bytes += more;
        observed.answer = answer;
        observed.claim.kept = true;
        if let Err(TrySendError::Full(mut observed) | TrySendError::Closed(mut observed)) =
            self.sender.try_send(observed)
        {
            observed.claim.kept = false;
            self.record.skipped();
        }
    }
}

/// The thread of a shadow.
struct Worker {
    plugin: Arc<Plugin>,
    runner: Arc<Runner>,
    record: Arc<Record>,
}

impl Worker {
    /// Compares until the shadow is gone.
    async fn run(self, mut receiver: Receiver<Observed>) {
        while let Some(observed) = receiver.recv().await {
            let (verdict, parent) = self.verdict(&observed).await;
            let Observed { serving, hook, .. } = &observed;
            self.record
                .add(serving, &self.plugin, *hook, parent.as_deref(), verdict);
        }
    }

    async fn verdict(&self, observed: &Observed) -> (Verdict, Option<Arc<ObjectRef>>) {
        let Observed {
            hook, body, answer, ..
        } = observed;
        if !self.plugin.program.hooks().any(|other| other == hook.as_str()) {
            let why = format!("the shadow does not export the hook {hook}");
            return (Verdict::Failed(why), None);
        }
        let end = Instant::now() + DAY;
        let (outcome, parent) = self.runner.trial(&self.plugin, *hook, body, end).await;
        let verdict = match outcome {
            Outcome::Answer { body, .. } => {
                let parsed = (serde_json::from_slice(answer), serde_json::from_slice(&body));
                let namespace = parent.as_ref().and_then(|parent| parent.namespace.as_deref());
                match parsed {
                    (Ok(old), Ok(new)) => Verdict::Compared(compare(&old, &new, namespace)),
                    _ => Verdict::Failed("an answer cannot be read".to_owned()),
                }
            }
            other => Verdict::Failed(other.sentence()),
        };
        (verdict, parent)
    }
}
