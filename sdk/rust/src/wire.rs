//! The canonical ABI of the interface `wit/hook.wit`, by hand: it has three functions, and the plugin needs no generator
//! of bindings. `metawasm build` adds the types to the module.

#![allow(unsafe_code, reason = "the host passes addresses")]

use std::alloc::{Layout, alloc, handle_alloc_error, realloc as grow};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Failure, Result};
use crate::log::Level;

/// `string`.
#[repr(C)]
#[derive(Debug)]
pub struct Text {
    start: *const u8,
    size: usize,
}

/// `result<string, failure>`. The words behind the cases depend on the case.
#[repr(C)]
#[derive(Debug)]
pub struct Reply {
    is_failure: u32,
    words: [usize; 4],
}

/// Returns a text that the host reads. The memory is not freed: the instance ends.
fn text(text: String) -> Text {
    let text = text.leak();
    Text {
        start: text.as_ptr(),
        size: text.len(),
    }
}

/// Returns the description.
pub fn describe<T: Serialize>(describe: impl FnOnce() -> T) -> *const Text {
    Box::leak(Box::new(text(crate::describe(describe))))
}

/// Runs a hook.
///
/// # Safety
///
/// Both texts are UTF-8 in memory that [`realloc`] returned, with the alignment 1.
pub unsafe fn hook<Q, S, A>(
    hook: impl FnOnce(Q, S) -> Result<A>,
    texts: [(*mut u8, usize); 2],
) -> *const Reply
where
    Q: DeserializeOwned,
    S: DeserializeOwned,
    A: Serialize,
{
    let [request, settings] = texts.map(|(start, size)| {
        // SAFETY: the caller's promise. The memory lives as long as the instance.
        let bytes = unsafe { std::slice::from_raw_parts(start, size) };
        // SAFETY: the same.
        unsafe { std::str::from_utf8_unchecked(bytes) }
    });
    let (is_failure, words) = match crate::run(hook, request, settings) {
        Ok(answer) => (0, after([], answer)),
        Err(Failure::Invalid(why)) => (1, after([0], why)),
        Err(Failure::RetryLater {
            after_seconds,
            reason,
        }) => (1, after([1, after_seconds as usize], reason)),
        Err(Failure::Internal(why)) => (1, after([2], why)),
    };
    Box::leak(Box::new(Reply { is_failure, words }))
}

/// Returns the words of a case with the text behind them.
fn after<const N: usize>(first: [usize; N], last: String) -> [usize; 4] {
    let last = text(last);
    let mut words = [0; 4];
    let all = first.into_iter().chain([last.start.addr(), last.size]);
    words.iter_mut().zip(all).for_each(|(word, value)| *word = value);
    words
}

/// Returns memory for the host.
///
/// # Safety
///
/// `old` and `size` are those of an earlier call, or `size` is 0. `align` is a power of two.
pub unsafe fn realloc(old: *mut u8, size: usize, align: usize, new: usize) -> *mut u8 {
    if new == 0 {
        return std::ptr::without_provenance_mut(align);
    }
    // SAFETY: the caller's promise.
    unsafe {
        let layout = Layout::from_size_align_unchecked(new, align);
        let start = if size == 0 {
            alloc(layout)
        } else {
            grow(old, Layout::from_size_align_unchecked(size, align), new)
        };
        if start.is_null() {
            handle_alloc_error(layout);
        }
        start
    }
}

#[link(wasm_import_module = "metawasm:hook/logging@0.1.0")]
unsafe extern "C" {
    #[link_name = "log"]
    fn log_bytes(level: i32, start: *const u8, size: usize);
}

/// Writes a line to the host's log.
pub(crate) fn log(level: Level, message: &str) {
    // SAFETY: the host reads the text during the call.
    unsafe { log_bytes(level as i32, message.as_ptr(), message.len()) }
}
