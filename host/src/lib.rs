//! **metawasm** runs Metacontroller hooks as sandboxed WebAssembly.
//!
//! Metacontroller posts a parent object and what it observes of its children; a plugin, a pure
//! function compiled to a component, answers with the children that should exist; the host
//! makes sure that no plugin, broken or hostile, can hurt the cluster, the host or another
//! plugin.
//!
//! The way of a request is [`pipeline`]. [`serve`] puts HTTP before it, [`cli`] the commands
//! that do the same offline. It uses [`contract`] (Metacontroller's wire and what an answer must
//! be), [`schema`] (the fields that kinds have), [`catalogue`] (the plugins) and [`sandbox`]
//! (wasmtime, narrowed). Dependencies point one way:
//! `cli → serve → pipeline → {schema → contract, catalogue, sandbox}`.

pub mod catalogue;
mod child;
pub mod cli;
pub mod config;
mod input;
pub mod pipeline;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod telemetry;
mod units;
mod yaml;

pub use metawasm_contract as contract;
