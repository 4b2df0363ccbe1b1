//! What the components of our plugins share. `use metawasm_guest as _;` in a component gives it the allocator.

mod alloc;
