//! From a component's bytes to its machine code: in this process, or in a child with a cache.
//!
//! A compiler leaves some 30 MiB behind in the process that it ran in, and a hostile component can
//! make it take time and memory. So a server has children compile, within bounds, and maps what they
//! made: pages of a file, which cost it no memory of its own.

use std::panic::{self, AssertUnwindSafe};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::{Artifact, Key};
use super::cache::Cache;
use super::engine::{Allocation, Sandbox};
use super::error::{LoadError, one_line};
use super::limits::Limits;
use super::{child, encodings, native};
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

/// The machine code of a component.
pub(super) struct Compiled {
    pub(super) component: Component,
    pub(super) origin: Origin,
    /// By what it is found in the cache, where there may be one.
    key: Option<Key>,
}

impl Sandbox {
    /// The machine code of a component. `others_wait` says whether another component waits that nobody has tried yet.
    pub(super) fn compile(
        &self,
        bytes: &[u8],
        others_wait: &dyn Fn() -> bool,
    ) -> Result<Compiled, LoadError> {
        match self.compiler() {
            Compiler::Here => here(self.engine(), bytes).map(|component| Compiled {
                component,
                origin: Origin::Compiled,
                key: None,
            }),
            Compiler::ChildProcesses(children) => {
                let pooled = !matches!(self.allocation(), Allocation::OnDemand { .. });
                let key = Key::new(self.engine(), bytes);
                let (component, origin) =
                    children.component(self.engine(), pooled, bytes, &key, others_wait)?;
                Ok(Compiled {
                    component,
                    origin,
                    key: Some(key),
                })
            }
        }
    }

    /// What a component said of itself at an earlier start, within these limits: with it the start runs no guest.
    pub(super) fn said(&self, compiled: &Compiled, limits: &Limits) -> Option<String> {
        let (cache, key) = self.cache_of(compiled, limits)?;
        cache.text(&key)
    }

    /// Keeps what a component has said of itself for the next start.
    pub(super) fn keep_said(&self, compiled: &Compiled, limits: &Limits, text: &str) {
        if let Some((cache, key)) = self.cache_of(compiled, limits) {
            cache.keep_text(&key, text);
        }
    }

    fn cache_of(&self, compiled: &Compiled, limits: &Limits) -> Option<(&Cache, Key)> {
        let Compiler::ChildProcesses(children) = self.compiler() else {
            return None;
        };
        Some((children.cache.as_ref()?, compiled.key?.said(limits)))
    }

    /// The children that do work on hostile input; nothing where this process does it.
    pub(crate) fn children(&self) -> Option<&ChildProcesses> {
        match self.compiler() {
            Compiler::Here => None,
            Compiler::ChildProcesses(children) => Some(children),
        }
    }
}

/// Compiles in this process.
fn here(engine: &Engine, bytes: &[u8]) -> Result<Component, LoadError> {
    if let Ok(Some(encoding)) = encodings::other_than_utf8(bytes) {
        return Err(LoadError::Encoding(encoding.to_owned()));
    }
    panic::catch_unwind(AssertUnwindSafe(|| Component::from_binary(engine, bytes)))
        .map_err(|_| LoadError::CompilerBug)?
        .map_err(|error| LoadError::Compile(one_line(&format!("{error:#}"))))
}

impl ChildProcesses {
    /// From the cache if it is there; else compiled, and put there. Trouble with the cache is a line
    /// in the log and costs the time to compile.
    fn component(
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
                        tracing::warn!("code cache: {key} does not load and is made anew: {error:#}");
                    }
                },
                Ok(None) => {}
                Err(refused) => {
                    tracing::warn!("code cache: {key} is not used and is made anew: {refused}");
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
            // What the pool of instances has no room for is found out here.
            Err(error) => {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::io::Write;

    use metawasm_tests::guest::Guest;
    use metawasm_tests::process::Folder;

    use super::*;
    use crate::child::file_in_memory;
    use crate::sandbox::SandboxOptions;
    use crate::sandbox::kept::sealed;

    /// A sandbox whose cache has the code of a component, so that no child is needed.
    fn sandbox(folder: &Folder, component: &[u8]) -> Sandbox {
        let cache = || Cache::open(&folder.path().join("code")).unwrap();
        let sandbox = Sandbox::new(SandboxOptions {
            concurrency: 1,
            memory: 64 << 20,
            table_elements: 100_000,
        });
        let sandbox = sandbox
            .unwrap()
            .compiling(Compiler::ChildProcesses(ChildProcesses {
                cache: Some(cache()),
                ..ChildProcesses::default()
            }));
        let key = Key::new(sandbox.engine(), component);
        let mut file = file_in_memory("code").unwrap();
        let code = sandbox.engine().precompile_component(component).unwrap();
        file.write_all(&code).unwrap();
        cache().put(&key, &Artifact::seal(file, &key).unwrap()).unwrap();
        sandbox
    }

    #[tokio::test]
    async fn what_a_component_said_of_itself_is_not_asked_again() {
        let folder = Folder::new("said");
        let component = Guest::answering("{}").component();
        let sandbox = sandbox(&folder, &component);
        let limits = Limits::default();
        let said = async |limits| {
            let program = sandbox.load(&component, limits).await.unwrap();
            program.description().to_owned()
        };
        let words = said(limits).await;

        // As if it had said something else: that is what is taken, so nobody has asked.
        let cache = Cache::open(&folder.path().join("code")).unwrap();
        let key = Key::new(sandbox.engine(), &component).said(&limits);
        cache.put(&key, &sealed(&key, "something else").unwrap()).unwrap();
        assert_eq!(said(limits).await, "something else");

        let others = Limits {
            memory: limits.memory / 2,
            ..limits
        };
        assert_eq!(said(others).await, words, "within other limits it is asked");

        let file = folder.path().join("code").join(key.file_name());
        std::fs::write(&file, "something else").unwrap();
        assert_eq!(said(limits).await, words, "a file without a seal is not believed");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(said(limits).await, words);
        assert!(file.exists());
    }
}
