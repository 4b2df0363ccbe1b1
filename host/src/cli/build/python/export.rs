//! The export of a component from componentize-py that no plugin has.

use std::fs;
use std::path::Path;

use wasmparser::{BinaryReader, BinaryReaderError};

/// A section with one export, the instance `exports`: it initialises the interpreter, and has been called.
const EXPORT: &[u8] = b"\x01\x00\x07exports\x05";
/// A section with an instance that has nothing, so that the instances behind it keep their numbers.
const INSTANCE: [u8; 5] = [5, 3, 1, 1, 0];

/// The number of a section with exports.
const EXPORTS: u8 = 11;
/// Bytes before the first section.
const HEADER: usize = 8;

/// Removes the export from a component, in its place.
pub(super) fn remove(path: &Path) -> Result<(), String> {
    let component = fs::read(path).map_err(|error| error.to_string())?;
    let component = removed(&component).map_err(|error| error.to_string())?;
    fs::write(path, component).map_err(|error| error.to_string())
}

fn removed(component: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let mut reader = BinaryReader::new(component, 0);
    let mut out = reader.read_bytes(HEADER.min(component.len()))?.to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let id = reader.read_u8()?;
        let length = reader.read_var_u32()?;
        let section = reader.read_bytes(length as usize)?;
        if id == EXPORTS && section.starts_with(EXPORT) {
            out.extend(INSTANCE);
        } else {
            let end = reader.original_position();
            out.extend(component.get(start..end).unwrap_or_default());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_that_export_goes_and_numbers_stay() {
        let component = wat::parse_str(
            r#"(component
                (instance $i)
                (export "exports" (instance $i))
                (instance $j (export "inside" (instance $i)))
                (export "other" (instance $j)))"#,
        )
        .unwrap();
        let without = removed(&component).unwrap();
        wasmparser::Validator::new().validate_all(&without).unwrap();
        let text = String::from_utf8_lossy(&without).into_owned();
        assert!(!text.contains("exports") && text.contains("other"), "{text}");
        assert_eq!(removed(&without).unwrap(), without);
    }
}
