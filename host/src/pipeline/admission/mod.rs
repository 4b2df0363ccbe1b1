//! How many calls run at once, how many wait, and who is next.
//!
//! A call runs at once where there is a place, of all and of its plugin's. Otherwise it waits: first come,
//! first served within a plugin, and the plugins in turn, so that one which is flooded keeps no other
//! waiting for longer than one call. Who could not be answered in time is sent away, as soon as that is
//! known, with the number of seconds after which to come again.

mod queues;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

pub use queues::Load;
use queues::{QueueOptions, Queues};

/// The bounds for all plugins together. Each plugin has its own besides.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionOptions {
    /// Calls that run at once.
    pub concurrency: usize,
    /// Calls that wait. A plugin of which none waits may have one wait in any case.
    pub queue: usize,
}

impl Default for AdmissionOptions {
    /// 64 running, 1024 waiting.
    fn default() -> Self {
        Self {
            concurrency: 64,
            queue: 1024,
        }
    }
}

/// Lets calls in.
pub(super) struct Admission {
    shared: Arc<Mutex<State>>,
    /// Which queue is whose. A plugin that is gone keeps its queue, so that calls that have begun never get into
    /// another plugin's.
    names: ArcSwap<Names>,
}

type Names = BTreeMap<Arc<str>, QueueId>;

struct State {
    queues: Queues<oneshot::Sender<()>>,
    /// Whether nobody new is let in.
    closed: bool,
}

/// A plugin's place in the admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QueueId(usize);

impl QueueId {
    /// The queue of calls that ask nobody for a place.
    pub(super) const NONE: Self = Self(usize::MAX);
}

/// The right to run one call, until dropped.
pub(super) struct Permit {
    shared: Arc<Mutex<State>>,
    queue: QueueId,
    since: Instant,
}

/// Not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Seconds after which to come again: 1 to 60, more where more wait.
    pub(super) retry_after: u32,
}

impl Admission {
    /// Bounds without plugins.
    pub(super) fn new(options: AdmissionOptions) -> Self {
        Self::of(options, Vec::new())
    }

    fn of(options: AdmissionOptions, queues: Vec<QueueOptions>) -> Self {
        let named = |(index, queue): (usize, &QueueOptions)| (queue.name.clone(), QueueId(index));
        let names: Names = queues.iter().enumerate().map(named).collect();
        let queues = Queues::new(options.concurrency, options.queue, queues.into_iter());
        Self {
            shared: Arc::new(Mutex::new(State {
                queues,
                closed: false,
            })),
            names: ArcSwap::from_pointee(names),
        }
    }

    /// The queue of a plugin.
    pub(super) fn queue(&self, plugin: &str) -> Option<QueueId> {
        self.names.load().get(plugin).copied()
    }

    /// Gives a plugin a queue, or its queue other bounds.
    pub(super) fn set(&self, plugin: &Arc<str>, concurrency: usize, queue: usize) {
        let (concurrency, queue) = (concurrency.max(1), queue.max(1));
        let let_in = {
            // One at a time: the names are only written under this lock.
            let mut state = lock(&self.shared);
            if let Some(id) = self.queue(plugin) {
                state.queues.resize(id.0, concurrency, queue)
            } else {
                let id = QueueId(state.queues.add(QueueOptions {
                    name: plugin.clone(),
                    concurrency,
                    queue,
                }));
                let mut names = Names::clone(&self.names.load());
                names.insert(plugin.clone(), id);
                self.names.store(Arc::new(names));
                Vec::new()
            }
        };
        for waiter in let_in {
            waiter.send(()).ok();
        }
    }

    /// Says that a plugin is gone. Calls of it that have begun are finished.
    pub(super) fn retire(&self, plugin: &str) {
        if let Some(id) = self.queue(plugin) {
            lock(&self.shared).queues.retire(id.0);
        }
    }

    /// A permit, at once or when it is its turn. `until` is when the caller needs the answer.
    ///
    /// A caller that goes away, by dropping the future, gives its place in the queue to those behind it.
    pub(super) async fn admit(&self, queue: QueueId, until: Instant) -> Result<Permit, Refused> {
        let (ticket, latest) = {
            let mut state = lock(&self.shared);
            if state.closed {
                return Err(state.refused(queue));
            }
            if state.queues.enter(queue.0) {
                return Ok(self.permit(queue));
            }
            let call = state.queues.call(queue.0).unwrap_or_default();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.queues.wait_of(queue.0, call) > left {
                return Err(state.refused(queue));
            }
            let (sender, let_in) = oneshot::channel();
            let Some(number) = state.queues.wait(queue.0, sender) else {
                return Err(state.refused(queue));
            };
            let ticket = Ticket {
                shared: &self.shared,
                queue,
                number,
                let_in,
                open: true,
            };
            // A call that is let in with no time left to run would only take the place of another.
            (ticket, until - call.min(left / 2))
        };
        self.turn(ticket, latest).await
    }

    async fn turn(&self, mut ticket: Ticket<'_>, latest: Instant) -> Result<Permit, Refused> {
        if timeout_at(latest, &mut ticket.let_in).await.is_ok() {
            ticket.open = false;
            return Ok(self.permit(ticket.queue));
        }
        let queue = ticket.queue;
        drop(ticket);
        Err(self.refused(queue))
    }

    fn permit(&self, queue: QueueId) -> Permit {
        Permit {
            shared: self.shared.clone(),
            queue,
            since: Instant::now(),
        }
    }

    /// What to tell a caller of a plugin that cannot be answered now.
    pub(super) fn refused(&self, queue: QueueId) -> Refused {
        lock(&self.shared).refused(queue)
    }

    /// Lets nobody in any more. Who waits already still is.
    pub(super) fn close(&self) {
        lock(&self.shared).closed = true;
    }

    /// Waiting and running, plugin by plugin.
    pub(super) fn load(&self) -> Vec<Load> {
        lock(&self.shared).queues.load().collect()
    }
}

impl State {
    /// As long as the next one would wait; where no call was seen yet, as if each took a second.
    fn refused(&self, queue: QueueId) -> Refused {
        const MOST: u32 = 60;
        let call = self.queues.call(queue.0).unwrap_or(Duration::from_secs(1));
        let seconds = self.queues.wait_of(queue.0, call).as_secs_f64().ceil();
        // `as` keeps what is beyond the type at its bounds.
        let retry_after = (seconds as u32).clamp(1, MOST);
        Refused { retry_after }
    }
}

/// No panic is possible while the lock is held, and the state of one would still be whole.
fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives back a place, and tells the one who has it next. Telling may wake a thread up, which is slow: so it
/// is done without the lock.
fn give_back(shared: &Mutex<State>, queue: QueueId, took: Option<Duration>) {
    let next = lock(shared).queues.done(queue.0, took);
    if let Some(next) = next {
        // Who is gone meanwhile has found itself let in, and gives its place back itself.
        next.send(()).ok();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        give_back(&self.shared, self.queue, Some(self.since.elapsed()));
    }
}

/// A place in the queue.
struct Ticket<'a> {
    shared: &'a Mutex<State>,
    queue: QueueId,
    number: u64,
    let_in: oneshot::Receiver<()>,
    /// Whether it still stands for a place, in the queue or to run in.
    open: bool,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if self.open && !lock(self.shared).queues.leave(self.queue.0, self.number) {
            give_back(self.shared, self.queue, None);
        }
    }
}

#[cfg(test)]
mod tests;
