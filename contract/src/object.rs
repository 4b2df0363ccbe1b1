//! Names of Kubernetes objects and of kinds of objects.

use std::fmt;
use std::str::FromStr;

/// Which object: what a log line or an Event says of a parent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// `core.openfunction.io/v1beta2`.
    pub api_version: String,
    /// `Function`.
    pub kind: String,
    /// `None` for a cluster-scoped object.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its uid; empty when the request gives none.
    pub uid: String,
}

/// A kind of object as a key of `children`, `attachments` or `related`: `Deployment.apps/v1`,
/// `Service.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKey {
    text: String,
    /// Bytes of the kind, which ends at the first dot.
    kind: usize,
}

/// The error of a text that is not a [`GroupKey`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid kind {0:?}; expected <Kind>.<group>/<version> or <Kind>.<version>")]
pub struct NotAGroupKey(String);

impl ObjectRef {
    /// Whether it lives in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.namespace.is_some()
    }
}

impl GroupKey {
    /// The key of a kind.
    pub fn new(api_version: &str, kind: &str) -> Self {
        Self {
            text: format!("{kind}.{api_version}"),
            kind: kind.len(),
        }
    }

    /// The key as Metacontroller writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `Deployment`.
    pub fn kind(&self) -> &str {
        self.text.get(..self.kind).unwrap_or_default()
    }

    /// `apps/v1`.
    pub fn api_version(&self) -> &str {
        self.text.get(self.kind + 1..).unwrap_or_default()
    }
}

/// The group of an apiVersion: `apps` of `apps/v1`, empty of `v1`.
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// `Function default/hello`, or `Namespace default` for a cluster-scoped object.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for GroupKey {
    type Err = NotAGroupKey;

    fn from_str(text: &str) -> Result<Self, NotAGroupKey> {
        match text.split_once('.') {
            Some((kind, api_version)) if is_kind(kind) && is_api_version(api_version) => Ok(Self {
                text: text.to_owned(),
                kind: kind.len(),
            }),
            _ => Err(NotAGroupKey(text.to_owned())),
        }
    }
}

/// Whether a text has the form of an apiVersion: `v1`, `apps/v1`.
pub fn is_api_version(text: &str) -> bool {
    match text.split_once('/') {
        Some((group, version)) => is_group(group) && is_label(version),
        None => is_label(text),
    }
}

/// Whether a text can be a kind: an identifier, as the API server asks of a CRD.
pub fn is_kind(text: &str) -> bool {
    text.len() <= 63
        && text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a text can be the name of an object: what every kind's names must be, a part of a path of the API. Most
/// kinds ask for more, but a Role may be `system:x`.
pub fn is_object_name(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && !matches!(text, "." | "..")
        && !text.contains(|c: char| c == '/' || c == '%' || c.is_control())
}

/// Whether a text can be a uid. The API server makes UUIDs; other servers of its API may not.
pub fn is_uid(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_group(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A DNS label.
pub fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_key_splits_at_its_first_dot() {
        let table = [
            ("Service.v1", "Service", "v1"),
            ("Deployment.apps/v1", "Deployment", "apps/v1"),
            (
                "HTTPScaledObject.http.keda.sh/v1alpha1",
                "HTTPScaledObject",
                "http.keda.sh/v1alpha1",
            ),
        ];
        for (text, kind, api_version) in table {
            let key: GroupKey = text.parse().unwrap();
            assert_eq!(
                (key.kind(), key.api_version(), key.as_str()),
                (kind, api_version, text)
            );
            assert_eq!(GroupKey::new(api_version, kind), key);
        }
        for text in [
            "",
            "Service",
            ".v1",
            "Service.",
            "Service.apps/",
            "Service.a/b/c",
            "Service./v1",
        ] {
            assert!(text.parse::<GroupKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_object_is_named_as_people_do() {
        let mut object = ObjectRef {
            kind: "Function".into(),
            name: "hello".into(),
            ..ObjectRef::default()
        };
        assert_eq!(object.to_string(), "Function hello");
        object.namespace = Some("default".into());
        assert_eq!(object.to_string(), "Function default/hello");
        assert!(object.is_namespaced());
    }

    #[test]
    fn versions_and_kinds_have_a_form() {
        for text in ["v1", "apps/v1", "core.openfunction.io/v1beta2"] {
            assert!(is_api_version(text), "{text}");
        }
        for text in ["", "/v1", "apps/", "Apps/v1", "a/b/c", "v1 ", "a..b/v1"] {
            assert!(!is_api_version(text), "{text}");
        }
        assert!(is_kind("HTTPScaledObject") && !is_kind("") && !is_kind("Pod/x") && !is_kind("1Pod"));
        assert_eq!((group_of("apps/v1"), group_of("v1")), ("apps", ""));
    }
}
