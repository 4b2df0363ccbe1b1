//! The Function plugin's WIT face: the core, behind `metawasm:hook`.

mod alloc;

// What wit-bindgen generates is not ours to polish.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ world: "sync-hook", path: "../../wit", default_bindings_module: "crate::bindings" });
}

use bindings::exports::metawasm::hook::{describe, sync};
use bindings::metawasm::hook::types::{Failure, Retry};

struct Function;

impl describe::Guest for Function {
    fn describe() -> String {
        metawasm_function::describe()
    }
}

impl sync::Guest for Function {
    fn sync(request: String, settings: String) -> Result<String, Failure> {
        metawasm_function::sync(&request, &settings).map_err(|failure| match failure {
            metawasm_function::Failure::Invalid(text) => Failure::Invalid(text),
            metawasm_function::Failure::RetryLater {
                after_seconds,
                reason,
            } => Failure::RetryLater(Retry {
                after_seconds,
                reason,
            }),
            metawasm_function::Failure::Internal(text) => Failure::Internal(text),
        })
    }
}

#[allow(unsafe_code, reason = "the macro exports symbols")]
mod export {
    crate::bindings::export!(super_function with_types_in crate::bindings);
    use super::Function as super_function;
}
