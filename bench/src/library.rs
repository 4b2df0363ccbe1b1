//! A hook in C, compiled to a native library.

#![allow(unsafe_code, reason = "a library has no types")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};

/// `mw_native_sync` of `sdk/c/metawasm.h`: the request and the settings, each with its size.
type Sync = unsafe extern "C" fn(*const u8, usize, *const u8, usize) -> *const c_char;

/// Resolve all symbols at once.
const RTLD_NOW: c_int = 2;

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The hook sync of a library. One thread calls it at a time.
pub(crate) struct Library(Mutex<Sync>);

impl Library {
    /// Loads a library, for the rest of the process.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let file = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: both texts end with a NUL; the library is one that the benchmark has compiled.
        let address = unsafe {
            let library = dlopen(file.as_ptr(), RTLD_NOW);
            ensure!(!library.is_null(), "cannot load {}", path.display());
            dlsym(library, c"mw_native_sync".as_ptr())
        };
        ensure!(!address.is_null(), "{} has no hook sync", path.display());
        // SAFETY: the header defines the function with this type.
        let sync = unsafe { std::mem::transmute::<*mut c_void, Sync>(address) };
        Ok(Self(Mutex::new(sync)))
    }

    /// Calls the hook without settings.
    pub(crate) fn sync(&self, request: &[u8]) -> Result<Vec<u8>> {
        let settings = b"{}";
        let sync = self.0.lock().ok().context("a call has panicked")?;
        // SAFETY: the function reads as many bytes as are there.
        let answer = unsafe { sync(request.as_ptr(), request.len(), settings.as_ptr(), settings.len()) };
        ensure!(!answer.is_null(), "the hook has failed");
        // SAFETY: the answer ends with a NUL, and is valid until the next call, which waits for the lock.
        Ok(unsafe { CStr::from_ptr(answer) }.to_bytes().to_vec())
    }
}
