//! The grants plugin's WIT face: the core, behind `metawasm:hook`.

// The allocator.
use metawasm_guest as _;

// What wit-bindgen generates is not ours to polish.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ world: "sync-hook", path: "../../../wit", default_bindings_module: "crate::bindings" });
}

use bindings::exports::metawasm::hook::{describe, sync};
use bindings::metawasm::hook::types::Failure;

struct Grants;

impl describe::Guest for Grants {
    fn describe() -> String {
        metawasm_grants::describe()
    }
}

impl sync::Guest for Grants {
    fn sync(request: String, settings: String) -> Result<String, Failure> {
        metawasm_grants::sync(&request, &settings).map_err(|failure| match failure {
            metawasm_grants::Failure::Invalid(text) => Failure::Invalid(text),
            metawasm_grants::Failure::Internal(text) => Failure::Internal(text),
        })
    }
}

#[allow(unsafe_code, reason = "the macro exports symbols")]
mod export {
    use super::Grants;
    crate::bindings::export!(Grants with_types_in crate::bindings);
}
