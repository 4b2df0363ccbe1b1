//! The binary `metawasm`.

use std::process::ExitCode;

#[cfg(target_env = "musl")]
use metawasm_memcmp as _;

/// musl's allocator has one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    metawasm::cli::main()
}
