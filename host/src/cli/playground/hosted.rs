//! A plugin in the playground.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use metawasm_contract::object::group_of;
use serde_json::{Map, Value, json};

use super::start::Start;
use crate::catalogue::{Controller, Description, Plugin};
use crate::cli::Failure;
use crate::cli::objects::{data_files as files, documents, read};
use crate::cli::offline::Offline;
use crate::yaml;

/// A plugin, and what its page begins with.
pub(super) struct Hosted {
    /// Its key in addresses.
    pub(super) id: String,
    pub(super) offline: Offline,
    pub(super) start: Start,
    /// The settings that were given.
    settings: Value,
    /// The parent, as YAML.
    text: String,
    /// What the files of CRDs were when they were read.
    crds: Vec<Stamp>,
}

/// A file: its path, its length, and when it was changed.
type Stamp = (PathBuf, u64, Option<SystemTime>);

/// The schema and the columns of `kubectl get`.
#[derive(Default)]
struct Crd {
    schema: Value,
    columns: Value,
}

impl Hosted {
    /// Loads a plugin.
    pub(super) fn load(start: Start, parents: &[PathBuf], others: &[Self]) -> Result<Self, Failure> {
        let crds = stamps(start.rules.crds())?;
        let offline = (start.load)()?;
        let settings = offline.spec().settings.clone();
        let plugin = offline.plugin()?;
        Ok(Self {
            id: id(&plugin.name, others),
            settings: settings.unwrap_or_else(|| Value::Object(Map::new())),
            text: text(parents, &plugin.description)?,
            offline,
            start,
            crds,
        })
    }

    /// Makes sure that the plugin has these settings, and that it and its CRDs are the newest ones.
    pub(super) fn refresh(&mut self, settings: &Value) -> Result<(), Failure> {
        let crds = stamps(self.start.rules.crds())?;
        if crds != self.crds {
            self.offline = (self.start.load)()?;
            self.crds = crds;
        }
        self.offline.refresh(settings)
    }

    /// The same with the settings as they are. What cannot be loaded is told by the next call.
    pub(super) fn look(&mut self) {
        let settings = self.offline.spec().settings.clone();
        self.refresh(&settings.unwrap_or_else(|| Value::Object(Map::new())))
            .ok();
    }

    /// Whether an object is of the kind of its parents.
    pub(super) fn is_parent(&self, object: &Value) -> bool {
        self.offline
            .plugin()
            .is_ok_and(|plugin| is_parent(object, &plugin.description))
    }

    /// The kind of its parents, for a sentence.
    pub(super) fn parent_kind(&self) -> Option<String> {
        let parent = &self.offline.plugin().ok()?.description.parent;
        Some(format!("{} of {}", parent.kind, parent.api_version))
    }

    /// What the page needs to know of the plugin.
    pub(super) fn facts(&self) -> Result<Value, Failure> {
        let plugin = self.offline.plugin()?;
        let Plugin {
            description, limits, ..
        } = plugin;
        let crd = crd(self.start.rules.crds(), description)?;
        Ok(json!({
            "id": self.id,
            "source": self.start.source,
            "digest": plugin.digest,
            "name": description.name,
            "version": description.version,
            "controller": description.controller,
            "hooks": plugin.program.hooks().collect::<Vec<_>>(),
            "parent": description.parent,
            "children": description.children,
            "settingsSchema": description.settings,
            "settings": self.settings,
            "schema": crd.schema,
            "columns": crd.columns,
            "text": self.text,
            "observed": "",
            "related": "",
            "deadlineSeconds": limits.deadline.as_secs_f64(),
            "memoryLimit": limits.memory,
        }))
    }
}

/// The plugin's name as it can stand in an address and a path, with a number if another has it too.
fn id(name: &str, others: &[Hosted]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let is_free = |id: &str| others.iter().all(|other| other.id != id);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone())
        .chain(numbered)
        .find(|id| is_free(id))
        .unwrap_or_default()
}

/// The text to begin with: a file with a parent of this kind, the parent of the plugin's self-test, or the least that a
/// parent has.
fn text(files: &[PathBuf], description: &Description) -> Result<String, Failure> {
    for file in files {
        let documents = documents(file)?;
        let mut parents = documents
            .iter()
            .filter(|document| is_parent(&document.object, description));
        if let Some(parent) = parents.next() {
            // The text of the person, with its comments, if it is the parent alone.
            return match documents.as_slice() {
                [_] if file.is_file() => read(file),
                _ => yaml::encode(&parent.object).map_err(Failure::usage),
            };
        }
    }
    let keys = ["parent", "object"];
    let mut tests = description.self_test.iter().filter(|test| test.hook == "sync");
    let tested = tests.find_map(|test| keys.iter().find_map(|key| test.request.get(key)));
    let parent = &description.parent;
    let object = match tested {
        Some(parent) => without_system(parent),
        None => {
            json!({"apiVersion": parent.api_version, "kind": parent.kind, "metadata": {"name": "example"}, "spec": {}})
        }
    };
    yaml::encode(&object).map_err(Failure::usage)
}

fn is_parent(object: &Value, description: &Description) -> bool {
    let text = |field| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let parent = &description.parent;
    text("kind") == parent.kind && group_of(text("apiVersion")) == group_of(&parent.api_version)
}

/// Without what only an API server writes.
fn without_system(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| !metawasm_model::object::SYSTEM.contains(&name.as_str()));
    }
    if let Some(object) = object.as_object_mut() {
        object.remove("status");
    }
    object
}

/// Looks at the files of CRDs, also those in directories.
fn stamps(paths: &[PathBuf]) -> Result<Vec<Stamp>, Failure> {
    let mut stamps = Vec::new();
    for path in paths {
        let files = match path.is_dir() {
            true => files(path)?,
            false => vec![path.clone()],
        };
        stamps.extend(files.into_iter().map(|file| {
            let look = fs::metadata(&file).ok();
            let length = look.as_ref().map_or(0, fs::Metadata::len);
            (file, length, look.and_then(|look| look.modified().ok()))
        }));
    }
    Ok(stamps)
}

/// Finds the CustomResourceDefinition of the parent: in the files, or in the plugin's description.
fn crd(files: &[PathBuf], description: &Description) -> Result<Crd, Failure> {
    // A decorated object has a schema of its own, which nobody edits here.
    if description.controller == Controller::Decorator {
        return Ok(Crd::default());
    }
    let mut all = Vec::new();
    for file in files {
        all.extend(documents(file)?.into_iter().map(|document| document.object));
    }
    if let Some(text) = &description.crd {
        all.extend(yaml::documents(text, Path::new("the plugin's CRD")).map_err(Failure::usage)?);
    }
    Ok(all
        .iter()
        .find_map(|object| of_parent(object, description))
        .unwrap_or_default())
}

fn of_parent(object: &Value, description: &Description) -> Option<Crd> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let parent = &description.parent;
    let (group, version) = parent.api_version.split_once('/')?;
    let is_its = text("/kind") == Some("CustomResourceDefinition")
        && text("/spec/group") == Some(group)
        && text("/spec/names/kind") == Some(&parent.kind);
    if !is_its {
        return None;
    }
    let versions = object.pointer("/spec/versions")?.as_array()?;
    let of = versions
        .iter()
        .find(|entry| entry.get("name").and_then(Value::as_str) == Some(version))?;
    Some(Crd {
        schema: of.pointer("/schema/openAPIV3Schema").cloned().unwrap_or_default(),
        columns: of
            .get("additionalPrinterColumns")
            .cloned()
            .unwrap_or_else(|| json!([])),
    })
}
