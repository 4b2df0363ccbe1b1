//! Functions on a real API server.
//!
//! [`plane`] starts etcd, kube-apiserver and kube-controller-manager on loopback. [`install`] applies the manifests of
//! `metacontroller/` to it, with the host's address in place of its Service's. A [`driver::Caller`] plays
//! Metacontroller, or is Metacontroller itself. [`scenario`] has what is shown, one file each; [`hold`] keeps all of it
//! for people.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code: a panic is how it says what is wrong"
)]

pub mod contract;
pub mod crds;
pub mod driver;
pub mod hold;
pub mod install;
pub mod objects;
pub mod plane;
pub mod scenario;
pub mod world;
