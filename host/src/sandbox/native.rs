//! The one place where bytes become machine code of this process.
//!
//! wasmtime cannot check machine code: whoever writes such a file can do what this process can. So
//! an [`Artifact`] is made in two places only, and both know who wrote it: [`child`](super::child),
//! which had our own binary write it into memory that is sealed since, and [`cache`](super::cache),
//! which takes it from a folder and a file that only our user can write, after comparing its hash.

use std::os::fd::AsRawFd;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::Artifact;

/// Maps an artifact. Its pages are shared with the page cache, and the kernel may drop them.
///
/// # Errors
///
/// It was made for another engine, or there is no `/proc`.
pub(super) fn load(engine: &Engine, artifact: &Artifact) -> wasmtime::Result<Component> {
    // Through the descriptor and not by name: what is mapped is what was checked.
    let path = format!("/proc/self/fd/{}", artifact.file().as_raw_fd());
    #[allow(
        unsafe_code,
        reason = "the host's own compiled code, which nobody but our user could write: see above"
    )]
    // SAFETY: the file holds what `Engine::precompile_component` of this version made, by the hash
    // over all of it, and is not written any more: it is sealed, or in the cache, where files are
    // replaced and never changed, and which nobody else can write.
    unsafe {
        Component::deserialize_file(engine, path)
    }
}
