//! JSON, read once.
//!
//! - [`Lexer`]: a strict validating scanner: the grammar of RFC 8259, no recursion, at most
//!   [`MAX_DEPTH`] open brackets, no allocation. The envelope is read with it.
//! - [`Document`]: its tokens as a flat tape, for the review, which looks at them more than once.
//! - [`mod@pointer`]: JSON pointers (RFC 6901).
//!
//! It is not serde_json because the host needs spans, cuts and validation in one pass; to build a tree costs more than
//! the plugin's call.

mod document;
mod error;
mod lexer;
pub mod pointer;
mod text;

pub use document::{Document, Kind, Node, NodeId};
pub use error::{Fault, JsonError, What, position};
pub use lexer::{Begin, Lexer, MAX_DEPTH, Token};
pub use text::{Index, decode, quote, shorten};

#[cfg(test)]
mod tests;
