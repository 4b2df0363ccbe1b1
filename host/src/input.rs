//! Reads files that a person names, up to a maximum size.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Maximum size in bytes: more than any request or configuration that a host accepts.
const LIMIT: u64 = 64 << 20;

/// Reasons why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It cannot be opened or read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is too large.
    #[error("{} is larger than {} MiB, the limit for a file", .path.display(), LIMIT >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is not text.
    #[error("{} is not valid UTF-8: invalid byte at offset {offset}", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Bytes before the first invalid one.
        offset: usize,
    },
}

/// Reads the bytes of a file.
pub(crate) fn file(path: &Path) -> Result<Vec<u8>, InputError> {
    bytes(File::open(path).map_err(|error| failed(path, error))?, path)
}

/// Reads all bytes of a reader. The path is for error messages.
pub(crate) fn bytes(from: impl Read, path: &Path) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    from.take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(path, error))?;
    if bytes.len() as u64 > LIMIT {
        let path = path.to_owned();
        return Err(InputError::TooLarge { path });
    }
    Ok(bytes)
}

/// Converts bytes to text.
pub(crate) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, InputError> {
    String::from_utf8(bytes).map_err(|error| InputError::NotUtf8 {
        path: path.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

fn failed(path: &Path, source: io::Error) -> InputError {
    let path = path.to_owned();
    InputError::Read { path, source }
}
