//! Functions on a real API server.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: a panic is how it says what is wrong"
)]

pub mod driver;
