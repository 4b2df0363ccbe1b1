//! The slow lane of a plugin: where its calls go on that have outlived their first turn.

use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::setpriority_process;
use rustix::thread::gettid;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// How much less a lane counts than the server's own threads: about a tenth, so that quick calls come
/// first and slow ones still go on under full load.
const NICE: i32 = 10;
/// A thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(10);
/// Quick calls in a row after which a plugin is taken for quick again.
const PROBATION: u32 = 8;

/// Threads of one plugin, each with an executor of its own on which calls take turns, a tick each.
///
/// Nearly every call is over within its first turn and never comes here. One that is not would keep a
/// thread of the server busy, and a few of them would keep all; here they slow down each other, and no
/// other plugin's: between lanes the kernel is fair. Threads are started when there is work, one core
/// is left to others, and they end when there was none for a while. Dropping the lane ends them and
/// every call on them.
#[derive(Debug)]
pub(super) struct Lane {
    workers: Arc<Mutex<Vec<Worker>>>,
    most: usize,
    idle: Duration,
    /// Above zero while the plugin is taken for slow.
    probation: AtomicU32,
}

#[derive(Debug)]
struct Worker {
    id: u64,
    handle: Handle,
    /// Calls that it has.
    load: usize,
    _stop: oneshot::Sender<()>,
}

/// The call on the lane ended without a result: it panicked, or the lane is gone, or no thread was to
/// be had for it.
#[derive(Debug, thiserror::Error)]
#[error("the slow lane lost the call")]
pub(super) struct Lost;

impl Lane {
    pub(super) fn new() -> Self {
        // Asked once: the answer is in files of the system, and the same for every plugin.
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from));
        Self {
            workers: Arc::default(),
            most: cores.saturating_sub(1).max(1),
            idle: IDLE,
            probation: AtomicU32::new(0),
        }
    }

    /// Whether the next call should start here: the plugin's last ones were slow, and a first turn of
    /// each would be taken from the server's threads.
    pub(super) fn takes_all(&self) -> bool {
        self.probation.load(Ordering::Relaxed) > 0
    }

    /// Learns from a call that has ended or gone on to its second turn.
    pub(super) fn note(&self, slow: bool) {
        if slow {
            self.probation.store(PROBATION, Ordering::Relaxed);
        } else if self.takes_all() {
            let one_less = |left: u32| left.checked_sub(1);
            self.probation
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                .ok();
        }
    }

    /// Runs `work` on the lane to its end. When the returned future is dropped, because the
    /// caller hung up, the work is dropped too at its next turn.
    pub(super) async fn finish<T, F>(&self, work: F) -> Result<T, Lost>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (handle, place) = self.place().map_err(|_| Lost)?;
        let task = handle.spawn(async move {
            // Given back when the work is gone, which is later than its caller where that hung up.
            let _place = place;
            let mut work = std::pin::pin!(work);
            poll_fn(|context| {
                let state = work.as_mut().poll(context);
                if state.is_pending() {
                    // The kernel lets even a thread of low priority finish its slice, which is longer
                    // than most calls of other plugins take.
                    thread::yield_now();
                }
                state
            })
            .await
        });
        let _guard = AbortOnDrop(task.abort_handle());
        task.await.map_err(|_| Lost)
    }

    /// A place on the thread with the least to do, or on a new one.
    fn place(&self) -> io::Result<(Handle, Place)> {
        let mut workers = lock(&self.workers);
        let busy = workers.iter().all(|worker| worker.load > 0);
        if busy && workers.len() < self.most {
            match start(&self.workers, self.idle) {
                Ok(worker) => workers.push(worker),
                // A lane that has a thread already goes on with that.
                Err(error) if workers.is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        let least = workers.iter_mut().min_by_key(|worker| worker.load);
        let worker = least.ok_or(io::ErrorKind::NotFound)?;
        worker.load += 1;
        let place = Place {
            workers: self.workers.clone(),
            id: worker.id,
        };
        Ok((worker.handle.clone(), place))
    }
}

fn lock(workers: &Mutex<Vec<Worker>>) -> MutexGuard<'_, Vec<Worker>> {
    workers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a thread, which takes itself off the list when it has had nothing to do for a while.
fn start(workers: &Arc<Mutex<Vec<Worker>>>, idle: Duration) -> io::Result<Worker> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let handle = runtime.handle().clone();
    let (stop, mut stopped) = oneshot::channel::<()>();
    // Weak, so that the lane's end is the thread's.
    let workers = Arc::downgrade(workers);
    thread::Builder::new()
        .name("slow-lane".to_owned())
        .spawn(move || {
            // On Linux a thread has a priority of its own. Where it may not be lowered it stays.
            setpriority_process(Some(gettid()), NICE).ok();
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        // An error means that the sender is gone, which is the signal.
                        _ = &mut stopped => return,
                        () = tokio::time::sleep(idle) => {}
                    }
                    let Some(workers) = workers.upgrade() else { return };
                    let mut workers = lock(&workers);
                    // Under the lock nobody can find it any more, or has found it already.
                    if workers.iter().any(|worker| worker.id == id && worker.load == 0) {
                        workers.retain(|worker| worker.id != id);
                        return;
                    }
                }
            });
        })?;
    Ok(Worker {
        id,
        handle,
        load: 0,
        _stop: stop,
    })
}

