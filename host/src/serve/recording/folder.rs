//! The directory of recorded requests: `PLUGIN/HOOK/NAMESPACE.NAME-HASH/`, each with `request.json`, `case.yaml`, and, where
//! they apply, `expected.yaml` and `settings.yaml`.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use metawasm_contract::{Hook, ObjectRef};
use serde_json::Value;

use crate::yaml;

/// Files of a recorded request.
const FILES: [&str; 4] = ["request.json", "case.yaml", "expected.yaml", "settings.yaml"];
/// How the names of directories begin that are being written.
const UNFINISHED: &str = ".unfinished-";
/// Maximum length of the part of a directory's name that names the parent, in bytes.
const NAME: usize = 180;
/// Maximum number of directories that are looked at when a directory is opened.
const MOST: usize = 1_000_000;

/// Reasons why requests cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The directory cannot be made or read.
    #[error("cannot use {} to record requests: {error}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// Others can write the directory: they could put files where the host writes.
    #[error("cannot record requests in {}: other users can write the directory (mode {mode:04o}); use `chmod go-w`", path.display())]
    Mode {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start the thread that records requests: {0}")]
    Thread(io::Error),
}

/// A request as it is written.
pub(super) struct RecordedCase {
    pub(super) plugin: String,
    pub(super) digest: String,
    pub(super) hook: Hook,
    pub(super) parent: Option<Arc<ObjectRef>>,
    pub(super) request: String,
    /// `None` if there was no answer, or something was masked.
    pub(super) answer: Option<Value>,
    pub(super) settings: Value,
    pub(super) masked: usize,
}

/// The directory, and what is in it.
pub(super) struct Folder {
    path: PathBuf,
    most: u64,
    per_parent: usize,
    bytes: u64,
    /// The oldest first.
    cases: VecDeque<Case>,
    /// By directory.
    known: HashSet<PathBuf>,
}

struct Case {
    path: PathBuf,
    /// The directory's path without the hash: hook and parent.
    subject: PathBuf,
    size: u64,
}

impl Folder {
    /// Makes or opens a directory, and reads what was recorded before.
    pub(super) fn open(path: &Path, most: u64, per_parent: usize) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Directory {
            path: path.to_owned(),
            error,
        };
        private().create(path).map_err(failed)?;
        let mode = fs::metadata(path).map_err(failed)?.mode() & 0o7777;
        if mode & 0o022 != 0 {
            return Err(FolderError::Mode {
                path: path.to_owned(),
                mode,
            });
        }
        let mut found = Vec::new();
        for plugin in folders(path).map_err(failed)? {
            for hook in folders(&plugin).map_err(failed)? {
                for case in folders(&hook).map_err(failed)? {
                    if let Some(known) = existing(&case)
                        && found.len() < MOST
                    {
                        found.push(known);
                    }
                }
            }
        }
        found.sort_by_key(|(when, _)| *when);
        let cases: VecDeque<Case> = found.into_iter().map(|(_, case)| case).collect();
        let mut folder = Self {
            path: path.to_owned(),
            most,
            per_parent,
            bytes: cases.iter().map(|case| case.size).sum(),
            known: cases.iter().map(|case| case.path.clone()).collect(),
            cases,
        };
        folder.make_room(None).map_err(failed)?;
        Ok(folder)
    }

    /// Writes a request. Returns `false` if it was recorded before.
    pub(super) fn write(&mut self, case: &RecordedCase) -> io::Result<bool> {
        let hook = self.path.join(&case.plugin).join(case.hook.as_str());
        let hash = blake3::hash(case.request.as_bytes());
        let hash: String = hash.to_hex().chars().take(12).collect();
        let subject = hook.join(subject(case.parent.as_deref()));
        let path = hook.join(format!(
            "{}-{hash}",
            subject.file_name().unwrap_or_default().display()
        ));
        if self.known.contains(&path) {
            return Ok(false);
        }
        let files = files(case)?;
        let size = files.iter().map(|(_, text)| text.len() as u64).sum();
        private().create(&hook)?;
        let unfinished = hook.join(format!("{UNFINISHED}{hash}-{}", std::process::id()));
        remove(&unfinished)?;
        private().create(&unfinished)?;
        for (name, text) in files {
            let file = unfinished.join(name);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(file)?;
            file.write_all(text.as_bytes())?;
        }
        match fs::rename(&unfinished, &path) {
            // Another host that records here was faster.
            Err(_) if path.is_dir() => remove(&unfinished)?,
            renamed => renamed?,
        }
        self.known.insert(path.clone());
        self.bytes += size;
        self.cases.push_back(Case {
            path,
            subject: subject.clone(),
            size,
        });
        self.make_room(Some(&subject))?;
        Ok(true)
    }

    /// Removes the oldest requests: of a parent that has too many, and of all if they are too large together.
    fn make_room(&mut self, subject: Option<&Path>) -> io::Result<()> {
        if let Some(subject) = subject {
            let of_subject = |case: &&Case| case.subject == subject;
            let mut over = self
                .cases
                .iter()
                .filter(of_subject)
                .count()
                .saturating_sub(self.per_parent);
            let mut index = 0;
            while over > 0 && index < self.cases.len() {
                if self.cases.get(index).is_some_and(|case| case.subject == subject) {
                    self.drop_case(index)?;
                    over -= 1;
                } else {
                    index += 1;
                }
            }
        }
        while self.bytes > self.most && self.cases.len() > 1 {
            self.drop_case(0)?;
        }
        Ok(())
    }

    fn drop_case(&mut self, index: usize) -> io::Result<()> {
        if let Some(case) = self.cases.remove(index) {
            self.bytes = self.bytes.saturating_sub(case.size);
            self.known.remove(&case.path);
            remove(&case.path)?;
        }
        Ok(())
    }
}

