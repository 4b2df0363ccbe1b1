//! Reads files that a person names, up to a maximum size.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Maximum size in bytes: more than any request or configuration that a host accepts.
const MOST: u64 = 64 << 20;

/// Reads the bytes of a file.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, String> {
    bytes(File::open(path).map_err(|error| failed(path, &error))?, path)
}

/// Reads all bytes of a reader. The path is for error messages.
pub(crate) fn bytes(from: impl Read, path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("{} is larger than {} MiB", path.display(), MOST >> 20));
    }
    Ok(bytes)
}

/// Converts bytes to text.
pub(crate) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!(
            "{} is not valid UTF-8 (first invalid byte at offset {at})",
            path.display()
        )
    })
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
