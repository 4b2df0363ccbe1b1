//! The room that all request bodies share, and which of them give way when it is short.
//!
//! A body takes room as its bytes arrive, whatever length it declares, and keeps it until its call is done. When
//! room is short, bodies that have not arrived yet give way:
//!
//! 1. those that are slower than [`STEP`] bytes in [`SLOW`], the largest first;
//! 2. those of a client address that has more room than the one that asks; of the same address, those of a
//!    connection that has more.
//!
//! A body that has arrived never gives way: its call runs. An eighth of the room is only for connections that have
//! little, so that large bodies that are being answered keep no small one out.
//!
//! What bounds it: each unfinished body has at least a 4,096th of the room, so that a look at all of them is short,
//! and each look that finds some frees a sixteenth of the room at once.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::future::pending;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::activity::Activity;

/// Bytes by which a body must grow in [`SLOW`] so that it is not slow.
const STEP: usize = 64 << 10;

/// Time without a [`STEP`] after which a body is slow.
const SLOW: Duration = Duration::from_secs(1);

/// Unfinished bodies at most.
const UNFINISHED: usize = 4096;

/// The least room of an unfinished body.
const LEAST: usize = 4 << 10;

/// Why a body has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Short {
    /// Nobody had to give way to it.
    NoRoom,
    /// It gave way, because it was slow.
    Slow,
    /// It gave way, because its client had more room than another that asked for some.
    Share,
    /// Its connection was closed to make room for another.
    Closed,
}

/// The room for bodies.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    /// Of it, what connections that have much can use.
    most_for_large: usize,
    /// Bytes of a connection that has little.
    small: usize,
    /// The least room of an unfinished body.
    least: usize,
    used: AtomicUsize,
    next: AtomicU64,
    unfinished: Mutex<HashMap<u64, Unfinished>>,
}

/// A body that has not arrived yet and is waited for.
#[derive(Debug)]
struct Unfinished {
    connection: Arc<Activity>,
    bytes: usize,
    /// When it last was a step further, and its bytes then.
    moved: Instant,
    step: usize,
    end: Arc<End>,
}

/// How an unfinished body learns that it has given way.
#[derive(Debug, Default)]
struct End {
    why: OnceLock<Short>,
    told: Notify,
}

impl Budget {
    /// So many bytes, for bodies of at most `largest` bytes each.
    pub(super) fn new(most: usize, largest: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_for_large: (most - most / 8).max(largest.min(most)),
            small: (most / 1024).max(LEAST * 4),
            least: (most / UNFINISHED).max(LEAST),
            used: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            unfinished: Mutex::default(),
        })
    }

    /// Room for a body of which nothing is known yet.
    pub(super) fn empty(self: &Arc<Self>, connection: &Arc<Activity>) -> Held {
        Held {
            budget: self.clone(),
            connection: connection.clone(),
            bytes: 0,
            waits: None,
        }
    }

    /// Bytes that are in use.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The room that there is for a connection that would then have so many bytes.
    fn limit(&self, bytes: usize) -> usize {
        if bytes <= self.small {
            self.most
        } else {
            self.most_for_large
        }
    }

    /// Takes what is free.
    fn take(&self, more: usize, connection: &Activity) -> bool {
        let has = connection.room.load(Ordering::Relaxed);
        let limit = self.limit(has.saturating_add(more));
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(more).filter(|used| *used <= limit)
            });
        if taken.is_ok() {
            connection.room.fetch_add(more, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    fn give_back(&self, bytes: usize, connection: &Activity) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        connection.room.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn unfinished(&self) -> MutexGuard<'_, HashMap<u64, Unfinished>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is free, or what others give way for; `own` does not.
    #[cold]
    fn take_from_others(
        &self,
        more: usize,
        connection: &Activity,
        own: Option<u64>,
        unfinished: &mut HashMap<u64, Unfinished>,
    ) -> bool {
        let has = connection.room.load(Ordering::Relaxed).saturating_add(more);
        let missing = self.used().saturating_add(more).saturating_sub(self.limit(has));
        let asks = Asks {
            connection,
            has,
            more,
            own,
        };
        self.make_room(missing, &asks, unfinished) && self.take(more, connection)
    }

    fn make_room(&self, missing: usize, asks: &Asks<'_>, unfinished: &mut HashMap<u64, Unfinished>) -> bool {
        let now = Instant::now();
        let mut clients: HashMap<Option<IpAddr>, usize> = HashMap::new();
        for body in unfinished.values() {
            *clients.entry(body.connection.peer()).or_default() += body.bytes;
        }
        let client = |connection: &Activity| clients.get(&connection.peer()).copied().unwrap_or(0);
        // What has arrived counts too, as far as it is of this connection.
        let asking = client(asks.connection).saturating_add(asks.more).max(asks.has);
        let mut yielding: Vec<_> = unfinished
            .iter()
            .filter(|(id, _)| asks.own != Some(**id))
            .filter_map(|(id, body)| {
                let is_slow = now.saturating_duration_since(body.moved) >= SLOW;
                let (of_client, of_connection) = (
                    client(&body.connection),
                    body.connection.room.load(Ordering::Relaxed),
                );
                let has_more = if body.connection.peer() == asks.connection.peer() {
                    of_connection > asks.has
                } else {
                    of_client > asking
                };
                let share = if is_slow {
                    (0, 0)
                } else {
                    (of_client, of_connection)
                };
                (is_slow || has_more).then_some((Reverse(is_slow), Reverse(share), Reverse(body.bytes), *id))
            })
            .collect();
        let all: usize = yielding.iter().map(|(.., bytes, _)| bytes.0).sum();
        if all < missing {
            return false;
        }
        yielding.sort_unstable();
        let (mut free, enough) = (0_usize, missing.saturating_add(self.most / 16));
        for (is_slow, .., id) in yielding {
            // More than is asked for, so that the next one need not look again.
            if free >= enough {
                break;
            }
            if let Some(body) = unfinished.remove(&id) {
                free = free.saturating_add(body.bytes);
                self.give_back(body.bytes, &body.connection);
                let why = if is_slow.0 { Short::Slow } else { Short::Share };
                body.end.why.set(why).ok();
                body.end.told.notify_one();
            }
        }
        true
    }
}

/// Who asks for room.
struct Asks<'a> {
    connection: &'a Activity,
    /// Bytes that its connection would have.
    has: usize,
    more: usize,
    /// The body that it is for, if that is waited for.
    own: Option<u64>,
}

