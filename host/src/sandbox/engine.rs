//! The engine: wasmtime, narrowed.

use std::io;

use wasmtime::component::Linker;
use wasmtime::{Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::bindings::{LOGGING, LogParams, SERVED, interface};
use super::clock;
use super::compile::Compiler;
use super::features::{features, on_demand};
use super::limits::PER_CALL;
use super::shared::SharedCode;
use super::state::State;

/// How large a sandbox to make.
#[derive(Clone, Copy, Debug)]
pub struct SandboxOptions {
    /// Calls that can run at once.
    pub concurrency: u32,
    /// The largest [`Limits::memory`](super::Limits::memory) of any plugin.
    pub memory: usize,
    /// Elements of the largest table of any plugin.
    pub table_elements: usize,
}

/// Where instances live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// In a pool of slots, which are reset by looking up the pages that were touched.
    /// The fast way: a warm call needs no system call to give or take memory.
    PoolScanned,
    /// In a pool of slots, which are reset by giving their pages back to the kernel, because
    /// the kernel (before Linux 6.7) cannot be asked which ones were touched.
    Pool,
    /// Mapped for each call and given back, because the address space for a pool is not to be
    /// had (`ulimit -v`, or a processor with few address bits). Slower, as safe.
    OnDemand {
        /// wasmtime's words.
        why: String,
    },
}

/// The engine with all that calls share. Its clock ends once neither it nor a
/// [`Program`](super::Program) of it is left.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<State>,
    compiler: Compiler,
    allocation: Allocation,
    shared: SharedCode,
    memory: usize,
}

/// What the pool of instances holds at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUse {
    /// Calls that have an instance.
    pub calls: usize,
    /// Core instances; a component has one to a few.
    pub instances: usize,
    /// Linear memories in use.
    pub memories: usize,
    /// Tables in use.
    pub tables: usize,
    /// Memories that are free and still set up for the module that they had last.
    pub warm_memories: usize,
    /// Bytes that free memories and tables keep, cleared, for their next use.
    pub kept_bytes: usize,
}

/// Bytes of a slot's memory that are cleared in place instead of given back.
///
/// wasmtime asks the kernel for 32 regions of touched pages and gives the memory behind them back: a guest that writes in
/// many places, as Python does, pays a page fault for each page in its next call, whatever number is here.
const KEEP_MEMORY: usize = 1 << 20;
/// The same for tables: without it each call costs an madvise for each table.
const KEEP_TABLE: usize = 64 << 10;
/// Free slots that stay set up for the module that they had last. A call that finds no such slot of
/// its own maps memory anew, twice: with more plugins than this taking turns, every call would.
const WARM_SLOTS: u32 = 256;

/// Reasons why this machine cannot run a sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// No engine can be created, with a pool or without.
    #[error("cannot create a WebAssembly engine: {0:#}")]
    Engine(wasmtime::Error),
    /// The host's imports cannot be defined.
    #[error("cannot define the imports of plugins: {0:#}")]
    Linker(wasmtime::Error),
    /// A thread cannot be started.
    #[error("cannot start a thread for the sandbox: {0}")]
    Thread(io::Error),
}

impl Sandbox {
    /// Makes the engine, the best that this machine allows.
    ///
    /// # Errors
    ///
    /// [`SandboxError`], if the machine refuses threads or every way to allocate instances.
    pub fn new(options: SandboxOptions) -> Result<Self, SandboxError> {
        let (engine, allocation) = build(options).map_err(SandboxError::Engine)?;
        let linker = linker(&engine).map_err(SandboxError::Linker)?;
        clock::start(&engine).map_err(SandboxError::Thread)?;
        Ok(Self {
            engine,
            linker,
            compiler: Compiler::Here,
            allocation,
            shared: SharedCode::default(),
            memory: options.memory,
        })
    }

    /// The same, with another way to compile what it loads; by default it compiles in this process.
    #[must_use]
    pub fn compiling(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
        self
    }

