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

struct JavaScript;

fn print(level: crate::Level, line: &str) {
    let level = match level {
        crate::Level::Debug => Level::Debug,
        crate::Level::Info => Level::Info,
        crate::Level::Warn => Level::Warn,
        crate::Level::Error => Level::Error,
    };
    log(level, line);
}

/// The time that QuickJS asks for: it does not go by.
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    946_684_800_000_000.0
}

impl describe::Guest for JavaScript {
    fn describe() -> String {
        concat!(
            "{\"name\":\"js\",\"version\":\"",
            env!("CARGO_PKG_VERSION"),
            "\"}"
        )
        .to_owned()
    }
}

impl engine::Guest for JavaScript {
    fn compile(files: Vec<engine::File>, entries: Vec<engine::Entry>) -> Result<engine::Program, String> {
        let files = files.into_iter().map(|file| crate::File {
            path: file.path,
            content: file.content,
        });
        let entries = entries.into_iter().map(|entry| crate::Entry {
            path: entry.path,
            hook: entry.hook,
        });
        let (files, entries): (Vec<_>, Vec<_>) = (files.collect(), entries.collect());
        let program = crate::compile(&files, &entries, print)?;
        Ok(engine::Program {
            code: program.code,
            hooks: program.hooks,
            description: program.description,
        })
    }

    fn call(code: Vec<u8>, hook: String, request: String, settings: String) -> Result<String, Failure> {
        crate::call(code, &hook, &request, &settings, print).map_err(|failure| match failure {
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

impl bindings::Guest for JavaScript {
    fn init() {
        crate::prepare();
    }
}

#[allow(unsafe_code, reason = "the macro exports symbols")]
mod export {
    use super::JavaScript;
    super::bindings::export!(JavaScript with_types_in super::bindings);
}
