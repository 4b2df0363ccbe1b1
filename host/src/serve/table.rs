//! The open connections of a listener: how many there may be, and which are closed when.
//!
//! The bound always holds. When it is reached, the least used connection makes room: first one that was opened
//! and does not send a request, the one that has waited longest before others; then one that is kept between
//! requests; then one that waits for the body of its request and does not get on with it. A new connection is
//! turned away only when every connection is answering a request.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::activity::{Activity, Look, Phase};

/// How long a client may take to end its side after the last answer.
const CLOSING: Duration = Duration::from_secs(2);

/// How long a client may take nothing of its answer. Metacontroller gives up after 10 s.
const STUCK: Duration = Duration::from_secs(30);

/// How long a connection must have been idle between requests, or without progress of a body, before it may make
/// room for another: a client that has just got an answer may be sending already.
const SETTLED: Duration = Duration::from_secs(1);

/// Bounds of a listener's connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Connections at most.
    pub(super) most: usize,
    /// Time of a TLS handshake, and of a request's head from its first byte.
    pub(super) head: Duration,
    /// Time without a request.
    pub(super) idle: Duration,
}

/// Whether a new connection may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is room.
    Yes,
    /// Others were closed to make room: so many.
    Made(usize),
    /// All are in use.
    No,
}

/// The open connections.
#[derive(Debug)]
pub(super) struct Table {
    bounds: Bounds,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    open: HashMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    activity: Arc<Activity>,
    task: AbortHandle,
    /// Whether it was opened when the server was draining.
    late: bool,
}

