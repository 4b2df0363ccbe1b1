//! A plugin from a file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::SourceError;

/// Bytes that are read of a file at most. The largest plugins, which bring Python along, have
/// about 40 MB.
pub(super) const MOST: u64 = 256 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let failed = |error| SourceError::File {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > MOST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size,
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // A device or a growing file may have more than it says.
    file.take(MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
