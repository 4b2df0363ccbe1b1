//! What the components of our plugins share. `use metawasm_guest as _;` in a component gives it the allocator.

// The same file as in the crate for authors: its other parts would be dead weight here.
#[path = "../../../sdk/rust/src/alloc.rs"]
mod alloc;
