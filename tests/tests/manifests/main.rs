//! What `kubectl apply -k` would send: it is complete, it fits together, and Metacontroller may do what it is told to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod combinations;
mod difference;
mod golden;
mod host;
mod kustomize;
mod plugins;
mod rights;
