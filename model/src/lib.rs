//! Metacontroller's rules, and a Metacontroller in memory.
//!
//! - [`answer`], [`desired`], [`finalizer`], [`queue`], [`related`], [`webhook`], [`three_way`]: the rules, as pure
//!   functions over JSON. The driver of the end-to-end suite plays Metacontroller with them on a real API server.
//! - [`server`]: an API server in memory, with the defaults of the built-in kinds.
//! - [`world`]: both together: a parent, a plugin's hooks, and one sync after the other.
//! - [`simulation`]: a world that goes through steps, its time line, and the faults that it shows.
//! - [`fields`](mod@fields): the differences of two values, field by field. [`secrets`]: without the values of Secrets.
//!
//! Nothing here talks to anyone, knows the time or draws a random number.
//!
//! Source: Metacontroller 4.17's `pkg/controller`, `pkg/dynamic/apply` and `pkg/hooks`.

pub mod answer;
pub mod desired;
pub mod fields;
pub mod finalizer;
mod merge;
pub mod object;
pub mod queue;
pub mod related;
pub mod secrets;
pub mod server;
pub mod simulation;
pub mod webhook;
pub mod world;

pub use fields::{FieldChange, fields};
pub use merge::{three_way, twice};
pub use object::{Id, text};
