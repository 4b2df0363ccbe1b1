//! Content from registries, kept by digest: a host that starts again needs no registry.
//!
//! | file | content |
//! |---|---|
//! | `sha256-HEX` | a manifest or a component; the name is its digest |
//! | `tag-HEX` | the digest that a tag had last |
//! | `signatures-HEX` | the signatures of a manifest |
//!
//! Nothing here is trusted: content is hashed each time it is read, and signatures are checked again. The directory must
//! belong to our user all the same, so that others cannot fill it. Files are written beside and renamed. Several hosts may
//! use one directory.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use metawasm_registry::trust::cosign::Signature;
use metawasm_registry::{Digest, Reference};
use rustix::fs::{
    AtFlags, Dir, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, futimens, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use crate::sandbox::{CacheRefusal, ours, owned_folder};

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".new-";
/// After this time nobody is writing such a file any more.
const STALE: Duration = Duration::from_secs(3600);
/// How the names of kept files begin.
const KINDS: [&str; 3] = ["sha256-", "tag-", "signatures-"];
/// Size up to which a file is not worth removing before the large ones.
const SMALL: u64 = 64 << 10;
/// Maximum size of a record: a tag's digest, or signatures.
const RECORD: u64 = 4 << 20;

/// A directory of content.
#[derive(Debug)]
pub struct Store {
    folder: OwnedFd,
    path: PathBuf,
    room: u64,
}

/// Reasons why a file of the store is not used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The content does not have the digest that its name says.
    #[error("the content of {digest} in the store was changed: its digest is {found}")]
    Changed {
        /// The name.
        digest: Digest,
        /// The digest of the content.
        found: Digest,
    },
    /// Another user could have written it, for example.
    #[error("{name} in the store is not usable: {reason}")]
    Refused {
        /// The file.
        name: String,
        /// The reason.
        reason: CacheRefusal,
    },
    /// It cannot be read or written.
    #[error("{name} in the store: {error}")]
    File {
        /// The file.
        name: String,
        /// The system's error.
        error: io::Error,
    },
}

