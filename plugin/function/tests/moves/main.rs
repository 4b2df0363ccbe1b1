//! What happens to a Function over time, in a cluster in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod basics;
mod deletion;
mod edits;
mod runtimes;
mod scalers;
#[path = "../support/mod.rs"]
mod support;
mod walk;
