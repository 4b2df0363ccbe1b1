//! Panics: bugs in this program or in a library. Their messages contain paths of the build machine. They are logged
//! only at the level debug.

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

/// The error message after a panic.
pub(super) const SENTENCE: &str = "internal error: this is a bug in metawasm; please report it with the command and its input. Set RUST_BACKTRACE=1 to see where it happened";

/// Replaces the messages of panics by a short log line, unless `RUST_BACKTRACE` is set.
pub(super) fn keep_from_readers() {
    if env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    panic::set_hook(Box::new(|panic| {
        tracing::error!(
            "internal error: a thread panicked; set RUST_BACKTRACE=1 or the log level debug to see where"
        );
        tracing::debug!("{panic}");
    }));
}

/// Runs the whole program; returns `None` if it panicked.
pub(super) fn caught(program: fn() -> ExitCode) -> Option<ExitCode> {
    panic::catch_unwind(AssertUnwindSafe(program)).ok()
}
