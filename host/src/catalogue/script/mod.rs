//! Plugins that are scripts: what is read of them, and what they say of themselves.
//!
//! A script is a file or a folder. All that its answers depend on is put into one [`Bundle`], which stands for it as the
//! bytes of a component stand for a component: it is what is signed, and what has a digest.

mod beside;
mod bundle;
mod controller;
mod error;
mod folder;
mod said;
mod served;
#[cfg(test)]
mod tests;

pub(super) use bundle::Bundle;
pub(crate) use controller::describe as describe_controller;
pub use error::ScriptError;
pub(super) use folder::Layout;
pub use said::Missing;
pub(super) use said::described;
pub(crate) use served::{ServedHook, said_beside};

/// Whether the content of a source is a script.
pub(crate) fn is_script(content: &[u8]) -> bool {
    Bundle::parse(content).is_some()
}
