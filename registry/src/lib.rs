//! Plugins in OCI registries.
//!
//! A plugin is an artifact with one layer, the component ([`Manifest`]). [`Client`] pulls and pushes it, [`Credentials`]
//! are those of the docker configuration, and [`trust`] signs plugins and checks their signatures.
//!
//! Registries, and the files that people download, are untrusted. Everything that is read has a maximum size, every
//! wait has a limit, and content counts only if its digest matches.
//!
//! This does not use the crate `oci-client`: it reads manifests, tokens and errors without a limit, and brings reqwest
//! and 60 further crates. A pull is three requests, a push four.

mod challenge;
mod client;
mod credentials;
mod digest;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod http;
mod manifest;
mod options;
mod push;
mod reference;
pub mod trust;

pub use client::{Client, Layer, Resolved, Session};
pub use credentials::{Credentials, CredentialsError, docker_config};
pub use digest::{Digest, DigestError, Hasher};
pub use error::{AnswerError, RegistryError};
pub use manifest::{Annotations, Descriptor, Manifest, ManifestError, media_type, wasm_config};
pub use options::{Options, OptionsError, Timeouts};
pub use reference::{Reference, ReferenceError};
