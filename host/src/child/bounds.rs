//! What a child process may use, and how it ends.

use std::time::Duration;

/// What the work of one child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompileBounds {
    /// Time, on the clock of the wall.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: usize,
}

impl Default for CompileBounds {
    /// 2 minutes, 2 GiB: Python in a component takes a core some 20 s, and may share it with much else.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(120),
            memory: 2 << 30,
        }
    }
}

/// The exit code of a child that refuses its input.
pub(super) const REFUSED: u8 = 1;
/// The exit code of a child that could not do its work.
pub(super) const FAILED: u8 = 2;
/// The exit code of a child in which something panicked.
pub(super) const PANICKED: u8 = 4;
