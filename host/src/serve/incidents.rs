//! The last refusals and failures, for the host's page.
//!
//! A request whose log line the rate limit holds back is not kept either, so that thousands of refusals a second cost what
//! they cost anyway. A call never waits here: if another one is just being kept, or somebody looks, this one is counted
//! as missed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::SystemTime;

use metawasm_contract::ObjectRef;

use crate::telemetry::HookMetrics;

/// How many are kept.
const MOST: usize = 50;
/// How many of them may be about one outcome of one hook: an outcome that is frequent leaves room for others.
const OF_A_KIND: usize = 15;

/// A request that was refused or failed.
#[derive(Debug)]
pub(super) struct Incident {
    /// When it happened, or the last of several.
    pub(super) at: SystemTime,
    /// How often it happened since it is kept, each time to the same parent with the same sentence.
    pub(super) times: u64,
    /// Names the plugin and the hook.
    pub(super) hook: Arc<HookMetrics>,
    /// The path, if it names no hook.
    pub(super) path: Option<String>,
    pub(super) parent: Option<Arc<ObjectRef>>,
    pub(super) outcome: &'static str,
    /// `None` if the caller hung up.
    pub(super) status: Option<u16>,
    pub(super) trace: Option<String>,
    /// Whether the plugin was called.
    pub(super) ran: bool,
    /// Similar ones, about any parent, that were not kept.
    pub(super) held_back: u64,
    /// At most 1 KiB and a bit: see [`crate::pipeline::Outcome::sentence`].
    pub(super) sentence: String,
}

/// Keeps the last incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    /// With their numbers, the oldest first. What happens again keeps its number.
    kept: Mutex<VecDeque<(u64, Arc<Incident>)>>,
    /// How many were ever kept, with repetitions.
    count: AtomicU64,
    missed: AtomicU64,
}

impl Incidents {
    /// Keeps one, in place of the same one before or of an old one. Never waits.
    pub(super) fn add(&self, mut incident: Incident) {
        let mut kept = match self.kept.try_lock() {
            Ok(kept) => kept,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        let same = |other: &(u64, Arc<Incident>)| {
            other.1.outcome == incident.outcome && Arc::ptr_eq(&other.1.hook, &incident.hook)
        };
        let again = kept
            .iter()
            .position(|other| same(other) && is_again(&other.1, &incident));
        let of_a_kind = kept.iter().filter(|other| same(other)).count();
        let gone = match again {
            None if of_a_kind >= OF_A_KIND => kept.iter().position(same),
            None if kept.len() >= MOST => Some(0),
            again => again,
        };
        let gone = gone.and_then(|index| kept.remove(index));
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let number = match (again, gone) {
            (Some(_), Some((number, before))) => {
                incident.times = incident.times.saturating_add(before.times);
                incident.held_back = incident.held_back.saturating_add(before.held_back);
                number
            }
            _ => count,
        };
        kept.push_back((number, Arc::new(incident)));
    }

    /// Changes with each one that is kept or missed.
    pub(super) fn version(&self) -> u64 {
        self.count.load(Ordering::Relaxed).wrapping_add(self.missed())
    }

    /// How many were not kept because another one was just being kept.
    pub(super) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    /// All with their numbers, the newest first.
    pub(super) fn newest(&self) -> Vec<(u64, Arc<Incident>)> {
        self.lock().iter().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(u64, Arc<Incident>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is the same as one before.
fn is_again(before: &Incident, now: &Incident) -> bool {
    let of = |incident: &Incident| (incident.status, incident.ran);
    before.sentence == now.sentence
        && before.parent == now.parent
        && before.path == now.path
        && of(before) == of(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{Metrics, MetricsOptions};

    fn incident(hook: &Arc<HookMetrics>, outcome: &'static str, sentence: String) -> Incident {
        Incident {
            at: SystemTime::now(),
            times: 1,
            hook: hook.clone(),
            path: None,
            parent: None,
            outcome,
            status: Some(500),
            trace: None,
            ran: true,
            held_back: 0,
            sentence,
        }
    }

    fn hooks() -> [Arc<HookMetrics>; 2] {
        let options = MetricsOptions {
            hooks: &["sync"],
            outcomes: &["trap", "overload"],
            rules: &[],
            memo: &[],
            version: "1",
        };
        let metrics = Metrics::new(options, ["a", "b"].into_iter());
        ["a", "b"].map(|plugin| metrics.hook(plugin, "sync"))
    }

    #[test]
    fn the_last_ones_are_kept_and_a_frequent_kind_leaves_room_for_others() {
        let [a, b] = hooks();
        let incidents = Incidents::default();
        incidents.add(incident(&b, "trap", "the rare one".to_owned()));
        for number in 0..1000 {
            incidents.add(incident(&a, "overload", number.to_string()));
        }
        let all = incidents.newest();
        assert_eq!(all.len(), OF_A_KIND + 1);
        assert_eq!((all[0].0, all[0].1.sentence.as_str()), (1001, "999"));
        assert_eq!(all[OF_A_KIND].1.sentence, "the rare one");
        // Four kinds: more than all that are kept.
        for outcome in ["trap", "overload"] {
            for hook in [&a, &b] {
                for number in 0..100 {
                    incidents.add(incident(hook, outcome, number.to_string()));
                }
            }
        }
        assert_eq!(incidents.newest().len(), MOST);
        assert_eq!((incidents.version(), incidents.missed()), (1401, 0));
    }

    #[test]
    fn what_happens_again_is_counted_and_the_newest() {
        let [a, b] = hooks();
        let incidents = Incidents::default();
        for sentence in ["one", "two", "one", "one"] {
            incidents.add(Incident {
                held_back: 2,
                ..incident(&a, "trap", sentence.to_owned())
            });
        }
        incidents.add(incident(&b, "trap", "one".to_owned()));
        incidents.add(incident(&a, "overload", "one".to_owned()));
        let all = incidents.newest();
        let found: Vec<_> = all
            .iter()
            .map(|(number, incident)| (*number, &*incident.sentence, incident.times, incident.held_back))
            .collect();
        assert_eq!(
            found,
            [
                (6, "one", 1, 0),
                (5, "one", 1, 0),
                (1, "one", 3, 6),
                (2, "two", 1, 2)
            ]
        );
    }

    #[test]
    fn a_call_does_not_wait_for_somebody_who_looks() {
        let [a, _] = hooks();
        let incidents = Incidents::default();
        let looking = incidents.lock();
        incidents.add(incident(&a, "trap", String::new()));
        drop(looking);
        assert_eq!((incidents.missed(), incidents.version()), (1, 1));
        assert!(incidents.newest().is_empty());
    }
}
