//! A plugin from a file.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::{Fetched, SourceError, Version};

/// Bytes that a file may have. The largest plugins, which bring Python along, have about 40 MB.
pub(super) const MOST: u64 = 256 << 20;

pub(super) async fn fetch(path: &Path) -> Result<Fetched, SourceError> {
    let bytes = beside(path, |path| read(&path)).await?;
    Ok(Fetched { bytes })
}

/// The device, the inode, the size and the time of the last change: another file, or other content of this one, has
/// another stamp. Symbolic links are followed, so that a swap of a volume's `..data` is a change.
pub(super) async fn version(path: &Path) -> Result<Version, SourceError> {
    let found = beside(path, |path| look(&path)).await?;
    let (seconds, nanoseconds) = (found.mtime(), found.mtime_nsec());
    let (device, inode, size) = (found.dev(), found.ino(), found.len());
    Ok(Version(format!(
        "{device}:{inode}:{size}:{seconds}.{nanoseconds}"
    )))
}

/// Runs work that may wait for a file system beside the threads that serve.
async fn beside<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(PathBuf) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let own = path.to_owned();
    let done = spawn_blocking(move || work(own)).await;
    // It panicked, or the runtime ends.
    done.unwrap_or_else(|error| Err(failed(path, Error::other(error))))
}

fn failed(path: &Path, error: Error) -> SourceError {
    SourceError::File {
        path: path.to_owned(),
        error,
    }
}

/// Looks at a file before it is opened: to open a pipe that nobody writes to would wait for ever.
fn look(path: &Path) -> Result<Metadata, SourceError> {
    let metadata = std::fs::metadata(path).map_err(|error| failed(path, error))?;
    if metadata.is_file() {
        Ok(metadata)
    } else {
        let error = Error::new(ErrorKind::InvalidInput, "not a regular file");
        Err(failed(path, error))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let failed = |error| failed(path, error);
    let size = look(path)?.len();
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
