//! Metacontroller's wire format: its requests, and the answers that are safe to give it.
//!
//! - [`hook`]: hooks, controllers, versions. [`object`]: names of objects and kinds.
//! - [`read_envelope`]: one pass over a request that finds who asks what and cuts what the
//!   plugin does not read, as its [`View`] says.
//! - [`review()`]: is this answer safe to give to Metacontroller?
//! - [`request`]: a request as Metacontroller writes it, from its parts.
//! - [`json`]: the scanner under both, a crate of its own.
//!
//! Nothing here knows HTTP, WebAssembly or plugins. It has no threads and does no I/O.

pub mod apply;
pub mod deletions;
pub mod envelope;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod hook;
pub mod object;
pub mod request;
pub mod review;
pub mod scope;
pub mod view;

pub use metawasm_json as json;

pub use apply::ApplyStrategy;
pub use deletions::{Budget, Deletions};
pub use envelope::{Envelope, EnvelopeError, read as read_envelope};
pub use hook::{ControllerKind, Hook, HookVersion};
pub use object::{GroupKey, ObjectRef};
pub use request::{Assembly, AssemblyError, ObjectFault};
pub use review::{Note, ReviewContext, Reviewed, Rule, Violation, review};
pub use scope::{Scope, Scopes};
pub use view::{View, ViewError};

#[cfg(test)]
mod tests {
    /// Reads a recorded request of `tests/fixtures`.
    pub(crate) fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }
}
