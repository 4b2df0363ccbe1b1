//! What a plugin says of itself: the JSON that its `describe` returns.

use metawasm_contract::Hook;
use metawasm_formats::nearest::nearest;
use metawasm_formats::text::shown;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `describe`, decoded. Fields that this host does not know are ignored: a newer plugin may
/// say more.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// The plugin's own name, which need not be the one that it is served under.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What kind of controller it answers for.
    #[serde(default)]
    pub controller: Controller,
    /// Whose hook this is.
    pub parent: ParentKind,
    /// What it asks for.
    #[serde(default)]
    pub children: Vec<ChildKind>,
    /// The JSON Schema of its settings; without one it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// What it reads of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<Value>,
    /// The CustomResourceDefinition of its parent, as YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crd: Option<String>,
    /// Calls that it has to pass before it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub self_test: Vec<SelfTest>,
}

/// A case of a plugin's self-test: a request whose answer must pass the review.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfTest {
    /// A name, for the message about a failure.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The hook: `sync`, `finalize` or `customize`.
    #[serde(default = "sync")]
    pub hook: String,
    /// The body of the request, as Metacontroller sends it.
    pub request: Value,
}

/// Bytes of a plugin's name: those of a Kubernetes object's.
const MOST_NAME: usize = 253;
/// Bytes of a version, as semantic versions with a build have them.
const MOST_VERSION: usize = 128;
/// Bytes of a group, which is a domain name, a slash and a version.
const MOST_API_VERSION: usize = 253 + 1 + 63;
/// Bytes of a kind, a resource or an update strategy.
const MOST_KIND: usize = 63;
/// Kinds of children; the Function plugin has 15.
const MOST_CHILDREN: usize = 256;
/// Cases of a self-test; each is a call.
const MOST_SELF_TESTS: usize = 8;

/// A Metacontroller controller kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Controller {
    /// CompositeController: the parent is a custom resource, the children are its own.
    #[default]
    Composite,
    /// DecoratorController: attachments for an object of any kind.
    Decorator,
}

impl Controller {
    /// The kind of its objects.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Composite => "CompositeController",
            Self::Decorator => "DecoratorController",
        }
    }
}

/// The kind of the parent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParentKind {
    /// `core.openfunction.io/v1beta2`.
    pub api_version: String,
    /// `Function`.
    pub kind: String,
    /// `functions`: the lower-case plural.
    pub resource: String,
    /// Whether it lives in a namespace.
    #[serde(default, skip_serializing_if = "Scope::is_namespaced")]
    pub scope: Scope,
}

/// Where objects of a kind live, in the words of a CustomResourceDefinition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Scope {
    /// In a namespace.
    #[default]
    Namespaced,
    /// In none.
    Cluster,
}

impl Scope {
    fn is_namespaced(&self) -> bool {
        *self == Self::Namespaced
    }
}

/// A kind that the plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildKind {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `deployments`.
    pub resource: String,
    /// Metacontroller's update method.
    #[serde(default = "in_place")]
    pub update_strategy: String,
    /// Whether the plugin also works where the kind is not declared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Where its objects live; asked for where the parent lives in no namespace and Kubernetes does not own the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
}

fn sync() -> String {
    Hook::Sync.as_str().to_owned()
}

fn in_place() -> String {
    "InPlace".to_owned()
}

/// Reasons why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// A text is too long.
    #[error("`{place}` has {length} bytes; at most {limit} are allowed")]
    TooLong {
        /// The field's path.
        place: String,
        /// Its bytes.
        length: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// It has too many kinds of children.
    #[error("`children` has {count} kinds; at most {MOST_CHILDREN} are allowed")]
    TooManyKinds {
        /// The number of kinds.
        count: usize,
    },
    /// Its self-test has too many cases.
    #[error("`selfTest` has {count} cases; at most {MOST_SELF_TESTS} are allowed")]
    TooManySelfTests {
        /// The number of cases.
        count: usize,
    },
    /// A case of its self-test is for an unknown hook.
    #[error("`selfTest[{index}].hook` is {}; expected sync, finalize or customize", shown(.hook, MOST_KIND))]
    UnknownHook {
        /// The case's place.
        index: usize,
        /// What it says.
        hook: String,
    },
    /// A person named an optional kind that the plugin does not have.
    #[error("unknown optional kind {name:?}; {}{}", optional_kinds(.known), meant(.name, .known))]
    UnknownOptionalKind {
        /// The name.
        name: String,
        /// The plugin's optional kinds.
        known: Vec<String>,
    },
}

fn optional_kinds(known: &[String]) -> String {
    match known {
        [] => "the plugin has none".to_owned(),
        known => format!("expected all, {}", known.join(", ")),
    }
}

