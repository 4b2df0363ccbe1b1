//! What a pod spec may hold: its fields at every depth, which of them are required, what each of
//! them is, and which are left out when they are empty.
//!
//! A plain field with `omitempty` in Go never comes back with its zero value, so that asking for that
//! costs a write at every sync. A field that is a pointer in Go is stored as it is written.

mod shape;
mod table;
#[cfg(test)]
mod tests;
mod unknown;
mod words;

pub(super) use shape::{Field, Holds, KUBERNETES, Shape};
pub(super) use table::POD;
pub(super) use unknown::hint;
