//! The plugin's log.

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details for the plugin's author.
    Debug,
    /// What the plugin does.
    Info,
    /// Something that a person should look at.
    Warn,
    /// Something that failed.
    Error,
}

/// Writes a line to the plugin's log. The host adds plugin, hook and parent. Natively, the line goes to
/// [`testing::logged`](crate::testing::logged).
pub fn log(level: Level, message: impl AsRef<str>) {
    #[cfg(target_arch = "wasm32")]
    crate::wire::log(level, message.as_ref());
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::keep(level, message.as_ref());
}
