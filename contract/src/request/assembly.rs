//! A request made from a person's files, for `metawasm render`.

use std::collections::HashSet;

use serde_json::Value;

use super::wire::{Sync, customize, namespace, object_key};
use crate::hook::{ControllerKind, Hook, HookVersion};
use crate::object::GroupKey;

/// The inputs of a request.
#[derive(Debug)]
pub struct Assembly {
    /// The CompositeController or DecoratorController.
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

/// Reasons why a request cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// Not an object with `apiVersion`, `kind` and `metadata.name`.
    #[error("{what} is not a Kubernetes object: {fault}")]
    NotAnObject {
        /// The input: `the parent`, `observed object`.
        what: String,
        /// The field that is missing or invalid.
        fault: ObjectFault,
    },
    /// Observed, but of a kind that the controller does not declare.
    #[error(
        "observed object {kind} {name} has apiVersion {api_version}, but the controller declares only {declared}; \
         Metacontroller would not send it"
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
    /// Two objects have the same kind, namespace and name.
    #[error("duplicate {what} {kind} {key}")]
    Duplicate {
        /// The input: `observed object`, `related object`.
        what: String,
        /// Their kind.
        kind: String,
        /// Namespace and name.
        key: String,
    },
    /// Observed, but in a namespace where Metacontroller does not look.
    #[error(
        "observed object {kind} {name} is in namespace {namespace:?}, the parent in {own:?}; Metacontroller would not \
         send it"
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
    #[error("invalid controller kind {0:?}; expected CompositeController or DecoratorController")]
    Controller(String),
}

/// A field of an object's identity that is missing or invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectFault {
    /// The field is missing or empty.
    #[error("{0} is required")]
    Missing(&'static str),
    /// The field is not a string.
    #[error("{field} must be a string, but is {value}; put it in quotes")]
    NotAString {
        /// The field.
        field: &'static str,
        /// Its value.
        value: Value,
    },
}

impl Assembly {
    /// Returns the JSON of the request to a hook of version v2.
    ///
    /// # Errors
    ///
    /// [`AssemblyError`] if an input is not an object, or not one that Metacontroller would send.
    pub fn request(mut self, hook: Hook) -> Result<String, AssemblyError> {
        let kind = match self.controller.get("kind").and_then(Value::as_str) {
            Some("CompositeController") => ControllerKind::Composite,
            Some("DecoratorController") => ControllerKind::Decorator,
            other => return Err(AssemblyError::Controller(other.unwrap_or_default().to_owned())),
        };
        complete(&mut self.parent, self.namespace.as_deref())?;
        if hook == Hook::Customize {
            return Ok(customize(&self.controller, &self.parent));
        }
        let own = Some(namespace(&self.parent)).filter(|own| !own.is_empty());
        check(&mut self.observed, OBSERVED, own)?;
        check(&mut self.related, "related object", None)?;
        self.check_declared()?;
        let parts = Sync {
            controller: &self.controller,
            parent: &self.parent,
            declared: &self.declared,
            children: &self.observed,
            related_kinds: &[],
            related: &self.related,
            finalizing: hook == Hook::Finalize,
        };
        Ok(parts.body(kind, HookVersion::V2))
    }

    fn check_declared(&self) -> Result<(), AssemblyError> {
        for object in &self.observed {
            let (api_version, kind, name) = identity(object, OBSERVED)?;
            let mut declared = self.declared.iter();
            if !declared
                .any(|(version, declared)| (version.as_str(), declared.as_str()) == (api_version, kind))
            {
                let mut declared: Vec<String> = self.declared.iter().map(group_key).collect();
                declared.sort_unstable();
                return Err(AssemblyError::Undeclared {
                    api_version: api_version.to_owned(),
                    kind: kind.to_owned(),
                    name: name.to_owned(),
                    declared: declared.join(", "),
                });
            }
        }
        Ok(())
    }
}

const OBSERVED: &str = "observed object";

fn group_key((api_version, kind): &(String, String)) -> String {
    GroupKey::new(api_version, kind).to_string()
}

/// Checks that these objects can be in one request, and gives them the parent's namespace if they name none.
fn check(objects: &mut [Value], what: &str, own: Option<&str>) -> Result<(), AssemblyError> {
    let mut keys = HashSet::new();
    for object in objects {
        identity(object, what)?;
        if let (Some(own), Some(Value::Object(metadata))) = (own, object.get_mut("metadata")) {
            metadata.entry("namespace").or_insert_with(|| Value::from(own));
        }
        let (api_version, kind, name) = identity(object, what)?;
        let namespace = namespace(object);
        if let Some(own) = own.filter(|own| !namespace.is_empty() && *own != namespace) {
            return Err(AssemblyError::Elsewhere {
                kind: kind.to_owned(),
                name: name.to_owned(),
                namespace: namespace.to_owned(),
                own: own.to_owned(),
            });
        }
        let key = object_key(HookVersion::V2, own.unwrap_or_default(), namespace, name).unwrap_or_default();
        if !keys.insert((GroupKey::new(api_version, kind), key.clone())) {
            return Err(AssemblyError::Duplicate {
                what: what.to_owned(),
                kind: kind.to_owned(),
                key,
            });
        }
    }
    Ok(())
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

/// Returns the apiVersion, kind and name of an object.
///
/// # Errors
///
/// [`AssemblyError::NotAnObject`], which calls the object `what`.
pub fn identity<'a>(object: &'a Value, what: &str) -> Result<(&'a str, &'a str, &'a str), AssemblyError> {
    let text = |field: &'static str| match object.pointer(&format!("/{}", field.replace('.', "/"))) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
        None | Some(Value::Null | Value::String(_)) => Err(ObjectFault::Missing(field)),
        Some(value) => Err(ObjectFault::NotAString {
            field,
            value: value.clone(),
        }),
    };
    let all = || Ok((text("apiVersion")?, text("kind")?, text("metadata.name")?));
    all().map_err(|fault| AssemblyError::NotAnObject {
        what: what.to_owned(),
        fault,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_eq!(text, "duplicate observed object Secret default/s");
        let mut nameless = assembly();
        nameless.parent = json!({"apiVersion": "a/v1", "kind": "P"});
        let text = nameless.request(Hook::Sync).unwrap_err().to_string();
        assert_eq!(
            text,
            "the parent is not a Kubernetes object: metadata.name is required"
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
