//! From JavaScript to JSON: what comes in is checked on the way, once.
//!
//! `serde-wasm-bindgen` reads objects too, but it takes `undefined` for null, follows a circle until the stack ends, and
//! does not say where something is wrong. Here each value is looked at once, since a getter or a Proxy may answer
//! otherwise the second time; depth and size are limited; and what JavaScript throws is caught right where it is thrown:
//! an exception that passes through Rust's frames never gives their stack back.

use std::fmt;

use js_sys::{JsString, Object, Reflect};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// How long a JSON text may be, in UTF-16 code units for a string and in bytes for an object. Kubernetes stores objects
/// of at most 1.5 MiB. A text whose tree is largest (`[{},{},…`) takes some hundred times its size, which is to stay far
/// below the 4 GiB that a module can have.
const MAX_LENGTH: usize = 4 << 20;

/// How deep objects and arrays may be nested: as deep as the core reads them.
const MAX_DEPTH: usize = 128;

/// The largest whole number below which all are exact.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen]
extern "C" {
    /// An object's own members in an object without a prototype, where reading them runs no code.
    type Members;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn member(this: &Members, key: &JsString) -> JsValue;
    #[wasm_bindgen(method, structural, indexing_getter)]
    fn element(this: &Members, index: u32) -> JsValue;

    // Where a getter throws, and nearly every Proxy that throws. `assign` returns nothing here, though it could: when an
    // import that returns an object throws, wasm-bindgen keeps a place for the object and never frees it.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object, js_name = assign)]
    fn assign(members: &Members, object: &JsValue) -> Result<(), JsValue>;
}

/// A value that is no JSON: where it is, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// From the innermost step outwards.
    path: Vec<Step>,
    why: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(u32),
}

/// A JSON text that is given as one.
///
/// # Errors
/// If it is not a string, is too long, or is no Unicode. Whether it is JSON is the core's to say.
pub(crate) fn text(value: &JsValue) -> Result<String, Unfit> {
    match value.dyn_ref::<JsString>() {
        Some(string) => unicode(string, 0),
        None => Err(Unfit::new("it is not a string")),
    }
}

/// The JSON text of an object.
///
/// # Errors
/// If anything in it is not valid JSON, or does not survive: `undefined`, a function, a whole number that JavaScript has
/// rounded, an object that is more than its members.
pub(crate) fn json(value: &JsValue) -> Result<String, Unfit> {
    let mut writer = Writer { text: String::new() };
    writer.value(value, 0)?;
    Ok(writer.text)
}

/// A string as UTF-8, of which `before` bytes are there already.
fn unicode(string: &JsString, before: usize) -> Result<String, Unfit> {
    let length = string.length() as usize;
    if before.saturating_add(length) > MAX_LENGTH {
        return Err(Unfit::new(TOO_LARGE));
    }
    let text = string.as_string().unwrap_or_default();
    // What stands in for half a surrogate pair may also have been written by the author.
    if text.contains(char::REPLACEMENT_CHARACTER) && !string.is_valid_utf16() {
        return Err(Unfit::new("half a surrogate pair is not a character"));
    }
    Ok(text)
}

const TOO_LARGE: &str = "it is larger than 4 MiB";

struct Writer {
    text: String,
}

impl Writer {
    fn value(&mut self, value: &JsValue, depth: usize) -> Result<(), Unfit> {
        if self.text.len() > MAX_LENGTH {
            return Err(Unfit::new(TOO_LARGE));
        }
        if value.is_null() {
            self.text.push_str("null");
        } else if let Some(flag) = value.as_bool() {
            self.text.push_str(if flag { "true" } else { "false" });
        } else if let Some(number) = value.as_f64() {
            self.number(number)?;
        } else if let Some(string) = value.dyn_ref::<JsString>() {
            self.string(string)?;
        } else if !value.is_object() {
            return Err(Unfit::new(no_json(value)));
        } else if depth >= MAX_DEPTH {
            return Err(Unfit::new(
                "it is nested deeper than 128 levels, or contains itself",
            ));
        } else if is_array(value).map_err(unreadable)? {
            self.array(value, depth + 1)?;
        } else if is_plain(value).map_err(unreadable)? {
            self.object(value, depth + 1)?;
        } else {
            return Err(Unfit::new("only plain objects and arrays are JSON"));
        }
        Ok(())
    }

