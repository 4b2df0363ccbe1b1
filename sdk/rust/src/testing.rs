//! Helpers for native tests of hooks: `cargo test` needs no WebAssembly.
//!
//! ```ignore
//! let answer = testing::call(sync, json!({"parent": {"metadata": {"name": "a"}}}), json!({})).unwrap();
//! assert_eq!(answer["children"][0]["kind"], "ConfigMap");
//! assert_eq!(testing::logged(), [(Level::Info, "a: made".to_owned())]);
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Result;
use crate::log::Level;

thread_local! {
    static LINES: std::cell::RefCell<Vec<(Level, String)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Calls a hook as the host would, and returns its answer.
///
/// # Errors
///
/// The failure of the hook.
pub fn call<Q, S, A>(hook: impl FnOnce(Q, S) -> Result<A>, request: Value, settings: Value) -> Result<Value>
where
    Q: DeserializeOwned,
    S: DeserializeOwned,
    A: Serialize,
{
    let answer = crate::run(hook, &request.to_string(), &settings.to_string())?;
    Ok(serde_json::from_str(&answer)?)
}

/// Returns the lines that this thread has logged since the last call.
pub fn logged() -> Vec<(Level, String)> {
    LINES.take()
}

#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "the host has the log"))]
pub(crate) fn keep(level: Level, message: &str) {
    LINES.with_borrow_mut(|lines| lines.push((level, message.to_owned())));
}