    /// What the pool holds; nothing where there is no pool.
    pub fn pool(&self) -> Option<PoolUse> {
        let metrics = self.engine.pooling_allocator_metrics()?;
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Some(PoolUse {
            calls: count(metrics.component_instances()),
            instances: count(metrics.core_instances()),
            memories: metrics.memories(),
            tables: metrics.tables(),
            warm_memories: count(metrics.unused_warm_memories().into()),
            kept_bytes: metrics
                .unused_memory_bytes_resident()
                .saturating_add(metrics.unused_table_bytes_resident()),
        })
    }

    /// How instances are allocated.
    pub fn allocation(&self) -> &Allocation {
        &self.allocation
    }

    /// Bytes of memory that a call can have at most; `None` where every call gets memory of its own.
    pub fn most_memory(&self) -> Option<usize> {
        (!matches!(self.allocation, Allocation::OnDemand { .. })).then_some(self.memory)
    }

    pub(super) fn shared(&self) -> &SharedCode {
        &self.shared
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn linker(&self) -> &Linker<State> {
        &self.linker
    }

    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}

/// The first of the three ways to allocate that works.
fn build(options: SandboxOptions) -> wasmtime::Result<(Engine, Allocation)> {
    let mut config = features();
    let mut attempt = |strategy| {
        config.allocation_strategy(strategy);
        Engine::new(&config)
    };
    if let Ok(engine) = attempt(pool(options, Enabled::Yes)) {
        return Ok((engine, Allocation::PoolScanned));
    }
    let error = match attempt(pool(options, Enabled::No)) {
        Ok(engine) => return Ok((engine, Allocation::Pool)),
        Err(error) => error,
    };
    let engine = Engine::new(&on_demand())?;
    Ok((
        engine,
        Allocation::OnDemand {
            why: format!("{error:#}"),
        },
    ))
}

fn pool(options: SandboxOptions, scan: Enabled) -> InstanceAllocationStrategy {
    let calls = options.concurrency;
    // Most components have one or a few tables; one with more takes the room of several calls,
    // and where that is short the call is told to come back.
    let tables = calls.saturating_mul(4).max(PER_CALL.tables);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        // A number that is counted up to: unlike a table or a memory, an instance has no room reserved for it.
        .total_core_instances(calls.saturating_mul(PER_CALL.instances))
        .total_memories(calls.saturating_mul(2).max(PER_CALL.memories))
        .total_tables(tables)
        .max_core_instances_per_component(PER_CALL.instances)
        .max_memories_per_component(PER_CALL.memories)
        .max_tables_per_component(PER_CALL.tables)
        .max_tables_per_module(PER_CALL.tables)
        .max_memory_size(options.memory)
        .table_elements(options.table_elements)
        .max_unused_warm_slots(WARM_SLOTS);
    if matches!(scan, Enabled::Yes) {
        // Only together: keeping memory without the scan clears what nobody has touched.
        pool.pagemap_scan(scan).linear_memory_keep_resident(KEEP_MEMORY);
    }
    pool.table_keep_resident(KEEP_TABLE);
    InstanceAllocationStrategy::Pooling(pool)
}

/// All that a guest can reach: the log.
///
/// A call from the guest into the host passes no check of the epoch by itself: so the time is checked here, and a line
/// is cut before it is read ([`Line`](super::line::Line)).
fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    // wasmtime gives each of these to every patch version of the same minor version.
    for version in SERVED {
        linker.instance(&interface(LOGGING, version))?.func_wrap(
            "log",
            |mut store: wasmtime::StoreContextMut<'_, State>, (level, message): LogParams| {
                store.data().in_time()?;
                if store.data_mut().log.takes_line() {
                    let log = &store.data().log;
                    log.line(level, message.text(log.line_limit())?);
                }
                Ok(())
            },
        )?;
    }
    Ok(linker)
}
