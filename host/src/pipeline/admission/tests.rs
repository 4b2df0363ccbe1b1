use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;

/// Two plugins, a and b.
fn admission(concurrency: usize, each: usize, queue: usize) -> (Arc<Admission>, QueueId, QueueId) {
    let of = |name| QueueOptions {
        name: Arc::from(name),
        concurrency: each,
        queue,
    };
    let options = AdmissionOptions { concurrency, queue };
    let admission = Admission::of(options, vec![of("a"), of("b")]);
    let (a, b) = (admission.queue("a").unwrap(), admission.queue("b").unwrap());
    (Arc::new(admission), a, b)
}

fn waiting(admission: &Admission) -> usize {
    admission.load().iter().map(|load| load.waiting).sum()
}

fn running(admission: &Admission) -> usize {
    admission.load().iter().map(|load| load.running).sum()
}

fn within(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn a_plugin_at_its_bound_waits_and_leaves_room_for_others() {
    let (admission, a, b) = admission(2, 1, 10);
    let first = admission.admit(a, within(9)).await.unwrap();
    assert!(
        admission.admit(b, within(9)).await.is_ok(),
        "b has a bound of its own"
    );
    let second = admission.admit(a, within(9));
    tokio::pin!(second);
    assert!(timeout(Duration::from_secs(1), second.as_mut()).await.is_err());
    drop(first);
    assert!(second.await.is_ok());
    assert_eq!(running(&admission), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_waits_too_long_is_sent_away() {
    let (admission, a, _) = admission(1, 1, 10);
    let _running = admission.admit(a, within(9)).await.unwrap();
    let start = Instant::now();
    assert_eq!(
        admission.admit(a, within(9)).await.err(),
        Some(Refused { retry_after: 1 })
    );
    assert_eq!(start.elapsed().as_secs(), 9);
    assert_eq!(waiting(&admission), 0, "its place is free again");
    assert!(admission.admit(a, Instant::now()).await.is_err(), "nor at once");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_sends_away_at_once_and_says_when_to_come_again() {
    let (admission, a, _) = admission(1, 1, 20);
    let _running = admission.admit(a, within(9)).await.unwrap();
    let mut seconds = Vec::new();
    let mut waiters = Vec::new();
    for _ in 0..20 {
        let admission = admission.clone();
        waiters.push(tokio::spawn(async move {
            admission.admit(a, within(9)).await.is_ok()
        }));
        tokio::task::yield_now().await;
        seconds.push(waiters.len());
    }
    let start = Instant::now();
    let refused = admission.admit(a, within(9)).await.err().unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(refused.retry_after, 21, "twenty are before it, a second each");
    for waiter in waiters {
        waiter.abort();
        waiter.await.unwrap_err();
    }
    assert_eq!(waiting(&admission), 0, "callers that hang up leave the queue");
    assert_eq!(admission.refused(a).retry_after, 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_outlive_the_caller_is_not_begun() {
    let (admission, a, _) = admission(1, 1, 100);
    // A call of this plugin takes four seconds, as one has shown.
    let permit = admission.admit(a, within(9)).await.unwrap();
    sleep(Duration::from_secs(4)).await;
    drop(permit);
    let _running = admission.admit(a, within(9)).await.unwrap();
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let admission = admission.clone();
            tokio::spawn(async move { admission.admit(a, within(9)).await.is_ok() })
        })
        .collect();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(waiting(&admission), 2);
    let start = Instant::now();
    let refused = admission.admit(a, within(9)).await.err().unwrap();
    assert_eq!(
        start.elapsed(),
        Duration::ZERO,
        "it would wait for twelve seconds"
    );
    assert_eq!(refused.retry_after, 12);
    // Those who wait go while there still is time for an answer of somebody else's.
    for waiter in waiters {
        assert!(!waiter.await.unwrap());
    }
    assert_eq!(start.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_flooded_plugin_keeps_another_waiting_for_one_call() {
    let (admission, a, b) = admission(1, 1, 1000);
    let first = admission.admit(a, within(9000)).await.unwrap();
    let served = Arc::new(AtomicUsize::new(0));
    for _ in 0..500 {
        let (admission, served) = (admission.clone(), served.clone());
        tokio::spawn(async move {
            let _permit = admission.admit(a, within(9000)).await.unwrap();
            served.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_secs(1)).await;
        });
    }
    sleep(Duration::from_millis(1)).await;
    assert_eq!(waiting(&admission), 500);
    let quiet = admission.admit(b, within(9000));
    tokio::pin!(quiet);
    assert!(timeout(Duration::ZERO, quiet.as_mut()).await.is_err());
    drop(first);
    let permit = quiet.await.unwrap();
    assert!(served.load(Ordering::Relaxed) <= 1);
    drop(permit);
    while waiting(&admission) > 0 {
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(served.load(Ordering::Relaxed), 500);
}

#[tokio::test(start_paused = true)]
async fn a_closed_door_lets_in_who_waits_and_nobody_else() {
    let (admission, a, b) = admission(1, 1, 10);
    let first = admission.admit(a, within(9)).await.unwrap();
    let second = admission.admit(a, within(9));
    tokio::pin!(second);
    assert!(timeout(Duration::ZERO, second.as_mut()).await.is_err());
    admission.close();
    assert!(admission.admit(b, within(9)).await.is_err());
    drop(first);
    assert!(second.await.is_ok());
    assert!(
        admission.admit(b, within(9)).await.is_err(),
        "nor into a free place"
    );
}

/// A caller: its plugin, when it comes, how long it runs, how long it waits for an answer, and when it hangs
/// up; milliseconds.
type Caller = (bool, u64, u64, u64, u64);

fn caller() -> impl Strategy<Value = Caller> {
    (any::<bool>(), 0..300_u64, 0..100_u64, 1..400_u64, 1..600_u64)
}

proptest! {
    /// Whoever comes is let in, refused or has hung up in the end; never do more run than may; and all
    /// places are free when all are gone.
    #[test]
    fn nobody_waits_for_ever(
        concurrency in 1_usize..5,
        each in 1_usize..4,
        queue in 1_usize..8,
        callers in proptest::collection::vec(caller(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let (admission, a, b) = admission(concurrency, each, queue);
            let most = Arc::new(AtomicUsize::new(0));
            let tasks: Vec<_> = callers
                .into_iter()
                .map(|(first, comes, runs, patience, hangs_up)| {
                    let (admission, most) = (admission.clone(), most.clone());
                    tokio::spawn(async move {
                        sleep(Duration::from_millis(comes)).await;
                        let call = async {
                            let until = Instant::now() + Duration::from_millis(patience);
                            let queue = if first { a } else { b };
                            let Ok(_permit) = admission.admit(queue, until).await else {
                                return;
                            };
                            assert!(Instant::now() <= until, "let in too late");
                            let load = admission.load();
                            assert!(load.iter().all(|load| load.running <= each));
                            most.fetch_max(running(&admission), Ordering::Relaxed);
                            sleep(Duration::from_millis(runs)).await;
                        };
                        timeout(Duration::from_millis(hangs_up), call).await.ok();
                    })
                })
                .collect();
            for task in tasks {
                timeout(Duration::from_secs(60), task).await.expect("nobody is forgotten").unwrap();
            }
            assert!(most.load(Ordering::Relaxed) <= concurrency);
            assert_eq!((running(&admission), waiting(&admission)), (0, 0));
            // No place was lost on the way.
            let mut permits = Vec::new();
            for queue in [a, b] {
                for _ in 0..each {
                    permits.extend(admission.admit(queue, Instant::now()).await);
                }
            }
            assert_eq!(permits.len(), concurrency.min(each * 2));
        });
    }
}
