//! The memory allocator.

#![allow(unsafe_code, reason = "functions of the allocators, which have no safe names")]

#[cfg(target_env = "musl")]
use mimalloc as _;

/// Gives free memory back to the system. Loading plugins needs several times the memory that loaded plugins have, and
/// allocators keep what they got: half of the host's own memory after a start with a hundred plugins.
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
