//! Cases: folders with a request, or with a parent from which a request is made, and the expected answer.
//!
//! `metawasm serve --record` writes such folders, and `metawasm test`, `metawasm diff` and `metawasm simulate` read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use metawasm_contract::request::identity;
use metawasm_contract::{Assembly, ControllerKind, GroupKey, Hook};
use metawasm_model::Id;
use metawasm_model::world::{ChildKind, Controller, Method, Related};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Failure;
use super::offline::{all_objects, described, object, read};
use super::render::{declared, namespace};
use crate::catalogue::{Description, Plugin, manifest};
use crate::yaml;

/// Levels of folders that are read.
const DEPTH: usize = 16;
/// The files that make a folder a case.
const REQUEST: &str = "request.json";
pub(super) const PARENT: &str = "parent.yaml";
/// The expected answer.
pub(super) const EXPECTED: &str = "expected.yaml";
/// The settings of the plugin.
pub(super) const SETTINGS: &str = "settings.yaml";
/// The hook, and what else there is to say.
pub(super) const OPTIONS: &str = "case.yaml";

/// A folder with a request.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// The path, as a person reads it.
    pub(super) name: String,
    path: PathBuf,
    /// What `case.yaml` says.
    pub(super) options: Options,
}

/// `case.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Options {
    /// The hook to call.
    #[serde(default, deserialize_with = "hook")]
    pub(super) hook: Option<Hook>,
    /// Optional kinds of the plugin that the cluster has.
    #[serde(default)]
    with: Vec<String>,
    /// Checks that are not made, and why.
    #[serde(default)]
    pub(super) skip: BTreeMap<String, String>,
    /// For the person who reads the case.
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

fn hook<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hook>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    let hook = name.map(|name| name.parse::<Hook>().map_err(serde::de::Error::custom));
    hook.transpose()
}

/// A request, and what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The hook.
    pub(super) hook: Hook,
    /// The body of the request.
    pub(super) body: String,
    /// The same, parsed.
    pub(super) request: Value,
}

/// Finds the folders of cases in directories, to any depth.
///
/// # Errors
///
/// A directory that cannot be read or has no case in it, or a `case.yaml` that is wrong.
pub(super) fn find(directories: &[PathBuf]) -> Result<Vec<Folder>, Failure> {
    let mut folders = Vec::new();
    for directory in directories {
        let before = folders.len();
        walk(directory, DEPTH, &mut folders)?;
        if folders.len() == before {
            return Err(Failure::Usage(format!(
                "no case in {}; expected directories with {REQUEST} or {PARENT}",
                directory.display()
            )));
        }
    }
    Ok(folders)
}

fn walk(path: &Path, depth: usize, folders: &mut Vec<Folder>) -> Result<(), Failure> {
    if [REQUEST, PARENT].iter().any(|file| path.join(file).is_file()) {
        folders.push(Folder::read(path)?);
    }
    for inside in entries(path)? {
        // The objects of a case are not cases.
        let is_hidden = inside
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if let Some(depth) = depth.checked_sub(1).filter(|_| inside.is_dir() && !is_hidden) {
            walk(&inside, depth, folders)?;
        }
    }
    Ok(())
}

/// The entries of a directory, sorted.
fn entries(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let entries = fs::read_dir(path).map_err(failed)?;
    let entries = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort();
    Ok(entries)
}

impl Folder {
    fn read(path: &Path) -> Result<Self, Failure> {
        let options = path.join(OPTIONS);
        let options: Options = if options.is_file() {
            yaml::decode(&read(&options)?, &options).map_err(Failure::usage)?
        } else {
            Options::default()
        };
        Ok(Self {
            name: path.display().to_string(),
            path: path.to_owned(),
            options,
        })
    }

    /// Returns the settings file of the case.
    pub(super) fn settings(&self) -> Option<PathBuf> {
        let path = self.path.join(SETTINGS);
        path.is_file().then_some(path)
    }

    /// Returns the file of the expected answer, whether it is there or not.
    pub(super) fn expected_path(&self) -> PathBuf {
        self.path.join(EXPECTED)
    }

