//! A hook's answer, written.

use metawasm_json::Write;

/// An answer's JSON, in a buffer that a usual one fits: growing copies, and in a sandbox that
/// never frees it also costs memory.
pub(crate) fn text(answer: &impl Write) -> String {
    const USUAL_BYTES: usize = 8 << 10;
    let mut json = String::with_capacity(USUAL_BYTES);
    answer.write(&mut json);
    json
}