impl Store {
    /// Opens a directory, and creates it if it does not exist. `room` is the maximum size of all its files.
    ///
    /// # Errors
    ///
    /// If another user could write to it, or the system's error.
    pub fn open(path: &Path, room: u64) -> Result<Self, CacheRefusal> {
        Ok(Self {
            folder: owned_folder(path)?,
            path: path.to_owned(),
            room,
        })
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the content with a digest, if it is there. Content that was changed is removed.
    ///
    /// # Errors
    ///
    /// If it cannot be used; then it is as if it were not there.
    pub fn get(&self, digest: &Digest, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let name = blob(digest);
        let Some(bytes) = self.read(&name, limit)? else {
            return Ok(None);
        };
        match Digest::of(&bytes) {
            found if found == *digest => Ok(Some(bytes)),
            found => {
                unlinkat(&self.folder, &name, AtFlags::empty()).ok();
                Err(StoreError::Changed {
                    digest: *digest,
                    found,
                })
            }
        }
    }

    /// Keeps content, unless it is too large for the store.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.len() as u64 > self.room {
            return Ok(());
        }
        self.write(&blob(&Digest::of(bytes)), bytes)
    }

    /// Returns the digest that a tag had when it was last resolved.
    pub fn resolved(&self, reference: &Reference) -> Option<Digest> {
        let bytes = self.read(&tag(reference), RECORD).ok()??;
        // The whole reference is in the record, in case of two with one name.
        let text = String::from_utf8(bytes).ok()?;
        let (digest, of) = text.trim_end().split_once(' ')?;
        (of == reference.to_string())
            .then(|| digest.parse().ok())
            .flatten()
    }

    /// Remembers the digest that a tag has.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn remember(&self, reference: &Reference, digest: &Digest) -> Result<(), StoreError> {
        self.write(&tag(reference), format!("{digest} {reference}\n").as_bytes())
    }

    /// Returns the signatures that were valid for a manifest once. They must be checked again.
    pub fn signatures(&self, of: &Digest) -> Vec<Signature> {
        let bytes = self.read(&signatures(of), RECORD).ok().flatten();
        serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Keeps the signatures of a manifest.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn keep_signatures(&self, of: &Digest, all: &[Signature]) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(all).unwrap_or_default();
        self.write(&signatures(of), &bytes)
    }

    fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let refused = |reason| StoreError::Refused {
            name: name.to_owned(),
            reason,
        };
        // Without waiting: opening a pipe that somebody put there would wait for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(refused(CacheRefusal::Link)),
            Err(other) => return Err(self.failed(name, other.into())),
        };
        ours(&file, false).map_err(refused)?;
        let mut bytes = Vec::new();
        let read = (&file).take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.failed(name, error))?;
        if bytes.len() as u64 > limit {
            return Err(self.failed(name, io::Error::other("too large")));
        }
        // What is used last goes last. Without it the order is by age.
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        futimens(&file, &times).ok();
        Ok(Some(bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let unfinished = format!("{UNFINISHED}{}-{next}", std::process::id());
        let write = || -> io::Result<()> {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // A file of that name is left from a process of the same number that did not end well.
            unlinkat(&self.folder, &unfinished, AtFlags::empty()).ok();
            let mode = Mode::RUSR | Mode::WUSR;
            let mut file = File::from(openat(&self.folder, &unfinished, flags, mode)?);
            file.write_all(bytes)?;
            file.sync_all()?;
            renameat(&self.folder, &unfinished, &self.folder, name)?;
            Ok(())
        };
        let written = write();
        if written.is_err() {
            unlinkat(&self.folder, &unfinished, AtFlags::empty()).ok();
        }
        self.make_room(name).ok();
        written.map_err(|error| self.failed(name, error))
    }

    fn failed(&self, name: &str, error: io::Error) -> StoreError {
        StoreError::File {
            name: name.to_owned(),
            error,
        }
    }

    /// Removes what was left unfinished, then components that were not used for the longest time, then the rest.
    fn make_room(&self, kept: &str) -> io::Result<()> {
        let mut all: u64 = 0;
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let unfinished = name.starts_with(UNFINISHED);
            if !unfinished && !KINDS.iter().any(|kind| name.starts_with(kind)) {
                continue;
            }
            // Another host may have removed it.
            let Ok(stat) = statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if unfinished {
                let then = Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or(0));
                let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + then);
                if age.unwrap_or_default() > STALE {
                    unlinkat(&self.folder, name, AtFlags::empty()).ok();
                }
                continue;
            }
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            all = all.saturating_add(size);
            if name != kept {
                // A host starts without a registry if it has all files of a plugin, of which only the component is large.
                let last = (size <= SMALL, stat.st_mtime, stat.st_mtime_nsec);
                files.push((last, name.to_owned(), size));
            }
        }
        files.sort();
        for (_, name, size) in files {
            if all <= self.room {
                break;
            }
            unlinkat(&self.folder, &name, AtFlags::empty()).ok();
            all = all.saturating_sub(size);
        }
        Ok(())
    }
}

fn blob(digest: &Digest) -> String {
    format!("sha256-{}", digest.hex())
}

fn tag(reference: &Reference) -> String {
    format!("tag-{}", Digest::of(reference.to_string().as_bytes()).hex())
}

