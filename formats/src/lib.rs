//! Small formats that several crates read and write.
//!
//! - [`duration`]: durations as Go reads and writes them. [`size`]: numbers of bytes as Kubernetes writes them.
//! - [`nearest`]: the known name that a misspelt one stands for.
//! - [`shell`]: words of commands that a person pastes.
//! - [`text`]: texts from outside, made fit for a sentence, a log line or a terminal.
//!
//! It uses nothing but the standard library.

pub mod duration;
pub mod nearest;
pub mod shell;
pub mod size;
pub mod text;