/// A call's place on a thread.
struct Place {
    workers: Arc<Mutex<Vec<Worker>>>,
    id: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut workers = lock(&self.workers);
        if let Some(worker) = workers.iter_mut().find(|worker| worker.id == self.id) {
            worker.load = worker.load.saturating_sub(1);
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Places of calls hold the list too; the threads end with their entries in it.
        let workers = std::mem::take(&mut *lock(&self.workers));
        drop(workers);
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn lane(most: usize) -> Lane {
        let mut lane = Lane::new();
        lane.most = most;
        lane
    }

    #[tokio::test]
    async fn work_runs_on_the_lanes_own_thread_with_less_weight() {
        let lane = lane(1);
        let work = async {
            let priority = rustix::process::getpriority_process(Some(gettid())).unwrap();
            (thread::current().name().map(str::to_owned), priority)
        };
        let (name, priority) = lane.finish(work).await.unwrap();
        assert_eq!(name.as_deref(), Some("slow-lane"));
        assert!(priority >= NICE, "{priority}");
        let ours = rustix::process::getpriority_process(Some(gettid())).unwrap();
        assert!(ours < priority, "of that thread alone");
    }

    #[tokio::test]
    async fn threads_are_as_many_as_there_is_work_for_and_no_more_than_may_be() {
        let lane = lane(2);
        assert_eq!(lock(&lane.workers).len(), 0, "none without work");
        // Both meet only on two threads.
        let barrier = Arc::new(Barrier::new(2));
        let meet = || {
            let barrier = barrier.clone();
            lane.finish(async move {
                barrier.wait();
            })
        };
        let (one, two) = tokio::join!(meet(), meet());
        assert!(one.is_ok() && two.is_ok());
        let many = (0..10).map(|_| lane.finish(tokio::task::yield_now()));
        for work in many {
            work.await.unwrap();
        }
        assert_eq!(lock(&lane.workers).len(), 2);
        assert!(lock(&lane.workers).iter().all(|worker| worker.load == 0));
    }

    #[tokio::test]
    async fn a_thread_without_work_ends_and_the_next_work_has_a_new_one() {
        let mut lane = lane(1);
        lane.idle = Duration::from_millis(5);
        lane.finish(async {}).await.unwrap();
        for _ in 0..1000 {
            if lock(&lane.workers).is_empty() {
                return lane.finish(async {}).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the thread is still there");
    }

    #[tokio::test]
    async fn a_dropped_caller_takes_its_work_along() {
        let lane = lane(1);
        let alive = Arc::new(());
        let held = alive.clone();
        let call = lane.finish(async move {
            loop {
                tokio::task::yield_now().await;
                let _ = &held;
            }
        });
        assert!(
            tokio::time::timeout(Duration::from_millis(20), call)
                .await
                .is_err()
        );
        gone(&alive).await;
    }

    #[tokio::test]
    async fn the_end_of_the_lane_is_the_end_of_its_work() {
        let lane = Arc::new(lane(1));
        let alive = Arc::new(());
        let held = alive.clone();
        let (handle, place) = lane.place().unwrap();
        handle.spawn(async move {
            let _held = (held, place);
            std::future::pending::<()>().await;
        });
        drop(lane);
        gone(&alive).await;
    }

    async fn gone(alive: &Arc<()>) {
        for _ in 0..500 {
            if Arc::strong_count(alive) == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the work is still there");
    }

    #[tokio::test]
    async fn a_panic_on_the_lane_is_an_error_here() {
        let lane = lane(1);
        let panicked: Result<(), Lost> = lane.finish(async { panic!("on purpose") }).await;
        assert!(panicked.is_err());
        assert_eq!(
            lane.finish(async { 1 }).await.unwrap(),
            1,
            "and the lane lives on"
        );
    }

    #[test]
    fn a_plugin_is_slow_after_one_slow_call_and_quick_after_some_quick_ones() {
        let lane = lane(1);
        lane.note(false);
        assert!(!lane.takes_all());
        lane.note(true);
        for _ in 0..PROBATION {
            assert!(lane.takes_all());
            lane.note(false);
        }
        assert!(!lane.takes_all());
    }
}
