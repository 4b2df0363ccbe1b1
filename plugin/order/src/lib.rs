//! The order of the functions in a plugin's module.
//!
//! A linker writes functions in the order of the sources, so that those that a call executes are scattered over all
//! pages of the compiled code. Wasmtime compiles functions in the order of the module. With [`Profile::apply`], functions
//! that were executed in a recorded call come first, and a process reads only their pages from the disk.
//!
//! [`record::instrument`] makes the module from which a profile is recorded.

mod layout;
mod names;
mod profile;
pub mod record;

pub use names::Functions;
pub use profile::Profile;

use wasm_encoder::reencode;

/// Why a module was not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not valid WebAssembly.
    #[error("the module is not valid WebAssembly: {0}")]
    Invalid(#[from] wasmparser::Error),
    /// It has features that the encoder does not know.
    #[error("the module cannot be encoded again: {0}")]
    Encode(#[from] reencode::Error),
    /// It has no names of functions.
    #[error("the module has no names of functions; link it without `strip`")]
    NoNames,
    /// It has no section that can be extended.
    #[error("the module has no {0} section")]
    NoSection(&'static str),
}