/// Makes directories that only this user can read.
fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

/// Returns the directories in a directory, without unfinished ones.
fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(path)?.take(MOST) {
        let entry = entry?;
        let unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if entry.file_type()?.is_dir() && !unfinished {
            all.push(entry.path());
        }
    }
    Ok(all)
}

/// Returns a directory that looks like a recorded request, with its time.
fn existing(path: &Path) -> Option<(SystemTime, Case)> {
    let (subject, _) = path.file_name()?.to_str()?.rsplit_once('-')?;
    let when = fs::metadata(path.join("request.json")).ok()?.modified().ok()?;
    let size = |name: &str| fs::metadata(path.join(name)).map_or(0, |file| file.len());
    let case = Case {
        path: path.to_owned(),
        subject: path.with_file_name(subject),
        size: FILES.iter().map(|name| size(name)).sum(),
    };
    Some((when, case))
}

/// Removes the files that a recorded request has, and their directory if nothing else is in it.
fn remove(path: &Path) -> io::Result<()> {
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    };
    for name in FILES {
        gone(fs::remove_file(path.join(name)))?;
    }
    match gone(fs::remove_dir(path)) {
        // A person has put something beside; it stays.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        result => result,
    }
}

/// Returns the pattern, for a shell, of the directories of recorded requests of a hook about a parent.
pub(in crate::serve) fn recorded_as(plugin: &str, hook: &str, parent: Option<&ObjectRef>) -> String {
    format!("{plugin}/{hook}/{}-*", subject(parent))
}

/// Returns the part of a directory's name that names the parent.
fn subject(parent: Option<&ObjectRef>) -> String {
    let name = match parent {
        None => "unknown".to_owned(),
        Some(ObjectRef {
            namespace: Some(namespace),
            name,
            ..
        }) => format!("{namespace}.{name}"),
        Some(ObjectRef { name, .. }) => name.clone(),
    };
    // Kubernetes' names have none of the characters that matter to a file system, but the caller can be anybody.
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().map(safe).take(NAME).collect();
    name.trim_start_matches('.').to_owned()
}

