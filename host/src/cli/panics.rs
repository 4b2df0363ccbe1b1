//! Panics: bugs, of this program or of a library. Their messages name places of the machine that built it, and are for
//! the log at level debug alone.

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

/// What a reader is told.
pub(super) const SENTENCE: &str = "metawasm met a bug of its own; report it with the command and its input. RUST_BACKTRACE=1 shows where it is";

/// Keeps the message of a panic out of what people read, from here on, unless they ask for it.
pub(super) fn keep_from_readers() {
    if env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    panic::set_hook(Box::new(|panic| {
        tracing::error!(
            "a thread of the host met a bug; RUST_BACKTRACE=1 or the log level debug shows where"
        );
        tracing::debug!("{panic}");
    }));
}

/// Runs the whole program; nothing where it panicked.
pub(super) fn caught(program: fn() -> ExitCode) -> Option<ExitCode> {
    panic::catch_unwind(AssertUnwindSafe(program)).ok()
}
