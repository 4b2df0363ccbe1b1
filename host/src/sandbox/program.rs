//! A plugin's code: checked, compiled, ready to be instantiated.

use std::sync::Arc;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};

use super::bindings::{
    CALL, COMPILE, CallParams, CompileParams, CompileResults, DESCRIBE, DescribeResults, ENGINE, HOOKS,
    HookParams, HookResults, INIT, LOGGING, TYPES, is_newer, local_name, package_item,
};
use super::code::{Code, Face};
use super::compile::Origin;
use super::engine::Sandbox;
use super::error::{LoadError, one_line};
use super::lane::Lane;
use super::limits::Limits;
use super::log::LogBudget;
use super::state::State;

/// A loaded plugin. Cheap to clone, and as shareable as its sandbox.
#[derive(Clone)]
pub struct Program {
    code: Arc<Code>,
    description: Arc<str>,
    origin: Origin,
    lane: Arc<Lane>,
    log: Arc<LogBudget>,
    script: Option<ScriptProgram>,
}

/// A script that its engine has compiled.
#[derive(Clone)]
pub(super) struct ScriptProgram {
    /// What the engine gets with each call.
    pub(super) code: Arc<[u8]>,
    pub(super) hooks: Vec<&'static str>,
}

/// What is called for a hook.
pub(super) enum Target {
    /// The function of a plugin.
    Hook(ComponentExportIndex),
    /// The function of an engine, with the code of a script.
    Script(ComponentExportIndex, Arc<[u8]>),
}

impl Program {
    pub(super) fn new(
        code: Arc<Code>,
        description: Arc<str>,
        origin: Origin,
        lane: Arc<Lane>,
        log: Arc<LogBudget>,
    ) -> Self {
        Self {
            code,
            description,
            origin,
            lane,
            log,
            script: None,
        }
    }

    pub(super) fn with_script(mut self, script: ScriptProgram) -> Self {
        self.script = Some(script);
        self
    }

    /// The hooks that it has, a part of [`HOOKS`].
    pub fn hooks(&self) -> impl Iterator<Item = &'static str> + '_ {
        let of_script = self.script.iter().flat_map(|script| script.hooks.iter().copied());
        let of_component = match (&self.code.face, &self.script) {
            (Face::Plugin(hooks), None) => hooks.as_slice(),
            _ => &[],
        };
        of_component.iter().map(|(name, _)| *name).chain(of_script)
    }

    /// The bytes of a script's program, if it is a script.
    pub fn script_size(&self) -> Option<usize> {
        self.script.as_ref().map(|script| script.code.len())
    }

    /// The interfaces that it imports, by full name.
    pub fn imports(&self) -> &[String] {
        &self.code.imports
    }

    /// The version of the WIT package that it was built against.
    pub fn package_version(&self) -> &str {
        &self.code.version
    }

    /// What its `describe` said; of a script that says nothing, and once it was taken, an empty text.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the same and forgets it: a plugin that is served needs no text of several KB that was read once.
    pub fn take_description(&mut self) -> Arc<str> {
        std::mem::replace(&mut self.description, Arc::from(""))
    }

    /// Where its machine code came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// Lines that its guests logged and that were dropped, since it was loaded.
    pub fn log_lines_dropped(&self) -> u64 {
        self.log.lost()
    }

    pub(super) fn log(&self) -> &Arc<LogBudget> {
        &self.log
    }

    pub(super) fn target(&self, name: &str) -> Option<Target> {
        match (&self.code.face, &self.script) {
            (Face::Plugin(hooks), _) => hooks
                .iter()
                .find(|(hook, _)| *hook == name)
                .map(|(_, export)| Target::Hook(*export)),
            (Face::Engine { call, .. }, Some(script)) => script
                .hooks
                .contains(&name)
                .then(|| Target::Script(*call, script.code.clone())),
            (Face::Engine { .. }, None) => None,
        }
    }

    pub(super) fn pre(&self) -> InstancePre<State> {
        self.code.pre.clone()
    }
}

impl Sandbox {
    /// Checks, compiles and links a component, and asks it what it is.
    ///
    /// Compiling takes some 100 ms for a Rust plugin and seconds for one that brings a
    /// language runtime along, and the thread with it: do it where nobody waits.
    ///
    /// # Errors
    ///
    /// A [`LoadError`] that says what is wrong with the component.
    pub async fn load(&self, bytes: &[u8], limits: Limits) -> Result<Program, LoadError> {
        self.load_among(bytes, blake3::hash(bytes), limits, &|| false)
            .await
    }