    /// Reads the expected answer; `None` if there is none.
    pub(super) fn expected(&self) -> Result<Option<Value>, Failure> {
        let path = self.expected_path();
        if !path.is_file() {
            return Ok(None);
        }
        yaml::decode(&read(&path)?, &path)
            .map(Some)
            .map_err(Failure::usage)
    }

    /// Reads the request, or makes it from the parent as Metacontroller would.
    pub(super) fn case(&self, plugin: &Plugin) -> Result<Case, Failure> {
        let place = |failure| match failure {
            Failure::Usage(why) => Failure::Usage(format!("{}: {why}", self.name)),
            other => other,
        };
        let path = self.path.join(REQUEST);
        if path.is_file() {
            let body = read(&path)?;
            let request: Value = serde_json::from_str(&body)
                .map_err(|error| Failure::Usage(format!("invalid JSON in {}: {error}", path.display())))?;
            let hook = self.options.hook.unwrap_or_else(|| guess(&request));
            return Ok(Case { hook, body, request });
        }
        let hook = self.options.hook.unwrap_or(Hook::Sync);
        let body = self.assemble(plugin, hook).map_err(place)?;
        let request = serde_json::from_str(&body).unwrap_or_default();
        Ok(Case { hook, body, request })
    }

    fn assemble(&self, plugin: &Plugin, hook: Hook) -> Result<String, Failure> {
        let (description, controller) = controller(plugin, &self.options.with)?;
        Assembly {
            declared: declared(&plugin.description, &controller),
            controller,
            parent: object(&self.path.join(PARENT), "parent")?,
            observed: self.objects("observed")?,
            related: self.objects("related")?,
            namespace: namespace(None, &description)?,
        }
        .request(hook)
        .map_err(|error| Failure::Usage(error.to_string()))
    }

    /// The objects in `NAME.yaml` and in the directory `NAME`.
    fn objects(&self, name: &str) -> Result<Vec<Value>, Failure> {
        let mut files = Vec::new();
        let file = self.path.join(format!("{name}.yaml"));
        if file.is_file() {
            files.push(file);
        }
        let directory = self.path.join(name);
        if directory.is_dir() {
            data(&directory, DEPTH, &mut files)?;
        }
        all_objects(&files)
    }
}

/// The YAML and JSON files in a directory.
fn data(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for path in entries(directory)? {
        let end = path.extension().unwrap_or_default();
        if path.is_dir() {
            if let Some(depth) = depth.checked_sub(1) {
                data(&path, depth, files)?;
            }
        } else if ["yaml", "yml", "json"].iter().any(|data| end == *data) {
            files.push(path);
        }
    }
    Ok(())
}

/// The controller that uses a plugin, on a cluster that has the named optional kinds.
pub(super) fn controller(plugin: &Plugin, with: &[String]) -> Result<(Description, Value), Failure> {
    let description = described(plugin, with)?;
    let hooks = plugin.program.hooks();
    let controller = manifest(&description, &plugin.name, "http://127.0.0.1:8080", None, hooks);
    Ok((description, controller))
}

/// Detects the hook of a request.
pub(super) fn guess(request: &Value) -> Hook {
    let children = [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::children_key);
    if request.get("finalizing") == Some(&Value::Bool(true)) {
        Hook::Finalize
    } else if children.iter().any(|key| request.get(key).is_some()) {
        Hook::Sync
    } else {
        Hook::Customize
    }
}

impl Case {
    /// Returns the parent.
    pub(super) fn parent(&self) -> &Value {
        let keys = [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::parent_key);
        let parent = keys.into_iter().find_map(|key| self.request.get(key));
        parent.unwrap_or(&Value::Null)
    }

    /// Returns the namespace of the parent, if it has one.
    pub(super) fn namespace(&self) -> Option<&str> {
        let namespace = self.parent().pointer("/metadata/namespace");
        namespace.and_then(Value::as_str).filter(|name| !name.is_empty())
    }

    /// Returns the parent as a person names it: `Function demo/hello`.
    pub(super) fn title(&self) -> String {
        let (_, kind, name) = identity(self.parent(), "the parent").unwrap_or_default();
        match self.namespace() {
            Some(namespace) => format!("{kind} {namespace}/{name}"),
            None => format!("{kind} {name}"),
        }
    }

