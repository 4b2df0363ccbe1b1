//! Compiling in a child process: `metawasm compile`, both ends of it.

use std::process::ExitCode;

use rustix::fs::{SealFlags, fcntl_add_seals};
use serde::{Deserialize, Serialize};

use super::artifact::{Artifact, Key};
use super::encodings;
use super::error::{LoadError, one_line};
use super::features::compiling_engine;
use crate::child::{self, ChildError, CompileBounds, Job, WorkError};

/// What the child finds wrong with a component.
#[derive(Debug, Serialize, Deserialize)]
enum Complaint {
    /// Words of the compiler.
    Compile(String),
    /// Strings of another encoding than UTF-8.
    Encoding(String),
}

/// Has a child compile a component.
///
/// # Errors
///
/// A [`LoadError`] about the component, or [`LoadError::Compiler`] where the child could not do its work.
pub(super) fn compile(
    bytes: &[u8],
    key: &Key,
    pooled: bool,
    bounds: CompileBounds,
    others_wait: &dyn Fn() -> bool,
) -> Result<Artifact, LoadError> {
    let job = Job {
        command: "compile",
        arguments: if pooled { &[] } else { &["--on-demand"] },
        input: bytes,
        bounds,
        others_wait,
    };
    let code = child::run(&job).map_err(LoadError::of_child)?;
    let failed =
        |what: &str, error: &dyn std::fmt::Display| LoadError::Compiler(format!("the code {what}: {error}"));
    let artifact = Artifact::seal(code, key).map_err(|error| failed("is not whole", &error))?;
    // From here on nobody can change it, we neither.
    fcntl_add_seals(
        artifact.file(),
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )
    .map_err(|error| failed("cannot be sealed", &error))?;
    Ok(artifact)
}

impl LoadError {
    /// What a child's end says about the component.
    fn of_child(error: ChildError) -> Self {
        match error {
            ChildError::Refused(words) => match serde_json::from_str(&words) {
                Ok(Complaint::Compile(words)) => Self::Compile(words),
                Ok(Complaint::Encoding(encoding)) => Self::Encoding(encoding),
                Err(_) => Self::CompilerBug,
            },
            ChildError::Time { limit, starved } => Self::CompileTime { limit, starved },
            ChildError::Crashed { memory, .. } => Self::CompileMemory { limit: memory },
            ChildError::Interrupted => Self::Interrupted,
            ChildError::Panicked => Self::CompilerBug,
            error @ (ChildError::Machine(_) | ChildError::Killed { .. }) => Self::Compiler(error.to_string()),
        }
    }
}

/// What the child does: a component from standard input to machine code on standard output, for an engine with a pool
/// of instances or without one.
pub(crate) fn compile_stdin(pooled: bool, bounds: &CompileBounds) -> ExitCode {
    child::main(bounds, |bytes| {
        if let Ok(Some(encoding)) = encodings::other_than_utf8(bytes) {
            return Err(refusal(&Complaint::Encoding(encoding.to_owned())));
        }
        let engine = compiling_engine(pooled).map_err(|error| WorkError::Machine(error.to_string()))?;
        engine
            .precompile_component(bytes)
            .map_err(|error| refusal(&Complaint::Compile(one_line(&format!("{error:#}")))))
    })
}

fn refusal(complaint: &Complaint) -> WorkError {
    match serde_json::to_string(complaint) {
        Ok(words) => WorkError::Input(words),
        Err(error) => WorkError::Machine(error.to_string()),
    }
}
