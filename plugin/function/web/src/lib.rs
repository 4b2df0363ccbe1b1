//! The Function plugin's JavaScript face: the core, behind `wasm-bindgen`, for Node and browsers.
//!
//! Each hook has two forms: on JSON texts (`sync`), which is what the core takes and much faster, and on
//! JavaScript's objects (`syncObject`). What does not succeed is thrown as an `Error` with a `kind`. The types for
//! editors are in `types.d.ts`.
//!
//! The module lives as long as the page does, so nothing may be left behind by a call: it has Rust's usual
//! allocator, no call panics, and nothing that JavaScript throws passes through Rust's frames ([`read`]).

mod error;
mod read;
mod write;

use metawasm_function::Failure;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::error::{Argument, Thrown};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// A hook of the core: request and settings in, the answer out.
type Hook = fn(&str, &str) -> Result<String, Failure>;

/// Answers Metacontroller's sync hook: JSON in, JSON out.
///
/// # Errors
/// What the core fails with, and an argument that is no text.
#[wasm_bindgen(skip_typescript)]
pub fn sync(request: &JsValue, settings: &JsValue) -> Result<String, Thrown> {
    on_texts(metawasm_function::sync, request, settings)
}

/// Answers Metacontroller's customize hook: JSON in, JSON out.
///
/// # Errors
/// As [`sync()`].
#[wasm_bindgen(skip_typescript)]
pub fn customize(request: &JsValue, settings: &JsValue) -> Result<String, Thrown> {
    on_texts(metawasm_function::customize, request, settings)
}

/// Answers Metacontroller's finalize hook: JSON in, JSON out.
///
/// # Errors
/// As [`sync()`].
#[wasm_bindgen(skip_typescript)]
pub fn finalize(request: &JsValue, settings: &JsValue) -> Result<String, Thrown> {
    on_texts(metawasm_function::finalize, request, settings)
}

/// What the plugin is, as JSON.
#[wasm_bindgen(skip_typescript)]
pub fn describe() -> String {
    metawasm_function::describe()
}

/// Answers Metacontroller's sync hook: an object in, an object out.
///
/// # Errors
/// What the core fails with, an argument that is more or less than JSON, and an answer that JavaScript cannot hold.
#[wasm_bindgen(skip_typescript, js_name = syncObject)]
pub fn sync_object(request: &JsValue, settings: &JsValue) -> Result<JsValue, Thrown> {
    on_objects(metawasm_function::sync, request, settings)
}

/// Answers Metacontroller's customize hook: an object in, an object out.
///
/// # Errors
/// As [`sync_object`].
#[wasm_bindgen(skip_typescript, js_name = customizeObject)]
pub fn customize_object(request: &JsValue, settings: &JsValue) -> Result<JsValue, Thrown> {
    on_objects(metawasm_function::customize, request, settings)
}

/// Answers Metacontroller's finalize hook: an object in, an object out.
///
/// # Errors
/// As [`sync_object`].
#[wasm_bindgen(skip_typescript, js_name = finalizeObject)]
pub fn finalize_object(request: &JsValue, settings: &JsValue) -> Result<JsValue, Thrown> {
    on_objects(metawasm_function::finalize, request, settings)
}

/// What the plugin is.
///
/// # Errors
/// None that is known: the description is a constant.
#[wasm_bindgen(skip_typescript, js_name = describeObject)]
pub fn describe_object() -> Result<JsValue, Thrown> {
    write::object(&metawasm_function::describe())
}

fn on_texts(hook: Hook, request: &JsValue, settings: &JsValue) -> Result<String, Thrown> {
    let request = read::text(request).map_err(|unfit| unfit.of(Argument::Request))?;
    let settings = read_settings(settings, read::text)?;
    Ok(hook(&request, &settings)?)
}

fn on_objects(hook: Hook, request: &JsValue, settings: &JsValue) -> Result<JsValue, Thrown> {
    let request = read::json(request).map_err(|unfit| unfit.of(Argument::Request))?;
    let settings = read_settings(settings, read::json)?;
    write::object(&hook(&request, &settings)?)
}

/// The settings, which may be left out.
fn read_settings(
    settings: &JsValue,
    read: fn(&JsValue) -> Result<String, read::Unfit>,
) -> Result<String, Thrown> {
    if settings.is_undefined() || settings.is_null() {
        return Ok("{}".to_owned());
    }
    read(settings).map_err(|unfit| unfit.of(Argument::Settings))
}
