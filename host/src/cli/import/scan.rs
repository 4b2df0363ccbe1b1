//! The controllers, CustomResourceDefinitions and hooks in a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::Failure;
use crate::{input, yaml};

/// The configuration that an import writes.
pub(super) const CONFIG: &str = "metawasm.yaml";
/// The description that an import writes.
pub(super) const PLUGIN: &str = "plugin.yaml";
/// Levels of directories.
const DEPTH: usize = 12;
/// Files that are looked at.
const FILES: usize = 5000;
/// Directories that have no hooks.
const NOT_FOLDERS: [&str; 4] = ["node_modules", "target", "vendor", "plugins"];
/// Endings of hooks that an engine runs.
const SCRIPTS: [&str; 4] = ["js", "cjs", "mjs", "jsonnet"];
/// Endings of files that hooks import.
const LIBRARIES: [&str; 2] = ["libsonnet", "json"];

/// A hook, or a file that a hook may import.
#[derive(Debug)]
pub(super) struct Script {
    /// The directory: of the file, or of the manifest and the name of the ConfigMap in it.
    pub(super) folder: PathBuf,
    /// The name of the file or of the key.
    pub(super) name: String,
    pub(super) content: String,
    /// The name of its ConfigMap, if it is in one.
    pub(super) config_map: Option<String>,
}

impl Script {
    pub(super) fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(stem, _)| stem)
    }

    pub(super) fn ending(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// Whether an engine runs it as a hook.
    pub(super) fn is_hook(&self) -> bool {
        SCRIPTS.contains(&self.ending())
    }
}

/// The manifest of a controller.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The file, relative to the directory.
    pub(super) path: PathBuf,
    /// The number of its document in the file, empty ones not counted.
    pub(super) document: usize,
    pub(super) object: Value,
}

/// What a directory has.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) controllers: Vec<Manifest>,
    /// All documents of all manifests.
    pub(super) objects: Vec<Value>,
    /// Files that only have CustomResourceDefinitions.
    pub(super) definitions: Vec<PathBuf>,
    /// Texts of manifests with controllers.
    pub(super) texts: Vec<(PathBuf, String)>,
    pub(super) scripts: Vec<Script>,
}

impl Found {
    /// Reads a directory. Paths are relative to it.
    pub(super) fn read(root: &Path) -> Result<Self, Failure> {
        if !root.is_dir() {
            return Err(Failure::Usage(format!(
                "{} is not a directory; expected a directory with hooks and manifests",
                root.display()
            )));
        }
        let mut paths = Vec::new();
        walk(root, root, DEPTH, &mut paths)?;
        paths.sort();
        let mut found = Self::default();
        for path in paths {
            found.file(root, &path)?;
        }
        Ok(found)
    }

    fn file(&mut self, root: &Path, path: &Path) -> Result<(), Failure> {
        let whole = root.join(path);
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let is_script = SCRIPTS.contains(&ending) || LIBRARIES.contains(&ending) || ending == "py";
        let is_manifest = ["yaml", "yml"].contains(&ending) && ![PLUGIN, CONFIG].contains(&&*name);
        if !is_script && !is_manifest {
            return Ok(());
        }
        let text = input::file(&whole)
            .and_then(|bytes| input::text(bytes, &whole))
            .map_err(Failure::usage)?;
        if is_script {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            self.scripts.push(Script {
                folder,
                name,
                content: text,
                config_map: None,
            });
            return Ok(());
        }
        // A template of Helm, for example: not for Metacontroller as it is.
        let Ok(documents) = yaml::documents(&text, &whole) else {
            return Ok(());
        };
        self.manifest(path, text, documents);
        Ok(())
    }

    fn manifest(&mut self, path: &Path, text: String, documents: Vec<Value>) {
        let mut has_controller = false;
        let is_definition = |object: &Value| field(object, "/kind") == "CustomResourceDefinition";
        if !documents.is_empty() && documents.iter().all(is_definition) {
            self.definitions.push(path.to_owned());
        }
        for (document, object) in documents.iter().enumerate() {
            match field(object, "/kind") {
                "CompositeController" | "DecoratorController" => {
                    has_controller = true;
                    self.controllers.push(Manifest {
                        path: path.to_owned(),
                        document,
                        object: object.clone(),
                    });
                }
                "ConfigMap" => self.config_map(path, object),
                _ => {}
            }
        }
        if has_controller {
            self.texts.push((path.to_owned(), text));
        }
        self.objects.extend(documents);
    }

    fn config_map(&mut self, path: &Path, object: &Value) {
        let config_map = field(object, "/metadata/name");
        let folder = path.parent().unwrap_or(Path::new(""));
        for (name, content) in object
            .pointer("/data")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let script = Script {
                folder: folder.join(config_map),
                name: name.clone(),
                content: content.as_str().unwrap_or_default().to_owned(),
                config_map: Some(config_map.to_owned()),
            };
            // A key is a file's name: letters, digits, `-`, `_` and `.`.
            let is_name = !name.starts_with('.') && !name.contains('/');
            if is_name
                && (script.is_hook() || LIBRARIES.contains(&script.ending()) || script.ending() == "py")
            {
                self.scripts.push(script);
            }
        }
    }
}

/// Returns the text at a place, or an empty one.
pub(super) fn field<'a>(object: &'a Value, place: &str) -> &'a str {
    object.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

fn walk(root: &Path, folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed =
        |path: &Path, error: io::Error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let too_much = |what: &str| {
        Failure::Usage(format!(
            "{} has {what}; import a smaller directory",
            root.display()
        ))
    };
    if depth == 0 {
        return Err(too_much(&format!("more than {DEPTH} levels of directories")));
    }
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let entry = entry.map_err(|error| failed(folder, error))?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_str().unwrap_or(".");
        // Not through links: they may lead anywhere.
        let kind = entry.file_type().map_err(|error| failed(&path, error))?;
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && !NOT_FOLDERS.contains(&name) {
            walk(root, &path, depth - 1, paths)?;
        } else if kind.is_file() {
            if paths.len() >= FILES {
                return Err(too_much(&format!("more than {FILES} files")));
            }
            paths.extend(path.strip_prefix(root).ok().map(Path::to_owned));
        }
    }
    Ok(())
}
