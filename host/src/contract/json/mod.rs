//! JSON, read once.
//!
//! - `Lexer`: a strict validating scanner: the grammar of RFC 8259, no recursion, at most
//!   [`MAX_DEPTH`] open brackets, no allocation. The envelope is read with it.
//! - [`Document`]: its tokens as a flat tape, for the review, which looks at them more than once.
//! - `pointer`: JSON pointers (RFC 6901).
//!
//! Our own because no parser gives spans, cuts and validates in one pass; the parsers that
//! build trees cost more than the plugin's call.

mod document;
mod error;
mod lexer;
pub(crate) mod pointer;
mod text;

pub use document::{Document, Kind, Node, NodeId};
pub(crate) use error::{Fault, position};
pub use error::{JsonError, What};
pub use lexer::MAX_DEPTH;
pub(crate) use lexer::{Begin, Lexer};
pub(crate) use text::{Index, decode, quote, shorten};

#[cfg(test)]
mod tests;
