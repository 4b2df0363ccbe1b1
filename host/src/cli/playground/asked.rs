//! What the page sends: a parent and what is around it.

use metawasm_contract::object::group_of;
use metawasm_contract::{Assembly, GroupKey, Hook};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::catalogue::{Description, Plugin, manifest};
use crate::cli::render::{declared, namespace};

/// The body of all requests. Each route says which of the optional fields it reads.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Asked {
    /// The hook to call.
    #[serde(default)]
    hook: Option<String>,
    /// The parent.
    pub(super) parent: Value,
    /// Children that exist.
    #[serde(default)]
    pub(super) observed: Vec<Value>,
    /// Objects that the customize hook asks for.
    #[serde(default)]
    pub(super) related: Vec<Value>,
    /// The plugin's settings.
    #[serde(default = "none")]
    pub(super) settings: Value,
    /// Kinds of children that the cluster has and the controller declares: `Deployment.apps/v1`.
    pub(super) kinds: Vec<String>,
    /// Steps of a simulation.
    #[serde(default)]
    pub(super) steps: Vec<Value>,
    /// The name of a case.
    #[serde(default)]
    pub(super) name: String,
}

fn none() -> Value {
    Value::Object(Map::new())
}

/// A plugin's controller, on a cluster that has some of its kinds.
pub(super) struct Cluster {
    /// What the plugin says of itself, with these kinds alone.
    pub(super) description: Description,
    /// The CompositeController or DecoratorController.
    pub(super) controller: Value,
    /// The kinds, as apiVersion and kind.
    pub(super) declared: Vec<(String, String)>,
}

impl Asked {
    /// Decodes a body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(body).map_err(|error| Problem::Invalid(format!("invalid request: {error}")))
    }

    /// The hook; `sync` if it is not said.
    pub(super) fn hook(&self) -> Result<Hook, Problem> {
        let hook = self.hook.as_deref().map(str::parse::<Hook>).transpose();
        let hook = hook.map_err(|error| Problem::Invalid(error.to_string()))?;
        Ok(hook.unwrap_or(Hook::Sync))
    }

    /// The cluster; with the controller that the person named, if there is one.
    pub(super) fn cluster(&self, plugin: &Plugin, named: Option<&Value>) -> Result<Cluster, Problem> {
        let mut description = Description::clone(&plugin.description);
        let known: Vec<String> = description
            .children
            .iter()
            .map(|child| key(&child.api_version, &child.kind))
            .collect();
        if let Some(unknown) = self.kinds.iter().find(|kind| !known.contains(kind)) {
            return Err(Problem::Invalid(format!(
                "unknown kind {unknown:?}; the plugin has: {}",
                known.join(", ")
            )));
        }
        description
            .children
            .retain(|child| self.kinds.contains(&key(&child.api_version, &child.kind)));
        for child in &mut description.children {
            child.optional = false;
        }
        let hooks = plugin.program.hooks();
        let controller = match named {
            Some(named) => with_kinds(named, &description),
            None => manifest(&description, &plugin.name, "http://127.0.0.1:8080", None, hooks),
        };
        Ok(Cluster {
            declared: declared(&description, &controller),
            description,
            controller,
        })
    }

    /// The body of a hook request, as Metacontroller would send it.
    pub(super) fn request(&self, cluster: &Cluster, hook: Hook) -> Result<String, Problem> {
        let namespace = namespace(None, &cluster.description)?;
        let assembly = Assembly {
            controller: cluster.controller.clone(),
            parent: self.parent.clone(),
            declared: cluster.declared.clone(),
            observed: self.observed.clone(),
            related: self.related.clone(),
            namespace,
        };
        assembly
            .request(hook)
            .map_err(|error| Problem::Invalid(error.to_string()))
    }

    /// The names of the optional kinds that the cluster has, as `--with` and `case.yaml` have them.
    ///
    /// # Errors
    ///
    /// A kind that is not optional is missing: a case cannot say so.
    pub(super) fn with(&self, plugin: &Plugin) -> Result<Vec<String>, Problem> {
        let mut names = Vec::new();
        for child in &plugin.description.children {
            let key = key(&child.api_version, &child.kind);
            match (child.optional, self.kinds.contains(&key)) {
                (true, true) => {
                    let group = group_of(&child.api_version);
                    let dot = if group.is_empty() { "" } else { "." };
                    names.push(format!("{}{dot}{group}", child.resource));
                }
                (false, false) => {
                    return Err(Problem::Invalid(format!(
                        "the kind {key} is missing in the cluster, which a case cannot say, because the plugin needs it; select it"
                    )));
                }
                (true, false) | (false, true) => {}
            }
        }
        Ok(names)
    }
}

/// A controller that declares none but these kinds.
fn with_kinds(controller: &Value, description: &Description) -> Value {
    let mut controller = controller.clone();
    for list in ["/spec/childResources", "/spec/attachments"] {
        if let Some(rules) = controller.pointer_mut(list).and_then(Value::as_array_mut) {
            rules.retain(|rule| {
                let text = |field| rule.get(field).and_then(Value::as_str).unwrap_or_default();
                description.children.iter().any(|child| {
                    child.resource == text("resource")
                        && group_of(&child.api_version) == group_of(text("apiVersion"))
                })
            });
        }
    }
    controller
}

/// The key of a kind in a request: `Deployment.apps/v1`.
pub(super) fn key(api_version: &str, kind: &str) -> String {
    GroupKey::new(api_version, kind).as_str().to_owned()
}
