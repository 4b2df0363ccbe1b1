//! From functions to a plugin.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, Result, internal};

/// Makes a plugin of functions: `export!(describe: describe, sync: sync, finalize: finalize, customize: customize)`.
///
/// `describe` and `sync` are required, the others are not. The order is fixed.
///
/// - `describe` is a function without arguments. It returns JSON (or any type that serialises to it) with the fields
///   that `wit/hook.wit` lists.
/// - Each hook is a function `fn(Request, Settings) -> Result<Answer>`. The request and the answer are types of this
///   crate or your own. The settings are any type that can be read from the plugin's settings.
#[macro_export]
macro_rules! export {
    (
        describe: $describe:path, sync: $sync:path
        $(, finalize: $finalize:path)? $(, customize: $customize:path)? $(,)?
    ) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "exports have names")]
        const _: () = {
            #[unsafe(export_name = "metawasm:hook/describe@0.1.0#describe")]
            extern "C" fn metawasm_describe() -> *const $crate::wire::Text {
                $crate::wire::describe($describe)
            }

            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn metawasm_realloc(old: *mut u8, size: usize, align: usize, new: usize) -> *mut u8 {
                // SAFETY: the host keeps the contract of the canonical ABI.
                unsafe { $crate::wire::realloc(old, size, align, new) }
            }

            $crate::__hook!("metawasm:hook/sync@0.1.0#sync", $sync);
            $($crate::__hook!("metawasm:hook/finalize@0.1.0#finalize", $finalize);)?
            $($crate::__hook!("metawasm:hook/customize@0.1.0#customize", $customize);)?
        };

        // Natively nothing is exported, and the functions still count as used.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            let _ = || $crate::describe($describe);
            let _ = || $crate::run($sync, "", "");
            $(let _ = || $crate::run($finalize, "", "");)?
            $(let _ = || $crate::run($customize, "", "");)?
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __hook {
    ($name:literal, $function:path) => {
        const _: () = {
            #[unsafe(export_name = $name)]
            unsafe extern "C" fn metawasm_hook(
                request: *mut u8,
                request_size: usize,
                settings: *mut u8,
                settings_size: usize,
            ) -> *const $crate::wire::Reply {
                // SAFETY: the host passes two texts that it wrote into memory of `cabi_realloc`.
                unsafe {
                    $crate::wire::hook(
                        $function,
                        [(request, request_size), (settings, settings_size)],
                    )
                }
            }
        };
    };
}

/// Returns the description as JSON.
pub fn describe<T: Serialize>(describe: impl FnOnce() -> T) -> String {
    show_panics();
    serde_json::to_string(&describe()).unwrap_or_default()
}

/// Runs a hook.
///
/// # Errors
///
/// Those of the hook, and [`Failure::Internal`] if the request, the settings or the answer do not fit the types.
pub fn run<Q, S, A>(hook: impl FnOnce(Q, S) -> Result<A>, request: &str, settings: &str) -> Result<String>
where
    Q: DeserializeOwned,
    S: DeserializeOwned,
    A: Serialize,
{
    show_panics();
    let request = decode(request, "request")?;
    let settings = decode(settings, "settings")?;
    let answer = hook(request, settings)?;
    serde_json::to_string(&answer).map_err(|error| internal(format!("cannot write the answer: {error}")))
}

fn decode<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Failure::Internal(format!("cannot read the {what}: {error}")))
}

/// Logs the message of a panic. A panic is a trap, and its message would be lost.
fn show_panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| {
        crate::log(crate::Level::Error, panic.to_string().replace('\n', " "));
    }));
}
