//! Numbers that Go can read.

use metawasm_json::{Document, Kind, quote};

use super::context::ReviewContext;
use super::violation::Broken;

/// No integer of fewer digits is beyond a 64-bit float.
pub(super) const SAFE_DIGITS: usize = 300;

pub(super) fn check(document: &Document<'_>, _: &ReviewContext<'_>) -> Result<(), Broken> {
    for (id, kind) in document.ids() {
        let suspect = match kind {
            Kind::Float => true,
            Kind::Integer => document.raw(id).len() > SAFE_DIGITS,
            _ => false,
        };
        if suspect && !document.raw(id).parse::<f64>().is_ok_and(f64::is_finite) {
            let number = quote(document.raw(id));
            return Err(Broken::at(
                id,
                format!(
                    "is the number {number}, beyond a 64-bit float, which Metacontroller cannot read; the largest is about 1.8e308"
                ),
            ));
        }
    }
    Ok(())
}
