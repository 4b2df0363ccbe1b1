//! Metacontroller's wire: what it asks, and what it may be answered.
//!
//! - [`hook`]: hooks, controllers, versions. [`object`]: names of objects and kinds.
//! - [`read_envelope`]: one pass over a request that finds who asks what and cuts what the
//!   plugin does not read, as its [`View`] says.
//! - [`review()`]: is this answer safe to give to Metacontroller?
//! - [`Assembly`]: a request as Metacontroller would make it, for offline use.
//! - [`json`]: the scanner under both.
//!
//! Nothing here knows of HTTP, of Wasm or of plugins.

pub mod apply;
pub mod deletions;
pub mod envelope;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod hook;
pub mod json;
pub mod object;
pub mod request;
pub mod review;
pub mod scope;
pub mod view;

pub use apply::ApplyStrategy;
pub use deletions::{Budget, Deletions};
pub use envelope::{Envelope, EnvelopeError, read as read_envelope};
pub use hook::{ControllerKind, Hook, HookVersion};
pub use object::{GroupKey, ObjectRef};
pub use request::{Assembly, AssemblyError};
pub use review::{Asked, Note, Refusal, Reviewed, Rule, review};
pub use scope::{Scope, Scopes};
pub use view::{View, ViewError};
