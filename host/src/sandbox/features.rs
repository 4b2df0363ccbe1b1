//! What guests may use of WebAssembly, and the engines that follow from it.

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

/// Without a pool. Where that does not fit, the usual reservation of 4 GiB for each memory may not
/// either, and code is compiled for that.
pub(super) fn on_demand() -> Config {
    let mut config = features();
    config
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_reservation(0)
        .memory_reservation_for_growth(1 << 20)
        .memory_guard_size(64 << 10);
    config
}

/// An engine that only compiles, for one that allocates in a pool or on demand: nothing is reserved
/// for instances, and what it makes is compatible.
pub(super) fn compiling_engine(pooled: bool) -> wasmtime::Result<Engine> {
    if !pooled {
        return Engine::new(&on_demand());
    }
    let mut config = features();
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    Engine::new(&config)
}

/// What guests may use. Proposals that widen the surface without helping a hook are off, and so
/// is everything whose result the specification leaves open.
pub(super) fn features() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        // A backtrace names functions without them; they are a sixth of the code on disk, and each
        // plugin's would be registered with the system's unwinder when it is loaded.
        .generate_address_map(false)
        .native_unwind_info(false)
        // Interpreters call themselves for each call of a script: half of what wasmtime gives a fiber.
        .max_wasm_stack(1 << 20)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // A component of several hands strings from one memory to another. A module of its own has one memory, where
        // instances are allocated in a pool; elsewhere the limits of a call count all of them.
        .wasm_multi_memory(true)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    config
}
