//! The engines of scripts: where they are, and those that were read.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::error::SourceError;
use super::place::Source;
use super::version::Version;
use crate::catalogue::shipped::SHIPPED;

/// Where engines are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineOptions {
    /// The directory of the engines that are shipped with the host; `None` is beside the program.
    pub directory: Option<PathBuf>,
    /// Others, by the ending of their files. They come before those that are shipped.
    pub sources: BTreeMap<String, Source>,
}

/// The component of an engine.
#[derive(Debug)]
pub struct Engine {
    /// Where it is from.
    pub source: Source,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `sha256:…` of them.
    pub digest: String,
}

/// Engines that were read. One that no plugin has is dropped.
#[derive(Debug, Default)]
pub(in crate::catalogue) struct Engines {
    pub(super) options: EngineOptions,
    read: Mutex<HashMap<String, (Version, Weak<Engine>)>>,
}

impl Engines {
    pub(super) fn new(options: EngineOptions) -> Self {
        Self {
            options,
            read: Mutex::default(),
        }
    }

    /// The endings of all scripts.
    pub(super) fn endings(&self) -> Vec<&str> {
        let others = self.options.sources.keys().map(String::as_str);
        let shipped = SHIPPED.iter().flat_map(|engine| engine.endings.iter().copied());
        others.chain(shipped).collect()
    }

    /// Where the engine for an ending is.
    pub(super) fn source(&self, ending: &str) -> Result<Source, SourceError> {
        if let Some(source) = self.options.sources.get(ending) {
            return Ok(source.clone());
        }
        let engine = SHIPPED.iter().find(|engine| engine.endings.contains(&ending));
        let name = engine.map_or(ending, |engine| engine.name);
        let file = format!("{name}.wasm");
        let directories = match &self.options.directory {
            Some(directory) => vec![directory.clone()],
            None => beside_the_program(),
        };
        let found = directories
            .iter()
            .map(|directory| directory.join(&file))
            .find(|path| path.is_file());
        found.map(Source::File).ok_or_else(|| SourceError::NoEngine {
            ending: ending.to_owned(),
            file,
            directories: directories
                .iter()
                .map(|directory| directory.display().to_string())
                .collect(),
        })
    }

    pub(super) fn known(&self, source: &str, version: &Version) -> Option<Arc<Engine>> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, engine) = read.get(source)?;
        (of == version).then(|| engine.upgrade())?
    }

    pub(super) fn keep(&self, source: String, version: Version, engine: &Arc<Engine>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.retain(|_, (_, engine)| engine.strong_count() > 0);
        read.insert(source, (version, Arc::downgrade(engine)));
    }
}

/// The directories that may have the engines: `engines` beside the program, or one level up.
fn beside_the_program() -> Vec<PathBuf> {
    let program = env::current_exe().ok().and_then(|path| path.canonicalize().ok());
    let folder = program.as_deref().and_then(Path::parent);
    let folders = folder
        .into_iter()
        .flat_map(|folder| [Some(folder), folder.parent()]);
    folders.flatten().map(|folder| folder.join("engines")).collect()
}