    /// Returns the controller, with the kinds that it declares.
    ///
    /// # Errors
    ///
    /// A sentence, if the request has none.
    pub(super) fn controller(&self, description: &Description) -> Result<Controller, String> {
        let object = self.request.get("controller").cloned().unwrap_or_default();
        let kinds = self.groups(
            &[ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::children_key),
        );
        let kinds = kinds
            .into_iter()
            .map(|(api_version, kind)| child_kind(&object, description, api_version, kind))
            .collect();
        Controller::new(object, kinds).map_err(|error| error.to_string())
    }

    /// Returns the observed children.
    pub(super) fn observed(&self) -> Vec<Value> {
        let keys = [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::children_key);
        self.objects(&keys)
    }

    /// Returns the related objects, and their kinds.
    pub(super) fn related(&self) -> Related {
        Related {
            kinds: self.groups(&["related"]),
            objects: self.objects(&["related"]),
        }
    }

    fn groups(&self, keys: &[&str]) -> Vec<(String, String)> {
        let groups = keys.iter().filter_map(|key| self.request.get(key)?.as_object());
        let names = groups.flat_map(|groups| groups.keys());
        let keys = names.filter_map(|name| name.parse::<GroupKey>().ok());
        keys.map(|key| (key.api_version().to_owned(), key.kind().to_owned()))
            .collect()
    }

    fn objects(&self, keys: &[&str]) -> Vec<Value> {
        let groups = keys.iter().filter_map(|key| self.request.get(key)?.as_object());
        let groups = groups.flat_map(|groups| groups.values());
        let objects = groups
            .filter_map(Value::as_object)
            .flat_map(|group| group.values());
        objects
            .filter(|object| !Id::of(object).kind.is_empty())
            .cloned()
            .collect()
    }
}

/// A declared kind, with the update method of the controller's rule for it.
pub(super) fn child_kind(
    controller: &Value,
    description: &Description,
    api_version: String,
    kind: String,
) -> ChildKind {
    let described = description.children.iter();
    let resource = described
        .filter(|child| child.kind == kind)
        .map(|child| child.resource.clone())
        .next()
        .unwrap_or_else(|| format!("{}s", kind.to_lowercase()));
    let rules = ["/spec/childResources", "/spec/attachments"];
    let mut rules = rules
        .iter()
        .filter_map(|list| controller.pointer(list)?.as_array())
        .flatten();
    let is_its = |rule: &&Value| {
        rule.get("apiVersion").and_then(Value::as_str) == Some(api_version.as_str())
            && rule.get("resource").and_then(Value::as_str) == Some(resource.as_str())
    };
    let method = rules
        .find(is_its)
        .and_then(|rule| rule.pointer("/updateStrategy/method"));
    let method = match method.and_then(Value::as_str) {
        Some("Recreate" | "RollingRecreate") => Method::Recreate,
        Some("OnDelete") => Method::OnDelete,
        // An old recording may have no controller with rules.
        _ => Method::InPlace,
    };
    ChildKind {
        api_version,
        kind,
        resource,
        method,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_hook_is_told_by_the_request() {
        for (request, hook) in [
            (
                json!({"parent": {}, "children": {}, "finalizing": false}),
                Hook::Sync,
            ),
            (
                json!({"object": {}, "attachments": {}, "finalizing": true}),
                Hook::Finalize,
            ),
            (json!({"object": {}, "attachments": {}}), Hook::Sync),
            (json!({"controller": {}, "parent": {}}), Hook::Customize),
        ] {
            assert_eq!(guess(&request), hook, "{request}");
        }
    }

    #[test]
    fn a_misspelt_option_is_an_error_with_its_place() {
        let error = yaml::decode::<Options>("hook: sync\nskp: {}\n", Path::new("case.yaml")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("skp") && text.contains("line 2"), "{text}");
        let error = yaml::decode::<Options>("hook: synk\n", Path::new("case.yaml")).unwrap_err();
        assert!(
            error.to_string().contains("expected sync, finalize or customize"),
            "{error}"
        );
    }
}