    /// The same of a component whose hash is known, where other components may wait: while `others_wait` says so, a slow
    /// compilation gives way. The hash is a cryptographic one of exactly these bytes, the same kind each time: code is found
    /// by it.
    ///
    /// # Errors
    ///
    /// [`LoadError::Interrupted`] where it gave way, for the caller to try again when the others had their turn.
    pub async fn load_among(
        &self,
        bytes: &[u8],
        hash: blake3::Hash,
        limits: Limits,
        others_wait: &(dyn Fn() -> bool + Sync),
    ) -> Result<Program, LoadError> {
        let (code, origin) = self.shared_code(bytes, hash, others_wait)?;
        if let Face::Engine { .. } = code.face {
            return Err(LoadError::Engine);
        }
        let lane = Arc::new(Lane::new());
        let description = self.description_of(&code, limits, &lane).await?;
        let log = Arc::new(LogBudget::new(limits.log_rate));
        Ok(Program::new(code, description, origin, lane, log))
    }

    /// The code of a component, which programs of equal components share.
    pub(super) fn shared_code(
        &self,
        bytes: &[u8],
        subject: blake3::Hash,
        others_wait: &dyn Fn() -> bool,
    ) -> Result<(Arc<Code>, Origin), LoadError> {
        check_header(bytes)?;
        let make = || self.code(bytes, subject, others_wait);
        let (code, shared) = self.shared().get(subject, make)?;
        let origin = if shared {
            Origin::Shared
        } else {
            code.compiled.origin
        };
        Ok((code, origin))
    }

    /// Checks, compiles and links a component.
    fn code(
        &self,
        bytes: &[u8],
        subject: blake3::Hash,
        others_wait: &dyn Fn() -> bool,
    ) -> Result<Code, LoadError> {
        let compiled = self.compile(bytes, subject, others_wait)?;
        let component = &compiled.component;
        let imports = self.check_imports(component)?;
        let Exports {
            face,
            describe,
            version,
        } = self.check_exports(component)?;
        let pre = self
            .linker()
            .instantiate_pre(component)
            .map_err(|error| LoadError::Signature {
                name: "import".to_owned(),
                detail: one_line(&format!("{error:#}")),
            })?;
        Ok(Code {
            pre,
            face,
            describe,
            imports,
            version,
            compiled,
        })
    }

    /// What a component says of itself: from the code cache, or asked.
    async fn description_of(&self, code: &Code, limits: Limits, lane: &Lane) -> Result<Arc<str>, LoadError> {
        if let Some(text) = self.said(&code.compiled, &limits) {
            return Ok(Arc::from(text));
        }
        let text = self
            .describe(code.pre.clone(), code.describe, limits, lane)
            .await
            .map_err(LoadError::Describe)?;
        self.keep_said(&code.compiled, &limits, &text);
        Ok(Arc::from(text))
    }

    /// The imports of a component, all of which are there.
    fn check_imports(&self, component: &Component) -> Result<Vec<String>, LoadError> {
        let mut imports = Vec::new();
        let mut unknown = Vec::new();
        for (name, item) in component.component_type().imports(self.engine()) {
            match (local_name(name), &item.ty) {
                (Some(LOGGING), ComponentItem::ComponentInstance(_)) => imports.push(name.to_owned()),
                // Nothing but types: there is nothing in it that could be called.
                (Some(TYPES), ComponentItem::ComponentInstance(_)) => {}
                _ => match refused(name) {
                    Some(error) => return Err(error),
                    None => unknown.push(name.to_owned()),
                },
            }
        }
        if unknown.is_empty() {
            Ok(imports)
        } else {
            Err(LoadError::Imports(unknown))
        }
    }

