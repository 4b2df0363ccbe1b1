//! Write [metawasm](https://github.com/metawasm/metawasm) plugins in Rust.
//!
//! A hook is a function from a request and settings to an answer. [`export!`] makes a plugin of it:
//!
//! ```ignore
//! use metawasm_plugin::{CompositeAnswer, CompositeRequest, Result, json};
//!
//! fn sync(request: CompositeRequest, _settings: Settings) -> Result<CompositeAnswer> {
//!     let name = request.parent.name();
//!     Ok(CompositeAnswer::new()
//!         .status(json!({"name": name}))
//!         .child(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})))
//! }
//!
//! metawasm_plugin::export!(describe: describe, sync: sync);
//! ```
//!
//! A plugin has no clock, no randomness and no I/O. Nothing but the log leaves a hook, and each call runs in a fresh
//! instance.

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod alloc;
mod answer;
mod export;
mod failure;
mod log;
mod object;
mod request;
pub mod testing;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wire;

pub use answer::{CompositeAnswer, DecoratorAnswer, RelatedResources, RelatedRule};
pub use failure::{Failure, Result, internal, invalid, retry_later};
pub use log::{Level, log};
pub use object::{Children, Object};
pub use request::{CompositeRequest, CustomizeRequest, DecoratorRequest};
pub use serde_json::{Value, json};

#[doc(hidden)]
pub use export::{describe, run};
