//! A plugin from a file, or from a folder: a component, or a script.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::engines::Engines;
use super::error::{MOST, SourceError};
use super::fetcher::{Fetched, Fetcher, Provenance};
use super::place::Source;
use super::policy::{Policy, signature_of};
use super::version::Version;
use crate::catalogue::script::Layout;

/// Sources that are read or looked at at the same time. Each takes a thread, and an allocator may keep memory for each
/// thread: without a limit a host with a hundred plugins started a hundred threads each time it looked for new versions.
static AT_ONCE: Semaphore = Semaphore::const_new(4);
/// Entries of a folder that are looked at.
const ENTRIES: usize = 10_000;

pub(super) async fn fetch(
    path: &Path,
    controller: Option<&Path>,
    fetcher: &Fetcher,
    policy: &Policy,
) -> Result<Fetched, SourceError> {
    let (policy, engines) = (policy.clone(), fetcher.shared_engines());
    let controller = controller.map(Path::to_owned);
    beside(path, move |path| {
        let (path, bytes) = match layout(&path, controller.as_deref(), &engines)? {
            Some(script) => (path, read_script(&script, &engines)?),
            None => {
                let path = component(path)?;
                let bytes = read(&path)?;
                (path, bytes)
            }
        };
        // What is checked is what is used: the bytes, not the file.
        let key = policy.check_file(&path, &bytes);
        let key = key.map_err(|error| SourceError::Untrusted {
            place: format!("file:{}", path.display()),
            error,
        })?;
        let provenance = Provenance { manifest: None, key };
        Ok(Fetched { bytes, provenance })
    })
    .await
}

/// The device, the inode, the size and the times of the last change, of the content and of the inode, of the file and of
/// its signature: another file, or other content of this one, has another stamp. Symbolic links are followed, so that a swap of a volume's `..data` is a
/// change.
pub(super) async fn version(
    path: &Path,
    controller: Option<&Path>,
    fetcher: &Fetcher,
) -> Result<Version, SourceError> {
    let (engines, controller) = (fetcher.shared_engines(), controller.map(Path::to_owned));
    beside(path, move |path| {
        let (path, mut text) = match layout(&path, controller.as_deref(), &engines)? {
            Some(script) => {
                let mut text = stamps(&script)?;
                // An engine that is replaced makes other programs of the same script.
                for ending in script.endings() {
                    if let Ok(Source::File(engine)) = engines.source(ending) {
                        text = format!("{text} {}", stamp(&look(&engine)?));
                    }
                }
                (path, text)
            }
            None => {
                let path = component(path)?;
                let text = stamp(&look(&path)?);
                (path, text)
            }
        };
        if let Ok(signature) = std::fs::metadata(signature_of(&path)) {
            text = format!("{text} {}", stamp(&signature));
        }
        Ok(Version(text))
    })
    .await
}

/// The files of a script, if it is one.
fn layout(path: &Path, controller: Option<&Path>, engines: &Engines) -> Result<Option<Layout>, SourceError> {
    Ok(Layout::of(path, controller, &engines.endings())?)
}

/// The stamps of all files of a script, by their hash: there may be many.
fn stamps(script: &Layout) -> Result<String, SourceError> {
    let mut hasher = blake3::Hasher::new();
    for path in script.files() {
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update(stamp(&look(path)?).as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn read_script(script: &Layout, engines: &Engines) -> Result<Vec<u8>, SourceError> {
    let before = stamps(script)?;
    let bundle = script.read(&engines.endings())?;
    if before != stamps(script)? {
        return Err(SourceError::Changed {
            path: script.path().to_owned(),
        });
    }
    Ok(bundle.to_bytes())
}

fn stamp(found: &Metadata) -> String {
    let (written, changed) = (
        (found.mtime(), found.mtime_nsec()),
        (found.ctime(), found.ctime_nsec()),
    );
    let (device, inode, size) = (found.dev(), found.ino(), found.len());
    format!(
        "{device}:{inode}:{size}:{}.{}:{}.{}",
        written.0, written.1, changed.0, changed.1
    )
}

/// Returns the path of the component: of a folder the only one in it.
fn component(path: PathBuf) -> Result<PathBuf, SourceError> {
    if !path.is_dir() {
        return Ok(path);
    }
    let entries = std::fs::read_dir(&path).map_err(|error| failed(&path, error))?;
    let is_component = |entry: &PathBuf| {
        let hidden = entry
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !hidden && entry.extension().is_some_and(|ending| ending == "wasm")
    };
    let entries = entries.take(ENTRIES).filter_map(|entry| Some(entry.ok()?.path()));
    let mut components: Vec<PathBuf> = entries.filter(is_component).collect();
    match (components.pop(), components.len()) {
        (Some(component), 0) => Ok(component),
        (last, others) => Err(SourceError::Folder {
            path,
            count: others + usize::from(last.is_some()),
        }),
    }
}

/// Runs work that may wait for a file system beside the threads that serve.
async fn beside<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(PathBuf) -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    let own = path.to_owned();
    // It is never closed.
    let _turn = AT_ONCE.acquire().await.ok();
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
    let mut file = File::open(path).map_err(failed)?;
    let before = stamp(&file.metadata().map_err(failed)?);
    // One more than may be, to see that a file has grown meanwhile.
    file.by_ref()
        .take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MOST {
        return Err(SourceError::TooLarge {
            path: path.to_owned(),
            size: bytes.len() as u64,
        });
    }
    // Of a file that is replaced by another one, the bytes are still those of one version. One that is written to may
    // be half of each.
    if before != stamp(&file.metadata().map_err(failed)?) {
        return Err(SourceError::Changed {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}