    /// The hooks among the exports of a component, which has nothing else but `describe`; or the functions of an engine.
    fn check_exports(&self, component: &Component) -> Result<Exports, LoadError> {
        let ty = component.component_type();
        let mut hooks: Vec<(&'static str, ComponentExportIndex)> = Vec::new();
        let mut described = None;
        let mut engine = None;
        let mut prepared = false;
        let mut unknown = Vec::new();
        for (name, item) in ty.exports(self.engine()) {
            let ComponentItem::ComponentInstance(instance) = &item.ty else {
                if name == INIT {
                    prepared = true;
                } else {
                    unknown.push(name.to_owned());
                }
                continue;
            };
            let local = local_name(name);
            if let Some(hook) = HOOKS.into_iter().find(|hook| local == Some(hook)) {
                let found = instance.get_export(self.engine(), hook).map(|item| item.ty);
                typecheck::<HookParams<'_>, HookResults>(component, name, found)?;
                if hooks.iter().any(|(other, _)| *other == hook) {
                    return Err(LoadError::Repeated(hook));
                }
                hooks.extend(function(component, name, hook).map(|export| (hook, export)));
            } else if local == Some(DESCRIBE) {
                let found = instance.get_export(self.engine(), DESCRIBE).map(|item| item.ty);
                typecheck::<(), DescribeResults>(component, name, found)?;
                let version = package_item(name).map(|(_, version)| version.to_owned());
                let describe = function(component, name, DESCRIBE).zip(version);
                if described.replace(describe).is_some() {
                    return Err(LoadError::Repeated(DESCRIBE));
                }
            } else if local == Some(ENGINE) {
                let found = |of| instance.get_export(self.engine(), of).map(|item| item.ty);
                typecheck::<CompileParams<'_>, CompileResults>(component, name, found(COMPILE))?;
                typecheck::<CallParams<'_>, HookResults>(component, name, found(CALL))?;
                let of = |of| function(component, name, of);
                let face = of(COMPILE)
                    .zip(of(CALL))
                    .map(|(compile, call)| Face::Engine { compile, call });
                if engine.replace(face).is_some() {
                    return Err(LoadError::Repeated(ENGINE));
                }
            } else if local == Some(TYPES) {
            } else if let Some(error) = refused(name) {
                return Err(error);
            } else {
                unknown.push(name.to_owned());
            }
        }
        let engine = engine.flatten();
        match (prepared, &engine, hooks.first()) {
            (true, None, _) => unknown.push(INIT.to_owned()),
            (_, Some(_), Some((hook, _))) => unknown.push((*hook).to_owned()),
            _ => {}
        }
        if !unknown.is_empty() {
            return Err(LoadError::Exports(unknown));
        }
        if hooks.is_empty() && engine.is_none() {
            return Err(LoadError::NoHooks);
        }
        let (describe, version) = described.flatten().ok_or(LoadError::NoDescribe)?;
        hooks.sort_by_key(|(name, _)| HOOKS.iter().position(|hook| hook == name));
        Ok(Exports {
            face: engine.unwrap_or(Face::Plugin(hooks)),
            describe,
            version,
        })
    }
}

/// Why an interface of our package that this host does not know is refused: its version, if that says anything.
fn refused(name: &str) -> Option<LoadError> {
    let (_, version) = package_item(name)?;
    let found = name.to_owned();
    match local_name(name) {
        None => Some(LoadError::Version { found }),
        Some(_) if is_newer(version) => Some(LoadError::Newer { found }),
        Some(_) => None,
    }
}

/// What a component exports.
struct Exports {
    /// Its hooks, or the functions of an engine.
    face: Face,
    /// The function `describe`.
    describe: ComponentExportIndex,
    /// The version of the interface `describe`.
    version: String,
}

/// A function of an exported interface, which has its full name here.
fn function(component: &Component, interface: &str, name: &str) -> Option<ComponentExportIndex> {
    let instance = component.get_export_index(None, interface)?;
    component.get_export_index(Some(&instance), name)
}

fn typecheck<Params, Results>(
    component: &Component,
    interface: &str,
    found: Option<ComponentItem>,
) -> Result<(), LoadError>
where
    Params: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
    Results: wasmtime::component::ComponentNamedList + wasmtime::component::Lift,
{
    let wrong = |detail: String| LoadError::Signature {
        name: interface.to_owned(),
        detail,
    };
    match found {
        Some(ComponentItem::ComponentFunc(function)) => function
            .typecheck::<Params, Results>(&component.component_type().instance_type())
            .map_err(|error| wrong(one_line(&format!("{error:#}")))),
        _ => Err(wrong("the function is missing".to_owned())),
    }
}

/// Every binary starts with `\0asm`, a version and a layer: 1, 0 for a core module, 13, 1 for a
/// component.
fn check_header(bytes: &[u8]) -> Result<(), LoadError> {
    match bytes {
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', ..] => Err(LoadError::CoreModule),
        _ => {
            let start = bytes.get(..16).unwrap_or(bytes);
            let found = if start.is_empty() {
                "none at all".to_owned()
            } else {
                format!("\"{}\"", start.escape_ascii())
            };
            Err(LoadError::NotWasm { found })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_component_module_and_other_files_apart() {
        assert!(check_header(b"\0asm\x0d\0\x01\0rest").is_ok());
        assert!(matches!(
            check_header(b"\0asm\x01\0\0\0rest"),
            Err(LoadError::CoreModule)
        ));
        assert!(matches!(check_header(b"\0asm"), Err(LoadError::CoreModule)));
        let text = check_header(b"(component)").unwrap_err().to_string();
        assert!(text.contains("\"(component)\""), "{text}");
        assert!(check_header(b"").unwrap_err().to_string().contains("none at all"));
    }
}
