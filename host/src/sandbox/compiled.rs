//! The machine code of a component, and what is kept of it for the next start.

use std::panic::{self, AssertUnwindSafe};

use wasmtime::Engine;
use wasmtime::component::Component;

use super::artifact::Key;
use super::cache::Cache;
use super::code::Compiled;
use super::compile::{ChildProcesses, Compiler, Origin};
use super::encodings;
use super::engine::{Allocation, Sandbox};
use super::error::{LoadError, one_line};
use super::limits::Limits;
use super::room;

impl Sandbox {
    /// The machine code of a component with this hash. `others_wait` says whether another component waits that nobody has tried yet.
    pub(super) fn compile(
        &self,
        bytes: &[u8],
        subject: blake3::Hash,
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
                let key = Key::of(self.engine(), subject);
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
        .map_err(|error| {
            room::too_large(&error).unwrap_or_else(|| LoadError::Compile(one_line(&format!("{error:#}"))))
        })
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
    use crate::sandbox::artifact::Artifact;
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
