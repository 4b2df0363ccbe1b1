//! OpenFunction's `Function` as a Metacontroller hook: a pure function from request to response. No I/O, no clock, no
//! randomness, no Wasm.
//!
//! The modules are floors. A file uses its own floor and the floors below it, and no file is part of a circle of
//! imports; a test (`tests/tests/floors.rs` of the repository) checks both:
//!
//! | floor | what it holds |
//! |---|---|
//! | [`hooks`] | what Metacontroller asks: sync, finalize, customize; and describe, which the host asks |
//! | [`lifecycle`] | children that cannot be made yet, that another object's name blocks, or that stay as they were |
//! | [`status`] | conditions, addresses and times: reads the plan and what is observed |
//! | [`children`] | the objects that a Function asks for, one file per kind: reads the plan |
//! | [`plan`] | every decision, once: names, hosts, exposure, Dapr, scaling, build stage, related objects |
//! | [`function`] | what the user means: read → normalize → validate → canonical types |
//! | [`formats`] | JSON, YAML, quantities, durations, names: knows nothing of Functions |
//!
//! Below all of them are [`kinds`], the one table of the kinds of children, and [`failure`].

mod children;
mod failure;
mod formats;
mod function;
mod hooks;
pub mod kinds;
mod lifecycle;
mod plan;
mod status;

pub use failure::Failure;
pub use hooks::customize::customize;
pub use hooks::describe::describe;
pub use hooks::finalize::finalize;
pub use hooks::sync::sync;
