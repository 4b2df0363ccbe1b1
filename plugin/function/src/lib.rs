//! OpenFunction's `Function` as a Metacontroller hook: a pure function from request to
//! response. No I/O, no clock, no randomness, no Wasm.
//!
//! The way of a request: [`sync()`] reads what it needs of it (`request`, `json`, and `documents` with
//! `yaml` for texts in it), rewrites the spellings of v1beta1 (`older`), names unknown fields
//! (`fields`), brings the Function into one canonical form (`written` → `normalize` → `function`)
//! and checks it (`validate`), noting every mistake and warning (`notes`). `engine`
//! chooses the runtime, `children` makes what should exist (with `build`, `context`, `dapr`,
//! `exposure`, `knative`, `names`, `quantity`, `rules` and `scaling`), `moves` and `taken` take out
//! what cannot be made yet, and `status` says how things are. A Function that cannot be served keeps
//! the children that it has (`repeat`).

mod answer;
mod build;
mod children;
mod context;
mod customize;
mod dapr;
mod describe;
mod documents;
mod duration;
mod engine;
mod exposure;
mod fields;
mod finalize;
mod function;
mod json;
pub mod kinds;
mod knative;
mod moves;
mod names;
mod nearest;
mod normalize;
mod notes;
mod older;
mod quantity;
mod repeat;
mod request;
mod rules;
mod scaling;
mod settings;
mod sorted;
mod status;
mod sync;
mod taken;
mod validate;
mod written;
mod yaml;

pub use customize::customize;
pub use describe::describe;
pub use finalize::finalize;
pub use sync::sync;

/// Why a hook did not answer. In every case the children stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The Function is wrong and stays wrong until a person edits it. One sentence for that
    /// person, with field paths.
    Invalid(String),
    /// Not now.
    RetryLater {
        /// Seconds until the next attempt.
        after_seconds: u32,
        /// One sentence for the log.
        reason: String,
    },
    /// A bug, or a host that does not keep the contract.
    Internal(String),
}
