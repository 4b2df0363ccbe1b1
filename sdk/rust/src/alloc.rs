//! An allocator for a guest that lives for one call: it only ever goes forward.
//!
//! Nothing is freed, because the host drops the whole memory when the call is over. Three things
//! make it faster than a general allocator: no book-keeping, no growth of memory until the pages
//! that the module starts with (with `--initial-memory`) are used up, and few pages touched, which is what
//! resetting an instance costs.

#![allow(unsafe_code, reason = "an allocator is made of it")]
#![cfg(target_arch = "wasm32")]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::cell::Cell;

const PAGE: usize = 64 << 10;

/// Pages by which memory grows at least, since each growth costs the host a system call.
const STEP: usize = 16;

/// Where free memory starts and ends; both 0 before the first allocation.
struct Bump {
    next: Cell<usize>,
    end: Cell<usize>,
}

// A guest has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    next: Cell::new(0),
    end: Cell::new(0),
};

unsafe extern "C" {
    /// The linker's: the first byte behind data and stack.
    static __heap_base: u8;
}

impl Bump {
    /// Takes `size` bytes from `start` on, growing memory where they are not there yet.
    #[inline]
    fn take(&self, start: usize, size: usize) -> bool {
        let Some(stop) = start.checked_add(size) else {
            return false;
        };
        if stop > self.end.get() && !self.grow(stop) {
            return false;
        }
        self.next.set(stop);
        true
    }

    /// Makes memory reach to `stop`.
    #[cold]
    #[inline(never)]
    fn grow(&self, stop: usize) -> bool {
        let pages = (stop - self.end.get()).div_ceil(PAGE).max(STEP);
        if wasm32::memory_grow(0, pages) == usize::MAX {
            return false;
        }
        self.end.set(self.end.get() + pages * PAGE);
        true
    }
}

// SAFETY: every block is behind all earlier ones, aligned, and within memory.
unsafe impl GlobalAlloc for Bump {
    // Not inlined: hundreds of places allocate and free, and each would have all of this.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.end.get() == 0 {
            self.next.set((&raw const __heap_base).addr());
            self.end.set(wasm32::memory_size(0) * PAGE);
        }
        // Alignments are powers of two.
        let below = layout.align() - 1;
        let Some(start) = self.next.get().checked_add(below).map(|start| start & !below) else {
            return core::ptr::null_mut();
        };
        if self.take(start, layout.size()) {
            start as *mut u8
        } else {
            core::ptr::null_mut()
        }
    }

    // Nothing, so that what drops values becomes nothing, too: the compiler leaves out loops that free.
    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // Memory that a block gave back when it shrank may have been written to.
            // SAFETY: the block is ours and has that size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The last block grows in place: a string that is being written is nearly always last.
        if block.addr() + layout.size() == self.next.get() {
            return if self.take(block.addr(), size) {
                block
            } else {
                core::ptr::null_mut()
            };
        }
        // SAFETY: size and alignment make a layout, as the caller promises; the new block is
        // behind the old one, so they do not overlap.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(block, new, layout.size().min(size));
            }
            new
        }
    }
}