/// Room that a body has, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    budget: Arc<Budget>,
    connection: Arc<Activity>,
    /// Bytes of the body; its room is the same, unless it is waited for.
    bytes: usize,
    waits: Option<Waits>,
}

/// An entry among the unfinished bodies.
#[derive(Debug)]
struct Waits {
    id: u64,
    end: Arc<End>,
}

impl Held {
    /// Makes it so large. It never shrinks.
    pub(super) fn reach(&mut self, bytes: usize) -> Result<(), Short> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else {
            return Ok(());
        };
        let budget = &*self.budget;
        match &self.waits {
            None => {
                if !budget.take(more, &self.connection) {
                    let mut unfinished = budget.unfinished();
                    if !budget.take_from_others(more, &self.connection, None, &mut unfinished) {
                        return Err(Short::NoRoom);
                    }
                }
            }
            Some(Waits { id, end }) => {
                let mut unfinished = budget.unfinished();
                let room = unfinished.get(id).ok_or_else(|| end.why())?.bytes;
                let more = bytes.saturating_sub(room);
                if !budget.take(more, &self.connection)
                    && !budget.take_from_others(more, &self.connection, Some(*id), &mut unfinished)
                {
                    return Err(Short::NoRoom);
                }
                if let Some(body) = unfinished.get_mut(id) {
                    body.bytes = body.bytes.saturating_add(more);
                    if bytes.saturating_sub(body.step) >= STEP {
                        let now = Instant::now();
                        (body.step, body.moved) = (bytes, now);
                        self.connection.body_moved(now);
                    }
                }
            }
        }
        self.bytes = bytes;
        Ok(())
    }

    /// The rest of the body has not arrived yet: from now on it may have to give way.
    pub(super) fn wait(&mut self) -> Result<(), Short> {
        if self.waits.is_some() {
            return Ok(());
        }
        let budget = &*self.budget;
        let more = budget.least.saturating_sub(self.bytes);
        let mut unfinished = budget.unfinished();
        if !budget.take(more, &self.connection)
            && !budget.take_from_others(more, &self.connection, None, &mut unfinished)
        {
            return Err(Short::NoRoom);
        }
        let (id, end, moved) = (
            budget.next.fetch_add(1, Ordering::Relaxed),
            Arc::<End>::default(),
            Instant::now(),
        );
        let body = Unfinished {
            connection: self.connection.clone(),
            bytes: self.bytes.saturating_add(more),
            moved,
            step: self.bytes,
            end: end.clone(),
        };
        unfinished.insert(id, body);
        drop(unfinished);
        self.connection.begin_body(moved);
        self.waits = Some(Waits { id, end });
        Ok(())
    }

    /// Done when it must give way, which only a body that is waited for ever must.
    pub(super) async fn given_way(&self) -> Short {
        match &self.waits {
            Some(Waits { end, .. }) => {
                end.told.notified().await;
                end.why()
            }
            None => pending().await,
        }
    }

    /// The body has arrived: it keeps its room.
    pub(super) fn arrived(&mut self) -> Result<(), Short> {
        let Some((waits, room)) = self.leave() else {
            return Ok(());
        };
        let bytes = self.bytes;
        // What it has not, it cannot keep.
        self.bytes = 0;
        let Some(room) = room else {
            return Err(waits.end.why());
        };
        self.budget
            .give_back(room.saturating_sub(bytes), &self.connection);
        self.bytes = bytes;
        if waits.open { Ok(()) } else { Err(Short::Closed) }
    }

    /// Leaves the unfinished bodies. The room that it has there, unless it had to give way.
    fn leave(&mut self) -> Option<(Left, Option<usize>)> {
        let Waits { id, end } = self.waits.take()?;
        let room = self.budget.unfinished().remove(&id).map(|body| body.bytes);
        let open = self.connection.end_body();
        Some((Left { end, open }, room))
    }
}

/// A body that is waited for no more.
struct Left {
    end: Arc<End>,
    /// Whether its connection was not given up meanwhile.
    open: bool,
}

impl End {
    fn why(&self) -> Short {
        self.why.get().copied().unwrap_or(Short::NoRoom)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let room = match self.leave() {
            Some((_, room)) => room.unwrap_or(0),
            None => self.bytes,
        };
        self.budget.give_back(room, &self.connection);
    }
}

#[cfg(test)]
mod tests;
