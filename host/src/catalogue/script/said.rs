//! What is said of a script: by itself, in `plugin.yaml`, and in the manifest of its controller.

use std::path::{Path, PathBuf};

use metawasm_contract::Hook;
use metawasm_formats::nearest::nearest;
use serde_json::{Map, Value};

use super::beside::text;
use super::bundle::Bundle;
use super::controller;
use super::error::ScriptError;
use crate::yaml;

/// The file that says what a script does not say itself.
pub(super) const PLUGIN: &str = "plugin.yaml";
/// The manifest of the controller.
pub(super) const CONTROLLER: &str = "controller.yaml";
/// The definition of the parent.
pub(super) const CRD: &str = "crd.yaml";

/// Fields of `plugin.yaml` that a description has.
const FIELDS: [&str; 9] = [
    "children",
    "controller",
    "crd",
    "name",
    "parent",
    "selfTest",
    "settings",
    "version",
    "view",
];

/// Where things are said of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    plugin: Option<PathBuf>,
    controller: Option<PathBuf>,
    crd: Option<PathBuf>,
}

impl Missing {
    /// For a plugin of a name.
    pub(super) fn of(name: &str) -> Self {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = if name.is_empty() {
            "site".to_owned()
        } else {
            name.to_lowercase()
        };
        let mut kind = name.clone();
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind,
            resource: format!("{name}s"),
        }
    }

    /// What `plugin.yaml` may say: `parent: {…}`.
    pub(super) fn example(&self) -> String {
        let Self { kind, resource } = self;
        format!("parent: {{apiVersion: example.com/v1, kind: {kind}, resource: {resource}}}")
    }
}

impl Files {
    /// Those in a script's folder.
    pub(super) fn in_folder(folder: &Path, controller: Option<&Path>) -> Self {
        let file = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        Self {
            plugin: file(PLUGIN),
            controller: controller.map(Path::to_owned).or_else(|| file(CONTROLLER)),
            crd: file(CRD),
        }
    }

    /// Those beside the file of a script: with its name before theirs, or without.
    pub(super) fn beside(path: &Path, name: &str, controller: Option<&Path>) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = |what: &str| {
            let names = [format!("{name}.{what}"), what.to_owned()];
            names
                .iter()
                .map(|name| folder.join(name))
                .find(|path| path.is_file())
        };
        Self {
            plugin: file(PLUGIN),
            controller: controller.map(Path::to_owned).or_else(|| file(CONTROLLER)),
            crd: file(CRD),
        }
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let all = [&self.plugin, &self.controller, &self.crd];
        all.into_iter().flatten().map(PathBuf::as_path)
    }
}

/// What is said beside a script.
pub(super) struct Said {
    /// The file that says which files have hooks.
    pub(super) path: PathBuf,
    /// The fields of a description.
    pub(super) description: Map<String, Value>,
    /// Files with hooks: the field that names one, the hook, the file.
    pub(super) files: Vec<(String, Option<&'static str>, String)>,
    /// Hooks of the controller.
    of_controller: Option<Vec<&'static str>>,
    /// The paths of their URLs.
    paths: Vec<Option<String>>,
}

impl Said {
    /// Reads what is said. `plugin.yaml` counts more than the controller.
    pub(super) fn read(files: &Files, name: &str) -> Result<Self, ScriptError> {
        let mut said = Self {
            path: files.plugin.clone().unwrap_or_default(),
            description: Map::new(),
            files: Vec::new(),
            of_controller: None,
            paths: Vec::new(),
        };
        let plugin = match &files.plugin {
            Some(path) => said.plugin(path)?,
            None => Map::new(),
        };
        if let Some(path) = &files.controller {
            let found = controller::read(path, files.crd.as_deref(), name, &plugin)?;
            said.of_controller = Some(found.hooks);
            said.paths = found.paths;
            said.description = found.description;
        }
        said.description.extend(plugin);
        if let Some(path) = &files.crd
            && !said.description.contains_key("crd")
        {
            said.description.insert("crd".to_owned(), text(path)?.into());
        }
        Ok(said)
    }

    /// Reads `plugin.yaml`.
    fn plugin(&mut self, path: &Path) -> Result<Map<String, Value>, ScriptError> {
        let wrong = |field: &str, expected| ScriptError::Type {
            path: path.to_owned(),
            field: field.to_owned(),
            expected,
        };
        let document: Value = yaml::decode(&text(path)?, path)?;
        let mut fields = match document {
            Value::Object(fields) => fields,
            Value::Null => Map::new(),
            _ => return Err(wrong("", "a mapping of fields")),
        };
        match fields.remove("main") {
            None => {}
            Some(Value::String(name)) => self.files.push(("main".to_owned(), None, name)),
            Some(_) => return Err(wrong("main", "the name of a file")),
        }
        match fields.remove("hooks") {
            None => {}
            Some(Value::Object(hooks)) => {
                self.files.clear();
                for (hook, name) in hooks {
                    let field = format!("hooks.{hook}");
                    let Ok(hook) = hook.parse::<Hook>() else {
                        return Err(wrong(&field, "sync, finalize or customize"));
                    };
                    let Value::String(name) = name else {
                        return Err(wrong(&field, "the name of a file"));
                    };
                    self.files.push((field, Some(hook.as_str()), name));
                }
            }
            Some(_) => {
                return Err(wrong(
                    "hooks",
                    "a mapping of hooks to files, such as {sync: sync.js}",
                ));
            }
        }
        if let Some(field) = fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
            let mut known: Vec<&str> = FIELDS.into_iter().chain(["hooks", "main"]).collect();
            known.sort_unstable();
            let meant = nearest(field, &mut known.iter().copied());
            return Err(ScriptError::UnknownField {
                path: path.to_owned(),
                meant: meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?")),
                field: field.clone(),
                known: known.join(", "),
            });
        }
        Ok(fields)
    }

    /// The paths of the URLs of these hooks, where a controller says them.
    pub(super) fn paths(&self) -> &[Option<String>] {
        &self.paths
    }

    /// The hooks of a script that is a single function: those of the controller, or the two that have the same answer.
    pub(super) fn hooks(&self) -> Vec<&'static str> {
        let two = || vec!["sync", "finalize"];
        self.of_controller.clone().unwrap_or_else(two)
    }
}

/// What a script must say, or what must be said of it.
#[derive(Debug, thiserror::Error)]
#[error(
    "it does not say what its parent is; export `describe`, or write plugin.yaml beside it, such as `{}`",
    self.example()
)]
pub struct Missing {
    kind: String,
    resource: String,
}

/// The text of a script's description: what it says itself, over what is said beside it, over defaults.
///
/// # Errors
///
/// [`Missing`] if nothing says what its parent is; else the JSON error of what it says itself.
pub(in crate::catalogue) fn described(
    bundle: &Bundle,
    own: &str,
    digest: &str,
) -> Result<Result<String, Missing>, serde_json::Error> {
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    let mut all = Map::new();
    all.insert("name".to_owned(), bundle.name.clone().into());
    let version = format!("0.0.0+{}", hex.get(..12).unwrap_or(hex));
    all.insert("version".to_owned(), version.into());
    all.extend(bundle.description.clone());
    if !own.is_empty() {
        all.extend(serde_json::from_str::<Map<String, Value>>(own)?);
    }
    if !all.contains_key("parent") {
        return Ok(Err(Missing::of(&bundle.name)));
    }
    Ok(Ok(Value::Object(all).to_string()))
}
