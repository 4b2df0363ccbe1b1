//! Many plugins at once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What came of a turn of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is over.
    Done,
    /// It gave way to others and wants another turn.
    GaveWay,
}

/// Jobs that wait: first those that nobody has tried, then those that gave way to them.
struct Queue<'a, J> {
    untried: VecDeque<&'a J>,
    again: VecDeque<&'a J>,
}

/// Does jobs, as many at a time as there are cores.
///
/// `work` gets a job, and a function that says whether it should give way: a plugin that takes long to compile gives
/// way once to those that nobody has tried yet, so that a few of them do not keep the others from being served.
///
/// It takes this thread and some of its own; call it where a thread may be blocked.
pub fn in_parallel<J: Sync>(jobs: &[J], work: &(dyn Fn(&J, &(dyn Fn() -> bool + Sync)) -> Step + Sync)) {
    let untried: VecDeque<&J> = jobs.iter().collect();
    let count = untried.len();
    let queue = Mutex::new(Queue {
        untried,
        again: VecDeque::new(),
    });
    let worker = || {
        while let Some((job, gives_way)) = next(&queue) {
            let others_wait = || gives_way && !lock(&queue).untried.is_empty();
            if work(job, &others_wait) == Step::GaveWay {
                lock(&queue).again.push_back(job);
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(count) {
            // Where there is no further thread, those that there are do it all.
            let thread = thread::Builder::new().name("load".to_owned());
            thread.spawn_scoped(scope, worker).ok();
        }
        worker();
    });
}

/// The next job, and whether it gives way to others.
fn next<'a, J>(queue: &Mutex<Queue<'a, J>>) -> Option<(&'a J, bool)> {
    let mut queue = lock(queue);
    let untried = queue.untried.pop_front().map(|job| (job, true));
    untried.or_else(|| queue.again.pop_front().map(|job| (job, false)))
}

fn lock<'a, 'b, J>(queue: &'a Mutex<Queue<'b, J>>) -> MutexGuard<'a, Queue<'b, J>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_gives_way_is_done_after_the_others() {
        let done = Mutex::new(Vec::new());
        let slow_gave_way = std::sync::atomic::AtomicBool::new(false);
        in_parallel(&["slow", "a", "b", "c"], &|job, others_wait| {
            if *job == "slow" && others_wait() {
                slow_gave_way.store(true, std::sync::atomic::Ordering::Relaxed);
                return Step::GaveWay;
            }
            done.lock().unwrap().push(*job);
            Step::Done
        });
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, ["a", "b", "c", "slow"], "each once");
        assert!(slow_gave_way.into_inner());
    }
}
