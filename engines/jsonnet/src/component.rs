//! The exports of the world `script-engine`.

// What wit-bindgen generates is not ours to polish.
#[allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]
mod bindings {
    wit_bindgen::generate!({ world: "script-engine", path: "../../wit", default_bindings_module: "crate::component::bindings" });
}

use bindings::exports::metawasm::hook::{describe, engine};
use bindings::metawasm::hook::logging::{Level, log};
use bindings::metawasm::hook::types::{Failure, Retry};

struct Jsonnet;

fn trace(line: &str) {
    log(Level::Info, line);
}

/// Has a bug of the engine logged: a panic is a trap, which has no text.
fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        log(Level::Error, &panic.to_string().replace('\n', " "))
    }));
}

impl describe::Guest for Jsonnet {
    fn describe() -> String {
        concat!(
            "{\"name\":\"jsonnet\",\"version\":\"",
            env!("CARGO_PKG_VERSION"),
            "\"}"
        )
        .to_owned()
    }
}

impl engine::Guest for Jsonnet {
    fn compile(files: Vec<engine::File>, entries: Vec<engine::Entry>) -> Result<engine::Program, String> {
        let files = files.into_iter().map(|file| crate::File {
            path: file.path,
            content: file.content,
        });
        let entries = entries.into_iter().map(|entry| crate::Entry {
            path: entry.path,
            hook: entry.hook,
        });
        tell_of_panics();
        let program = crate::compile(files.collect(), entries.collect(), trace)?;
        Ok(engine::Program {
            code: program.code,
            hooks: program.hooks,
            description: program.description,
        })
    }

    fn call(code: Vec<u8>, hook: String, request: String, settings: String) -> Result<String, Failure> {
        tell_of_panics();
        crate::call(&code, &hook, &request, &settings, trace).map_err(|failure| match failure {
            crate::Failure::Invalid(sentence) => Failure::Invalid(sentence),
            crate::Failure::RetryLater {
                after_seconds,
                reason,
            } => Failure::RetryLater(Retry {
                after_seconds,
                reason,
            }),
            crate::Failure::Internal(sentence) => Failure::Internal(sentence),
        })
    }
}

impl bindings::Guest for Jsonnet {
    fn init() {
        tell_of_panics();
        crate::prepare();
    }
}

#[allow(unsafe_code, reason = "the macro exports symbols")]
mod export {
    use super::Jsonnet;
    super::bindings::export!(Jsonnet with_types_in super::bindings);
}
