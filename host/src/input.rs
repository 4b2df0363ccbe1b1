//! Files that a person names: read to an end that they have, with a sentence where that is not to be.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes at most: more than any request or configuration that a host takes.
const MOST: u64 = 64 << 20;

/// A file's bytes.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, String> {
    bytes(File::open(path).map_err(|error| failed(path, &error))?, path)
}

/// All bytes from somewhere; the path is for sentences.
pub(crate) fn bytes(from: impl Read, path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    from.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("{} has more than {} MiB", path.display(), MOST >> 20));
    }
    Ok(bytes)
}

/// The text that bytes are.
pub(crate) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("{} is not UTF-8, from byte {at} on", path.display())
    })
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read {}: {error}", path.display())
}
