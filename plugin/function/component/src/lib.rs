//! The Function plugin's WIT face: the core, behind `metawasm:hook`.

// The allocator.
use metawasm_guest as _;

// What wit-bindgen generates is not ours to polish.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({ world: "all-hooks", path: "../../../wit", default_bindings_module: "crate::bindings" });
}

use bindings::exports::metawasm::hook::{customize, describe, finalize, sync};
use bindings::metawasm::hook::logging::{Level, log};
use bindings::metawasm::hook::types::{Failure, Retry};

struct Function;

impl describe::Guest for Function {
    fn describe() -> String {
        metawasm_function::describe()
    }
}

impl sync::Guest for Function {
    fn sync(request: String, settings: String) -> Result<String, Failure> {
        metawasm_function::sync(&request, &settings).map_err(failure)
    }
}

impl finalize::Guest for Function {
    fn finalize(request: String, settings: String) -> Result<String, Failure> {
        metawasm_function::finalize(&request, &settings).map_err(failure)
    }
}

impl customize::Guest for Function {
    fn customize(request: String, settings: String) -> Result<String, Failure> {
        metawasm_function::customize(&request, &settings).map_err(failure)
    }
}

fn failure(failure: metawasm_function::Failure) -> Failure {
    use metawasm_function::Failure as Core;
    match failure {
        Core::Invalid(text) => Failure::Invalid(text),
        Core::RetryLater {
            after_seconds,
            reason,
        } => Failure::RetryLater(Retry {
            after_seconds,
            reason,
        }),
        Core::Internal(text) => {
            // The Event on the parent has the text; which build it was is for whoever runs the host.
            let version = env!("CARGO_PKG_VERSION");
            log(
                Level::Error,
                &format!("Function plugin {version} cannot answer: {text}"),
            );
            Failure::Internal(text)
        }
    }
}

#[allow(unsafe_code, reason = "the macro exports symbols")]
mod export {
    use super::Function;
    crate::bindings::export!(Function with_types_in crate::bindings);
}
