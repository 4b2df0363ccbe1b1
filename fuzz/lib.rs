//! The host's `contract` without the rest of it: it needs no Wasm, whose compiler takes long to build with a
//! sanitizer.

#[path = "../host/src/contract/mod.rs"]
pub mod contract;
// What it uses of the host: a leaf that uses nothing itself.
#[path = "../host/src/text.rs"]
mod text;
