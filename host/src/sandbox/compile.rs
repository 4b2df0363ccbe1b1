//! From a component's bytes to its machine code: in this process, or in a child with a cache.
//!
//! A compiler leaves some 30 MiB behind in the process that it ran in, and a hostile component can
//! make it take time and memory. So a server has children compile, within bounds, and maps what they
//! made: pages of a file, which cost it no memory of its own.

use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::{Artifact, Key};
use super::cache::Cache;
use super::error::{LoadError, one_line};
use super::{child, native, room};
use crate::child::{ChildError, CompileBounds, Job};

/// Where a sandbox has its components compiled.
#[derive(Debug, Default)]
pub enum Compiler {
    /// In this process, for tests and measurements: nothing bounds the compiler.
    #[default]
    Here,
    /// In a child each, `metawasm compile`: this process must be that program.
    ChildProcesses(ChildProcesses),
}

/// How children compile.
#[derive(Debug, Default)]
pub struct ChildProcesses {
    /// Where what they made is kept for the next start, if anywhere.
    pub cache: Option<Cache>,
    /// What each may use.
    pub bounds: CompileBounds,
    /// Whether what failed at an earlier start is tried again.
    pub retry: bool,
}

/// Where the machine code of a plugin came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was compiled.
    Compiled,
    /// It was in the cache.
    Cached,
    /// Another plugin with the same bytes has it.
    Shared,
}

impl Origin {
    /// A word for log lines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compiled => "compiled",
            Self::Cached => "cached",
            Self::Shared => "shared",
        }
    }
}

impl ChildProcesses {
    /// From the cache if it is there; else compiled, and put there. Trouble with the cache is a line
    /// in the log and costs the time to compile.
    pub(super) fn component(
        &self,
        engine: &Engine,
        pooled: bool,
        bytes: &[u8],
        key: &Key,
        others_wait: &dyn Fn() -> bool,
    ) -> Result<(Component, Origin), LoadError> {
        if let Some(cache) = &self.cache {
            match cache.get(key) {
                Ok(Some(artifact)) => match native::load(engine, &artifact) {
                    Ok(component) => return Ok((component, Origin::Cached)),
                    Err(error) => {
                        if let Some(error) = room::too_large(&error) {
                            return Err(error);
                        }
                        tracing::warn!("code cache: {key} does not load and is compiled again: {error:#}");
                    }
                },
                Ok(None) => {}
                Err(refused) => {
                    tracing::warn!("code cache: {key} is not used and is compiled again: {refused}");
                }
            }
        }
        let artifact = self.compiled(pooled, bytes, key, others_wait)?;
        if let Some(cache) = &self.cache {
            match cache.put(key, &artifact) {
                // What was written is what is mapped, so that its pages can be dropped and read again.
                Ok(()) => match cache.get(key) {
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
        match native::load(engine, &artifact) {
            Ok(component) => Ok((component, Origin::Compiled)),
            // What the pool of instances has no room for is found out here. Other limits do not need other code.
            Err(error) => {
                if let Some(error) = room::too_large(&error) {
                    return Err(error);
                }
                let error = LoadError::Compile(one_line(&format!("{error:#}")));
                if let Some(cache) = &self.cache {
                    cache.keep_text(&key.failed(&self.bounds), &error.to_string());
                }
                Err(error)
            }
        }
    }

    /// Has a child compile a component, unless that is known to fail. A failure that cost much and would cost it again
    /// is remembered.
    fn compiled(
        &self,
        pooled: bool,
        bytes: &[u8],
        key: &Key,
        others_wait: &dyn Fn() -> bool,
    ) -> Result<Artifact, LoadError> {
        let failed = key.failed(&self.bounds);
        if let Some(cache) = &self.cache
            && !self.retry
            && let Some(why) = cache.text(&failed)
        {
            return Err(LoadError::Remembered(why));
        }
        let compiled = child::compile(bytes, key, pooled, self.bounds, others_wait);
        if let (Some(cache), Err(error)) = (&self.cache, &compiled)
            && error.is_lasting()
        {
            cache.keep_text(&failed, &error.to_string());
        }
        compiled
    }

    /// What came of a check of the same question within the same bounds at an earlier start.
    pub(crate) fn recall(&self, question: &[u8], bounds: &CompileBounds) -> Option<String> {
        self.cache.as_ref()?.text(&Key::checked(question, bounds))
    }

    /// Keeps what came of a check for the next start.
    pub(crate) fn remember(&self, question: &[u8], bounds: &CompileBounds, answer: &str) {
        if let Some(cache) = &self.cache {
            cache.keep_text(&Key::checked(question, bounds), answer);
        }
    }

    /// Has a child answer a question.
    pub(crate) fn ask(
        &self,
        command: &'static str,
        question: &[u8],
        bounds: CompileBounds,
    ) -> Result<String, ChildError> {
        let job = Job {
            command,
            arguments: &[],
            input: question,
            bounds,
            others_wait: &|| false,
        };
        crate::child::run_text(&job)
    }
}
