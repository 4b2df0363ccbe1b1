//! What the components of our plugins share. `use metawasm_guest as _;` in a component gives it the allocator and the
//! comparison of blocks.

// The same file as in the crate for authors: its other parts would be dead weight here.
#[cfg(target_arch = "wasm32")]
#[path = "../../../sdk/rust/src/alloc.rs"]
mod alloc;
use metawasm_memcmp as _;
