//! The clock that makes deadlines hold: an OS thread that moves the engine's epoch.

use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// How often a running guest can be looked at: on a slow lane at each tick, so that the lane holds its
/// core no longer than that against the server's threads.
pub(super) const TICK: Duration = Duration::from_millis(2);

/// Ticks of a call's first turn: how long a guest may hold a thread of the executor.
pub(super) const FIRST_TURN: u64 = 3;

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
