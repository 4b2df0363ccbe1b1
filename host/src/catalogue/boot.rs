//! All plugins at once, when the host starts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::Handle;

use super::load::{Described, LoadFailure, Plugin, PluginSpec, load_among};
use crate::sandbox::Sandbox;

/// Loads plugins, as many at a time as there are cores, and gives what came of each in their order.
///
/// It takes this thread and some of its own; call it where a thread may be blocked.
pub fn load_all(
    sandbox: &Sandbox,
    specs: &[PluginSpec],
    executor: &Handle,
) -> Vec<Result<Plugin, LoadFailure>> {
    let described = Described::default();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(specs.len()));
    let work = || {
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(spec) = specs.get(index)
        {
            let outcome = executor.block_on(load_among(sandbox, spec, &described));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((index, outcome));
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
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
