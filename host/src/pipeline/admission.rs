//! How many calls run at once, and how many wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::catalogue::{Catalogue, Entry};

/// The bounds.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionOptions {
    /// Calls that run at once, of all plugins together.
    pub concurrency: usize,
    /// Calls that wait, of all plugins together.
    pub queue: usize,
    /// How long one waits at most.
    pub patience: Duration,
}

impl Default for AdmissionOptions {
    /// 64 running, 256 waiting, for 1 s at most.
    fn default() -> Self {
        Self {
            concurrency: 64,
            queue: 256,
            patience: Duration::from_secs(1),
        }
    }
}

/// Lets calls in, first come, first served within a plugin; one that would wait too long is
/// told to come back.
pub struct Admission {
    options: AdmissionOptions,
    all: Arc<Semaphore>,
    each: BTreeMap<Arc<str>, Arc<Semaphore>>,
    waiting: AtomicUsize,
}

/// The right to run one call, until dropped.
pub struct Permit {
    _all: OwnedSemaphorePermit,
    _each: OwnedSemaphorePermit,
}

impl Admission {
    /// Bounds for the plugins of a catalogue.
    pub fn new(options: AdmissionOptions, catalogue: &Catalogue) -> Self {
        let mut each = BTreeMap::new();
        for (_, entry) in catalogue.iter() {
            if let Entry::Loaded(plugin) = entry {
                each.insert(plugin.name.clone(), Arc::new(Semaphore::new(plugin.concurrency)));
            }
        }
        let all = Arc::new(Semaphore::new(options.concurrency));
        Self {
            options,
            all,
            each,
            waiting: AtomicUsize::new(0),
        }
    }

    /// A permit, or `None` where the queue is full or moves too slowly, or at `until`, when the
    /// caller has gone.
    pub async fn admit(&self, plugin: &str, until: Option<Instant>) -> Option<Permit> {
        let each = self.each.get(plugin)?.clone();
        if let Ok(first) = each.clone().try_acquire_owned()
            && let Ok(all) = self.all.clone().try_acquire_owned()
        {
            return Some(Permit {
                _all: all,
                _each: first,
            });
        }
        let _place = Place::take(&self.waiting, self.options.queue)?;
        // The plugin's own bound first: a plugin that is at it does not stand in others' way.
        let wait = async {
            let each = each.acquire_owned().await.ok()?;
            let all = self.all.clone().acquire_owned().await.ok()?;
            Some(Permit {
                _all: all,
                _each: each,
            })
        };
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let patience = left.map_or(self.options.patience, |left| left.min(self.options.patience));
        timeout(patience, wait).await.ok()?
    }

    /// Seconds after which a caller that was not let in should try again: one, and one more for
    /// each full round of calls that wait.
    pub fn retry_after(&self) -> u32 {
        let rounds = self.waiting.load(Ordering::Relaxed) / self.options.concurrency.max(1);
        u32::try_from(rounds)
            .unwrap_or(u32::MAX)
            .saturating_add(1)
            .min(60)
    }
}

/// A place in the queue, given back when dropped, by a caller that hangs up too.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        let place = Self(waiting);
        // Taken first and given back by the drop where it is one too many.
        (waiting.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(concurrency: usize, each: usize, queue: usize) -> Admission {
        let options = AdmissionOptions {
            concurrency,
            queue,
            patience: Duration::from_secs(5),
        };
        let mut admission = Admission::new(options, &Catalogue::default());
        for name in ["a", "b"] {
            admission
                .each
                .insert(Arc::from(name), Arc::new(Semaphore::new(each)));
        }
        admission
    }

    #[tokio::test(start_paused = true)]
    async fn a_plugin_at_its_bound_waits_and_leaves_room_for_others() {
        let admission = admission(2, 1, 10);
        let first = admission.admit("a", None).await.unwrap();
        assert!(
            admission.admit("b", None).await.is_some(),
            "b has a bound of its own"
        );
        let second = admission.admit("a", None);
        tokio::pin!(second);
        assert!(timeout(Duration::from_secs(1), second.as_mut()).await.is_err());
        drop(first);
        assert!(second.await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_waits_too_long_is_sent_away() {
        let admission = admission(1, 1, 10);
        let _running = admission.admit("a", None).await.unwrap();
        assert!(admission.admit("a", None).await.is_none());
        assert_eq!(
            admission.waiting.load(Ordering::Relaxed),
            0,
            "its place is free again"
        );
        assert_eq!(admission.retry_after(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_sends_away_at_once() {
        let admission = admission(1, 1, 0);
        let _running = admission.admit("a", None).await.unwrap();
        let start = tokio::time::Instant::now();
        assert!(admission.admit("a", None).await.is_none());
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}
