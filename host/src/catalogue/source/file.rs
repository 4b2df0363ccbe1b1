//! A plugin from a file.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

use super::SourceError;

/// Bytes that a file may have. The largest plugins, which bring Python along, have about 40 MB.
pub(super) const MOST: u64 = 256 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let failed = |error| SourceError::File {
        path: path.to_owned(),
        error,
    };
    // Looked at before it is opened: to open a pipe that nobody writes to would wait for ever.
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(Error::new(ErrorKind::InvalidInput, "not a regular file")));
    }
    let size = metadata.len();
    if size > MOST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size,
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // One more than may be, to see that a file has grown meanwhile.
    File::open(path)
        .map_err(failed)?
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size: bytes.len() as u64,
        });
    }
    Ok(bytes)
}