    fn number(&mut self, number: f64) -> Result<(), Unfit> {
        if !number.is_finite() {
            return Err(Unfit::new("NaN and Infinity cannot be written as JSON"));
        }
        if number.fract() != 0.0 {
            return self.scalar(&number);
        }
        if number.abs() > MAX_SAFE_INTEGER {
            return Err(Unfit::new(
                "a whole number beyond 2^53 is not exact in JavaScript: use the hook on JSON texts",
            ));
        }
        self.scalar(&(number as i64))
    }

    fn string(&mut self, string: &JsString) -> Result<(), Unfit> {
        let text = unicode(string, self.text.len())?;
        self.scalar(text.as_str())
    }

    fn scalar<T: serde::Serialize + ?Sized>(&mut self, scalar: &T) -> Result<(), Unfit> {
        let json = serde_json::to_string(scalar).map_err(|_| Unfit::new("it is not valid JSON"))?;
        self.text.push_str(&json);
        Ok(())
    }

    fn array(&mut self, array: &JsValue, depth: usize) -> Result<(), Unfit> {
        let elements = members(array)?;
        let length = Reflect::get(array, &"length".into()).map_err(unreadable)?;
        let length = length.as_f64().unwrap_or_default() as u32;
        self.text.push('[');
        for index in 0..length {
            if index > 0 {
                self.text.push(',');
            }
            self.value(&elements.element(index), depth)
                .map_err(|unfit| unfit.within(Step::Element(index)))?;
        }
        self.text.push(']');
        Ok(())
    }

    fn object(&mut self, object: &JsValue, depth: usize) -> Result<(), Unfit> {
        let members = members(object)?;
        let keys = Object::keys(members.unchecked_ref::<Object>());
        self.text.push('{');
        for index in 0..keys.length() {
            if index > 0 {
                self.text.push(',');
            }
            let key: JsString = keys.get(index).unchecked_into();
            self.string(&key)?;
            self.text.push(':');
            self.value(&members.member(&key), depth)
                .map_err(|unfit| unfit.within(Step::Member(String::from(key))))?;
        }
        self.text.push('}');
        Ok(())
    }
}

/// An object's members, all read once.
fn members(object: &JsValue) -> Result<Members, Unfit> {
    let members: Members = Object::create(JsValue::NULL.unchecked_ref::<Object>()).unchecked_into();
    assign(&members, object).map_err(unreadable)?;
    Ok(members)
}

/// Whether an object is its members and nothing else: `{}`, `Object.create(null)`, or the like from another frame of the
/// page, but no Map, Date or instance of a class.
fn is_plain(object: &JsValue) -> Result<bool, JsValue> {
    let prototype = Reflect::get_prototype_of(object)?;
    Ok(prototype.is_null() || Reflect::get_prototype_of(&prototype)?.is_null())
}

/// Why a value that is no object is no JSON.
fn no_json(value: &JsValue) -> &'static str {
    if value.is_undefined() {
        "undefined cannot be written as JSON: omit the member"
    } else if value.is_bigint() {
        "a BigInt cannot be written as JSON"
    } else if value.is_function() {
        "a function cannot be written as JSON"
    } else {
        "a symbol cannot be written as JSON"
    }
}

/// What was thrown may be anything, and telling it may throw again.
fn unreadable(_: JsValue) -> Unfit {
    Unfit::new("reading it throws an error")
}

impl Unfit {
    fn new(why: &'static str) -> Self {
        Unfit {
            path: Vec::new(),
            why,
        }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.path.iter().rev().enumerate() {
            match step {
                Step::Member(key) if number == 0 => f.write_str(key)?,
                Step::Member(key) => write!(f, ".{key}")?,
                Step::Element(index) => write!(f, "[{index}]")?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_from_the_outside() {
        let unfit = Unfit::new("a BigInt cannot be written as JSON");
        assert_eq!(unfit.to_string(), "a BigInt cannot be written as JSON");
        let unfit = unfit
            .within(Step::Member("replicas".to_owned()))
            .within(Step::Element(3))
            .within(Step::Member("children".to_owned()));
        assert_eq!(
            unfit.to_string(),
            "children[3].replicas: a BigInt cannot be written as JSON"
        );
    }
}
