//! Which encodings of strings a component uses.

use wasmparser::{BinaryReaderError, CanonicalFunction, CanonicalOption, Parser, Payload};

/// Returns the first encoding besides UTF-8 that a component, or a component in it, exchanges strings in.
///
/// The canonical ABI has the host transcode such strings whole, on the thread that the call runs on, before anybody
/// can look at their length. Between two components in one, the same happens within the call.
///
/// # Errors
///
/// The parser's error, if the bytes are not a component.
pub(super) fn other_than_utf8(component: &[u8]) -> Result<Option<&'static str>, BinaryReaderError> {
    for payload in Parser::new(0).parse_all(component) {
        let Payload::ComponentCanonicalSection(functions) = payload? else {
            continue;
        };
        for function in functions {
            let (CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. }) =
                function?
            else {
                continue;
            };
            for option in &options {
                match option {
                    CanonicalOption::UTF16 => return Ok(Some("UTF-16")),
                    CanonicalOption::CompactUTF16 => return Ok(Some("Latin-1 and UTF-16")),
                    _ => {}
                }
            }
        }
    }
    Ok(None)
}
