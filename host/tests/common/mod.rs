//! What the tests of the sandbox share.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use metawasm::sandbox::{Limits, Sandbox, SandboxOptions};

/// A sandbox for so many calls at once.
pub(crate) fn sandbox(concurrency: u32) -> Sandbox {
    Sandbox::new(SandboxOptions {
        concurrency,
        memory: 64 << 20,
        table_elements: 100_000,
    })
    .unwrap()
}

/// A deadline that a test can wait for.
pub(crate) fn limits() -> Limits {
    Limits {
        deadline: Duration::from_millis(200),
        ..Limits::default()
    }
}
