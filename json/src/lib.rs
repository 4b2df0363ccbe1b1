//! JSON, read once and written once, in the host and in plugins.
//!
//! - [`Lexer`]: a strict validating scanner: the grammar of RFC 8259, no recursion, at most
//!   [`MAX_DEPTH`] open brackets, no allocation. The envelope is read with it.
//! - [`Document`]: its tokens as a flat tape, for the review, which looks at them more than once.
//! - [`mod@pointer`]: JSON pointers (RFC 6901).
//! - [`Write`]: values that are written into a text, with [`Members`] for objects.
//!
//! It is not serde_json because the host needs spans, cuts and validation in one pass, and to build a tree costs more than
//! the plugin's call. A plugin keeps a part of what it reads, and in WebAssembly each function and each turn of a loop
//! costs more than elsewhere.

mod append;
mod block;
mod document;
mod error;
mod lexer;
pub mod pointer;
mod text;
mod write;

pub use document::{Document, Kind, Node, NodeId};
pub use error::{Fault, JsonError, What, position};
pub use lexer::{Begin, Lexer, MAX_DEPTH, Token};
pub use text::{Index, decode, quote, shorten};
pub use write::{Members, Write};

#[cfg(test)]
mod tests;
