//! Making a request as Metacontroller would, for `metawasm render`.

use serde_json::{Map, Value, json};

use super::hook::{ControllerKind, Hook};
use super::object::GroupKey;

/// What a request is made of.
#[derive(Debug)]
pub struct Assembly {
    /// The CompositeController or DecoratorController, whole.
    pub controller: Value,
    /// The parent.
    pub parent: Value,
    /// The declared kinds: `(apiVersion, kind)`. Each has a group, an empty one too.
    pub declared: Vec<(String, String)>,
    /// Objects of declared kinds that are there already.
    pub observed: Vec<Value>,
    /// Objects that the customize hook asked for.
    pub related: Vec<Value>,
    /// Namespace of a parent that names none; `None` for a cluster-scoped parent.
    pub namespace: Option<String>,
}

/// Why no request can be made.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// Not an object with `apiVersion`, `kind` and `metadata.name`.
    #[error("{what} is no Kubernetes object: {fault}")]
    NoObject {
        /// Which of the inputs.
        what: String,
        /// What it lacks, or has in another form.
        fault: String,
    },
    /// Observed, but of a kind that the controller does not declare.
    #[error(
        "observed object {kind} {name} has apiVersion {api_version}, but the controller declares only {declared}; \
         Metacontroller would not show it"
    )]
    Undeclared {
        /// Its apiVersion.
        api_version: String,
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// What is declared.
        declared: String,
    },
    /// Two objects of one kind, namespace and name.
    #[error("there are two objects {kind} {key}; one can be observed")]
    Twice {
        /// Their kind.
        kind: String,
        /// Namespace and name.
        key: String,
    },
    /// Observed, but in a namespace where Metacontroller does not look.
    #[error(
        "observed object {kind} {name} is in namespace {namespace:?}, the parent in {own:?}; Metacontroller would not \
         show it"
    )]
    Elsewhere {
        /// Its kind.
        kind: String,
        /// Its name.
        name: String,
        /// Its namespace.
        namespace: String,
        /// The parent's.
        own: String,
    },
    /// A controller that is neither of the two kinds.
    #[error("the controller is a {0:?}; a CompositeController or a DecoratorController is expected")]
    Controller(String),
}

impl Assembly {
    /// The request's JSON for a hook. The order of the fields is Metacontroller's.
    ///
    /// # Errors
    ///
    /// Which of the inputs is no object, or not one that Metacontroller would send.
    pub fn request(mut self, hook: Hook) -> Result<String, AssemblyError> {
        let kind = match self.controller.get("kind").and_then(Value::as_str) {
            Some("CompositeController") => ControllerKind::Composite,
            Some("DecoratorController") => ControllerKind::Decorator,
            other => return Err(AssemblyError::Controller(other.unwrap_or_default().to_owned())),
        };
        complete(&mut self.parent, self.namespace.as_deref())?;
        let (parent_field, children_field) = (kind.parent_key(), kind.children_key());
        let parent = self.parent.to_string();
        if hook == Hook::Customize {
            return Ok(format!(
                r#"{{"controller":{},"parent":{parent}}}"#,
                self.controller
            ));
        }
        let namespace = self
            .parent
            .pointer("/metadata/namespace")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let children = self.children(namespace.as_deref())?;
        let related = groups(&self.related, "related object", None)?;
        Ok(format!(
            r#"{{"controller":{},"{parent_field}":{parent},"{children_field}":{children},"related":{related},"finalizing":{}}}"#,
            self.controller,
            hook == Hook::Finalize,
        ))
    }

    fn children(&self, namespace: Option<&str>) -> Result<Value, AssemblyError> {
        let observed = groups(&self.observed, "observed object", namespace)?;
        let mut all = Map::new();
        for (api_version, kind) in &self.declared {
            all.insert(GroupKey::new(api_version, kind).to_string(), json!({}));
        }
        for object in &self.observed {
            let (api_version, kind, name) = identity(object, "observed object")?;
            if !all.contains_key(GroupKey::new(api_version, kind).as_str()) {
                return Err(AssemblyError::Undeclared {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                    name: name.to_owned(),
                    declared: all.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
                });
            }
        }
        if let Value::Object(observed) = observed {
            all.extend(observed);
        }
        Ok(Value::Object(all))
    }
}

/// Objects by group key and then `namespace/name`, as hooks of version v2 get them.
fn groups(objects: &[Value], what: &str, namespace: Option<&str>) -> Result<Value, AssemblyError> {
    let mut groups = Map::new();
    for object in objects {
        let (api_version, kind, name) = identity(object, what)?;
        let mut object = object.clone();
        if let (Some(namespace), Some(Value::Object(metadata))) = (namespace, object.get_mut("metadata")) {
            metadata
                .entry("namespace")
                .or_insert_with(|| Value::from(namespace));
        }
        let key = match (
            object.pointer("/metadata/namespace").and_then(Value::as_str),
            namespace,
        ) {
            (Some(other), Some(own)) if other != own => {
                return Err(AssemblyError::Elsewhere {
                    kind: kind.to_owned(),
                    name: name.to_owned(),
                    namespace: other.to_owned(),
                    own: own.to_owned(),
                });
            }
            (Some(namespace), _) => format!("{namespace}/{name}"),
            (None, _) => name.to_owned(),
        };
        let group = groups
            .entry(GroupKey::new(api_version, kind).to_string())
            .or_insert_with(|| json!({}));
        if let Value::Object(group) = group
            && group.insert(key.clone(), object).is_some()
        {
            return Err(AssemblyError::Twice {
                kind: kind.to_owned(),
                key,
            });
        }
    }
    Ok(Value::Object(groups))
}

