//! Files that change while the server runs: certificates and secrets.
//!
//! Kubernetes replaces the files of a mounted Secret all at once, by one symbolic link (`..data`). So what
//! counts is what is in them: it is read again every so often and compared by hash. That needs nothing of the
//! file system, and costs some microseconds for files of this size.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use blake3::{Hash, Hasher};

/// Bytes of a file at most: a certificate chain or a list of secrets has some thousand.
const MOST: u64 = 1 << 20;

/// Reasons why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {reason}", .path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub reason: FileReason,
}

/// Reasons of a [`FileError`].
#[derive(Debug, thiserror::Error)]
pub enum FileReason {
    /// A folder, a pipe or a device.
    #[error("not a regular file")]
    NotRegular,
    /// It is too large.
    #[error("larger than {} MiB", MOST >> 20)]
    TooLarge,
    /// The system's error.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What became of new contents, for those who show it.
#[derive(Debug, Default)]
pub(super) struct Reloads {
    /// How often they were taken.
    pub(super) taken: AtomicU64,
    /// How often they were invalid, and the previous ones stayed in use.
    pub(super) refused: AtomicU64,
}

/// What is made of the files' contents, in their order.
type Take = Box<dyn FnMut(&[Vec<u8>]) -> Result<(), Invalid> + Send>;

/// The error of contents that cannot be used.
pub(super) type Invalid = Box<dyn std::error::Error + Send + Sync>;

/// Files, and what is to be done with what is in them.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    take: Take,
    /// What is in use.
    taken: Hash,
    /// What could not be used when it was seen last, and whether that was said.
    refused: Option<(Hash, bool)>,
    reloads: Arc<Reloads>,
}

/// What a look at the files came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// Nothing new.
    Same,
    /// The new contents are in use.
    Taken,
    /// The new contents are invalid, and the previous ones stay in use. Said once for the same contents.
    Refused(String),
}

impl Files {
    /// Files of which these contents are in use.
    pub(super) fn new(paths: Vec<PathBuf>, contents: &[Vec<u8>], take: Take) -> Self {
        Self {
            paths,
            take,
            taken: hash(Ok(contents)),
            refused: None,
            reloads: Arc::default(),
        }
    }

    /// What became of new contents.
    pub(super) fn reloads(&self) -> Arc<Reloads> {
        self.reloads.clone()
    }

    /// Reads them, and takes what is new.
    pub(super) fn look(&mut self) -> Looked {
        let read = read_all(&self.paths);
        let read = read.map_err(Invalid::from);
        let now = hash(read.as_deref().map_err(ToString::to_string));
        if now == self.taken {
            self.refused = None;
            return Looked::Same;
        }
        match self.refused {
            Some((refused, true)) if refused == now => return Looked::Same,
            _ => {}
        }
        let error = match read.and_then(|contents| (self.take)(&contents)) {
            Ok(()) => {
                self.taken = now;
                self.refused = None;
                self.reloads.taken.fetch_add(1, Ordering::Relaxed);
                return Looked::Taken;
            }
            Err(error) => error,
        };
        // Read in the very moment of the replacement, one file may be old and the next one new. So it is an
        // error only when it is still so at the next look.
        let again = self.refused.is_some_and(|(refused, _)| refused == now);
        self.refused = Some((now, again));
        if again {
            self.reloads.refused.fetch_add(1, Ordering::Relaxed);
            Looked::Refused(error.to_string())
        } else {
            Looked::Same
        }
    }
}

/// The contents of files.
///
/// # Errors
///
/// The file that cannot be read, and why.
pub(super) fn read_all<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Vec<u8>>, FileError> {
    paths.iter().map(|path| read(path.as_ref())).collect()
}

fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    contents(path).map_err(|reason| FileError {
        path: path.to_owned(),
        reason,
    })
}

fn contents(path: &Path) -> Result<Vec<u8>, FileReason> {
    // Looked at before it is opened: to open a pipe that nobody writes to would wait for ever.
    if !std::fs::metadata(path)?.is_file() {
        return Err(FileReason::NotRegular);
    }
    let mut contents = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > MOST {
        return Err(FileReason::TooLarge);
    }
    Ok(contents)
}

fn hash(contents: Result<&[Vec<u8>], String>) -> Hash {
    let mut hasher = Hasher::new();
    match contents {
        Ok(contents) => {
            for part in contents {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
            }
        }
        // Of its own length, so that no contents are like it.
        Err(error) => {
            hasher.update(error.as_bytes()).update(&[0xff; 9]);
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes whatever does not begin with "bad".
    fn files(paths: Vec<PathBuf>) -> (Files, Arc<Mutex<Vec<Vec<u8>>>>) {
        let contents = read_all(&paths).unwrap();
        let taken = Arc::new(Mutex::new(contents.clone()));
        let seen = taken.clone();
        let take = Box::new(move |contents: &[Vec<u8>]| {
            if contents.iter().any(|part| part.starts_with(b"bad")) {
                return Err("it is bad".into());
            }
            *seen.lock().unwrap() = contents.to_vec();
            Ok(())
        });
        (Files::new(paths, &contents, take), taken)
    }

    #[test]
    fn new_contents_are_taken_and_bad_ones_said_once_when_they_stay() {
        let folder = metawasm_tests::process::Folder::new("files");
        let path = folder.write("secret", "one");
        let (mut files, taken) = files(vec![path.clone()]);
        let refused = || Looked::Refused("it is bad".to_owned());
        assert_eq!(files.look(), Looked::Same);
        folder.write("secret", "bad");
        assert_eq!(files.look(), Looked::Same, "it may be half of a replacement");
        assert_eq!(files.look(), refused());
        assert_eq!(files.look(), Looked::Same, "it was said");
        folder.write("secret", "bad again");
        assert_eq!((files.look(), files.look()), (Looked::Same, refused()));
        assert_eq!(*taken.lock().unwrap(), [b"one".to_vec()]);
        folder.write("secret", "two");
        assert_eq!(files.look(), Looked::Taken);
        assert_eq!(*taken.lock().unwrap(), [b"two".to_vec()]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(files.look(), Looked::Same);
        assert!(
            matches!(files.look(), Looked::Refused(error) if error.starts_with("cannot read ")),
            "a file that is gone"
        );
        folder.write("secret", "two");
        assert_eq!(files.look(), Looked::Same, "it is what is in use");
    }

    #[test]
    fn where_one_ends_and_the_next_begins_counts() {
        let folder = metawasm_tests::process::Folder::new("files");
        let paths = vec![folder.write("a", "xy"), folder.write("b", "z")];
        let (mut files, _) = files(paths);
        folder.write("a", "x");
        folder.write("b", "yz");
        assert_eq!(files.look(), Looked::Taken);
    }

    #[test]
    fn what_is_no_file_of_that_kind_is_refused_and_not_waited_for() {
        let folder = metawasm_tests::process::Folder::new("files");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            assert_eq!(
                read(path).unwrap_err().to_string(),
                format!("cannot read {}: not a regular file", path.display())
            );
        }
        let large = folder.write("large", vec![b'a'; (1 << 20) + 1]);
        assert!(
            read(&large)
                .unwrap_err()
                .to_string()
                .ends_with("larger than 1 MiB")
        );
    }
}
