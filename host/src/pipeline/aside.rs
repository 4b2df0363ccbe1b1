//! Work on large things, away from the threads that serve.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// From this size on, bytes are scanned and reviewed elsewhere: it takes a fraction of a millisecond,
/// against some ten microseconds to hand it over.
const LARGE: usize = 256 << 10;

/// Does some work that takes time in proportion to `size` bytes: here where that is little, else on a
/// thread that may be blocked. Where nobody waits any more the work is still done to its end.
pub(super) async fn aside<T, F>(size: usize, work: F) -> T
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    if size < LARGE {
        return work();
    }
    match spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Not started because the executor ends, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn small_work_stays_and_large_work_goes_to_another_thread() {
        let here = thread::current().id();
        assert_eq!(aside(LARGE - 1, || thread::current().id()).await, here);
        assert_ne!(aside(LARGE, || thread::current().id()).await, here);
    }

    #[tokio::test]
    #[should_panic(expected = "on purpose")]
    async fn a_panic_there_is_a_panic_here() {
        aside(LARGE, || panic!("on purpose")).await;
    }
}
