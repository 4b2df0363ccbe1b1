//! A plugin in the playground.

use std::path::{Path, PathBuf};

use metawasm_contract::ApplyStrategy;
use metawasm_contract::object::group_of;
use serde_json::{Map, Value, json};

use crate::catalogue::{Controller, Description, Plugin};
use crate::cli::Failure;
use crate::cli::objects::{documents, read};
use crate::cli::offline::{Loading, Offline, RuleArgs};
use crate::yaml;

/// A plugin, and what its page begins with.
pub(super) struct Hosted {
    /// Its key in addresses.
    pub(super) id: String,
    /// As the person wrote it.
    pub(super) source: String,
    pub(super) offline: Offline,
    /// How children are applied.
    pub(super) apply: ApplyStrategy,
    /// The settings that were given.
    settings: Value,
    /// The parent, as YAML.
    text: String,
    /// The CustomResourceDefinition of the parent, as far as the page needs it.
    crd: Crd,
}

/// The schema and the columns of `kubectl get`.
#[derive(Default)]
struct Crd {
    schema: Value,
    columns: Value,
}

impl Hosted {
    /// Loads a plugin; `source` is how the person named it.
    pub(super) fn load(
        loading: Loading<'_>,
        source: &str,
        rules: &RuleArgs,
        parents: &[PathBuf],
        others: &[Self],
    ) -> Result<Self, Failure> {
        let mut offline = Offline::load(loading, rules)?;
        let settings = offline.spec().settings.clone();
        let settings = settings.unwrap_or_else(|| Value::Object(Map::new()));
        // So that the first change of the file is noticed.
        offline.refresh(&settings)?;
        let plugin = offline.plugin()?;
        let description = &plugin.description;
        Ok(Self {
            id: id(&plugin.name, others),
            source: source.to_owned(),
            apply: rules.apply_strategy(),
            settings,
            text: text(parents, description)?,
            crd: crd(rules.crds(), description)?,
            offline,
        })
    }

    /// What the page needs to know of the plugin.
    pub(super) fn facts(&self) -> Result<Value, Failure> {
        let plugin = self.offline.plugin()?;
        let Plugin {
            description, limits, ..
        } = plugin;
        Ok(json!({
            "id": self.id,
            "source": self.source,
            "digest": plugin.digest,
            "name": description.name,
            "version": description.version,
            "controller": description.controller,
            "hooks": plugin.program.hooks().collect::<Vec<_>>(),
            "parent": description.parent,
            "children": description.children,
            "settingsSchema": description.settings,
            "settings": self.settings,
            "schema": self.crd.schema,
            "columns": self.crd.columns,
            "text": self.text,
            "observed": "",
            "related": "",
            "deadlineSeconds": limits.deadline.as_secs_f64(),
            "memoryLimit": limits.memory,
        }))
    }
}

/// The plugin's name, with a number if another has it too.
fn id(name: &str, others: &[Hosted]) -> String {
    let is_free = |id: &str| others.iter().all(|other| other.id != id);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|id| is_free(id))
        .unwrap_or_default()
}

/// The text to begin with: a file with a parent of this kind, the parent of the plugin's self-test, or the least that a
/// parent has.
fn text(files: &[PathBuf], description: &Description) -> Result<String, Failure> {
    for file in files {
        if documents(file)?
            .iter()
            .any(|document| is_parent(&document.object, description))
            && file.is_file()
        {
            return read(file);
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
