//! All plugins at once, when the host starts.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::Handle;

use super::load::{Described, LoadFailure, Plugin, PluginSpec, load_among};
use super::source::Fetcher;
use crate::sandbox::{LoadError, Sandbox};

/// Plugins that wait to be loaded: first those that nobody has tried, then those that gave way to them.
struct Queue<'a> {
    untried: VecDeque<&'a PluginSpec>,
    again: VecDeque<&'a PluginSpec>,
}

/// Loads plugins, as many at a time as there are cores, and hands over what came of each as soon as it is known.
///
/// A plugin that takes long to compile gives way once to those that nobody has tried yet, so that a few of them do not
/// keep the others from being served.
///
/// It takes this thread and some of its own; call it where a thread may be blocked.
pub fn load_all(
    sandbox: &Sandbox,
    fetcher: &Fetcher,
    specs: &[PluginSpec],
    executor: &Handle,
    settled: &(dyn Fn(&PluginSpec, Result<Plugin, LoadFailure>) + Sync),
) {
    let described = Described::default();
    let queue = Mutex::new(Queue {
        untried: specs.iter().collect(),
        again: VecDeque::new(),
    });
    let work = || {
        while let Some((spec, gives_way)) = next(&queue) {
            let others_wait = || gives_way && !lock(&queue).untried.is_empty();
            let load = || executor.block_on(load_among(sandbox, fetcher, spec, &described, &others_wait));
            // A panic here is a bug that one plugin met: the others are loaded all the same.
            let outcome = panic::catch_unwind(AssertUnwindSafe(load)).unwrap_or(Err(LoadFailure::Panicked));
            match outcome {
                Err(LoadFailure::Program {
                    error: LoadError::Interrupted,
                    ..
                }) => lock(&queue).again.push_back(spec),
                outcome => settled(spec, outcome),
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(specs.len()) {
            // Where there is no further thread, those that there are do it all.
            let thread = thread::Builder::new().name("load".to_owned());
            thread.spawn_scoped(scope, work).ok();
        }
        work();
    });
}

/// The next plugin, and whether it gives way to others.
fn next<'a>(queue: &Mutex<Queue<'a>>) -> Option<(&'a PluginSpec, bool)> {
    let mut queue = lock(queue);
    let untried = queue.untried.pop_front().map(|spec| (spec, true));
    untried.or_else(|| queue.again.pop_front().map(|spec| (spec, false)))
}

fn lock<'a, 'b>(queue: &'a Mutex<Queue<'b>>) -> MutexGuard<'a, Queue<'b>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
