//! The slow lane: where a call goes on that has outlived its first tick.

use std::future::Future;
use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// One thread with an executor of its own, on which slow guests take turns, a tick each.
///
/// Nearly every call is over within its first tick and never comes here. One that is not
/// would keep a thread of the server busy, and a few of them would keep all; here they only
/// slow down each other. Dropping the lane ends its thread and every call on it.
pub(super) struct SlowLane {
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

/// The call on the lane ended without a result: it panicked, or the lane is gone.
#[derive(Debug, thiserror::Error)]
#[error("the slow lane lost the call")]
pub(super) struct Lost;

impl SlowLane {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("slow-lane".to_owned())
            .spawn(move || {
                // An error means that the sender is gone, which is the signal.
                runtime.block_on(stopped).ok();
            })?;
        Ok(Self { handle, _stop: stop })
    }

    /// Runs `work` on the lane to its end. When the returned future is dropped, because the
    /// caller hung up, the work is dropped too at its next turn.
    pub(super) async fn finish<T, F>(&self, work: F) -> Result<T, Lost>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let task = self.handle.spawn(work);
        let _guard = AbortOnDrop(task.abort_handle());
        task.await.map_err(|_| Lost)
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
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_runs_on_the_lanes_own_thread() {
        let lane = SlowLane::start().unwrap();
        let name = lane
            .finish(async { thread::current().name().map(str::to_owned) })
            .await
            .unwrap();
        assert_eq!(name.as_deref(), Some("slow-lane"));
    }

    #[tokio::test]
    async fn a_dropped_caller_takes_its_work_along() {
        let lane = SlowLane::start().unwrap();
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
        for _ in 0..500 {
            if Arc::strong_count(&alive) == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the work is still there");
    }

    #[tokio::test]
    async fn a_panic_on_the_lane_is_an_error_here() {
        let lane = SlowLane::start().unwrap();
        let panicked: Result<(), Lost> = lane.finish(async { panic!("on purpose") }).await;
        assert!(panicked.is_err());
        assert_eq!(
            lane.finish(async { 1 }).await.unwrap(),
            1,
            "and the lane lives on"
        );
    }
}
