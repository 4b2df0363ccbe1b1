//! What the manifest of a controller says of its hooks.

use std::path::Path;

use metawasm_contract::Hook;
use serde_json::{Map, Value, json};

use super::beside::documents;
use super::error::ScriptError;
use crate::schema;

/// What a controller says.
pub(super) struct Found {
    pub(super) description: Map<String, Value>,
    pub(super) hooks: Vec<&'static str>,
    /// The paths of the URLs of the hooks, in the same order.
    pub(super) paths: Vec<Option<String>>,
}

/// Reads the controller of a script. In a file with several, it is the one whose URLs name the script. `known` has what
/// need not be found out.
pub(super) fn read(
    path: &Path,
    crd: Option<&Path>,
    name: &str,
    known: &Map<String, Value>,
) -> Result<Found, ScriptError> {
    let mut all = documents(path)?;
    if let Some(crd) = crd {
        all.extend(documents(crd)?);
    }
    let is_controller = |object: &&Value| {
        ["CompositeController", "DecoratorController"].contains(&text(object, "/kind"))
            && text(object, "/apiVersion").starts_with("metacontroller.k8s.io/")
    };
    let controllers: Vec<&Value> = all.iter().filter(is_controller).collect();
    let named: Vec<&&Value> = controllers
        .iter()
        .filter(|object| is_named(object, name))
        .collect();
    let controller = match (controllers.as_slice(), named.as_slice()) {
        ([only], _) => only,
        (_, [only]) => only,
        _ => {
            return Err(ScriptError::Controllers {
                path: path.to_owned(),
                count: controllers.len(),
            });
        }
    };
    of(controller, &all, path, known)
}

/// Returns the fields of a description that follow from a controller. `all` may have the definitions of its kinds.
///
/// # Errors
///
/// A [`ScriptError`] if the controller lacks a field, or a kind is not known. `path` is for messages.
pub(crate) fn describe(
    controller: &Value,
    all: &[Value],
    path: &Path,
) -> Result<Map<String, Value>, ScriptError> {
    Ok(of(controller, all, path, &Map::new())?.description)
}

/// Whether the name is a part of a hook's URL, or the controller's own.
fn is_named(controller: &Value, name: &str) -> bool {
    let hooks = controller.pointer("/spec/hooks").and_then(Value::as_object);
    let urls = hooks
        .into_iter()
        .flatten()
        .flat_map(|(_, hook)| ["/webhook/url", "/webhook/path"].map(|place| text(hook, place)));
    text(controller, "/metadata/name") == name
        || urls
            .into_iter()
            .any(|url| url.split('/').any(|part| part == name))
}

fn of(
    controller: &Value,
    all: &[Value],
    path: &Path,
    known: &Map<String, Value>,
) -> Result<Found, ScriptError> {
    let name = text(controller, "/metadata/name");
    let lacks = |field| ScriptError::Lacks {
        path: path.to_owned(),
        name: name.to_owned(),
        field,
    };
    let kinds = Kinds { all, path };
    let mut description = Map::new();
    let spec = controller.pointer("/spec").unwrap_or(&Value::Null);
    let hooks = spec
        .get("hooks")
        .and_then(Value::as_object)
        .ok_or_else(|| lacks("spec.hooks"))?;
    let found = Hook::ALL
        .map(Hook::as_str)
        .into_iter()
        .filter_map(|hook| Some((hook, url_path(hooks.get(hook).filter(|hook| !hook.is_null())?))));
    let (hooks, paths) = found.unzip();
    let composite = text(controller, "/kind") == "CompositeController";
    description.insert(
        "controller".to_owned(),
        if composite { "composite" } else { "decorator" }.into(),
    );
    let (parent, children) = if composite {
        (spec.get("parentResource"), spec.get("childResources"))
    } else {
        (spec.pointer("/resources/0"), spec.get("attachments"))
    };
    if !known.contains_key("parent") {
        let parent = parent.ok_or_else(|| {
            lacks(if composite {
                "spec.parentResource"
            } else {
                "spec.resources"
            })
        })?;
        description.insert("parent".to_owned(), kinds.described(parent, "parent: ", "")?);
    }
    if !known.contains_key("children") {
        let mut found = Vec::new();
        for child in children.and_then(Value::as_array).into_iter().flatten() {
            let mut kind = kinds.described(child, "children: [", "]")?;
            // Metacontroller's own default.
            let method = match text(child, "/updateStrategy/method") {
                "" => "OnDelete",
                method => method,
            };
            if let Some(fields) = kind.as_object_mut() {
                fields.insert("updateStrategy".to_owned(), method.into());
            }
            found.push(kind);
        }
        description.insert("children".to_owned(), found.into());
    }
    Ok(Found {
        description,
        hooks,
        paths,
    })
}

/// The path of a hook's URL.
fn url_path(hook: &Value) -> Option<String> {
    let path = match (text(hook, "/webhook/url"), text(hook, "/webhook/path")) {
        ("", path) => path,
        (url, _) => url.split_once("://").map_or(url, |(_, rest)| rest),
    };
    let start = path.find('/')?;
    path.get(start..).map(str::to_owned)
}

/// The kinds of resources: those of definitions in the manifest, and Kubernetes' own.
struct Kinds<'a> {
    all: &'a [Value],
    path: &'a Path,
}

impl Kinds<'_> {
    /// Describes a rule of a controller: `{apiVersion, resource}`.
    fn described(&self, rule: &Value, before: &str, after: &str) -> Result<Value, ScriptError> {
        let (api_version, resource) = (text(rule, "/apiVersion"), text(rule, "/resource"));
        let (kind, scope) = self
            .kind(api_version, resource)
            .ok_or_else(|| ScriptError::UnknownKind {
                path: self.path.to_owned(),
                resource: resource.to_owned(),
                api_version: api_version.to_owned(),
                line: format!(
                    "{before}{{apiVersion: {api_version}, kind: KIND, resource: {resource}}}{after}"
                ),
            })?;
        Ok(json!({"apiVersion": api_version, "kind": kind, "resource": resource, "scope": scope}))
    }

    fn kind(&self, api_version: &str, resource: &str) -> Option<(String, &'static str)> {
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        let defined = self.all.iter().find(|object| {
            text(object, "/kind") == "CustomResourceDefinition"
                && text(object, "/spec/group") == group
                && text(object, "/spec/names/plural") == resource
        });
        if let Some(definition) = defined {
            let scope = match text(definition, "/spec/scope") {
                "Cluster" => "Cluster",
                _ => "Namespaced",
            };
            return Some((text(definition, "/spec/names/kind").to_owned(), scope));
        }
        let own =
            schema::kinds().find(|kind| kind.api_version == api_version && kind.resource() == resource)?;
        Some((
            own.kind.to_owned(),
            if own.cluster { "Cluster" } else { "Namespaced" },
        ))
    }
}

fn text<'a>(object: &'a Value, place: &str) -> &'a str {
    object.pointer(place).and_then(Value::as_str).unwrap_or_default()
}
