//! OpenFunction's Function (core.openfunction.io/v1beta2) as users write it, in Rust types, and the
//! CustomResourceDefinition that is made from them.
//!
//! A field's doc comment is its description in the CRD. What a schema can say of a field is said here, so that the
//! API server refuses it at once; the plugin checks the same and more, since it also runs without this CRD. Two
//! rules keep them together: what the plugin accepts is admitted here, and an empty string means that a field is
//! absent wherever the plugin reads it so. A Dapr item in two spellings at once is the exception: the plugin reads
//! one of them, the CRD checks both.
//!
//! The types admit the API as OpenFunction 1.2 shipped it, the spellings of the proposal for the KEDA engine
//! (OpenFunction issue 162) and those of v1beta1, but for a list as `spec.serving.triggers`. They refuse fields that they do not know, except in the parts that others define:
//! pods, routes, KEDA's own sections and the values of Dapr components.

pub mod build;
pub mod dapr;
pub mod function;
mod manifest;
pub mod route;
mod rules;
pub mod scale;
pub mod serving;
pub mod status;
mod structural;
pub mod template;
pub mod tracing;
pub mod triggers;

pub use function::Function;
pub use manifest::{crd, yaml};
