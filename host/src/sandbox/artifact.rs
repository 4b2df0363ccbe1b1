//! Compiled code in a file, and what was found out about a component in others: how they are checked.
//!
//! The code as wasmtime has it comes first, since it is mapped from the file's begin; a seal follows:
//! what the code was made of, the hash of both, and a mark. The same of the text.

use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::fs::FileExt;

use wasmtime::Engine;

use super::limits::Limits;
use crate::child::CompileBounds;

/// The end of every file. Raised when the layout changes.
const MARK: &[u8; 16] = b"metawasm code 2\n";
/// Bytes of a hash.
const HASH: usize = 32;
/// Bytes of the seal: key, hash, mark.
const SEAL: usize = HASH + HASH + MARK.len();
/// How the names of the cache's files end.
pub(super) const ENDINGS: [&str; 4] = [
    Kind::Code.ending(),
    Kind::Said.ending(),
    Kind::Failed.ending(),
    Kind::Checked.ending(),
];
/// Bytes that the code of one component may have; the largest seen have some 100 MiB.
pub(super) const MOST: u64 = 1 << 30;

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Machine code.
    Code,
    /// What a component said of itself.
    Said,
    /// Why a component could not be compiled.
    Failed,
    /// What came of checking settings.
    Checked,
}

impl Kind {
    const fn ending(self) -> &'static str {
        match self {
            Self::Code => ".code",
            Self::Said => ".said",
            Self::Failed => ".failed",
            Self::Checked => ".checked",
        }
    }
}

/// What code was made of: the component, the version and settings of the compiler, the processor. Or what a text is
/// about: the same, and within which limits it was found out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    kind: Kind,
    engine: blake3::Hash,
    subject: blake3::Hash,
    limits: Option<blake3::Hash>,
}

impl Key {
    /// The key for a component, given by its bytes.
    #[cfg(test)]
    pub(super) fn new(engine: &Engine, component: &[u8]) -> Self {
        Self::of(engine, blake3::hash(component))
    }

    /// The key for a component, given by its hash.
    pub(super) fn of(engine: &Engine, subject: blake3::Hash) -> Self {
        let mut all = Collector(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut all);
        Self {
            kind: Kind::Code,
            engine: all.0.finalize(),
            subject,
            limits: None,
        }
    }

    /// The key for why the component could not be compiled within bounds. Another version of the host tries anew.
    pub(super) fn failed(self, bounds: &CompileBounds) -> Self {
        let within = format!("{bounds:?} {}", env!("CARGO_PKG_VERSION"));
        Self {
            kind: Kind::Failed,
            limits: Some(blake3::hash(within.as_bytes())),
            ..self
        }
    }

    /// The key for what came of checking something, by this version of the host.
    pub(super) fn checked(question: &[u8], bounds: &CompileBounds) -> Self {
        Self {
            kind: Kind::Checked,
            subject: blake3::hash(question),
            engine: blake3::hash(env!("CARGO_PKG_VERSION").as_bytes()),
            limits: Some(blake3::hash(format!("{bounds:?}").as_bytes())),
        }
    }

    /// The key for what the component says of itself within limits: within others it might not come to its end.
    pub(super) fn said(self, limits: &Limits) -> Self {
        Self {
            kind: Kind::Said,
            limits: Some(blake3::hash(format!("{limits:?}").as_bytes())),
            ..self
        }
    }

    /// The name of its file. All files of one engine begin alike.
    pub(super) fn file_name(&self) -> String {
        let (engine, subject, ending) = (self.engine_name(), self.subject.to_hex(), self.kind.ending());
        match self.limits {
            None => format!("{engine}-{subject}{ending}"),
            Some(limits) => format!("{engine}-{subject}-{}{ending}", short(&limits)),
        }
    }

    /// How the names of all files of this engine begin.
    pub(super) fn engine_name(&self) -> String {
        short(&self.engine)
    }

    /// All parts in one.
    fn whole(&self) -> [u8; HASH] {
        let mut hash = blake3::Hasher::new();
        hash.update(self.kind.ending().as_bytes())
            .update(self.engine.as_bytes())
            .update(self.subject.as_bytes());
        if let Some(limits) = &self.limits {
            hash.update(limits.as_bytes());
        }
        *hash.finalize().as_bytes()
    }
}

fn short(hash: &blake3::Hash) -> String {
    hash.to_hex().chars().take(16).collect()
}

/// The file's name, which says which component it is of.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file_name())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file_name())
    }
}

/// Takes all that is hashed, for a hash that is the same tomorrow.
struct Collector(blake3::Hasher);

impl Hasher for Collector {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// Why a file is no code of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsound {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// Too short, too long or of another layout.
    #[error("not code of this version ({size} bytes)")]
    Layout {
        /// Bytes of the file.
        size: u64,
    },
    /// Made of something else than what is asked for.
    #[error("it is the code of another component or for another host")]
    Other,
    /// Changed since it was written.
    #[error("its content is not what was written: the hash differs")]
    Changed,
}

/// A file with code that has been checked.
#[derive(Debug)]
pub(super) struct Artifact {
    file: File,
}

impl Artifact {
    /// Checks a file that nobody but us can have written against its seal.
    pub(super) fn check(file: File, key: &Key) -> Result<Self, Unsound> {
        let size = file.metadata()?.len();
        let other = Unsound::Layout { size };
        let Some(length) = size
            .checked_sub(SEAL as u64)
            .filter(|length| (1..=MOST).contains(length))
        else {
            return Err(other);
        };
        let mut seal = [0; SEAL];
        file.read_exact_at(&mut seal, length)?;
        let (found, rest) = seal.split_at(HASH);
        let (hash, mark) = rest.split_at(HASH);
        if mark != MARK {
            return Err(other);
        }
        if found != key.whole() {
            return Err(Unsound::Other);
        }
        if hash != sum(&file, length, key)?.as_bytes() {
            return Err(Unsound::Changed);
        }
        Ok(Self { file })
    }

    /// Seals code that has just been made, at the end of its file.
    pub(super) fn seal(file: File, key: &Key) -> Result<Self, Unsound> {
        let length = file.metadata()?.len();
        if !(1..=MOST).contains(&length) {
            return Err(Unsound::Layout { size: length });
        }
        let mut seal = Vec::with_capacity(SEAL);
        seal.extend_from_slice(&key.whole());
        seal.extend_from_slice(sum(&file, length, key)?.as_bytes());
        seal.extend_from_slice(MARK);
        file.write_all_at(&seal, length)?;
        Ok(Self { file })
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The text in it.
    pub(super) fn text(&self) -> io::Result<String> {
        let length = self.file.metadata()?.len().saturating_sub(SEAL as u64);
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, 0)?;
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}

/// The hash over code and key. Read and not mapped: what is only hashed takes no memory.
fn sum(file: &File, length: u64, key: &Key) -> io::Result<blake3::Hash> {
    let mut hash = blake3::Hasher::new();
    let mut part = vec![0; 256 << 10];
    let mut at = 0;
    while at < length {
        let wanted = usize::try_from(length - at).map_or(part.len(), |left| left.min(part.len()));
        let read = file.read_at(part.get_mut(..wanted).unwrap_or_default(), at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hash.update(part.get(..read).unwrap_or_default());
        at += read as u64;
    }
    hash.update(&key.whole());
    Ok(hash.finalize())
}
