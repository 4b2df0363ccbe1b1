//! A hook's answer, written.

use serde::Serialize;

use crate::failure::Failure;

/// An answer's JSON, in a buffer that a usual one fits: growing copies, and in a sandbox that
/// never frees it also costs memory.
///
/// # Errors
/// [`Failure::Internal`] if it cannot be written.
pub(crate) fn text(answer: &impl Serialize) -> Result<String, Failure> {
    const USUAL_BYTES: usize = 8 << 10;
    let mut json = Vec::with_capacity(USUAL_BYTES);
    let unwritable = |what: &str| Failure::Internal(format!("cannot write the response: {what}"));
    serde_json::to_writer(&mut json, answer).map_err(|error| unwritable(&error.to_string()))?;
    String::from_utf8(json).map_err(|_| unwritable("it is not UTF-8"))
}