impl Table {
    /// No connections yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            inner: Mutex::default(),
        }
    }

    /// Runs a new connection. `late` says that the server is draining.
    pub(super) fn run<F>(self: &Arc<Self>, activity: Arc<Activity>, late: bool, connection: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // The lock is held until the connection is in the table: one that ends at once finds itself there.
        let mut inner = self.lock();
        let id = inner.next;
        inner.next += 1;
        let place = Place {
            table: self.clone(),
            id,
        };
        let task = tokio::spawn(async move {
            let _place = place;
            connection.await;
        })
        .abort_handle();
        inner.open.insert(id, Open { activity, task, late });
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// Looks for room for one more.
    pub(super) fn room(&self, now: Instant) -> Room {
        let mut inner = self.lock();
        match (inner.open.len() + 1).saturating_sub(self.bounds.most) {
            0 => Room::Yes,
            over => inner.make_room(over, now),
        }
    }

    /// Closes the connection that is the least use, whether or not the bound is reached.
    pub(super) fn spare(&self, now: Instant) -> bool {
        self.lock().make_room(1, now) != Room::No
    }

    /// Closes what is too slow or was idle for too long. Returns how many of them had begun a handshake or a request, and
    /// the address of one.
    pub(super) fn sweep(&self, now: Instant) -> Option<(u64, Option<IpAddr>)> {
        let mut slow = None;
        self.lock().open.retain(|_, open| {
            let look = open.activity.look(now);
            let end = look.stuck.is_some_and(|stuck| stuck >= STUCK)
                || (self.too_long(look) && open.activity.give_up());
            if end {
                open.task.abort();
                if matches!(look.phase, Phase::Handshake | Phase::Head) {
                    let (count, _) = slow.unwrap_or_default();
                    slow = Some((count + 1, open.activity.peer()));
                }
            }
            !end
        });
        slow
    }

    fn too_long(&self, look: Look) -> bool {
        let limit = match look.phase {
            Phase::Handshake | Phase::Head => self.bounds.head,
            Phase::Fresh | Phase::Kept => self.bounds.idle,
            Phase::Closing => CLOSING,
        };
        !look.busy && look.quiet >= limit
    }

    /// Whether any connection that was there before the drain is open, and how many of them are in use.
    pub(super) fn left(&self, now: Instant) -> (bool, usize) {
        let inner = self.lock();
        let mut early = inner
            .open
            .values()
            .filter(|open| !open.late)
            .map(|open| open.activity.look(now))
            .peekable();
        let any = early.peek().is_some();
        (
            any,
            early.filter(|look| look.busy || look.stuck.is_some()).count(),
        )
    }

    /// Closes all, whatever they do.
    pub(super) fn close(&self) {
        for (_, open) in self.lock().open.drain() {
            open.task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn make_room(&mut self, wanted: usize, now: Instant) -> Room {
        let mut closed = 0;
        while closed < wanted {
            let Some(id) = self.least_used(now) else {
                return Room::No;
            };
            // One that is not given up has got a request meanwhile, and is not found again. What is given up is
            // out of the table at once: it is gone, but for its task's last step.
            let give_up = |open: &Open| open.activity.give_up() || open.activity.give_up_bodies();
            if self.open.get(&id).is_some_and(give_up)
                && let Some(open) = self.open.remove(&id)
            {
                open.task.abort();
                closed += 1;
            }
        }
        Room::Made(closed)
    }

    fn least_used(&self, now: Instant) -> Option<u64> {
        let free = self.open.iter().filter_map(|(id, open)| {
            let (use_of_it, quiet) = Use::of(open.activity.look(now))?;
            Some((use_of_it, Reverse(quiet), *id))
        });
        free.min().map(|(_, _, id)| id)
    }
}

/// What a connection that may make room is used for, the least use first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// No request yet.
    Opened,
    /// It has had answers and waits for the next request.
    Kept,
    /// All its requests wait for their bodies, which do not arrive.
    SlowBodies,
}

impl Use {
    /// The use, and how long nothing has come. `None` where it must stay.
    fn of(look: Look) -> Option<(Self, Duration)> {
        if look.stuck.is_some() {
            return None;
        }
        let (use_of_it, quiet) = match look.waits_for_bodies {
            Some(quiet) => (Self::SlowBodies, quiet),
            None if look.busy => return None,
            None if look.phase == Phase::Kept => (Self::Kept, look.quiet),
            None => (Self::Opened, look.quiet),
        };
        (use_of_it == Self::Opened || quiet >= SETTLED).then_some((use_of_it, quiet))
    }
}

/// A place in the table, given back when the connection ends, however it does.
struct Place {
    table: Arc<Table>,
    id: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.table.lock().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        most: 3,
        head: Duration::from_secs(10),
        idle: Duration::from_secs(120),
    };

    struct Bed {
        table: Arc<Table>,
        origin: Instant,
    }

    impl Bed {
        fn new() -> Self {
            Self {
                table: Arc::new(Table::new(BOUNDS)),
                origin: Instant::now(),
            }
        }

        /// Opens a connection that does nothing by itself.
        fn open(&self, phase: Phase) -> Arc<Activity> {
            let activity = Arc::new(Activity::new(self.origin, phase));
            self.table.run(activity.clone(), false, pending());
            activity
        }

        fn room(&self) -> Room {
            self.table.room(Instant::now())
        }

        async fn after(&self, seconds: u64) -> usize {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            self.table.sweep(Instant::now());
            self.table.len()
        }
    }

    fn gone(activity: &Arc<Activity>) -> bool {
        activity.begin().is_none()
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_time() {
        for (phase, least) in [
            (Phase::Handshake, 10),
            (Phase::Fresh, 120),
            (Phase::Head, 10),
            (Phase::Kept, 120),
            (Phase::Closing, 2),
        ] {
            let bed = Bed::new();
            let _open = bed.open(phase);
            assert_eq!(bed.after(least - 1).await, 1, "{phase:?}");
            tokio::time::advance(Duration::from_secs(1)).await;
            let slow = bed.table.sweep(Instant::now()).map(|(count, _)| count);
            let begun = matches!(phase, Phase::Handshake | Phase::Head);
            assert_eq!((bed.table.len(), slow), (0, begun.then_some(1)), "{phase:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_answered_has_all_the_time_that_its_call_has() {
        let bed = Bed::new();
        let open = bed.open(Phase::Head);
        let busy = open.begin();
        assert!(busy.is_some());
        assert_eq!(bed.after(10_000).await, 1);
        drop(busy);
        assert_eq!(bed.after(119).await, 1);
        assert_eq!(bed.after(1).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_ends_leaves_its_place() {
        let bed = Bed::new();
        let activity = Arc::new(Activity::new(bed.origin, Phase::Fresh));
        bed.table.run(activity, false, async {});
        tokio::task::yield_now().await;
        assert_eq!(bed.table.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_least_used_makes_room_and_one_in_use_never_does() {
        let bed = Bed::new();
        let kept = bed.open(Phase::Kept);
        bed.after(5).await;
        let older = bed.open(Phase::Fresh);
        bed.after(1).await;
        assert_eq!(bed.room(), Room::Yes);
        let newer = bed.open(Phase::Fresh);
        bed.after(1).await;
        assert_eq!(bed.room(), Room::Made(1));
        assert!(gone(&older) && !gone(&newer) && !gone(&kept));
        let busy = bed.open(Phase::Fresh);
        let call = busy.begin();
        assert_eq!(bed.after(2).await, 3);
        assert_eq!(
            bed.room(),
            Room::Made(1),
            "the other one that never sent anything"
        );
        assert_eq!(
            bed.table.len(),
            2,
            "it counts no more, though its task has a step to go"
        );
        let second = bed.open(Phase::Fresh);
        let other_call = second.begin();
        assert_eq!(bed.room(), Room::Made(1), "a kept one, where there is no other");
        let third = bed.open(Phase::Kept);
        assert_eq!(bed.room(), Room::No, "it has just been answered");
        let last_call = third.begin();
        bed.after(200).await;
        assert_eq!(bed.room(), Room::No);
        assert!(!gone(&busy) && !gone(&second) && !gone(&third));
        drop((call, other_call, last_call));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_send_its_body_makes_room_after_all_others_and_who_sends_it_stays() {
        let bed = Bed::new();
        let [slow, sending, answering] = [(); 3].map(|()| bed.open(Phase::Kept));
        let calls = [&slow, &sending, &answering].map(Activity::begin);
        slow.begin_body(Instant::now());
        sending.begin_body(Instant::now());
        assert_eq!(bed.room(), Room::No, "both bodies have only begun");
        bed.after(1).await;
        sending.body_moved(Instant::now());
        assert_eq!(bed.room(), Room::Made(1));
        assert!(gone(&slow) && !gone(&sending) && !gone(&answering));
        assert!(!slow.end_body() && sending.end_body());
        let kept = bed.open(Phase::Kept);
        let late = bed.open(Phase::Kept);
        let call = late.begin();
        late.begin_body(Instant::now());
        bed.after(1).await;
        assert_eq!(bed.room(), Room::Made(2), "it was one over the bound");
        assert!(gone(&kept) && gone(&late) && !gone(&sending));
        drop((calls, call));
    }
}
