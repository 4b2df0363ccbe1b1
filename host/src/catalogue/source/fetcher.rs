//! What reading a source needs, and what it returns.

use std::fmt;

/// Reads sources. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Fetcher {}

/// The content of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The component.
    pub bytes: Vec<u8>,
}

/// A stamp of the content of a source, without the content. Two reads with equal stamps return the same content; a
/// different stamp may stand for the same content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub(super) String);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
