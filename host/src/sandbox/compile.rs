//! From a component's bytes to its machine code: in this process, or in a child with a cache.
//!
//! A compiler leaves some 30 MiB behind in the process that it ran in, and a hostile component can
//! make it take time and memory. So a server has children compile, within bounds, and maps what they
//! made: pages of a file, which cost it no memory of its own.

use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::Key;
use super::cache::Cache;
use super::child;
use super::engine::{Allocation, Sandbox};
use super::error::{LoadError, one_line};
use super::native;

/// Where a sandbox has its components compiled.
#[derive(Debug, Default)]
pub enum Compiler {
    /// In this process, which is quickest for one plugin and a short life.
    #[default]
    Here,
    /// In a child each, `metawasm compile`: this process must be that program.
    Children(Children),
}

/// How children compile.
#[derive(Debug)]
pub struct Children {
    /// Where what they made is kept for the next start, if anywhere.
    pub cache: Option<Cache>,
    /// What each may use.
    pub bounds: CompileBounds,
}

/// What the compilation of one component may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileBounds {
    /// Time, on the clock of the wall.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: usize,
}

impl Default for CompileBounds {
    /// 60 s, 2 GiB.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            memory: 2 << 30,
        }
    }
}

/// Where the machine code of a plugin came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was compiled.
    Compiled,
    /// It was in the cache.
    Cached,
}

impl Origin {
    /// A word for log lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compiled => "compiled",
            Self::Cached => "cached",
        }
    }
}

impl Sandbox {
    /// The machine code of a component.
    pub(super) fn compile(&self, bytes: &[u8]) -> Result<(Component, Origin), LoadError> {
        match self.compiler() {
            Compiler::Here => Component::from_binary(self.engine(), bytes)
                .map(|component| (component, Origin::Compiled))
                .map_err(|error| LoadError::Compile(one_line(&format!("{error:#}")))),
            Compiler::Children(children) => {
                let pooled = !matches!(self.allocation(), Allocation::OnDemand { .. });
                children.component(self.engine(), pooled, bytes)
            }
        }
    }
}

impl Children {
    /// From the cache if it is there; else compiled, and put there. Trouble with the cache is a line
    /// in the log and costs the time to compile.
    fn component(
        &self,
        engine: &Engine,
        pooled: bool,
        bytes: &[u8],
    ) -> Result<(Component, Origin), LoadError> {
        let key = Key::new(engine, bytes);
        if let Some(cache) = &self.cache {
            match cache.get(&key) {
                Ok(Some(artifact)) => match native::load(engine, &artifact) {
                    Ok(component) => return Ok((component, Origin::Cached)),
                    Err(error) => {
                        tracing::warn!("code cache: {key} does not load and is made anew: {error:#}");
                    }
                },
                Ok(None) => {}
                Err(refused) => {
                    tracing::warn!("code cache: {key} is not used and is made anew: {refused}");
                }
            }
        }
        let artifact = child::compile(bytes, &key, pooled, &self.bounds)?;
        if let Some(cache) = &self.cache {
            match cache.put(&key, &artifact) {
                // What was written is what is mapped, so that its pages can be dropped and read again.
                Ok(()) => match cache.get(&key) {
                    Ok(Some(kept)) => {
                        if let Ok(component) = native::load(engine, &kept) {
                            return Ok((component, Origin::Compiled));
                        }
                    }
                    Ok(None) => {}
                    Err(refused) => tracing::warn!("code cache: {key} was written and is gone: {refused}"),
                },
                Err(error) => tracing::warn!("code cache: {key} cannot be kept: {error}"),
            }
        }
        let component = native::load(engine, &artifact)
            .map_err(|error| LoadError::Compiler(one_line(&format!("{error:#}"))))?;
        Ok((component, Origin::Compiled))
    }
}