/// The kind that a misspelt name stands for, with its group or without.
fn meant(name: &str, known: &[String]) -> String {
    let resource = |kind: &'_ str| kind.split('.').next().unwrap_or_default().to_owned();
    let resources: Vec<String> = known.iter().map(|kind| resource(kind)).collect();
    let mut names = known.iter().chain(&resources).map(String::as_str);
    match nearest(name, &mut names) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => String::new(),
    }
}

impl Description {
    /// Decodes what `describe` returned.
    ///
    /// # Errors
    ///
    /// serde's sentence: what is missing or of another shape, and where; or what is too long.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let description: Self = serde_json::from_str(text)?;
        description.bounded().map_err(serde_json::Error::custom)?;
        Ok(description)
    }

    /// Checks the sizes of what ends up in log lines, metrics and sentences.
    fn bounded(&self) -> Result<(), DescriptionError> {
        let within = |place: &str, text: &str, most: usize| match text.len() {
            length if length > most => Err(DescriptionError::TooLong {
                place: place.to_owned(),
                length,
                limit: most,
            }),
            _ => Ok(()),
        };
        within("name", &self.name, MOST_NAME)?;
        within("version", &self.version, MOST_VERSION)?;
        let parent = &self.parent;
        within("parent.apiVersion", &parent.api_version, MOST_API_VERSION)?;
        within("parent.kind", &parent.kind, MOST_KIND)?;
        within("parent.resource", &parent.resource, MOST_KIND)?;
        if self.children.len() > MOST_CHILDREN {
            return Err(DescriptionError::TooManyKinds {
                count: self.children.len(),
            });
        }
        for (index, child) in self.children.iter().enumerate() {
            let place = |field: &str| format!("children[{index}].{field}");
            within(&place("apiVersion"), &child.api_version, MOST_API_VERSION)?;
            within(&place("kind"), &child.kind, MOST_KIND)?;
            within(&place("resource"), &child.resource, MOST_KIND)?;
            within(&place("updateStrategy"), &child.update_strategy, MOST_KIND)?;
        }
        if self.self_test.len() > MOST_SELF_TESTS {
            return Err(DescriptionError::TooManySelfTests {
                count: self.self_test.len(),
            });
        }
        for (index, SelfTest { name, hook, .. }) in self.self_test.iter().enumerate() {
            within(&format!("selfTest[{index}].name"), name, MOST_NAME)?;
            if hook.parse::<Hook>().is_err() {
                return Err(DescriptionError::UnknownHook {
                    index,
                    hook: hook.clone(),
                });
            }
        }
        Ok(())
    }

    /// Where the children live, as far as it says so.
    pub fn scopes(&self) -> metawasm_contract::Scopes {
        let mut scopes = metawasm_contract::Scopes::default();
        for child in &self.children {
            let scope = match child.scope {
                None => continue,
                Some(Scope::Namespaced) => metawasm_contract::Scope::Namespaced,
                Some(Scope::Cluster) => metawasm_contract::Scope::Cluster,
            };
            scopes.insert(&child.api_version, &child.kind, scope);
        }
        scopes
    }

    /// Keeps the optional kinds that are named, by resource (`httproutes`) or resource and group
    /// (`services.serving.knative.dev`), as needed ones, and drops the others; `all` names all.
    ///
    /// # Errors
    ///
    /// [`DescriptionError::UnknownOptionalKind`], if no optional kind has the name.
    pub fn with_optional(mut self, names: &[String]) -> Result<Self, DescriptionError> {
        for name in names {
            let mut optional = self.children.iter().filter(|child| child.optional);
            if name != "all" && !optional.clone().any(|child| child.is_named(name)) {
                let known: Vec<String> = optional.by_ref().map(ChildKind::resource_and_group).collect();
                return Err(DescriptionError::UnknownOptionalKind {
                    name: name.clone(),
                    known,
                });
            }
        }
        self.children.retain(|child| {
            !child.optional || names.iter().any(|name| name == "all" || child.is_named(name))
        });
        for child in &mut self.children {
            child.optional = false;
        }
        Ok(self)
    }
}

