//! The directory where compiled code is kept between starts, and what was found out about components.
//!
//! Who can write machine code that a process runs is that process. So the folder and each file in it
//! must be our user's, writable by nobody else and no link; and each file carries the hash of its
//! content and what it was made of ([`artifact`](super::artifact)), which is compared before a byte
//! is used. Files are written beside, synced and renamed, so that none is ever half there.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, open, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::artifact::{Artifact, ENDINGS, Key, Unsound};

/// Bytes that the folder may have; beyond, the oldest files go.
const ROOM: u64 = 1 << 30;
/// How the names of files begin that are being written.
const UNFINISHED: &str = ".new-";
/// After this time nobody is writing such a file any more.
const STALE: Duration = Duration::from_secs(3600);

/// The folder.
#[derive(Debug)]
pub struct Cache {
    folder: OwnedFd,
    path: PathBuf,
    room: u64,
}

/// Why a folder or a file in it is not used.
#[derive(Debug, thiserror::Error)]
pub enum CacheRefusal {
    /// It cannot be made or opened.
    #[error("it cannot be opened: {0}")]
    Open(#[source] io::Error),
    /// A symbolic link stands in its place.
    #[error("it is a symbolic link, which is not followed")]
    Link,
    /// Not a folder, or not a regular file.
    #[error("not a {0}")]
    Kind(&'static str),
    /// Somebody else's.
    #[error("it belongs to user {owner}, this process is of user {ours}: it could hold anybody's code")]
    Owner {
        /// Whose it is.
        owner: u32,
        /// Who we are.
        ours: u32,
    },
    /// Others can write it.
    #[error("others can write it (mode {mode:04o}); take that away with `chmod go-w`")]
    Mode {
        /// Its permissions.
        mode: u32,
    },
    /// Its content is not what we wrote.
    #[error("{0}")]
    Content(String),
}

impl From<Unsound> for CacheRefusal {
    fn from(unsound: Unsound) -> Self {
        Self::Content(unsound.to_string())
    }
}

impl Cache {
    /// Opens the folder, and makes it (for our user alone) where it is not there.
    ///
    /// # Errors
    ///
    /// Who else could write it, or what the system says.
    pub fn open(path: &Path) -> Result<Self, CacheRefusal> {
        let folder = owned_folder(path)?;
        Ok(Self {
            folder,
            path: path.to_owned(),
            room: ROOM,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The code or text for a key, checked; nothing where it is not there.
    pub(super) fn get(&self, key: &Key) -> Result<Option<Artifact>, CacheRefusal> {
        // Without waiting: opening a pipe that somebody put there would wait for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, key.file_name(), flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(CacheRefusal::Link),
            Err(other) => return Err(CacheRefusal::Open(other.into())),
        };
        ours(&file, false)?;
        Ok(Some(Artifact::check(file, key)?))
    }

    /// Keeps the code or text for a key.
    pub(super) fn put(&self, key: &Key, artifact: &Artifact) -> io::Result<()> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let unfinished = format!("{UNFINISHED}{}-{next}", std::process::id());
        let written = self.write(&unfinished, artifact.file()).and_then(|()| {
            renameat(&self.folder, &unfinished, &self.folder, key.file_name())?;
            Ok(())
        });
        if written.is_err() {
            // It may not be there at all.
            unlinkat(&self.folder, &unfinished, AtFlags::empty()).ok();
        }
        self.make_room(key).ok();
        written
    }

    fn write(&self, name: &str, from: &File) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // A file of that name is left from a process of the same number that did not end well.
        unlinkat(&self.folder, name, AtFlags::empty()).ok();
        let mut file = File::from(openat(&self.folder, name, flags, Mode::RUSR | Mode::WUSR)?);
        // Page by page: what is written in one piece the kernel may also map in one piece, and then
        // code that nobody ran counts as this process's memory.
        let mut part = [0; 4 << 10];
        let mut at = 0;
        loop {
            let read = from.read_at(&mut part, at)?;
            if read == 0 {
                break;
            }
            file.write_all(part.get(..read).unwrap_or_default())?;
            at += read as u64;
        }
        file.sync_all()
    }

    /// Removes what is too much: what was left unfinished, then the oldest, other engines' first.
    fn make_room(&self, kept: &Key) -> io::Result<()> {
        let kept_name = kept.file_name();
        let mut all: u64 = 0;
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let unfinished = name.starts_with(UNFINISHED);
            let ours = ENDINGS.iter().any(|ending| name.ends_with(ending));
            if name == kept_name || !(unfinished || ours) {
                continue;
            }
            let stat = statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let age = age(stat.st_mtime);
            if unfinished {
                if age > STALE {
                    unlinkat(&self.folder, name, AtFlags::empty())?;
                }
                continue;
            }
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            all = all.saturating_add(size);
            let ours = name.starts_with(&kept.engine_name());
            files.push((ours, std::cmp::Reverse(age), name.to_owned(), size));
        }
        files.sort();
        for (_, _, name, size) in files {
            if all <= self.room {
                break;
            }
            unlinkat(&self.folder, &name, AtFlags::empty())?;
            all = all.saturating_sub(size);
        }
        Ok(())
    }
}

fn age(seconds: i64) -> Duration {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    SystemTime::now().duration_since(then).unwrap_or_default()
}

/// Opens a folder that only our user may write, and makes it where it is not there.
pub(crate) fn owned_folder(path: &Path) -> Result<OwnedFd, CacheRefusal> {
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        // A file that is there already is told apart below.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(CacheRefusal::Open(error));
        }
        _ => {}
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOTDIR if path.is_symlink() => CacheRefusal::Link,
        Errno::LOOP => CacheRefusal::Link,
        Errno::NOTDIR => CacheRefusal::Kind("folder"),
        other => CacheRefusal::Open(other.into()),
    })?;
    let folder = File::from(folder);
    ours(&folder, true)?;
    Ok(folder.into())
}

/// That nobody but our user can write a folder or file.
pub(crate) fn ours(file: &File, folder: bool) -> Result<(), CacheRefusal> {
    let found = file.metadata().map_err(CacheRefusal::Open)?;
    if folder && !found.is_dir() {
        return Err(CacheRefusal::Kind("folder"));
    }
    if !folder && !found.is_file() {
        return Err(CacheRefusal::Kind("regular file"));
    }
    let (owner, ours) = (found.uid(), geteuid().as_raw());
    if owner != ours {
        return Err(CacheRefusal::Owner { owner, ours });
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Err(CacheRefusal::Mode { mode });
    }
    Ok(())
}