/// Returns the files of a recorded request.
fn files(case: &RecordedCase) -> io::Result<Vec<(&'static str, String)>> {
    let [request, about, expected, settings] = FILES;
    let masked = match case.masked {
        0 => String::new(),
        1 => "# 1 secret value is masked, so that the expected answer is not recorded.\n".to_owned(),
        many => format!("# {many} secret values are masked, so that the expected answer is not recorded.\n"),
    };
    let text = format!(
        "# Recorded from plugin {}, {}\n{masked}hook: {}\n",
        case.plugin,
        case.digest,
        case.hook.as_str()
    );
    let mut files = vec![(request, case.request.clone()), (about, text)];
    let encode = |value: &Value| yaml::encode(value).map_err(io::Error::other);
    if let Some(answer) = &case.answer {
        files.push((expected, encode(answer)?));
    }
    if case
        .settings
        .as_object()
        .is_some_and(|settings| !settings.is_empty())
    {
        files.push((settings, encode(&case.settings)?));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(name: &str, request: &str) -> RecordedCase {
        RecordedCase {
            plugin: "p".to_owned(),
            digest: "sha256:ab".to_owned(),
            hook: Hook::Sync,
            parent: Some(Arc::new(ObjectRef {
                api_version: "v1".to_owned(),
                kind: "K".to_owned(),
                namespace: Some("n".to_owned()),
                name: name.to_owned(),
                uid: String::new(),
            })),
            request: request.to_owned(),
            answer: Some(json!({"children": []})),
            settings: json!({}),
            masked: 0,
        }
    }

    /// A directory of the test's own, removed at its end.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("metawasm-record-{name}-{}", std::process::id()));
            fs::remove_dir_all(&path).ok();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let all = folders(&self.0.join("p/sync")).unwrap();
            let mut names: Vec<String> = all
                .iter()
                .map(|path| {
                    path.file_name()
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .rsplit_once('-')
                        .unwrap()
                        .0
                        .to_owned()
                })
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn a_request_is_written_once_and_the_newest_of_each_parent_stay() {
        let at = Temporary::new("newest");
        let mut folder = Folder::open(&at.0, 1 << 20, 2).unwrap();
        assert!(folder.write(&case("a", "1")).unwrap());
        assert!(!folder.write(&case("a", "1")).unwrap());
        for (name, request) in [("a", "2"), ("b", "1"), ("a", "3"), ("a", "4")] {
            assert!(folder.write(&case(name, request)).unwrap());
        }
        assert_eq!(at.names(), ["n.a", "n.a", "n.b"]);
        // Another start knows them.
        let mut again = Folder::open(&at.0, 1 << 20, 2).unwrap();
        assert!(!again.write(&case("a", "4")).unwrap());
        assert!(again.write(&case("a", "1")).unwrap(), "it was removed");
    }

    #[test]
    fn the_oldest_give_way_and_nothing_else_is_removed() {
        let at = Temporary::new("oldest");
        let mut folder = Folder::open(&at.0, 600, 9).unwrap();
        for number in 0..20 {
            folder
                .write(&case(&format!("x{number}"), &"1".repeat(100)))
                .unwrap();
        }
        let names = at.names();
        assert!(
            names.len() < 4 && names.contains(&"n.x19".to_owned()),
            "{names:?}"
        );
        // A file that a person has put there stays, and so does a directory of another kind.
        let kept = at.0.join("p/sync").join(format!("{}-000000000000", "n.kept"));
        fs::create_dir_all(&kept).unwrap();
        fs::write(kept.join("request.json"), "x".repeat(500)).unwrap();
        fs::write(kept.join("notes.txt"), "mine").unwrap();
        let folder = Folder::open(&at.0, 1, 9).unwrap();
        drop(folder);
        assert_eq!(fs::read_to_string(kept.join("notes.txt")).unwrap(), "mine");
    }

    #[test]
    fn a_name_cannot_leave_the_directory() {
        for (name, safe) in [("../../etc", "n..._.._etc"), ("a/b", "n.a_b"), ("é\u{0}", "n.__")] {
            assert_eq!(subject(case(name, "").parent.as_deref()), safe);
        }
        assert!(subject(case(&"x".repeat(10_000), "").parent.as_deref()).len() <= NAME);
        assert_eq!(subject(None), "unknown");
    }

    #[test]
    fn the_files_are_read_by_people() {
        let all = files(&RecordedCase {
            settings: json!({"engine": "keda"}),
            masked: 2,
            answer: None,
            ..case("a", "{}")
        })
        .unwrap();
        assert_eq!(
            all,
            [
                ("request.json", "{}".to_owned()),
                (
                    "case.yaml",
                    "# Recorded from plugin p, sha256:ab\n# 2 secret values are masked, so that the expected answer is \
                     not recorded.\nhook: sync\n"
                        .to_owned()
                ),
                ("settings.yaml", "engine: keda\n".to_owned()),
            ]
        );
    }
}
