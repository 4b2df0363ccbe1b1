//! Requests as Metacontroller writes them.
//!
//! [`Sync`] and [`customize()`] write a request from its parts and check nothing: tests that play Metacontroller use
//! them. [`Assembly`] makes a request from a person's files, for `metawasm render`, and says which of them
//! Metacontroller would not send.

mod assembly;
mod wire;

pub use assembly::{Assembly, AssemblyError, ObjectFault, identity};
pub use wire::{Sync, customize};
