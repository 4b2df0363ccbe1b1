//! Metacontroller's rules as pure functions over JSON.
//!
//! The cluster in memory of the plugin's tests and the driver of the end-to-end suite both play Metacontroller; they
//! share these rules, so that what holds in one holds in the other. Nothing here talks to anyone. What an API server
//! does (defaults, immutable fields, server-side apply's merge) is not Metacontroller's and not here.
//!
//! Source: Metacontroller 4.17's `pkg/controller`, `pkg/dynamic/apply` and `pkg/hooks`.

pub mod answer;
pub mod desired;
pub mod finalizer;
mod merge;
pub mod object;
pub mod queue;
pub mod related;
pub mod webhook;

pub use merge::{three_way, twice};
pub use object::{Id, text};