/// What the API server would have added to a parent that comes from a file.
fn complete(parent: &mut Value, namespace: Option<&str>) -> Result<(), AssemblyError> {
    identity(parent, "the parent")?;
    if let Some(Value::Object(metadata)) = parent.get_mut("metadata") {
        let mut add = |field: &str, value: Value| {
            metadata.entry(field).or_insert(value);
        };
        if let Some(namespace) = namespace {
            add("namespace", Value::from(namespace));
        }
        add("uid", Value::from("00000000-0000-0000-0000-000000000000"));
        add("generation", Value::from(1));
        add("creationTimestamp", Value::from("2000-01-01T00:00:00Z"));
        add("resourceVersion", Value::from("1"));
    }
    Ok(())
}

/// The apiVersion, kind and name of an object.
///
/// # Errors
///
/// [`AssemblyError::NoObject`], which calls the object `what`.
pub(crate) fn identity<'a>(
    object: &'a Value,
    what: &str,
) -> Result<(&'a str, &'a str, &'a str), AssemblyError> {
    let text = |field: &'static str| match object.pointer(&format!("/{}", field.replace('.', "/"))) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
        None | Some(Value::Null | Value::String(_)) => Err(format!("it has no {field}")),
        Some(other) => Err(format!(
            "its {field} is {other}, which is no string; put it in quotes"
        )),
    };
    let all = || Ok((text("apiVersion")?, text("kind")?, text("metadata.name")?));
    all().map_err(|fault: String| AssemblyError::NoObject {
        what: what.to_owned(),
        fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembly() -> Assembly {
        Assembly {
            controller: json!({"kind": "CompositeController", "metadata": {"name": "c"}}),
            parent: json!({"apiVersion": "a/v1", "kind": "P", "metadata": {"name": "p"}}),
            declared: vec![
                ("v1".to_owned(), "Secret".to_owned()),
                ("apps/v1".to_owned(), "Deployment".to_owned()),
            ],
            observed: vec![json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})],
            related: vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})],
            namespace: Some("default".to_owned()),
        }
    }

    #[test]
    fn a_request_has_metacontrollers_shape() {
        let body = assembly().request(Hook::Sync).unwrap();
        let request: Value = serde_json::from_str(&body).unwrap();
        insta::assert_yaml_snapshot!(request, @r#"
        children:
          Deployment.apps/v1: {}
          Secret.v1:
            default/s:
              apiVersion: v1
              kind: Secret
              metadata:
                name: s
                namespace: default
        controller:
          kind: CompositeController
          metadata:
            name: c
        finalizing: false
        parent:
          apiVersion: a/v1
          kind: P
          metadata:
            creationTimestamp: "2000-01-01T00:00:00Z"
            generation: 1
            name: p
            namespace: default
            resourceVersion: "1"
            uid: 00000000-0000-0000-0000-000000000000
        related:
          Namespace.v1:
            default:
              apiVersion: v1
              kind: Namespace
              metadata:
                name: default
        "#);
        assert!(body.starts_with(r#"{"controller":"#));
    }

    #[test]
    fn finalize_says_so_and_customize_sees_the_parent_alone() {
        let body = assembly().request(Hook::Finalize).unwrap();
        assert!(body.ends_with(r#""finalizing":true}"#), "{body}");
        let request: Value = serde_json::from_str(&assembly().request(Hook::Customize).unwrap()).unwrap();
        assert_eq!(
            request.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["controller", "parent"]
        );
    }

    #[test]
    fn a_decorator_gets_object_and_attachments() {
        let mut assembly = assembly();
        assembly.controller = json!({"kind": "DecoratorController"});
        let body = assembly.request(Hook::Sync).unwrap();
        assert!(
            body.contains(r#""object":{"#) && body.contains(r#""attachments":{"#),
            "{body}"
        );
    }

    #[test]
    fn what_metacontroller_would_not_send_is_refused_in_a_sentence() {
        let mut undeclared = assembly();
        undeclared.observed = vec![json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}})];
        let text = undeclared.request(Hook::Sync).unwrap_err().to_string();
        assert!(
            text.starts_with("observed object Pod x has apiVersion v1, but"),
            "{text}"
        );
        let secret = |namespace: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": namespace}});
        let mut elsewhere = assembly();
        elsewhere.observed = vec![secret("other")];
        let text = elsewhere.request(Hook::Sync).unwrap_err().to_string();
        assert!(
            text.starts_with("observed object Secret s is in namespace \"other\", the parent in \"default\""),
            "{text}"
        );
        let mut twice = assembly();
        twice.observed = vec![secret("default"), secret("default")];
        let text = twice.request(Hook::Sync).unwrap_err().to_string();
        assert_eq!(
            text,
            "there are two objects Secret default/s; one can be observed"
        );
        let mut nameless = assembly();
        nameless.parent = json!({"apiVersion": "a/v1", "kind": "P"});
        let text = nameless.request(Hook::Sync).unwrap_err().to_string();
        assert_eq!(
            text,
            "the parent is no Kubernetes object: it has no metadata.name"
        );
        let mut other = assembly();
        other.controller = json!({"kind": "Deployment"});
        assert!(
            other
                .request(Hook::Sync)
                .unwrap_err()
                .to_string()
                .contains("\"Deployment\"")
        );
    }
}
