//! The functions of `std.native` that jsonnetd offers.

use jrsonnet_evaluator::function::{FuncVal, builtin};
use jrsonnet_evaluator::{IStr, Result, Val, error};
use jrsonnet_stdlib::ContextInitializer;

/// Adds the functions to a standard library.
pub(crate) fn add(std: &ContextInitializer) {
    std.add_native("jsonUnmarshal", FuncVal::builtin(json_unmarshal {}));
    std.add_native("parseInt", FuncVal::builtin(parse_int {}));
}

#[allow(clippy::needless_pass_by_value, reason = "the macro passes values")]
#[builtin]
fn json_unmarshal(json: IStr) -> Result<Val> {
    serde_json::from_str(&json).map_err(|fault| error!("jsonUnmarshal: invalid JSON: {fault}"))
}

#[allow(clippy::needless_pass_by_value, reason = "the macro passes values")]
#[builtin]
fn parse_int(text: IStr, base: f64) -> Result<f64> {
    let radix = base as u32;
    if !(2..=36).contains(&radix) || f64::from(radix) != base {
        return Err(error!("parseInt: the base must be an integer from 2 to 36"));
    }
    let number = i64::from_str_radix(&text, radix);
    number
        .map(|number| number as f64)
        .map_err(|_| error!("parseInt: not an integer of this base: {text}"))
}
