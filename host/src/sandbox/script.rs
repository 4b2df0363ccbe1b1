//! Scripts: files that an engine compiles to a program, which it gets back with each call.

use std::sync::Arc;

use super::bindings::HOOKS;
use super::code::Face;
use super::engine::Sandbox;
use super::error::LoadError;
use super::files::Script;
use super::lane::Lane;
use super::limits::Limits;
use super::log::LogBudget;
use super::program::{Program, ScriptProgram};

impl Sandbox {
    /// Loads a script: compiles the engine, whose hash is `hash` (once for all scripts), and has it compile the script
    /// within the limits of a call.
    ///
    /// # Errors
    ///
    /// A [`LoadError`]: what is wrong with the engine, or [`LoadError::Script`] with the engine's words.
    pub async fn load_script(
        &self,
        engine: &[u8],
        hash: blake3::Hash,
        script: &Script,
        limits: Limits,
        others_wait: &(dyn Fn() -> bool + Sync),
    ) -> Result<Program, LoadError> {
        let (code, origin) = self.shared_code(engine, hash, others_wait)?;
        let Face::Engine { compile, .. } = code.face else {
            return Err(LoadError::NotAnEngine);
        };
        let lane = Arc::new(Lane::new());
        let compiled = self.compile_script(&code, compile, script, limits, &lane).await;
        let compiled = compiled.map_err(LoadError::CompileScript)?;
        let compiled = compiled.map_err(LoadError::Script)?;
        let hooks = hooks(script, &compiled.hooks)?;
        let description = Arc::from(compiled.description.unwrap_or_default());
        let of = ScriptProgram {
            code: Arc::from(compiled.code),
            hooks,
        };
        let log = Arc::new(LogBudget::new(limits.log_rate));
        Ok(Program::new(code, description, origin, lane, log).with_script(of))
    }
}

/// The hooks of a compiled script, in the order of [`HOOKS`].
fn hooks(script: &Script, found: &[String]) -> Result<Vec<&'static str>, LoadError> {
    if let Some(unknown) = found.iter().find(|name| !HOOKS.contains(&name.as_str())) {
        return Err(LoadError::UnknownHook(unknown.clone()));
    }
    let has = |hook: &&'static str| match found {
        [] => script.of_function.contains(hook),
        found => found.iter().any(|name| name == hook),
    };
    let hooks: Vec<_> = HOOKS.into_iter().filter(has).collect();
    if hooks.is_empty() {
        return Err(LoadError::NoHooks);
    }
    Ok(hooks)
}