impl ChildKind {
    /// `httproutes.gateway.networking.k8s.io`; `services` for a kind of the core group.
    fn resource_and_group(&self) -> String {
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{}.{group}", self.resource),
            None => self.resource.clone(),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.resource == name || self.resource_and_group() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_a_plugin_must_say() {
        let description = Description::parse(
            r#"{"name": "n", "version": "1", "parent": {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"},
                "children": [{"apiVersion": "v1", "kind": "Secret", "resource": "secrets"}], "later": 1}"#,
        )
        .unwrap();
        assert_eq!(description.controller, Controller::Composite);
        assert_eq!(description.parent.scope, Scope::Namespaced);
        assert_eq!(description.children[0].update_strategy, "InPlace");
        let error = Description::parse(r#"{"name": "n"}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `version`"), "{error}");
    }

    #[test]
    fn what_a_plugin_says_of_itself_is_bounded() {
        let full = r#"{"name": "n", "version": "1",
            "parent": {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"},
            "children": [{"apiVersion": "v1", "kind": "Secret", "resource": "secrets", "updateStrategy": "OnDelete"}]}"#;
        for (value, place) in [
            ("\"n\"", "`name`"),
            ("\"1\"", "`version`"),
            ("\"Namespace\"", "`parent.kind`"),
            ("\"namespaces\"", "`parent.resource`"),
            ("\"Secret\"", "`children[0].kind`"),
            ("\"secrets\"", "`children[0].resource`"),
            ("\"OnDelete\"", "`children[0].updateStrategy`"),
        ] {
            let long = full.replace(value, &format!("\"{}\"", "x".repeat(1000)));
            let error = Description::parse(&long).unwrap_err().to_string();
            assert!(error.contains(place) && error.len() < 200, "{place}: {error}");
        }
        let child = r#"{"apiVersion": "v1", "kind": "Secret", "resource": "secrets"}"#;
        let many = full.replace("[{", &format!("[{}{{", format!("{child},").repeat(MOST_CHILDREN)));
        let error = Description::parse(&many).unwrap_err().to_string();
        assert!(error.contains("`children` has 257 kinds"), "{error}");
        assert!(Description::parse(full).is_ok());
    }

    #[test]
    fn a_self_test_is_bounded_and_names_hooks_that_exist() {
        let parse = |cases: &str| {
            Description::parse(&format!(
                r#"{{"name": "n", "version": "1", "selfTest": {cases},
                    "parent": {{"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"}}}}"#
            ))
        };
        let description =
            parse(r#"[{"request": {"parent": {}}}, {"hook": "customize", "request": {}}]"#).unwrap();
        let hooks: Vec<&str> = description
            .self_test
            .iter()
            .map(|case| case.hook.as_str())
            .collect();
        assert_eq!(hooks, ["sync", "customize"]);
        let many = format!("[{}{{\"request\": {{}}}}]", "{\"request\": {}},".repeat(8));
        for (cases, part) in [
            (many.as_str(), "`selfTest` has 9 cases; at most 8 are allowed"),
            (
                r#"[{"request": {}}, {"hook": "synk", "request": {}}]"#,
                "`selfTest[1].hook` is synk; expected sync, finalize or customize",
            ),
            (r#"[{"hook": "sync"}]"#, "missing field `request`"),
            (r#"[{"request": {}, "expected": {}}]"#, "unknown field `expected`"),
        ] {
            let error = parse(cases).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_parent_may_live_in_no_namespace() {
        let parse = |scope: &str| {
            Description::parse(&format!(
                r#"{{"name": "n", "version": "1",
                    "parent": {{"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces", "scope": "{scope}"}}}}"#
            ))
        };
        assert_eq!(parse("Cluster").unwrap().parent.scope, Scope::Cluster);
        assert_eq!(parse("Namespaced").unwrap().parent.scope, Scope::Namespaced);
        let error = parse("cluster").unwrap_err().to_string();
        assert!(error.contains("expected `Namespaced` or `Cluster`"), "{error}");
    }

    #[test]
    fn optional_kinds_are_chosen_by_name() {
        let description = Description::parse(
            r#"{"name": "n", "version": "1", "parent": {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"},
                "children": [{"apiVersion": "v1", "kind": "Service", "resource": "services"},
                    {"apiVersion": "a.io/v1", "kind": "Service", "resource": "services", "optional": true},
                    {"apiVersion": "b.io/v1", "kind": "B", "resource": "bs", "optional": true}]}"#,
        )
        .unwrap();
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let chosen = description
                .clone()
                .with_optional(&names)
                .map_err(|error| error.to_string())?;
            assert!(chosen.children.iter().all(|child| !child.optional));
            let versions = chosen.children.into_iter().map(|child| child.api_version);
            Ok::<_, String>(versions.collect::<Vec<_>>())
        };
        assert_eq!(chosen(&[]), Ok(vec!["v1".to_owned()]));
        assert_eq!(chosen(&["bs"]).unwrap(), ["v1", "b.io/v1"]);
        assert_eq!(
            chosen(&["services.a.io", "bs.b.io"]).unwrap(),
            ["v1", "a.io/v1", "b.io/v1"]
        );
        assert_eq!(chosen(&["all"]).unwrap().len(), 3);
        assert_eq!(
            chosen(&["cs"]),
            Err("unknown optional kind \"cs\"; expected all, services.a.io, bs.b.io".to_owned())
        );
    }
}