fn signatures(of: &Digest) -> String {
    format!("signatures-{}", of.hex())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use metawasm_tests::process::Folder;

    use super::*;

    const LIMIT: u64 = 1 << 20;

    fn open(folder: &Folder, room: u64) -> Store {
        Store::open(&folder.path().join("store"), room).unwrap()
    }

    #[test]
    fn what_is_put_is_found_by_another_host() {
        let folder = Folder::new("store");
        let (one, two) = (open(&folder, LIMIT), open(&folder, LIMIT));
        one.put(b"content").unwrap();
        let digest = Digest::of(b"content");
        assert_eq!(two.get(&digest, LIMIT).unwrap().as_deref(), Some(&b"content"[..]));
        assert!(two.get(&Digest::of(b"other"), LIMIT).unwrap().is_none());
        let reference: Reference = "r.example/f:1".parse().unwrap();
        assert_eq!(two.resolved(&reference), None);
        one.remember(&reference, &digest).unwrap();
        assert_eq!(two.resolved(&reference), Some(digest));
        assert_eq!(two.resolved(&"r.example/f:2".parse().unwrap()), None);
        let signature = Signature::new(b"p", b"s");
        one.keep_signatures(&digest, std::slice::from_ref(&signature))
            .unwrap();
        assert_eq!(two.signatures(&digest), [signature]);
    }

    #[test]
    fn a_flipped_bit_is_noticed_and_the_file_removed() {
        let folder = Folder::new("store");
        let store = open(&folder, LIMIT);
        store.put(b"content").unwrap();
        let digest = Digest::of(b"content");
        let path = store.path().join(blob(&digest));
        std::fs::write(&path, b"contenu").unwrap();
        let error = store.get(&digest, LIMIT).unwrap_err().to_string();
        assert!(
            error.contains("in the store was changed: its digest is sha256:"),
            "{error}"
        );
        assert!(store.get(&digest, LIMIT).unwrap().is_none());
        // Records that were changed are as good as none.
        for name in [tag(&"r.example/f:1".parse().unwrap()), signatures(&digest)] {
            std::fs::write(store.path().join(name), b"\xff{").unwrap();
        }
        assert_eq!(store.resolved(&"r.example/f:1".parse().unwrap()), None);
        assert!(store.signatures(&digest).is_empty());
    }

    #[test]
    fn what_others_could_write_is_not_used() {
        let folder = Folder::new("store");
        let store = open(&folder, LIMIT);
        let digest = Digest::of(b"content");
        let path = store.path().join(blob(&digest));
        let outside = folder.write("outside", "content");
        symlink(&outside, &path).unwrap();
        assert!(
            store
                .get(&digest, LIMIT)
                .unwrap_err()
                .to_string()
                .contains("symbolic link")
        );
        std::fs::remove_file(&path).unwrap();
        store.put(b"content").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        assert!(
            store
                .get(&digest, LIMIT)
                .unwrap_err()
                .to_string()
                .contains("others can write it")
        );
        let open_to_all = folder.path().join("open");
        std::fs::create_dir(&open_to_all).unwrap();
        std::fs::set_permissions(&open_to_all, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Store::open(&open_to_all, LIMIT).is_err());
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let folder = Folder::new("store");
        let store = open(&folder, 250 << 10);
        let content = |letter: u8| vec![letter; 100 << 10];
        store.put(b"a manifest").unwrap();
        let age = |letter: u8, hours: u64| {
            let path = store.path().join(blob(&Digest::of(&content(letter))));
            let then = SystemTime::now() - Duration::from_secs(hours * 3600);
            File::open(path).unwrap().set_modified(then).unwrap();
        };
        for (letter, hours) in [(b'a', 3), (b'b', 2)] {
            store.put(&content(letter)).unwrap();
            age(letter, hours);
        }
        let has = |letter: u8| store.get(&Digest::of(&content(letter)), LIMIT).unwrap().is_some();
        assert!(has(b'a'), "now the last that was used");
        store.put(&content(b'c')).unwrap();
        assert_eq!((has(b'a'), has(b'b'), has(b'c')), (true, false, true));
        let large = vec![b'd'; (250 << 10) + 1];
        store.put(&large).unwrap();
        assert!(
            store.get(&Digest::of(&large), LIMIT).unwrap().is_none(),
            "too large for it"
        );
        assert!(has(b'a') && has(b'c'));
        let small = store.get(&Digest::of(b"a manifest"), LIMIT).unwrap();
        assert!(small.is_some(), "what is small goes last");
    }
}
