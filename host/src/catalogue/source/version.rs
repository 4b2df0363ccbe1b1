//! The stamp of a source's content.

use std::fmt;

/// A stamp of the content of a source, without the content. Two reads with equal stamps return the same content; a
/// different stamp may stand for the same content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub(super) String);

#[cfg(test)]
impl Version {
    /// A stamp of a test.
    pub(crate) fn named(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
