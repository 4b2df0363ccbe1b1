//! The memory allocator.

#![allow(unsafe_code, reason = "functions of the allocators, which have no safe names")]

#[cfg(target_env = "musl")]
use mimalloc as _;

/// Gives free memory back to the system: with glibc that of all threads, with mimalloc that of this thread and of those
/// that have ended. Loading plugins needs more memory than loaded plugins have, and allocators keep what they got.
///
/// It takes some milliseconds, and other threads may wait meanwhile: call it after rare work.
pub(crate) fn release() {
    #[cfg(target_env = "gnu")]
    {
        unsafe extern "C" {
            safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
        }
        malloc_trim(0);
    }
    #[cfg(target_env = "musl")]
    {
        unsafe extern "C" {
            safe fn mi_collect(force: bool);
        }
        mi_collect(true);
    }
}
