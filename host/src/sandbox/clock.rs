//! The clock that makes deadlines hold: an OS thread that moves the engine's epoch.

use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// How often a running guest is looked at. Shorter costs nothing that was measurable; it is
/// also how long a guest may hold a thread of the executor.
pub(super) const TICK: Duration = Duration::from_millis(5);

/// Starts the clock of an engine.
///
/// A thread of its own, because a task could starve under the very load that it is there to
/// bound. It holds the engine weakly and ends with it.
pub(super) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })
        .map(drop)
}
